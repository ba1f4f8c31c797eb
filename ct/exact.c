/* Extracts the exact tuple that a filter requires. */
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

/* A port, given by itself or behind the address. */
static bool single_port(const struct ct_filter *f, enum ct_field port, enum ct_field addr,
			uint16_t *v)
{
	const struct ct_cond *c;
	uint64_t n;

	if (single_number(f, port, &n)) {
		*v = (uint16_t)n;
		return true;
	}
	c = ct_filter_single(f, addr);
	if (!c || !c->net.has_port)
		return false;
	*v = c->net.port;
	return true;
}

/* A number into a tuple's 8 or 16 bit field; has is the field's bit. */
static void fix8(const struct ct_filter *f, enum ct_field field, struct ct_tuple *t, uint8_t *v,
		 uint16_t has)
{
	uint64_t n;

	if (single_number(f, field, &n)) {
		*v = (uint8_t)n;
		t->has |= has;
	}
}

static void fix16(const struct ct_filter *f, enum ct_field field, struct ct_tuple *t, uint16_t *v,
		  uint16_t has)
{
	uint64_t n;

	if (single_number(f, field, &n)) {
		*v = (uint16_t)n;
		t->has |= has;
	}
}

void ct_filter_tuple(const struct ct_filter *f, struct ct_tuple *t, bool reply)
{
	enum ct_field src = reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC;
	enum ct_field dst = reply ? CT_F_REPLY_DST : CT_F_ORIG_DST;

	*t = (struct ct_tuple){0};
	if (single_addr(f, src, t, &t->src))
		t->has |= CT_T_SRC;
	if (single_addr(f, dst, t, &t->dst))
		t->has |= CT_T_DST;
	fix8(f, CT_F_PROTO, t, &t->l4, CT_T_PROTO);
	if (!(t->has & CT_T_PROTO))
		return;
	switch (ct_proto(t->l4)->keys) {
	case CT_KEYS_PORTS:
		if (single_port(f, reply ? CT_F_REPLY_SPORT : CT_F_ORIG_SPORT, src, &t->sport))
			t->has |= CT_T_SPORT;
		if (single_port(f, reply ? CT_F_REPLY_DPORT : CT_F_ORIG_DPORT, dst, &t->dport))
			t->has |= CT_T_DPORT;
		break;
	case CT_KEYS_GRE:
		fix16(f, reply ? CT_F_REPLY_SRCKEY : CT_F_ORIG_SRCKEY, t, &t->sport, CT_T_SPORT);
		fix16(f, reply ? CT_F_REPLY_DSTKEY : CT_F_ORIG_DSTKEY, t, &t->dport, CT_T_DPORT);
		break;
	case CT_KEYS_ICMP:
		if (reply)
			break;
		fix8(f, CT_F_ICMP_TYPE, t, &t->icmp_type, CT_T_ICMP_TYPE);
		fix8(f, CT_F_ICMP_CODE, t, &t->icmp_code, CT_T_ICMP_CODE);
		fix16(f, CT_F_ICMP_ID, t, &t->icmp_id, CT_T_ICMP_ID);
		break;
	case CT_KEYS_ICMPV6:
		if (reply)
			break;
		fix8(f, CT_F_ICMPV6_TYPE, t, &t->icmp_type, CT_T_ICMP_TYPE);
		fix8(f, CT_F_ICMPV6_CODE, t, &t->icmp_code, CT_T_ICMP_CODE);
		fix16(f, CT_F_ICMPV6_ID, t, &t->icmp_id, CT_T_ICMP_ID);
		break;
	}
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
