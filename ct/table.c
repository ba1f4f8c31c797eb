#include "ct/table.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/encode.h"
#include "ct/proc.h"
#include "ct/pushdown.h"
#include "ct/uapi.h"
#include "nl/msg.h"

#define PROC_COUNT  "/proc/sys/net/netfilter/nf_conntrack_count"
#define PROC_MAX    "/proc/sys/net/netfilter/nf_conntrack_max"
#define PROC_EXPECT "/proc/sys/net/netfilter/nf_conntrack_expect_max"
#define PROC_STATS  "/proc/net/stat/nf_conntrack"

#define REQUEST_SIZE 1024

int ct_open(struct ct_handle *c)
{
	c->no_pushdown = false;
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

static int talk(struct ct_handle *c, struct nl_buf *b, const struct nl_sink *sink)
{
	int err = nl_end(b);

	return err ? err : nl_talk(&c->sock, b->data, b->len, c->buf, sizeof(c->buf), sink);
}

/* Stands between the dump and the caller's sink: lets through what matches. */
struct matcher {
	const struct ct_filter *filter;
	const struct nl_sink *sink;
	uint16_t type;
};

static int match_message(const struct nlmsghdr *h, void *arg)
{
	const struct matcher *m = arg;

	if (h->nlmsg_type != m->type || (m->filter && !ct_filter_match(m->filter, h)))
		return 0;
	return m->sink->message(h, m->sink->arg);
}

static int match_datagram(void *arg)
{
	const struct matcher *m = arg;

	return m->sink->datagram ? m->sink->datagram(m->sink->arg) : 0;
}

static int list_all(struct ct_handle *c, uint16_t type, const struct ct_filter *f, bool push,
		    const struct nl_sink *sink)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;
	bool pushed;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	begin(c, &b, type, NLM_F_DUMP, f ? f->family : AF_UNSPEC);
	pushed = push && f && ct_pushdown(&b, f, ct_kernel());
	err = talk(c, &b, sink);
	if (pushed && (err == -EINVAL || err == -EOPNOTSUPP))
		return list_all(c, type, f, false, sink);
	return err;
}

int ct_get(struct ct_handle *c, const struct ct_tuple *t, bool reply, int zone,
	   const struct nl_sink *sink)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	err = ct_encode_get_tuple(&b, ++c->sock.seq, t, reply, zone);
	return err ? err : nl_talk(&c->sock, b.data, b.len, c->buf, sizeof(c->buf), sink);
}

int ct_list(struct ct_handle *c, enum ct_table table, const struct ct_filter *f,
	    const struct nl_sink *sink)
{
	struct matcher m = {f, sink, CT_MSG(IPCTNL_MSG_CT_NEW)};
	const struct nl_sink matching = {match_message, match_datagram, &m};
	struct ct_tuple t;
	int zone, err;

	switch (table) {
	case CT_TABLE_EXPECT:
		m.type = CT_EXP_MSG(IPCTNL_MSG_EXP_NEW);
		m.filter = NULL;
		return list_all(c, CT_EXP_MSG(IPCTNL_MSG_EXP_GET), f, false, &matching);
	case CT_TABLE_DYING:
		return list_all(c, CT_MSG(IPCTNL_MSG_CT_GET_DYING), f, false, &matching);
	case CT_TABLE_UNCONFIRMED:
		return list_all(c, CT_MSG(IPCTNL_MSG_CT_GET_UNCONFIRMED), f, false, &matching);
	default:
		if (f && !c->no_pushdown && ct_pushdown_exact(f, &t, &zone)) {
			err = ct_get(c, &t, false, zone, &matching);
			if (err != -EINVAL && err != -EOPNOTSUPP)
				return err == -ENOENT ? 0 : err;
		}
		return list_all(c, CT_MSG(IPCTNL_MSG_CT_GET), f, !c->no_pushdown, &matching);
	}
}

static int ignore_message(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
	return 0;
}

int ct_flush(struct ct_handle *c, enum ct_table table, uint8_t family)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	if (table == CT_TABLE_EXPECT)
		err = ct_encode_flush_expect(&b, ++c->sock.seq);
	else
		err = ct_encode_flush(&b, ++c->sock.seq, family);
	return err ? err
		   : nl_talk(&c->sock, b.data, b.len, c->buf, sizeof(c->buf),
			     &(struct nl_sink){.message = ignore_message});
}

struct counts {
	uint32_t entries, limit;
	bool seen;
};

static int count_message(const struct nlmsghdr *h, void *arg)
{
	struct counts *n = arg;
	struct nl_attr a;

	if (nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_STATS_GLOBAL_ENTRIES, 4, &a))
		n->seen = nl_be32(&a, &n->entries);
	if (nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_STATS_GLOBAL_MAX_ENTRIES, 4, &a))
		nl_be32(&a, &n->limit);
	return 0;
}

static bool read_number(const char *path, uint32_t *v)
{
	char text[32];
	uint64_t n;

	if (ct_proc_read(path, text, sizeof(text)) < 0 || !ct_proc_number(text, 10, &n))
		return false;
	*v = (uint32_t)n;
	return true;
}

uint32_t ct_expect_limit(void)
{
	uint32_t limit;

	return read_number(PROC_EXPECT, &limit) ? limit : 0;
}

int ct_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit)
{
	uint32_t req[REQUEST_SIZE / 4];
	struct counts n = {0};
	struct nl_buf b;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	begin(c, &b, CT_MSG(IPCTNL_MSG_CT_GET_STATS), NLM_F_ACK, AF_UNSPEC);
	err = talk(c, &b, &(struct nl_sink){.message = count_message, .arg = &n});
	if (!err && !n.seen)
		err = -EBADMSG;
	if (err == -EPERM && read_number(PROC_COUNT, &n.entries))
		err = 0;
	if (!n.limit && !read_number(PROC_MAX, &n.limit))
		n.limit = 0;
	*entries = n.entries;
	*limit = n.limit;
	return err;
}

bool ct_missing(void)
{
	struct ct_handle c;
	uint32_t entries, limit;
	bool missing;

	if (ct_open(&c))
		return false;
	missing = ct_count(&c, &entries, &limit) == -EINVAL;
	ct_close(&c);
	return missing;
}

struct stats_sink {
	int (*fn)(const struct ct_stats *s, void *arg);
	void *arg;
};

static int stats_message(const struct nlmsghdr *h, void *arg)
{
	const struct stats_sink *sink = arg;
	struct ct_stats s;

	return ct_stats_decode(&s, h) < 0 ? 0 : sink->fn(&s, sink->arg);
}

/* One line a CPU below a line of column names. The file may be longer than c's buffer only on
 * machines of more than about 150 processors; those beyond are not told. */
static int stats_from_proc(struct ct_handle *c, bool expect, const struct stats_sink *sink)
{
	char *header = (char *)c->buf, *line, *next;
	struct ct_stats s = {0};
	int err = ct_proc_read(PROC_STATS, header, sizeof(c->buf));

	if (err < 0)
		return err;
	err = 0;
	next = strchr(header, '\n');
	if (!next)
		return -EBADMSG;
	*next++ = 0;
	for (line = next; !err && (next = strchr(line, '\n')); line = next, s.cpu++) {
		*next++ = 0;
		err = ct_stats_parse_proc(&s, expect, header, line);
		if (!err)
			err = sink->fn(&s, sink->arg);
	}
	return err;
}

int ct_stats(struct ct_handle *c, enum ct_table table,
	     int (*fn)(const struct ct_stats *s, void *arg), void *arg)
{
	bool expect = table == CT_TABLE_EXPECT;
	struct stats_sink sink = {fn, arg};
	uint32_t req[REQUEST_SIZE / 4];
	struct nl_buf b;
	int err;

	nl_buf_init(&b, req, sizeof(req));
	begin(c, &b,
	      expect ? CT_EXP_MSG(IPCTNL_MSG_EXP_GET_STATS_CPU)
		     : CT_MSG(IPCTNL_MSG_CT_GET_STATS_CPU),
	      NLM_F_DUMP, AF_UNSPEC);
	err = talk(c, &b, &(struct nl_sink){.message = stats_message, .arg = &sink});
	return err == -EPERM && !stats_from_proc(c, expect, &sink) ? 0 : err;
}
