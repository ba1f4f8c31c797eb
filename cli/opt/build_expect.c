/* Expectations: what -I expect makes. */
#include <string.h>

#include "cli/opt/opt.h"

/* The kernel counts ticks in 32 bits, up to a thousand a second. */
#define EXPIRES_MAX (UINT32_MAX / 1000)

int spec_build_expect(struct parser *p)
{
	static const uint8_t needed[] = {CT_F_PROTO,	   CT_F_ORIG_SRC,   CT_F_ORIG_DST,
					 CT_F_ORIG_SPORT,  CT_F_ORIG_DPORT, CT_F_EXPECT_DST,
					 CT_F_EXPECT_DPORT};
	struct ct_create_expect *x = &p->cmd->expect;
	const struct ct_change *ch = p->spec.change;
	struct ct_addr all;

	for (unsigned i = 0; i < sizeof(needed); i++)
		if (!spec_has(p, needed[i]))
			return spec_missing(p, needed[i]);
	x->master = p->spec.tuple[CT_ORIG];
	x->tuple.l3 = x->mask.l3 = x->master.l3;
	x->tuple.l4 = x->mask.l4 = x->master.l4;
	x->tuple.has = x->mask.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;
	/* The mask of a port is all ones where one is expected, unless it is given. */
	if (!spec_has(p, OPT_F_MASK_SPORT) && spec_has(p, CT_F_EXPECT_SPORT))
		x->mask.sport = UINT16_MAX;
	if (!spec_has(p, OPT_F_MASK_DPORT))
		x->mask.dport = UINT16_MAX;
	memset(&all, 0xff, sizeof(all));
	if (x->mask.dport != UINT16_MAX || memcmp(&x->mask.dst, &all, ct_addr_len(x->mask.l3)) != 0)
		return parse_error(p, "the kernel expects one destination: --mask-dst and "
				      "--mask-port-dst can only be all ones");
	if (ch->timeout > EXPIRES_MAX)
		return parse_error(p, "--timeout can be no more than %u here", EXPIRES_MAX);
	x->timeout = ch->timeout;
	x->has_timeout = ch->has & CT_HAS_TIMEOUT;
	x->zone = p->spec.zone;
	x->has_zone = spec_has(p, CT_F_ZONE);
	x->helper = ch->helper;
	return 0;
}
