#include "ct/field.h"

#include <string.h>
#include <sys/socket.h>

#include "ct/entry.h"
#include "ct/uapi.h"
#include "nl/msg.h"

#define BIT(field) (UINT64_C(1) << (field))
#define NETS                                                                                       \
	(BIT(CT_F_ORIG_SRC) | BIT(CT_F_ORIG_DST) | BIT(CT_F_REPLY_SRC) | BIT(CT_F_REPLY_DST) |     \
	 BIT(CT_F_SRC_NAT) | BIT(CT_F_DST_NAT) | BIT(CT_F_ANY_NAT) | BIT(CT_F_EXPECT_SRC) |        \
	 BIT(CT_F_EXPECT_DST))

enum ct_kind ct_field_kind(uint8_t field)
{
	if (NETS >> field & 1)
		return CT_KIND_NET;
	switch (field) {
	case CT_F_STATUS:
	case CT_F_MARK:
	case CT_F_TCP_FLAGS:
		return CT_KIND_BITS;
	case CT_F_STATE:
		return CT_KIND_STATES;
	case CT_F_LABEL:
		return CT_KIND_LABELS;
	case CT_F_HELPER:
	case CT_F_IN:
	case CT_F_OUT:
		return CT_KIND_NAME;
	}
	return CT_KIND_RANGE;
}

#define IN_TUPLE(dir, leaf, width, at, keys)                                                       \
	{                                                                                          \
		CTA_TUPLE_##dir, CTA_TUPLE_PROTO, CTA_PROTO_##leaf, width, at, keys                \
	}

const struct ct_field_path ct_field_paths[CT_F_COUNT] = {
	[CT_F_PROTO] = IN_TUPLE(ORIG, NUM, 1, CT_TUPLE_AT_PROTO, 0),
	[CT_F_ORIG_SPORT] = IN_TUPLE(ORIG, SRC_PORT, 2, CT_TUPLE_AT_SPORT, CT_KEYS_PORTS),
	[CT_F_ORIG_DPORT] = IN_TUPLE(ORIG, DST_PORT, 2, CT_TUPLE_AT_DPORT, CT_KEYS_PORTS),
	[CT_F_ICMP_TYPE] = IN_TUPLE(ORIG, ICMP_TYPE, 1, 0, 0),
	[CT_F_ICMP_CODE] = IN_TUPLE(ORIG, ICMP_CODE, 1, 0, 0),
	[CT_F_ICMP_ID] = IN_TUPLE(ORIG, ICMP_ID, 2, 0, 0),
	[CT_F_ICMPV6_TYPE] = IN_TUPLE(ORIG, ICMPV6_TYPE, 1, 0, 0),
	[CT_F_ICMPV6_CODE] = IN_TUPLE(ORIG, ICMPV6_CODE, 1, 0, 0),
	[CT_F_ICMPV6_ID] = IN_TUPLE(ORIG, ICMPV6_ID, 2, 0, 0),
	[CT_F_ORIG_SRCKEY] = IN_TUPLE(ORIG, SRC_PORT, 2, CT_TUPLE_AT_SPORT, CT_KEYS_GRE),
	[CT_F_ORIG_DSTKEY] = IN_TUPLE(ORIG, DST_PORT, 2, CT_TUPLE_AT_DPORT, CT_KEYS_GRE),
	[CT_F_ORIG_ZONE] = {CTA_TUPLE_ORIG, CTA_TUPLE_ZONE, 0, 2, 0, 0},
	[CT_F_REPLY_SPORT] = IN_TUPLE(REPLY, SRC_PORT, 2, CT_TUPLE_AT_SPORT, CT_KEYS_PORTS),
	[CT_F_REPLY_DPORT] = IN_TUPLE(REPLY, DST_PORT, 2, CT_TUPLE_AT_DPORT, CT_KEYS_PORTS),
	[CT_F_REPLY_SRCKEY] = IN_TUPLE(REPLY, SRC_PORT, 2, CT_TUPLE_AT_SPORT, CT_KEYS_GRE),
	[CT_F_REPLY_DSTKEY] = IN_TUPLE(REPLY, DST_PORT, 2, CT_TUPLE_AT_DPORT, CT_KEYS_GRE),
	[CT_F_REPLY_ZONE] = {CTA_TUPLE_REPLY, CTA_TUPLE_ZONE, 0, 2, 0, 0},
	[CT_F_ZONE] = {CTA_ZONE, 0, 0, 2, 0, 0},
	[CT_F_STATUS] = {CTA_STATUS, 0, 0, 4, CT_AT_STATUS, 0},
	[CT_F_CTSTATE] = {CTA_STATUS, 0, 0, 4, CT_AT_STATUS, 0},
	[CT_F_ID] = {CTA_ID, 0, 0, 4, CT_AT_ID, 0},
	[CT_F_EXPIRES] = {CTA_TIMEOUT, 0, 0, 4, CT_AT_TIMEOUT, 0},
	[CT_F_MARK] = {CTA_MARK, 0, 0, 4, CT_AT_MARK, 0},
	[CT_F_ORIG_VTAG] = {CTA_PROTOINFO, CTA_PROTOINFO_SCTP, CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, 4,
			    0, 0},
	[CT_F_REPLY_VTAG] = {CTA_PROTOINFO, CTA_PROTOINFO_SCTP, CTA_PROTOINFO_SCTP_VTAG_REPLY, 4, 0,
			     0},
	[CT_F_ROLE] = {CTA_PROTOINFO, CTA_PROTOINFO_DCCP, CTA_PROTOINFO_DCCP_ROLE, 1, 0, 0},
	[CT_F_SRC_NAT] = {CTA_STATUS, 0, 0, 4, CT_AT_STATUS, 0},
	[CT_F_DST_NAT] = {CTA_STATUS, 0, 0, 4, CT_AT_STATUS, 0},
	[CT_F_ANY_NAT] = {CTA_STATUS, 0, 0, 4, CT_AT_STATUS, 0},
	[CT_F_HELPER] = {CTA_HELP, CTA_HELP_NAME, 0, 0, 0, 0},
	[CT_F_LABEL] = {CTA_LABELS, 0, 0, 0, 0, 0},
};

bool ct_field_find(const struct nlmsghdr *h, const struct ct_field_path *p, struct nl_attr *a)
{
	struct nl_attr outer;

	if (!nl_find_inline(nl_attrs(h, NL_NFGEN_LEN), p->top, p->nest ? 0 : p->width, &outer))
		return false;
	if (!p->nest) {
		*a = outer;
		return true;
	}
	if (p->common && ct_tuple_is_common(&outer)) {
		a->data = outer.data + p->common;
		a->len = p->width;
		return !p->keys || ct_proto(outer.data[CT_TUPLE_AT_PROTO])->keys == p->keys;
	}
	if (!nl_find(nl_nested(&outer), p->nest, p->leaf ? 0 : p->width, a))
		return false;
	if (!p->leaf)
		return true;
	outer = *a;
	if (p->keys) {
		struct nl_attr num;

		if (!nl_find(nl_nested(&outer), CTA_PROTO_NUM, 1, &num) ||
		    ct_proto(num.data[0])->keys != p->keys)
			return false;
	}
	return nl_find(nl_nested(&outer), p->leaf, p->width, a);
}

/* The original tuple, where it comes first and in the common layout, as it nearly always does. */
static inline bool first_tuple(const struct nlmsghdr *h, struct nl_attr *tuple)
{
	const size_t skip = NLMSG_HDRLEN + NL_NFGEN_LEN + NLA_HDRLEN;

	*tuple = (struct nl_attr){(const uint8_t *)h + skip, CT_TUPLE_COMMON_LEN};
	return h->nlmsg_len >= skip + CT_TUPLE_COMMON_LEN &&
	       !nl_head_differs(tuple->data - NLA_HDRLEN, NLA_HDRLEN + CT_TUPLE_COMMON_LEN,
				CTA_TUPLE_ORIG | NLA_F_NESTED) &&
	       ct_tuple_is_common(tuple);
}

bool ct_field_number(const struct nlmsghdr *h, uint8_t field, uint64_t *v)
{
	const struct ct_field_path *p = &ct_field_paths[field];
	const uint8_t *common;
	struct nl_attr a;
	uint32_t len;

	if (p->common && !p->nest) {
		common = ct_common_layout(h, &len);
		if (common) {
			*v = nl_get_be32(common + p->common);
			return true;
		}
	} else if (p->common && p->top == CTA_TUPLE_ORIG && first_tuple(h, &a)) {
		*v = p->width == 1 ? a.data[p->common] : nl_get_be16(a.data + p->common);
		return !p->keys || ct_proto(a.data[CT_TUPLE_AT_PROTO])->keys == p->keys;
	}
	if (!p->width || !ct_field_find(h, p, &a))
		return false; /* no entry has it: it is a field of expectations */
	*v = p->width == 4 ? nl_get_be32(a.data) : p->width == 2 ? nl_get_be16(a.data) : *a.data;
	return true;
}

static const struct {
	uint16_t tuple;
	bool dst;
} ends[] = {
	[CT_F_ORIG_SRC] = {CTA_TUPLE_ORIG, false},
	[CT_F_ORIG_DST] = {CTA_TUPLE_ORIG, true},
	[CT_F_REPLY_SRC] = {CTA_TUPLE_REPLY, false},
	[CT_F_REPLY_DST] = {CTA_TUPLE_REPLY, true},
};

void ct_field_end(struct ct_end *e, const struct nlmsghdr *h, uint8_t field)
{
	bool dst = ends[field].dst;
	uint16_t v4 = dst ? CTA_IP_V4_DST : CTA_IP_V4_SRC, v6 = dst ? CTA_IP_V6_DST : CTA_IP_V6_SRC;
	struct nl_attr a;
	struct nl_iter it;

	*e = (struct ct_end){.dst = dst};
	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), ends[field].tuple, 0, &e->tuple)) {
		e->tuple.len = 0;
		return;
	}
	if (ct_tuple_is_common(&e->tuple)) {
		e->l3 = AF_INET;
		e->addr = e->tuple.data + (dst ? CT_TUPLE_AT_DST : CT_TUPLE_AT_SRC);
		return;
	}
	if (!nl_find(nl_nested(&e->tuple), CTA_TUPLE_IP, 0, &a))
		return;
	for (it = nl_nested(&a); !e->l3 && nl_next(&it, &a);) {
		if (a.type == v4 && a.len >= 4)
			e->l3 = AF_INET;
		else if (a.type == v6 && a.len >= 16)
			e->l3 = AF_INET6;
		e->addr = a.data;
	}
}

bool ct_field_zone(const struct nlmsghdr *h, uint64_t *v)
{
	uint64_t part;

	if (ct_field_number(h, CT_F_ZONE, v))
		return true;
	*v = 0;
	return !ct_field_number(h, CT_F_ORIG_ZONE, &part) &&
	       !ct_field_number(h, CT_F_REPLY_ZONE, &part);
}

uint16_t ct_field_zone_of(const struct nlmsghdr *h, uint8_t field)
{
	uint64_t v;

	return ct_field_number(h, field, &v) ? (uint16_t)v : 0;
}

uint32_t ct_field_mark(const struct nlmsghdr *h)
{
	uint64_t v;

	return ct_field_number(h, CT_F_MARK, &v) ? (uint32_t)v : 0;
}

uint64_t ct_field_address(uint8_t l3, const uint8_t *addr)
{
	uint64_t high, low;

	if (l3 == AF_INET)
		return nl_get_be32(addr);
	memcpy(&high, addr, sizeof(high));
	memcpy(&low, addr + sizeof(high), sizeof(low));
	return high * UINT64_C(0x9e3779b97f4a7c15) ^ low;
}

bool ct_field_value(const struct nlmsghdr *h, uint8_t field, uint64_t *v)
{
	struct ct_end e;

	switch (field) {
	case CT_F_ORIG_SRC:
	case CT_F_ORIG_DST:
	case CT_F_REPLY_SRC:
	case CT_F_REPLY_DST:
		ct_field_end(&e, h, field);
		*v = e.l3 ? ct_field_address(e.l3, e.addr) : 0;
		return e.l3;
	case CT_F_ZONE:
		return ct_field_zone(h, v);
	case CT_F_ORIG_ZONE:
	case CT_F_REPLY_ZONE:
		*v = ct_field_zone_of(h, field);
		return true;
	case CT_F_MARK:
		*v = ct_field_mark(h);
		return true;
	}
	return ct_field_number(h, field, v);
}
