/*
 * netns [-u] [-a] [-t] [-l] [-H] [-m] [--] CMD ARG...
 *
 * Runs CMD in a network namespace of its own, with lo up and connection tracking on for IPv4 and
 * IPv6. A fresh namespace tracks nothing until a rule needs it, so a rule is added here, by raw
 * nf_tables messages: no other program is needed.
 *
 *	-u	also in a user namespace of its own, as root there; implied when not root
 *	-a	net.netfilter.nf_conntrack_acct=1
 *	-t	net.netfilter.nf_conntrack_timestamp=1
 *	-l	a rule that sets labels: entries get room for labels only while there is one
 *	-H	real connections to TCP port 2121 get the helper ftp
 *	-m	also a mount namespace of its own, with an empty /run
 *
 * The exit code is CMD's; 77 where the kernel or the permissions lack something; 2 for a wrong
 * command line; 126 or 127 where CMD cannot be run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define CANNOT	    77
#define TABLE	    "tracking"
#define CHAIN	    "rules"
#define OUTPUT	    "output"
#define HELPER	    "ftp"
#define HELPER_PORT 2121

/* From linux/netfilter.h, which does not go together with every libc's netinet/in.h. */
enum { INET = 1, HOOK_OUTPUT = 3 };

/* One batch: messages one after another, numbered from 0. */
struct batch {
	_Alignas(4) uint8_t data[4096];
	uint32_t len;
	uint32_t msg; /* offset of the message being built */
	uint32_t n;
	const char *what[16]; /* by number, for error messages */
};

static void __attribute__((noreturn)) cannot(const char *what, int err)
{
	fprintf(stderr, "netns: %s: %s\n", what, strerror(err));
	exit(CANNOT);
}

static void set_len(struct batch *b, uint32_t at, uint32_t len, size_t width)
{
	uint16_t half = (uint16_t)len;

	if (width == sizeof(half))
		memcpy(b->data + at, &half, sizeof(half));
	else
		memcpy(b->data + at, &len, sizeof(len));
}

/* Appends bytes and pads to 4. All sizes are known when this file is written. */
static void append(struct batch *b, const void *data, size_t len)
{
	if (b->len + len + 3 > sizeof(b->data))
		abort();
	memcpy(b->data + b->len, data, len);
	b->len += (uint32_t)NLMSG_ALIGN(len);
}

static void begin(struct batch *b, const char *what, int type, int flags, int family, int res_id)
{
	struct nlmsghdr h = {.nlmsg_type = (uint16_t)type,
			     .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
			     .nlmsg_seq = b->n};
	struct nfgenmsg g = {.nfgen_family = (uint8_t)family, .res_id = htons((uint16_t)res_id)};

	b->msg = b->len;
	b->what[b->n++] = what;
	append(b, &h, sizeof(h));
	append(b, &g, sizeof(g));
}

static void end(struct batch *b)
{
	set_len(b, b->msg, b->len - b->msg, sizeof(uint32_t));
}

static void put(struct batch *b, int type, const void *data, size_t len)
{
	struct nlattr a = {.nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = (uint16_t)type};

	append(b, &a, sizeof(a));
	append(b, data, len);
}

static void put_str(struct batch *b, int type, const char *s)
{
	put(b, type, s, strlen(s) + 1);
}

static void put_be32(struct batch *b, int type, uint32_t v)
{
	v = htonl(v);
	put(b, type, &v, sizeof(v));
}

static uint32_t nest(struct batch *b, int type)
{
	uint32_t at = b->len;

	put(b, type | NLA_F_NESTED, "", 0);
	return at;
}

static void nest_end(struct batch *b, uint32_t at)
{
	set_len(b, at, b->len - at, sizeof(uint16_t));
}

/* Puts a value as nf_tables wants it: nested once more. */
static void put_value(struct batch *b, int type, const void *data, size_t len)
{
	uint32_t value = nest(b, type);

	put(b, NFTA_DATA_VALUE, data, len);
	nest_end(b, value);
}

/* Begins a message that creates something in our table. */
static void create(struct batch *b, const char *what, int type, int flags)
{
	begin(b, what, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_CREATE | NLM_F_ACK | flags, INET, 0);
	put_str(b, 1, TABLE); /* NFTA_TABLE_NAME, _CHAIN_TABLE, _RULE_TABLE, _OBJ_TABLE */
}

static uint32_t rule(struct batch *b, const char *what, const char *chain)
{
	create(b, what, NFT_MSG_NEWRULE, NLM_F_APPEND);
	put_str(b, NFTA_RULE_CHAIN, chain);
	return nest(b, NFTA_RULE_EXPRESSIONS);
}

static void rule_end(struct batch *b, uint32_t expressions)
{
	nest_end(b, expressions);
	end(b);
}

/* An expression in a rule: expr(), its attributes, expr_end(). */
struct expr {
	uint32_t elem, data;
};

static struct expr expr(struct batch *b, const char *name)
{
	struct expr e = {.elem = nest(b, NFTA_LIST_ELEM)};

	put_str(b, NFTA_EXPR_NAME, name);
	e.data = nest(b, NFTA_EXPR_DATA);
	return e;
}

static void expr_end(struct batch *b, struct expr e)
{
	nest_end(b, e.data);
	nest_end(b, e.elem);
}

static void compare(struct batch *b, const void *data, size_t len)
{
	struct expr e = expr(b, "cmp");

	put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	put_be32(b, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(b, NFTA_CMP_DATA, data, len);
	expr_end(b, e);
}

/* Any rule that reads the state turns tracking on, in a chain that no packet ever sees too. */
static void add_tracking(struct batch *b)
{
	uint32_t exprs;
	struct expr e;

	create(b, "nf_tables: no table", NFT_MSG_NEWTABLE, 0);
	end(b);
	create(b, "nf_tables: no chain", NFT_MSG_NEWCHAIN, 0);
	put_str(b, NFTA_CHAIN_NAME, CHAIN);
	end(b);
	exprs = rule(b, "nf_tables: no rule with ct state", CHAIN);
	e = expr(b, "ct");
	put_be32(b, NFTA_CT_DREG, NFT_REG_1);
	put_be32(b, NFTA_CT_KEY, NFT_CT_STATE);
	expr_end(b, e);
	rule_end(b, exprs);
}

static void add_labels(struct batch *b)
{
	const uint8_t label[16] = {1};
	uint32_t exprs = rule(b, "nf_tables: no rule that sets labels", CHAIN);
	struct expr e = expr(b, "immediate");

	put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	put_value(b, NFTA_IMMEDIATE_DATA, label, sizeof(label));
	expr_end(b, e);
	e = expr(b, "ct");
	put_be32(b, NFTA_CT_KEY, NFT_CT_LABELS);
	put_be32(b, NFTA_CT_SREG, NFT_REG_1);
	expr_end(b, e);
	rule_end(b, exprs);
}

/* An object for the helper, a chain on the output hook, and "tcp dport 2121 ct helper set". */
static void add_helper(struct batch *b)
{
	const uint8_t tcp = IPPROTO_TCP;
	const uint16_t port = htons(HELPER_PORT);
	uint32_t at;
	struct expr e;

	create(b, "nf_tables: no helper " HELPER, NFT_MSG_NEWOBJ, 0);
	put_str(b, NFTA_OBJ_NAME, HELPER);
	put_be32(b, NFTA_OBJ_TYPE, NFT_OBJECT_CT_HELPER);
	at = nest(b, NFTA_OBJ_DATA);
	put_str(b, NFTA_CT_HELPER_NAME, HELPER);
	put(b, NFTA_CT_HELPER_L4PROTO, &tcp, sizeof(tcp));
	nest_end(b, at);
	end(b);

	create(b, "nf_tables: no chain on output", NFT_MSG_NEWCHAIN, 0);
	put_str(b, NFTA_CHAIN_NAME, OUTPUT);
	at = nest(b, NFTA_CHAIN_HOOK);
	put_be32(b, NFTA_HOOK_HOOKNUM, HOOK_OUTPUT);
	put_be32(b, NFTA_HOOK_PRIORITY, 0);
	nest_end(b, at);
	put_str(b, NFTA_CHAIN_TYPE, "filter");
	end(b);

	at = rule(b, "nf_tables: no rule that attaches a helper", OUTPUT);
	e = expr(b, "meta");
	put_be32(b, NFTA_META_KEY, NFT_META_L4PROTO);
	put_be32(b, NFTA_META_DREG, NFT_REG_1);
	expr_end(b, e);
	compare(b, &tcp, sizeof(tcp));
	e = expr(b, "payload");
	put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_be32(b, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
	put_be32(b, NFTA_PAYLOAD_OFFSET, 2);
	put_be32(b, NFTA_PAYLOAD_LEN, sizeof(port));
	expr_end(b, e);
	compare(b, &port, sizeof(port));
	e = expr(b, "objref");
	put_be32(b, NFTA_OBJREF_IMM_TYPE, NFT_OBJECT_CT_HELPER);
	put_str(b, NFTA_OBJREF_IMM_NAME, HELPER);
	expr_end(b, e);
	rule_end(b, at);
}

/* Sends the batch and reads an acknowledgement for each message but the first and the last. */
static void commit(const struct batch *b)
{
	_Alignas(struct nlmsghdr) uint8_t buf[8192];
	const struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		cannot("netfilter netlink", errno);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, b->data, b->len, 0) < 0)
		cannot("nf_tables", errno);
	for (uint32_t acks = b->n - 2; acks;) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		if (len < 0)
			cannot("nf_tables: no answer", errno);
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq >= b->n)
				continue;
			if (e->error)
				cannot(b->what[h->nlmsg_seq], -e->error);
			acks -= acks > 0;
		}
	}
	close(fd);
}

static void set_rules(bool labels, bool helper)
{
	struct batch b = {0};

	begin(&b, "nf_tables", NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES);
	end(&b);
	add_tracking(&b);
	if (labels)
		add_labels(&b);
	if (helper)
		add_helper(&b);
	begin(&b, "nf_tables", NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES);
	end(&b);
	commit(&b);
}

/* Writes a file of /proc. Returns 0 or an errno value. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void must_write(const char *path, const char *text)
{
	int err = write_file(path, text);

	if (err)
		cannot(path, err);
}

static void enter(bool user, bool mounts)
{
	unsigned uid = geteuid();
	unsigned gid = getegid();
	char map[32];

	if (unshare(CLONE_NEWNET | (user ? CLONE_NEWUSER : 0) | (mounts ? CLONE_NEWNS : 0)))
		cannot(user ? "no user and network namespace" : "no network namespace", errno);
	if (user) {
		must_write("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "0 %u 1", uid);
		must_write("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "0 %u 1", gid);
		must_write("/proc/self/gid_map", map);
	}
	if (!mounts)
		return;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") ||
	    mkdir("/run/netns", 0755))
		cannot("no /run of its own", errno);
}

static void raise_lo(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r))
		cannot("lo stays down", errno);
	close(fd);
}

int main(int argc, char **argv)
{
	bool user = geteuid() != 0;
	bool acct = false, stamp = false, labels = false, helper = false, mounts = false;
	int c, err;

	while ((c = getopt(argc, argv, "+uatlHm")) != -1) {
		switch (c) {
		case 'u':
			user = true;
			break;
		case 'a':
			acct = true;
			break;
		case 't':
			stamp = true;
			break;
		case 'l':
			labels = true;
			break;
		case 'H':
			helper = true;
			break;
		case 'm':
			mounts = true;
			break;
		default:
			optind = argc;
		}
	}
	if (optind >= argc) {
		fputs("usage: netns [-u] [-a] [-t] [-l] [-H] [-m] [--] CMD ARG...\n", stderr);
		return 2;
	}
	enter(user, mounts);
	raise_lo();
	set_rules(labels, helper);
	/* After the rules, for they load the module that has these. */
	if (acct)
		must_write("/proc/sys/net/netfilter/nf_conntrack_acct", "1");
	if (stamp)
		must_write("/proc/sys/net/netfilter/nf_conntrack_timestamp", "1");
	/* The default is 2: entries older than the first listener are silent for good. */
	write_file("/proc/sys/net/netfilter/nf_conntrack_events", "1");
	execvp(argv[optind], argv + optind);
	err = errno;
	fprintf(stderr, "netns: %s: %s\n", argv[optind], strerror(err));
	return err == ENOENT ? 127 : 126;
}
