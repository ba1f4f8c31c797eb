/*
 * Each item of a list once.
 *
 * A dump goes through the buckets of the kernel's hash table. Where the entry at which it would go
 * on has vanished, it begins that bucket again: what it repeats was among the last entries. So it
 * is enough to remember as many as a bucket may hold, which is 80 at most since Linux 5.15.
 */
#ifndef CT_ONCE_H
#define CT_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "nl/attr.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_ONCE_ROOM 1024 /* a power of two */

struct ct_once {
	uint32_t n;		     /* items so far */
	uint32_t last[CT_ONCE_ROOM]; /* by hash: the number of the last item that has it, from 1 */
	uint32_t prev[CT_ONCE_ROOM]; /* by item: the number of the one before it of its hash */
	uint64_t key[CT_ONCE_ROOM];
};

/* Forgets all. */
void ct_once_reset(struct ct_once *o);

/* Remembers the item with this id and this tuple, for as long as CT_ONCE_ROOM - 1 others come
 * behind it. False when it was remembered already. */
bool ct_once_add(struct ct_once *o, uint32_t id, const struct nl_attr *tuple);

#ifdef __cplusplus
}
#endif

#endif
