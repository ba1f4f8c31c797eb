#include "nl/reply.h"

#include <errno.h>
#include <string.h>

/* NLMSG_DONE carries an int: 0, or the error that ended the dump. */
static int done_error(const struct nlmsghdr *h)
{
	int err = 0;

	if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof(err))
		memcpy(&err, NLMSG_DATA(h), sizeof(err));
	return err < NL_ERR_LEAST ? -EBADMSG : err < 0 ? err : 0;
}

static void end(struct nl_reply *r, int err)
{
	r->done = true;
	nl_fail(&r->err, err);
}

void nl_reply_begin(struct nl_reply *r, struct nl_sock *s, const void *req, uint32_t len, void *buf,
		    size_t size)
{
	r->sock = s;
	r->buf = buf;
	r->size = size;
	r->len = 0;
	r->at = NULL;
	r->seq = s->seq;
	r->done = r->intr = false;
	nl_fail(&r->err, nl_send(s, req, len));
}

int nl_reply_receive(struct nl_reply *r)
{
	ssize_t n;

	if (r->done || r->err.err)
		return r->err.err;
	n = nl_recv(r->sock, r->buf, r->size, 0);
	if (n < 0)
		return nl_fail(&r->err, (int)n);
	r->len = (size_t)n;
	r->at = NULL;
	return 1;
}

/* Takes a message of netlink's own in. */
static __attribute__((noinline)) void take(struct nl_reply *r, const struct nlmsghdr *h)
{
	switch (h->nlmsg_type) {
	case NLMSG_OVERRUN:
		end(r, -ENOBUFS);
		break;
	case NLMSG_DONE:
		end(r, done_error(h));
		break;
	case NLMSG_ERROR:
		r->done = true;
		nl_error(h, &r->err);
		break;
	}
}

const struct nlmsghdr *nl_reply_next(struct nl_reply *r)
{
	const struct nlmsghdr *h = r->at;

	while (!r->done && (h = nl_msg_next_inline(r->buf, r->len, h))) {
		if (h->nlmsg_seq != r->seq || h->nlmsg_pid != r->sock->portid)
			continue;
		r->intr |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (h->nlmsg_type >= NLMSG_MIN_TYPE)
			return r->at = h;
		take(r, h);
	}
	/* The next message is in another datagram. */
	r->len = 0;
	return r->at = NULL;
}

__attribute__((cold)) int nl_request(struct nl_sock *s, const void *req, uint32_t len, void *buf,
				     size_t size, struct nl_err *err)
{
	struct nl_reply r;

	nl_reply_begin(&r, s, req, len, buf, size);
	while (nl_reply_receive(&r) > 0)
		while (nl_reply_next(&r))
			;
	*err = r.err;
	return r.err.err;
}
