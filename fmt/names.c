#include "fmt/names.h"

#include "fmt/fmt.h"
#include "fmt/num.h"

const struct ct_name names_status[NAMES_STATUS] = {
	CT_NAME("EXPECTED"),
	CT_NAME("SEEN_REPLY"),
	CT_NAME("ASSURED"),
	CT_NAME("CONFIRMED"),
	CT_NAME("SRC_NAT"),
	CT_NAME("DST_NAT"),
	CT_NAME("SEQ_ADJUST"),
	{""},
	{""},
	CT_NAME("DYING"),
	CT_NAME("FIXED_TIMEOUT"),
	CT_NAME("TEMPLATE"),
	{""},
	CT_NAME("HELPER"),
	CT_NAME("OFFLOAD"),
	CT_NAME("HW_OFFLOAD"),
};

const struct ct_name names_tcp_flags[NAMES_TCP_FLAGS] = {
	CT_NAME("wscale"),  CT_NAME("sack"),   CT_NAME("close"),     CT_NAME("liberal"),
	CT_NAME("unacked"), CT_NAME("maxack"), CT_NAME("challenge"), CT_NAME("simopen"),
};

const struct ct_name names_expect_flags[NAMES_EXPECT_FLAGS] = {CT_NAME("PERMANENT"),
							       CT_NAME("INACTIVE"),
							       CT_NAME("USERSPACE")};

const struct event_name names_event[NAMES_EVENTS] = {
	[FMT_NEW] = {"new", "    [NEW] "},
	[FMT_UPDATE] = {"update", " [UPDATE] "},
	[FMT_DESTROY] = {"destroy", "[DESTROY] "},
	[FMT_SYNC] = {"sync", "   [SYNC] "},
};

char *put_names(char *p, uint32_t bits, const struct ct_name *names, unsigned n)
{
	const char *start = p;

	for (bits &= (UINT32_C(1) << n) - 1; bits; bits &= bits - 1) {
		const struct ct_name *name = &names[__builtin_ctz(bits)];

		if (!name->len)
			continue;
		if (p != start)
			*p++ = ',';
		p = put_name(p, name);
	}
	return p;
}

char *put_label_names(struct fmt *f, char *p, const struct nl_attr *labels)
{
	bool any = false;

	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = f->labels ? f->labels->name[bit] : NULL;

		if (!ct_label_test(labels, bit))
			continue;
		if (any)
			*p++ = ',';
		any = true;
		if (!name) {
			p = put_u32(p, bit);
			continue;
		}
		out_end(f->out, p);
		out_safe(f->out, name, strlen(name));
		p = out_room(f->out, LINE_ROOM);
	}
	return p;
}
