/* Targets that send the kernel a request for each entry, many at a time. */
#include <errno.h>
#include <stdlib.h>

#include "cli/jump/jump.h"

/* A target's state: what it applies, and the change that it consists of. */
struct applying {
	struct ct_apply apply;
	struct ct_change change;
};

static void nothing_to_show(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
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
	a->changed = nothing_to_show;
	err = ct_apply_open(a);
	if (err) {
		free(state);
		return err;
	}
	j->portid = a->answers.sock.portid;
	j->state = state;
	return 0;
}

void jump_apply_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	struct ct_apply *a = &((struct applying *)j->state)->apply;

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
	struct ct_apply *a;

	if (!state)
		return 0;
	a = &state->apply;
	ct_apply_flush(a);
	ct_apply_close(a);
	j->done = a->done;
	j->failed = a->failed;
	j->error = a->error;
	free(state);
	return 0;
}
