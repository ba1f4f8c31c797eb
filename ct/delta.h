/* Counters of entries since they were told last, for accounting by one stream of rounds and ends.
 */
#ifndef CT_DELTA_H
#define CT_DELTA_H

#include "ct/entry.h"
#include "ct/seen.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The counters that an entry had when it was told last, by enum ct_dir. */
struct ct_delta {
	struct ct_seen seen;
	uint64_t packets[2], bytes[2];
};

/* The counters of each entry, by its id. Starts as {0}. */
struct ct_deltas {
	struct ct_seen_table seen; /* of struct ct_delta */
	uint64_t seed;
	uint32_t round;
};

/* Begins a round, in which all entries are told again. Forgets those that were in neither of the
 * last two: the event of an end may come after the round that lacks its entry. Returns 0 or
 * -ENOMEM. */
int ct_deltas_round(struct ct_deltas *d);

/* From the second round on adds the increase to an entry that has an id and counters: since it was
 * told last, or all of them for one that came meanwhile (CT_HAS_DELTA). ended: it is told for the
 * last time. Returns 0 or -ENOMEM. */
int ct_deltas_tell(struct ct_deltas *d, struct ct_entry *e, bool ended);

void ct_deltas_free(struct ct_deltas *d);

#ifdef __cplusplus
}
#endif

#endif
