#include "cli/jump.h"

#include <errno.h>
#include <stdlib.h>

static const struct target *const targets[] = {
	&jump_count, &jump_null, &jump_delete, &jump_mark, &jump_exec,
};

const struct target *jump_target(size_t i)
{
	return WITH_JUMP && i < sizeof(targets) / sizeof(targets[0]) ? targets[i] : NULL;
}

int jump_open(struct jump *j, struct run *r)
{
	*j = (struct jump){.target = r->cmd->jump, .run = r, .arg = r->cmd->jump_arg};
	return j->target && j->target->open ? j->target->open(j) : 0;
}

void jump_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	/* What the target did itself would go round in circles. */
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

	if (t && t->done && !err && !j->run->cmd->quiet)
		summary("%llu %s have been %s.", (unsigned long long)j->done,
			j->run->cmd->table == CT_TABLE_EXPECT ? "expectations" : "flow entries",
			t->done);
	if (t && j->first_error && !err)
		code = refused(j->run, t->name, j->first_error);
	return code;
}

struct sender {
	struct ct_handle ct;
	struct nl_batch batch;
};

int jump_sender_open(struct jump *j)
{
	struct sender *s = calloc(1, sizeof(*s));
	int err = s ? ct_open(&s->ct) : -ENOMEM;

	if (err) {
		free(s);
		return err;
	}
	nl_batch_init(&s->batch, &s->ct.sock);
	j->portid = s->ct.sock.portid;
	j->state = s;
	return 0;
}

static void fail(struct jump *j, int err)
{
	j->failed++;
	if (!j->first_error)
		j->first_error = err;
}

void jump_sender_flush(struct jump *j)
{
	struct sender *s = j->state;

	nl_batch_run(&s->batch, s->ct.buf, sizeof(s->ct.buf), NULL, NULL);
	for (unsigned i = 0; i < s->batch.n; i++) {
		int err = s->batch.err[i];

		if (!err)
			j->done++;
		else if (err != -ENOENT) /* gone meanwhile: no error */
			fail(j, err);
	}
	nl_batch_reset(&s->batch);
}

void jump_send(struct jump *j, const struct nlmsghdr *h,
	       int (*put)(struct jump *j, struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h))
{
	struct sender *s = j->state;
	int err;

	if (!nl_batch_has_room(&s->batch, 1))
		jump_sender_flush(j);
	err = nl_batch_added(&s->batch, put(j, &s->batch.buf, nl_batch_seq(&s->batch), h));
	if (err)
		fail(j, err);
}

int jump_sender_close(struct jump *j)
{
	struct sender *s = j->state;

	if (!s)
		return 0;
	jump_sender_flush(j);
	ct_close(&s->ct);
	free(s);
	return 0;
}
