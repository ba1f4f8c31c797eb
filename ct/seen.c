#include "ct/seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 256

static struct ct_seen *slot_at(const struct ct_seen_table *t, size_t i)
{
	return (struct ct_seen *)(void *)(t->slots + i * t->size);
}

/* The slot of a key, or the free one that it would take. There must be slots. */
static struct ct_seen *place(const struct ct_seen_table *t, uint64_t key)
{
	size_t i = (size_t)key & (t->room - 1);

	while (slot_at(t, i)->round && slot_at(t, i)->key != key)
		i = (i + 1) & (t->room - 1);
	return slot_at(t, i);
}

struct ct_seen *ct_seen_find(const struct ct_seen_table *t, uint64_t key)
{
	struct ct_seen *s = t->room ? place(t, key) : NULL;

	return s && s->round ? s : NULL;
}

struct ct_seen *ct_seen_add(struct ct_seen_table *t, uint64_t key, uint32_t oldest)
{
	struct ct_seen *s = ct_seen_find(t, key);

	if (s)
		return s;
	if ((t->n + 1) * 4 > t->room * 3 && ct_seen_sweep(t, oldest))
		return NULL;
	t->n++;
	s = place(t, key);
	s->key = key;
	return s;
}

int ct_seen_sweep(struct ct_seen_table *t, uint32_t oldest)
{
	const struct ct_seen_table old = *t;

	t->n = 0;
	for (size_t i = 0; i < old.room; i++)
		t->n += slot_at(&old, i)->round && slot_at(&old, i)->round >= oldest;
	for (t->room = FIRST_SLOTS; t->room < t->n * 2;)
		t->room *= 2;
	t->slots = calloc(t->room, t->size);
	if (!t->slots) {
		*t = old;
		return -ENOMEM;
	}
	for (size_t i = 0; i < old.room; i++) {
		const struct ct_seen *s = slot_at(&old, i);

		if (s->round && s->round >= oldest)
			memcpy(place(t, s->key), s, t->size);
	}
	free(old.slots);
	return 0;
}

void ct_seen_free(struct ct_seen_table *t)
{
	free(t->slots);
	*t = (struct ct_seen_table){.size = t->size};
}
