#include "nl/batch.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define UNANSWERED 1

void nl_batch_init(struct nl_batch *b, struct nl_sock *s)
{
	b->sock = s;
	b->error_of = NL_BATCH_MAX;
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

/* The type of the top-level attribute that the message of this index has at an offset, 0: none. */
static uint16_t attr_at(const struct nl_batch *b, unsigned index, uint32_t offset)
{
	const struct nlmsghdr *h = NULL;
	struct nlattr a;

	do
		h = nl_msg_next(b->buf.data, b->buf.len, h);
	while (h && index--);
	if (!h || offset + sizeof(a) > h->nlmsg_len)
		return 0;
	memcpy(&a, (const uint8_t *)h + offset, sizeof(a));
	return a.nla_type & NLA_TYPE_MASK;
}

/* Keeps the fate of a message. */
static void acknowledged(struct nl_batch *b, unsigned index, const struct nlmsghdr *h)
{
	struct nl_err err;

	b->err[index] = nl_error(h, &err);
	if ((err.text[0] || err.offset) && b->error_of == NL_BATCH_MAX) {
		if (err.offset)
			err.attr = attr_at(b, index, err.offset);
		b->error = err;
		b->error_of = index;
	}
	b->answered |= index == b->n - 1;
}

const struct nlmsghdr *nl_batch_read(struct nl_batch *b, unsigned *index)
{
	while ((b->at = nl_msg_next(b->in, b->len, b->at))) {
		*index = b->at->nlmsg_seq - b->first;
		if (*index >= b->n || b->at->nlmsg_pid != b->sock->portid)
			continue;
		if (b->at->nlmsg_type != NLMSG_ERROR)
			return b->at;
		acknowledged(b, *index, b->at);
	}
	b->len = 0;
	return NULL;
}

/* Fills in for the messages that got no answer of their own: done, if the last one was answered,
 * for then all were run; else whatever stands in the way. */
static void settle(struct nl_batch *b, int err)
{
	if (err && b->err[0] == -EPERM)
		err = -EPERM;
	for (unsigned i = 0; i < b->n; i++)
		if (b->err[i] == UNANSWERED)
			b->err[i] = err;
}

void nl_batch_send(struct nl_batch *b, void *in, size_t size)
{
	b->error_of = NL_BATCH_MAX;
	b->in = in;
	b->size = size;
	b->len = 0;
	b->at = NULL;
	b->sent = b->lost = 0;
	b->answered = !b->n;
	if (!b->n)
		return;
	for (unsigned i = 0; i < b->n; i++)
		b->err[i] = UNANSWERED;
	ack_last(b);
	b->sent = nl_send(b->sock, b->buf.data, b->buf.len);
}

const struct nlmsghdr *nl_batch_next(struct nl_batch *b, unsigned *index)
{
	int err = b->sent;

	while (!err) {
		const struct nlmsghdr *h = nl_batch_read(b, index);
		ssize_t n;

		if (h || b->answered) {
			if (!h)
				settle(b, b->lost);
			return h;
		}
		n = nl_recv(b->sock, b->in, b->size, MSG_DONTWAIT);
		/* The send overran the queue, which is told once: what fitted is still there. */
		if (n == -ENOBUFS && !b->lost)
			b->lost = -ENOBUFS;
		else if (n == -EAGAIN)
			err = b->lost ? b->lost : -EIO;
		else if (n < 0)
			err = (int)n;
		else
			b->len = (size_t)n;
	}
	settle(b, err);
	return NULL;
}

void nl_batch_run(struct nl_batch *b, void *in, size_t size)
{
	unsigned index;

	nl_batch_send(b, in, size);
	while (nl_batch_next(b, &index))
		;
}

int nl_batch_error(const struct nl_batch *b, unsigned i, struct nl_err *err)
{
	if (i == b->error_of)
		*err = b->error;
	else
		nl_fail(err, b->err[i]);
	return err->err;
}

int nl_batch_single(struct nl_batch *b, int put, void *in, size_t size, uint32_t *answer,
		    struct nl_err *err)
{
	const struct nlmsghdr *h;
	unsigned index;

	if (answer)
		answer[0] = 0;
	if (nl_batch_added(b, put))
		return nl_fail(err, put);
	nl_batch_send(b, in, size);
	while ((h = nl_batch_next(b, &index)))
		if (answer && h->nlmsg_len <= NL_BATCH_ROOM)
			memcpy(answer, h, h->nlmsg_len);
	nl_batch_error(b, 0, err);
	nl_batch_reset(b);
	return err->err;
}
