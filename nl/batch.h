/*
 * Many requests in one send.
 *
 * The kernel runs every message of a datagram, whatever became of those before it, and queues its
 * answers before send returns. Errors come unasked, so only the last message asks to be
 * acknowledged: that acknowledgement says that all before it have been answered.
 */
#ifndef NL_BATCH_H
#define NL_BATCH_H

#include "nl/msg.h"
#include "nl/sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A receive buffer of default size holds 200 answers or more; the rest would be lost. */
#define NL_BATCH_MAX 128

/* A message of a batch may take this many bytes. */
#define NL_BATCH_ROOM 1024

struct nl_batch {
	struct nl_sock *sock;
	struct nl_buf buf;     /* the messages; add to it with nl_begin() ... nl_end() */
	uint32_t first;	       /* sequence number of the first message */
	unsigned n;	       /* messages so far */
	int err[NL_BATCH_MAX]; /* once it has run: 0 or a negative errno for each */
	struct nl_err error;   /* the first of these errors that the kernel says more about */
	unsigned error_of; /* the index of the message that it is about, NL_BATCH_MAX: of none */
	void *in;	   /* the caller's, with the datagram of answers at hand */
	size_t size, len;  /* of in, and of the datagram */
	const struct nlmsghdr *at; /* the answer that was read last, NULL before the first */
	bool answered;		   /* the last message has been acknowledged */
	int sent, lost;		   /* negative errno: not sent; answers did not fit the queue */
	uint32_t data[6 * NL_BATCH_ROOM];
};

/* Starts empty on this socket, which nobody may use for a dump meanwhile. */
void nl_batch_init(struct nl_batch *b, struct nl_sock *s);

/* Forgets the messages; what err holds stays. */
void nl_batch_reset(struct nl_batch *b);

/* True when n more messages still find room. */
bool nl_batch_has_room(const struct nl_batch *b, unsigned n);

/* The sequence number for the next message. Call nl_batch_added() once it has been ended. */
uint32_t nl_batch_seq(struct nl_batch *b);

/* Counts the message that was just ended; err is what nl_end() returned, and is returned. */
int nl_batch_added(struct nl_batch *b, int err);

/* Sends the messages. Their answers will be received into in (size bytes, NL_RECV_SIZE or more),
 * which must stay until nl_batch_next() has returned NULL. A failure to send shows there. */
void nl_batch_send(struct nl_batch *b, void *in, size_t size);

/* Receives answers. Returns the next one that is no acknowledgement, with the index of the message
 * that it answers, living until the next call; NULL when the fate of every message is in b->err:
 * its own error, 0, or, where that is not known, what stood in the way. -EPERM for the first
 * message means that none was looked at. The messages stay until nl_batch_reset(). */
const struct nlmsghdr *nl_batch_next(struct nl_batch *b, unsigned *index);

/* The part of nl_batch_next() that does no input: the next such answer of the b->len bytes at
 * b->in, NULL when there is none left; takes acknowledgements in. */
const struct nlmsghdr *nl_batch_read(struct nl_batch *b, unsigned *index);

/* Sends the messages and takes no interest in answers that are no acknowledgements. */
void nl_batch_run(struct nl_batch *b, void *in, size_t size);

/* Sends the only message, which has just been put with the result put, and forgets it. Its answer,
 * if it is data, is copied to answer (NL_BATCH_ROOM bytes; NULL: nowhere); without one, answer[0]
 * is 0. Returns its error, also in *err. */
int nl_batch_single(struct nl_batch *b, int put, void *in, size_t size, uint32_t *answer,
		    struct nl_err *err);

/* The error of message i with what the kernel said about it, once the batch has run. Returns its
 * err, 0 or a negative errno. */
int nl_batch_error(const struct nl_batch *b, unsigned i, struct nl_err *err);

#ifdef __cplusplus
}
#endif

#endif
