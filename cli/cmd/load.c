/* -R: the commands of a file, one a line, as a stream. */
#include "cli/cmd/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd/create.h"
#include "cli/dispatch.h"
#include "cli/opt/parse.h"
#include "cli/sys/clock.h"
#include "ct/lines.h"
#include "ct/pushdown.h"
#include "ct/replica.h"
#include "ct/select.h"
#include "fmt/format.h"

/* Consecutive lines that delete, or that set the same. One walk through the table is for all. */
struct walk {
	struct cmd cmd;		    /* of the first line, with the filter at hand */
	struct ct_filter filter;    /* what entries are to be like, all or those of one line */
	struct ct_selections lines; /* tagged by their numbers */
	uint32_t direct;	    /* how many need no walk */
	unsigned long first, last;  /* their numbers */
};

/* Lines wait in memory: more of them are another walk. */
#define WALK_MAX 65536

/* So many walks that the kernel narrows cost as much as one that it does not. */
#define WALK_LINES 8

/* So many entries are listed while one is asked for, and deleted. */
#define WALK_LISTED 16

struct loader {
	struct session line;	     /* that a line's command runs in */
	struct opt_context context;  /* that lines are parsed in */
	struct cmd cmd;		     /* the line's command */
	const struct session *whole; /* of the load: its options hold for each line */
	struct creations creations;
	struct walk walk; /* only where no creations are waiting */
	struct ct_lines in;
	struct ct_replica replica;
	int code; /* of what was done before the file is waited for */
	bool failed;
	bool told; /* progress has been told */
	bool ran;  /* a line has been carried out */
};

#define LOADABLE (V_CREATE | V_ADD | V_UPDATE | V_DELETE | V_FLUSH)

/* Makes the line's session that of a command. */
static void set_command(struct loader *l, const struct cmd *c)
{
	session_command(&l->line, c);
	l->line.quiet |= l->whole->quiet;
	l->line.dry_run |= l->whole->dry_run;
	l->line.carry_on = l->whole->carry_on;
}

/* Runs the command of the line's session. */
static int run(struct loader *l)
{
	int code;

	session_format(&l->line);
	code = dispatch(&l->line);
	l->ran |= code != EXIT_USAGE && !l->line.dry_run;
	if (code && l->line.carry_on && !l->line.out->err) {
		l->failed = true;
		code = 0;
	}
	return code;
}

/* True when one walk is quicker than to run the lines one by one. */
static bool worth_a_walk(struct loader *l)
{
	const struct walk *w = &l->walk;
	uint32_t entries, limit;
	struct nl_err err;

	return w->lines.n - w->direct >= WALK_LINES ||
	       (w->direct >= WALK_LINES &&
		!ct_count(&l->creations.creator.answers, &entries, &limit, &err) &&
		entries / WALK_LISTED <= w->direct);
}

static int run_together(struct loader *l)
{
	struct walk *w = &l->walk;
	int err;

	ct_filter_reset(&w->filter);
	err = ct_selections_common(&w->lines, &w->filter);
	if (!err)
		err = ct_filter_compile(&w->filter);
	if (err)
		return system_error(&l->line.about, "load", err);
	w->filter.selections = &w->lines;
	l->line.about.line = w->first;
	l->line.about.last = w->last;
	return run(l);
}

static int run_singly(struct loader *l)
{
	const struct ct_selection *one = NULL;
	struct walk *w = &l->walk;
	int code = 0;

	w->filter.selections = NULL;
	while (!code && (one = ct_selections_next(&w->lines, one))) {
		int err = ct_selection_filter(one, &w->filter);

		l->line.about.line = ct_selection_tag(one);
		code = err ? system_error(&l->line.about, "load", err) : run(l);
	}
	return code;
}

/* Carries out what is waiting. */
static int finish(struct loader *l)
{
	unsigned long line = l->line.about.line;
	struct walk *w = &l->walk;
	int code = creations_flush(&l->creations);

	if (w->lines.n && !code) {
		set_command(l, &w->cmd);
		code = worth_a_walk(l) ? run_together(l) : run_singly(l);
		ct_selections_free(&w->lines);
		w->direct = 0;
		l->line.about.line = line;
		l->line.about.last = 0;
	}
	return code;
}

static bool finish_idle(void *arg)
{
	struct loader *l = arg;

	l->code = finish(l);
	return !l->code;
}

/* Tells of a line that cannot be run, once the lines before it have been carried out. */
static int bad_line(struct loader *l, const char *why)
{
	int code = finish(l);

	if (code)
		return code;
	warn(&l->line.about, "%s", why);
	ct_replica_broken(&l->replica);
	l->failed = true;
	return l->line.carry_on ? 0 : EXIT_USAGE;
}

/* Runs a line's command by itself, after those before it. */
static int run_alone(struct loader *l)
{
	int code = finish(l);

	set_command(l, &l->cmd);
	return code ? code : run(l);
}

/* True for a command that may wait for others. */
static bool may_wait(const struct cmd *c)
{
	return c->verb & (V_DELETE | V_UPDATE) && c->table == CT_TABLE_CONNTRACK &&
	       !(c->filter->fields & CT_SELECT_NEVER) && !c->filter->selections && !c->policy &&
	       !c->labelmap && !c->change.helper.p && !c->format->end &&
	       !(c->fmt_flags & FMT_LABELS) && !c->template;
}

/* True when two commands differ in nothing but their conditions. */
static bool is_alike(const struct cmd *a, const struct cmd *b)
{
	return a->verb == b->verb && a->format == b->format && a->fmt_flags == b->fmt_flags &&
	       a->color == b->color && a->quiet == b->quiet && a->none_ok == b->none_ok &&
	       a->dry_run == b->dry_run && ct_same_change(&a->change, &b->change);
}

static int add_to_walk(struct loader *l)
{
	struct walk *w = &l->walk;
	const struct cmd *c = &l->cmd;
	struct ct_tuple t;
	uint16_t zone;
	int code = 0;

	if (!w->lines.n || w->lines.n == WALK_MAX || !is_alike(&w->cmd, c))
		code = finish(l);
	if (code)
		return code;
	if (!w->lines.n) {
		w->cmd = *c;
		w->cmd.filter = &w->filter;
		w->first = l->line.about.line;
	}
	w->last = l->line.about.line;
	if (ct_pushdown_exact(c->filter, &t, &zone)) {
		w->direct++;
		if (c->verb == V_DELETE)
			ct_replica_forget(&l->replica, &t, zone);
	}
	/* Where there is no memory to wait in, it runs at once. */
	return ct_selections_add(&w->lines, c->filter, w->last) ? run_alone(l) : 0;
}

static int create(struct loader *l)
{
	int code = l->walk.lines.n ? finish(l) : 0;

	if (!code && l->whole->cmd->replica && l->cmd.table == CT_TABLE_CONNTRACK &&
	    ct_replica_create(&l->replica, &l->cmd.create))
		code = system_error(&l->line.about, "load", -ENOMEM);
	if (code)
		return code;
	set_command(l, &l->cmd);
	code = l->line.dry_run ? creation_show(&l->line) : creations_add(&l->creations, &l->line);
	l->failed |= code != 0;
	return l->line.carry_on ? 0 : code;
}

static int one_line(struct loader *l, char *text, size_t len)
{
	struct cmd *c = &l->cmd;

	if (cmd_parse_line(c, &l->context, text, len))
		return bad_line(l, l->context.err[0] ? l->context.err
						     : "a command is missing: -I -A -U -D -F");
	if (!c->verb)
		return 0;
	if (!(c->verb & LOADABLE))
		return bad_line(l, "a load file takes only -I, -A, -U, -D and -F");
	if (l->whole->cmd->replica) {
		c->none_ok = true;
		ct_replica_change(&c->change);
	}
	if (c->netns)
		return bad_line(l, "--netns goes beside -R, not into a line");
	if (l->context.note[0])
		warn(&l->line.about, "%s", l->context.note);
	return c->verb & (V_CREATE | V_ADD) ? create(l)
	       : may_wait(c)		    ? add_to_walk(l)
					    : run_alone(l);
}

/* The table of the other host begins to be repeated, or has been. */
static int sync_line(struct loader *l, bool end)
{
	struct nl_err err;
	uint64_t deleted;
	int code = finish(l);

	if (!end)
		ct_replica_begin(&l->replica);
	if (code || !end || l->whole->dry_run)
		return code;
	if (ct_replica_end(&l->replica, &deleted, &err)) {
		kernel_error(&l->line.about, "delete what the sync has not named", &err);
		l->failed = true;
	}
	if (deleted && !l->whole->quiet)
		summary("%llu flow entries that the sync has not named have been deleted.",
			(unsigned long long)deleted);
	return 0;
}

/* On a terminal, loads that take longer than a second tell how far they are. */
static void progress(struct loader *l, uint64_t start)
{
	char line[64];
	size_t n;

	if (clock_ns(CLOCK_MONOTONIC) < start + NSEC || !isatty(STDERR_FILENO))
		return;
	l->told = true;
	n = format(line, sizeof(line), "%lu lines\r", l->line.about.line);
	(void)!write(STDERR_FILENO, line, n);
}

static int load_lines(struct loader *l)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	bool replica = l->whole->cmd->replica;
	int code = 0, last;
	char *text;
	size_t len;

	while (!code && (text = ct_lines_next(&l->in, &len))) {
		if (++l->line.about.line % 16384 == 0)
			progress(l, start);
		if (replica && l->in.eof) /* half a line, of a stream that was cut */
			break;
		if (replica && !strcmp(text, FMT_SYNC_START))
			code = sync_line(l, false);
		else if (replica && !strcmp(text, FMT_SYNC_END))
			code = sync_line(l, true);
		else
			code = one_line(l, text, len);
	}
	code = code ? code : l->code;
	if (l->told)
		(void)!write(STDERR_FILENO, "\033[K", 3);
	if (l->in.err && !l->line.about.line) {
		warn(NULL, "-R: %s: %s", l->in.fd ? l->line.about.file : "standard input",
		     error_text(-l->in.err));
		code = EXIT_USAGE;
	} else if (l->in.err) {
		warn(NULL, "-R: %s: cannot read after line %lu: %s", l->line.about.file,
		     l->line.about.line, error_text(-l->in.err));
		code = EXIT_REFUSED;
	}
	/* The lines before a wrong one are carried out; those after it are not. */
	if (l->creations.creator.batch.n || l->walk.lines.n) {
		last = finish(l);
		code = code ? code : last;
	}
	/* That nothing was done is said only where nothing was. */
	if (code ? l->ran || l->creations.creator.done : l->failed || l->creations.creator.failures)
		code = EXIT_REFUSED;
	return code;
}

int load(struct session *s)
{
	const char *file = s->cmd->file;
	struct loader l = {.line = *s,
			   .whole = s,
			   .replica = {.all = s->cmd->replica > 1, .zone = s->cmd->zone}};
	int code;

	l.in.fd = strcmp(file, "-") != 0 ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (l.in.fd < 0) {
		warn(&s->about, "-R: %s: %s", file, error_text(errno));
		return EXIT_USAGE;
	}
	l.in.idle = finish_idle;
	l.in.arg = &l;
	l.line.about.file = file;
	l.context.labelmap = s->cmd->labelmap;
	l.context.in_file = true;
	if (s->cmd->zone >= 0 || s->cmd->create.change.has)
		l.context.load = s->cmd;
	code = creations_open(&l.creations, &l.line);
	l.creations.replica = s->cmd->replica ? &l.replica : NULL;
	if (!code)
		code = load_lines(&l);
	creations_close(&l.creations);
	if (l.in.fd != STDIN_FILENO)
		close(l.in.fd);
	ct_replica_free(&l.replica);
	ct_selections_free(&l.walk.lines);
	ct_filter_free(&l.walk.filter);
	opt_context_free(&l.context);
	ct_lines_free(&l.in);
	return code;
}
