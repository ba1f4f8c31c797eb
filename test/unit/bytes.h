/*
 * Literal bytes of netlink messages: lists for the initializer of an array of uint8_t. U16 and U32
 * are in the order of the host, as the headers of netlink are; BE16 and BE32 are in network order.
 */
#ifndef TEST_BYTES_H
#define TEST_BYTES_H

#include <linux/netlink.h>
#include <stdint.h>

#include "ct/name.h"
#include "ct/uapi.h"

#define BYTE(v, shift) (uint8_t)((uint32_t)(v) >> (shift))
#define BE16(v)	       BYTE(v, 8), BYTE(v, 0)
#define BE32(v)	       BYTE(v, 24), BYTE(v, 16), BYTE(v, 8), BYTE(v, 0)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define U16(v) BYTE(v, 0), BYTE(v, 8)
#define U32(v) BYTE(v, 0), BYTE(v, 8), BYTE(v, 16), BYTE(v, 24)
#else
#define U16(v) BE16(v)
#define U32(v) BE32(v)
#endif

/* The array of these bytes and its size: two arguments of a function. */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* The headers of a message and of an attribute; len counts the header. */
#define HEAD(len, type, flags, seq, port) U32(len), U16(type), U16(flags), U32(seq), U32(port)
#define ATTR(len, type)			  U16(len), U16(type)
#define NEST(len, type)			  ATTR(len, (type) | NLA_F_NESTED)

/* The header of nfnetlink. */
#define NFGEN(family, version) (family), (version), 0, 0

/* Attributes that hold one number. */
#define ATTR8(type, v)	ATTR(5, type), (v), 0, 0, 0
#define ATTR16(type, v) ATTR(6, type), BE16(v), 0, 0
#define ATTR32(type, v) ATTR(8, type), BE32(v)

/* The tuple of a TCP flow from 10.0.0.src to 10.0.0.dst. */
#define TUPLE(type, src, dst, sport, dport) TUPLE_OF(52, type, src, dst, sport, dport)
#define TUPLE_OF(len, type, src, dst, sport, dport)                                                \
	NEST(len, type), NEST(20, CTA_TUPLE_IP), ATTR(8, CTA_IP_V4_SRC), 10, 0, 0, BYTE(src, 0),   \
		ATTR(8, CTA_IP_V4_DST), 10, 0, 0, BYTE(dst, 0), NEST(28, CTA_TUPLE_PROTO),         \
		ATTR8(CTA_PROTO_NUM, 6), ATTR16(CTA_PROTO_SRC_PORT, sport),                        \
		ATTR16(CTA_PROTO_DST_PORT, dport)

/* Flow n goes from 10.0.0.n, port 1000 + n, to port 80 of 10.0.0.200. */
#define ORIG(n)	 TUPLE(CTA_TUPLE_ORIG, n, 200, 1000 + (n), 80)
#define REPLY(n) TUPLE(CTA_TUPLE_REPLY, 200, n, 80, 1000 + (n))

/* The same tuples in a zone of the direction that type says. */
#define ORIG_IN(type, n, zone)                                                                     \
	TUPLE_OF(60, type, n, 200, 1000 + (n), 80), ATTR16(CTA_TUPLE_ZONE, zone)
#define REPLY_IN(type, n, zone)                                                                    \
	TUPLE_OF(60, type, 200, n, 80, 1000 + (n)), ATTR16(CTA_TUPLE_ZONE, zone)

/* The exact name of flow n's entry, which has no zone. */
#define EXACT(n) ORIG_IN(CTA_TUPLE_REPLY, n, CT_ZONE_UNUSED)

/* The body of the kernel's message about the entry of flow n. */
#define ENTRY(n, status, mark, id)                                                                 \
	NFGEN(2, 0), ORIG(n), REPLY(n), ATTR32(CTA_STATUS, status), ATTR32(CTA_TIMEOUT, 60),       \
		ATTR32(CTA_MARK, mark), ATTR32(CTA_ID, id)

/* Expectation n is of flow n, whose master is flow 1. */
#define MASTER	    TUPLE(CTA_EXPECT_MASTER, 1, 200, 1001, 80)
#define EXPECTED(n) TUPLE(CTA_EXPECT_TUPLE, n, 200, 1000 + (n), 80)
#define EXPECT_MASK TUPLE(CTA_EXPECT_MASK, 255, 255, 65535, 65535)
#define EXPECT(n, id)                                                                              \
	NFGEN(2, 0), MASTER, EXPECTED(n), EXPECT_MASK, ATTR32(CTA_EXPECT_TIMEOUT, 30),             \
		ATTR32(CTA_EXPECT_ID, id)

#endif
