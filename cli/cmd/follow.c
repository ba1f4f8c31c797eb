/* One event or entry of -E, lists within the stream of events, and what is done when some were
 * lost. */
#include <errno.h>

#include "cli/cmd/follow.h"
#include "cli/sys/clock.h"
#include "ct/item.h"
#include "ct/netns.h"
#include "fmt/format.h"

/* After so many nanoseconds from the first overrun on, it is told at the latest. */
#define SETTLE_AT_LATEST (UINT64_C(10000) * MSEC)

/* Counts an event in its group. */
static void count(struct follower *f, const struct nlmsghdr *h)
{
	struct ct_entry e;

	if (!ct_entry_decode(&e, h) && groups_add_event(f->groups, &e, f->ev.kind == FMT_DESTROY) &&
	    !f->session->out->err)
		f->session->out->err = -ENOMEM;
}

void follow_show(struct follower *f, const struct nlmsghdr *h)
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
	else if (fmt_show(&f->session->fmt, h, &f->ev) == -ENOMEM && !f->session->out->err)
		f->session->out->err = -ENOMEM;
	f->shown[ct_is_expect(h)]++;
	f->enough |= f->shown[0] + f->shown[1] == f->session->limit;
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
			follow_show(f, h);
		jump_flush(&f->jump);
		f->enough |= f->jump.stop;
	}
	*err = l.reply.err;
	return err->err;
}

int synchronise(struct follower *f, struct nl_err *err)
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

/* As synchronise(), in the namespace of the socket at hand. */
static int resync(struct follower *f, struct nl_err *err)
{
	const struct ct_netns_list *l = f->session->spaces;
	const char *why;

	if (!WITH_NETNS || !f->session->many)
		return synchronise(f, err);
	if (!nl_fail(err, ct_netns_enter(l->ns[f->at - f->source].fd, &why)))
		synchronise(f, err);
	ct_netns_enter(l->home, &why);
	return err->err;
}

void select_source(struct follower *f, unsigned i)
{
	struct session *s = f->session;

	f->at = &f->source[i];
	if (WITH_NETNS && s->many)
		s->fmt.netns = s->about.netns = s->spaces->ns[i].word;
}

int next_round(struct follower *f, struct nl_err *err)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), every = (uint64_t)f->session->cmd->rounds * MSEC;

	f->round = now + every - (now - f->began) % every; /* however late this one is */
	nl_fail(err, f->session->fmt.deltas ? ct_deltas_round(&f->deltas) : 0);
	for (unsigned i = 0; i < f->n && !err->err; i++) {
		select_source(f, i);
		resync(f, err);
	}
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
		     (unsigned long long)lost, f->at->events.rcvbuf);
}

bool loss_settling(struct follower *f)
{
	const struct cmd *c = f->session->cmd;
	struct source *e = f->at;
	uint64_t now = c->reliable && c->on_loss != LOSS_EXIT ? clock_ns(CLOCK_MONOTONIC) : 0;

	if (now && e->events.overrun) {
		e->settled = now + SETTLE;
		if (!e->overrun)
			e->latest = now + SETTLE_AT_LATEST;
	}
	e->overrun |= e->events.overrun;
	e->events.overrun = false;
	return e->overrun && now < e->settled && now < e->latest;
}

int loss_account(struct follower *f, bool ending, struct nl_err *err)
{
	const struct cmd *c = f->session->cmd;
	int64_t lost = ct_events_lost(&f->at->events);
	bool sure = f->at->overrun;

	f->at->overrun = false;
	if (!lost || (lost < 0 && !sure) ||
	    (c->reliable && !(f->kinds & ~(unsigned)(CT_EV_DESTROY | CT_EV_EXP_DESTROY))))
		return 0; /* what was held back comes again: every try counted as a drop */
	if (c->reliable && lost > 0)
		lost = ATTEMPTS;
	f->lossy = true;
	f->at->unknown |= lost < 0;
	tell_loss(f, lost);
	if (c->on_loss == LOSS_RESYNC && !ending)
		return resync(f, err);
	f->enough |= c->on_loss == LOSS_EXIT;
	return 0;
}
