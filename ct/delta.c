#include "ct/delta.h"

#include <errno.h>

#include "ct/hash.h"

/* Rounds before this one are forgotten. */
static uint32_t oldest(const struct ct_deltas *d)
{
	return d->round < 2 ? 0 : d->round - 2;
}

int ct_deltas_round(struct ct_deltas *d)
{
	if (!d->round) {
		d->seen.size = sizeof(struct ct_delta);
		d->seed = ct_hash_seed();
	}
	d->round++;
	return ct_seen_sweep(&d->seen, oldest(d));
}

int ct_deltas_tell(struct ct_deltas *d, struct ct_entry *e, bool ended)
{
	const uint32_t counters = CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY;
	struct ct_delta *was;
	uint64_t key;
	bool known;

	if (!(e->has & CT_HAS_ID) || (e->has & counters) != counters)
		return 0;
	key = ct_hash_add(d->seed, e->id); /* another one for each id */
	was = (struct ct_delta *)ct_seen_find(&d->seen, key);
	/* Where they have gone down it is another entry in the same memory, or they were zeroed. */
	known = was && e->packets[CT_ORIG] >= was->packets[CT_ORIG] &&
		e->packets[CT_REPLY] >= was->packets[CT_REPLY];
	for (unsigned i = 0; i < 2; i++) {
		e->delta_packets[i] = e->packets[i] - (known ? was->packets[i] : 0);
		e->delta_bytes[i] = e->bytes[i] - (known ? was->bytes[i] : 0);
	}
	if (d->round > 1 || known || ended)
		e->has |= CT_HAS_DELTA;
	if (!was && ended)
		return 0;
	was = (struct ct_delta *)ct_seen_add(&d->seen, key, oldest(d));
	if (!was)
		return -ENOMEM;
	was->seen.round = d->round;
	for (unsigned i = 0; i < 2; i++) {
		was->packets[i] = ended ? 0 : e->packets[i];
		was->bytes[i] = ended ? 0 : e->bytes[i];
	}
	return 0;
}

void ct_deltas_free(struct ct_deltas *d)
{
	ct_seen_free(&d->seen);
}
