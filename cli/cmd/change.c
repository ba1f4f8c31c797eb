/* -D, -U and -L -z: what matches is changed, and shown. */
#include <errno.h>
#include <signal.h>

#include "cli/cmd/run.h"
#include "cli/policy.h"
#include "cli/sys/clock.h"
#include "ct/apply.h"
#include "ct/item.h"
#include "ct/with.h"
#include "fmt/format.h"

static const struct {
	const char *verb, *done;
} words[] = {
	[CT_DELETE] = {"delete", "deleted"},
	[CT_UPDATE] = {"update", "updated"},
	[CT_ZERO] = {"list", "shown"},
};

struct changer {
	struct session *session;
	struct ct_change change;
	struct ct_apply apply;
	uint32_t longest; /* the timeout that the kernel made of one beyond SURE_TIMEOUT, 0: none */
};

/* No entry was as asked for. */
#define NOTHING (-1)

/* The kernel counts the ticks of a timeout in 31 bits, up to 1200 a second: this many seconds it
 * takes as they are. */
#define SURE_TIMEOUT (INT32_MAX / 1200)

/* Shows an entry as it is by now. The longest timeout that the kernel takes depends on how it was
 * built, and is asked for once. */
static void show_updated(struct changer *c, const struct nlmsghdr *h)
{
	struct fmt *f = &c->session->fmt;
	struct ct_labels labels;
	struct ct_entry e;

	if (ct_entry_decode(&e, h))
		return;
	ct_change_apply(&e, &c->change, &labels);
	if (e.timeout > SURE_TIMEOUT && e.has & CT_HAS_TIMEOUT) {
		if (!c->longest && !ct_apply_timeout(&c->apply, h, &c->longest))
			c->longest = e.timeout;
		e.timeout = e.timeout < c->longest ? e.timeout : c->longest;
	}
	f->ops->entry(f, &e, NULL);
}

static void changed(const struct nlmsghdr *h, void *arg)
{
	struct changer *c = arg;

	if (c->session->quiet && c->apply.action != CT_ZERO)
		return;
	if (WITH_CREATE && c->apply.action == CT_UPDATE && !c->session->dry_run)
		show_updated(c, h);
	else
		fmt_show(&c->session->fmt, h, NULL);
}

/* Counters that cannot be shown must not be zeroed. Other changes are finished, shown or not. */
static bool datagram(void *arg)
{
	struct changer *c = arg;

	c->session->fmt.now = clock_ns(CLOCK_REALTIME);
	return c->apply.action != CT_ZERO || !out_flush(c->session->out);
}

/* Tells how many were changed, and what kept the others from it. Returns the exit code, or NOTHING
 * where there was none. */
static int report(struct changer *c, const struct nl_err *err)
{
	struct session *s = c->session;
	const struct ct_apply *a = &c->apply;
	const char *verb = words[a->action].verb;
	int code = session_finish(s);
	char tried[64];

	if (code && s->about.line && !s->dry_run)
		summary("line %lu: %llu have been %s.", s->about.line, (unsigned long long)a->done,
			words[a->action].done);
	s->shown[s->about.table == CT_TABLE_EXPECT] += a->done;
	if (!s->quiet && !s->about.line && (!s->many || s->cmd->verb == V_FLUSH) &&
	    (!err->err || a->done))
		summary_of(&s->about, a->done, words[a->action].done, s->dry_run);
	if (err->err)
		return kernel_error(&s->about, verb, err);
	if (a->failed) {
		format(tried, sizeof(tried), "%s %llu of the matching entries", verb,
		       (unsigned long long)a->failed);
		return kernel_error(&s->about, tried, &a->error);
	}
	return code || a->done || a->action == CT_ZERO || s->cmd->none_ok || s->about.line ||
			       s->many || s->cmd->verb == V_FLUSH
		       ? code
		       : NOTHING;
}

/* Changes what one table has. Returns as report(). */
static int change_table(struct session *s, enum ct_table table)
{
	const struct cmd *cmd = s->cmd;
	struct changer c;
	struct nl_err err;
	sigset_t pipe;
	int code;

	/* A change that has begun is finished, though nobody reads of it. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe, NULL);
	c.session = s;
	c.longest = 0;
	c.change = cmd->change;
	c.apply.action = cmd->verb == V_UPDATE ? CT_UPDATE
			 : cmd->verb == V_LIST ? CT_ZERO
					       : CT_DELETE;
	c.apply.filter = &s->filter;
	c.apply.change = &c.change;
	c.apply.dry_run = s->dry_run;
	c.apply.changed = changed;
	c.apply.arg = &c;
	code = policy_find(s, NULL, &c.change.policy);
	if (code)
		return code;
	/* This socket first: it gets our process id, by which those who follow events find us. */
	if (!nl_fail(&err, ct_apply_open(&c.apply)))
		nl_fail(&err, session_open(s));
	if (err.err) {
		ct_apply_close(&c.apply);
		ct_close(s->ct);
		return kernel_error(&s->about, words[c.apply.action].verb, &err);
	}
	s->about.table = (uint8_t)table;
	ct_apply_table(&c.apply, s->ct, table, datagram, &err);
	ct_apply_close(&c.apply);
	ct_close(s->ct);
	return report(&c, &err);
}

int run_change(struct session *s)
{
	bool all = s->cmd->table == CT_TABLE_ALL;
	int code = change_table(s, all ? CT_TABLE_CONNTRACK : s->cmd->table);

	if (all && code <= 0) {
		int other = change_table(s, CT_TABLE_EXPECT);

		code = code == NOTHING || other > 0 ? other : code;
	}
	return code == NOTHING ? EXIT_REFUSED : code;
}
