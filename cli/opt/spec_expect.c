/* Expectations: what -I expect makes. */

#include "cli/opt/option.h"
#include "ct/proto.h"
#include "fmt/format.h"

/* The kernel counts ticks in 32 bits, up to a thousand a second. */
#define EXPIRES_MAX (UINT32_MAX / 1000)

static int missing(struct cmd *c, uint16_t field)
{
	char name[24];

	option_name(option_of_field(&c->kept->index, field, c->verb), name, sizeof(name));
	format(c->err, sizeof(c->err), "%s is needed here", name);
	return EXIT_USAGE;
}

/* One side of the expected tuple and its mask: all ones where a value is given, none where not,
 * unless the address brings a prefix or the mask is given by itself. */
static void build_addr(const struct ct_filter *f, struct ct_create_expect *x, bool dst)
{
	const struct ct_cond *addr = ct_filter_single(f, dst ? CT_F_EXPECT_DST : CT_F_EXPECT_SRC);
	const struct ct_cond *mask = ct_filter_single(f, dst ? CT_F_MASK_DST : CT_F_MASK_SRC);

	if (addr)
		*(dst ? &x->tuple.dst : &x->tuple.src) = addr->net.addr;
	if (mask)
		*(dst ? &x->mask.dst : &x->mask.src) = mask->net.addr;
	else if (addr)
		*(dst ? &x->mask.dst : &x->mask.src) = addr->net.mask;
}

static void build_port(const struct ct_filter *f, struct ct_create_expect *x, bool dst)
{
	const struct ct_cond *port =
		ct_filter_single(f, dst ? CT_F_EXPECT_DPORT : CT_F_EXPECT_SPORT);
	const struct ct_cond *mask = ct_filter_single(f, dst ? CT_F_MASK_DPORT : CT_F_MASK_SPORT);
	uint16_t m = port ? UINT16_MAX : 0;

	if (port)
		*(dst ? &x->tuple.dport : &x->tuple.sport) = (uint16_t)port->range.lo;
	if (mask)
		m = (uint16_t)mask->range.lo;
	*(dst ? &x->mask.dport : &x->mask.sport) = m;
}

int cmd_build_expect(struct cmd *c)
{
	static const uint8_t needed[] = {CT_F_PROTO,	   CT_F_ORIG_SRC,   CT_F_ORIG_DST,
					 CT_F_ORIG_SPORT,  CT_F_ORIG_DPORT, CT_F_EXPECT_DST,
					 CT_F_EXPECT_DPORT};
	struct ct_create_expect *x = &c->expect;
	const struct ct_filter *f = &c->set;
	const struct ct_cond *cond;
	struct ct_addr all;

	*x = (struct ct_create_expect){0};
	for (unsigned i = 0; i < sizeof(needed); i++)
		if (!ct_filter_single(f, needed[i]))
			return missing(c, needed[i]);
	ct_filter_tuple(f, &x->master, false);
	x->tuple.l3 = x->mask.l3 = x->master.l3;
	x->tuple.l4 = x->mask.l4 = x->master.l4;
	x->tuple.has = x->mask.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;
	for (unsigned dst = 0; dst < 2; dst++) {
		build_addr(f, x, dst);
		build_port(f, x, dst);
	}
	memset(&all, 0xff, sizeof(all));
	if (x->mask.dport != UINT16_MAX ||
	    memcmp(&x->mask.dst, &all, ct_addr_len(x->mask.l3)) != 0) {
		format(c->err, sizeof(c->err),
		       "the kernel expects one destination: --mask-dst and --mask-port-dst can "
		       "only "
		       "be all ones");
		return EXIT_USAGE;
	}
	cond = ct_filter_single(f, CT_F_EXPIRES);
	if (cond && cond->range.lo > EXPIRES_MAX) {
		format(c->err, sizeof(c->err), "--timeout can be no more than %u here",
		       EXPIRES_MAX);
		return EXIT_USAGE;
	}
	if (cond) {
		x->timeout = (uint32_t)cond->range.lo;
		x->has_timeout = true;
	}
	cond = ct_filter_single(f, CT_F_ZONE);
	if (cond) {
		x->zone = (uint16_t)cond->range.lo;
		x->has_zone = true;
	}
	cond = ct_filter_single(f, CT_F_HELPER);
	if (cond)
		x->helper = cond->name;
	return 0;
}
