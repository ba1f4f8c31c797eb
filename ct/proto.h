/* Layer-4 protocols: the one table that decoder, encoder, filter, formatters and options read. */
#ifndef CT_PROTO_H
#define CT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The keys that a tuple of the protocol holds beside addresses. */
enum ct_keys {
	CT_KEYS_NONE,
	CT_KEYS_PORTS,
	CT_KEYS_ICMP,
	CT_KEYS_ICMPV6,
	CT_KEYS_GRE, /* call keys, carried in the port attributes */
};

/* The values are those of CTA_PROTOINFO's children. */
enum ct_info {
	CT_INFO_NONE = 0,
	CT_INFO_TCP = 1,
	CT_INFO_DCCP = 2,
	CT_INFO_SCTP = 3,
	CT_INFO_COUNT,
};

/* Flags that the kernel keeps for each direction of a TCP entry (IP_CT_TCP_FLAG_*). */
enum {
	CT_TCP_WSCALE = 0x01,
	CT_TCP_SACK_PERM = 0x02,
	CT_TCP_CLOSE_INIT = 0x04,
	CT_TCP_BE_LIBERAL = 0x08,
	CT_TCP_SIMULTANEOUS_OPEN = 0x80,
	/* Those that hold by themselves. The others tell of a position in the stream, which cannot
	 * be set: the kernel would compare packets with position 0. */
	CT_TCP_SETTABLE = CT_TCP_WSCALE | CT_TCP_SACK_PERM | CT_TCP_CLOSE_INIT | CT_TCP_BE_LIBERAL |
			  CT_TCP_SIMULTANEOUS_OPEN,
};

/* A name in a table. It has a fixed size, so that it can be copied whole. */
struct ct_name {
	char text[19]; /* terminated */
	uint8_t len;
};

#define CT_NAME(literal)                                                                           \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}

struct ct_proto {
	uint8_t num;  /* IANA protocol number */
	uint8_t keys; /* enum ct_keys */
	uint8_t info; /* enum ct_info: which protoinfo its entries carry */
	uint8_t nstates;
	char name[8];		      /* in lower case */
	const struct ct_name *states; /* by state number */
};

/* Numbers that are spelled out in code. */
enum {
	CT_PROTO_ICMP = 1,
	CT_PROTO_TCP = 6,
	CT_PROTO_UDP = 17,
	CT_PROTO_DCCP = 33,
	CT_PROTO_GRE = 47,
	CT_PROTO_ICMPV6 = 58,
	CT_PROTO_SCTP = 132,
	CT_PROTO_UDPLITE = 136,
};

/* The protocol of this number. Never NULL: one that the table lacks is returned as the row
 * "unknown", without keys or states, whose num is 255. */
const struct ct_proto *ct_proto(uint8_t num);

/* The protocol of this name, without regard to case; NULL if the table has none. */
const struct ct_proto *ct_proto_by_name(const char *name);

/* The i-th row of the table, NULL past its end: for help and completions. */
const struct ct_proto *ct_proto_row(size_t i);

/* The first protocol whose entries carry this protoinfo (enum ct_info); the row "unknown" if there
 * is none. */
const struct ct_proto *ct_proto_of_info(uint8_t info);

/* The number of the protocol's state of this name (without regard to case; LISTEN is another name
 * of TCP's SYN_SENT2), or -1. */
int ct_proto_state(const struct ct_proto *p, const char *name);

/* The i-th name of a state, each once, though several protocols have it; NULL past the last. */
const char *ct_proto_state_name(size_t i);

/* The name of the i-th type of ICMP or, six, ICMPv6 whose messages have entries (RFC 792, 950,
 * 4443, 4620), and its number in *type; NULL past the last. */
const char *ct_icmp_type(bool six, size_t i, uint8_t *type);

#ifdef __cplusplus
}
#endif

#endif
