/*
 * A conntrack entry, decoded.
 *
 * Integers are in host order unless said otherwise. Strings and blobs point into the message they
 * were decoded from and live as long as its buffer, until the next receive. Only fields whose bit
 * is in has hold a value: decoding clears nothing else but the has of the tuples.
 */
#ifndef CT_ENTRY_H
#define CT_ENTRY_H

#include <linux/netfilter/nf_conntrack_common.h>

#include "ct/proto.h"
#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	CT_HAS_ORIG = 1 << 0,
	CT_HAS_REPLY = 1 << 1,
	CT_HAS_MASTER = 1 << 2,
	CT_HAS_STATUS = 1 << 3,
	CT_HAS_TIMEOUT = 1 << 4,
	CT_HAS_MARK = 1 << 5,
	CT_HAS_COUNTERS_ORIG = 1 << 6,
	CT_HAS_COUNTERS_REPLY = 1 << 7,
	CT_HAS_USE = 1 << 8,
	CT_HAS_ID = 1 << 9,
	CT_HAS_ZONE = 1 << 10,
	CT_HAS_SECMARK = 1 << 11,
	CT_HAS_SECCTX = 1 << 12,
	CT_HAS_START = 1 << 13,
	CT_HAS_STOP = 1 << 14,
	CT_HAS_LABELS = 1 << 15,
	CT_HAS_HELPER = 1 << 16,
	CT_HAS_STATE = 1 << 17, /* protocol state, with info set */
	CT_HAS_WSCALE = 1 << 18,
	CT_HAS_TCP_FLAGS = 1 << 19,
	CT_HAS_VTAG = 1 << 20,
	CT_HAS_ROLE = 1 << 21,
	CT_HAS_EVENT_TIME = 1 << 22,
	CT_HAS_DELTA = 1 << 23, /* by ct_deltas_tell(), never by ct_entry_decode() */
};

/* Bits of the status are the kernel's, IPS_*. Its older headers lack these three. */
#ifndef IPS_HELPER /* 4.12 */
#define IPS_HELPER (1 << 13)
#endif
#ifndef IPS_OFFLOAD /* 4.16 */
#define IPS_OFFLOAD (1 << 14)
#endif
#ifndef IPS_HW_OFFLOAD /* 5.7 */
#define IPS_HW_OFFLOAD (1 << 15)
#endif

/* The bits that say that something has been found out about an entry. */
#define CT_STATUS_UNSET (IPS_ASSURED | IPS_SEEN_REPLY | IPS_FIXED_TIMEOUT | IPS_EXPECTED)

enum ct_dir { CT_ORIG, CT_REPLY };

struct ct_entry {
	uint32_t has;
	uint8_t family; /* AF_INET, AF_INET6, of the message */
	uint8_t info;	/* enum ct_info: whose state, flags, tags follow */
	uint8_t state;
	uint8_t role; /* DCCP: 0 client, 1 server */
	struct ct_tuple orig, reply, master;
	uint32_t status;  /* IPS_* bits */
	uint32_t timeout; /* seconds left */
	uint32_t mark, secmark, use;
	uint32_t id; /* an opaque 32-bit value, shown as if big-endian */
	uint16_t zone;
	uint8_t wscale[2];
	uint8_t tcp_flags[2]; /* by enum ct_dir */
	uint32_t vtag[2];
	uint64_t packets[2], bytes[2];
	uint64_t start, stop, event_time; /* nanoseconds since the epoch */
	struct nl_str helper, secctx;
	struct nl_attr labels; /* raw: 32-bit words in host order */
	uint64_t delta_packets[2], delta_bytes[2];
};

/* Decodes a message about an entry (ctnetlink's IPCTNL_MSG_CT_NEW and _DELETE), as it was listed
 * or as an event, whose length has been checked against its buffer. Attributes that are unknown,
 * malformed or too short are left out of has. Returns 0, or -EBADMSG when there is no room for the
 * family header. */
int ct_entry_decode(struct ct_entry *e, const struct nlmsghdr *h);

/* Where the values lie behind what ct_common_layout() returns; the next attribute comes last. */
enum {
	CT_AT_STATUS = 4,
	CT_AT_MARK = 12,
	CT_AT_ID = 20,
	CT_AT_USE = 28,
	CT_AT_TIMEOUT = 36,
	CT_AT_NEXT = 40,
};

/* Recognizes the layout in which the kernel lists nearly every entry, by comparing all headers at
 * once: two tuples of equal length, then status, mark, id, use and timeout; there is no zone.
 * Returns where the status begins, or NULL for any other layout. The length of h must have been
 * checked against its buffer; *len becomes that of a tuple, in bytes with its header: the original
 * one lies 2 * *len in front of the status. */
#ifdef SMALLEST /* goes without what is only quicker */
static inline const uint8_t *ct_common_layout(const struct nlmsghdr *h, uint32_t *len)
{
	(void)h;
	(void)len;
	return NULL;
}
#else
__attribute__((noinline)) const uint8_t *ct_common_layout(const struct nlmsghdr *h, uint32_t *len);
#endif

/* The same for a message that is known to have this layout. */
static inline const uint8_t *ct_common_places(const struct nlmsghdr *h, uint32_t *len)
{
	const uint8_t *orig = (const uint8_t *)h + NLMSG_HDRLEN + NL_NFGEN_LEN;
	struct nlattr first;

	memcpy(&first, orig, sizeof(first));
	*len = first.nla_len;
	return orig + 2 * *len;
}

/* The state's name, or NULL when the protocol has no state of that number. The entry must have
 * CT_HAS_STATE. */
const struct ct_name *ct_entry_state(const struct ct_entry *e);

/* The zone of the direction that t, a tuple of e, describes; 0: none. */
static inline uint16_t ct_entry_zone(const struct ct_entry *e, const struct ct_tuple *t)
{
	return t->has & CT_T_ZONE ? t->zone : e->has & CT_HAS_ZONE ? e->zone : 0;
}

/* The sum of a counter, packets or bytes of e, over the directions that e has counters of. */
static inline uint64_t ct_entry_sum(const struct ct_entry *e, const uint64_t counter[2])
{
	return (e->has & CT_HAS_COUNTERS_ORIG ? counter[CT_ORIG] : 0) +
	       (e->has & CT_HAS_COUNTERS_REPLY ? counter[CT_REPLY] : 0);
}

/* True when label bit n is set. Words are host order, so bit n is in 32-bit word n / 32. */
bool ct_label_test(const struct nl_attr *labels, unsigned n);

#ifdef __cplusplus
}
#endif

#endif
