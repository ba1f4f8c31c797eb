/*
 * Handing a filter on to the kernel.
 *
 * The kernel may only narrow a dump: whatever it sends is tested again. What it does wrongly on
 * some version since 5.8 is never handed on: IPv6 addresses (most versions select the opposite),
 * the reply tuple before 5.16 (read with the original direction's flags), masked marks on 5.8.
 */
#ifndef CT_PUSHDOWN_H
#define CT_PUSHDOWN_H

#include "ct/filter.h"
#include "nl/msg.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel version as one number that compares: 5.16 is 0x510. */
#define CT_KERNEL(major, minor) ((unsigned)(major) << 8 | (unsigned)(minor))

/* The running kernel's version, 0 when it cannot be told. */
unsigned ct_kernel(void);

/* Adds to a dump request of family f->family the attributes that narrow it to what f can match on
 * that kernel (CT_KERNEL). Returns whether it added any: only then may a refusal (-EINVAL,
 * -EOPNOTSUPP) be due to them. */
bool ct_pushdown(struct nl_buf *b, const struct ct_filter *f, unsigned kernel);

/* If f can match one entry at most, because it holds a whole original tuple and a zone, fills t
 * and zone (0: none) and returns true: one GET tells as much as a dump. */
bool ct_pushdown_exact(const struct ct_filter *f, struct ct_tuple *t, uint16_t *zone);

#ifdef __cplusplus
}
#endif

#endif
