/*
 * Creating entries and expectations, many at a time, in order.
 *
 * Some requests need an item that exists: updating one that is there already, and setting values
 * that the kernel passes over at its creation. They follow the batch of the item. When an item
 * fails, those after it are rolled back, unless the caller wants to carry on.
 */
#ifndef CT_CREATE_H
#define CT_CREATE_H

#include "ct/encode.h"
#include "ct/table.h"
#include "nl/batch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One item on its way. */
struct ct_creation {
	unsigned long tag; /* the caller's: the line of a load file, say */
	uint32_t offset;   /* of the request in the batch */
	uint16_t reply;	   /* struct ct_create's reply_given */
	bool update;	   /* one that exists is updated, or left; otherwise it is an error */
	bool reapply;	   /* something must be given again once it exists */
};

struct ct_creator {
	/* Set by the caller. */
	bool carry_on; /* go on after a failure, and take nothing back */
	/* Told of each creation that has failed, in the order of adding. request is what was sent;
	 * both live until it returns. */
	void (*failed)(const struct ct_creation *c, const struct nlmsghdr *request,
		       const struct nl_err *err, void *arg);
	/* Told of an entry that exists and was updated but for its timeout, which is fixed, where
	 * the creation did not ask for a fixed one. Lives as failed's; NULL: nobody is. */
	void (*fixed)(const struct ct_creation *c, const struct nlmsghdr *request, void *arg);
	void *arg;

	uint64_t done, failures;

	struct ct_handle answers;
	struct nl_batch batch, single; /* single: requests that follow the batch */
	struct ct_creation item[NL_BATCH_MAX];
	bool no_zones;			   /* the kernel has been found to have none */
	uint32_t found[NL_BATCH_ROOM / 4]; /* what it has by a creation's name */
};

/* Opens the socket; the caller's fields must be set. Returns 0 or a negative errno. */
int ct_creator_open(struct ct_creator *c);

/* Adds an entry, sending what is due; update: one that exists becomes as asked for. Returns 0,
 * -ECANCELED when an earlier creation has failed and c->carry_on is not set, or another negative
 * errno when this one cannot be said to the kernel. */
int ct_creator_add(struct ct_creator *c, const struct ct_create *entry, bool update,
		   unsigned long tag);

/* Adds an expectation; update: one that exists, which nothing can update, is no error. Returns as
 * ct_creator_add(). */
int ct_creator_add_expect(struct ct_creator *c, const struct ct_create_expect *expect, bool update,
			  unsigned long tag);

/* Sends what has been added. Returns 0, or -ECANCELED when a creation has failed and c->carry_on is
 * not set: then those added after it have been taken back. */
int ct_creator_flush(struct ct_creator *c);

/* Closes the socket; harmless on one that ct_creator_open() could not open. */
void ct_creator_close(struct ct_creator *c);

#ifdef __cplusplus
}
#endif

#endif
