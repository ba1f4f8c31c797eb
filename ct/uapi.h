/* The kernel's own names for ctnetlink, and those that older UAPI headers lack. Not installed. */
#ifndef CT_UAPI_H
#define CT_UAPI_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

/*
 * Macros hide enumerators of the same name, so these are right beside headers of any age, from 3.10
 * on. The version that brought each is beside it; see test/headers.list.
 */
#define CTA_TUPLE_ZONE		     3	/* 4.3 */
#define CTA_STATS_GLOBAL_MAX_ENTRIES 2	/* 4.18 */
#define CTA_STATS_CLASH_RESOLVE	     14 /* 5.10 */
#define CTA_FILTER		     25 /* 5.8 */
#define CTA_FILTER_ORIG_FLAGS	     1	/* 5.8 */
#define CTA_FILTER_REPLY_FLAGS	     2	/* 5.8 */
#define CTA_STATUS_MASK		     26 /* 5.15 */
#define CTA_TIMESTAMP_EVENT	     27 /* 6.14 */

/* Of <linux/netfilter/nf_tables.h>, which came with 3.13. */
#ifndef NFNL_SUBSYS_NFTABLES
#define NFNL_SUBSYS_NFTABLES 10
#endif
#define NFT_MSG_GETRULE	      7
#define NFT_MSG_GETOBJ	      19 /* 4.10 */
#define NFTA_RULE_EXPRESSIONS 4
#define NFTA_EXPR_NAME	      1
#define NFT_MSG_NEWOBJ	      18 /* 4.10 */
#define NFTA_OBJ_NAME	      2	 /* 4.10 */
#define NFTA_OBJ_TYPE	      3	 /* 4.10 */
#define NFTA_OBJ_DATA	      4	 /* 4.10 */
#define NFT_OBJECT_COUNTER    1	 /* 4.10 */
#define NFT_OBJECT_QUOTA      2	 /* 4.10 */
#define NFT_OBJECT_LIMIT      4	 /* 4.14 */
#define NFT_OBJECT_CT_TIMEOUT 7	 /* 4.20; its attributes are those of a policy, less one */

/* nfnetlink_hook, which headers before 5.14 lack. */
#define CT_HOOK_GET	 (12 << 8)
#define CT_HOOK_NUMBER	 1
#define CT_HOOK_FUNCTION 4

/* A message type of the nfnetlink subsystems. */
#define CT_MSG(type)	 ((NFNL_SUBSYS_CTNETLINK << 8) | (type))
#define CT_EXP_MSG(type) ((NFNL_SUBSYS_CTNETLINK_EXP << 8) | (type))

#endif
