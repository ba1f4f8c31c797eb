#include "ct/replica.h"

#include <errno.h>
#include <stdlib.h>

#include "ct/apply.h"
#include "ct/hash.h"
#include "ct/item.h"

#define FIRST_SLOTS 256

/* Rounds that mean no round. */
enum { FREE, GONE, ROUNDS };

static uint64_t key_of(const struct ct_replica *r, const struct ct_tuple *t, uint16_t zone)
{
	uint64_t keys = (uint64_t)(t->has & CT_T_SPORT ? t->sport : 0) << 16 |
			(uint64_t)(t->has & CT_T_DPORT ? t->dport : 0);
	uint64_t key = ct_hash_add(r->seed, (uint64_t)t->l3 << 32 | (uint64_t)t->l4 << 16 | zone);

	if (t->has & CT_T_ICMP_ID)
		keys = (uint64_t)t->icmp_id << 32 | (uint64_t)t->icmp_type << 8 | t->icmp_code;
	key = ct_hash_add(key, keys);
	for (unsigned i = 0; i < ct_addr_len(t->l3); i += 4)
		key = ct_hash_add(key, (uint64_t)nl_get_be32(t->src.b + i) << 32 |
					       nl_get_be32(t->dst.b + i));
	return key;
}

/* The slot of a key, or the free one that it would take. There must be room. */
static struct ct_replica_slot *find(const struct ct_replica *r, uint64_t key)
{
	size_t i = (size_t)key & (r->room - 1);

	while (r->slot[i].round && r->slot[i].key != key)
		i = (i + 1) & (r->room - 1);
	return &r->slot[i];
}

/* Makes room, without those that have gone. */
static int grow(struct ct_replica *r)
{
	const struct ct_replica old = *r;

	r->n = 0;
	for (size_t i = 0; i < old.room; i++)
		r->n += old.slot[i].round >= ROUNDS;
	for (r->room = FIRST_SLOTS; r->room < r->n * 2;)
		r->room *= 2;
	r->slot = calloc(r->room, sizeof(*r->slot));
	if (!r->slot) {
		*r = old;
		return -ENOMEM;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i].round >= ROUNDS)
			*find(r, old.slot[i].key) = old.slot[i];
	free(old.slot);
	return 0;
}

void ct_replica_begin(struct ct_replica *r)
{
	r->round++;
	r->repeating = true;
}

int ct_replica_name(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone)
{
	struct ct_replica_slot *s;
	uint64_t key;

	if (!r->room) {
		r->seed = ct_hash_seed();
		r->round = ROUNDS;
	}
	if ((r->n + 1) * 4 > r->room * 3 && grow(r))
		return -ENOMEM;
	key = key_of(r, orig, zone);
	s = find(r, key);
	r->n += s->round == FREE;
	*s = (struct ct_replica_slot){key, r->round};
	return 0;
}

void ct_replica_forget(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone)
{
	struct ct_replica_slot *s;

	if (!r->room)
		return;
	s = find(r, key_of(r, orig, zone));
	if (s->round)
		s->round = GONE;
}

void ct_replica_refused(struct ct_replica *r, const struct nlmsghdr *create)
{
	struct ct_entry e;

	if (!ct_is_expect(create) && !ct_entry_decode(&e, create))
		ct_replica_forget(r, &e.orig, ct_name_zone(create));
}

/* True for an entry that the stream would have named, were it still there. */
static bool is_stale(const struct ct_replica *r, const struct nlmsghdr *h)
{
	struct ct_replica_slot *s;
	struct ct_entry e;

	if (ct_entry_decode(&e, h) || !(e.has & CT_HAS_ORIG))
		return false;
	if (!r->room)
		return r->all;
	s = find(r, key_of(r, &e.orig, ct_name_zone(h)));
	return s->round != r->round && (r->all || s->round >= ROUNDS);
}

static void ignore(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
}

/* Deletes by a what is stale in the table, which c reads. */
static int delete_stale(struct ct_replica *r, struct ct_apply *a, struct ct_handle *c,
			struct nl_err *err)
{
	const struct nlmsghdr *h;
	struct ct_list l;

	ct_list_begin(&l, c, CT_TABLE_CONNTRACK, NULL);
	while (ct_list_receive(&l) > 0) {
		while ((h = ct_list_next(&l)))
			if (is_stale(r, h))
				ct_apply_add_listed(a, h);
		ct_apply_flush(a);
	}
	*err = l.reply.err.err ? l.reply.err : a->error;
	return err->err;
}

int ct_replica_end(struct ct_replica *r, uint64_t *deleted, struct nl_err *err)
{
	struct {
		struct ct_apply apply;
		struct ct_handle list;
	} *w = r->repeating ? calloc(1, sizeof(*w)) : NULL;

	*deleted = 0;
	if (nl_fail(err, w || !r->repeating ? 0 : -ENOMEM) || !w)
		return err->err;
	r->repeating = false;
	w->apply.action = CT_DELETE;
	w->apply.changed = ignore;
	if (!nl_fail(err, ct_apply_open(&w->apply))) {
		if (!nl_fail(err, ct_open(&w->list))) {
			delete_stale(r, &w->apply, &w->list, err);
			ct_close(&w->list);
		}
		ct_apply_close(&w->apply);
	}
	*deleted = w->apply.done;
	free(w);
	return err->err;
}

void ct_replica_free(struct ct_replica *r)
{
	free(r->slot);
	r->slot = NULL;
}
