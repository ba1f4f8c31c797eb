/*
 * Timeout policies: named sets of timeouts, by protocol and state. The kernel has those of
 * nfnetlink_cttimeout, which nfct(8) makes, and objects "ct timeout" of nf_tables (Linux 4.20).
 */
#ifndef CT_POLICY_H
#define CT_POLICY_H

#include "ct/entry.h"
#include "ct/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_POLICY_NAME	 32
#define CT_POLICY_VALUES 16

struct ct_policy {
	char name[CT_POLICY_NAME];
	uint16_t l3;			  /* AF_INET, AF_INET6; 0: any */
	uint8_t l4;			  /* 255: of protocols that have no tracker of their own */
	uint32_t has;			  /* which values there are, as bits */
	uint32_t value[CT_POLICY_VALUES]; /* seconds, by attribute number */
};

/* A list of policies being read: nfct's, then those of nf_tables. */
struct ct_policies {
	struct nl_reply reply;
	bool objects; /* it has come to those of nf_tables */
	bool any;     /* there have been some */
	int err;      /* how the list of the first kind ended */
};

/* Asks for the policies, which are read by ct_policy_next(). */
void ct_policy_begin(struct ct_policies *l, struct ct_handle *c);

/* Reads the next policy. Returns 1, 0 at the end, or a negative errno, also in l->reply.err:
 * -EINVAL where the kernel has no policies of nfct's, and none of the others. */
int ct_policy_next(struct ct_policies *l, struct ct_policy *p);

/* The policy's seconds for a flow of family l3 and protocol l4 in protocol state state (where the
 * protocol has states) with status bits status. False when it is of another protocol. */
bool ct_policy_timeout(const struct ct_policy *p, uint8_t l3, uint8_t l4, uint8_t state,
		       uint32_t status, uint32_t *seconds);

#ifdef __cplusplus
}
#endif

#endif
