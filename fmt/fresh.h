/*
 * How many entries of a list were not in the list before, in constant memory.
 *
 * Of each list a bit is kept for each of its entries, chosen by hash. An entry that finds its bit
 * set by another one is taken for an old one; how many that are is known by the share of bits that
 * are set, so that it is made up for. Up to some thousand entries the number is good as exact.
 * Entries that come and go between two lists are in neither.
 */
#ifndef FMT_FRESH_H
#define FMT_FRESH_H

#include <stdbool.h>
#include <stdint.h>

#define FRESH_BITS (UINT32_C(1) << 20)

/* Starts as {0}. */
struct fresh {
	unsigned at;	 /* of the list at hand: 0 or 1 */
	uint32_t n;	 /* entries whose bit the list before has not set */
	uint32_t set[2]; /* bits */
	uint32_t bit[2][FRESH_BITS / 32];
};

/* Begins a list, or begins the one at hand again. */
void fresh_begin(struct fresh *f);

/* Adds the entry of this id. */
void fresh_add(struct fresh *f, uint32_t id);

/* Ends the list. Returns how many of its entries were not in the list before; of the first one,
 * how many it has. */
uint64_t fresh_end(struct fresh *f);

#endif
