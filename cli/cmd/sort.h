/* A sorted list: the entries are kept, all of them or with --limit the best only. */
#ifndef CLI_CMD_SORT_H
#define CLI_CMD_SORT_H

#include "fmt/group.h"

struct sorting;

/* Starts; limit 0: all are kept. NULL when out of memory. */
struct sorting *sorting_new(enum sort_key key, bool reverse, uint64_t limit);

/* Keeps a copy of the message unless a limit's worth of better ones are there. Returns 0, -ENOMEM.
 */
int sorting_add(struct sorting *s, const struct nlmsghdr *h);

/* Hands the messages to show in order. */
void sorting_show(struct sorting *s, void (*show)(const struct nlmsghdr *h, void *arg), void *arg);

void sorting_free(struct sorting *s);

#endif
