#include "ct/delta.h"

#include <errno.h>
#include <stdlib.h>

#include "ct/hash.h"

#define FIRST_SLOTS 256

/* The slot of an id, or the one that it would take. */
static struct ct_delta *find(const struct ct_deltas *d, uint32_t id)
{
	size_t i = (size_t)ct_hash_add(d->seed, id) & (d->room - 1);

	while (d->slot[i].round && d->slot[i].id != id)
		i = (i + 1) & (d->room - 1);
	return &d->slot[i];
}

/* Keeps those that were told in this round or one of the two before it, and makes room for as many
 * more. */
static int sweep(struct ct_deltas *d)
{
	const struct ct_deltas old = *d;

	d->n = 0;
	for (size_t i = 0; i < old.room; i++)
		d->n += old.slot[i].round && old.slot[i].round + 2 >= d->round;
	for (d->room = FIRST_SLOTS; d->room < d->n * 2;)
		d->room *= 2;
	d->slot = calloc(d->room, sizeof(*d->slot));
	if (!d->slot) {
		*d = old;
		return -ENOMEM;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.slot[i].round && old.slot[i].round + 2 >= d->round)
			*find(d, old.slot[i].id) = old.slot[i];
	free(old.slot);
	return 0;
}

int ct_deltas_round(struct ct_deltas *d)
{
	if (!d->round)
		d->seed = ct_hash_seed();
	d->round++;
	return sweep(d);
}

int ct_deltas_tell(struct ct_deltas *d, struct ct_entry *e, bool ended)
{
	const uint32_t counters = CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY;
	struct ct_delta *was;
	bool known;

	if (!(e->has & CT_HAS_ID) || (e->has & counters) != counters)
		return 0;
	was = find(d, e->id);
	/* Where they have gone down it is another entry in the same memory, or they were zeroed. */
	known = was->round && e->packets[CT_ORIG] >= was->packets[CT_ORIG] &&
		e->packets[CT_REPLY] >= was->packets[CT_REPLY];
	for (unsigned i = 0; i < 2; i++) {
		e->delta_packets[i] = e->packets[i] - (known ? was->packets[i] : 0);
		e->delta_bytes[i] = e->bytes[i] - (known ? was->bytes[i] : 0);
	}
	if (d->round > 1 || known || ended)
		e->has |= CT_HAS_DELTA;
	if (!was->round) {
		if (ended)
			return 0;
		if (++d->n * 4 > d->room * 3) {
			if (sweep(d))
				return -ENOMEM;
			d->n++;
			was = find(d, e->id);
		}
	}
	*was = (struct ct_delta){e->id, d->round, {0}, {0}};
	for (unsigned i = 0; i < 2 && !ended; i++) {
		was->packets[i] = e->packets[i];
		was->bytes[i] = e->bytes[i];
	}
	return 0;
}

void ct_deltas_free(struct ct_deltas *d)
{
	free(d->slot);
	d->slot = NULL;
}
