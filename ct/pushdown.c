#include "ct/pushdown.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "ct/proc.h"
#include "ct/proto.h"
#include "ct/uapi.h"

/* The kernel's flags for CTA_FILTER, which no header exports; in host order on the wire. */
enum {
	FILTER_IP_SRC = 1 << 0,
	FILTER_IP_DST = 1 << 1,
	FILTER_PROTO_NUM = 1 << 3,
	FILTER_SRC_PORT = 1 << 4,
	FILTER_DST_PORT = 1 << 5,
	FILTER_ICMP_TYPE = 1 << 6,
	FILTER_ICMP_CODE = 1 << 7,
	FILTER_ICMP_ID = 1 << 8,
	FILTER_ICMPV6_SHIFT = 3, /* from ICMP's flags to ICMPv6's */
};

unsigned ct_kernel(void)
{
	struct utsname u;
	uint64_t major, minor;
	const char *dot;

	if (uname(&u) < 0)
		return 0;
	dot = strchr(u.release, '.');
	if (!dot || !ct_proc_number(u.release, 10, &major) ||
	    !ct_proc_number(dot + 1, 10, &minor) || minor > 255)
		return 0;
	return CT_KERNEL(major, minor);
}

/* Takes out what the kernel would get wrong and returns the flags of the rest. */
static uint32_t tuple_flags(struct ct_tuple *t)
{
	uint32_t flags = 0, icmp = 0;

	if (t->l3 == AF_INET6)
		t->has &= (uint16_t) ~(CT_T_SRC | CT_T_DST);
	/* Of other protocols' ports the kernel takes no notice. */
	if (t->l4 != CT_PROTO_TCP && t->l4 != CT_PROTO_UDP)
		t->has &= (uint16_t)~CT_T_PORTS;
	if (t->has & CT_T_SRC)
		flags |= FILTER_IP_SRC;
	if (t->has & CT_T_DST)
		flags |= FILTER_IP_DST;
	if (t->has & CT_T_PROTO)
		flags |= FILTER_PROTO_NUM;
	if (t->has & CT_T_SPORT)
		flags |= FILTER_SRC_PORT;
	if (t->has & CT_T_DPORT)
		flags |= FILTER_DST_PORT;
	if (t->has & CT_T_ICMP_TYPE)
		icmp |= FILTER_ICMP_TYPE;
	if (t->has & CT_T_ICMP_CODE)
		icmp |= FILTER_ICMP_CODE;
	if (t->has & CT_T_ICMP_ID)
		icmp |= FILTER_ICMP_ID;
	return flags | (t->l4 == CT_PROTO_ICMPV6 ? icmp << FILTER_ICMPV6_SHIFT : icmp);
}

static bool push_tuples(struct nl_buf *b, const struct ct_filter *f, unsigned kernel)
{
	struct ct_tuple orig, reply = {0};
	uint32_t oflags, rflags = 0, nest;

	if (f->family == AF_UNSPEC)
		return false;
	ct_filter_tuple(f, &orig, false);
	oflags = tuple_flags(&orig);
	orig.l3 = f->family;
	if (kernel >= CT_KERNEL(5, 16)) {
		ct_filter_tuple(f, &reply, true);
		rflags = tuple_flags(&reply);
		reply.l3 = f->family;
		if (rflags == FILTER_PROTO_NUM)
			rflags = 0; /* the same in both directions */
	}
	if (!oflags && !rflags)
		return false;
	if (oflags)
		ct_tuple_encode(b, CTA_TUPLE_ORIG, &orig);
	if (rflags)
		ct_tuple_encode(b, CTA_TUPLE_REPLY, &reply);
	nest = nl_nest(b, CTA_FILTER);
	nl_put(b, CTA_FILTER_ORIG_FLAGS, &oflags, sizeof(oflags));
	nl_put(b, CTA_FILTER_REPLY_FLAGS, &rflags, sizeof(rflags));
	nl_nest_end(b, nest);
	return true;
}

/* All positive tests on status bits as one. */
static bool push_status(struct nl_buf *b, const struct ct_filter *f)
{
	struct ct_bits all = {0, 0};

	for (uint32_t i = 0; i < f->ntests; i++) {
		const struct ct_test *t = &f->test[i];

		if (t->field != CT_F_STATUS || t->negate)
			continue;
		all.value |= t->cond->bits.value;
		all.mask |= t->cond->bits.mask;
	}
	if (!all.mask)
		return false;
	nl_put_be32(b, CTA_STATUS, all.value);
	nl_put_be32(b, CTA_STATUS_MASK, all.mask);
	return true;
}

/* The kernel takes a zone for either direction's: too generous for each, wrong for none. */
static bool push_zone(struct nl_buf *b, const struct ct_filter *f)
{
	static const uint8_t fields[] = {CT_F_ZONE, CT_F_ORIG_ZONE, CT_F_REPLY_ZONE};

	for (unsigned i = 0; i < sizeof(fields); i++) {
		const struct ct_cond *c = ct_filter_single(f, fields[i]);

		/* Of one direction, 0 is any entry's that has no zone for it alone. */
		if (c && c->range.lo == c->range.hi && (!i || c->range.lo)) {
			nl_put_be16(b, CTA_ZONE, (uint16_t)c->range.lo);
			return true;
		}
	}
	return false;
}

bool ct_pushdown(struct nl_buf *b, const struct ct_filter *f, unsigned kernel)
{
	bool pushed = push_tuples(b, f, kernel);
	const struct ct_cond *mark = ct_filter_single(f, CT_F_MARK);

	if (mark && (mark->bits.mask == UINT32_MAX || kernel >= CT_KERNEL(5, 9))) {
		nl_put_be32(b, CTA_MARK, mark->bits.value);
		nl_put_be32(b, CTA_MARK_MASK, mark->bits.mask);
		pushed = true;
	}
	if (push_status(b, f))
		pushed = true;
	return push_zone(b, f) || pushed;
}

bool ct_pushdown_exact(const struct ct_filter *f, struct ct_tuple *t, uint16_t *zone)
{
	const struct ct_cond *c = ct_filter_single(f, CT_F_ZONE);
	uint16_t need;

	ct_filter_tuple(f, t, false);
	need = CT_T_SRC | CT_T_DST | CT_T_PROTO | ct_tuple_keys(t->l4);
	if (!c || c->range.lo != c->range.hi || (t->has & need) != need)
		return false;
	*zone = (uint16_t)c->range.lo;
	return true;
}
