#include "ct/entry.h"

#include <errno.h>

#include "ct/proto.h"
#include "ct/uapi.h"

/* Bytes in front of a message's attributes. */
#define HEADERS (NLMSG_HDRLEN + NL_NFGEN_LEN)

/* Decodes the information that nearly every TCP entry carries, five attributes of one or two bytes
 * as the kernel sends them, by comparing all headers at once. False when it is another one. */
static bool decode_common_tcp(struct ct_entry *e, const struct nl_attr *tcp)
{
	const uint8_t *p = tcp->data;

	if (tcp->len != 40 || nl_head_differs(p, 5, CTA_PROTOINFO_TCP_STATE) |
				      nl_head_differs(p + 8, 5, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL) |
				      nl_head_differs(p + 16, 5, CTA_PROTOINFO_TCP_WSCALE_REPLY) |
				      nl_head_differs(p + 24, 6, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL) |
				      nl_head_differs(p + 32, 6, CTA_PROTOINFO_TCP_FLAGS_REPLY))
		return false;
	e->state = p[4];
	e->wscale[CT_ORIG] = p[12];
	e->wscale[CT_REPLY] = p[20];
	e->tcp_flags[CT_ORIG] = p[28];
	e->tcp_flags[CT_REPLY] = p[36];
	return true;
}

static uint32_t decode_tcp(struct ct_entry *e, const struct nl_attr *tcp)
{
	struct nl_iter it = nl_nested(tcp);
	uint32_t has = 0;
	struct nl_attr a;

	if (decode_common_tcp(e, tcp))
		return CT_HAS_STATE | CT_HAS_WSCALE | CT_HAS_TCP_FLAGS;
	e->wscale[CT_ORIG] = e->wscale[CT_REPLY] = 0;
	e->tcp_flags[CT_ORIG] = e->tcp_flags[CT_REPLY] = 0;
	while (nl_next(&it, &a)) {
		uint32_t got = 0;

		switch (a.type) {
		case CTA_PROTOINFO_TCP_STATE:
			got = nl_u8(&a, &e->state) ? CT_HAS_STATE : 0;
			break;
		case CTA_PROTOINFO_TCP_WSCALE_ORIGINAL:
			got = nl_u8(&a, &e->wscale[CT_ORIG]) ? CT_HAS_WSCALE : 0;
			break;
		case CTA_PROTOINFO_TCP_WSCALE_REPLY:
			got = nl_u8(&a, &e->wscale[CT_REPLY]) ? CT_HAS_WSCALE : 0;
			break;
		/* Two bytes, flags and mask; the kernel sends the mask as 0. */
		case CTA_PROTOINFO_TCP_FLAGS_ORIGINAL:
			got = nl_u8(&a, &e->tcp_flags[CT_ORIG]) ? CT_HAS_TCP_FLAGS : 0;
			break;
		case CTA_PROTOINFO_TCP_FLAGS_REPLY:
			got = nl_u8(&a, &e->tcp_flags[CT_REPLY]) ? CT_HAS_TCP_FLAGS : 0;
			break;
		}
		has |= got;
	}
	return has;
}

static uint32_t decode_sctp(struct ct_entry *e, struct nl_iter it)
{
	uint32_t has = 0;
	struct nl_attr a;

	e->vtag[CT_ORIG] = e->vtag[CT_REPLY] = 0;
	while (nl_next(&it, &a)) {
		uint32_t got = 0;

		switch (a.type) {
		case CTA_PROTOINFO_SCTP_STATE:
			got = nl_u8(&a, &e->state) ? CT_HAS_STATE : 0;
			break;
		case CTA_PROTOINFO_SCTP_VTAG_ORIGINAL:
			got = nl_be32(&a, &e->vtag[CT_ORIG]) ? CT_HAS_VTAG : 0;
			break;
		case CTA_PROTOINFO_SCTP_VTAG_REPLY:
			got = nl_be32(&a, &e->vtag[CT_REPLY]) ? CT_HAS_VTAG : 0;
			break;
		}
		has |= got;
	}
	return has;
}

static uint32_t decode_dccp(struct ct_entry *e, struct nl_iter it)
{
	uint32_t has = 0;
	struct nl_attr a;

	while (nl_next(&it, &a)) {
		uint32_t got = 0;

		switch (a.type) {
		case CTA_PROTOINFO_DCCP_STATE:
			got = nl_u8(&a, &e->state) ? CT_HAS_STATE : 0;
			break;
		case CTA_PROTOINFO_DCCP_ROLE:
			got = nl_u8(&a, &e->role) ? CT_HAS_ROLE : 0;
			break;
		}
		has |= got;
	}
	return has;
}

static uint32_t decode_protoinfo(struct ct_entry *e, const struct nl_attr *info)
{
	struct nl_iter it = nl_nested(info);
	struct nl_attr a, state;

	while (nl_next(&it, &a)) {
		e->info = (uint8_t)a.type;
		switch (a.type) {
		case CTA_PROTOINFO_TCP:
			return decode_tcp(e, &a);
		case CTA_PROTOINFO_SCTP:
			return decode_sctp(e, nl_nested(&a));
		case CTA_PROTOINFO_DCCP:
			return decode_dccp(e, nl_nested(&a));
		}
		/* The state is attribute 1 in each protocol's nest. */
		if (a.type < CT_INFO_COUNT && nl_find(nl_nested(&a), 1, 1, &state))
			return nl_u8(&state, &e->state) ? CT_HAS_STATE : 0;
	}
	return 0;
}

static uint32_t decode_counters(struct ct_entry *e, const struct nl_attr *counters, enum ct_dir dir)
{
	uint32_t has = dir == CT_ORIG ? CT_HAS_COUNTERS_ORIG : CT_HAS_COUNTERS_REPLY;
	struct nl_iter it = nl_nested(counters);
	const uint8_t *p = counters->data;
	unsigned got = 0;
	struct nl_attr a;

	/* As the kernel sends them but for want of unaligned access. */
	if (counters->len == 24 && !(nl_head_differs(p, 12, CTA_COUNTERS_PACKETS) |
				     nl_head_differs(p + 12, 12, CTA_COUNTERS_BYTES))) {
		e->packets[dir] = nl_get_be64(p + 4);
		e->bytes[dir] = nl_get_be64(p + 16);
		return has;
	}
	while (nl_next(&it, &a)) {
		if (a.type == CTA_COUNTERS_PACKETS && nl_be64(&a, &e->packets[dir]))
			got |= 1;
		else if (a.type == CTA_COUNTERS_BYTES && nl_be64(&a, &e->bytes[dir]))
			got |= 2;
	}
	return got == 3 ? has : 0;
}

static uint32_t decode_timestamp(struct ct_entry *e, const struct nl_attr *stamp)
{
	struct nl_iter it = nl_nested(stamp);
	uint32_t has = 0;
	struct nl_attr a;

	if (stamp->len == 12 && !nl_head_differs(stamp->data, 12, CTA_TIMESTAMP_START)) {
		e->start = nl_get_be64(stamp->data + 4);
		return CT_HAS_START;
	}
	while (nl_next(&it, &a)) {
		if (a.type == CTA_TIMESTAMP_START && nl_be64(&a, &e->start))
			has |= CT_HAS_START;
		else if (a.type == CTA_TIMESTAMP_STOP && nl_be64(&a, &e->stop))
			has |= CT_HAS_STOP;
	}
	return has;
}

/* A string nested one level deep: the helper's name, the security context's. */
static uint32_t decode_name(struct nl_str *s, const struct nl_attr *nest, uint16_t type,
			    uint32_t has)
{
	struct nl_attr a;

	if (!nl_find(nl_nested(nest), type, 1, &a))
		return 0;
	*s = nl_string(&a);
	return has;
}

static inline uint32_t decode_attr(struct ct_entry *e, struct nl_attr a)
{
	switch (a.type) {
	case CTA_TUPLE_ORIG:
		ct_tuple_decode(&e->orig, &a);
		return CT_HAS_ORIG;
	case CTA_TUPLE_REPLY:
		ct_tuple_decode(&e->reply, &a);
		return CT_HAS_REPLY;
	case CTA_TUPLE_MASTER:
		ct_tuple_decode(&e->master, &a);
		return CT_HAS_MASTER;
	case CTA_STATUS:
		return nl_be32(&a, &e->status) ? CT_HAS_STATUS : 0;
	case CTA_PROTOINFO:
		return decode_protoinfo(e, &a);
	case CTA_HELP:
		return decode_name(&e->helper, &a, CTA_HELP_NAME, CT_HAS_HELPER);
	case CTA_TIMEOUT:
		return nl_be32(&a, &e->timeout) ? CT_HAS_TIMEOUT : 0;
	case CTA_MARK:
		return nl_be32(&a, &e->mark) ? CT_HAS_MARK : 0;
	case CTA_COUNTERS_ORIG:
		return decode_counters(e, &a, CT_ORIG);
	case CTA_COUNTERS_REPLY:
		return decode_counters(e, &a, CT_REPLY);
	case CTA_USE:
		return nl_be32(&a, &e->use) ? CT_HAS_USE : 0;
	case CTA_ID:
		return nl_be32(&a, &e->id) ? CT_HAS_ID : 0;
	case CTA_ZONE:
		return nl_be16(&a, &e->zone) ? CT_HAS_ZONE : 0;
	case CTA_SECMARK:
		return nl_be32(&a, &e->secmark) ? CT_HAS_SECMARK : 0;
	case CTA_SECCTX:
		return decode_name(&e->secctx, &a, CTA_SECCTX_NAME, CT_HAS_SECCTX);
	case CTA_TIMESTAMP:
		return decode_timestamp(e, &a);
	case CTA_LABELS:
		e->labels = a;
		return a.len ? CT_HAS_LABELS : 0;
	case CTA_TIMESTAMP_EVENT:
		return nl_be64(&a, &e->event_time) ? CT_HAS_EVENT_TIME : 0;
	}
	return 0;
}

#ifndef SMALLEST
const uint8_t *ct_common_layout(const struct nlmsghdr *h, uint32_t *len)
{
	const uint8_t *orig = (const uint8_t *)h + HEADERS, *p;
	struct nlattr first;

	if (h->nlmsg_len < HEADERS + CT_AT_NEXT)
		return NULL;
	memcpy(&first, orig, sizeof(first));
	*len = first.nla_len;
	if (h->nlmsg_len < HEADERS + CT_AT_NEXT + 2 * *len)
		return NULL;
	p = orig + 2 * *len;
	if (nl_head_differs(p, 8, CTA_STATUS)) /* events have the id here */
		return NULL;
	return (first.nla_len & ~UINT32_C(252)) |
			       nl_head_differs(orig, first.nla_len, CTA_TUPLE_ORIG | NLA_F_NESTED) |
			       nl_head_differs(orig + *len, first.nla_len,
					       CTA_TUPLE_REPLY | NLA_F_NESTED) |
			       nl_head_differs(p + 8, 8, CTA_MARK) |
			       nl_head_differs(p + 16, 8, CTA_ID) |
			       nl_head_differs(p + 24, 8, CTA_USE) |
			       nl_head_differs(p + 32, 8, CTA_TIMEOUT)
		       ? NULL
		       : p;
}
#endif

int ct_entry_decode(struct ct_entry *e, const struct nlmsghdr *h)
{
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN);
	uint32_t has = 0, len;
	const uint8_t *p;
	struct nl_attr a;

	if (h->nlmsg_len < HEADERS)
		return -EBADMSG;
	e->family = ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family;
	e->info = CT_INFO_NONE;
	ct_tuple_clear(&e->master);
	p = ct_common_layout(h, &len);
	if (p) {
		const struct nl_attr orig = {p - 2 * len + NLA_HDRLEN, len - NLA_HDRLEN};
		const struct nl_attr reply = {p - len + NLA_HDRLEN, len - NLA_HDRLEN};

		ct_tuple_decode(&e->orig, &orig);
		ct_tuple_decode(&e->reply, &reply);
		e->status = nl_get_be32(p + CT_AT_STATUS);
		e->mark = nl_get_be32(p + CT_AT_MARK);
		e->id = nl_get_be32(p + CT_AT_ID);
		e->use = nl_get_be32(p + CT_AT_USE);
		e->timeout = nl_get_be32(p + CT_AT_TIMEOUT);
		has = CT_HAS_ORIG | CT_HAS_REPLY | CT_HAS_STATUS | CT_HAS_MARK | CT_HAS_ID |
		      CT_HAS_USE | CT_HAS_TIMEOUT;
		it.p = p + CT_AT_NEXT;
	} else {
		ct_tuple_clear(&e->orig);
		ct_tuple_clear(&e->reply);
	}
	while (nl_next(&it, &a))
		has |= decode_attr(e, a);
	e->has = has;
	return 0;
}

const struct ct_name *ct_entry_state(const struct ct_entry *e)
{
	const struct ct_proto *p = ct_proto_of_info(e->info);

	return e->state < p->nstates ? &p->states[e->state] : NULL;
}

bool ct_label_test(const struct nl_attr *labels, unsigned n)
{
	uint32_t word;

	if (n / 32 * 4 + 4 > labels->len)
		return false;
	memcpy(&word, labels->data + n / 32 * 4, sizeof(word));
	return word >> (n % 32) & 1;
}
