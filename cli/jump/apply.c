/* Targets that send the kernel a request for each entry, many at a time. */
#include <errno.h>
#include <stdlib.h>

#include "cli/jump/jump.h"
#include "ct/event.h"
#include "ct/fight.h"
#include "ct/item.h"

/* A target's state: what it applies, and the change that it consists of. */
struct applying {
	struct ct_apply apply;
	struct ct_change change;
	struct jump *jump;
	uint64_t now;	/* when the event at hand came */
	uint32_t rival; /* the port id of who keeps undoing the change, 0: nobody */
	struct ct_fight fight;
};

/* Another program's update made an entry need our change. If that goes on, it would for ever. */
static void changed(const struct nlmsghdr *h, void *arg)
{
	struct applying *a = arg;

	if (!a->now || ct_event_kind(h) != CT_EV_UPDATE || !h->nlmsg_pid ||
	    h->nlmsg_pid == a->jump->portid || !ct_fight_goes_on(&a->fight, ct_item_id(h), a->now))
		return;
	a->rival = h->nlmsg_pid;
	a->jump->stop = true;
}

int jump_apply_open(struct jump *j, enum ct_action action, const struct ct_change *change)
{
	struct applying *state = calloc(1, sizeof(*state));
	struct ct_apply *a;
	int err;

	if (!state)
		return -ENOMEM;
	if (change)
		state->change = *change;
	a = &state->apply;
	a->action = action;
	a->filter = &j->session->filter;
	a->change = &state->change;
	a->changed = changed;
	a->arg = state;
	err = ct_apply_open(a);
	if (err) {
		free(state);
		return err;
	}
	state->jump = j;
	j->portid = a->answers.sock.portid;
	j->state = state;
	return 0;
}

void jump_apply_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	struct applying *state = j->state;
	struct ct_apply *a = &state->apply;

	state->now = ev ? ev->time : 0;
	if (!ev)
		ct_apply_add_listed(a, h);
	else if (ev->kind != FMT_DESTROY)
		ct_apply_add(a, h);
}

void jump_apply_flush(struct jump *j)
{
	ct_apply_flush(&((struct applying *)j->state)->apply);
}

int jump_apply_close(struct jump *j)
{
	struct applying *state = j->state;
	uint32_t rival;
	struct ct_apply *a;

	if (!state)
		return 0;
	a = &state->apply;
	ct_apply_flush(a);
	ct_apply_close(a);
	j->done = a->done;
	j->failed = a->failed;
	j->error = a->error;
	rival = state->rival;
	free(state);
	if (!rival)
		return 0;
	warn(&j->session->about,
	     "--jump %s: stopped, because the program with port id %u undoes it again and again",
	     j->target->name, rival);
	return EXIT_REFUSED;
}
