#include "nl/route.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
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

void nl_addresses_begin(struct nl_reply *r, struct nl_sock *s, bool neighbors, void *buf,
			size_t size)
{
	const struct ndmsg all = {.ndm_family = AF_UNSPEC}; /* no shorter than struct ifaddrmsg */
	uint32_t req[8];
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	nl_begin(&b, neighbors ? RTM_GETNEIGH : RTM_GETADDR, NLM_F_DUMP, ++s->seq);
	nl_put_raw(&b, &all, neighbors ? sizeof(struct ndmsg) : sizeof(struct ifaddrmsg));
	nl_end(&b);
	nl_reply_begin(r, s, b.data, b.len, buf, size);
}

bool nl_address(const struct nlmsghdr *h, struct nl_address *a)
{
	bool neighbor = h->nlmsg_type == RTM_NEWNEIGH;
	size_t head = neighbor ? sizeof(struct ndmsg) : sizeof(struct ifaddrmsg);
	struct nl_iter it = nl_attrs(h, head);
	struct nl_attr addr, mac = {NULL};
	uint16_t len;

	if ((!neighbor && h->nlmsg_type != RTM_NEWADDR) || h->nlmsg_len < NLMSG_HDRLEN + head)
		return false;
	a->family = *(const uint8_t *)NLMSG_DATA(h); /* both headers begin with it */
	if (a->family != AF_INET && a->family != AF_INET6)
		return false;
	len = a->family == AF_INET6 ? 16 : 4;
	/* Broadcast addresses and links without devices, such as lo, have made-up ones. */
	if (neighbor && (((const struct ndmsg *)NLMSG_DATA(h))->ndm_state & NUD_NOARP ||
			 !nl_find(it, NDA_LLADDR, 6, &mac) || mac.len != 6))
		return false;
	/* Of a link with two ends IFA_ADDRESS is the other one's. */
	if (neighbor ? !nl_find(it, NDA_DST, len, &addr)
		     : !nl_find(it, IFA_LOCAL, len, &addr) && !nl_find(it, IFA_ADDRESS, len, &addr))
		return false;
	a->addr = addr.data;
	a->mac = mac.data;
	return true;
}

/* libc asks by a socket of the family AF_UNIX, which a confined process must not have. */
int nl_interface_name(const struct nl_sock *s, int32_t index, char *name)
{
	struct ifreq r = {.ifr_ifindex = index};

	if (ioctl(s->fd, SIOCGIFNAME, &r))
		return -errno;
	memcpy(name, r.ifr_name, IFNAMSIZ);
	return 0;
}

int nl_interface_index(const struct nl_sock *s, const char *name)
{
	struct ifreq r = {0};

	memcpy(r.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
	return ioctl(s->fd, SIOCGIFINDEX, &r) ? -errno : r.ifr_ifindex;
}
