/*
 * traffic KIND [-s ADDR] [-d ADDR] [-p PORT] [-P SPORT] [-n COUNT] [-S]
 *
 * Makes real traffic on this host, from ADDR (-s, default: what the kernel takes) and source port
 * SPORT (default: any free one) to ADDR (-d, default 127.0.0.1 or, beside an IPv6 source, ::1) and
 * PORT (default 7000). IPv6 by the address. 127.0.0.0/8 works everywhere; other addresses must be
 * on lo first: see addr.
 *
 *	addr		no traffic: adds the address of -s to lo
 *	tcp		COUNT (default 1) connections with data both ways, held
 *	tcp-syn		a SYN that nobody answers
 *	tcp-half	the client has shut down its side: CLOSE_WAIT, held
 *	tcp-timewait	closed by both, the client first
 *	tcp-close	reset by the client
 *	udp		COUNT (default 1) questions and answers
 *	udp-one		COUNT (default 1) datagrams to a socket that does not answer
 *	udp-stream	COUNT (default 3) questions and answers over a little more than two
 *			seconds, which makes the entry ASSURED
 *	udp-many	COUNT (default 1000) flows of one datagram each, as fast as possible. IPv4:
 *			from 64 source ports to PORT of 127.1.0.0 and up; IPv6: from source port
 *			SPORT (default 1024) and up, at most 60000
 *	udp-server	answers every question, in the foreground, for ten minutes at most
 *	udp-ask		a question to such a server; exit 1 where no answer comes within a second
 *	udplite		like udp
 *	icmp		COUNT (default 1) echo requests and replies, id SPORT (default 1)
 *	gre		a PPTP packet, its key PORT; without -p a plain GRE packet
 *	sctp		an association with data both ways, held
 *	sctp-raw	the four packets that set an association up, made by hand: needs no SCTP
 *			in the kernel's sockets. Tags 0x11111111 (original) and 0x22222222
 *	proto		COUNT (default 1) packets of IP protocol PORT (default 253)
 *
 * Held: the sockets must stay open. A process in the background holds them, for ten minutes at
 * most; its pid is printed. With -S this very process stays and holds them, whatever the kind.
 *
 * Exit 0 once the state is reached, 77 where the kernel or the permissions lack something, 2 for a
 * wrong command line, 1 for any other failure.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CANNOT	      77
#define PORT	      7000
#define PATIENCE      60  /* seconds until a state must be reached */
#define HELD	      600 /* seconds until a holder ends by itself */
#define SOURCES	      64  /* source ports of udp-many */
#define BURST	      256
#define MANY_V6	      60000
#define PROTO_SCTP    132
#define PROTO_UDPLITE 136

union addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The command line. */
struct flow {
	union addr src, dst; /* without ports */
	int family;
	unsigned port, sport; /* 0: not given */
	unsigned count;	      /* 0: not given */
};

static void __attribute__((noreturn)) fail(const char *what)
{
	int err = errno;

	fprintf(stderr, "traffic: %s: %s\n", what, strerror(err));
	switch (err) {
	case EPERM:
	case EACCES:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
	case EAFNOSUPPORT:
		exit(CANNOT);
	}
	exit(1);
}

static void __attribute__((noreturn)) wrong(const char *what, const char *arg)
{
	fprintf(stderr, "traffic: %s: %s\n", what, arg);
	exit(2);
}

static unsigned or_else(unsigned v, unsigned other)
{
	return v ? v : other;
}

static socklen_t size_of(const union addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static union addr with_port(union addr a, unsigned port)
{
	if (a.sa.sa_family == AF_INET6)
		a.v6.sin6_port = htons((uint16_t)port);
	else
		a.v4.sin_port = htons((uint16_t)port);
	return a;
}

static int open_socket(const struct flow *f, int type, int proto)
{
	int one = 1;
	int fd = socket(f->family, type | SOCK_CLOEXEC, proto);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

static int open_bound(const struct flow *f, int type, int proto, union addr a)
{
	int fd = open_socket(f, type, proto);

	if (bind(fd, &a.sa, size_of(&a)))
		fail("bind");
	return fd;
}

/* A socket at the destination, without which the kernel would answer with an ICMP error. */
static int open_server(const struct flow *f, int type, int proto)
{
	unsigned port = type == SOCK_RAW ? 0 : or_else(f->port, PORT);
	int fd = open_bound(f, type, proto, with_port(f->dst, port));

	if (type == SOCK_STREAM && listen(fd, 128))
		fail("listen");
	return fd;
}

static void connect_to_server(const struct flow *f, int fd, int type)
{
	union addr to = with_port(f->dst, type == SOCK_RAW ? 0 : or_else(f->port, PORT));

	if (connect(fd, &to.sa, size_of(&to)) && errno != EINPROGRESS)
		fail("connect");
}

static int open_client(const struct flow *f, int type, int proto)
{
	return open_bound(f, type, proto, with_port(f->src, f->sport));
}

static void say(int fd, const void *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		fail("send");
}

static void hear(int fd)
{
	char buf[64];

	if (recv(fd, buf, sizeof(buf), 0) < 0)
		fail("recv");
}

/* A connection: both ends. */
struct ends {
	int client, server;
};

static struct ends set_up(const struct flow *f, int listener, int proto)
{
	struct ends e = {.client = open_client(f, SOCK_STREAM, proto)};

	connect_to_server(f, e.client, SOCK_STREAM);
	e.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (e.server < 0)
		fail("accept");
	say(e.client, "question", 8);
	hear(e.server);
	say(e.server, "answer", 6);
	hear(e.client);
	return e;
}

/* All kinds of connections. The listener goes, so that the next run can have the port. */
static struct ends streams(const struct flow *f, int proto)
{
	int listener = open_server(f, SOCK_STREAM, proto);
	struct ends e = {0};

	for (unsigned i = 0; i < or_else(f->count, 1); i++)
		e = set_up(f, listener, proto);
	close(listener);
	return e;
}

static void tcp(const struct flow *f)
{
	streams(f, 0);
}

/* Nothing need be held: a socket that is closed before its SYN was answered sends no more. */
static void tcp_syn(const struct flow *f)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog deaf = {.len = 1, .filter = &none};
	int listener = open_server(f, SOCK_STREAM, 0);

	if (setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &deaf, sizeof(deaf)))
		fail("socket filter");
	connect_to_server(f, open_client(f, SOCK_STREAM | SOCK_NONBLOCK, 0), SOCK_STREAM);
}

static void tcp_half(const struct flow *f)
{
	struct ends e = streams(f, 0);

	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	shutdown(e.client, SHUT_WR);
	hear(e.server);
	/* The acknowledgement, which is what moves FIN_WAIT on to CLOSE_WAIT, may be delayed. */
	while (!getsockopt(e.client, IPPROTO_TCP, TCP_INFO, &info, &len) &&
	       info.tcpi_state != TCP_FIN_WAIT2)
		usleep(1000);
}

static void tcp_timewait(const struct flow *f)
{
	struct ends e = streams(f, 0);

	shutdown(e.client, SHUT_WR);
	hear(e.server);
	close(e.server);
	hear(e.client);
	close(e.client);
}

static void tcp_close(const struct flow *f)
{
	struct ends e = streams(f, 0);
	struct linger now = {.l_onoff = 1};

	setsockopt(e.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(e.client);
}

static void sctp(const struct flow *f)
{
	streams(f, PROTO_SCTP);
}

static void answer(int server)
{
	union addr from;
	socklen_t len = sizeof(from);
	char buf[64];

	if (recvfrom(server, buf, sizeof(buf), 0, &from.sa, &len) < 0)
		fail("recvfrom");
	if (sendto(server, "answer", 6, 0, &from.sa, len) < 0)
		fail("sendto");
}

/* Questions and answers, the last of them pause microseconds after the others. */
static void datagrams(const struct flow *f, int proto, unsigned count, useconds_t pause)
{
	int server = open_server(f, SOCK_DGRAM, proto);
	int client = open_client(f, SOCK_DGRAM, proto);

	connect_to_server(f, client, SOCK_DGRAM);
	for (unsigned i = 0; i < count; i++) {
		if (i == count - 1)
			usleep(pause);
		say(client, "question", 8);
		answer(server);
		hear(client);
	}
}

static void udp(const struct flow *f)
{
	datagrams(f, 0, or_else(f->count, 1), 0);
}

static void udp_stream(const struct flow *f)
{
	datagrams(f, 0, or_else(f->count, 3), 2200000);
}

static void udplite(const struct flow *f)
{
	datagrams(f, PROTO_UDPLITE, or_else(f->count, 1), 0);
}

static void udp_server(const struct flow *f)
{
	int server = open_server(f, SOCK_DGRAM, 0);

	alarm(HELD);
	for (;;)
		answer(server);
}

static void udp_ask(const struct flow *f)
{
	int client = open_client(f, SOCK_DGRAM, 0);
	struct timeval second = {.tv_sec = 1};

	connect_to_server(f, client, SOCK_DGRAM);
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	say(client, "question", 8);
	hear(client);
}

static void udp_one(const struct flow *f)
{
	int client = open_client(f, SOCK_DGRAM, 0);

	open_server(f, SOCK_DGRAM, 0);
	connect_to_server(f, client, SOCK_DGRAM);
	for (unsigned i = 0; i < or_else(f->count, 1); i++)
		say(client, "question", 8);
}

static void many_v6(const struct flow *f, unsigned count)
{
	unsigned first = or_else(f->sport, 1024);

	if (count > MANY_V6 || first + count > 65536)
		wrong("too many flows for the source ports", "-n");
	for (unsigned i = 0; i < count; i++) {
		int fd = open_bound(f, SOCK_DGRAM, 0, with_port(f->src, first + i));

		connect_to_server(f, fd, SOCK_DGRAM);
		say(fd, "question", 8);
		close(fd);
	}
}

/* Destinations from 127.1.0.0 up, SOURCES flows to each, one sendmmsg for up to BURST of them. */
static void many_v4(const struct flow *f, unsigned count)
{
	const uint32_t per_source = (count + SOURCES - 1) / SOURCES;
	struct iovec iov = {.iov_base = (void *)"question", .iov_len = 8};
	struct mmsghdr m[BURST];
	union addr to[BURST];

	for (unsigned i = 0; i < BURST; i++) {
		m[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[i],
						    .msg_namelen = sizeof(to[i].v4),
						    .msg_iov = &iov,
						    .msg_iovlen = 1}};
		to[i] = with_port(f->dst, or_else(f->port, PORT));
	}
	for (unsigned source = 0; count; source++) {
		/* Not any free port: one that was just closed might come again. */
		unsigned sport = or_else(f->sport, 20001) + source;
		int fd = open_bound(f, SOCK_DGRAM, 0, with_port(f->src, sport));
		unsigned left = per_source < count ? per_source : count;
		uint32_t host = 0x7f010000;

		count -= left;
		while (left) {
			unsigned n = left < BURST ? left : BURST;
			int sent;

			for (unsigned i = 0; i < n; i++)
				to[i].v4.sin_addr.s_addr = htonl(host + i);
			sent = sendmmsg(fd, m, n, 0);
			if (sent < 0)
				fail("sendmmsg");
			host += (unsigned)sent;
			left -= (unsigned)sent;
		}
		close(fd);
	}
}

static void udp_many(const struct flow *f)
{
	unsigned count = or_else(f->count, 1000);
	struct flow any = *f;

	/* A socket for all of 127.0.0.0/8, or all of IPv6. */
	memset(&any.dst, 0, sizeof(any.dst));
	any.dst.sa.sa_family = (sa_family_t)f->family;
	open_server(&any, SOCK_DGRAM, 0);
	if (f->family == AF_INET6)
		many_v6(f, count);
	else
		many_v4(f, count);
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* The raw socket sees its own requests, too: wait for the reply. */
static void await_reply(int fd, int family, uint8_t type)
{
	uint8_t buf[128];

	for (;;) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);
		/* IPv4 comes with its header, IPv6 without. */
		ssize_t at = family == AF_INET ? (buf[0] & 15) * 4 : 0;

		if (len < 0)
			fail("recv");
		if (len > at && buf[at] == type)
			return;
	}
}

static void icmp(const struct flow *f)
{
	bool v6 = f->family == AF_INET6;
	unsigned id = or_else(f->sport, 1);
	int fd = open_client(f, SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	connect_to_server(f, fd, SOCK_RAW);
	for (unsigned i = 1; i <= or_else(f->count, 1); i++) {
		uint8_t echo[16] = {
			v6 ? 128 : 8,	   0,	      0, 0, (uint8_t)(id >> 8), (uint8_t)id,
			(uint8_t)(i >> 8), (uint8_t)i};
		uint16_t sum = checksum(echo, sizeof(echo));

		/* On IPv6 the kernel fills the checksum in. */
		echo[2] = (uint8_t)(sum >> 8);
		echo[3] = (uint8_t)sum;
		say(fd, echo, sizeof(echo));
		await_reply(fd, f->family, v6 ? 129 : 0);
	}
}

/* Packets of one protocol, with something at the destination that takes them. */
static void packets(const struct flow *f, int proto, const void *data, size_t len, unsigned count)
{
	int client = open_client(f, SOCK_RAW, proto);

	open_server(f, SOCK_RAW, proto);
	connect_to_server(f, client, SOCK_RAW);
	while (count--)
		say(client, data, len);
}

static void proto(const struct flow *f)
{
	unsigned number = or_else(f->port, 253);

	if (number > 255)
		wrong("not a protocol", "-p");
	packets(f, (int)number, "question", 8, or_else(f->count, 1));
}

/* Version 1 has the key that connection tracking looks at; version 0 has none. */
static void gre(const struct flow *f)
{
	const uint8_t plain[8] = {0, 0, 0x08, 0x00};
	const uint8_t pptp[8] = {
		0x20, 0x01, 0x88, 0x0b, 0, 0, (uint8_t)(f->port >> 8), (uint8_t)f->port};

	packets(f, IPPROTO_GRE, f->port ? pptp : plain, 8, or_else(f->count, 1));
}

/*
 * One SCTP packet of one chunk. On lo nobody looks at the checksum: packets are tracked on their
 * way out.
 */
static void sctp_packet(int fd, unsigned sport, unsigned dport, uint32_t vtag, uint8_t chunk,
			uint32_t init_tag)
{
	struct {
		uint16_t sport, dport;
		uint32_t vtag, sum;
		uint8_t type, flags;
		uint16_t len;
		uint32_t tag, window;
		uint16_t out, in;
		uint32_t tsn;
	} p = {.sport = htons((uint16_t)sport),
	       .dport = htons((uint16_t)dport),
	       .vtag = htonl(vtag),
	       .type = chunk,
	       .len = htons(20),
	       .tag = htonl(init_tag),
	       .window = htonl(65536),
	       .out = htons(1),
	       .in = htons(1),
	       .tsn = htonl(1)};

	say(fd, &p, sizeof(p));
}

static void sctp_raw(const struct flow *f)
{
	enum { INIT = 1, INIT_ACK = 2, COOKIE_ECHO = 10, COOKIE_ACK = 11 };
	const uint32_t to_client = 0x11111111, to_server = 0x22222222;
	unsigned sport = or_else(f->sport, 40000), dport = or_else(f->port, PORT);
	struct flow back = *f;
	union addr from;
	socklen_t len = sizeof(from);
	int client = open_client(f, SOCK_RAW, PROTO_SCTP);
	int server = open_server(f, SOCK_RAW, PROTO_SCTP);

	connect_to_server(f, client, SOCK_RAW);
	if (getsockname(client, &from.sa, &len))
		fail("getsockname");
	back.dst = from;
	connect_to_server(&back, server, SOCK_RAW);
	sctp_packet(client, sport, dport, 0, INIT, to_client);
	sctp_packet(server, dport, sport, to_client, INIT_ACK, to_server);
	sctp_packet(client, sport, dport, to_server, COOKIE_ECHO, 0);
	sctp_packet(server, dport, sport, to_client, COOKIE_ACK, 0);
}

/* An address that is there already is no error. */
static void addr(const struct flow *f)
{
	bool v6 = f->family == AF_INET6;
	size_t len = v6 ? 16 : 4;
	const void *bytes = v6 ? (const void *)&f->src.v6.sin6_addr : &f->src.v4.sin_addr;
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
		uint8_t attrs[2 * (4 + 16)];
	} req = {.h = {.nlmsg_type = RTM_NEWADDR,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE},
		 .m = {.ifa_family = (uint8_t)f->family,
		       .ifa_prefixlen = (uint8_t)(len * 8),
		       .ifa_flags = v6 ? IFA_F_NODAD : 0,
		       .ifa_index = if_nametoindex("lo")}};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t rest[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const uint16_t types[2] = {IFA_LOCAL, IFA_ADDRESS};

	for (unsigned i = 0; i < 2; i++) {
		struct nlattr a = {.nla_len = (uint16_t)(4 + len), .nla_type = types[i]};
		uint8_t *at = req.attrs + i * (4 + len);

		memcpy(at, &a, sizeof(a));
		memcpy(at + sizeof(a), bytes, len);
	}
	req.h.nlmsg_len = (uint32_t)(NLMSG_SPACE(sizeof(req.m)) + 2 * (4 + len));
	if (fd < 0 || send(fd, &req, req.h.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_SPACE(sizeof(answer.e.error)))
		fail("rtnetlink");
	errno = -answer.e.error;
	if (answer.h.nlmsg_type != NLMSG_ERROR || errno)
		fail("new address");
}

static const struct kind {
	const char *name;
	void (*make)(const struct flow *f);
	bool held;
} kinds[] = {
	{"addr", addr, false},
	{"tcp", tcp, true},
	{"tcp-syn", tcp_syn, false},
	{"tcp-half", tcp_half, true},
	{"tcp-timewait", tcp_timewait, false},
	{"tcp-close", tcp_close, false},
	{"udp", udp, false},
	{"udp-one", udp_one, false},
	{"udp-stream", udp_stream, false},
	{"udp-many", udp_many, false},
	{"udp-server", udp_server, false},
	{"udp-ask", udp_ask, false},
	{"udplite", udplite, false},
	{"icmp", icmp, false},
	{"gre", gre, false},
	{"sctp", sctp, true},
	{"sctp-raw", sctp_raw, false},
	{"proto", proto, false},
};

/* Holds the open sockets: in a child that shares them, whose pid the parent prints, or here. */
static void hold(bool here)
{
	pid_t pid = here ? getpid() : fork();

	if (pid < 0)
		fail("fork");
	if (pid) {
		printf("%d\n", (int)pid);
		fflush(stdout);
		if (!here)
			return;
	} else {
		/* Whoever reads our output through a pipe need not wait for the holder. */
		int null = open("/dev/null", O_RDWR);

		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
	}
	alarm(HELD);
	for (;;)
		pause();
}

static union addr ct_parse_addr(const char *s)
{
	union addr a = {0};

	if (inet_pton(AF_INET, s, &a.v4.sin_addr) == 1)
		a.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, s, &a.v6.sin6_addr) == 1)
		a.sa.sa_family = AF_INET6;
	else
		wrong("not an address", s);
	return a;
}

static unsigned ct_parse_number(const char *s, unsigned long max)
{
	char *end;
	unsigned long v = strtoul(s, &end, 0);

	if (end == s || *end || v > max)
		wrong("not a number in range", s);
	return (unsigned)v;
}

/* Makes both addresses of one family; no source is the wildcard address. */
static void settle(struct flow *f)
{
	sa_family_t src = f->src.sa.sa_family, dst = f->dst.sa.sa_family;

	if (src && dst && src != dst)
		wrong("two families", "-s and -d");
	f->family = src ? src : dst ? dst : AF_INET;
	if (!src)
		f->src.sa.sa_family = (sa_family_t)f->family;
	if (!dst)
		f->dst = ct_parse_addr(f->family == AF_INET6 ? "::1" : "127.0.0.1");
}

int main(int argc, char **argv)
{
	struct flow f = {0};
	bool stay = false;
	int c;

	if (argc < 2)
		wrong("usage", "KIND [-s ADDR] [-d ADDR] [-p PORT] [-P SPORT] [-n COUNT] [-S]");
	while ((c = getopt(argc - 1, argv + 1, "s:d:p:P:n:S")) != -1) {
		switch (c) {
		case 's':
			f.src = ct_parse_addr(optarg);
			break;
		case 'd':
			f.dst = ct_parse_addr(optarg);
			break;
		case 'p':
			f.port = ct_parse_number(optarg, 65535);
			break;
		case 'P':
			f.sport = ct_parse_number(optarg, 65535);
			break;
		case 'n':
			f.count = ct_parse_number(optarg, 10000000);
			break;
		case 'S':
			stay = true;
			break;
		default:
			return 2;
		}
	}
	if (optind + 1 < argc)
		wrong("left over", argv[optind + 1]);
	settle(&f);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		alarm(PATIENCE);
		kinds[i].make(&f);
		if (stay || kinds[i].held)
			hold(stay);
		return 0;
	}
	wrong("no such kind", argv[1]);
}
