#include "ct/top.h"

#include <string.h>
#include <sys/socket.h>

#include "ct/field.h"
#include "ct/hash.h"

#define SLOTS (2 * CT_TOP_ROOM)

/* The slot of an address, or the empty one where it belongs. */
static uint16_t *slot_of(struct ct_top *t, uint8_t l3, const struct ct_addr *addr)
{
	uint64_t i = ct_hash_add(t->seed, ct_field_address(l3, addr->b) ^ l3) % SLOTS;

	for (; t->index[i]; i = (i + 1) % SLOTS) {
		const struct ct_top_row *r = &t->row[t->index[i] - 1];

		if (r->l3 == l3 && !memcmp(&r->addr, addr, ct_addr_len(l3)))
			break;
	}
	return &t->index[i];
}

/* Takes one off each count, and the rows out of which nothing is left. */
static void decrease(struct ct_top *t)
{
	uint32_t n = t->n;

	memset(t->index, 0, sizeof(t->index));
	t->n = 0;
	t->less++;
	for (uint32_t i = 0; i < n; i++) {
		struct ct_top_row *r = &t->row[t->n];

		*r = t->row[i];
		if (--r->count)
			*slot_of(t, r->l3, &r->addr) = (uint16_t)++t->n;
	}
}

void ct_top_add(struct ct_top *t, uint8_t l3, const struct ct_addr *addr)
{
	uint16_t *slot;

	if (!t->seed)
		t->seed = ct_hash_seed() | 1;
	slot = slot_of(t, l3, addr);
	if (*slot) {
		t->row[*slot - 1].count++;
		return;
	}
	if (t->n == CT_TOP_ROOM) {
		decrease(t);
		return;
	}
	t->row[t->n] = (struct ct_top_row){.addr = *addr, .l3 = l3, .count = 1};
	*slot = (uint16_t)++t->n;
}

/* Rows are few: by insertion. */
void ct_top_sort(struct ct_top *t)
{
	for (uint32_t i = 1; i < t->n; i++) {
		struct ct_top_row r = t->row[i];
		uint32_t k = i;

		for (; k && t->row[k - 1].count < r.count; k--)
			t->row[k] = t->row[k - 1];
		t->row[k] = r;
	}
}
