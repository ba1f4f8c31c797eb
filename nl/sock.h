/* A netlink socket. Every function that can fail returns a negative errno. */
#ifndef NL_SOCK_H
#define NL_SOCK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "nl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nl_sock {
	int fd;		 /* -1 when closed */
	uint32_t portid; /* our address, given by the kernel */
	uint32_t seq;	 /* sequence number of the last request */
	bool pair;	 /* the other end is no kernel: see nl_pair() */
};

/* Opens a socket of this netlink protocol (NETLINK_NETFILTER, NETLINK_ROUTE), asks for extended
 * acknowledgements that do not echo the request, and learns the port id. Returns 0 or a negative
 * errno; -EPROTONOSUPPORT or -EAFNOSUPPORT when the kernel lacks that protocol or netlink. */
int nl_open(struct nl_sock *s, int protocol);

/* Takes over one end of a connected socketpair(2) of datagrams; who has the other end plays the
 * kernel, its answers going to the port id given. For tests. */
void nl_pair(struct nl_sock *s, int fd, uint32_t portid);

/* Closes the socket; harmless on a closed one. Keeps errno. */
void nl_close(struct nl_sock *s);

/* Asks for a receive buffer of this many bytes, past net.core.rmem_max where the capability
 * allows. Returns the size in force afterwards as the kernel counts it (twice the bytes asked
 * for), or a negative errno. */
int nl_set_rcvbuf(struct nl_sock *s, int bytes);

/* Sends len bytes of complete messages to the kernel in one datagram. Returns 0 or a negative
 * errno. Requests run inside the call: when it returns, all answers of requests that are no dumps
 * have been queued. */
int nl_send(struct nl_sock *s, const void *data, uint32_t len);

/* Receives one datagram. Datagrams that do not come from the kernel are dropped, interrupted
 * calls repeated. flags go to recvmsg(2); MSG_DONTWAIT gives -EAGAIN on an empty queue. Returns
 * its length; -EMSGSIZE when it was larger than the buffer; -EBADMSG when it is not nl_whole(); or
 * a negative errno, -ENOBUFS among them: the kernel had to drop messages. */
ssize_t nl_recv(struct nl_sock *s, void *data, size_t size, int flags);

/* True when a datagram of len bytes consists of whole messages from its first byte to its last. One
 * that does not must be refused: answers behind the broken one would be lost silently. */
bool nl_whole(const void *data, size_t len);

/* Iterates over the messages of a datagram: the first one, or the one after prev. NULL at the
 * end, or when a header claims more than is left. len is the datagram's length in bytes. */
const struct nlmsghdr *nl_msg_next(const void *data, size_t len, const struct nlmsghdr *prev);

/* The same, for the hot path. */
static inline const struct nlmsghdr *nl_msg_next_inline(const void *data, size_t len,
							const struct nlmsghdr *prev)
{
	const uint8_t *base = (const uint8_t *)data;
	const uint8_t *p = prev ? (const uint8_t *)prev + NLMSG_ALIGN(prev->nlmsg_len) : base;
	ptrdiff_t left = base + len - p; /* below 0 where the last one lacked its padding */
	const struct nlmsghdr *h = (const struct nlmsghdr *)p;

	return left < NLMSG_HDRLEN || h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > (size_t)left
		       ? NULL
		       : h;
}

/* Reads an NLMSG_ERROR message into *err: 0 for an acknowledgement, else the negative errno and
 * what the kernel says about it. A message too short to hold an error is -EBADMSG. Returns
 * err->err. */
int nl_error(const struct nlmsghdr *h, struct nl_err *err);

#ifdef __cplusplus
}
#endif

#endif
