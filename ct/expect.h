/* An expectation: a flow that a helper announced and that has not come yet. */
#ifndef CT_EXPECT_H
#define CT_EXPECT_H

#include <linux/netfilter/nf_conntrack_common.h>

#include "ct/filter.h"
#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	CT_EXP_HAS_MASTER = 1 << 0,
	CT_EXP_HAS_TUPLE = 1 << 1,
	CT_EXP_HAS_MASK = 1 << 2,
	CT_EXP_HAS_TIMEOUT = 1 << 3,
	CT_EXP_HAS_ID = 1 << 4,
	CT_EXP_HAS_HELPER = 1 << 5,
	CT_EXP_HAS_ZONE = 1 << 6,
	CT_EXP_HAS_FLAGS = 1 << 7,
	CT_EXP_HAS_CLASS = 1 << 8,
	CT_EXP_HAS_NAT = 1 << 9,
	CT_EXP_HAS_FN = 1 << 10,
};

/* Lifetimes and byte orders as in struct ct_entry. */
struct ct_expect {
	uint32_t has;
	uint8_t family;
	uint16_t zone;
	struct ct_tuple master, tuple, mask;
	struct ct_tuple nat; /* its source is what the expected flow is translated to */
	uint32_t nat_dir;    /* enum ct_dir */
	uint32_t timeout;    /* seconds left */
	uint32_t id;	     /* as in struct ct_entry */
	uint32_t flags;	     /* NF_CT_EXPECT_* */
	uint32_t exp_class;  /* of the helper's policy: which of its kinds of flows */
	struct nl_str helper, fn;
};

/* Decodes a message about an expectation (IPCTNL_MSG_EXP_NEW and _DELETE); as ct_entry_decode(). */
int ct_expect_decode(struct ct_expect *x, const struct nlmsghdr *h);

/* True when the expectation meets all conditions of f. Those on the original direction look at its
 * master, CT_F_EXPECT_* at the expected tuple; family, protocol, zone, id, helper and expires at
 * what they say. Any other condition is false. */
bool ct_expect_match(const struct ct_filter *f, const struct ct_expect *x);

#ifdef __cplusplus
}
#endif

#endif
