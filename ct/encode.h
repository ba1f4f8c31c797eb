/*
 * Requests that write.
 *
 * Existing entries are named by what the kernel sent for them: a tuple with its zones, see
 * ct/name.h, and, for deletion, the id, copied from the message at hand. A deletion that names
 * nothing would empty the table; here it cannot be built. Emptying is ct_encode_flush() alone.
 */
#ifndef CT_ENCODE_H
#define CT_ENCODE_H

#include "ct/entry.h"
#include "ct/expect.h"
#include "ct/filter.h"
#include "ct/name.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ct_policy;

/* The values to give an entry. has: CT_HAS_STATUS, _TIMEOUT, _MARK, _STATE, _TCP_FLAGS, _VTAG,
 * _ROLE, _WSCALE, _LABELS, _HELPER say which of the fields hold a value. */
struct ct_change {
	uint32_t has;
	uint32_t status;  /* IPS_* bits to set */
	uint32_t timeout; /* seconds */
	uint32_t mark, mark_mask;
	uint8_t info; /* enum ct_info: whose state and so on */
	uint8_t state, role;
	uint8_t tcp_flags[2], tcp_mask[2]; /* by enum ct_dir */
	uint8_t wscale[2];
	uint32_t vtag[2];
	struct ct_labels labels, label_mask; /* bits outside the mask stay */
	struct nl_str helper;
	const struct ct_policy
		*policy; /* NULL, or where an update takes each entry's timeout from */
};

/* An entry to be made. */
struct ct_create {
	struct ct_tuple orig, reply;
	uint16_t reply_given; /* CT_T_*: what of the reply was asked for, not just follows */
	bool has_zone, has_nat[2];
	uint16_t zone;	      /* of both directions */
	struct ct_net nat[2]; /* what source and destination become; l3 0: the port alone */
	struct ct_change change;
};

/* An expectation to be made: of flow tuple, under mask, announced by the flow master. */
struct ct_create_expect {
	struct ct_tuple master, tuple, mask;
	bool has_zone, has_timeout;
	uint16_t zone;
	uint32_t timeout; /* seconds; on creation the kernel takes the helper's policy instead:
			     ct_encode_reapply() */
	struct nl_str helper;
};

/* Each puts one message with this sequence number and ends it. name says how an entry is named
 * (enum ct_naming); it means nothing for an expectation. Returns 0, -EMSGSIZE when it does not fit,
 * or -EINVAL when the entry at hand lacks what names it; then nothing is put. */

/* Creates an entry; one that exists is refused with -EEXIST. */
int ct_encode_create(struct nl_buf *b, uint32_t seq, const struct ct_create *c);

/* Updates the entry of a listed message h. Bits of its status are kept, as the kernel demands.
 * -EPROTOTYPE when the timeout policy is of another protocol. */
int ct_encode_update(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		     const struct ct_change *c);

/* Makes a decoded entry look as it does once the kernel has confirmed the change. storage is where
 * its labels go if they change; it must live as long as the entry. */
void ct_change_apply(struct ct_entry *e, const struct ct_change *c, struct ct_labels *storage);

/* True when both set the same; policies are the same where they are one object. */
bool ct_same_change(const struct ct_change *a, const struct ct_change *b);

/* True when the change would leave the entry of a listed message as it is. A timeout never does: it
 * starts again. Verification tags and the role of DCCP are not compared, and count as a change.
 * common is what ct_common_layout() returns for the message, or NULL where it was not asked. */
bool ct_change_is_met(const struct ct_change *c, const struct nlmsghdr *h, const uint8_t *common);

/* Updates the existing entry h to what the creation request create says, apart from what can only
 * be given at birth: tuples, zone and NAT; from the time left where that is fixed; and from having
 * no labels where it cannot have any. Another helper than it has is refused with -EBUSY or
 * -EOPNOTSUPP. */
int ct_encode_update_to(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
			const struct nlmsghdr *create);

/* True when the entry of a listed message, or of a creation request, has or is to have a timeout
 * that the kernel does not let change any more. */
bool ct_timeout_fixed(const struct nlmsghdr *h);

/* The helper that a creation request of the conntrack table asks for, of length 0 if none; it lies
 * in the request. */
struct nl_str ct_helper_of(const struct nlmsghdr *create);

/* Puts the creation request once more. */
int ct_encode_resend(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *create);

/* Asks for the entry that a message is about: a listed entry or expectation, or a creation request.
 * With zero, the answer holds the counters up to that moment, and they start again from 0. */
int ct_encode_get(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		  bool zero);

/* Deletes exactly the entry, or the expectation, of a listed message: tuple, zone and id. */
int ct_encode_delete(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name);

/* Gives what a creation request has made once more what the kernel may have passed over: the entry
 * h its labels, an expectation its timeout. h may be the request. */
int ct_encode_reapply(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		      const struct nlmsghdr *create);

/* Deletes what a creation request has made, which must have an exact name (!ct_name_zone()), or
 * the expectation of a listed message, without a look at the id. */
int ct_encode_delete_created(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *create);

/* Empties the conntrack table, of one family (Linux 5.3 and newer) or, AF_UNSPEC, of all. */
int ct_encode_flush(struct nl_buf *b, uint32_t seq, uint8_t family);

/* Removes the entries with a mark, of one family or, AF_UNSPEC, of all. The guard makes kernels
 * that know filters of lists, but none of flushes, refuse (5.8 to 6.11); older ones may empty the
 * table instead. */
int ct_encode_flush_mark(struct nl_buf *b, uint32_t seq, uint8_t family,
			 const struct ct_bits *mark);

/* Empties the expectation table. */
int ct_encode_flush_expect(struct nl_buf *b, uint32_t seq);

/* Creates an expectation; one that exists is refused. */
int ct_encode_create_expect(struct nl_buf *b, uint32_t seq, const struct ct_create_expect *x);

/* Asks for the entry that has this tuple in the direction that reply says, and in that direction
 * this zone, 0: none. t's own zone does not count. Another entry may be in front of it, but not
 * where it is the original direction without a zone. as_listed is another name. */
int ct_encode_get_tuple(struct nl_buf *b, uint32_t seq, const struct ct_tuple *t, bool reply,
			uint16_t zone, bool as_listed);

#ifdef __cplusplus
}
#endif

#endif
