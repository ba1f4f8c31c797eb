/* Timeout policies: named sets of timeouts, by protocol and state (nfnetlink_cttimeout). */
#ifndef CT_POLICY_H
#define CT_POLICY_H

#include "ct/entry.h"
#include "ct/table.h"

#define CT_POLICY_NAME	 32
#define CT_POLICY_VALUES 16

struct ct_policy {
	char name[CT_POLICY_NAME];
	uint16_t l3;			  /* AF_INET, AF_INET6; 0: any */
	uint8_t l4;			  /* 255: of protocols that have no tracker of their own */
	uint32_t has;			  /* which values there are, as bits */
	uint32_t value[CT_POLICY_VALUES]; /* seconds, by attribute number */
};

/* Hands each policy to fn, which returns 0 to go on; to end a dump early leaves c good for no
 * other. Returns what fn returned, 0, or a negative errno: -EINVAL where the kernel has no timeout
 * policies. */
int ct_policies(struct ct_handle *c, int (*fn)(const struct ct_policy *p, void *arg), void *arg);

/* The policy's seconds for a flow of family l3 and protocol l4 in protocol state state (where the
 * protocol has states) with status bits status. False when it is of another protocol. */
bool ct_policy_timeout(const struct ct_policy *p, uint8_t l3, uint8_t l4, uint8_t state,
		       uint32_t status, uint32_t *seconds);

#endif
