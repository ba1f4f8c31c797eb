#include "ct/tuple.h"

#include <sys/socket.h>

#include "ct/proto.h"
#include "ct/uapi.h"

static void decode_ip(struct ct_tuple *t, const struct nl_attr *ip)
{
	struct nl_iter it = nl_nested(ip);
	struct nl_attr a;

	while (nl_next(&it, &a)) {
		bool v6 = a.type == CTA_IP_V6_SRC || a.type == CTA_IP_V6_DST;
		unsigned len = v6 ? 16 : 4;

		if (a.type < CTA_IP_V4_SRC || a.type > CTA_IP_V6_DST || a.len < len)
			continue;
		if (t->l3 && t->l3 != (v6 ? AF_INET6 : AF_INET))
			continue; /* half of one family, half of the other: no kernel sends that */
		t->l3 = v6 ? AF_INET6 : AF_INET;
		if (a.type == CTA_IP_V4_SRC || a.type == CTA_IP_V6_SRC) {
			memcpy(t->src.b, a.data, len);
			t->has |= CT_T_SRC;
		} else {
			memcpy(t->dst.b, a.data, len);
			t->has |= CT_T_DST;
		}
	}
}

static void decode_proto(struct ct_tuple *t, const struct nl_attr *proto)
{
	struct nl_iter it = nl_nested(proto);
	struct nl_attr a;

	while (nl_next(&it, &a)) {
		unsigned got = 0;

		switch (a.type) {
		case CTA_PROTO_NUM:
			got = nl_u8(&a, &t->l4) ? CT_T_PROTO : 0;
			break;
		case CTA_PROTO_SRC_PORT:
			got = nl_be16(&a, &t->sport) ? CT_T_SPORT : 0;
			break;
		case CTA_PROTO_DST_PORT:
			got = nl_be16(&a, &t->dport) ? CT_T_DPORT : 0;
			break;
		case CTA_PROTO_ICMP_ID:
		case CTA_PROTO_ICMPV6_ID:
			got = nl_be16(&a, &t->icmp_id) ? CT_T_ICMP_ID : 0;
			break;
		case CTA_PROTO_ICMP_TYPE:
		case CTA_PROTO_ICMPV6_TYPE:
			got = nl_u8(&a, &t->icmp_type) ? CT_T_ICMP_TYPE : 0;
			break;
		case CTA_PROTO_ICMP_CODE:
		case CTA_PROTO_ICMPV6_CODE:
			got = nl_u8(&a, &t->icmp_code) ? CT_T_ICMP_CODE : 0;
			break;
		}
		t->has |= (uint16_t)got;
	}
}

#ifndef SMALLEST
static inline bool is_common(const struct nl_attr *tuple)
{
	const uint8_t *p = tuple->data;

	return tuple->len == CT_TUPLE_COMMON_LEN &&
	       !(nl_head_differs(p, 20, CTA_TUPLE_IP | NLA_F_NESTED) |
		 nl_head_differs(p + 4, 8, CTA_IP_V4_SRC) |
		 nl_head_differs(p + 12, 8, CTA_IP_V4_DST) |
		 nl_head_differs(p + 20, 28, CTA_TUPLE_PROTO | NLA_F_NESTED) |
		 nl_head_differs(p + 24, 5, CTA_PROTO_NUM) |
		 nl_head_differs(p + 32, 6, CTA_PROTO_SRC_PORT) |
		 nl_head_differs(p + 40, 6, CTA_PROTO_DST_PORT));
}

bool ct_tuple_is_common(const struct nl_attr *tuple)
{
	return is_common(tuple);
}
#else
#define is_common ct_tuple_is_common
#endif

void ct_tuple_decode(struct ct_tuple *t, const struct nl_attr *tuple)
{
	struct nl_iter it = nl_nested(tuple);
	struct nl_attr a;

	if (is_common(tuple)) {
		const uint8_t *p = tuple->data;

		memcpy(t->src.b, p + CT_TUPLE_AT_SRC, 4);
		memcpy(t->dst.b, p + CT_TUPLE_AT_DST, 4);
		t->l3 = AF_INET;
		t->l4 = p[CT_TUPLE_AT_PROTO];
		t->sport = nl_get_be16(p + CT_TUPLE_AT_SPORT);
		t->dport = nl_get_be16(p + CT_TUPLE_AT_DPORT);
		t->has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;
		return;
	}
	ct_tuple_clear(t);
	while (nl_next(&it, &a)) {
		if (a.type == CTA_TUPLE_IP)
			decode_ip(t, &a);
		else if (a.type == CTA_TUPLE_PROTO)
			decode_proto(t, &a);
		else if (a.type == CTA_TUPLE_ZONE && nl_be16(&a, &t->zone))
			t->has |= CT_T_ZONE;
	}
}

static void head(uint8_t *p, uint16_t len, uint16_t type)
{
	const struct nlattr head = {len, type};

	memcpy(p, &head, sizeof(head));
}

static void head_and_be16(uint8_t *p, uint16_t type, uint16_t v)
{
	uint32_t top = NL_BIG_ENDIAN ? (uint32_t)v << 16 : __builtin_bswap16(v);

	head(p, 6, type);
	memcpy(p + 4, &top, sizeof(top));
}

/* Encodes a tuple of IPv4 and ports in one piece: what
 * ct_tuple_is_common() recognizes. */
static void encode_common(struct nl_buf *b, uint16_t type, const struct ct_tuple *t)
{
	const uint8_t num[4] = {t->l4};
	uint8_t *p = nl_put_whole(b, 52);

	if (!p)
		return;
	head(p, 52, type | NLA_F_NESTED);
	head(p + 4, 20, CTA_TUPLE_IP | NLA_F_NESTED);
	head(p + 8, 8, CTA_IP_V4_SRC);
	memcpy(p + 12, t->src.b, 4);
	head(p + 16, 8, CTA_IP_V4_DST);
	memcpy(p + 20, t->dst.b, 4);
	head(p + 24, 28, CTA_TUPLE_PROTO | NLA_F_NESTED);
	head(p + 28, 5, CTA_PROTO_NUM);
	memcpy(p + 32, num, 4);
	head_and_be16(p + 36, CTA_PROTO_SRC_PORT, t->sport);
	head_and_be16(p + 44, CTA_PROTO_DST_PORT, t->dport);
}

static void encode_proto(struct nl_buf *b, const struct ct_tuple *t)
{
	bool v6 = ct_proto(t->l4)->keys == CT_KEYS_ICMPV6;
	uint32_t nest;

	if (!(t->has & CT_T_PROTO))
		return;
	nest = nl_nest(b, CTA_TUPLE_PROTO);
	nl_put_u8(b, CTA_PROTO_NUM, t->l4);
	if (t->has & CT_T_SPORT)
		nl_put_be16(b, CTA_PROTO_SRC_PORT, t->sport);
	if (t->has & CT_T_DPORT)
		nl_put_be16(b, CTA_PROTO_DST_PORT, t->dport);
	if (t->has & CT_T_ICMP_ID)
		nl_put_be16(b, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, t->icmp_id);
	if (t->has & CT_T_ICMP_TYPE)
		nl_put_u8(b, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, t->icmp_type);
	if (t->has & CT_T_ICMP_CODE)
		nl_put_u8(b, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, t->icmp_code);
	nl_nest_end(b, nest);
}

void ct_tuple_encode(struct nl_buf *b, uint16_t type, const struct ct_tuple *t)
{
	unsigned len = ct_addr_len(t->l3);
	bool v6 = t->l3 == AF_INET6;
	uint32_t tuple, ip;

	if (t->l3 == AF_INET && t->has == (CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS)) {
		encode_common(b, type, t);
		return;
	}
	tuple = nl_nest(b, type);
	ip = nl_nest(b, CTA_TUPLE_IP);
	if (t->has & CT_T_SRC)
		nl_put(b, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, t->src.b, len);
	if (t->has & CT_T_DST)
		nl_put(b, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, t->dst.b, len);
	nl_nest_end(b, ip);
	encode_proto(b, t);
	if (t->has & CT_T_ZONE)
		nl_put_be16(b, CTA_TUPLE_ZONE, t->zone);
	nl_nest_end(b, tuple);
}

/* Query and answer, both ways. */
static const uint8_t icmp_pairs[][2] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}};
static const uint8_t icmpv6_pairs[][2] = {{128, 129}, {139, 140}};

static bool invert_type(uint8_t *out, uint8_t type, const uint8_t (*pairs)[2], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < 2; j++)
			if (pairs[i][j] == type) {
				*out = pairs[i][!j];
				return true;
			}
	return false;
}

bool ct_tuple_invert(struct ct_tuple *r, const struct ct_tuple *t)
{
	*r = *t;
	r->has &= (uint16_t) ~(CT_T_SRC | CT_T_DST | CT_T_SPORT | CT_T_DPORT | CT_T_ZONE);
	r->has |=
		(uint16_t)((t->has & CT_T_SRC ? CT_T_DST : 0) | (t->has & CT_T_DST ? CT_T_SRC : 0) |
			   (t->has & CT_T_SPORT ? CT_T_DPORT : 0) |
			   (t->has & CT_T_DPORT ? CT_T_SPORT : 0));
	r->src = t->dst;
	r->dst = t->src;
	r->sport = t->dport;
	r->dport = t->sport;
	if (!(t->has & CT_T_ICMP_TYPE))
		return true;
	if (ct_proto(t->l4)->keys == CT_KEYS_ICMPV6)
		return invert_type(&r->icmp_type, t->icmp_type, icmpv6_pairs, 2);
	return invert_type(&r->icmp_type, t->icmp_type, icmp_pairs, 4);
}
