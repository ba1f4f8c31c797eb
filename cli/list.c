/* -L, -C, -S: what only reads. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/jump.h"
#include "cli/sort.h"
#include "cli/watch.h"

/* What the walk returns when --limit has been reached. */
#define ENOUGH 1

struct listing {
	struct run *run;
	bool expect; /* the table at hand */
	uint64_t shown[2];
	struct groups *groups;	 /* --group */
	struct sorting *sorting; /* --sort */
	struct jump jump;	 /* --jump */
};

static int show(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;
	struct fmt *f = &l->run->fmt;

	struct ct_expect x;
	struct ct_entry e;

	if (l->expect && (ct_expect_decode(&x, h) < 0 || !ct_expect_match(&l->run->cmd->sel, &x)))
		return 0;
	if (l->jump.target) {
		jump_entry(&l->jump, h, NULL);
	} else if (l->expect) {
		f->ops->expect(f, &x, NULL);
	} else {
		if (ct_entry_decode(&e, h) < 0)
			return 0;
		if (WITH_WATCH && l->run->watch)
			watch_entry(l->run->watch, &e);
		else
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

	jump_flush(&l->jump);
	l->run->fmt.now = now_ns();
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

static int group_message(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;
	struct ct_entry e;

	return ct_entry_decode(&e, h) < 0 ? 0 : groups_add(l->groups, &e);
}

static unsigned terminal_width(const struct run *r)
{
	struct winsize size;

	return !isatty(r->out->fd) || ioctl(r->out->fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* --group: instead of entries, one line for each group of them. */
static int list_groups(struct listing *l)
{
	struct run *r = l->run;
	int err;

	l->groups = groups_new(&r->cmd->group);
	if (!l->groups)
		return -ENOMEM;
	err = walk(l, group_message);
	if (!err)
		groups_print(l->groups, &r->fmt, r->cmd->sort, r->cmd->reverse, r->cmd->limit,
			     terminal_width(r));
	groups_free(l->groups);
	return err;
}

static int sort_message(const struct nlmsghdr *h, void *arg)
{
	struct listing *l = arg;

	return sorting_add(l->sorting, h);
}

static void show_sorted(const struct nlmsghdr *h, void *arg)
{
	show(h, arg);
}

/* --sort: the whole list, or with --limit its best part, before anything is shown. */
static int list_sorted(struct listing *l)
{
	int err;

	l->sorting = sorting_new(l->run->cmd);
	if (!l->sorting)
		return -ENOMEM;
	err = walk(l, sort_message);
	if (!err)
		sorting_show(l->sorting, show_sorted, l);
	sorting_free(l->sorting);
	return err;
}

int run_list(struct run *r)
{
	const struct cmd *c = r->cmd;
	struct listing l = {.run = r};
	int err, code;

	if (c->zero)
		return run_change(r);
	err = run_open(r);
	r->fmt.now = now_ns();
	if (!err)
		err = jump_open(&l.jump, r);
	if (!err)
		err = WITH_GROUP && c->group.n ? list_groups(&l)
		      : WITH_GROUP && c->sort  ? list_sorted(&l)
					       : walk(&l, show);
	code = jump_close(&l.jump, err < 0 ? err : 0);
	if (err < 0) {
		if (r->fmt.items)
			run_end(r);
		return refused(r, "list", err);
	}
	if (!(c->group.n && c->format == FMT_PROMETHEUS))
		run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	if (c->quiet || c->group.n || c->jump)
		return code;
	if (c->table == CT_TABLE_UNCONFIRMED && !l.shown[0])
		complain(r, "Linux 5.19 and newer keep no list of unconfirmed entries");
	if (c->table != CT_TABLE_EXPECT)
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
		limit = expect ? ct_expect_limit() : 0;
	}
	if (!err && WITH_WATCH && r->watch)
		watch_number(r->watch, expect ? "expectations" : "entries", entries);
	else if (!err)
		r->fmt.ops->count(&r->fmt, expect ? "expect" : "conntrack", entries, limit);
	return err;
}

int run_count(struct run *r)
{
	enum ct_table table = r->cmd->table;
	int err = run_open(r);

	if (r->cmd->format == FMT_JSON && table != CT_TABLE_ALL)
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
	bool expect = r->cmd->table == CT_TABLE_EXPECT;

	for (unsigned i = 0; WITH_WATCH && r->watch && i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		watch_number(r->watch, name ? name : "unknown", s->counter[i].value);
	}
	if (!r->watch)
		r->fmt.ops->stats(&r->fmt, expect, s);
	return 0;
}

/* Metrics tell both tables' counters, entries and limits at once. */
static int all_metrics(struct run *r)
{
	int err;

	for (unsigned i = 0; i < 2; i++) {
		enum ct_table table = i ? CT_TABLE_EXPECT : CT_TABLE_CONNTRACK;

		r->fmt.expect = i;
		r->cmd->table = table;
		err = count_table(r, table);
		if (!err || (i && err == -EPERM)) /* to count expectations is to list them */
			err = ct_stats(r->ct, table, show_stats, r);
		run_end(r);
		if (err)
			return err;
	}
	return 0;
}

int run_stats(struct run *r)
{
	int err = run_open(r);

	if (!err && r->cmd->format == FMT_PROMETHEUS)
		err = all_metrics(r);
	else if (!err)
		err = ct_stats(r->ct, r->cmd->table, show_stats, r);
	if (r->out->err)
		return EXIT_REFUSED; /* run_all() reports the output's error */
	if (err)
		return refused(r, "read the counters", err);
	run_end(r);
	return 0;
}
