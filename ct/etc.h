/* Names of protocols and ports, in the files that systems have of them. */
#ifndef CT_ETC_H
#define CT_ETC_H

#include <stdbool.h>
#include <stdint.h>

#include "nl/attr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Looks name up, without regard to case, in a file of lines "NAME NUMBER[/...] ALIAS... # comment".
 * *v is the number of the first line that has it, in host order. False where the file has no such
 * line, its number is above max, or there is no such file. */
bool ct_etc_number(const char *path, struct nl_str name, uint64_t max, uint64_t *v);

#ifdef __cplusplus
}
#endif

#endif
