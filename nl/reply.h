/*
 * Requests and their replies: one request is sent, and its reply read datagram by datagram, message
 * by message, be it a dump or a single answer.
 *
 *	nl_reply_begin(&r, sock, request, len, buf, sizeof(buf));
 *	while (nl_reply_receive(&r) > 0)
 *		while ((h = nl_reply_next(&r)))
 *			...
 *	if (r.err.err)
 *		...
 */
#ifndef NL_REPLY_H
#define NL_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "nl/sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel fills datagrams of a dump up to the largest receive it has seen, 32 KiB at most. */
#define NL_RECV_SIZE 32768

struct nl_reply {
	struct nl_sock *sock;
	void *buf; /* the caller's, with the datagram at hand */
	size_t size;
	size_t len;		   /* of the datagram at hand */
	const struct nlmsghdr *at; /* its message that was read last, NULL before the first */
	uint32_t seq;		   /* the request's sequence number */
	bool done;		   /* the reply is complete */
	bool intr;		   /* the kernel marked the dump as interrupted (NLM_F_DUMP_INTR) */
	struct nl_err err;	   /* how the reply ended, or what kept it from coming */
};

/* Sends a request, one message of len bytes that was begun with the sequence number ++s->seq. Its
 * reply will be received into buf (size bytes, NL_RECV_SIZE or more for a dump), which must stay.
 * A request that is no dump must carry NLM_F_ACK, or an absent answer would be waited for in vain.
 * A failure to send is what nl_reply_receive() returns. */
void nl_reply_begin(struct nl_reply *r, struct nl_sock *s, const void *req, uint32_t len, void *buf,
		    size_t size);

/* Receives the next datagram of the reply. Returns 1, 0 when the reply is complete, or a negative
 * errno, of the kernel or of the transport, which is in r->err with the kernel's words. A dump that
 * is not read to its end leaves a socket that is good for nothing but to be closed. */
int nl_reply_receive(struct nl_reply *r);

/* The next message of the datagram at hand that belongs to the reply; NULL when there is none left.
 * Messages of other requests are passed over; those that end the reply are taken in. It does no
 * input: what it reads are r->len bytes at r->buf. The message lives until the next receive. */
const struct nlmsghdr *nl_reply_next(struct nl_reply *r);

/* Sends a request that is answered by an acknowledgement alone, and waits for that. Returns 0 or a
 * negative errno, which is also in *err. buf is as above, 4096 bytes or more. */
int nl_request(struct nl_sock *s, const void *req, uint32_t len, void *buf, size_t size,
	       struct nl_err *err);

#ifdef __cplusplus
}
#endif

#endif
