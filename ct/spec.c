#include "ct/spec.h"

#include <errno.h>
#include <string.h>

#include "ct/proto.h"
#include "ct/with.h"

/* The status bits that an entry may be given; the kernel ignores or refuses the others. */
#define SETTABLE (IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT | IPS_HELPER)

int ct_spec_fault(struct ct_spec *s, uint16_t field, const char *why)
{
	s->fault = field;
	s->why = why;
	return -EINVAL;
}

static void set_number(struct ct_spec *s, uint16_t field, uint64_t v)
{
	struct ct_create_expect *x = s->expect;
	struct ct_change *ch = s->change;

	if (ct_field_set(s->tuple, (uint8_t)field, (uint16_t)v))
		return;
	switch (field) {
	case CT_F_ZONE:
		s->zone = (uint16_t)v;
		break;
	case CT_F_ORIG_ZONE:
		s->zone_of[CT_ORIG] = (uint16_t)v;
		break;
	case CT_F_REPLY_ZONE:
		s->zone_of[CT_REPLY] = (uint16_t)v;
		break;
	case CT_F_EXPIRES:
		ch->timeout = (uint32_t)v;
		ch->has |= CT_HAS_TIMEOUT;
		break;
	case CT_F_ORIG_VTAG:
	case CT_F_REPLY_VTAG:
		ch->vtag[field == CT_F_REPLY_VTAG] = (uint32_t)v;
		ch->has |= CT_HAS_VTAG;
		break;
	case CT_F_ROLE:
		ch->role = (uint8_t)v;
		ch->has |= CT_HAS_ROLE;
		break;
	case CT_F_EXPECT_SPORT:
		x->tuple.sport = (uint16_t)v;
		break;
	case CT_F_EXPECT_DPORT:
		x->tuple.dport = (uint16_t)v;
		break;
	case CT_SPEC_MASK_SPORT:
		x->mask.sport = (uint16_t)v;
		break;
	case CT_SPEC_MASK_DPORT:
		x->mask.dport = (uint16_t)v;
		break;
	case CT_SPEC_WSCALE:
		ch->wscale[CT_ORIG] = (uint8_t)(v >> 8);
		ch->wscale[CT_REPLY] = (uint8_t)v;
		ch->has |= CT_HAS_WSCALE;
		break;
	}
}

static int set_net(struct ct_spec *s, uint16_t field, const struct ct_net *net)
{
	struct ct_create_expect *x = s->expect;
	bool dst = field == CT_F_ORIG_DST || field == CT_F_REPLY_DST || field == CT_F_DST_NAT ||
		   field == CT_F_EXPECT_DST || field == CT_SPEC_MASK_DST;
	unsigned dir = field == CT_F_REPLY_SRC || field == CT_F_REPLY_DST ? CT_REPLY : CT_ORIG;
	struct ct_tuple *t = &s->tuple[dir];

	for (unsigned i = 0; i < ct_addr_len(net->l3); i += 4) {
		uint32_t mask;

		memcpy(&mask, net->mask.b + i, 4);
		if (mask != UINT32_MAX && field != CT_F_EXPECT_SRC && field != CT_F_EXPECT_DST)
			return ct_spec_fault(s, field, "takes one address here, not a network");
	}
	switch (field) {
	case CT_F_SRC_NAT:
	case CT_F_DST_NAT:
		s->create->nat[dst] = *net;
		s->create->has_nat[dst] = true;
		break;
	case CT_F_EXPECT_SRC:
	case CT_F_EXPECT_DST:
		*(dst ? &x->tuple.dst : &x->tuple.src) = net->addr;
		/* A prefix is the mask, unless that is given by itself. */
		if (!ct_spec_has(s, dst ? CT_SPEC_MASK_DST : CT_SPEC_MASK_SRC))
			*(dst ? &x->mask.dst : &x->mask.src) = net->mask;
		break;
	case CT_SPEC_MASK_SRC:
	case CT_SPEC_MASK_DST:
		*(dst ? &x->mask.dst : &x->mask.src) = net->addr;
		break;
	default:
		*(dst ? &t->dst : &t->src) = net->addr;
		t->has |= dst ? CT_T_DST : CT_T_SRC;
		t->l3 = net->l3;
		s->port[dir][dst] = net->port;
		s->has_port[dir][dst] = net->has_port;
	}
	return 0;
}

/* Addresses and --family must leave one family to the entry. */
static int set_family(struct ct_spec *s, uint8_t l3)
{
	if (l3 && s->l3 && s->l3 != l3)
		return ct_spec_fault(s, CT_F_NONE,
				     "the addresses and families given leave no common family");
	s->l3 = l3 ? l3 : s->l3;
	return 0;
}

static int set_status(struct ct_spec *s, const struct ct_bits *bits)
{
	uint32_t clear = bits->mask & ~bits->value;

	if (bits->value & ~(SETTABLE | IPS_CONFIRMED))
		return ct_spec_fault(s, CT_F_STATUS,
				     "can set SEEN_REPLY, ASSURED, FIXED_TIMEOUT and HELPER only");
	/* A new entry has none of its bits yet; UNSET on an old one sets nothing. */
	if (clear && !bits->value && s->update && clear != CT_STATUS_UNSET)
		return ct_spec_fault(s, CT_F_STATUS,
				     "cannot clear bits: the kernel only sets them");
	s->change->status |= bits->value & SETTABLE;
	s->change->has |= CT_HAS_STATUS;
	return 0;
}

static int set_state(struct ct_spec *s, const uint16_t *states)
{
	struct ct_change *ch = s->change;

	if (!s->proto || !s->proto->nstates)
		return ct_spec_fault(s, CT_F_STATE, "needs -p with a protocol that has states");
	while (!(states[s->proto->info] >> ch->state & 1))
		ch->state++;
	ch->has |= CT_HAS_STATE;
	return 0;
}

static void set_labels(struct ct_change *ch, const struct ct_cond *c)
{
	for (unsigned w = 0; w < CT_LABEL_BITS / 32; w++) {
		ch->label_mask.word[w] |= c->labels.mask.word[w];
		ch->labels.word[w] |= c->labels.value.word[w];
	}
	ch->has |= CT_HAS_LABELS;
}

int ct_spec_set(struct ct_spec *s, const struct ct_cond *c)
{
	struct ct_change *ch = s->change;
	uint16_t field = c->field;
	int err;

	if (c->negate || (ct_spec_has(s, field) && field != CT_F_STATUS && field != CT_F_LABEL))
		return ct_spec_fault(s, field, "takes one value here");
	s->fields |= UINT64_C(1) << field;
	switch (field) {
	case CT_F_FAMILY:
		return set_family(s, (uint8_t)c->range.lo);
	case CT_F_ORIG_SRC:
	case CT_F_ORIG_DST:
	case CT_F_REPLY_SRC:
	case CT_F_REPLY_DST:
	case CT_F_SRC_NAT:
	case CT_F_DST_NAT:
	case CT_F_EXPECT_SRC:
	case CT_F_EXPECT_DST:
	case CT_SPEC_MASK_SRC:
	case CT_SPEC_MASK_DST:
		err = set_family(s, c->net.l3);
		return err ? err : set_net(s, field, &c->net);
	}
	/* A build that creates nothing has tuples to get alone. */
	switch (WITH_CREATE ? field : CT_F_NONE) {
	case CT_F_STATUS:
		return set_status(s, &c->bits);
	case CT_F_STATE:
		return set_state(s, c->states);
	case CT_F_MARK:
		ch->mark = c->bits.value;
		ch->mark_mask = c->bits.mask;
		ch->has |= CT_HAS_MARK;
		return 0;
	case CT_F_TCP_FLAGS:
	case CT_SPEC_REPLY_TCP_FLAGS:
		ch->tcp_flags[field != CT_F_TCP_FLAGS] = (uint8_t)c->bits.value;
		ch->tcp_mask[field != CT_F_TCP_FLAGS] = (uint8_t)c->bits.mask;
		ch->has |= CT_HAS_TCP_FLAGS;
		return 0;
	case CT_F_LABEL:
	case CT_SPEC_LABEL_DEL:
		set_labels(ch, c);
		return 0;
	case CT_F_HELPER:
		ch->helper = c->name;
		ch->has |= CT_HAS_HELPER;
		return 0;
	}
	if (c->range.lo != c->range.hi)
		return ct_spec_fault(s, field, "takes one value here, not a range");
	set_number(s, field, c->range.lo);
	return 0;
}
