/*
 * Entries that a stream of load lines keeps like those of another host.
 *
 * The stream repeats the whole table between two lines. An entry that it has named before and does
 * not name there has ended while its event was lost, or while nobody listened.
 */
#ifndef CT_REPLICA_H
#define CT_REPLICA_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ct/tuple.h"
#include "nl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts zeroed, but for all. An entry is known by a hash of 64 bits, with a seed that nobody
 * knows, of its original tuple and zone. */
struct ct_replica {
	bool all; /* entries that the stream has never named are deleted, too */
	struct ct_replica_slot {
		uint64_t key;
		uint32_t round; /* in which it was named last; 0: the slot is free, 1: it was */
	} * slot;
	size_t room, n; /* slots, a power of two, and those that are not free */
	uint64_t seed;
	uint32_t round; /* of the table being repeated, or that was */
	bool repeating;
};

/* The table is going to be repeated. */
void ct_replica_begin(struct ct_replica *r);

/* The stream has named an entry, with this original tuple and this zone (in host order, of that
 * direction or of both; 0: none). Returns 0 or -ENOMEM. */
int ct_replica_name(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone);

/* The stream has deleted it. */
void ct_replica_forget(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone);

/* An entry of that name could not be made: one that is there is somebody else's. create is the
 * request, or the message of any entry. */
void ct_replica_refused(struct ct_replica *r, const struct nlmsghdr *create);

/* The table has been repeated: deletes what it has not named. Without ct_replica_begin() nothing is
 * done. *deleted tells how many. Returns 0 or a negative errno, also in *err: then the table could
 * not be read, or an entry not be deleted. */
int ct_replica_end(struct ct_replica *r, uint64_t *deleted, struct nl_err *err);

void ct_replica_free(struct ct_replica *r);

#ifdef __cplusplus
}
#endif

#endif
