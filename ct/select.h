/*
 * Selections: many filters, of which an entry is to meet one.
 *
 * The fields of which a filter wants one value each (an address, a port, an id, a mark) are its
 * shape. For each shape that there is, the values that an entry has in these fields are looked up
 * in a hash table, and the filters that want them are tested as a whole. So a test takes as many
 * steps as there are shapes, however many filters there are.
 */
#ifndef CT_SELECT_H
#define CT_SELECT_H

#include "ct/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Filters of further shapes are tested one by one. */
#define CT_SHAPES_MAX 16

/* Fields that no filter here may have: their conditions point to names of the caller's, or ask for
 * more than the entry holds. */
#define CT_SELECT_NEVER                                                                            \
	(UINT64_C(1) << CT_F_HELPER | UINT64_C(1) << CT_F_IN | UINT64_C(1) << CT_F_OUT |           \
	 UINT64_C(1) << CT_F_MAC | UINT64_C(1) << CT_F_NAT_GONE | UINT64_C(1) << CT_F_LOCAL |      \
	 UINT64_C(1) << CT_F_BYTES | UINT64_C(1) << CT_F_PACKETS | UINT64_C(1) << CT_F_AGE |       \
	 UINT64_C(1) << CT_F_IDLE)

struct ct_selection; /* one of the filters */

/* Starts as {0}. */
struct ct_selections {
	uint32_t n; /* how many filters there are */
	struct ct_selection *first, *last;
	struct ct_selection **bucket; /* by hash */
	uint32_t buckets;	      /* how many; a power of two */
	uint64_t shape[CT_SHAPES_MAX];
	unsigned shapes;
	uint64_t keys; /* the fields of all shapes */
	uint64_t seed;
};

/* Adds a copy of a compiled filter. Returns 0, -ENOMEM, or -EINVAL for CT_SELECT_NEVER. */
int ct_selections_add(struct ct_selections *s, const struct ct_filter *f, unsigned long tag);

/* True when the entry of a message (length checked) meets one of the filters. */
bool ct_selections_match(const struct ct_selections *s, const struct nlmsghdr *h);

/* Adds to f, which has no others, the conditions on single values that all filters have. Returns 0
 * or -ENOMEM. */
int ct_selections_common(const struct ct_selections *s, struct ct_filter *f);

/* The filter after this one in the order of adding, NULL past the last; NULL asks for the first. */
const struct ct_selection *ct_selections_next(const struct ct_selections *s,
					      const struct ct_selection *one);

/* The tag that a filter was added with. */
unsigned long ct_selection_tag(const struct ct_selection *one);

/* Makes f, which may hold another one, that filter again, compiled. Returns 0 or -ENOMEM. */
int ct_selection_filter(const struct ct_selection *one, struct ct_filter *f);

/* Frees all, and makes *s empty. */
void ct_selections_free(struct ct_selections *s);

#ifdef __cplusplus
}
#endif

#endif
