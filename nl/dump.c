#include "nl/dump.h"

#include <errno.h>
#include <string.h>

#define MORE 1 /* internal: the answer goes on */

/* NLMSG_DONE carries an int: 0, or the error that ended the dump. */
static int done_error(const struct nlmsghdr *h)
{
	int err = 0;

	if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof(err))
		memcpy(&err, NLMSG_DATA(h), sizeof(err));
	return err < 0 ? err : 0;
}

static int one_message(struct nl_sock *s, const struct nlmsghdr *h, const struct nl_sink *sink,
		       int *result)
{
	if (h->nlmsg_seq != s->seq || h->nlmsg_pid != s->portid)
		return MORE;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		s->intr = true;
	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		return MORE;
	case NLMSG_OVERRUN:
		*result = -ENOBUFS;
		return 0;
	case NLMSG_ERROR:
		*result = nl_error(s, h);
		return 0;
	case NLMSG_DONE:
		*result = done_error(h);
		return 0;
	}
	*result = sink->message(h, sink->arg);
	return *result ? 0 : MORE;
}

int nl_talk(struct nl_sock *s, const void *req, uint32_t len, void *buf, size_t size,
	    const struct nl_sink *sink)
{
	int err = nl_send(s, req, len);

	if (err)
		return err;
	for (;;) {
		const struct nlmsghdr *h = NULL;
		ssize_t n = nl_recv(s, buf, size, 0);
		int more = MORE;

		if (n < 0)
			return (int)n;
		while (more && (h = nl_msg_next(buf, (size_t)n, h)))
			more = one_message(s, h, sink, &err);
		if (sink->datagram) {
			int end = sink->datagram(sink->arg);

			if (end)
				return end;
		}
		if (!more)
			return err;
	}
}
