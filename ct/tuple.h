/* One direction of a flow. */
#ifndef CT_TUPLE_H
#define CT_TUPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "nl/attr.h"
#include "nl/msg.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An address in network order: IPv4 in the first four bytes, IPv6 in all sixteen. */
struct ct_addr {
	uint8_t b[16];
};

/* Which parts of a tuple hold a value. */
enum {
	CT_T_SRC = 1 << 0,
	CT_T_DST = 1 << 1,
	CT_T_PROTO = 1 << 2,
	CT_T_SPORT = 1 << 3,
	CT_T_DPORT = 1 << 4,
	CT_T_ICMP_TYPE = 1 << 5,
	CT_T_ICMP_CODE = 1 << 6,
	CT_T_ICMP_ID = 1 << 7,
	CT_T_ZONE = 1 << 8,
	CT_T_ICMP = CT_T_ICMP_TYPE | CT_T_ICMP_CODE | CT_T_ICMP_ID,
	CT_T_PORTS = CT_T_SPORT | CT_T_DPORT,
};

/* All integers in host order. GRE keeps its call keys in the ports. */
struct ct_tuple {
	uint16_t has;
	uint8_t l3; /* AF_INET, AF_INET6, or 0 without an address */
	uint8_t l4; /* IANA protocol number */
	uint16_t sport, dport;
	uint16_t icmp_id;
	uint8_t icmp_type, icmp_code;
	uint16_t zone; /* zone of this direction alone */
	struct ct_addr src, dst;
};

/* Bytes of an address of this family: 4, 16, or 0. */
static inline unsigned ct_addr_len(uint8_t l3)
{
	return l3 == 2 ? 4 : l3 == 10 ? 16 : 0;
}

/* Makes a tuple hold nothing. */
static inline void ct_tuple_clear(struct ct_tuple *t)
{
	t->has = 0;
	t->l3 = 0;
	t->l4 = 0;
}

/* Where the values lie in a CTA_TUPLE_* attribute of the common layout, and its length. */
enum {
	CT_TUPLE_AT_SRC = 8,
	CT_TUPLE_AT_DST = 16,
	CT_TUPLE_AT_PROTO = 28,
	CT_TUPLE_AT_SPORT = 36,
	CT_TUPLE_AT_DPORT = 44,
	CT_TUPLE_COMMON_LEN = 48,
};

/* True for the layout that nearly all tuples have, by comparing all headers at once: IPv4 and two
 * ports as the kernel sends them, without a zone. */
#ifdef SMALLEST
static inline bool ct_tuple_is_common(const struct nl_attr *a)
{
	return !a;
}
#else
bool ct_tuple_is_common(const struct nl_attr *a);
#endif

/* Reads a CTA_TUPLE_* attribute (also the expectation's) by value. Parts that are missing or too
 * short are left out of has. */
void ct_tuple_decode(struct ct_tuple *t, const struct nl_attr *a);

/* Puts the tuple as attribute type: every part in has, with the keys that its protocol knows. */
void ct_tuple_encode(struct nl_buf *b, uint16_t type, const struct ct_tuple *t);

/* Makes r the mirror of t, as the first answer would look: addresses and ports swapped, ICMP
 * queries turned into their replies (RFC 792, RFC 4443). The zone is not carried over. Returns
 * false, with r undefined, for an ICMP type that has no answer: the kernel cannot track it. */
bool ct_tuple_invert(struct ct_tuple *r, const struct ct_tuple *t);

#ifdef __cplusplus
}
#endif

#endif
