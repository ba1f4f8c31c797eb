/* -E: follow events. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cmd/follow.h"
#include "cli/cmd/run.h"
#include "cli/interface.h"
#include "cli/notes.h"
#include "cli/sys/clock.h"
#include "cli/sys/signal.h"
#include "ct/item.h"
#include "ct/netns.h"
#include "ct/route.h"
#include "ct/tracking.h"
#include "fmt/format.h"

/* The receive buffer that is asked for without -b; the kernel doubles it. */
#define DEFAULT_RCVBUF (8 << 20)

#define EVERY_ENTRY  (CT_EV_NEW | CT_EV_UPDATE | CT_EV_DESTROY)
#define EVERY_EXPECT (CT_EV_EXP_NEW | CT_EV_EXP_DESTROY)

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
	if (h->nlmsg_pid && !f->jump.target && !f->groups && !f->session->many)
		f->ev.program = ct_program_name(&f->programs, h->nlmsg_pid, f->ev.time);
	else
		f->ev.program = NULL;
	follow_show(f, h);
}

/* Shows the events that one call to the kernel brought. Returns the number of datagrams, 0 when
 * there are none for now, or a negative errno. */
static int receive(struct follower *f)
{
	int n = ct_events_receive(&f->at->events, &f->received);

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

		while (!f->enough && (h = nl_msg_next(f->received.buf[i], f->received.len[i], h)))
			one_event(f, h);
	}
	jump_flush(&f->jump);
	f->enough |= f->jump.stop;
	return n;
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

	loss_account(f, true, err);
	r.span = now - f->began;
	r.lost = f->at->unknown ? -1 : (int64_t)(f->at->events.lost - f->reported);
	groups_report(f->groups, &s->fmt, &r, s->limit);
	out_flush(s->out);
	f->reported = f->at->events.lost;
	f->at->unknown = false;
	/* No interval is missed or shifted, however late this one is. */
	f->began = now - (now - f->began) % every(f);
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
	const struct cmd *c = f->session->cmd;
	bool pushdown = c->table == CT_TABLE_CONNTRACK && !getenv("CONNTRACK_NO_PUSHDOWN");

	/* Where there is no ctnetlink one can listen all the same, for ever. */
	if (ct_missing())
		return -EINVAL;
	return ct_events_open(&f->at->events, f->kinds, c->rcvbuf ? c->rcvbuf : DEFAULT_RCVBUF,
			      c->reliable, pushdown ? &f->session->filter : NULL);
}

static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* The milliseconds to wait for an event; -1: for ever. */
static int patience(const struct follower *f)
{
	int ms = sooner(sooner(remaining(f), until(f->look)), until(f->round));

	if (f->groups)
		ms = sooner(ms, until(f->began + every(f)));
	for (unsigned i = 0; i < f->n; i++)
		if (f->source[i].overrun)
			ms = sooner(ms, SETTLE / MSEC);
	return ms;
}

/* Shows what the socket at hand has queued, and waits for no more. Returns 0 or a negative errno.
 */
static int drain(struct follower *f, struct nl_err *err)
{
	int left = f->at->events.rcvbuf / 512 + CT_EVENT_BATCH, n = 1;

	while (n > 0 && left > 0 && !f->enough && !f->session->out->err) {
		n = receive(f);
		left -= n;
	}
	f->at->overrun |= f->at->events.overrun;
	return n < 0 ? nl_fail(err, n) : loss_account(f, true, err);
}

/* Opens a socket in the namespace that the process is in. One for all (NETLINK_LISTEN_ALL_NSID)
 * would need an id for each namespace in ours, which other programs see. Returns 0 or a negative
 * errno. */
static int add_source(struct follower *f, struct nl_err *err)
{
	struct session *s = f->session;
	bool followed = !s->many && ct_is_followed();
	struct source *source;
	struct pollfd *poll;

	source = realloc(f->source, (f->n + 1) * sizeof(*source));
	if (!source)
		return nl_fail(err, -ENOMEM);
	f->source = source;
	poll = realloc(f->poll, (f->n + 2) * sizeof(*poll));
	if (!poll)
		return nl_fail(err, -ENOMEM);
	f->poll = poll;
	source[f->n] = (struct source){.settled = 0};
	select_source(f, f->n);
	if (nl_fail(err, open_events(f)))
		return err->err;
	poll[f->n++] = (struct pollfd){f->at->events.sock.fd, POLLIN, POLLIN};
	if (s->cmd->rcvbuf && f->n == 1)
		warn(&s->about, "the event socket's receive buffer has %d bytes",
		     f->at->events.rcvbuf);
	if (!s->many)
		note_events(s, f->kinds, followed);
	return 0;
}

/* Lists the table where that is asked for. Returns as synchronise(). */
static int first_round(struct follower *f, struct nl_err *err)
{
	return f->session->cmd->sync ? synchronise(f, err) : 0;
}

/* Follows in the namespaces that have come, and no longer in those that have no name and no process
 * left: they could not go away while a socket is there. */
static int look_for_others(struct follower *f, struct nl_err *err)
{
	struct session *s = f->session;
	struct ct_netns_list *l = s->spaces;
	const char *why;
	int code = ct_netns_list(l, s->cmd->netns, &why);

	f->look = clock_ns(CLOCK_MONOTONIC) + NSEC;
	while (!err->err && f->n < l->n)
		if (ct_netns_enter(l->ns[f->n].fd, &why))
			ct_netns_forget(l, f->n);
		else if (!add_source(f, err))
			first_round(f, err);
	ct_netns_enter(l->home, &why);
	/* Where some could not be looked at, none has gone for sure. */
	for (unsigned i = 0; i < f->n && !err->err && (!code || code == -ENOENT); i++) {
		if (l->ns[i].seen)
			continue;
		select_source(f, i);
		drain(f, err);
		if (!s->quiet)
			warn(&s->about, "this network namespace has gone");
		ct_events_close(&f->at->events);
		*f->at = f->source[--f->n];
		f->poll[i] = f->poll[f->n];
		ct_netns_forget(l, i--);
	}
	s->about.netns = NULL; /* its word may be no more */
	f->enough |= !f->n;
	return err->err;
}

/* Waits for an event, a signal, or the moment that nobody reads any more what is written; targets
 * write nothing. */
static void wait_for_more(struct follower *f)
{
	struct out *out = f->session->out;
	struct pollfd *reader = &f->poll[f->n];

	*reader = (struct pollfd){.fd = f->jump.target ? -1 : out->fd};
	signal_wait(f->poll, f->n + 1, patience(f));
	if (reader->revents & POLLERR)
		out->err = -EPIPE;
}

/* Follows until stopped, by a signal or by what was asked for. Returns 0 or a negative errno. */
static int follow(struct follower *f, struct nl_err *err)
{
	while (!signal_caught && !f->enough && !err->err && !f->session->out->err && remaining(f)) {
		bool more = false, told = false;

		for (unsigned i = 0; i < f->n && !f->enough; i++) {
			int n = 0;

			select_source(f, i);
			/* A single one is always looked at, as a signal may tell of a program's
			 * end. */
			if ((f->n == 1 || f->poll[i].revents) && (n = receive(f)) < 0)
				return nl_fail(err, n);
			if (!n)
				f->poll[i].revents = 0;
			more |= n > 0;
		}
		if (WITH_GROUP && f->groups && !until(f->began + every(f)))
			report_groups(f, err);
		if (WITH_NETNS && !until(f->look))
			look_for_others(f, err);
		if (!until(f->round))
			next_round(f, err);
		if (more)
			continue; /* what is lost is known once the queue is empty */
		for (unsigned i = 0; i < f->n; i++) {
			select_source(f, i);
			if (loss_settling(f) || !f->at->overrun)
				continue;
			loss_account(f, false, err);
			told = true;
		}
		if (!told && !out_flush(f->session->out))
			wait_for_more(f);
	}
	return err->err;
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

/* Sets all up but the sockets. Returns the exit code. */
static int begin(struct follower *f, struct session *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const struct cmd *c = s->cmd;

	f->session = s;
	f->kinds = wanted_events(c) & (c->every ? CT_EV_NEW | CT_EV_DESTROY : ~0u);
	f->end = c->duration ? clock_ns(CLOCK_MONOTONIC) + (uint64_t)c->duration * MSEC : 0;
	if (!f->kinds) {
		warn(&s->about, "-e: %s",
		     c->every ? "reports count NEW and DESTROY"
			      : "expectations have no UPDATE events");
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal_catch(signals[i]);
	signal(SIGPIPE, SIG_IGN);
	s->out->stop = &signal_caught;
	f->began = clock_ns(CLOCK_MONOTONIC);
	if (c->rounds) {
		if (c->format->is & FMT_TELLS_DELTA)
			s->fmt.deltas = &f->deltas;
		if (s->fmt.deltas && ct_deltas_round(&f->deltas))
			return system_error(&s->about, "follow events", -ENOMEM);
		f->round = f->began + (uint64_t)c->rounds * MSEC;
		note_lacks(s, s->lookups->acct ? 0 : CT_HAS_COUNTERS_ORIG);
	}
	if (WITH_GROUP && c->every) {
		struct group_spec spec = c->group;

		spec.routes = s->filter.routes;
		spec.neighbors = s->filter.neighbors;
		spec.labels = c->labels;
		f->groups = groups_new(&spec);
		if (!f->groups)
			return system_error(&s->about, "follow events", -ENOMEM);
		groups_of_events(f->groups, s->limit * 64);
	}
	return 0;
}

int run_event(struct session *s)
{
	static struct follower f; /* of all namespaces: each call adds one */
	const struct cmd *c = s->cmd;
	struct nl_err err;
	const char *why;
	int code = f.n ? 0 : begin(&f, s);

	if (code)
		return code;
	code = note_no_events(s);
	if (code && !s->many)
		return code;
	/* Before that of a target, the socket gets our process id, by which others find it. */
	if (!add_source(&f, &err) && !nl_fail(&err, f.n > 1 ? 0 : jump_open(&f.jump, s)) &&
	    !first_round(&f, &err)) {
		if (WITH_NETNS && s->many && f.n < s->spaces->n)
			return 0;
		if (WITH_NETNS && s->many && !ct_netns_enter(s->spaces->home, &why))
			f.look = clock_ns(CLOCK_MONOTONIC) + NSEC;
		follow(&f, &err);
	}
	for (unsigned i = 0; i < f.n && !err.err && (signal_caught || !remaining(&f)); i++) {
		select_source(&f, i);
		drain(&f, &err);
	}
	if (WITH_GROUP && f.groups && !err.err &&
	    (groups_count(f.groups) || until(f.began + every(&f) / 2) == 0))
		report_groups(&f, &err);
	groups_free(f.groups);
	ct_deltas_free(&f.deltas);
	code = jump_close(&f.jump, err.err);
	if (session_finish(s))
		return EXIT_REFUSED;
	if (err.err)
		return kernel_error(&s->about, "follow events", &err);
	s->about.netns = NULL;
	if (!c->jump && !s->quiet)
		report(&f);
	return f.code || (f.lossy && c->on_loss == LOSS_EXIT) ? EXIT_REFUSED : code;
}
