#include "ct/table.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/encode.h"
#include "ct/item.h"
#include "ct/proc.h"
#include "ct/pushdown.h"
#include "ct/uapi.h"
#include "nl/msg.h"

#define PROC_STATS "/proc/net/stat/nf_conntrack"

#define REQUEST_SIZE 1024

int ct_open(struct ct_handle *c)
{
	c->no_pushdown = c->interrupted = false;
	return nl_open(&c->sock, NETLINK_NETFILTER);
}

void ct_close(struct ct_handle *c)
{
	nl_close(&c->sock);
}

/* A request without attributes. */
static void begin(struct ct_handle *c, struct nl_buf *b, uint16_t type, uint16_t flags,
		  uint8_t family)
{
	nl_begin(b, type, flags, ++c->sock.seq);
	nl_put_nfgen(b, family, NFNETLINK_V0, 0);
}

static void ask(struct ct_handle *c, struct nl_buf *b, struct nl_reply *r)
{
	nl_reply_begin(r, &c->sock, b->data, b->len, c->buf, sizeof(c->buf));
}

/* How much of its filter a list has the kernel look at, from most to least. */
enum stage {
	STAGE_EXACT,	 /* the one entry that it can match is asked for */
	STAGE_AS_LISTED, /* the same by another name */
	STAGE_NARROW,	 /* the dump is narrowed */
	STAGE_WHOLE,	 /* by family at most */
};

/* Sends the request of the list's stage, or of a later one where that stage does nothing. */
static void send_request(struct ct_list *l)
{
	const struct ct_filter *f = l->filter;
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	if (l->stage == STAGE_EXACT && !l->given && !ct_pushdown_exact(f, &l->one, &l->zone))
		l->stage = STAGE_NARROW;
	if (l->stage < STAGE_NARROW) {
		ct_encode_get_tuple(&b, ++l->ct->sock.seq, &l->one, l->by_reply, l->zone,
				    l->stage == STAGE_AS_LISTED);
		ask(l->ct, &b, &l->reply);
		return;
	}
	begin(l->ct, &b, l->request, NLM_F_DUMP, f ? f->family : AF_UNSPEC);
	if (l->stage != STAGE_WHOLE && f)
		l->stage = ct_pushdown(&b, f, ct_kernel()) ? STAGE_NARROW : STAGE_WHOLE;
	nl_end(&b);
	ask(l->ct, &b, &l->reply);
}

void ct_list_begin(struct ct_list *l, struct ct_handle *c, enum ct_table table,
		   const struct ct_filter *f)
{
	static const uint16_t requests[] = {
		[CT_TABLE_CONNTRACK] = CT_MSG(IPCTNL_MSG_CT_GET),
		[CT_TABLE_EXPECT] = CT_EXP_MSG(IPCTNL_MSG_EXP_GET),
		[CT_TABLE_DYING] = CT_MSG(IPCTNL_MSG_CT_GET_DYING),
		[CT_TABLE_UNCONFIRMED] = CT_MSG(IPCTNL_MSG_CT_GET_UNCONFIRMED),
		[CT_TABLE_ALL] = CT_MSG(IPCTNL_MSG_CT_GET),
	};

	l->ct = c;
	l->filter = f && !ct_filter_is_empty(f) ? f : NULL;
	l->request = requests[table];
	l->type = table == CT_TABLE_EXPECT ? CT_EXP_MSG(IPCTNL_MSG_EXP_NEW)
					   : CT_MSG(IPCTNL_MSG_CT_NEW);
	l->stage = !l->filter || c->no_pushdown || l->request != CT_MSG(IPCTNL_MSG_CT_GET)
			   ? STAGE_WHOLE
			   : STAGE_EXACT;
	l->any = l->mirrored = l->given = l->by_reply = false;
	send_request(l);
}

void ct_list_one(struct ct_list *l, struct ct_handle *c, const struct ct_tuple *t, bool reply,
		 int zone, const struct ct_filter *f)
{
	l->ct = c;
	l->filter = f && !ct_filter_is_empty(f) ? f : NULL;
	l->request = CT_MSG(IPCTNL_MSG_CT_GET);
	l->type = CT_MSG(IPCTNL_MSG_CT_NEW);
	l->stage = STAGE_EXACT;
	l->any = l->mirrored = false;
	l->given = true;
	l->by_reply = reply;
	l->one = *t;
	l->zone = t->has & CT_T_ZONE ? t->zone : zone > 0 ? (uint16_t)zone : 0;
	send_request(l);
}

/* True when what has been received calls for the request of the next stage. The kernel does not
 * take this filter, does not know it, or has no zones; or another entry was in front of the one
 * that was asked for. */
static bool asks_again(const struct ct_list *l, int err)
{
	if (l->any || l->stage == STAGE_WHOLE)
		return false;
	return err == -EOPNOTSUPP || (err == -EINVAL && !l->given) || (!err && l->mirrored);
}

int ct_list_receive(struct ct_list *l)
{
	int err = nl_reply_receive(&l->reply);

	l->ct->interrupted |= l->reply.intr;
	if (err == -ENOENT && l->stage < STAGE_NARROW && !l->given)
		return nl_fail(&l->reply.err, 0);
	if (!asks_again(l, err))
		return err;
	l->stage++;
	l->mirrored = false;
	send_request(l);
	return ct_list_receive(l);
}

/* True when the entry is the one that has the tuple that is asked for, in that zone. */
static bool is_the_one(const struct ct_list *l, const struct nlmsghdr *h)
{
	const struct ct_tuple *t;
	struct ct_entry e;

	if (ct_entry_decode(&e, h))
		return false;
	t = l->by_reply ? &e.reply : &e.orig;
	return ct_same_tuple(t, &l->one) && ct_entry_zone(&e, t) == l->zone;
}

const struct nlmsghdr *ct_list_next(struct ct_list *l)
{
	const struct nlmsghdr *h;

	while ((h = nl_reply_next(&l->reply))) {
		if (h->nlmsg_type != l->type)
			continue;
		if ((!l->filter || ct_match(l->filter, h)) && (!l->given || is_the_one(l, h))) {
			l->any = true;
			return h;
		}
		if (l->stage < STAGE_NARROW)
			l->mirrored = !is_the_one(l, h);
	}
	return NULL;
}

int ct_flush(struct ct_handle *c, enum ct_table table, uint8_t family, struct nl_err *err)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	if (table == CT_TABLE_EXPECT)
		ct_encode_flush_expect(&b, ++c->sock.seq);
	else
		ct_encode_flush(&b, ++c->sock.seq, family);
	return nl_request(&c->sock, b.data, b.len, c->buf, sizeof(c->buf), err);
}

int ct_flush_mark(struct ct_handle *c, uint8_t family, const struct ct_bits *mark,
		  struct nl_err *err)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;

	if (c->no_pushdown || ct_kernel() < CT_KERNEL(5, 8))
		return nl_fail(err, -EOPNOTSUPP);
	nl_buf_init(&b, req, sizeof(req));
	ct_encode_flush_mark(&b, ++c->sock.seq, family, mark);
	if (nl_request(&c->sock, b.data, b.len, c->buf, sizeof(c->buf), err) == -EINVAL)
		nl_fail(err, -EOPNOTSUPP);
	return err->err;
}

static bool read_sysctl(const char *name, uint32_t *v)
{
	uint64_t n;

	if (!ct_proc_sysctl(name, &n))
		return false;
	*v = (uint32_t)n;
	return true;
}

uint32_t ct_expect_limit(void)
{
	uint32_t limit;

	return read_sysctl("expect_max", &limit) ? limit : 0;
}

/* Asks the kernel for the numbers; those that it does not tell are 0. */
static int ask_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit, struct nl_err *err)
{
	uint32_t req[REQUEST_SIZE / 4];
	const struct nlmsghdr *h;
	bool seen = false;
	struct nl_reply r;
	struct nl_attr a;
	struct nl_buf b;

	*entries = *limit = 0;
	nl_buf_init(&b, req, sizeof(req));
	begin(c, &b, CT_MSG(IPCTNL_MSG_CT_GET_STATS), NLM_F_ACK, AF_UNSPEC);
	nl_end(&b);
	ask(c, &b, &r);
	while (nl_reply_receive(&r) > 0)
		while ((h = nl_reply_next(&r))) {
			struct nl_iter attrs = nl_attrs(h, NL_NFGEN_LEN);

			if (nl_find(attrs, CTA_STATS_GLOBAL_ENTRIES, 4, &a))
				seen = nl_be32(&a, entries);
			if (nl_find(attrs, CTA_STATS_GLOBAL_MAX_ENTRIES, 4, &a))
				nl_be32(&a, limit);
		}
	*err = r.err;
	return err->err || seen ? err->err : nl_fail(err, -EBADMSG);
}

int ct_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit, struct nl_err *err)
{
	if (ask_count(c, entries, limit, err) == -EPERM && read_sysctl("count", entries))
		nl_fail(err, 0);
	if (!*limit && !read_sysctl("max", limit))
		*limit = 0;
	return err->err;
}

/* Returns the error of a request that only needs ctnetlink and the capability. */
static int probe(void)
{
	struct ct_handle c;
	uint32_t entries, limit;
	struct nl_err err;

	if (ct_open(&c))
		return 0;
	ask_count(&c, &entries, &limit, &err);
	ct_close(&c);
	return err.err;
}

bool ct_missing(void)
{
	return probe() == -EINVAL;
}

bool ct_forbidden(void)
{
	return probe() == -EPERM;
}

void ct_stats_begin(struct ct_stats_list *l, struct ct_handle *c, enum ct_table table)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;

	l->ct = c;
	l->expect = table == CT_TABLE_EXPECT;
	l->line = NULL;
	nl_buf_init(&b, req, sizeof(req));
	begin(c, &b,
	      l->expect ? CT_EXP_MSG(IPCTNL_MSG_EXP_GET_STATS_CPU)
			: CT_MSG(IPCTNL_MSG_CT_GET_STATS_CPU),
	      NLM_F_DUMP, AF_UNSPEC);
	nl_end(&b);
	ask(c, &b, &l->reply);
}

/* Reads the counters in /proc: their header line goes to the handle's buffer, terminated, and
 * l->line stands behind it. False when they cannot be read. The file may be longer than the buffer
 * only on machines of more than about 150 processors; those beyond are not told. */
static bool read_proc(struct ct_stats_list *l)
{
	char *header = (char *)l->ct->buf;
	char *end = ct_proc_read(PROC_STATS, header, sizeof(l->ct->buf)) < 0 ? NULL
									     : strchr(header, '\n');

	if (!end)
		return false;
	*end = 0;
	l->line = end + 1;
	l->cpu = 0;
	return true;
}

/* One line a CPU below a line of column names. */
static int next_line(struct ct_stats_list *l, struct ct_stats *s)
{
	char *line = l->line, *end = strchr(line, '\n');
	int err;

	if (!end)
		return 0;
	*end = 0;
	l->line = end + 1;
	s->cpu = l->cpu++;
	err = ct_stats_parse_proc(s, l->expect, (const char *)l->ct->buf, line);
	return err ? nl_fail(&l->reply.err, err) : 1;
}

int ct_stats_next(struct ct_stats_list *l, struct ct_stats *s)
{
	const struct nlmsghdr *h;
	int err = 1;

	while (!l->line && err > 0) {
		while ((h = nl_reply_next(&l->reply)))
			if (!ct_stats_decode(s, h))
				return 1;
		err = nl_reply_receive(&l->reply);
		if (err == -EPERM && read_proc(l))
			nl_fail(&l->reply.err, 0);
	}
	return l->line ? next_line(l, s) : err;
}
