/* Dumps and single requests: send, receive until done, hand out each message. */
#ifndef NL_DUMP_H
#define NL_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "nl/sock.h"

/* The kernel fills datagrams of a dump up to the largest receive it has seen, 32 KiB at most. */
#define NL_RECV_SIZE 32768

/* Who gets the messages. Both return 0 to go on; anything else ends the dump with that value. */
struct nl_sink {
	/* One message; it lies in the receive buffer and lives until datagram() returns. */
	int (*message)(const struct nlmsghdr *h, void *arg);
	/* The end of a datagram, before the buffer is used again. NULL if nobody cares. */
	int (*datagram)(void *arg);
	void *arg;
};

/* Sends a request, one message of len bytes that was begun with the sequence number ++s->seq, and
 * receives its answers into buf (size bytes, NL_RECV_SIZE or more) until NLMSG_DONE, or until the
 * acknowledgement when the request was no dump (it must then carry NLM_F_ACK, or an absent answer
 * would be waited for in vain). Messages of other sequence numbers are passed over.
 * Returns 0, a negative errno (the kernel's, its text in s->text, or of the transport), or what
 * a callback of the sink returned. After a dump that was ended early, close the socket.
 * s->intr is set when the kernel marked the dump as interrupted, and stays so. */
int nl_talk(struct nl_sock *s, const void *req, uint32_t len, void *buf, size_t size,
	    const struct nl_sink *sink);

#endif
