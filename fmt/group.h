/* Aggregates: one line per group of entries that agree in some fields. */
#ifndef FMT_GROUP_H
#define FMT_GROUP_H

#include "fmt/fmt.h"

enum group_field {
	GROUP_SRC,
	GROUP_DST,
	GROUP_SPORT,
	GROUP_DPORT,
	GROUP_PROTO,
	GROUP_STATE,
	GROUP_MARK,
	GROUP_ZONE,
	GROUP_FIELDS,
};

/* What to sort by. */
enum sort_key { SORT_NONE, SORT_FLOWS, SORT_PACKETS, SORT_BYTES, SORT_EXPIRES };

struct group_spec {
	uint8_t n;
	uint8_t field[GROUP_FIELDS];  /* enum group_field, in the order given */
	uint8_t prefix[GROUP_FIELDS]; /* of addresses, in bits; 128: whole */
};

struct groups;

/* The name of a field, NULL past the last. */
const char *group_field_name(unsigned field);

/* Starts with no group. NULL when out of memory. Freed by groups_free(). */
struct groups *groups_new(const struct group_spec *spec);

/* Counts an entry in its group. Returns 0 or -ENOMEM. */
int groups_add(struct groups *g, const struct ct_entry *e);

/* Writes the groups as f's format wants them, sorted by key (SORT_NONE: by flows), largest first
 * or, reversed, last, at most limit of them (0: all). columns is the terminal's width, 0 for no
 * terminal: then there is no bar. */
void groups_print(struct groups *g, struct fmt *f, enum sort_key key, bool reverse, uint64_t limit,
		  unsigned columns);

/* How many groups there are. */
uint64_t groups_count(const struct groups *g);

void groups_free(struct groups *g);

#endif
