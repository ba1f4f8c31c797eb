#define _GNU_SOURCE
#include "ct/tracking.h"

#include <errno.h>
#include <string.h>

#include "ct/proc.h"
#include "ct/uapi.h"
#include "nl/msg.h"

/* Asks for a dump, to which attributes may have been added. */
static void ask(struct ct_handle *c, struct nl_reply *r, struct nl_buf *b)
{
	nl_end(b);
	nl_reply_begin(r, &c->sock, b->data, b->len, c->buf, sizeof(c->buf));
}

static void begin(struct ct_handle *c, struct nl_buf *b, uint16_t type, uint8_t family)
{
	nl_begin(b, type, NLM_F_DUMP, ++c->sock.seq);
	nl_put_nfgen(b, family, NFNETLINK_V0, 0);
}

static bool is_one_of(struct nl_str name, const char *const *list)
{
	while (*list && (strlen(*list) != name.len || memcmp(*list, name.p, name.len) != 0))
		list++;
	return *list;
}

static bool contains(struct nl_str s, const char *word)
{
	size_t len = strlen(word);

	while (s.len >= len && memcmp(s.p, word, len) != 0)
		s.p++, s.len--;
	return s.len >= len;
}

/* True when a hook tracks connections, or may, as it does not tell its name. */
static bool hook_tracks(const struct nlmsghdr *h)
{
	struct nl_attr a;
	struct nl_str name;

	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), CT_HOOK_FUNCTION, 1, &a))
		return true;
	name = nl_string(&a);
	return contains(name, "conntrack") || contains(name, "nf_ct_");
}

/* True when an expression of a rule of nf_tables may ask for tracking. Of an object that it refers
 * to object_tracks() tells. */
static bool rule_tracks(const struct nlmsghdr *h)
{
	static const char *const others[] = {
		"bitwise", "byteorder", "cmp",	 "counter",   "dup",	"dynset", "exthdr",
		"fib",	   "fwd",	"hash",	 "immediate", "inner",	"last",	  "limit",
		"log",	   "lookup",	"meta",	 "notrack",   "numgen", "objref", "osf",
		"payload", "queue",	"quota", "range",     "reject", "rt",	  "socket",
		"tproxy",  "tunnel",	"xfrm",	 NULL,
	};
	struct nl_attr list, one, name;
	struct nl_iter it;

	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), NFTA_RULE_EXPRESSIONS, 0, &list))
		return false;
	for (it = nl_nested(&list); nl_next(&it, &one);)
		if (!nl_find(nl_nested(&one), NFTA_EXPR_NAME, 1, &name) ||
		    !is_one_of(nl_string(&name), others))
			return true;
	return false;
}

/* True for an object of nf_tables that may ask for tracking. */
static bool object_tracks(const struct nlmsghdr *h)
{
	struct nl_attr a;
	uint32_t type;

	return !nl_find(nl_attrs(h, NL_NFGEN_LEN), NFTA_OBJ_TYPE, 4, &a) || !nl_be32(&a, &type) ||
	       (type != NFT_OBJECT_COUNTER && type != NFT_OBJECT_QUOTA && type != NFT_OBJECT_LIMIT);
}

/* True when something of a dump tracks. *err is how it ended. Linux 6.12 addresses its messages on
 * hooks to nobody, so the number of the request alone tells them. */
static bool any(struct nl_reply *r, bool (*tracks)(const struct nlmsghdr *h), int *err)
{
	bool found = false;

	while (nl_reply_receive(r) > 0) {
		const struct nlmsghdr *h = NULL;

		while ((h = nl_msg_next(r->buf, r->len, h)))
			if (h->nlmsg_seq == r->seq && h->nlmsg_type >= NLMSG_MIN_TYPE)
				found |= tracks(h);
		while (nl_reply_next(r))
			; /* takes in how it ends */
	}
	*err = r->err.err;
	return found;
}

/* By the hooks themselves. *err is -EINVAL where the kernel does not tell of them. */
static bool hooks_track(struct ct_handle *c, int *err)
{
	/* IPv4, IPv6, bridges */
	static const uint8_t families[] = {2, 10, 7};
	bool track = false;

	*err = 0;
	for (unsigned i = 0; i < sizeof(families) && !*err; i++) {
		struct nl_reply r;
		uint32_t req[16];
		struct nl_buf b;

		nl_buf_init(&b, req, sizeof(req));
		begin(c, &b, CT_HOOK_GET, families[i]);
		nl_put_be32(&b, CT_HOOK_NUMBER, 0); /* where packets come in */
		ask(c, &r, &b);
		track |= any(&r, hook_tracks, err);
		if (*err == -ENOENT || *err == -EOPNOTSUPP)
			*err = 0; /* none of this family */
	}
	return track;
}

/* By the rules and objects of nf_tables, where there are any. */
static bool rules_track(struct ct_handle *c)
{
	static const struct {
		uint16_t type;
		bool (*tracks)(const struct nlmsghdr *h);
	} dumps[] = {
		{NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, rule_tracks},
		{NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ, object_tracks},
	};

	for (unsigned i = 0; i < 2; i++) {
		struct nl_reply r;
		uint32_t req[16];
		struct nl_buf b;
		int err;

		nl_buf_init(&b, req, sizeof(req));
		begin(c, &b, dumps[i].type, 0);
		ask(c, &r, &b);
		if (any(&r, dumps[i].tracks, &err) || (err && err != -EINVAL))
			return true;
	}
	return false;
}

bool ct_untracked(struct ct_handle *c, bool legacy)
{
	int err;

	if (hooks_track(c, &err) || (err && (err != -EINVAL || legacy)))
		return false;
	return !rules_track(c);
}

bool ct_has_legacy_tables(void)
{
	static const char *const paths[] = {"/proc/net/ip_tables_names",
					    "/proc/net/ip6_tables_names"};

	for (unsigned i = 0; i < 2; i++) {
		char text[64];
		int n = ct_proc_read(paths[i], text, sizeof(text));

		if (n > 0 || (n < 0 && n != -ENOENT))
			return true;
	}
	return false;
}

bool ct_is_followed(void)
{
	struct ct_proc_socket s = {.groups = 0x3f}; /* those of ctnetlink's events */

	return ct_proc_netlink(&s) != 0;
}
