/* The meaning of ctnetlink's errors, and what to do about them. */
#ifndef CT_MEANING_H
#define CT_MEANING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The requests whose errors differ in meaning. */
enum ct_operation {
	CT_OP_GET = 1 << 0,
	CT_OP_DELETE = 1 << 1,
	CT_OP_CREATE = 1 << 2,
	CT_OP_ADD = 1 << 3, /* create, or update what exists */
	CT_OP_UPDATE = 1 << 4,
	CT_OP_OTHER = 1 << 5,
};

/* The meaning of a negative errno for an operation on entries or, expect, on expectations.
 * -ENOPROTOOPT stands for -EINVAL of a kernel without ctnetlink: see ct_missing(). NULL when it is
 * the usual one.
 */
const char *ct_meaning(int err, unsigned operation, bool expect);

#ifdef __cplusplus
}
#endif

#endif
