/* Extracts the exact tuple that a filter requires. */
#include <stddef.h>
#include <string.h>

#include "ct/entry.h"
#include "ct/filter.h"
#include "ct/proto.h"

/* The one number that a field must have. */
static bool single_number(const struct ct_filter *f, enum ct_field field, uint64_t *v)
{
	const struct ct_cond *c = ct_filter_single(f, field);

	if (!c || c->range.lo != c->range.hi)
		return false;
	*v = c->range.lo;
	return true;
}

/* The one address that a field must have, whole. */
static bool single_addr(const struct ct_filter *f, enum ct_field field, struct ct_tuple *t,
			struct ct_addr *addr)
{
	const struct ct_cond *c = ct_filter_single(f, field);

	if (!c)
		return false;
	for (unsigned i = 0; i < ct_addr_len(c->net.l3); i++)
		if (c->net.mask.b[i] != 0xff)
			return false;
	*addr = c->net.addr;
	t->l3 = c->net.l3;
	return true;
}

/* The port behind an address, where it is wanted and there is one. */
static bool port_behind(const struct ct_filter *f, enum ct_field addr, bool wanted, uint16_t *v)
{
	const struct ct_cond *c = wanted ? ct_filter_single(f, addr) : NULL;

	if (!c || !c->net.has_port)
		return false;
	*v = c->net.port;
	return true;
}

#define PART(dir, member, bit, keys)                                                               \
	{                                                                                          \
		CT_##dir, offsetof(struct ct_tuple, member),                                       \
			sizeof(((struct ct_tuple *)0)->member), keys, bit                          \
	}

/* The numbers that are parts of a tuple, by field. */
static const struct {
	uint8_t dir, offset, width;
	uint8_t keys; /* enum ct_keys of the protocols that have it; 0: all */
	uint16_t has; /* 0: no part of a tuple */
} parts[CT_F_REPLY_ZONE] = {
	[CT_F_PROTO] = PART(ORIG, l4, CT_T_PROTO, 0),
	[CT_F_ORIG_SPORT] = PART(ORIG, sport, CT_T_SPORT, CT_KEYS_PORTS),
	[CT_F_ORIG_DPORT] = PART(ORIG, dport, CT_T_DPORT, CT_KEYS_PORTS),
	[CT_F_ICMP_TYPE] = PART(ORIG, icmp_type, CT_T_ICMP_TYPE, CT_KEYS_ICMP),
	[CT_F_ICMP_CODE] = PART(ORIG, icmp_code, CT_T_ICMP_CODE, CT_KEYS_ICMP),
	[CT_F_ICMP_ID] = PART(ORIG, icmp_id, CT_T_ICMP_ID, CT_KEYS_ICMP),
	[CT_F_ICMPV6_TYPE] = PART(ORIG, icmp_type, CT_T_ICMP_TYPE, CT_KEYS_ICMPV6),
	[CT_F_ICMPV6_CODE] = PART(ORIG, icmp_code, CT_T_ICMP_CODE, CT_KEYS_ICMPV6),
	[CT_F_ICMPV6_ID] = PART(ORIG, icmp_id, CT_T_ICMP_ID, CT_KEYS_ICMPV6),
	[CT_F_ORIG_SRCKEY] = PART(ORIG, sport, CT_T_SPORT, CT_KEYS_GRE),
	[CT_F_ORIG_DSTKEY] = PART(ORIG, dport, CT_T_DPORT, CT_KEYS_GRE),
	[CT_F_REPLY_SPORT] = PART(REPLY, sport, CT_T_SPORT, CT_KEYS_PORTS),
	[CT_F_REPLY_DPORT] = PART(REPLY, dport, CT_T_DPORT, CT_KEYS_PORTS),
	[CT_F_REPLY_SRCKEY] = PART(REPLY, sport, CT_T_SPORT, CT_KEYS_GRE),
	[CT_F_REPLY_DSTKEY] = PART(REPLY, dport, CT_T_DPORT, CT_KEYS_GRE),
};

#define BIT(field)	   (UINT64_C(1) << (field))
#define RANGE(first, last) (BIT((last) + 1) - BIT(first))
#define PARTS                                                                                      \
	(BIT(CT_F_PROTO) | RANGE(CT_F_ORIG_SPORT, CT_F_ORIG_DSTKEY) |                              \
	 RANGE(CT_F_REPLY_SPORT, CT_F_REPLY_DSTKEY))

bool ct_field_set(struct ct_tuple tuple[2], uint8_t field, uint16_t v)
{
	struct ct_tuple *t;
	uint8_t *to;

	if (field >= CT_F_REPLY_ZONE || !parts[field].has)
		return false;
	t = &tuple[parts[field].dir];
	to = (uint8_t *)t + parts[field].offset;
	t->has |= parts[field].has;
	if (parts[field].width == 1)
		*to = (uint8_t)v;
	else
		memcpy(to, &v, sizeof(v));
	return true;
}

void ct_filter_tuple(const struct ct_filter *f, struct ct_tuple *t, bool reply)
{
	enum ct_field src = reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC;
	enum ct_field dst = reply ? CT_F_REPLY_DST : CT_F_ORIG_DST;
	struct ct_tuple tuple[2] = {{0}};
	uint8_t keys = CT_KEYS_NONE;
	uint64_t v;

	/* By ascending numbers: the protocol, which tells the keys, is first. */
	for (uint64_t left = f->fields & PARTS; left; left &= left - 1) {
		uint8_t field = (uint8_t)__builtin_ctzll(left);

		if ((parts[field].keys && parts[field].keys != keys) ||
		    !single_number(f, field, &v))
			continue;
		ct_field_set(tuple, field, (uint16_t)v);
		if (field == CT_F_PROTO)
			keys = ct_proto(tuple[CT_ORIG].l4)->keys;
	}
	*t = tuple[reply];
	t->l4 = tuple[CT_ORIG].l4;
	t->has |= tuple[CT_ORIG].has & CT_T_PROTO;
	if (single_addr(f, src, t, &t->src))
		t->has |= CT_T_SRC;
	if (single_addr(f, dst, t, &t->dst))
		t->has |= CT_T_DST;
	if (keys == CT_KEYS_PORTS && port_behind(f, src, !(t->has & CT_T_SPORT), &t->sport))
		t->has |= CT_T_SPORT;
	if (keys == CT_KEYS_PORTS && port_behind(f, dst, !(t->has & CT_T_DPORT), &t->dport))
		t->has |= CT_T_DPORT;
}

uint16_t ct_tuple_keys(uint8_t l4)
{
	switch (ct_proto(l4)->keys) {
	case CT_KEYS_PORTS:
	case CT_KEYS_GRE:
		return CT_T_PORTS;
	case CT_KEYS_ICMP:
	case CT_KEYS_ICMPV6:
		return CT_T_ICMP;
	}
	return 0;
}
