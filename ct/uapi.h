/* The kernel's own names for ctnetlink, and those that older UAPI headers lack. Not installed. */
#ifndef CT_UAPI_H
#define CT_UAPI_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

/* Macros hide enumerators of the same name, so these are right beside headers of any age. */
#define CTA_FILTER	       25
#define CTA_FILTER_ORIG_FLAGS  1
#define CTA_FILTER_REPLY_FLAGS 2
#define CTA_STATUS_MASK	       26
#define CTA_TIMESTAMP_EVENT    27

/* nfnetlink_hook, which headers before 5.14 lack. */
#define CT_HOOK_GET	 (12 << 8)
#define CT_HOOK_NUMBER	 1
#define CT_HOOK_FUNCTION 4

/* A message type of the nfnetlink subsystems. */
#define CT_MSG(type)	 ((NFNL_SUBSYS_CTNETLINK << 8) | (type))
#define CT_EXP_MSG(type) ((NFNL_SUBSYS_CTNETLINK_EXP << 8) | (type))

#endif
