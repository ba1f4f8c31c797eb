/* The reference's filters as conditions of the matching engine. */
#ifndef TEST_REFCOND_H
#define TEST_REFCOND_H

#include <sys/socket.h>

#include "ct/filter.h"
#include "test/ref.h"

static const uint8_t refcond_fields[R_COUNT] = {
	[R_FAMILY] = CT_F_FAMILY,
	[R_SRC] = CT_F_ORIG_SRC,
	[R_DST] = CT_F_ORIG_DST,
	[R_RSRC] = CT_F_REPLY_SRC,
	[R_RDST] = CT_F_REPLY_DST,
	[R_PROTO] = CT_F_PROTO,
	[R_SPORT] = CT_F_ORIG_SPORT,
	[R_DPORT] = CT_F_ORIG_DPORT,
	[R_RSPORT] = CT_F_REPLY_SPORT,
	[R_RDPORT] = CT_F_REPLY_DPORT,
	[R_ICMP_TYPE] = CT_F_ICMP_TYPE,
	[R_ICMP_CODE] = CT_F_ICMP_CODE,
	[R_ICMP_ID] = CT_F_ICMP_ID,
	[R_ICMPV6_TYPE] = CT_F_ICMPV6_TYPE,
	[R_ICMPV6_CODE] = CT_F_ICMPV6_CODE,
	[R_ICMPV6_ID] = CT_F_ICMPV6_ID,
	[R_SRCKEY] = CT_F_ORIG_SRCKEY,
	[R_DSTKEY] = CT_F_ORIG_DSTKEY,
	[R_RSRCKEY] = CT_F_REPLY_SRCKEY,
	[R_RDSTKEY] = CT_F_REPLY_DSTKEY,
	[R_ZONE] = CT_F_ZONE,
	[R_OZONE] = CT_F_ORIG_ZONE,
	[R_RZONE] = CT_F_REPLY_ZONE,
	[R_ID] = CT_F_ID,
	[R_STATUS] = CT_F_STATUS,
	[R_CTSTATE] = CT_F_CTSTATE,
	[R_STATE] = CT_F_STATE,
	[R_MARK] = CT_F_MARK,
	[R_LABEL] = CT_F_LABEL,
	[R_SNAT] = CT_F_SRC_NAT,
	[R_DNAT] = CT_F_DST_NAT,
	[R_ANAT] = CT_F_ANY_NAT,
	[R_FLAGS] = CT_F_TCP_FLAGS,
	[R_OVTAG] = CT_F_ORIG_VTAG,
	[R_RVTAG] = CT_F_REPLY_VTAG,
	[R_ROLE] = CT_F_ROLE,
	[R_HELPER] = CT_F_HELPER,
	[R_BYTES] = CT_F_BYTES,
	[R_PACKETS] = CT_F_PACKETS,
	[R_EXPIRES] = CT_F_EXPIRES,
	[R_SECMARK] = CT_F_NEVER,
};

static inline int refcond_family(uint64_t l3)
{
	return l3 == 4 ? AF_INET : l3 == 6 ? AF_INET6 : 0;
}

/* The bits that a status word wants set and wants clear. */
static inline struct ct_bits refcond_status(const struct ref_value *v)
{
	unsigned row = ref_status_row(v->word);
	uint32_t bits = ref_statuses[row].any_of;

	return (struct ct_bits){ref_statuses[row].set != v->not ? bits : 0, bits};
}

static inline void refcond_value(struct ct_cond *c, const struct ref_value *v)
{
	switch (ct_field_kind(c->field)) {
	case CT_KIND_NET:
		c->net.l3 = (uint8_t)refcond_family((uint64_t)v->addr.l3);
		memcpy(c->net.addr.b, v->addr.b, 16);
		memcpy(c->net.mask.b, v->mask.b, 16);
		c->net.has_port = v->port >= 0;
		c->net.port = v->port >= 0 ? (uint16_t)v->port : 0;
		break;
	case CT_KIND_RANGE:
		c->range = (struct ct_range){v->lo, v->hi};
		if (c->field == CT_F_FAMILY)
			c->range.lo = c->range.hi = (uint64_t)refcond_family(v->lo);
		for (unsigned i = 0; c->field == CT_F_CTSTATE && i < 7; i++)
			if (ref_ctstates[i] == v->word)
				c->range.lo = i < CT_STATE_NONE ? i : CT_STATE_NONE;
		break;
	case CT_KIND_BITS:
		c->bits = (struct ct_bits){v->value, v->bits};
		break;
	case CT_KIND_STATES:
		for (int info = REF_TCP; info <= REF_SCTP; info++) {
			int state = ref_state_number(info, v->word);

			if (state >= 0)
				c->states[info] = (uint16_t)(1 << state);
		}
		break;
	case CT_KIND_NAME:
		c->name = (struct nl_str){v->word, (uint32_t)strlen(v->word)};
		break;
	case CT_KIND_LABELS:
		c->labels.value.word[v->lo / 32] |= UINT32_C(1) << v->lo % 32;
		c->labels.mask = c->labels.value;
		break;
	}
}

/* Adds what one option says. */
static inline void refcond_put(struct ct_filter *f, const struct ref_cond *r, bool any)
{
	struct ct_cond c = {.field = refcond_fields[r->opt], .negate = r->negate};

	if (any &&
	    ((r->opt >= R_SRC && r->opt <= R_RDST) || (r->opt >= R_SPORT && r->opt <= R_RDPORT)))
		c.any = true;
	if (r->opt >= R_ICMP_TYPE && r->opt <= R_ICMP_ID)
		c.any = true;
	for (unsigned i = 0; i < r->n; i++) {
		if (r->opt == R_STATUS) {
			struct ct_bits bits = refcond_status(&r->v[i]);

			if (!r->negate)
				c.bits = (struct ct_bits){0, 0};
			c.bits.value |= bits.value;
			c.bits.mask |= bits.mask;
		} else {
			refcond_value(&c, &r->v[i]);
		}
		/* All together, or each as an alternative. */
		if (r->opt == R_LABEL || (r->opt == R_STATUS && r->negate))
			continue;
		if (ct_filter_add(f, &c))
			abort();
		memset(&c.net, 0, sizeof(c) - offsetof(struct ct_cond, net));
	}
	if (r->opt == R_LABEL || (r->opt == R_STATUS && r->negate))
		if (ct_filter_add(f, &c))
			abort();
}

/* "Not UNSET" is a condition negated as a whole; here it is not split off a list. */
static inline void refcond_single_negation(struct ref_filter *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		for (unsigned k = 0; r->c[i].opt == R_STATUS && k < r->c[i].n; k++)
			if (!strcmp(r->c[i].v[k].word, "UNSET"))
				r->c[i].v[k].not = false;
		while (r->c[i].negate && ref_contradiction(&r->c[i]))
			r->c[i].n--;
	}
}

/* Makes f what r says. Returns as ct_filter_compile(). */
static inline int refcond_make(struct ct_filter *f, const struct ref_filter *r)
{
	ct_filter_reset(f);
	for (unsigned i = 0; i < r->n; i++)
		refcond_put(f, &r->c[i], r->any);
	return ct_filter_compile(f);
}

#endif
