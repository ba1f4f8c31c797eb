/*
 * A netlink socket.
 *
 * Every function that can fail returns a negative errno. When the kernel sent a text along with
 * an error (extended acknowledgement, Linux 4.12 and newer), it is in the socket's text until the
 * next call on that socket.
 */
#ifndef NL_SOCK_H
#define NL_SOCK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct nl_sock {
	int fd;		 /* -1 when closed */
	uint32_t portid; /* our address, given by the kernel */
	uint32_t seq;	 /* sequence number of the last request */
	bool intr;	 /* a dump since was marked as interrupted (NLM_F_DUMP_INTR) */
	char text[120];	 /* the kernel's words for the last error, or empty */
};

/* Opens a socket of this netlink protocol (NETLINK_NETFILTER, NETLINK_ROUTE), asks for extended
 * acknowledgements that do not echo the request, and learns the port id. Returns 0 or a negative
 * errno; -EPROTONOSUPPORT or -EAFNOSUPPORT when the kernel lacks that protocol or netlink. */
int nl_open(struct nl_sock *s, int protocol);

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

/* Whether a datagram of len bytes consists of whole messages from its first byte to its last. To
 * pass over the rest of one that does not would be to lose answers without a word. */
bool nl_whole(const void *data, size_t len);

/* Iterates over the messages of a datagram: the first one, or the one after prev. NULL at the
 * end, or when a header claims more than is left. len is the datagram's length in bytes. */
const struct nlmsghdr *nl_msg_next(const void *data, size_t len, const struct nlmsghdr *prev);

/* Reads an NLMSG_ERROR message: 0 for an acknowledgement, else a negative errno, with the kernel's
 * text in s->text where it sent one. A message too short to hold an error is -EBADMSG. */
int nl_error(struct nl_sock *s, const struct nlmsghdr *h);

#endif
