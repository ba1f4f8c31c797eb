/*
 * Filters: conditions that select entries.
 *
 * Conditions are added one by one, compiled once into a flat array of tests, and then run over the
 * attributes of a message where they lie in the receive buffer. Matching allocates nothing and
 * decodes nothing. A condition on something that the entry does not have is false, its negation
 * true.
 */
#ifndef CT_FILTER_H
#define CT_FILTER_H

#include "ct/label.h"
#include "ct/proto.h"
#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The field that a condition is on, in the order in which tests run: cheap and selective ones
 * first. */
enum ct_field {
	CT_F_NONE,     /* no field */
	CT_F_FAMILY,   /* range: AF_INET, AF_INET6 */
	CT_F_ORIG_SRC, /* net */
	CT_F_ORIG_DST,
	CT_F_PROTO,	 /* range */
	CT_F_ORIG_SPORT, /* range; of protocols with ports only */
	CT_F_ORIG_DPORT,
	CT_F_ICMP_TYPE, /* range */
	CT_F_ICMP_CODE,
	CT_F_ICMP_ID,
	CT_F_ICMPV6_TYPE,
	CT_F_ICMPV6_CODE,
	CT_F_ICMPV6_ID,
	CT_F_ORIG_SRCKEY, /* range; GRE only */
	CT_F_ORIG_DSTKEY,
	CT_F_ORIG_ZONE, /* range: zone of the original direction alone; 0: it has none */
	CT_F_REPLY_SRC, /* net */
	CT_F_REPLY_DST,
	CT_F_REPLY_SPORT, /* range */
	CT_F_REPLY_DPORT,
	CT_F_REPLY_SRCKEY,
	CT_F_REPLY_DSTKEY,
	CT_F_REPLY_ZONE,
	CT_F_ZONE,	/* range: zone of both directions; 0: no zone of any kind */
	CT_F_STATUS,	/* bits */
	CT_F_CTSTATE,	/* range: one value of enum ct_ctstate */
	CT_F_ID,	/* range */
	CT_F_EXPIRES,	/* range, seconds */
	CT_F_MARK,	/* bits */
	CT_F_STATE,	/* states */
	CT_F_TCP_FLAGS, /* bits, of either direction */
	CT_F_ORIG_VTAG, /* range */
	CT_F_REPLY_VTAG,
	CT_F_ROLE,    /* range */
	CT_F_SRC_NAT, /* net; l3 0: to anything */
	CT_F_DST_NAT,
	CT_F_ANY_NAT,
	CT_F_HELPER,  /* name */
	CT_F_LABEL,   /* labels: 0 in a list, where there are none */
	CT_F_PACKETS, /* range: sum of both directions */
	CT_F_BYTES,
	CT_F_AGE, /* range, seconds */
	CT_F_IDLE,
	CT_F_IN, /* name: of an interface, or + behind the beginning of names */
	CT_F_OUT,
	CT_F_MAC,      /* range: a MAC address, as a number of 48 bits */
	CT_F_NAT_GONE, /* nothing: source NAT to an address that this host no longer has */
	CT_F_LOCAL,    /* nothing: this host itself is an end of it */
	CT_F_NEVER,    /* nothing: matches no entry */
	/* Of expectations alone; no entry has them. */
	CT_F_EXPECT_SRC, /* net: the expected tuple */
	CT_F_EXPECT_DST,
	CT_F_EXPECT_SPORT, /* range */
	CT_F_EXPECT_DPORT,
	CT_F_COUNT,
};

enum ct_ctstate {
	CT_STATE_NEW,	      /* no reply seen */
	CT_STATE_ESTABLISHED, /* reply seen */
	CT_STATE_RELATED,     /* came from an expectation */
	CT_STATE_SNAT,
	CT_STATE_DNAT,
	CT_STATE_NONE, /* INVALID, UNTRACKED: no entry is */
};

/* Addresses a where a & mask == addr, of family l3 (0: of any), with this port if has_port. */
struct ct_net {
	struct ct_addr addr, mask; /* addr has no bits outside mask */
	uint16_t port;
	uint8_t l3;
	bool has_port;
};

struct ct_range {
	uint64_t lo, hi; /* both included */
};

/* v & mask == value */
struct ct_bits {
	uint32_t value, mask;
};

/* v & mask == value */
struct ct_label_bits {
	struct ct_labels value, mask;
};

/* One condition; which member of the union counts is told beside enum ct_field. Integers are in
 * host order. */
struct ct_cond {
	uint8_t field; /* enum ct_field */
	bool negate;
	bool any; /* addresses and ports: in any position of either tuple; ICMP: ICMPv6, too */
	bool scattered; /* set by compiling: not part of a sorted list */
	union {
		struct ct_net net;
		struct ct_range range;
		struct ct_bits bits;
		uint16_t states[CT_INFO_COUNT]; /* by enum ct_info: the state numbers' bits */
		struct ct_label_bits labels;
		struct nl_str name; /* owned by the caller */
	};
};

/* One test: true when any of its n conditions holds, or, negated, when none does. Those of a long
 * list are sorted, apart from the first ones. */
struct ct_test {
	uint8_t field;
	bool negate;
	bool any;
	bool ports; /* networks with ports are in the sorted part */
	uint32_t n;
	uint32_t linear; /* how many stand before the sorted part; n: there is none */
	const struct ct_cond *cond;
};

/* Values that entries get only while a sysctl is on. */
enum { CT_LACKS_COUNTERS = 1, CT_LACKS_START = 2 };

struct ct_hosts;
struct ct_routes;
struct ct_selections;
struct ct_timeouts;

struct ct_filter {
	struct ct_cond *cond; /* in the order of adding, then of tests */
	struct ct_test *test;
	uint32_t nconds, ntests, room, test_room;
	uint64_t fields; /* the fields that have tests, as bits */
	uint32_t at[64]; /* and where the first of each stands */
	uint8_t family;	 /* the only family that can match, or AF_UNSPEC */
	/* Needed where fields has CT_F_IN or CT_F_OUT; the caller's, not touched by compiling. With
	 * routes->err set nothing matches any more. */
	struct ct_routes *routes;
	/* Likewise for CT_F_NAT_GONE and CT_F_LOCAL this host's addresses, and for CT_F_MAC its
	 * neighbours'. */
	const struct ct_hosts *own, *neighbors;
	/* Likewise for CT_F_AGE and CT_F_IDLE nanoseconds since the epoch, and for the latter
	 * timeouts. */
	const uint64_t *now;
	const struct ct_timeouts *timeouts;
	/* NULL, or where it is noted, as CT_LACKS_*, what entries lack. The caller's, too. */
	uint8_t *lacking;
	bool counted_only; /* such an entry meets no condition on it, negated or not: for what
			      writes */
	/* NULL, or filters of which one must match, too: see ct/select.h. The caller's, too; of the
	 * conntrack table alone. */
	const struct ct_selections *selections;
	bool unselected; /* none of them must match, instead */
};

/* Which member of a condition's union a field uses. */
enum ct_kind {
	CT_KIND_RANGE,
	CT_KIND_NET,
	CT_KIND_BITS,
	CT_KIND_STATES,
	CT_KIND_LABELS,
	CT_KIND_NAME,
};

enum ct_kind ct_field_kind(uint8_t field);

/* True when v is in one of the test's ranges, addr (of family l3) in one of its networks, its port
 * aside, or name one of its names: for matching by something else than a message. */
bool ct_test_range(const struct ct_test *t, uint64_t v);
bool ct_test_addr(const struct ct_test *t, uint8_t l3, const struct ct_addr *addr);
bool ct_test_name(const struct ct_test *t, struct nl_str name);

/* Starts (again) with no condition, which every entry matches; keeps memory for reuse. */
void ct_filter_reset(struct ct_filter *f);

/* Adds a condition, copied. Those of one field and sign are alternatives, apart from bits, labels,
 * packets, bytes and expires, which must all hold. Returns 0, -ENOMEM, or -EINVAL when it is on no
 * field. */
int ct_filter_add(struct ct_filter *f, const struct ct_cond *c);

/* Compiles what was added; long lists of addresses, numbers and marks are sorted, so that matching
 * takes steps by the logarithm of their length. Returns 0, -ENOMEM, or -EAFNOSUPPORT when the
 * conditions leave no common family. */
int ct_filter_compile(struct ct_filter *f);

/* True when the message (a ctnetlink entry or event, length checked) meets all conditions. */
bool ct_filter_match(const struct ct_filter *f, const struct nlmsghdr *h);

/* Sets the part of a flow's tuples (by enum ct_dir) that a field is about. Returns false for a
 * field that is no number of a tuple. */
bool ct_field_set(struct ct_tuple tuple[2], uint8_t field, uint16_t v);

/* Extracts the exact parts of one direction's tuple that f requires: whole addresses, single ports,
 * keys and types, the protocol. t->has tells which; the others are zero. */
void ct_filter_tuple(const struct ct_filter *f, struct ct_tuple *t, bool reply);

/* The keys that a whole tuple of this protocol has, as bits of ct_tuple.has. */
uint16_t ct_tuple_keys(uint8_t l4);

/* The only alternative of the only positive test of this field; NULL if there is another number
 * of them. For requests that hand a filter on to the kernel. */
const struct ct_cond *ct_filter_find(const struct ct_filter *f, enum ct_field field);
static inline const struct ct_cond *ct_filter_single(const struct ct_filter *f, enum ct_field field)
{
	return f->fields >> field & 1 ? ct_filter_find(f, field) : NULL;
}

/* True for a filter without any condition, which every entry matches. */
static inline bool ct_filter_is_empty(const struct ct_filter *f)
{
	return !f->ntests && !f->selections;
}

/* Frees the memory; harmless on a zeroed filter. */
void ct_filter_free(struct ct_filter *f);

#ifdef __cplusplus
}
#endif

#endif
