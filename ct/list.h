/*
 * Long lists of alternatives: sorted when a filter is compiled, searched when it runs.
 *
 * In a test of more than CT_LIST_SHORT alternatives those that stand for a range of values without
 * gaps (numbers, addresses under a prefix, marks under a mask of leading bits) are in ascending
 * order, and no two of them overlap: so there is at most one that a value can be in. Those of other
 * kinds stand before them and are looked at one by one.
 */
#ifndef CT_LIST_H
#define CT_LIST_H

#include "ct/filter.h"
#include "ct/with.h"

/* As many alternatives are looked at one by one as quickly. Builds that load no files, which are to
 * be small, have no other lists. */
#define CT_LIST_SHORT (WITH_LOAD ? 8 : UINT32_MAX)

/* Sorts n conditions by field and sign and, where there are more than CT_LIST_SHORT, those of one
 * field and sign as above. Allocates nothing. */
void ct_list_sort(struct ct_cond *cond, uint32_t n);

/* Makes t->n, t->linear and t->ports those of a list, whose sorted conditions t->cond points to as
 * cond: one that lies within another is dropped, ranges that touch become one. What is left behind
 * at the end is still a part of the list. */
void ct_list_merge(struct ct_test *t, struct ct_cond *cond);

/* True when a number, bits, or an address of family l3, with this port or, if it is negative,
 * without any, are in the sorted part of the list. */
bool ct_list_has_number(const struct ct_test *t, uint64_t v);
bool ct_list_has_bits(const struct ct_test *t, uint32_t v);
bool ct_list_has_addr(const struct ct_test *t, uint8_t l3, const uint8_t *addr, int port);

/* True when the address, of the network's family, lies in the network. */
bool ct_net_has(const struct ct_net *net, const uint8_t *addr);

#endif
