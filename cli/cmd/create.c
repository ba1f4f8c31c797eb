#include "cli/cmd/create.h"

#include <errno.h>

#include "cli/cmd/run.h"

/* What loses a race against the entry's own packets is worth another try. */
#define TRIES 5

/* One exchange besides the batch: builds with put(), sends, returns what became of it. */
static int exchange(struct creating *c, int put_err,
		    int (*message)(const struct nlmsghdr *h, unsigned index, void *arg), void *arg)
{
	int err = nl_batch_added(&c->fix, put_err);

	if (!err)
		err = nl_batch_run(&c->fix, c->answers.buf, sizeof(c->answers.buf), message, arg);
	if (!err)
		err = c->fix.err[0];
	nl_batch_reset(&c->fix);
	return err;
}

static int keep(const struct nlmsghdr *h, unsigned index, void *arg)
{
	(void)index;
	if (h->nlmsg_len <= NL_BATCH_ROOM * 4)
		memcpy(arg, h, h->nlmsg_len);
	return 0;
}

/* -A found an entry with this tuple: it becomes what was asked for. */
static int update_existing(struct creating *c, const struct nlmsghdr *create, uint16_t reply)
{
	uint32_t found[NL_BATCH_ROOM] = {0};
	const struct nlmsghdr *entry = (const struct nlmsghdr *)found;
	int err;

	err = exchange(c, ct_encode_get(&c->fix.buf, nl_batch_seq(&c->fix), create, false), keep,
		       found);
	if (err)
		return err;
	if (!found[0] || !ct_same_flow(entry, create))
		return -EEXIST; /* another entry has the tuple, in its reply direction */
	if (!ct_nat_as_asked(entry, create, reply))
		return -EALREADY;
	return exchange(c, ct_encode_update_to(&c->fix.buf, nl_batch_seq(&c->fix), entry, create),
			NULL, NULL);
}

/* -A: what exists is updated, what goes away meanwhile made after all. */
static int add_existing(struct creating *c, const struct nlmsghdr *create, uint16_t reply)
{
	int err = -EEXIST;

	for (unsigned i = 0; i < TRIES; i++) {
		err = update_existing(c, create, reply);
		if (err != -ENOENT && err != -EBUSY)
			return err;
		if (err == -EBUSY)
			continue; /* its packets have changed its status since it was read */
		err = exchange(c, ct_encode_resend(&c->fix.buf, nl_batch_seq(&c->fix), create),
			       NULL, NULL);
		if (err != -EEXIST)
			return err;
	}
	return err;
}

/* The kernel drops the labels of a new entry silently when no rule uses labels; given once more
 * they are kernel_error, and then the entry is not what was asked for. An expectation's timeout it
 * takes only when it is given once more. */
static int give_rest(struct creating *c, const struct nlmsghdr *create)
{
	int err = exchange(c, ct_encode_reapply(&c->fix.buf, nl_batch_seq(&c->fix), create), NULL,
			   NULL);

	if (err == -ENOENT)
		return 0; /* it was made, and is gone: a helper expects so many flows and no more */
	if (err)
		exchange(c, ct_encode_delete_created(&c->fix.buf, nl_batch_seq(&c->fix), create),
			 NULL, NULL);
	return err;
}

/* What lines after a failing one have made goes again: the run stopped before them. */
static void take_back(struct creating *c, unsigned from, unsigned n, const int *err)
{
	for (unsigned i = from; i < n; i++)
		if (!err[i])
			exchange(c,
				 ct_encode_delete_created(&c->fix.buf, nl_batch_seq(&c->fix),
							  (const void *)(c->batch.buf.data +
									 c->item[i].offset)),
				 NULL, NULL);
}

static void report(struct creating *c, unsigned i, int err)
{
	struct run *r = c->run;
	unsigned long line = r->line;
	enum ct_table table = r->cmd->table;
	enum verb verb = r->cmd->verb;
	struct nl_str helper;

	/* r->cmd is the command of a later line by now: it is only borrowed. */
	r->line = c->item[i].line;
	r->cmd->verb = c->item[i].verb;
	r->cmd->table = c->item[i].table;
	if (i == c->batch.text_of)
		memcpy(r->ct->sock.text, c->batch.text, sizeof(c->batch.text));
	helper = ct_helper_of((const void *)(c->batch.buf.data + c->item[i].offset));
	if (err == -EOPNOTSUPP && helper.len)
		warn(r,
		     "cannot create: the kernel has no helper %.*s for this protocol (load "
		     "the module nf_conntrack_%.*s), or the entry exists without it",
		     (int)helper.len, helper.p, (int)helper.len, helper.p);
	else
		kernel_error(r, "create", err);
	r->ct->sock.text[0] = 0;
	r->line = line;
	r->cmd->verb = verb;
	r->cmd->table = table;
	c->failed++;
}

int creating_flush(struct creating *c)
{
	unsigned n = c->batch.n;
	bool late = false; /* what comes earlier in the file was done after what comes later */
	int code = 0, err[NL_BATCH_MAX];

	nl_batch_run(&c->batch, c->answers.buf, sizeof(c->answers.buf), NULL, NULL);
	memcpy(err, c->batch.err, n * sizeof(err[0]));
	for (unsigned i = 0; i < n && !code; i++) {
		const void *create = c->batch.buf.data + c->item[i].offset;

		if (err[i] == -EEXIST && late)
			err[i] = exchange(c,
					  ct_encode_resend(&c->fix.buf, nl_batch_seq(&c->fix),
							   create),
					  NULL, NULL);
		if (err[i] == -EEXIST && c->item[i].verb == V_ADD) {
			err[i] = add_existing(c, create, c->item[i].reply);
			late = true;
		} else if (!err[i] && c->item[i].more) {
			err[i] = give_rest(c, create);
			late = true;
		}
		if (!err[i]) {
			c->done++;
			continue;
		}
		report(c, i, err[i]);
		if (!c->run->carry_on) {
			take_back(c, i + 1, n, err);
			code = EXIT_REFUSED;
		}
	}
	nl_batch_reset(&c->batch);
	return code;
}

int creating_add(struct creating *c)
{
	const struct cmd *cmd = c->run->cmd;
	struct nl_batch *b = &c->batch;
	int err, code;

	if (!nl_batch_has_room(b, 1)) {
		code = creating_flush(c);
		if (code)
			return code;
	}
	/* What the lines before this one have to warn of comes first. */
	code = run_policy_fits(c->run) ? 0 : creating_flush(c);
	if (!code)
		code = run_policy(c->run);
	if (code)
		return code;
	c->item[b->n].offset = b->buf.len;
	c->item[b->n].line = c->run->line;
	c->item[b->n].verb = cmd->verb;
	c->item[b->n].table = cmd->table;
	if (cmd->table == CT_TABLE_EXPECT) {
		c->item[b->n].more = cmd->expect.has_timeout;
		err = ct_encode_create_expect(&b->buf, nl_batch_seq(b), &cmd->expect);
	} else {
		c->item[b->n].more = cmd->create.change.has & CT_HAS_LABELS;
		c->item[b->n].reply = cmd->create.reply_given;
		err = ct_encode_create(&b->buf, nl_batch_seq(b), &cmd->create);
	}
	err = nl_batch_added(b, err);
	return err ? kernel_error(c->run, "create", err) : 0;
}

int creating_open(struct creating *c, struct run *r)
{
	int err = ct_open(&c->answers);

	c->run = r;
	c->done = c->failed = 0;
	if (err)
		return kernel_error(r, "create", err);
	run_confine(r);
	nl_batch_init(&c->batch, &c->answers.sock);
	nl_batch_init(&c->fix, &c->answers.sock);
	return 0;
}

void creating_close(struct creating *c)
{
	ct_close(&c->answers);
}

int run_create(struct run *r)
{
	const struct cmd *cmd = r->cmd;
	const char *what = cmd->table == CT_TABLE_EXPECT ? "expectations" : "flow entries";
	const char *verb = cmd->verb == V_ADD ? "added" : "created";
	struct creating c;
	int code = creating_open(&c, r);

	if (code)
		return code;
	code = creating_add(&c);
	if (!code)
		code = creating_flush(&c);
	creating_close(&c);
	if (!code && !cmd->quiet)
		summary("%llu %s have been %s.", (unsigned long long)c.done, what, verb);
	return code;
}
