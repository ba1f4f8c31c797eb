/* What can be asked of the tables. */
#ifndef CT_TABLE_H
#define CT_TABLE_H

#include "ct/filter.h"
#include "ct/stats.h"
#include "nl/dump.h"

enum ct_table {
	CT_TABLE_CONNTRACK,
	CT_TABLE_EXPECT,
	CT_TABLE_DYING,
	CT_TABLE_UNCONFIRMED,
	CT_TABLE_ALL, /* conntrack, then expect; for callers, no request takes it */
};

/* A connection to ctnetlink: a socket and the buffer that its answers are read in. */
struct ct_handle {
	struct nl_sock sock;
	bool no_pushdown; /* hand no filter on to the kernel */
	uint8_t buf[NL_RECV_SIZE] __attribute__((aligned(8)));
};

/* Opens the connection. Returns 0 or a negative errno, see nl_open(). */
int ct_open(struct ct_handle *c);

/* Closes it; harmless on a closed one whose socket's fd is -1. */
void ct_close(struct ct_handle *c);

/* Lists a table: hands the sink every message that f matches (f NULL: all; on the expectation
 * table f narrows by family only). The kernel is given the filter too, and asked again without it
 * when it refuses. Returns as nl_talk(). */
int ct_list(struct ct_handle *c, enum ct_table table, const struct ct_filter *f,
	    const struct nl_sink *sink);

/* Hands the sink the one entry that has this tuple in either direction; zone -1: the zone that has
 * no number. Returns as nl_talk(), -ENOENT when there is none. */
int ct_get(struct ct_handle *c, const struct ct_tuple *t, bool reply, int zone,
	   const struct nl_sink *sink);

/* Empties the conntrack table, of one family or (AF_UNSPEC) of all, or the expectation table.
 * Returns as nl_talk(). */
int ct_flush(struct ct_handle *c, enum ct_table table, uint8_t family);

/* The number of entries in this network namespace's conntrack table and the kernel's limit (0
 * where it does not tell, before 5.15). Falls back to /proc/sys for those without the capability.
 * Returns 0 or a negative errno. */
int ct_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit);

/* Whether the kernel lacks ctnetlink. It then finds every request invalid. */
bool ct_missing(void);

/* The most expectations that the kernel takes, by /proc/sys; 0 where that cannot be read. */
uint32_t ct_expect_limit(void);

/* Hands fn the counters of each CPU in turn, of the conntrack or the expectation table. Falls
 * back to /proc/net/stat for those without the capability. Returns 0, a negative errno, or what
 * fn returned to stop it. */
int ct_stats(struct ct_handle *c, enum ct_table table,
	     int (*fn)(const struct ct_stats *s, void *arg), void *arg);

#endif
