/* -L: list, as entries, sorted or in groups. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cmd/run.h"
#include "cli/cmd/screen.h"
#include "cli/jump/jump.h"
#include "fmt/sort.h"

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
		if (WITH_WATCH && l->run->screen)
			screen_entry(l->run->screen, &e);
		else
			f->ops->entry(f, &e, NULL);
	}
	l->shown[l->expect]++;
	return l->shown[0] + l->shown[1] == l->run->cmd->limit ? ENOUGH : 0;
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
	const struct cmd *c = l->run->cmd;
	int err;

	l->sorting = sorting_new(c->sort, c->reverse, c->limit);
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
		if (r->fmt.begun)
			run_end(r);
		return kernel_error(r, "list", err);
	}
	run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	if (c->quiet || c->group.n || c->jump)
		return code;
	if (c->table == CT_TABLE_UNCONFIRMED && !l.shown[0])
		warn(r, "Linux 5.19 and newer keep no list of unconfirmed entries");
	if (c->table != CT_TABLE_EXPECT)
		summary("%llu flow entries have been shown.", (unsigned long long)l.shown[0]);
	if (l.expect)
		summary("%llu expectations have been shown.", (unsigned long long)l.shown[1]);
	return 0;
}
