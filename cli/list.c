/* -L, -C, -S: what only reads. */
#include <errno.h>
#include <time.h>

#include "cli/run.h"

/* What the walk returns when --limit has been reached. */
#define ENOUGH 1

struct listing {
	struct run *run;
	bool expect; /* the table at hand */
	uint64_t shown[2];
};

static int show(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;
	struct fmt *f = &l->run->fmt;

	if (l->expect) {
		struct ct_expect x;

		if (ct_expect_decode(&x, h) < 0 || !ct_expect_match(&l->run->cmd->sel, &x))
			return 0;
		f->ops->expect(f, &x, NULL);
	} else {
		struct ct_entry e;

		if (ct_entry_decode(&e, h) < 0)
			return 0;
		f->ops->entry(f, &e, NULL);
	}
	l->shown[l->expect]++;
	return l->shown[0] + l->shown[1] == l->run->cmd->limit ? ENOUGH : 0;
}

static int count_only(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;
	struct ct_expect x;

	if (l->expect && (ct_expect_decode(&x, h) < 0 || !ct_expect_match(&l->run->cmd->sel, &x)))
		return 0;
	l->shown[l->expect]++;
	return 0;
}

/* The clock is read once per datagram: ages in whole seconds need no more. */
static int datagram(void *arg)
{
	struct listing *l = arg;

	l->run->fmt.now = time(NULL);
	return l->run->out->err;
}

/* Hands every entry that the command means to fn, table by table. */
static int walk(struct listing *l, int (*fn)(const struct nlmsghdr *h, void *arg))
{
	struct run *r = l->run;
	enum ct_table table = r->cmd->table;
	struct nl_sink sink = {fn, datagram, l};
	int err;

	l->expect = table == CT_TABLE_EXPECT;
	r->fmt.table = table == CT_TABLE_ALL ? "conntrack" : NULL;
	err = ct_list(r->ct, table == CT_TABLE_ALL ? CT_TABLE_CONNTRACK : table, &r->cmd->sel,
		      &sink);
	if (!err && table == CT_TABLE_ALL) {
		l->expect = true;
		r->fmt.table = "expect";
		err = ct_list(r->ct, CT_TABLE_EXPECT, &r->cmd->sel, &sink);
	}
	return r->out->err ? 0 : err; /* main() reports the output's error */
}

int run_list(struct run *r)
{
	struct listing l = {.run = r};
	int err;

	if (r->cmd->zero)
		return run_change(r);
	err = run_open(r);
	r->fmt.now = time(NULL);
	if (!err)
		err = walk(&l, show);
	if (err && err != ENOUGH)
		return refused(r, "list", err);
	if (r->ct->sock.intr)
		complain(r,
			 "the table changed while it was read: entries may be missing or double");
	run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	if (r->cmd->quiet)
		return 0;
	if (r->cmd->table != CT_TABLE_EXPECT)
		summary("%llu flow entries have been shown.", (unsigned long long)l.shown[0]);
	if (l.expect)
		summary("%llu expectations have been shown.", (unsigned long long)l.shown[1]);
	return 0;
}

/* One table: the kernel's own number where there is one, else by listing. */
static int count_table(struct run *r, enum ct_table table)
{
	bool expect = table == CT_TABLE_EXPECT;
	struct listing l = {.run = r, .expect = expect};
	struct nl_sink sink = {count_only, datagram, &l};
	uint32_t entries, limit = 0;
	int err;

	if (!expect && !r->cmd->sel.ntests) {
		err = ct_count(r->ct, &entries, &limit);
	} else {
		err = ct_list(r->ct, table, &r->cmd->sel, &sink);
		entries = (uint32_t)l.shown[expect];
	}
	if (!err)
		r->fmt.ops->count(&r->fmt, expect ? "expect" : "conntrack", entries, limit);
	return err;
}

int run_count(struct run *r)
{
	enum ct_table table = r->cmd->table;
	int err = run_open(r);

	if (r->cmd->format == &fmt_json && table != CT_TABLE_ALL)
		r->fmt.lines = true; /* one number needs no array */
	if (!err && table != CT_TABLE_EXPECT)
		err = count_table(r, CT_TABLE_CONNTRACK);
	if (!err && table != CT_TABLE_CONNTRACK)
		err = count_table(r, CT_TABLE_EXPECT);
	if (err)
		return refused(r, "count", err);
	run_end(r);
	return 0;
}

static int show_stats(const struct ct_stats *s, void *arg)
{
	struct run *r = arg;

	r->fmt.ops->stats(&r->fmt, r->cmd->table == CT_TABLE_EXPECT, s);
	return 0;
}

int run_stats(struct run *r)
{
	int err = run_open(r);

	if (!err)
		err = ct_stats(r->ct, r->cmd->table, show_stats, r);
	if (err)
		return refused(r, "read the counters", err);
	run_end(r);
	return 0;
}
