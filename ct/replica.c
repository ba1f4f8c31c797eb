#include "ct/replica.h"

#include <errno.h>
#include <stdlib.h>

#include "ct/apply.h"
#include "ct/field.h"
#include "ct/hash.h"
#include "ct/host.h"
#include "ct/item.h"
#include "ct/with.h"

/* Rounds of struct ct_seen that are no sync: it was deleted. */
enum { GONE = 1, SYNCS };

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

void ct_replica_begin(struct ct_replica *r)
{
	r->syncs++;
	r->repeating = true;
}

void ct_replica_change(struct ct_change *c)
{
	if (c->timeout < CT_REPLICA_STAYS)
		c->timeout = CT_REPLICA_STAYS;
}

int ct_replica_create(struct ct_replica *r, struct ct_create *c)
{
	uint16_t zone = c->orig.has & CT_T_ZONE ? c->orig.zone : c->zone;
	struct ct_change *ch = &c->change;
	struct ct_seen *s;

	ct_replica_change(ch);
	for (unsigned dir = 0; dir < 2 && ch->info == CT_INFO_TCP; dir++) {
		ch->has |= CT_HAS_TCP_FLAGS;
		ch->tcp_flags[dir] |= CT_TCP_BE_LIBERAL;
		ch->tcp_mask[dir] |= CT_TCP_BE_LIBERAL;
	}

	if (!r->seen.size) {
		r->seen.size = sizeof(*s);
		r->seed = ct_hash_seed();
	}
	s = ct_seen_add(&r->seen, key_of(r, &c->orig, zone), SYNCS + r->complete);
	if (!s)
		return -ENOMEM;
	s->round = SYNCS + r->syncs;
	return 0;
}

void ct_replica_forget(struct ct_replica *r, const struct ct_tuple *orig, uint16_t zone)
{
	struct ct_seen *s = ct_seen_find(&r->seen, key_of(r, orig, zone));

	if (s)
		s->round = GONE;
}

void ct_replica_refused(struct ct_replica *r, const struct nlmsghdr *create)
{
	struct ct_entry e;

	/* With all, what was named stays anyway. */
	if (!r->all && !ct_is_expect(create) && !ct_entry_decode(&e, create))
		ct_replica_forget(r, &e.orig, ct_name_zone(create));
}

void ct_replica_broken(struct ct_replica *r)
{
	r->repeating = false;
}

/* At work, while what is stale is being deleted. */
struct deletion {
	struct ct_apply apply;
	struct ct_handle list;
	struct ct_hosts *own; /* NULL without all */
};

/* True for an entry that the stream would have named, were it still there. */
static bool is_stale(const struct ct_replica *r, const struct ct_hosts *own,
		     const struct nlmsghdr *h)
{
	const struct ct_seen *s;
	struct ct_entry e;
	uint64_t zone;

	if (ct_entry_decode(&e, h) || !(e.has & CT_HAS_ORIG))
		return false;
	s = ct_seen_find(&r->seen, key_of(r, &e.orig, ct_name_zone(h)));
	if (!s || s->round == GONE)
		return r->all && !(WITH_ROUTE && ct_hosts_local(own, h)) &&
		       (r->zone < 0 || (ct_field_zone(h, &zone) && zone == (unsigned)r->zone));
	return s->round != SYNCS + r->syncs;
}

static void ignore(const struct nlmsghdr *h, void *arg)
{
	(void)h;
	(void)arg;
}

/* Deletes what is stale. */
static int delete_stale(struct ct_replica *r, struct deletion *d, struct nl_err *err)
{
	const struct nlmsghdr *h;
	struct ct_list l;

	ct_list_begin(&l, &d->list, CT_TABLE_CONNTRACK, NULL);
	while (ct_list_receive(&l) > 0) {
		while ((h = ct_list_next(&l)))
			if (is_stale(r, d->own, h))
				ct_apply_add_listed(&d->apply, h);
		ct_apply_flush(&d->apply);
	}
	*err = l.reply.err.err ? l.reply.err : d->apply.error;
	return err->err;
}

static int read_own(struct deletion *d)
{
	d->own = calloc(1, sizeof(*d->own));
	return d->own ? ct_hosts_read(d->own, false) : -ENOMEM;
}

int ct_replica_end(struct ct_replica *r, uint64_t *deleted, struct nl_err *err)
{
	struct deletion *d = r->repeating ? calloc(1, sizeof(*d)) : NULL;

	*deleted = 0;
	if (nl_fail(err, d || !r->repeating ? 0 : -ENOMEM) || !d)
		return err->err;
	r->repeating = false;
	d->apply.action = CT_DELETE;
	d->apply.changed = ignore;
	if (!nl_fail(err, WITH_ROUTE && r->all ? read_own(d) : 0) &&
	    !nl_fail(err, ct_apply_open(&d->apply))) {
		if (!nl_fail(err, ct_open(&d->list))) {
			delete_stale(r, d, err);
			ct_close(&d->list);
		}
		ct_apply_close(&d->apply);
	}
	*deleted = d->apply.done;
	if (!err->err)
		r->complete = r->syncs;
	if (WITH_ROUTE)
		ct_hosts_free(d->own);
	free(d);
	return err->err;
}

void ct_replica_free(struct ct_replica *r)
{
	ct_seen_free(&r->seen);
}
