#include "nl/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "nl/attr.h"
#include "nl/dump.h"
#include "nl/msg.h"

/* One route is all that is asked for. */
#define ANSWERED 1

static int route_message(const struct nlmsghdr *h, void *arg)
{
	const struct rtmsg *rt = NLMSG_DATA(h);
	int32_t *index = arg;
	struct nl_attr a;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_HDRLEN + sizeof(*rt))
		return 0;
	switch (rt->rtm_type) {
	case RTN_LOCAL:
		*index = NL_ROUTE_LOOPBACK;
		break;
	case RTN_UNICAST:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST:
		if (nl_find(nl_attrs(h, sizeof(*rt)), RTA_OIF, sizeof(*index), &a))
			memcpy(index, a.data, sizeof(*index)); /* in host order */
	}
	return ANSWERED;
}

int nl_route(struct nl_sock *s, uint8_t family, const void *addr)
{
	unsigned len = family == AF_INET6 ? 16 : 4;
	struct rtmsg rt = {.rtm_family = family, .rtm_dst_len = (uint8_t)(len * 8)};
	uint32_t req[32], answer[1024];
	int32_t index = 0;
	struct nl_buf b;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	nl_begin(&b, RTM_GETROUTE, 0, ++s->seq);
	nl_put_raw(&b, &rt, sizeof(rt));
	nl_put(&b, RTA_DST, addr, len);
	err = nl_end(&b);
	if (!err)
		err = nl_talk(s, b.data, b.len, answer, sizeof(answer),
			      &(struct nl_sink){.message = route_message, .arg = &index});
	switch (err) {
	case ANSWERED:
		return index;
	case 0:
	/* No route, or one that says so: unreachable, prohibit, blackhole, throw. */
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -EACCES:
	case -EINVAL:
	case -EAGAIN:
	case -ENODEV:
		return 0;
	}
	return err;
}
