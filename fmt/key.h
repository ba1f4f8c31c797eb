/* The fields by which entries are grouped. */
#ifndef FMT_KEY_H
#define FMT_KEY_H

#include "fmt/group.h"

#define GROUP_HELPER_SIZE 16

/* The fields of a group; those that were not asked for are zero, so that keys compare as bytes. */
struct group_key {
	struct ct_addr addr[4]; /* of both tuples */
	char helper[GROUP_HELPER_SIZE];
	struct ct_labels labels;
	uint64_t mac;
	int32_t interface[2]; /* in, out */
	uint32_t mark, status;
	uint32_t has; /* fields that the entry has, as bits */
	uint16_t port[4];
	uint16_t zone;
	uint8_t l3, l4, info, state, offload;
	uint8_t unused[5]; /* whole words are hashed */
};

_Static_assert(sizeof(struct group_key) % 8 == 0, "a key is a number of words");
_Static_assert(GROUP_FIELDS <= 32, "the set of fields has 32 bits");

/* Makes *k that of an entry. */
void group_key_fill(struct group_key *k, const struct group_spec *spec, const struct ct_entry *e);

/* Writes the field that is the c-th of the spec, and that k has, at p, GROUP_ROOM bytes at most.
 * Returns the end. */
char *group_key_put(char *p, const struct group_spec *spec, const struct group_key *k, unsigned c);

#endif
