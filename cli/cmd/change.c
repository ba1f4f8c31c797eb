/* -D, -U and -L -z: list, and change what was listed in batches, datagram by datagram, while its
 * messages still lie in the receive buffer. */
#include <errno.h>
#include <sys/socket.h>

#include "cli/cmd/run.h"
#include "nl/batch.h"
#include "fmt/format.h"

/* An update that lost a race against the entry's own packets is worth another try. */
#define TRIES 5

struct changing {
	struct run *run;
	bool update, zero, expect; /* neither update nor zero: delete */
	struct ct_handle answers;  /* the other socket: the first one is in the middle of a dump */
	struct nl_batch batch;
	const struct nlmsghdr *entry[NL_BATCH_MAX]; /* by index of the request */
	uint64_t done, failed;
	int first_error;
	char text[120];		       /* the kernel's words for it */
	uint32_t fresh[NL_BATCH_ROOM]; /* an entry read once more */
};

static void show(struct changing *c, const struct nlmsghdr *h)
{
	struct fmt *f = &c->run->fmt;

	if (c->run->cmd->quiet && !c->zero)
		return;
	if (c->expect) {
		struct ct_expect x;

		if (ct_expect_decode(&x, h) == 0)
			f->ops->expect(f, &x, NULL);
	} else {
		struct ct_labels labels;
		struct ct_entry e;

		if (ct_entry_decode(&e, h))
			return;
		if (c->update && !c->run->cmd->dry_run)
			ct_change_apply(&e, &c->run->cmd->change, &labels);
		f->ops->entry(f, &e, NULL);
	}
}

static void failure(struct changing *c, unsigned index, int err)
{
	if (c->failed++)
		return;
	c->first_error = err;
	c->text[0] = 0;
	if (index == c->batch.text_of)
		memcpy(c->text, c->batch.text, sizeof(c->text));
}

/* Puts the request that changes one entry, or asks for it with its counters. */
static int put(struct changing *c, const struct nlmsghdr *h)
{
	struct nl_batch *b = &c->batch;
	uint32_t seq = nl_batch_seq(b);

	c->entry[b->n] = h;
	if (c->zero)
		return nl_batch_added(b, ct_encode_get(&b->buf, seq, h, true));
	if (WITH_CREATE && c->update)
		return nl_batch_added(b, ct_encode_update(&b->buf, seq, h, &c->run->cmd->change));
	return nl_batch_added(b, ct_encode_delete(&b->buf, seq, h));
}

/* -z: the entry with the counters that it had until now. */
static int answer(const struct nlmsghdr *h, unsigned index, void *arg)
{
	struct changing *c = arg;

	(void)index;
	if (c->zero)
		show(c, h);
	return 0;
}

struct same {
	struct changing *c;
	const struct nlmsghdr *listed;
};

static bool wanted(const struct changing *c, const struct nlmsghdr *h)
{
	struct ct_expect x;

	if (c->expect)
		return !ct_expect_decode(&x, h) && ct_expect_match(c->run->cmd->filter, &x);
	return ct_filter_match(c->run->cmd->filter, h);
}

/* Keeps the answer if it is still the entry that was listed and still meets the conditions. */
static int keep_same(const struct nlmsghdr *h, unsigned index, void *arg)
{
	struct same *s = arg;

	(void)index;
	if (h->nlmsg_len <= sizeof(s->c->fresh) && wanted(s->c, h) && ct_same_entry(h, s->listed))
		memcpy(s->c->fresh, h, h->nlmsg_len);
	return 0;
}

/* Reads what was listed once more, into c->fresh. -ENOENT when it is gone. */
static int look(struct changing *c, const struct nlmsghdr *h)
{
	struct nl_batch *b = &c->batch;
	struct same s = {c, h};
	int err;

	c->fresh[0] = 0;
	nl_batch_reset(b);
	err = nl_batch_added(b, ct_encode_get(&b->buf, nl_batch_seq(b), h, false));
	if (!err)
		err = nl_batch_run(b, c->answers.buf, sizeof(c->answers.buf), keep_same, &s);
	if (!err)
		err = b->err[0];
	return err || c->fresh[0] ? err : -ENOENT;
}

/* The entry got another status between being listed and being changed: look again, change again.
 * It is in c->fresh then. */
static int again(struct changing *c, const struct nlmsghdr *h)
{
	struct nl_batch *b = &c->batch;
	int err = -EBUSY;

	for (unsigned i = 0; i < TRIES && err == -EBUSY; i++) {
		err = look(c, h);
		if (err)
			return err;
		nl_batch_reset(b);
		err = put(c, (const struct nlmsghdr *)c->fresh);
		if (!err)
			err = nl_batch_run(b, c->answers.buf, sizeof(c->answers.buf), answer, c);
		if (!err)
			err = b->err[0];
	}
	return err;
}

/* Linux 5.10 finds no expectation by the id that it tells. If this one is still there, it is
 * deleted by tuple and zone. */
static int delete_without_id(struct changing *c, const struct nlmsghdr *h)
{
	struct nl_batch *b = &c->batch;
	int err = look(c, h);

	if (err)
		return err;
	nl_batch_reset(b);
	err = nl_batch_added(b, ct_encode_delete_created(&b->buf, nl_batch_seq(b), h));
	if (!err)
		err = nl_batch_run(b, c->answers.buf, sizeof(c->answers.buf), NULL, NULL);
	return err ? err : b->err[0];
}

static int flush(struct changing *c)
{
	struct nl_batch *b = &c->batch;
	unsigned n = b->n;
	int err[NL_BATCH_MAX];

	nl_batch_run(b, c->answers.buf, sizeof(c->answers.buf), answer, c);
	memcpy(err, b->err, n * sizeof(err[0]));
	for (unsigned i = 0; i < n; i++) {
		const struct nlmsghdr *h = c->entry[i];

		if (err[i] == -EBUSY && c->update) {
			err[i] = again(c, h);
			h = (const struct nlmsghdr *)c->fresh;
		} else if (err[i] == -ENOENT && c->expect) {
			err[i] = delete_without_id(c, h);
		}
		if (!err[i]) {
			c->done++;
			if (!c->zero)
				show(c, h);
		} else if (err[i] != -ENOENT) {
			failure(c, i, err[i]);
		}
	}
	nl_batch_reset(b);
	return c->run->out->err;
}

static int change_message(const struct nlmsghdr *h, void *arg)
{
	struct changing *c = arg;
	int err;

	if (c->expect && !wanted(c, h))
		return 0;
	if (c->run->cmd->dry_run) {
		show(c, h);
		c->done++;
		return 0;
	}
	if (!nl_batch_has_room(&c->batch, 1)) {
		err = flush(c);
		if (err)
			return err;
	}
	err = put(c, h);
	if (err)
		failure(c, NL_BATCH_MAX, err);
	return 0;
}

static int change_datagram(void *arg)
{
	struct changing *c = arg;

	c->run->fmt.now = now_ns();
	return flush(c);
}

int run_change(struct run *r)
{
	const struct cmd *cmd = r->cmd;
	struct changing c;
	struct nl_sink sink = {change_message, change_datagram, &c};
	const char *verb = cmd->verb == V_UPDATE ? "update"
			   : cmd->verb == V_LIST ? "list"
						 : "delete";
	const char *done = cmd->verb == V_UPDATE ? "updated"
			   : cmd->verb == V_LIST ? "shown"
						 : "deleted";
	int err;

	c.run = r;
	c.update = cmd->verb == V_UPDATE;
	c.zero = cmd->verb == V_LIST;
	c.expect = cmd->table == CT_TABLE_EXPECT;
	c.done = c.failed = 0;
	c.first_error = 0;
	r->fmt.now = now_ns();
	err = run_open(r);
	if (err)
		return kernel_error(r, verb, err);
	err = run_policy(r);
	if (err) {
		ct_close(r->ct);
		return err;
	}
	err = ct_open(&c.answers);
	if (err) {
		ct_close(r->ct);
		return kernel_error(r, verb, err);
	}
	nl_batch_init(&c.batch, &c.answers.sock);
	err = ct_list(r->ct, cmd->table, cmd->filter, &sink);
	ct_close(&c.answers);
	ct_close(r->ct);
	run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	if (!cmd->quiet && !r->line && (!err || c.done))
		summary("%llu %s %s %s.", (unsigned long long)c.done,
			c.expect ? "expectations" : "flow entries",
			cmd->dry_run ? "would be" : "have been", done);
	if (err)
		return kernel_error(r, verb, err);
	if (c.failed) {
		char what[64];

		memcpy(r->ct->sock.text, c.text, sizeof(c.text));
		format(what, sizeof(what), "%s %llu of the matching entries", verb,
		       (unsigned long long)c.failed);
		return kernel_error(r, what, c.first_error);
	}
	return c.done || c.zero || cmd->none_ok || r->line ? 0 : EXIT_REFUSED;
}
