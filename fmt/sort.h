/* A sorted list: copies of the messages are kept, all of them or only the first ones in order. */
#ifndef FMT_SORT_H
#define FMT_SORT_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

/* The numbers that entries or groups can be sorted by. */
enum sort_key { SORT_NONE, SORT_FLOWS, SORT_PACKETS, SORT_BYTES, SORT_EXPIRES };

struct sorting;

/* Starts with no entry: by packets or bytes of both directions, or by the seconds that are left;
 * largest first or, reversed, last. With a limit (0: none) it keeps no more than so many. NULL when
 * out of memory. Freed by sorting_free(). */
struct sorting *sorting_new(enum sort_key key, bool reverse, uint64_t limit);

/* Keeps a copy of an entry's message, unless as many as the limit come before it. Returns 0 or
 * -ENOMEM. */
int sorting_add(struct sorting *s, const struct nlmsghdr *h);

/* Hands the messages to show in order; they live until sorting_free(). Equals come in any order.
 * Nothing can be added afterwards. */
void sorting_show(struct sorting *s, void (*show)(const struct nlmsghdr *h, void *arg), void *arg);

/* Frees s and the copies. s may be NULL. */
void sorting_free(struct sorting *s);

#endif
