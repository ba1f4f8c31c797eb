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

/* A receive buffer of default size holds 200 answers or more; the rest would be lost. */
#define NL_BATCH_MAX 128

/* A message of a batch may take this many bytes. */
#define NL_BATCH_ROOM 1024

struct nl_batch {
	struct nl_sock *sock;
	struct nl_buf buf;     /* the messages; add to it with nl_begin() ... nl_end() */
	uint32_t first;	       /* sequence number of the first message */
	unsigned n;	       /* messages so far */
	int err[NL_BATCH_MAX]; /* after nl_batch_run(): 0 or a negative errno for each */
	char text[120];	       /* the kernel's words for one error, or empty */
	unsigned text_of;      /* the index of the message that they are about */
	uint32_t data[6 * NL_BATCH_ROOM];
};

/* Starts empty on this socket, which nobody may use for a dump meanwhile. */
void nl_batch_init(struct nl_batch *b, struct nl_sock *s);

/* Forgets the messages; what err holds stays. */
void nl_batch_reset(struct nl_batch *b);

/* Whether n more messages still find room. */
bool nl_batch_has_room(const struct nl_batch *b, unsigned n);

/* The sequence number for the next message. Call nl_batch_added() once it has been ended. */
uint32_t nl_batch_seq(struct nl_batch *b);

/* Counts the message that was just ended; err is what nl_end() returned, and is returned. */
int nl_batch_added(struct nl_batch *b, int err);

/* Sends the messages and gathers what became of each in err. Answers that are no acknowledgements
 * go to message() (NULL: nowhere) with the index of their request; they lie in buf (size bytes)
 * and live until it returns. Returns 0 when every request's fate is known, else a negative errno:
 * then err holds that error for all whose fate is not. -EPERM for the first of them means that
 * none was looked at. The messages stay until nl_batch_reset(). */
int nl_batch_run(struct nl_batch *b, void *buf, size_t size,
		 int (*message)(const struct nlmsghdr *h, unsigned index, void *arg), void *arg);

#endif
