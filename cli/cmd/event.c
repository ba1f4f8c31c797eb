/* -E: follow events. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cmd/run.h"
#include "cli/interface.h"
#include "cli/jump/jump.h"
#include "cli/notes.h"
#include "cli/sys/clock.h"
#include "ct/program.h"
#include "cli/sys/signal.h"
#include "ct/event.h"
#include "ct/item.h"
#include "ct/route.h"
#include "ct/tracking.h"
#include "fmt/format.h"

/* The receive buffer that is asked for without -b; the kernel doubles it. */
#define DEFAULT_RCVBUF (8 << 20)

#define MSEC 1000000

/* After so many nanoseconds without an overrun, or from the first one on, there is no more of the
 * same to come. */
#define SETTLE		 (200 * MSEC)
#define SETTLE_AT_LATEST (UINT64_C(10000) * MSEC)

#define EVERY_ENTRY  (CT_EV_NEW | CT_EV_UPDATE | CT_EV_DESTROY)
#define EVERY_EXPECT (CT_EV_EXP_NEW | CT_EV_EXP_DESTROY)

struct follower {
	struct session *session;
	struct ct_events events;
	struct ct_programs programs;
	uint64_t shown[2]; /* entries, expectations */
	bool enough;	   /* --limit has been reached, or something else is in the way */
	bool unknown;	   /* how many were lost since the last report */
	bool lossy;	   /* some were lost: --on-loss tells what that means for the exit code */
	bool overrun;	   /* the kernel has said so, and it has not been told yet */
	uint64_t settled, latest; /* when it is told, at the earliest and at the latest */
	struct fmt_event ev;
	int code;	/* not 0: why it ended, which has been told */
	unsigned kinds; /* CT_EV_* that were joined */
	uint64_t end;	/* --for: on the monotonic clock, in nanoseconds */
	struct jump jump;
	struct groups *groups;	  /* --group: counts events instead of showing them */
	uint64_t began, reported; /* the report at hand: when, and after how many were lost */
};

/* Counts an event in its group. */
static void count(struct follower *f, const struct nlmsghdr *h)
{
	struct ct_entry e;

	if (!ct_entry_decode(&e, h) && groups_add_event(f->groups, &e, f->ev.kind == FMT_DESTROY) &&
	    !f->session->out->err)
		f->session->out->err = -ENOMEM;
}

static void show(struct follower *f, const struct nlmsghdr *h)
{
	if (WITH_GROUP && f->groups) {
		count(f, h);
		f->shown[0]++;
		return;
	}
	if (f->session->cmd->table == CT_TABLE_ALL)
		f->session->fmt.table = ct_is_expect(h) ? "expect" : "conntrack";
	if (f->jump.target)
		jump_entry(&f->jump, h, &f->ev);
	else
		fmt_show(&f->session->fmt, h, &f->ev);
	f->shown[ct_is_expect(h)]++;
	f->enough |= f->shown[0] + f->shown[1] == f->session->limit;
}

static void one_event(struct follower *f, const struct nlmsghdr *h)
{
	switch (ct_event_kind(h)) {
	case CT_EV_NEW:
	case CT_EV_EXP_NEW:
		f->ev.kind = FMT_NEW;
		break;
	case CT_EV_UPDATE:
		f->ev.kind = FMT_UPDATE;
		break;
	case CT_EV_DESTROY:
	case CT_EV_EXP_DESTROY:
		f->ev.kind = FMT_DESTROY;
		break;
	default:
		return;
	}
	if (!ct_match(&f->session->filter, h))
		return;
	f->ev.portid = h->nlmsg_pid;
	if (h->nlmsg_pid && !f->jump.target && !f->groups)
		f->ev.program = ct_program_name(&f->programs, h->nlmsg_pid, f->ev.time);
	else
		f->ev.program = NULL;
	show(f, h);
}

/* Shows the events that one call to the kernel brought. Returns the number of datagrams, 0 when
 * there are none for now, or a negative errno. */
static int receive(struct follower *f)
{
	int n = ct_events_receive(&f->events);

	if (n > 0) {
		const struct ct_routes *routes = WITH_ROUTE ? f->session->filter.routes : NULL;
		uint64_t then = f->session->fmt.now;

		f->ev.time = f->session->fmt.now = clock_ns(CLOCK_REALTIME);
		if (f->ev.time / 1000000000 != then / 1000000000) /* not remembered for long */
			f->code = interfaces_renew(f->session);
		f->enough |= f->code || (routes && routes->err);
	}
	for (int i = 0; i < n && !f->enough; i++) {
		const struct nlmsghdr *h = NULL;

		while (!f->enough && (h = nl_msg_next(f->events.buf[i], f->events.len[i], h)))
			one_event(f, h);
	}
	jump_flush(&f->jump);
	f->enough |= f->jump.stop;
	return n;
}

/* Shows a table as SYNC events, also when a signal comes meanwhile: a part of it is of no use. */
static int sync_table(struct follower *f, enum ct_table table, struct nl_err *err)
{
	struct session *s = f->session;
	const struct nlmsghdr *h;
	struct ct_list l;

	ct_list_begin(&l, s->ct, table, &s->filter);
	while (!f->enough && !s->out->err && ct_list_receive(&l) > 0) {
		while (!f->enough && (h = ct_list_next(&l)))
			show(f, h);
		jump_flush(&f->jump);
		f->enough |= f->jump.stop;
	}
	*err = l.reply.err;
	return err->err;
}

/* Lists the table as SYNC events between two markers. What happens meanwhile is queued and comes
 * after them, so that a consumer who goes by the id is right in the end. */
static int synchronise(struct follower *f, struct nl_err *err)
{
	struct session *s = f->session;
	enum ct_table table = s->cmd->table;
	bool markers = s->fmt.ops->sync && !f->jump.target;

	if (nl_fail(err, session_open(s)))
		return err->err;
	s->fmt.now = clock_ns(CLOCK_REALTIME);
	f->ev = (struct fmt_event){.kind = FMT_SYNC, .time = s->fmt.now};
	if (markers)
		s->fmt.ops->sync(&s->fmt, false, f->ev.time);
	if (table != CT_TABLE_EXPECT)
		sync_table(f, CT_TABLE_CONNTRACK, err);
	if (!err->err && table != CT_TABLE_CONNTRACK)
		sync_table(f, CT_TABLE_EXPECT, err);
	ct_close(s->ct);
	if (!err->err && !f->enough && !s->out->err && markers)
		s->fmt.ops->sync(&s->fmt, true, clock_ns(CLOCK_REALTIME));
	return err->err;
}

/* Instead of a number of events lost: every attempt counted as one. */
#define ATTEMPTS (-EAGAIN)

/* lost: how many, or a negative errno that tells why that is not known. */
static void tell_loss(struct follower *f, int64_t lost)
{
	struct session *s = f->session;

	if (s->fmt.ops->lost)
		s->fmt.ops->lost(&s->fmt, lost < 0 ? -1 : lost, clock_ns(CLOCK_REALTIME));
	out_flush(s->out); /* what came before the loss stands before the message */
	if (lost == ATTEMPTS)
		warn(&s->about,
		     "events were lost (ENOBUFS), their number is unknown: with --reliable the "
		     "kernel counts every attempt");
	else if (lost < 0)
		warn(&s->about,
		     "events were lost (ENOBUFS), their number is unknown: /proc/net/netlink: %s",
		     error_text((int)-lost));
	else
		warn(&s->about,
		     "%llu events were lost (ENOBUFS): the receive buffer of %d bytes was full; -b "
		     "makes it larger",
		     (unsigned long long)lost, f->events.rcvbuf);
}

/* With --reliable, each attempt to deliver what finds no room is an overrun of its own: they are
 * one until there was none for a while. True while more may come. */
static bool settling(struct follower *f)
{
	const struct cmd *c = f->session->cmd;
	uint64_t now = c->reliable && c->on_loss != LOSS_EXIT ? clock_ns(CLOCK_MONOTONIC) : 0;

	if (now && f->events.overrun) {
		f->settled = now + SETTLE;
		if (!f->overrun)
			f->latest = now + SETTLE_AT_LATEST;
	}
	f->overrun |= f->events.overrun;
	f->events.overrun = false;
	return f->overrun && now < f->settled && now < f->latest;
}

/* After an overrun: tells how much was lost, and does what --on-loss says, but for a resync when it
 * is about to end. Where the kernel has said nothing of one, only its counter can tell. Returns 0
 * or a negative errno. */
static int account(struct follower *f, bool ending, struct nl_err *err)
{
	const struct cmd *c = f->session->cmd;
	int64_t lost = ct_events_lost(&f->events);
	bool sure = f->overrun;

	f->overrun = false;
	if (!lost || (lost < 0 && !sure) ||
	    (c->reliable && !(f->kinds & ~(unsigned)(CT_EV_DESTROY | CT_EV_EXP_DESTROY))))
		return 0; /* what was held back comes again: every try counted as a drop */
	if (c->reliable && lost > 0)
		lost = ATTEMPTS;
	f->lossy = true;
	f->unknown |= lost < 0;
	tell_loss(f, lost);
	if (c->on_loss == LOSS_RESYNC && !ending)
		return synchronise(f, err);
	f->enough |= c->on_loss == LOSS_EXIT;
	return 0;
}

/* The milliseconds until a moment of the monotonic clock; -1 where it is 0: for ever. */
static int until(uint64_t end)
{
	uint64_t now = end ? clock_ns(CLOCK_MONOTONIC) : 0;

	return !end ? -1 : now < end ? (int)((end - now) / MSEC + 1) : 0;
}

/* The milliseconds that are left to follow; -1: for ever. */
static int remaining(const struct follower *f)
{
	return until(f->end);
}

static uint64_t every(const struct follower *f)
{
	return (uint64_t)f->session->cmd->every * MSEC;
}

/* Writes the report of what has been counted and begins the next one. */
static void report_groups(struct follower *f, struct nl_err *err)
{
	struct session *s = f->session;
	struct group_report r = {.time = clock_ns(CLOCK_REALTIME)};
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	account(f, true, err);
	r.span = now - f->began;
	r.lost = f->unknown ? -1 : (int64_t)(f->events.lost - f->reported);
	groups_report(f->groups, &s->fmt, &r, s->limit);
	out_flush(s->out);
	f->reported = f->events.lost;
	f->unknown = false;
	/* No interval is missed or shifted, however late this one is. */
	f->began = now - (now - f->began) % every(f);
}

/* The milliseconds to wait for an event; -1: for ever. */
static int patience(const struct follower *f)
{
	int left = remaining(f), next = f->groups ? until(f->began + every(f)) : -1;

	if (f->overrun && (next < 0 || next > SETTLE / MSEC))
		next = SETTLE / MSEC;
	return left < 0 || (next >= 0 && next < left) ? next : left;
}

/* Follows until stopped, by a signal or by what was asked for. Returns 0 or a negative errno. */
static int follow(struct follower *f, struct nl_err *err)
{
	while (!signal_caught && !f->enough && !err->err && !f->session->out->err && remaining(f)) {
		int n = receive(f);

		if (n < 0)
			return nl_fail(err, n);
		if (WITH_GROUP && f->groups && !until(f->began + every(f)))
			report_groups(f, err);
		if (n)
			continue; /* what is lost is known once the queue is empty */
		if (!settling(f) && f->overrun)
			account(f, false, err);
		else if (!out_flush(f->session->out))
			signal_wait(f->events.sock.fd, patience(f));
	}
	return err->err;
}

/* Shows the events that were queued when the end came, and waits for no others. */
static int drain(struct follower *f, struct nl_err *err)
{
	int left = f->events.rcvbuf / 512 + CT_EVENT_BATCH, n = 1;

	while (n > 0 && left > 0 && !f->enough && !f->session->out->err) {
		n = receive(f);
		left -= n;
	}
	f->overrun |= f->events.overrun;
	return n < 0 ? nl_fail(err, n) : account(f, true, err);
}

static void report(const struct follower *f)
{
	enum ct_table table = f->session->cmd->table;

	if (table != CT_TABLE_EXPECT)
		summary("%llu flow events have been shown.", (unsigned long long)f->shown[0]);
	if (table != CT_TABLE_CONNTRACK)
		summary("%llu expectation events have been shown.",
			(unsigned long long)f->shown[1]);
}

/* The events that -e and the table name, as CT_EV_*. */
static unsigned wanted_events(const struct cmd *c)
{
	unsigned events = c->events ? c->events : EVERY_ENTRY | EVERY_EXPECT;

	return events & (c->table == CT_TABLE_CONNTRACK ? EVERY_ENTRY
			 : c->table == CT_TABLE_EXPECT	? EVERY_EXPECT
							: EVERY_ENTRY | EVERY_EXPECT);
}

static int open_events(struct follower *f)
{
	/* cppcheck-suppress ctuuninitvar; the caller has set all but buffers */
	const struct cmd *c = f->session->cmd;
	bool pushdown = c->table == CT_TABLE_CONNTRACK && !getenv("CONNTRACK_NO_PUSHDOWN");

	/* Where there is no ctnetlink one can listen all the same, for ever. */
	if (ct_missing())
		return -EINVAL;
	return ct_events_open(&f->events, f->kinds, c->rcvbuf ? c->rcvbuf : DEFAULT_RCVBUF,
			      c->reliable, pushdown ? &f->session->filter : NULL);
}

int run_event(struct session *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const struct cmd *c = s->cmd;
	struct follower f;
	bool followed = ct_is_followed();
	struct nl_err err;
	int code;

	f.session = s;
	f.shown[0] = f.shown[1] = 0;
	f.enough = f.lossy = f.overrun = f.unknown = false;
	f.code = 0;
	f.settled = f.reported = 0;
	f.groups = NULL;
	f.programs = (struct ct_programs){0};
	f.kinds = wanted_events(c) & (c->every ? CT_EV_NEW | CT_EV_DESTROY : ~0u);
	f.end = c->duration ? clock_ns(CLOCK_MONOTONIC) + (uint64_t)c->duration * 1000000 : 0;
	if (!f.kinds) {
		warn(&s->about, "-e: %s",
		     c->every ? "reports count NEW and DESTROY"
			      : "expectations have no UPDATE events");
		return EXIT_USAGE;
	}
	code = note_no_events(s);
	if (code)
		return code;
	if (nl_fail(&err, open_events(&f)))
		return kernel_error(&s->about, "follow events", &err);
	if (c->rcvbuf)
		warn(&s->about, "the event socket's receive buffer has %d bytes", f.events.rcvbuf);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal_catch(signals[i]);
	signal(SIGPIPE, SIG_IGN);
	s->out->stop = &signal_caught;
	f.began = clock_ns(CLOCK_MONOTONIC);
	if (WITH_GROUP && c->every) {
		struct group_spec spec = c->group;

		spec.routes = s->filter.routes;
		spec.neighbors = s->filter.neighbors;
		spec.labels = c->labels;
		f.groups = groups_new(&spec);
		if (!f.groups)
			return system_error(&s->about, "follow events", -ENOMEM);
		groups_of_events(f.groups, s->limit * 64);
	}
	note_events(s, f.kinds, followed);
	if (!nl_fail(&err, jump_open(&f.jump, s)) && (!c->sync || !synchronise(&f, &err)))
		follow(&f, &err);
	if (!err.err && (signal_caught || !remaining(&f)))
		drain(&f, &err);
	if (WITH_GROUP && f.groups && !err.err &&
	    (groups_count(f.groups) || until(f.began + every(&f) / 2) == 0))
		report_groups(&f, &err);
	groups_free(f.groups);
	ct_events_close(&f.events);
	code = jump_close(&f.jump, err.err);
	if (session_finish(s))
		return EXIT_REFUSED;
	if (err.err)
		return kernel_error(&s->about, "follow events", &err);
	if (!c->jump && !s->quiet)
		report(&f);
	return f.code || (f.lossy && c->on_loss == LOSS_EXIT) ? EXIT_REFUSED : code;
}
