/* Reasons why nothing is tracked, or told of, in this network namespace. */
#ifndef CT_TRACKING_H
#define CT_TRACKING_H

#include "ct/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True when no rule of this network namespace asks for connection tracking: then nothing gets into
 * the table but by hand, by Open vSwitch or by tc. False also where that cannot be told. The hooks
 * of netfilter tell by themselves (Linux 5.14 and newer with nfnetlink_hook), else the rules of
 * nf_tables, if there are no legacy tables. The handle is open, and in the middle of nothing. */
bool ct_untracked(struct ct_handle *c, bool legacy);

/* True when there are tables of iptables-legacy here, or where that cannot be told. */
bool ct_has_legacy_tables(void);

/* True when a socket of this network namespace listens to events of ctnetlink, or where /proc does
 * not tell. */
bool ct_is_followed(void);

#ifdef __cplusplus
}
#endif

#endif
