#include "ct/apply.h"

#include <errno.h>
#include <string.h>

#include "ct/item.h"
#include "ct/with.h"

/* An update that lost a race against the entry's own packets is worth another try. */
#define TRIES 5

int ct_apply_open(struct ct_apply *a)
{
	int err = ct_open(&a->answers);

	a->done = a->failed = 0;
	nl_fail(&a->error, 0);
	nl_batch_init(&a->batch, &a->answers.sock);
	return err;
}

void ct_apply_close(struct ct_apply *a)
{
	ct_close(&a->answers);
}

static void failure(struct ct_apply *a, const struct nl_err *err)
{
	if (!a->failed++)
		a->error = *err;
}

/* Puts the request that changes one item. Returns 0 or a negative errno. */
static int put(struct ct_apply *a, const struct nlmsghdr *h)
{
	struct nl_batch *b = &a->batch;
	uint32_t seq = nl_batch_seq(b);

	a->item[b->n] = h;
	if (a->action == CT_ZERO)
		return nl_batch_added(b, ct_encode_get(&b->buf, seq, h, true));
	if (WITH_CREATE && a->action == CT_UPDATE)
		return nl_batch_added(b, ct_encode_update(&b->buf, seq, h, a->change));
	return nl_batch_added(b, ct_encode_delete(&b->buf, seq, h));
}

/* Runs a batch of one message that was put with the result put. Its error goes to *err. */
static int run_one(struct ct_apply *a, int put_err, struct nl_err *err)
{
	struct nl_batch *b = &a->batch;

	if (put_err)
		return nl_fail(err, put_err);
	nl_batch_run(b, a->answers.buf, sizeof(a->answers.buf));
	return nl_batch_error(b, 0, err);
}

/* Reads a listed item again, into a->fresh. -ENOENT when it is gone, is another one by now, or does
 * not meet the conditions any more. */
static int reread(struct ct_apply *a, const struct nlmsghdr *listed, struct nl_err *err)
{
	const struct nlmsghdr *h;
	struct nl_batch *b = &a->batch;
	unsigned index;
	int code;

	a->fresh[0] = 0;
	nl_batch_reset(b);
	code = nl_batch_added(b, ct_encode_get(&b->buf, nl_batch_seq(b), listed, false));
	if (code)
		return nl_fail(err, code);
	nl_batch_send(b, a->answers.buf, sizeof(a->answers.buf));
	while ((h = nl_batch_next(b, &index)))
		if (h->nlmsg_len <= sizeof(a->fresh) && (!a->filter || ct_match(a->filter, h)) &&
		    ct_same_id(h, listed))
			memcpy(a->fresh, h, h->nlmsg_len);
	code = nl_batch_error(b, 0, err);
	return code || a->fresh[0] ? code : nl_fail(err, -ENOENT);
}

/* The entry got another status between being listed and being changed: it is read again, into
 * a->fresh, and changed again. */
static int retry(struct ct_apply *a, const struct nlmsghdr *listed, struct nl_err *err)
{
	int code = -EBUSY;

	for (unsigned i = 0; i < TRIES && code == -EBUSY; i++) {
		code = reread(a, listed, err);
		if (code)
			return code;
		nl_batch_reset(&a->batch);
		code = run_one(a, put(a, (const struct nlmsghdr *)a->fresh), err);
	}
	return code;
}

/* Linux 5.10 finds no expectation by the id that it tells. If this one is still there, it is
 * deleted by tuple and zone. */
static int delete_without_id(struct ct_apply *a, const struct nlmsghdr *listed, struct nl_err *err)
{
	struct nl_batch *b = &a->batch;
	int code = reread(a, listed, err);

	if (code)
		return code;
	nl_batch_reset(b);
	return run_one(a,
		       nl_batch_added(b,
				      ct_encode_delete_created(&b->buf, nl_batch_seq(b), listed)),
		       err);
}

/* Sees to it that an item's request has not failed for a reason that passes. */
static const struct nlmsghdr *settle(struct ct_apply *a, const struct nlmsghdr *h,
				     struct nl_err *err)
{
	if (err->err == -EBUSY && a->action == CT_UPDATE) {
		retry(a, h, err);
		return (const struct nlmsghdr *)a->fresh;
	}
	if (err->err == -ENOENT && ct_is_expect(h))
		delete_without_id(a, h, err);
	return h;
}

void ct_apply_flush(struct ct_apply *a)
{
	struct nl_batch *b = &a->batch;
	unsigned n = b->n, index;
	const struct nlmsghdr *h;
	int code[NL_BATCH_MAX];
	struct nl_err first;
	unsigned first_of;

	nl_batch_send(b, a->answers.buf, sizeof(a->answers.buf));
	while ((h = nl_batch_next(b, &index)))
		if (a->action == CT_ZERO)
			a->changed(h, a->arg);
	/* Retries use the batch again. */
	memcpy(code, b->err, n * sizeof(code[0]));
	first = b->error;
	first_of = b->error_of;
	for (unsigned i = 0; i < n; i++) {
		struct nl_err err;

		h = a->item[i];
		if (code[i]) {
			if (i == first_of)
				err = first;
			else
				nl_fail(&err, code[i]);
			h = settle(a, h, &err);
			if (err.err && err.err != -ENOENT)
				failure(a, &err);
			if (err.err)
				continue;
		}
		a->done++;
		if (a->action != CT_ZERO)
			a->changed(h, a->arg);
	}
	nl_batch_reset(b);
}

void ct_apply_add(struct ct_apply *a, const struct nlmsghdr *h)
{
	struct nl_err err;

	if (WITH_CREATE && a->action == CT_UPDATE && ct_change_is_met(a->change, h))
		return;
	if (a->dry_run) {
		a->done++;
		a->changed(h, a->arg);
		return;
	}
	if (!nl_batch_has_room(&a->batch, 1))
		ct_apply_flush(a);
	if (nl_fail(&err, put(a, h)))
		failure(a, &err);
}

int ct_apply_table(struct ct_apply *a, struct ct_handle *c, enum ct_table table,
		   bool (*datagram)(void *arg), struct nl_err *err)
{
	const struct nlmsghdr *h;
	struct ct_list l;

	ct_list_begin(&l, c, table, a->filter);
	while (ct_list_receive(&l) > 0) {
		if (datagram && !datagram(a->arg))
			break;
		while ((h = ct_list_next(&l)))
			ct_apply_add(a, h);
		ct_apply_flush(a);
	}
	*err = l.reply.err;
	return err->err;
}
