/*
 * bareloop dump|delete|update|load N: the least that a program can do for a list, or for changes of
 * everything: the yardstick of the benchmark. dump asks for the conntrack table and receives it
 * into one buffer, looking at nothing but the end; delete deletes every entry that a dump brings,
 * in batches, unfiltered and unprinted; update sets the mark of each; load creates N by the same
 * bytes as -R of the benchmark's load file, copies of one request but for addresses and ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static void send_batch(int fd, size_t len)
{
	char ack[4096];

	if (send(fd, out, len, 0) < 0)
		perror("bareloop: send");
	while (recv(fd, ack, sizeof(ack), MSG_DONTWAIT) > 0)
		;
}

/* Copies the attributes of these types behind a new request's header. */
static size_t put_change(uint8_t *p, const struct nlmsghdr *h, int update, int last)
{
	static const struct {
		struct nlattr a;
		uint32_t mark;
	} mark = {{8, CTA_MARK}, 0x09090909};
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
	if (update) {
		memcpy(p + len, &mark, sizeof(mark));
		len += sizeof(mark);
	}
	head.nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 |
				     (update ? IPCTNL_MSG_CT_NEW : IPCTNL_MSG_CT_DELETE));
	head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (last ? NLM_F_ACK : 0));
	head.nlmsg_len = (uint32_t)len;
	memcpy(p, &head, sizeof(head));
	return len;
}

static void change_all(int fd, ssize_t n, int update)
{
	const struct nlmsghdr *h = (const void *)buf, *next;
	size_t len = 0;

	for (unsigned i = 1; NLMSG_OK(h, (size_t)n); i++, h = next) {
		next = NLMSG_NEXT(h, n);
		if (h->nlmsg_type < NLMSG_MIN_TYPE)
			break;
		len += put_change((uint8_t *)out + len, h, update,
				  i % BATCH == 0 || !NLMSG_OK(next, (size_t)n));
		if (i % BATCH && NLMSG_OK(next, (size_t)n))
			continue;
		send_batch(fd, len);
		len = 0;
	}
}

static uint8_t *put(uint8_t *p, uint16_t type, const void *data, uint16_t len)
{
	struct nlattr a = {(uint16_t)(sizeof(a) + len), type};

	memset(p, 0, sizeof(a) + NLA_ALIGN(len));
	memcpy(p, &a, sizeof(a));
	memcpy(p + sizeof(a), data, len);
	return p + sizeof(a) + NLA_ALIGN(len);
}

static uint8_t *nest(uint8_t *p, uint16_t type, const void *data, size_t len)
{
	return put(p, NLA_F_NESTED | type, data, (uint16_t)len);
}

static uint8_t *put_tuple(uint8_t *p, uint16_t type, uint32_t src, uint32_t dst, uint16_t sport,
			  uint16_t dport)
{
	uint8_t ip[16], l4[24], both[64], *q, *r;

	src = htonl(src), dst = htonl(dst), sport = htons(sport), dport = htons(dport);
	q = put(put(ip, CTA_IP_V4_SRC, &src, 4), CTA_IP_V4_DST, &dst, 4);
	q = nest(both, CTA_TUPLE_IP, ip, (size_t)(q - ip));
	r = put(l4, CTA_PROTO_NUM, "\6", 1);
	r = put(put(r, CTA_PROTO_SRC_PORT, &sport, 2), CTA_PROTO_DST_PORT, &dport, 2);
	q = nest(q, CTA_TUPLE_PROTO, l4, (size_t)(r - l4));
	return nest(p, type, both, (size_t)(q - both));
}

static void load(int fd, unsigned n)
{
	const struct nfgenmsg g = {.nfgen_family = AF_INET};
	uint32_t timeout = htonl(3000),
		 status = htonl(IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED);
	/* As for any flow whose windows nobody has seen: liberal, and with selective
	 * acknowledgements. */
	const uint8_t flags[2] = {IP_CT_TCP_FLAG_BE_LIBERAL | IP_CT_TCP_FLAG_SACK_PERM, 0x8f};
	uint8_t tcp[24], info[32], *p = (uint8_t *)out;
	uint8_t *end = put(tcp, CTA_PROTOINFO_TCP_STATE, "\3", 1);
	size_t info_len;

	end = put(end, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, flags, sizeof(flags));
	end = put(end, CTA_PROTOINFO_TCP_FLAGS_REPLY, flags, sizeof(flags));
	info_len = (size_t)(nest(info, CTA_PROTOINFO_TCP, tcp, (size_t)(end - tcp)) - info);

	for (unsigned i = 0; i < n; i++) {
		uint32_t src = 10u << 24 | (i & 0xffffff), dst = 0xc0000201;
		uint16_t port = (uint16_t)(1024 + i % 60000);
		int last = i + 1 == n || (i + 1) % BATCH == 0;
		struct nlmsghdr h = {.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
				     .nlmsg_flags =
					     (uint16_t)(NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL |
							(last ? NLM_F_ACK : 0))};
		uint8_t *q = p + NLMSG_HDRLEN + sizeof(g);

		memcpy(p + NLMSG_HDRLEN, &g, sizeof(g));
		q = put_tuple(q, CTA_TUPLE_ORIG, src, dst, port, 443);
		q = put_tuple(q, CTA_TUPLE_REPLY, dst, src, 443, port);
		q = put(put(q, CTA_TIMEOUT, &timeout, 4), CTA_STATUS, &status, 4);
		q = nest(q, CTA_PROTOINFO, info, info_len);
		h.nlmsg_len = (uint32_t)(q - p);
		memcpy(p, &h, sizeof(h));
		p = q;
		if (last) {
			send_batch(fd, (size_t)(p - (uint8_t *)out));
			p = (uint8_t *)out;
		}
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

	if (argc == 3 && !strcmp(argv[1], "load")) {
		load(second, (unsigned)atoi(argv[2]));
		return 0;
	}
	if (argc != 2 || send(fd, &req, sizeof(req), 0) < 0)
		return 1;
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (const void *)buf;

		if (n <= 0 || h->nlmsg_type == NLMSG_ERROR)
			return 1;
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (strcmp(argv[1], "dump") != 0)
			change_all(second, n, !strcmp(argv[1], "update"));
	}
}
