#include "nl/batch.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define UNANSWERED 1

void nl_batch_init(struct nl_batch *b, struct nl_sock *s)
{
	b->sock = s;
	b->text[0] = 0;
	b->text_of = NL_BATCH_MAX;
	nl_batch_reset(b);
}

void nl_batch_reset(struct nl_batch *b)
{
	nl_buf_init(&b->buf, b->data, sizeof(b->data));
	b->n = 0;
}

bool nl_batch_has_room(const struct nl_batch *b, unsigned n)
{
	return b->n + n <= NL_BATCH_MAX && b->buf.size - b->buf.len >= n * NL_BATCH_ROOM;
}

uint32_t nl_batch_seq(struct nl_batch *b)
{
	if (!b->n)
		b->first = b->sock->seq + 1;
	return ++b->sock->seq;
}

int nl_batch_added(struct nl_batch *b, int err)
{
	if (err)
		b->sock->seq--;
	else
		b->n++;
	return err;
}

/* Asks for the acknowledgement of the last message. */
static void ack_last(struct nl_batch *b)
{
	uint8_t *flags = b->buf.data + b->buf.msg + offsetof(struct nlmsghdr, nlmsg_flags);
	uint16_t v;

	memcpy(&v, flags, sizeof(v));
	v |= NLM_F_ACK;
	memcpy(flags, &v, sizeof(v));
}

/* One datagram of answers. Returns 1 when the last request has been acknowledged. */
static int answers(struct nl_batch *b, const void *buf, size_t len,
		   int (*message)(const struct nlmsghdr *h, unsigned index, void *arg), void *arg)
{
	const struct nlmsghdr *h = NULL;
	int done = 0;

	while ((h = nl_msg_next(buf, len, h))) {
		unsigned index = h->nlmsg_seq - b->first;

		if (index >= b->n || h->nlmsg_pid != b->sock->portid)
			continue;
		if (h->nlmsg_type != NLMSG_ERROR) {
			int err = message ? message(h, index, arg) : 0;

			if (err)
				return err;
			continue;
		}
		b->err[index] = nl_error(b->sock, h);
		if (b->err[index] && !b->text[0]) {
			memcpy(b->text, b->sock->text, sizeof(b->text));
			b->text_of = index;
		}
		if (index == b->n - 1)
			done = 1;
	}
	return done;
}

/* Fills in for the requests that got no answer of their own: done, if the last one was answered,
 * for then all were run; else whatever stands in the way. */
static int settle(struct nl_batch *b, int err)
{
	if (err && b->err[0] == -EPERM)
		err = -EPERM;
	for (unsigned i = 0; i < b->n; i++)
		if (b->err[i] == UNANSWERED)
			b->err[i] = err;
	return err;
}

int nl_batch_run(struct nl_batch *b, void *buf, size_t size,
		 int (*message)(const struct nlmsghdr *h, unsigned index, void *arg), void *arg)
{
	int err, lost = 0;

	b->text[0] = 0;
	if (!b->n)
		return 0;
	for (unsigned i = 0; i < b->n; i++)
		b->err[i] = UNANSWERED;
	ack_last(b);
	err = nl_send(b->sock, b->buf.data, b->buf.len);
	while (!err) {
		ssize_t n = nl_recv(b->sock, buf, size, MSG_DONTWAIT);

		/* The send overran the queue, which is told once: what fitted is still there. */
		if (n == -ENOBUFS && !lost) {
			lost = -ENOBUFS;
			continue;
		}
		if (n == -EAGAIN)
			n = lost ? lost : -EIO;
		err = n < 0 ? (int)n : answers(b, buf, (size_t)n, message, arg);
	}
	return settle(b, err < 0 ? err : lost);
}
