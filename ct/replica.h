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
#include <stdint.h>

#include "ct/encode.h"
#include "ct/seen.h"
#include "nl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts zeroed, but for all and zone. An entry is known by a hash of 64 bits, with a seed that
 * nobody knows, of its original tuple and zone. */
struct ct_replica {
	bool all; /* entries that the stream has never named are deleted, too, but for this host's
		     own: those in this zone, of both directions; -1: in all */
	int zone;
	struct ct_seen_table seen;
	uint64_t seed;
	uint32_t syncs; /* that have begun: the table being repeated, or that was, is of this one */
	uint32_t complete; /* the last one after which nothing stale was left */
	bool repeating;
};

/* The table is going to be repeated. */
void ct_replica_begin(struct ct_replica *r);

/* Packets that renew a timeout on the other host are no events: until the stream repeats the entry,
 * or tells its end, it stays for so many seconds at least. */
#define CT_REPLICA_STAYS 180

/* The stream names an entry by a creation, which is changed to suit a copy: the timeout is as said,
 * and windows of TCP, which nobody has seen here, are not checked. Returns 0 or -ENOMEM. */
int ct_replica_create(struct ct_replica *r, struct ct_create *c);

/* Changes an update of the stream likewise. */
void ct_replica_change(struct ct_change *c);

/* The stream has deleted the entry with this original tuple and this zone (in host order, of that
 * direction or of both; 0: none). */
void ct_replica_forget(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone);

/* A creation request of the stream was refused: an entry of that name is somebody else's. Nothing
 * that follows deletes it. */
void ct_replica_refused(struct ct_replica *r, const struct nlmsghdr *create);

/* A line of the stream could not be read: what it has named is unknown, and the repetition that it
 * is part of deletes nothing. */
void ct_replica_broken(struct ct_replica *r);

/* The table has been repeated: deletes what it has not named. Nothing is done without
 * ct_replica_begin(), or after ct_replica_broken(). *deleted tells how many. Returns 0 or a
 * negative errno, also in *err: then the table could not be read, or an entry not be deleted. */
int ct_replica_end(struct ct_replica *r, uint64_t *deleted, struct nl_err *err);

void ct_replica_free(struct ct_replica *r);

#ifdef __cplusplus
}
#endif

#endif
