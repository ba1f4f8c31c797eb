/* What targets share that send a request for each entry, many at a time. */
#include <errno.h>
#include <stdlib.h>

#include "cli/jump/jump.h"

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
