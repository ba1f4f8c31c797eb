/*
 * Changing what was listed: -D, -U and -L -z, and what events are answered with.
 *
 * Entries and expectations are changed in batches while their messages still lie in the receive
 * buffer, each named by what the kernel sent for it, such that no other one is found: see
 * ct/name.h. What lost a race is read again, and changed only if it is still the one that was
 * listed and still meets the conditions.
 */
#ifndef CT_APPLY_H
#define CT_APPLY_H

#include "ct/encode.h"
#include "ct/table.h"
#include "ct/once.h"
#include "nl/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ct_action {
	CT_DELETE,
	CT_UPDATE, /* entries only */
	CT_ZERO,   /* entries only: their counters start again from 0 */
};

struct ct_apply {
	/* Set by the caller. */
	enum ct_action action;
	const struct ct_filter *filter; /* the conditions, NULL: none */
	const struct ct_change *change; /* of CT_UPDATE */
	bool dry_run;			/* nothing is sent, everything counts as changed */
	/* Called with each that has been changed, as it was before; of CT_ZERO with the counters
	 * that it had until then. The message lives until it returns. */
	void (*changed)(const struct nlmsghdr *h, void *arg);
	void *arg;

	uint64_t done, failed; /* how many were changed, and how many could not be */
	struct nl_err error;   /* of the first that could not be */

	struct ct_handle answers; /* not that of a list: a socket in the middle of a dump is busy */
	struct nl_batch batch;
	unsigned n;				   /* items that have been added */
	const struct nlmsghdr *item[NL_BATCH_MAX]; /* in the order of adding */
	uint8_t name[NL_BATCH_MAX];		   /* how each is named, enum ct_naming */
	uint8_t common[NL_BATCH_MAX];		   /* CT_NAME_COMMON, or 0 */
	int code[NL_BATCH_MAX];			   /* what became of each */
	bool zoned;				   /* one of them has no exact name */
	bool no_zones;				   /* the kernel has been found to have none */
	uint32_t fresh[NL_BATCH_ROOM / 4];	   /* an item read again */
	struct ct_once once;			   /* the items of the list at hand */
};

/* Opens the socket; the caller's fields must be set. Returns 0 or a negative errno. */
int ct_apply_open(struct ct_apply *a);

/* Adds the item of a message, which must stay until ct_apply_flush(). Requests are sent as they
 * become many. One that has gone meanwhile is passed over, and so is an entry that already is as an
 * update would make it. */
void ct_apply_add(struct ct_apply *a, const struct nlmsghdr *h);

/* The same for an item of a list, which may hold it twice: the second time nothing is done. */
void ct_apply_add_listed(struct ct_apply *a, const struct nlmsghdr *h);

/* Sends what has been added; all has been told when it returns. */
void ct_apply_flush(struct ct_apply *a);

/* Adds all that a table lists, each once. An update ends with -ESTALE where the kernel's hash table
 * is resized meanwhile, as what was updated could be listed again. datagram (NULL: nothing) is
 * called before the items of each datagram and returns false to go no further. Returns 0, or the
 * negative errno of the list, also in *err.
 */
int ct_apply_table(struct ct_apply *a, struct ct_handle *c, enum ct_table table,
		   bool (*datagram)(void *arg), struct nl_err *err);

/* Reads the timeout that a listed entry has by now, in seconds. For changed(), which knows what was
 * asked for, but not what the kernel made of it. False when the kernel does not tell. */
bool ct_apply_timeout(struct ct_apply *a, const struct nlmsghdr *listed, uint32_t *seconds);

/* Closes the socket; harmless on one that ct_apply_open() could not open. */
void ct_apply_close(struct ct_apply *a);

#ifdef __cplusplus
}
#endif

#endif
