/* --timeout NAME: timeout policies. */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "cli/session.h"

/* True when s->cmd names no policy, or the one that was found last, and that is of the protocol of
 * entry (NULL: of an update, whose entries tell their protocols). Sets *policy (NULL: none), and
 * the timeout of entry. */
bool policy_known(const struct session *s, struct ct_create *entry,
		  const struct ct_policy **policy);

/* Looks the policy of s->cmd up, if it names one, and does as policy_known(). Returns 0 or the exit
 * code, the reason told. */
int policy_find(struct session *s, struct ct_create *entry, const struct ct_policy **policy);

/* Reads the timeouts for --idle, while files can be opened. */
void timeouts_read(struct lookups *l);

/* Sees to it that --idle has timeouts to go by: entries do not tell their policies, so there must
 * be none. Returns 0 or the exit code, the reason told. */
int timeouts_begin(struct session *s);

#endif
