#include "nl/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "nl/attr.h"
#include "nl/msg.h"
#include "nl/reply.h"

/* The interface of a route: its index, or 0 when there is none. */
static int32_t route_index(const struct nlmsghdr *h)
{
	const struct rtmsg *rt = NLMSG_DATA(h);
	int32_t index = 0;
	struct nl_attr a;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_HDRLEN + sizeof(*rt))
		return 0;
	switch (rt->rtm_type) {
	case RTN_LOCAL:
		return NL_ROUTE_LOOPBACK;
	case RTN_UNICAST:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST:
		if (nl_find(nl_attrs(h, sizeof(*rt)), RTA_OIF, sizeof(index), &a))
			memcpy(&index, a.data, sizeof(index)); /* in host order */
	}
	return index;
}

int nl_route(struct nl_sock *s, uint8_t family, const void *addr)
{
	unsigned len = family == AF_INET6 ? 16 : 4;
	struct rtmsg rt = {.rtm_family = family, .rtm_dst_len = (uint8_t)(len * 8)};
	uint32_t req[32], answer[1024];
	const struct nlmsghdr *h;
	struct nl_reply r;
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	nl_begin(&b, RTM_GETROUTE, 0, ++s->seq);
	nl_put_raw(&b, &rt, sizeof(rt));
	nl_put(&b, RTA_DST, addr, len);
	nl_end(&b);
	nl_reply_begin(&r, s, b.data, b.len, answer, sizeof(answer));
	while (nl_reply_receive(&r) > 0)
		if ((h = nl_reply_next(&r)))
			return route_index(h); /* one route is all that is asked for */
	switch (r.err.err) {
	/* No route, or one that says so: unreachable, prohibit, blackhole, throw. */
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -EACCES:
	case -EINVAL:
	case -EAGAIN:
	case -ENODEV:
		return 0;
	}
	return r.err.err;
}
