/* Messages of both tables, entries and expectations, told apart by their type. */
#ifndef CT_ITEM_H
#define CT_ITEM_H

#include "ct/entry.h"
#include "ct/expect.h"
#include "ct/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True when a message is about an expectation, by its subsystem. */
bool ct_is_expect(const struct nlmsghdr *h);

/* True when the entry or the expectation of a message (length checked) meets all conditions of f:
 * ct_filter_match(), and of f->selections one, or ct_expect_match(). */
bool ct_match(const struct ct_filter *f, const struct nlmsghdr *h);

/* The id that an entry's message tells, 0 when it tells none. */
uint32_t ct_item_id(const struct nlmsghdr *h);

/* True when two messages are about one entry, or one expectation: by its id and, as what is made
 * again may have the same id, by its tuples and zone. */
bool ct_same_item(const struct nlmsghdr *x, const struct nlmsghdr *y);

/* True when a tuple that was asked for is that of an entry, which has no keys (ports, say) of a
 * protocol that the kernel does not track. Zones do not count. */
bool ct_same_tuple(const struct ct_tuple *of_entry, const struct ct_tuple *asked);

/* True when the entry h has the original tuple and the zones of the creation request. */
bool ct_same_flow(const struct nlmsghdr *h, const struct nlmsghdr *create);

/* True when the expectation h is of the master, the tuple and the mask of the creation request. */
bool ct_same_expect(const struct nlmsghdr *h, const struct nlmsghdr *create);

/* True when the NAT that the creation request asks for, if any, is in force on the entry h, and the
 * parts of its reply tuple that were given (CT_T_*) are those of h. */
bool ct_nat_as_asked(const struct nlmsghdr *h, const struct nlmsghdr *create, uint16_t given);

#ifdef __cplusplus
}
#endif

#endif
