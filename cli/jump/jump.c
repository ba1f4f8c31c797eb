#include "cli/jump/jump.h"

/* Each in the file of its name. */
extern const struct target jump_count, jump_null, jump_delete, jump_mark, jump_exec;

static const struct target *const targets[] = {
	&jump_count, &jump_null, &jump_delete, &jump_mark, &jump_exec,
};

const struct target *jump_target(size_t i)
{
	return WITH_JUMP && i < sizeof(targets) / sizeof(targets[0]) ? targets[i] : NULL;
}

int jump_open(struct jump *j, struct session *s)
{
	*j = (struct jump){.target = s->cmd->jump, .session = s, .arg = s->cmd->jump_arg};
	return j->target && j->target->open ? j->target->open(j) : 0;
}

void jump_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	/* The events that the target itself causes would go round in circles. */
	if (!ev || !j->portid || ev->portid != j->portid)
		j->target->entry(j, h, ev);
}

void jump_flush(struct jump *j)
{
	if (j->target && j->target->flush)
		j->target->flush(j);
}

int jump_close(struct jump *j, int err)
{
	const struct target *t = j->target;
	int code = t && t->close ? t->close(j) : 0;

	if (t && t->done && !err && !j->session->quiet)
		summary_of(&j->session->about, j->done, t->done, false);
	if (t && j->error.err && !err)
		code = kernel_error(&j->session->about, t->name, &j->error);
	return code;
}
