/* Keys that have been met, each with the round in which it was met last, for tables that go round
 * by round. */
#ifndef CT_SEEN_H
#define CT_SEEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key's slot; a struct of the caller's may begin with it. */
struct ct_seen {
	uint64_t key;	/* whose bits nobody outside can choose: see ct/hash.h */
	uint32_t round; /* from 1 on; 0: the slot is free */
};

/* Starts as {.size = sizeof(that struct)}. */
struct ct_seen_table {
	size_t size;
	char *slots;
	size_t room, n; /* slots, a power of two, and those that are not free */
};

/* Returns a key's slot, NULL: there is none. It lives until the next key is added, or the table
 * swept.
 */
struct ct_seen *ct_seen_find(const struct ct_seen_table *t, uint64_t key);

/* Returns a key's slot or, of a new one, a slot that is zeroed but for its key, for the caller to
 * set its round; it lives as above. Where there is no room, rounds before oldest are forgotten.
 * NULL: there is no memory. */
struct ct_seen *ct_seen_add(struct ct_seen_table *t, uint64_t key, uint32_t oldest);

/* Forgets keys of rounds before oldest, and makes room for as many as are left. Returns 0 or
 * -ENOMEM, and then the table is as it was. */
int ct_seen_sweep(struct ct_seen_table *t, uint32_t oldest);

void ct_seen_free(struct ct_seen_table *t);

#ifdef __cplusplus
}
#endif

#endif
