#include "ct/apply.h"

#include <errno.h>
#include <string.h>

#include "ct/item.h"
#include "ct/proc.h"
#include "ct/uapi.h"
#include "ct/with.h"

/* An update that lost a race against the entry's own packets is worth another try. */
#define TRIES 5

int ct_apply_open(struct ct_apply *a)
{
	int err = ct_open(&a->answers);

	a->done = a->failed = 0;
	a->n = 0;
	a->zoned = a->no_zones = false;
	ct_once_reset(&a->once);
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
static int put(struct ct_apply *a, const struct nlmsghdr *h, unsigned name)
{
	struct nl_batch *b = &a->batch;
	uint32_t seq = nl_batch_seq(b);

	if (a->action == CT_ZERO)
		return ct_encode_get(&b->buf, seq, h, name, true);
	if (WITH_CREATE && a->action == CT_UPDATE)
		return ct_encode_update(&b->buf, seq, h, name, a->change);
	return ct_encode_delete(&b->buf, seq, h, name);
}

/* Sends the one request that was put with the result put. Returns its error, also in *err. */
static __attribute__((cold)) int single(struct ct_apply *a, int put_err, uint32_t *answer,
					struct nl_err *err)
{
	return nl_batch_single(&a->batch, put_err, a->answers.buf, sizeof(a->answers.buf), answer,
			       err);
}

/* Reads a listed item again, into a->fresh. -ENOENT when it is gone, is another one by now, or does
 * not meet the conditions any more. */
static __attribute__((cold)) int reread(struct ct_apply *a, const struct nlmsghdr *listed,
					unsigned name, struct nl_err *err)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)a->fresh;
	struct nl_batch *b = &a->batch;

	if (single(a, ct_encode_get(&b->buf, nl_batch_seq(b), listed, name, false), a->fresh, err))
		return err->err;
	return a->fresh[0] && (!a->filter || ct_match(a->filter, h)) && ct_same_item(h, listed)
		       ? 0
		       : nl_fail(err, -ENOENT);
}

bool ct_apply_timeout(struct ct_apply *a, const struct nlmsghdr *listed, uint32_t *seconds)
{
	uint32_t answer[NL_BATCH_ROOM / 4];
	const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
	struct nl_batch *b = &a->batch;
	struct nl_err err;
	struct ct_entry e;

	for (unsigned name = 0; name < CT_NAMES; name++) {
		int put = ct_encode_get(&b->buf, nl_batch_seq(b), listed, name, false);

		if (single(a, put, answer, &err) || !answer[0] || !ct_same_item(h, listed))
			continue;
		if (ct_entry_decode(&e, h) || !(e.has & CT_HAS_TIMEOUT))
			return false;
		*seconds = e.timeout;
		return true;
	}
	return false;
}

/* The entry got another status between being listed and being changed: it is read again, into
 * a->fresh, and changed again. */
static __attribute__((cold)) int retry(struct ct_apply *a, const struct nlmsghdr *listed,
				       unsigned name, struct nl_err *err)
{
	int code = -EBUSY;

	for (unsigned i = 0; i < TRIES && code == -EBUSY; i++) {
		code = reread(a, listed, name, err);
		if (!code)
			code = single(a, put(a, (const struct nlmsghdr *)a->fresh, name), NULL,
				      err);
	}
	return code;
}

/* The kernel finds no expectation of this name: it is gone, or it is of a zone, which a list does
 * not tell and a name needs. -EXDEV where it is still listed. */
static int gone_or_zoned(struct ct_apply *a, const struct nlmsghdr *listed, struct nl_err *err)
{
	const struct nlmsghdr *h;
	bool there = false;
	struct ct_list l;

	ct_list_begin(&l, &a->answers, CT_TABLE_EXPECT, NULL);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			there |= ct_same_item(h, listed);
	*err = l.reply.err;
	return err->err ? err->err : nl_fail(err, there ? -EXDEV : -ENOENT);
}

/* Linux 5.10 finds no expectation by the id that it tells. If this one is still there, it is
 * deleted by tuple and zone. */
static __attribute__((cold)) int delete_without_id(struct ct_apply *a,
						   const struct nlmsghdr *listed,
						   struct nl_err *err)
{
	const struct nlmsghdr *found = (const struct nlmsghdr *)a->fresh;
	struct nl_batch *b = &a->batch;
	int code = reread(a, listed, 0, err);

	if (code == -ENOENT && !(a->fresh[0] && ct_same_item(found, listed)))
		return gone_or_zoned(a, listed, err);
	if (code)
		return code;
	return single(a, ct_encode_delete_created(&b->buf, nl_batch_seq(b), listed), NULL, err);
}

/* A deletion by tuple and id found another entry, or none: the entry may have other names. Where
 * none will do, it is gone if one of them finds nothing at all. */
static __attribute__((cold)) int delete_by_other_names(struct ct_apply *a, const struct nlmsghdr *h,
						       struct nl_err *err)
{
	uint8_t name;

	for (unsigned i = CT_NAME_ORIG; i < CT_NAMES; i++)
		if (single(a, put(a, h, i), NULL, err) != -ENOENT)
			return err->err;
	return ct_name_find(&a->batch, a->answers.buf, sizeof(a->answers.buf), h, &name, err)
		       ? err->err
		       : nl_fail(err, -EAGAIN);
}

/* A kernel without zones supports no name with a zone. It is asked without one then, as is every
 * item from here on. */
static __attribute__((cold)) int without_zones(struct ct_apply *a, const struct nlmsghdr *h,
					       struct nl_err *err)
{
	const struct nl_err first = *err;

	if (!a->no_zones && reread(a, h, CT_NAME_EXACT, err) == -EOPNOTSUPP)
		a->no_zones = true;
	if (a->no_zones)
		return single(a, put(a, h, CT_NAME_ORIG), a->fresh, err);
	*err = first;
	return err->err;
}

/* Sees to it that an item's request has not failed for a reason that passes. Returns what is to be
 * shown of it. */
static const struct nlmsghdr *settle(struct ct_apply *a, unsigned i, struct nl_err *err)
{
	const struct nlmsghdr *h = a->item[i];

	if (err->err == -EOPNOTSUPP && a->name[i] == CT_NAME_EXACT && !ct_is_expect(h))
		if (!without_zones(a, h, err) && a->action == CT_ZERO)
			return (const struct nlmsghdr *)a->fresh;
	if (WITH_CREATE && err->err == -EBUSY && a->action == CT_UPDATE) {
		retry(a, h, a->no_zones ? CT_NAME_ORIG : a->name[i], err);
		return (const struct nlmsghdr *)a->fresh;
	}
	if (err->err == -ENOENT && ct_is_expect(h))
		delete_without_id(a, h, err);
	else if (err->err == -ENOENT && a->action == CT_DELETE && a->name[i] == CT_NAME_ORIG_ZONE)
		delete_by_other_names(a, h, err);
	return h;
}

/* Sends the requests of all items whose code is 0, and takes in what became of them. Returns the
 * index of the item about which *said is, NL_BATCH_MAX for none. */
static unsigned send_all(struct ct_apply *a, struct nl_err *said)
{
	struct nl_batch *b = &a->batch;
	unsigned of[NL_BATCH_MAX] = {0}, said_of = NL_BATCH_MAX, index;
	const struct nlmsghdr *h;

	for (unsigned i = 0; i < a->n;) {
		for (; i < a->n && nl_batch_has_room(b, 1); i++) {
			of[b->n] = i;
			if (!a->code[i])
				a->code[i] = nl_batch_added(b, put(a, a->item[i],
								   a->name[i] | a->common[i]));
		}
		nl_batch_send(b, a->answers.buf, sizeof(a->answers.buf));
		while ((h = nl_batch_next(b, &index)))
			if (a->action == CT_ZERO)
				a->changed(h, a->arg);
		for (unsigned k = 0; k < b->n; k++)
			a->code[of[k]] = b->err[k];
		if (b->error_of != NL_BATCH_MAX && said_of == NL_BATCH_MAX) {
			*said = b->error;
			said_of = of[b->error_of];
		}
		nl_batch_reset(b);
	}
	return said_of;
}

static int put_mirror(struct nl_batch *b, const struct nlmsghdr *h)
{
	return ct_name_put_mirror(&b->buf, nl_batch_seq(b), h, CT_NAME_ORIG_ZONE, 0);
}

/* Finds names for the items that have no exact one: the usual one where it can find no other entry.
 */
static __attribute__((cold)) void find_names(struct ct_apply *a)
{
	struct nl_batch *b = &a->batch;
	unsigned of[NL_BATCH_MAX] = {0};
	struct nl_err err;

	for (unsigned i = 0; i < a->n;) {
		for (; i < a->n && nl_batch_has_room(b, 1); i++) {
			of[b->n] = i;
			if (a->name[i] == CT_NAME_ORIG_ZONE)
				a->code[i] = nl_batch_added(b, put_mirror(b, a->item[i]));
		}
		nl_batch_run(b, a->answers.buf, sizeof(a->answers.buf));
		for (unsigned k = 0; k < b->n; k++)
			a->code[of[k]] = b->err[k] == -ENOENT ? 0 : b->err[k] ? b->err[k] : -EEXIST;
		nl_batch_reset(b);
	}
	for (unsigned i = 0; i < a->n; i++)
		if (a->code[i] == -EEXIST)
			a->code[i] = ct_name_find(b, a->answers.buf, sizeof(a->answers.buf),
						  a->item[i], &a->name[i], &err);
}

void ct_apply_flush(struct ct_apply *a)
{
	struct nl_err said, err;
	unsigned said_of;

	if (a->zoned && a->action != CT_DELETE)
		find_names(a);
	said_of = send_all(a, &said);
	for (unsigned i = 0; i < a->n; i++) {
		const struct nlmsghdr *h = a->item[i];

		if (a->code[i]) {
			if (i == said_of)
				err = said;
			else
				nl_fail(&err, a->code[i]);
			h = settle(a, i, &err);
			if (err.err && err.err != -ENOENT)
				failure(a, &err);
			if (err.err)
				continue;
		}
		a->done++;
		if (a->action != CT_ZERO || h != a->item[i])
			a->changed(h, a->arg);
	}
	a->n = 0;
	a->zoned = false;
}

/* zone: of the original direction of an entry. common: what ct_common_layout() returns. */
static inline void add(struct ct_apply *a, const struct nlmsghdr *h, uint16_t zone,
		       const uint8_t *common)
{
	uint8_t name = ct_name_in(zone);

	if (WITH_CREATE && a->action == CT_UPDATE && ct_change_is_met(a->change, h, common))
		return;
	if (a->dry_run) {
		a->done++;
		a->changed(h, a->arg);
		return;
	}
	if (a->n == NL_BATCH_MAX)
		ct_apply_flush(a);
	if (a->no_zones && !ct_is_expect(h))
		name = CT_NAME_ORIG;
	a->item[a->n] = h;
	a->common[a->n] = common && name == CT_NAME_EXACT ? CT_NAME_COMMON : 0;
	a->name[a->n] = name;
	a->code[a->n++] = 0;
	a->zoned |= name == CT_NAME_ORIG_ZONE;
}

void ct_apply_add(struct ct_apply *a, const struct nlmsghdr *h)
{
	add(a, h, ct_is_expect(h) ? 0 : ct_name_zone(h), NULL);
}

/* One pass over the attributes finds all that is needed of them. */
void ct_apply_add_listed(struct ct_apply *a, const struct nlmsghdr *h)
{
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN);
	struct nl_attr at, tuple = {0};
	const uint8_t *common = NULL;
	uint32_t id = 0, len;
	uint16_t zone = 0;

	if (!ct_is_expect(h) && (common = ct_common_layout(h, &len))) {
		tuple.data = common - 2 * len + NLA_HDRLEN;
		tuple.len = len - NLA_HDRLEN;
		if (ct_once_add(&a->once, nl_get_be32(common + CT_AT_ID), &tuple))
			add(a, h, 0, common);
		return;
	}
	while (!ct_is_expect(h) && nl_next(&it, &at)) {
		if (at.type == CTA_TUPLE_ORIG)
			tuple = at;
		else if (at.type == CTA_ZONE)
			nl_be16(&at, &zone);
		else if (at.type == CTA_ID)
			nl_be32(&at, &id);
	}
	if (!tuple.len || ct_once_add(&a->once, id, &tuple))
		add(a, h, zone || !tuple.len ? zone : ct_name_tuple_zone(&tuple), NULL);
}

/* The size of the kernel's hash table, 0 when it cannot be read. */
static uint64_t buckets(void)
{
	uint64_t n;

	return ct_proc_sysctl("buckets", &n) ? n : 0;
}

/* True when the hash table has another size than before. The list may then hold again whatever it
 * has held so far, more than can be remembered. */
static bool resized(uint64_t before)
{
	uint64_t now = before ? buckets() : 0;

	return now && now != before;
}

int ct_apply_table(struct ct_apply *a, struct ct_handle *c, enum ct_table table,
		   bool (*datagram)(void *arg), struct nl_err *err)
{
	const struct nlmsghdr *h;
	uint64_t size = a->action == CT_UPDATE && !a->dry_run ? buckets() : 0;
	struct ct_list l;

	ct_once_reset(&a->once);
	ct_list_begin(&l, c, table, a->filter);
	while (ct_list_receive(&l) > 0) {
		if (datagram && !datagram(a->arg))
			break;
		if (resized(size)) {
			nl_fail(&l.reply.err, -ESTALE);
			break;
		}
		while ((h = ct_list_next(&l)))
			ct_apply_add_listed(a, h);
		ct_apply_flush(a);
	}
	*err = l.reply.err;
	return err->err;
}
