/*
 * The most frequent addresses of a list, in constant memory (Misra and Gries 1982).
 *
 * As many addresses are counted as there is room for; where another one finds none, each count is
 * one less, and those of 0 make room. So a count is too small by CT_TOP_ROOM'th of the list at
 * most, and exact while there have been no more addresses than that.
 */
#ifndef CT_TOP_H
#define CT_TOP_H

#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_TOP_ROOM 1024

struct ct_top_row {
	struct ct_addr addr;
	uint8_t l3;
	uint32_t count;
};

/* Starts as {0}. */
struct ct_top {
	uint32_t n;    /* rows in use */
	uint32_t less; /* by how much counts may be too small */
	uint64_t seed;
	struct ct_top_row row[CT_TOP_ROOM];
	uint16_t index[2 * CT_TOP_ROOM]; /* by hash: a row's number + 1, 0: none */
};

/* Counts an address of family l3 (AF_INET, AF_INET6). */
void ct_top_add(struct ct_top *t, uint8_t l3, const struct ct_addr *addr);

/* Puts the rows in order, the most frequent first; then nothing can be added any more. */
void ct_top_sort(struct ct_top *t);

#ifdef __cplusplus
}
#endif

#endif
