/* Counters per CPU. */
#ifndef CT_STATS_H
#define CT_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "nl/attr.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_STATS_MAX 32

/* The number of the CPU that stands for all of them. */
#define CT_STATS_ALL UINT32_MAX

/* The counters of one CPU in the order in which they came. */
struct ct_stats {
	unsigned cpu;
	unsigned n;
	struct {
		uint16_t type;	/* CTA_STATS_* or CTA_STATS_EXP_* */
		uint64_t value; /* of one CPU: 32 bits */
	} counter[CT_STATS_MAX];
};

/* Decodes a message of IPCTNL_MSG_CT_GET_STATS_CPU (expect: _EXP_GET_STATS_CPU). Returns 0, or
 * -EBADMSG for one that is too short. */
int ct_stats_decode(struct ct_stats *s, const struct nlmsghdr *h);

/* Adds the counters of a CPU to a sum, which starts as {.cpu = CT_STATS_ALL}. */
void ct_stats_add(struct ct_stats *sum, const struct ct_stats *s);

/* The counter's name, NULL for a type that is unknown; expect says which subsystem it is of. */
const char *ct_stats_name(bool expect, uint16_t type);

/* Parses one CPU's line of /proc/net/stat/nf_conntrack under its header line (both terminated):
 * the counters of -S, or with expect those of expectations. For processes that may not ask
 * ctnetlink. Returns 0, or -EBADMSG when the columns do not fit. */
int ct_stats_parse_proc(struct ct_stats *s, bool expect, const char *header, const char *line);

#ifdef __cplusplus
}
#endif

#endif
