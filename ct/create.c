#include "ct/create.h"

#include <errno.h>
#include <string.h>

#include "ct/item.h"
#include "ct/name.h"

/* A request that lost a race against the entry's own packets is worth another try. */
#define TRIES 5

int ct_creator_open(struct ct_creator *c)
{
	int err = ct_open(&c->answers);

	c->done = c->failures = 0;
	c->no_zones = false;
	nl_batch_init(&c->batch, &c->answers.sock);
	nl_batch_init(&c->single, &c->answers.sock);
	return err;
}

void ct_creator_close(struct ct_creator *c)
{
	ct_close(&c->answers);
}

static const struct nlmsghdr *request_of(const struct ct_creator *c, unsigned i)
{
	return (const void *)(c->batch.buf.data + c->item[i].offset);
}

/* Sends the single request that was built with the result put. Its answer, if it is data, is copied
 * to answer (NULL: nowhere). Its error goes to *err. */
static int exchange(struct ct_creator *c, int put, uint32_t *answer, struct nl_err *err)
{
	return nl_batch_single(&c->single, put, c->answers.buf, sizeof(c->answers.buf), answer,
			       err);
}

static uint8_t first_name(const struct ct_creator *c, const struct nlmsghdr *h)
{
	return ct_is_expect(h) ? CT_NAME_EXACT
	       : c->no_zones   ? CT_NAME_ORIG
			       : ct_name_in(ct_name_zone(h));
}

/* Reads the entry, or the expectation, of a creation request, into c->found. -ENOENT when there is
 * none, -EEXIST when its tuple is only that of another one's reply, or under another one's mask. */
static int find_created(struct ct_creator *c, const struct nlmsghdr *create, struct nl_err *err)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)c->found;
	struct nl_batch *b = &c->single;

	for (unsigned name = first_name(c, create);; name = CT_NAME_ORIG) {
		if (exchange(c, ct_encode_get(&b->buf, nl_batch_seq(b), create, name, false),
			     c->found, err) == -EOPNOTSUPP &&
		    name == CT_NAME_EXACT) {
			c->no_zones = true;
			continue;
		}
		if (err->err)
			return err->err;
		if (c->found[0] &&
		    (ct_is_expect(create) ? ct_same_expect(h, create) : ct_same_flow(h, create)))
			return 0;
		if (name != CT_NAME_ORIG_ZONE)
			return nl_fail(err, -EEXIST);
	}
}

/* Finds a name for what find_created() has read. Returns 0 or a negative errno, also in *err. */
static int find_name(struct ct_creator *c, uint8_t *name, struct nl_err *err)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)c->found;

	*name = first_name(c, h);
	return *name == CT_NAME_ORIG_ZONE ? ct_name_find(&c->single, c->answers.buf,
							 sizeof(c->answers.buf), h, name, err)
					  : nl_fail(err, 0);
}

/* The kernel has an entry with this tuple: it becomes what was asked for. */
static int update_existing(struct ct_creator *c, const struct nlmsghdr *create,
			   const struct ct_creation *item, struct nl_err *err)
{
	const struct nlmsghdr *entry = (const struct nlmsghdr *)c->found;
	struct nl_batch *b = &c->single;
	uint8_t name;

	if (find_created(c, create, err))
		return err->err;
	if (!ct_nat_as_asked(entry, create, item->reply))
		return nl_fail(err, -EALREADY);
	if (find_name(c, &name, err))
		return err->err;
	exchange(c, ct_encode_update_to(&b->buf, nl_batch_seq(b), entry, name, create), NULL, err);
	if (!err->err && c->fixed && ct_timeout_fixed(entry) && !ct_timeout_fixed(create))
		c->fixed(item, create, c->arg);
	return err->err;
}

/* An existing entry is updated; one that goes away meanwhile is made after all: then it returns
 * true. */
static bool add_existing(struct ct_creator *c, const struct nlmsghdr *create,
			 const struct ct_creation *item, struct nl_err *err)
{
	struct nl_batch *b = &c->single;

	for (unsigned i = 0; i < TRIES; i++) {
		int code = update_existing(c, create, item, err);

		if (code != -ENOENT && code != -EBUSY)
			return false;
		if (code == -EBUSY)
			continue; /* its packets have changed its status since it was read */
		code = exchange(c, ct_encode_resend(&b->buf, nl_batch_seq(b), create), NULL, err);
		if (code != -EEXIST)
			return !code;
	}
	return false;
}

/* Deletes what a request has created, if it is still there: by its exact name, or by the id that it
 * is found to have. */
static void delete_created(struct ct_creator *c, const struct nlmsghdr *create)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)c->found;
	struct nl_batch *b = &c->single;
	struct nl_err err;
	uint8_t name;

	if (!ct_is_expect(create) && !ct_name_zone(create) && !c->no_zones &&
	    exchange(c, ct_encode_delete_created(&b->buf, nl_batch_seq(b), create), NULL, &err) !=
		    -EOPNOTSUPP)
		return;
	if (find_created(c, create, &err))
		return;
	name = first_name(c, h);
	do
		exchange(c, ct_encode_delete(&b->buf, nl_batch_seq(b), h, name), NULL, &err);
	while (err.err == -ENOENT && name != CT_NAME_EXACT && ++name < CT_NAMES);
	/* Linux 5.10 finds no expectation by the id that it tells. */
	if (err.err == -ENOENT && ct_is_expect(h))
		exchange(c, ct_encode_delete_created(&b->buf, nl_batch_seq(b), create), NULL, &err);
}

/* The kernel drops the labels of a new entry silently when no rule uses labels; given once more
 * they are refused, and then the entry is not what was asked for. An expectation's timeout it takes
 * only when it is given once more. */
static void set_after_create(struct ct_creator *c, const struct nlmsghdr *create,
			     struct nl_err *err)
{
	bool direct = ct_is_expect(create) || (!ct_name_zone(create) && !c->no_zones);
	const struct nlmsghdr *h = (const struct nlmsghdr *)c->found;
	struct nl_batch *b = &c->single;
	uint8_t name;

	if (direct)
		exchange(c, ct_encode_reapply(&b->buf, nl_batch_seq(b), create, 0, create), NULL,
			 err);
	if ((!direct || (err->err == -EOPNOTSUPP && !ct_is_expect(create))) &&
	    !find_created(c, create, err) && !find_name(c, &name, err))
		exchange(c, ct_encode_reapply(&b->buf, nl_batch_seq(b), h, name, create), NULL,
			 err);
	if (err->err == -ENOENT)
		nl_fail(err, 0); /* it is gone again: a helper expects so many flows and no more */
	else if (err->err)
		delete_created(c, create);
}

/* Does for one creation what follows its request, whose fate is in *err. resent: requests of this
 * batch may have been sent again, and so have been overtaken by later ones. */
static void follow_up(struct ct_creator *c, unsigned i, bool *resent, struct nl_err *err)
{
	const struct nlmsghdr *create = request_of(c, i);
	const struct ct_creation *item = &c->item[i];
	struct nl_batch *b = &c->single;
	bool made;

	if (err->err == -EEXIST && *resent)
		exchange(c, ct_encode_resend(&b->buf, nl_batch_seq(b), create), NULL, err);
	made = !err->err;
	if (err->err == -EEXIST && item->update && ct_is_expect(create)) {
		nl_fail(err, 0);
	} else if (err->err == -EEXIST && item->update) {
		made = add_existing(c, create, item, err);
		*resent = true;
	}
	if (made && item->reapply) {
		set_after_create(c, create, err);
		*resent = true;
	}
}

/* Takes the creations from the i-th on back: the run stopped before them. */
static void rollback(struct ct_creator *c, unsigned i, unsigned n)
{
	for (; i < n; i++)
		if (!c->batch.err[i])
			delete_created(c, request_of(c, i));
}

int ct_creator_flush(struct ct_creator *c)
{
	struct nl_batch *b = &c->batch;
	bool resent = false;
	int code = 0;

	nl_batch_run(b, c->answers.buf, sizeof(c->answers.buf));
	for (unsigned i = 0; i < b->n && !code; i++) {
		struct nl_err err;

		if (b->err[i] || c->item[i].reapply) {
			nl_batch_error(b, i, &err);
			follow_up(c, i, &resent, &err);
			if (err.err) {
				c->failed(&c->item[i], request_of(c, i), &err, c->arg);
				c->failures++;
				if (!c->carry_on) {
					rollback(c, i + 1, b->n);
					code = -ECANCELED;
				}
				continue;
			}
		}
		c->done++;
	}
	nl_batch_reset(b);
	return code;
}

/* Makes room for one more request, about this item. Returns as ct_creator_flush(). */
static int begin(struct ct_creator *c, struct ct_creation item)
{
	struct nl_batch *b = &c->batch;
	int err = nl_batch_has_room(b, 1) ? 0 : ct_creator_flush(c);

	item.offset = b->buf.len;
	c->item[b->n] = item;
	return err;
}

static bool any_label(const struct ct_change *c)
{
	uint32_t any = 0;

	for (unsigned w = 0; w < CT_LABEL_BITS / 32; w++)
		any |= c->labels.word[w];
	return c->has & CT_HAS_LABELS && any;
}

int ct_creator_add(struct ct_creator *c, const struct ct_create *entry, bool update,
		   unsigned long tag)
{
	const struct ct_creation item = {.tag = tag,
					 .reply = entry->reply_given,
					 .update = update,
					 .reapply = any_label(&entry->change)};
	struct nl_batch *b = &c->batch;
	int err = begin(c, item);

	return err ? err : nl_batch_added(b, ct_encode_create(&b->buf, nl_batch_seq(b), entry));
}

int ct_creator_add_expect(struct ct_creator *c, const struct ct_create_expect *expect, bool update,
			  unsigned long tag)
{
	const struct ct_creation item = {.tag = tag,
					 .update = update,
					 .reapply = expect->has_timeout};
	struct nl_batch *b = &c->batch;
	int err = begin(c, item);

	return err ? err
		   : nl_batch_added(b, ct_encode_create_expect(&b->buf, nl_batch_seq(b), expect));
}
