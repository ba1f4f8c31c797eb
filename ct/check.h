/* The state of connection tracking in this network namespace: how full the table is and of what,
 * what was dropped, and what to do about it. */
#ifndef CT_CHECK_H
#define CT_CHECK_H

#include "ct/entry.h"
#include "ct/stats.h"
#include "ct/table.h"
#include "ct/top.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From this fill on, in percent, the table is told to be too full. */
#define CT_CHECK_FULL 80

/* Entries of one protocol in one state. */
struct ct_check_row {
	uint8_t l4;
	int8_t state; /* -1: the protocol has none */
	bool replied; /* means something where there is no state */
	uint64_t n;
};

/* 256 protocols, replied to or not, and the states of three of them. */
#define CT_CHECK_ROWS (2 * 256 + 3 * 16)

struct ct_check {
	uint32_t entries, limit;     /* as the kernel tells them; limit 0: not known */
	uint64_t buckets;	     /* of the hash table, 0: not known */
	uint64_t entry_size;	     /* bytes of memory, 0: not known */
	int events, acct, timestamp; /* the sysctls; -1: not known */
	struct ct_stats stats;	     /* of all CPUs, without those of 0 entries */
	uint64_t seen, unreplied;    /* entries listed */
	unsigned rows;
	struct ct_check_row row[CT_CHECK_ROWS];
	struct ct_top src, dst;
};

/* Makes *k the state as of now, by one list; c is open. Returns 0 or a negative errno, also in
 * *err. */
int ct_check(struct ct_check *k, struct ct_handle *c, struct nl_err *err);

/* The sum of a counter, by its name; 0 where there is none. */
uint64_t ct_check_counter(const struct ct_check *k, const char *name);

/* How full the table is, in tenths of a percent; 0 where the limit is not known. */
unsigned ct_check_fill(const struct ct_check *k);

/* The packets that were dropped for lack of room, ever. */
uint64_t ct_check_drops(const struct ct_check *k);

#ifdef __cplusplus
}
#endif

#endif
