/*
 * bareloop dump|delete: the least that a program can do for a list, or for a deletion of
 * everything: the yardstick of the benchmark. dump asks for the conntrack table and receives it
 * into one buffer, looking at nothing but the end; delete deletes every entry that a dump brings,
 * in batches, unfiltered and unprinted.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 128

static uint32_t buf[8192];	 /* 32 KiB: the kernel fills no more */
static uint32_t out[BATCH * 64]; /* requests of a deletion */

static int open_netlink(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		perror("bareloop: netlink");
		_exit(1);
	}
	return fd;
}

/* Copies the attributes of these types behind a new request's header. */
static size_t put_delete(uint8_t *p, const struct nlmsghdr *h, int last)
{
	struct nlmsghdr head = *h;
	size_t len = NLMSG_HDRLEN + sizeof(struct nfgenmsg), off = len;

	memcpy(p + NLMSG_HDRLEN, NLMSG_DATA(h), sizeof(struct nfgenmsg));
	while (off + sizeof(struct nlattr) <= h->nlmsg_len) {
		const struct nlattr *a = (const void *)((const uint8_t *)h + off);
		size_t size = NLA_ALIGN(a->nla_len);

		switch (a->nla_type & NLA_TYPE_MASK) {
		case CTA_TUPLE_ORIG:
		case CTA_ZONE:
		case CTA_ID:
			memcpy(p + len, a, size);
			len += size;
		}
		off += size ? size : h->nlmsg_len;
	}
	head.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (last ? NLM_F_ACK : 0));
	head.nlmsg_len = (uint32_t)len;
	memcpy(p, &head, sizeof(head));
	return len;
}

static void delete_all(int fd, ssize_t n)
{
	const struct nlmsghdr *h = (const void *)buf, *next;
	char ack[4096];
	size_t len = 0;

	for (unsigned i = 1; NLMSG_OK(h, (size_t)n); i++, h = next) {
		next = NLMSG_NEXT(h, n);
		if (h->nlmsg_type < NLMSG_MIN_TYPE)
			break;
		len += put_delete((uint8_t *)out + len, h,
				  i % BATCH == 0 || !NLMSG_OK(next, (size_t)n));
		if (i % BATCH && NLMSG_OK(next, (size_t)n))
			continue;
		if (send(fd, out, len, 0) < 0)
			perror("bareloop: send");
		while (recv(fd, ack, sizeof(ack), MSG_DONTWAIT) > 0)
			;
		len = 0;
	}
}

int main(int argc, char *argv[])
{
	struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
	} req = {.h = {.nlmsg_len = sizeof(req),
		       .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	int fd = open_netlink(), second = open_netlink();

	if (argc != 2 || send(fd, &req, sizeof(req), 0) < 0)
		return 1;
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (const void *)buf;

		if (n <= 0 || h->nlmsg_type == NLMSG_ERROR)
			return 1;
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (!strcmp(argv[1], "delete"))
			delete_all(second, n);
	}
}
