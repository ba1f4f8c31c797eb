/*
 * A kernel that is played by the test: the other end of a socket's pair.
 *
 * The sequence numbers of a socket's requests are known beforehand: they count up from 1. So the
 * answers are queued first, then the code under test runs, and then the requests that it has sent
 * are compared, one after the other. Nothing runs at the same time. An answer that is missing does
 * not stop the test: receiving it gives -EAGAIN after a while.
 *
 *	kernel_open(&k, &sock);
 *	kernel_answer(&k, 1, TYPE, 0, BYTES(...));
 *	kernel_error(&k, 1, 0, NULL);
 *	...
 *	CHECK_REQUEST(&k, 1, TYPE, NLM_F_ACK, ...);
 *	CHECK_QUIET(&k);
 *	kernel_close(&k);
 */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nl/sock.h"
#include "test/unit/bytes.h"
#include "test/unit/unit.h"

/* The port id of the socket under test. */
#define KERNEL_PORT 0x01020304

struct kernel {
	int fd;
	struct nl_sock *sock;	   /* under test */
	size_t len, got;	   /* of the datagrams out and in */
	const struct nlmsghdr *at; /* the request that was read last */
	unsigned datagrams;	   /* of requests, read so far */
	uint32_t out[16384], in[16384];
};

/* Makes s a socket whose kernel is k. */
static inline void kernel_open(struct kernel *k, struct nl_sock *s)
{
	const struct timeval patience = {.tv_usec = 50000};
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd) ||
	    setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		abort();
	nl_pair(s, fd[0], KERNEL_PORT);
	k->fd = fd[1];
	k->sock = s;
	k->len = k->got = 0;
	k->at = NULL;
	k->datagrams = 0;
}

/* Closes both ends. */
static inline void kernel_close(struct kernel *k)
{
	nl_close(k->sock);
	close(k->fd);
}

/* Writes a message to storage and returns its length, padding included; its header does not count
 * that. */
static inline size_t kernel_message(void *storage, uint16_t type, uint16_t flags, uint32_t seq,
				    uint32_t port, const uint8_t *body, size_t len)
{
	const uint8_t head[] = {HEAD(NLMSG_HDRLEN + len, type, flags, seq, port)};
	uint8_t *p = storage;

	memset(p, 0, NLMSG_ALIGN(NLMSG_HDRLEN + len));
	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), body, len);
	return NLMSG_ALIGN(NLMSG_HDRLEN + len);
}

/* Queues a datagram as it is. */
static inline void kernel_send(struct kernel *k, const void *data, size_t len)
{
	if (send(k->fd, data, len, MSG_DONTWAIT) != (ssize_t)len)
		abort();
}

/* Adds a message to the datagram at hand, which kernel_flush() sends. */
static inline void kernel_put(struct kernel *k, uint32_t seq, uint16_t type, uint16_t flags,
			      const uint8_t *body, size_t len)
{
	if (k->len + NLMSG_HDRLEN + len + NLMSG_ALIGNTO > sizeof(k->out))
		abort();
	k->len += kernel_message((uint8_t *)k->out + k->len, type, flags, seq, KERNEL_PORT, body,
				 len);
}

static inline void kernel_flush(struct kernel *k)
{
	kernel_send(k, k->out, k->len);
	k->len = 0;
}

/* Ends a dump with err, and its datagram. */
static inline void kernel_done(struct kernel *k, uint32_t seq, int err)
{
	kernel_put(k, seq, NLMSG_DONE, NLM_F_MULTI, BYTES(U32(err)));
	kernel_flush(k);
}

/* Queues a datagram of one message. */
static inline void kernel_answer(struct kernel *k, uint32_t seq, uint16_t type, uint16_t flags,
				 const uint8_t *body, size_t len)
{
	kernel_put(k, seq, type, flags, body, len);
	kernel_flush(k);
}

/* Queues an error about the request seq, with the kernel's words (at most 59 bytes, NULL: none);
 * err 0 acknowledges it. */
static inline void kernel_error(struct kernel *k, uint32_t seq, int err, const char *text)
{
	uint8_t body[20 + 64] = {U32(err), HEAD(100, 0, 0, seq, 0)};
	size_t n = text ? strlen(text) + 1 : 0;
	const uint8_t attr[] = {ATTR(4 + n, NLMSGERR_ATTR_MSG)};

	if (!text) {
		kernel_answer(k, seq, NLMSG_ERROR, NLM_F_CAPPED, body, 20);
		return;
	}
	memcpy(body + 20, attr, sizeof(attr));
	memcpy(body + 24, text, n);
	kernel_answer(k, seq, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, body, 24 + n);
}

/* The next request that was sent, NULL when there is none. It lives until the next call. */
static inline const struct nlmsghdr *kernel_request(struct kernel *k)
{
	ssize_t n;

	k->at = nl_msg_next(k->in, k->got, k->at);
	if (k->at)
		return k->at;
	n = recv(k->fd, k->in, sizeof(k->in), MSG_DONTWAIT);
	k->got = n > 0 ? (size_t)n : 0;
	k->datagrams += n > 0;
	k->at = nl_msg_next(k->in, k->got, NULL);
	return k->at;
}

/* The flags must be these and NLM_F_REQUEST, the port id 0. */
static inline void kernel_check(const char *file, int line, struct kernel *k, uint32_t seq,
				uint16_t type, uint16_t flags, const uint8_t *body, size_t len)
{
	const struct nlmsghdr *h = kernel_request(k);
	uint32_t want[4096];

	if (!h) {
		unit_check(file, line, false, "there is no such request");
		return;
	}
	(void)kernel_message(want, type, flags | NLM_F_REQUEST, seq, 0, body, len);
	unit_mem(file, line, "request", h, h->nlmsg_len, want, NLMSG_HDRLEN + len);
}

/* The next request is of this type and has these flags beside NLM_F_REQUEST and these bytes behind
 * its header. */
#define CHECK_REQUEST(k, seq, type, flags, ...)                                                    \
	kernel_check(__FILE__, __LINE__, (k), (seq), (type), (flags), BYTES(__VA_ARGS__))

/* No request is left, and no answer. */
#define CHECK_QUIET(k)                                                                             \
	do {                                                                                       \
		char unread_;                                                                      \
		CHECK(!kernel_request(k));                                                         \
		CHECK(recv((k)->sock->fd, &unread_, 1, MSG_DONTWAIT) < 0);                         \
	} while (0)

#endif
