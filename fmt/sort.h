/* A sorted list: copies of the messages are kept, all of them or only the first ones in order. */
#ifndef FMT_SORT_H
#define FMT_SORT_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers that entries or groups can be sorted by. */
enum sort_key { SORT_NONE, SORT_FLOWS, SORT_PACKETS, SORT_BYTES, SORT_EXPIRES, SORT_NEW };

struct sorting;

/* Starts with no entry: by packets or bytes of both directions, by the seconds that are left, by
 * the time of creation, or not at all (SORT_NONE); largest first or, reversed, last. With a limit
 * (0: none) it keeps no more than so many. NULL when out of memory. Freed by sorting_free(). */
struct sorting *sorting_new(enum sort_key key, bool reverse, uint64_t limit);

/* Keeps a copy of an entry's message, unless as many as the limit come before it. Returns 0 or
 * -ENOMEM. */
int sorting_add(struct sorting *s, const struct nlmsghdr *h);

/* Puts the messages in order, equals in that of adding, and returns how many there are. Nothing can
 * be added afterwards. */
size_t sorting_end(struct sorting *s);

/* Returns message i in that order. It lives until sorting_free(). */
const struct nlmsghdr *sorting_at(const struct sorting *s, size_t i);

/* Frees s and the copies. s may be NULL. */
void sorting_free(struct sorting *s);

#endif
