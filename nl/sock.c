#include "nl/sock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl/attr.h"

/* Constants of headers after 3.10, with their versions. */
#ifndef NETLINK_CAP_ACK /* 4.3 */
#define NETLINK_CAP_ACK 10
#endif
#ifndef NETLINK_EXT_ACK /* 4.12, and so are those that follow */
#define NETLINK_EXT_ACK 11
#endif
#ifndef NLM_F_CAPPED
#define NLM_F_CAPPED 0x100
#endif
#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif
#define NLMSGERR_ATTR_MSG  1 /* enumerators */
#define NLMSGERR_ATTR_OFFS 2

int nl_open(struct nl_sock *s, int protocol)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(addr);
	int one = 1, err;

	*s = (struct nl_sock){.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
	if (s->fd < 0)
		return -errno;
	/* Kernels before 4.12 and 4.3 lack these: their errors come without text, and longer. */
	(void)setsockopt(s->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&addr, &len) < 0) {
		err = -errno;
		nl_close(s);
		return err;
	}
	s->portid = addr.nl_pid;
	return 0;
}

void nl_pair(struct nl_sock *s, int fd, uint32_t portid)
{
	*s = (struct nl_sock){.fd = fd, .portid = portid, .pair = true};
}

void nl_close(struct nl_sock *s)
{
	int saved = errno;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	errno = saved;
}

int nl_set_rcvbuf(struct nl_sock *s, int bytes)
{
	socklen_t len = sizeof(bytes);

	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 &&
	    setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0)
		return -errno;
	if (getsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len) < 0)
		return -errno;
	return bytes;
}

int nl_send(struct nl_sock *s, const void *data, uint32_t len)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	socklen_t size = s->pair ? 0 : sizeof(kernel);
	ssize_t n;

	do {
		n = sendto(s->fd, data, len, 0, size ? (struct sockaddr *)&kernel : NULL, size);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (uint32_t)n == len ? 0 : -EMSGSIZE;
}

ssize_t nl_recv(struct nl_sock *s, void *data, size_t size, int flags)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {data, size};
		struct msghdr m = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
		ssize_t n = recvmsg(s->fd, &m, flags);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!s->pair && (m.msg_namelen != sizeof(from) || from.nl_pid != 0))
			continue;
		if (m.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		return nl_whole(data, (size_t)n) ? n : -EBADMSG;
	}
}

bool nl_whole(const void *data, size_t len)
{
	size_t off = 0;

	while (off < len) {
		const struct nlmsghdr *h = (const void *)((const uint8_t *)data + off);

		if (len - off < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > len - off)
			return false;
		off += NLMSG_ALIGN(h->nlmsg_len);
	}
	return true;
}

const struct nlmsghdr *nl_msg_next(const void *data, size_t len, const struct nlmsghdr *prev)
{
	return nl_msg_next_inline(data, len, prev);
}

/* Where the attributes of an NLMSG_ERROR begin: behind the error and as much of the request as is
 * echoed. 0: there are none. */
static size_t error_attrs(const struct nlmsghdr *h, const struct nlmsgerr *e)
{
	size_t skip = NLMSG_HDRLEN + sizeof(*e);

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	return skip <= h->nlmsg_len ? skip : 0;
}

int nl_error(const struct nlmsghdr *h, struct nl_err *err)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	const uint8_t *base = (const uint8_t *)h;
	struct nl_iter it;
	struct nl_attr a;
	size_t skip;

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(*e) || e->error > 0 || e->error < NL_ERR_LEAST)
		return nl_fail(err, -EBADMSG);
	nl_fail(err, e->error);
	skip = error_attrs(h, e);
	if (!skip)
		return err->err;
	it = (struct nl_iter){base + skip, base + h->nlmsg_len};
	if (nl_find(it, NLMSGERR_ATTR_OFFS, sizeof(err->offset), &a))
		memcpy(&err->offset, a.data, sizeof(err->offset)); /* in host order */
	if (nl_find(it, NLMSGERR_ATTR_MSG, 1, &a)) {
		struct nl_str text = nl_string(&a);

		if (text.len >= sizeof(err->text))
			text.len = sizeof(err->text) - 1;
		memcpy(err->text, text.p, text.len);
		err->text[text.len] = 0;
	}
	return err->err;
}
