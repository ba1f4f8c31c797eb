/* -E: follow events. */
#define _GNU_SOURCE
#include "ct/event.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "cli/cmd/run.h"
#include "cli/jump/jump.h"
#include "cli/sys/program.h"
#include "ct/route.h"
#include "ct/uapi.h"

/* What is asked for where -b says nothing; the kernel doubles it. */
#define DEFAULT_RCVBUF (8 << 20)

#define ENOUGH 1

struct following {
	struct run *run;
	struct ct_events events;
	struct programs programs;
	uint64_t shown[2]; /* flows, expectations */
	struct fmt_event ev;
	unsigned kinds; /* CT_EV_* that were joined */
	struct jump jump;
	bool lossy; /* some were lost: what that means for the exit code is told by on_loss */
};

/* The only thing that handlers do. */
static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* The second signal of a kind kills: a reader of ours that is stuck must not make us immortal. */
static void catch_signals(sigset_t *caught)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(caught);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction old;

		/* nohup(1) has a say; the shell that ignores SIGINT for its background jobs not */
		if (signals[i] == SIGHUP && !sigaction(SIGHUP, NULL, &old) &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &act, NULL);
		sigaddset(caught, signals[i]);
	}
	signal(SIGPIPE, SIG_IGN);
}

static int show(struct following *f, const struct nlmsghdr *h)
{
	bool expect = h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
	const struct ct_filter *sel = &f->run->cmd->sel;
	struct fmt *fmt = &f->run->fmt;
	struct ct_expect x;
	struct ct_entry e;

	if (expect ? ct_expect_decode(&x, h) || !ct_expect_match(sel, &x)
		   : !ct_filter_match(sel, h) || ct_entry_decode(&e, h))
		return 0;
	if (f->jump.target)
		jump_entry(&f->jump, h, &f->ev);
	else if (expect)
		fmt->ops->expect(fmt, &x, &f->ev);
	else
		fmt->ops->entry(fmt, &e, &f->ev);
	f->shown[expect]++;
	return f->shown[0] + f->shown[1] == f->run->cmd->limit ? ENOUGH : 0;
}

static int one_event(struct following *f, const struct nlmsghdr *h)
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
		return 0;
	}
	f->ev.portid = h->nlmsg_pid;
	f->ev.program = h->nlmsg_pid ? program_name(&f->programs, h->nlmsg_pid) : NULL;
	return show(f, h);
}

/* Shows what one call to the kernel brought. Returns the number of datagrams, 0 when there are none
 * for now, a negative errno, or, with *enough set, whatever. */
static int receive(struct following *f, bool *enough)
{
	int n = ct_events_receive(&f->events);

	if (n > 0) {
		struct ct_routes *routes = WITH_ROUTE ? f->run->cmd->sel.routes : NULL;
		uint64_t then = f->run->fmt.now;

		f->ev.time = f->run->fmt.now = now_ns();
		if (routes && f->ev.time / 1000000000 != then / 1000000000)
			ct_routes_forget(routes); /* no route is remembered for long */
		*enough |= routes && routes->err;
	}
	for (int i = 0; i < n && !*enough; i++) {
		const struct nlmsghdr *h = NULL;

		while (!*enough && (h = nl_msg_next(f->events.buf[i], f->events.len[i], h)))
			*enough = one_event(f, h);
	}
	jump_flush(&f->jump);
	return n;
}

static int sync_message(const struct nlmsghdr *h, void *arg)
{
	struct following *f = arg;

	return show(f, h);
}

static int sync_datagram(void *arg)
{
	struct following *f = arg;

	jump_flush(&f->jump);
	return f->run->out->err || stop ? ENOUGH : 0;
}

/* Lists the table as SYNC events between two markers. What happens meanwhile is queued and comes
 * after them, so that a consumer who goes by the id is right in the end. */
static int synchronise(struct following *f)
{
	struct run *r = f->run;
	enum ct_table table = r->cmd->table;
	struct nl_sink sink = {sync_message, sync_datagram, f};
	int err = run_open(r);

	r->fmt.now = now_ns();
	f->ev = (struct fmt_event){.kind = FMT_SYNC, .time = r->fmt.now};
	if (err)
		return err;
	r->fmt.ops->sync(&r->fmt, false, f->ev.time);
	if (table != CT_TABLE_EXPECT)
		err = ct_list(r->ct, CT_TABLE_CONNTRACK, &r->cmd->sel, &sink);
	if (!err && table != CT_TABLE_CONNTRACK)
		err = ct_list(r->ct, CT_TABLE_EXPECT, &r->cmd->sel, &sink);
	ct_close(r->ct);
	if (!err)
		r->fmt.ops->sync(&r->fmt, true, now_ns());
	return err;
}

/* After an overrun: how much was lost, and what is to be done about it. sure: the kernel has said
 * that there was one; else only its counter can tell. */
static int account(struct following *f, bool sure)
{
	const struct cmd *c = f->run->cmd;
	int64_t lost;

	lost = ct_events_lost(&f->events);
	if (!lost || (lost < 0 && !sure) ||
	    (c->reliable && !(f->kinds & ~(unsigned)(CT_EV_DESTROY | CT_EV_EXP_DESTROY))))
		return 0; /* what was held back comes again: every try counted as a drop */
	if (c->reliable && lost > 0)
		lost = -1;
	f->lossy = true;
	if (f->run->fmt.ops->lost)
		f->run->fmt.ops->lost(&f->run->fmt, lost, now_ns());
	if (lost < 0 && c->reliable)
		warn(f->run, "events were lost, nobody knows how many: with --reliable the "
			     "kernel counts every attempt");
	else if (lost < 0)
		warn(f->run, "events were lost, nobody knows how many: /proc/net/netlink "
			     "cannot be read");
	else
		warn(f->run,
		     "%llu events were lost: the receive buffer of %d bytes was full (-b makes "
		     "it larger)",
		     (unsigned long long)lost, f->events.rcvbuf);
	if (c->on_loss == LOSS_RESYNC)
		return synchronise(f);
	return c->on_loss == LOSS_EXIT ? ENOUGH : 0;
}

/* Waits for events; signals get through only here and between batches. */
static void wait_for_events(struct following *f, const sigset_t *caught)
{
	struct pollfd fd = {.fd = f->events.sock.fd, .events = POLLIN};
	sigset_t old;

	sigprocmask(SIG_BLOCK, caught, &old);
	if (!stop)
		(void)ppoll(&fd, 1, NULL, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Until stopped, by a signal or by what was asked for. */
static int follow(struct following *f, const sigset_t *caught)
{
	bool enough = false;
	int err = 0;

	while (!stop && !enough && !err && !f->run->out->err) {
		int n = receive(f, &enough);

		if (n < 0)
			return n;
		if (n)
			continue; /* what is lost is known once the queue is empty */
		if (f->events.overrun)
			err = account(f, true);
		if (!err && !f->events.overrun) {
			if (!out_flush(f->run->out))
				wait_for_events(f, caught);
		}
	}
	return err;
}

/* What was queued when the signal came is still shown; what comes after it is not waited for. */
static int drain(struct following *f)
{
	int left = f->events.rcvbuf / 512 + CT_EVENT_BATCH, n = 1;
	bool enough = f->run->cmd->limit && f->shown[0] + f->shown[1] >= f->run->cmd->limit;

	while (n > 0 && left > 0 && !enough && !f->run->out->err) {
		n = receive(f, &enough);
		left -= n;
	}
	return n < 0 ? n : account(f, f->events.overrun);
}

static void report(struct following *f)
{
	enum ct_table table = f->run->cmd->table;

	if (table != CT_TABLE_EXPECT)
		summary("%llu flow events have been shown.", (unsigned long long)f->shown[0]);
	if (table != CT_TABLE_CONNTRACK)
		summary("%llu expectation events have been shown.",
			(unsigned long long)f->shown[1]);
}

int run_event(struct run *r)
{
	const struct cmd *c = r->cmd;
	unsigned all = CT_EV_NEW | CT_EV_UPDATE | CT_EV_DESTROY,
		 expect = CT_EV_EXP_NEW | CT_EV_EXP_DESTROY;
	unsigned events = c->events ? c->events : all | expect;
	struct following f;
	sigset_t caught;
	int err, code;

	f.run = r;
	f.shown[0] = f.shown[1] = 0;
	f.lossy = false;
	f.programs = (struct programs){0};
	if (c->table == CT_TABLE_CONNTRACK)
		events &= all;
	else if (c->table == CT_TABLE_EXPECT)
		events &= expect;
	if (!events) {
		warn(r, "-e: there are no UPDATE events of expectations");
		return EXIT_USAGE;
	}
	f.kinds = events;
	/* One can listen there all the same, for ever. */
	if (ct_missing())
		return kernel_error(r, "follow events", -EINVAL);
	err = ct_events_open(&f.events, events, c->rcvbuf ? c->rcvbuf : DEFAULT_RCVBUF, c->reliable,
			     c->table == CT_TABLE_CONNTRACK && !getenv("CONNTRACK_NO_PUSHDOWN")
				     ? &c->sel
				     : NULL);
	if (err)
		return kernel_error(r, "follow events", err);
	if (c->rcvbuf)
		warn(r, "the event socket's receive buffer has %d bytes", f.events.rcvbuf);
	catch_signals(&caught);
	run_confine(r);
	err = jump_open(&f.jump, r);
	if (!err && c->sync)
		err = synchronise(&f);
	if (!err)
		err = follow(&f, &caught);
	if (err >= 0 && stop)
		err = drain(&f);
	ct_events_close(&f.events);
	code = jump_close(&f.jump, err < 0 ? err : 0);
	run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	if (err < 0)
		return kernel_error(r, "follow events", err);
	if (!c->jump)
		report(&f);
	return f.lossy && c->on_loss == LOSS_EXIT ? EXIT_REFUSED : code;
}
