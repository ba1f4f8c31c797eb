/* -L: list, as entries, sorted or in groups. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cmd/run.h"
#include "cli/jump/jump.h"
#include "cli/notes.h"
#include "cli/sys/clock.h"
#include "ct/item.h"
#include "fmt/sort.h"
#include "fmt/view.h"

struct lister {
	struct session *session;
	uint64_t shown[2];	 /* entries, expectations */
	bool enough;		 /* --limit has been reached */
	unsigned lacks;		 /* CT_HAS_*: what is to be shown, and no entry has had */
	bool any;		 /* an entry was listed */
	bool look;		 /* listed entries are looked at before they are taken */
	bool stopped;		 /* the list was interrupted, and is good for nothing */
	struct groups *groups;	 /* --group */
	struct sorting *sorting; /* --sort */
	struct jump jump;	 /* --jump */
};

static __attribute__((noinline)) void show_on_screen(struct session *s, const struct nlmsghdr *h)
{
	struct ct_entry e;

	if (!ct_entry_decode(&e, h))
		screen_entry(s->screen, &e, s->fmt.now);
}

static int show(struct lister *l, const struct nlmsghdr *h)
{
	struct session *s = l->session;

	if (l->jump.target)
		jump_entry(&l->jump, h, NULL);
	else if (WITH_WATCH && s->screen)
		show_on_screen(s, h);
	else
		fmt_show(&s->fmt, h, NULL);
	l->shown[ct_is_expect(h)]++;
	l->enough = l->shown[0] + l->shown[1] == s->limit;
	return 0;
}

/* Notes what an entry has of what is to be shown, and counts it for the head of a window. */
static __attribute__((noinline)) void look_at(struct lister *l, const struct nlmsghdr *h)
{
	struct ct_entry e;

	l->any = true;
	if (ct_is_expect(h) || ct_entry_decode(&e, h))
		return;
	l->lacks &= ~e.has;
	l->look = l->lacks;
	if (WITH_WATCH && l->session->view) {
		l->look = true;
		view_count(l->session->view, &e);
	}
}

static bool interrupted(struct lister *l)
{
	struct session *s = l->session;

	if (WITH_WATCH && s->interrupted)
		l->stopped = s->interrupted(s);
	return l->stopped;
}

/* The values of entries that the command is to show or to sort by, though they may have none. */
static unsigned values(const struct session *s)
{
	enum sort_key key = s->cmd->sort;

	if (!WITH_HELP)
		return 0;
	return (key == SORT_BYTES || key == SORT_PACKETS || s->screen ? CT_HAS_COUNTERS_ORIG : 0) |
	       (s->fmt.flags & FMT_KTIMESTAMP || key == SORT_NEW ? CT_HAS_START : 0);
}

static int add_to_group(struct lister *l, const struct nlmsghdr *h)
{
	struct ct_entry e;

	return ct_entry_decode(&e, h) ? 0 : groups_add(l->groups, &e);
}

static int add_to_sorting(struct lister *l, const struct nlmsghdr *h)
{
	return sorting_add(l->sorting, h);
}

/* Hands every item of a table that the command means to take(). Returns 0 or a negative errno, its
 * own or the list's, also in *err. */
static int list_table(struct lister *l, enum ct_table table,
		      int (*take)(struct lister *l, const struct nlmsghdr *h), struct nl_err *err)
{
	struct session *s = l->session;
	const struct nlmsghdr *h;
	struct ct_list list;
	int code = 0;

	ct_list_begin(&list, s->ct, table, &s->filter);
	while (!code && !l->enough && !s->out->err && !interrupted(l) &&
	       ct_list_receive(&list) > 0) {
		/* The clock is read once per datagram: ages in whole seconds need no more. */
		s->fmt.now = clock_ns(CLOCK_REALTIME);
		while (!code && !l->enough && (h = ct_list_next(&list))) {
			if ((WITH_HELP || WITH_WATCH) && l->look)
				look_at(l, h);
			code = take(l, h);
		}
		jump_flush(&l->jump);
	}
	*err = list.reply.err;
	return code ? nl_fail(err, code) : err->err;
}

/* The same, table by table where the command is about both. */
static int list_tables(struct lister *l, int (*take)(struct lister *l, const struct nlmsghdr *h),
		       struct nl_err *err)
{
	struct session *s = l->session;

	if (s->cmd->table != CT_TABLE_ALL)
		return list_table(l, s->cmd->table, take, err);
	s->fmt.table = "conntrack";
	if (list_table(l, CT_TABLE_CONNTRACK, take, err))
		return err->err;
	s->fmt.table = "expect";
	return list_table(l, CT_TABLE_EXPECT, take, err);
}

static unsigned terminal_width(const struct session *s)
{
	struct winsize size;

	return !isatty(s->out->fd) || ioctl(s->out->fd, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* --group: instead of entries, one line for each group of them. */
static int list_groups(struct lister *l, struct nl_err *err)
{
	struct session *s = l->session;
	const struct cmd *c = s->cmd;
	struct group_spec spec = c->group;

	spec.routes = s->filter.routes;
	spec.neighbors = s->filter.neighbors;
	spec.labels = c->labels;
	l->groups = groups_new(&spec);
	if (!l->groups)
		return nl_fail(err, -ENOMEM);
	if (!list_tables(l, add_to_group, err) && !l->stopped) {
		if (WITH_WATCH && s->view)
			s->screen->line.p = s->screen->line.buf;
		groups_print(l->groups, WITH_WATCH && s->view ? &s->screen->fmt : &s->fmt, c->sort,
			     c->reverse, s->limit, terminal_width(s));
	}
	groups_free(l->groups);
	return err->err;
}

/* --sort: the whole list, or with --limit its best part, before anything is shown. */
static int list_sorted(struct lister *l, struct nl_err *err)
{
	struct session *s = l->session;
	size_t n;

	l->sorting = sorting_new(s->cmd->sort, s->cmd->reverse, s->limit);
	if (!l->sorting)
		return nl_fail(err, -ENOMEM);
	if (list_tables(l, add_to_sorting, err) || (WITH_WATCH && s->view))
		return err->err;
	n = sorting_end(l->sorting);
	for (size_t i = 0; i < n; i++)
		show(l, sorting_at(l->sorting, i));
	jump_flush(&l->jump); /* it has not yet done all with what is freed behind */
	return err->err;
}

static int list(struct lister *l, struct nl_err *err)
{
	const struct session *s = l->session;
	const struct cmd *c = s->cmd;

	if (WITH_GROUP && c->group.n)
		return list_groups(l, err);
	if ((WITH_GROUP && c->sort) || (WITH_WATCH && s->view))
		return list_sorted(l, err);
	return list_tables(l, show, err);
}

/* Hands a whole list to the window. */
static int end_round(struct lister *l, struct nl_err *err)
{
	struct view *v = l->session->view;

	if (!err->err && !l->stopped && !ct_count(l->session->ct, &v->entries, &v->limit, err)) {
		view_end(v, l->sorting);
		l->sorting = NULL;
	}
	return err->err;
}

static void report(const struct lister *l)
{
	enum ct_table table = l->session->cmd->table;

	if (table == CT_TABLE_CONNTRACK && !l->shown[0] && ct_filter_is_empty(&l->session->filter))
		note_empty(l->session);
	if (table == CT_TABLE_UNCONFIRMED && !l->shown[0])
		warn(&l->session->about,
		     "Linux 5.19 and newer keep no list of unconfirmed entries");
	if (table != CT_TABLE_EXPECT)
		summary("%llu flow entries have been shown.", (unsigned long long)l->shown[0]);
	if (table == CT_TABLE_EXPECT || table == CT_TABLE_ALL)
		summary("%llu expectations have been shown.", (unsigned long long)l->shown[1]);
}

int run_list(struct session *s)
{
	struct lister l = {.session = s};
	struct nl_err err;
	int code;

	s->fmt.now = clock_ns(CLOCK_REALTIME);
	l.lacks = values(s);
	l.look = l.lacks || (WITH_WATCH && s->view);
	if (s->many) { /* what namespaces have shown, but not what rounds have */
		l.shown[0] = s->shown[0];
		l.shown[1] = s->shown[1];
		l.enough = s->limit && l.shown[0] + l.shown[1] >= s->limit;
	}
	if (!nl_fail(&err, session_open(s)) && !nl_fail(&err, jump_open(&l.jump, s)))
		list(&l, &err);
	if (WITH_WATCH && s->view)
		end_round(&l, &err);
	if (WITH_GROUP || WITH_WATCH)
		sorting_free(l.sorting);
	code = jump_close(&l.jump, err.err);
	if (err.err) {
		if (l.shown[0] + l.shown[1])
			session_finish(s);
		return kernel_error(&s->about, "list", &err);
	}
	if (session_finish(s))
		return EXIT_REFUSED;
	s->lacks = l.any ? l.lacks : 0;
	s->shown[0] = l.shown[0];
	s->shown[1] = l.shown[1];
	if (WITH_HELP && !s->quiet)
		note_lacks(s, s->lacks);
	if (s->cmd->group.n || s->cmd->jump)
		return code;
	if (!s->quiet && !s->many)
		report(&l);
	return 0;
}
