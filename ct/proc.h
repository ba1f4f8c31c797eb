/* Files of /proc: small tables of words. */
#ifndef CT_PROC_H
#define CT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the beginning of a file into text, terminated; what does not fit into size - 1 bytes is
 * left out. Returns its length or a negative errno. */
int ct_proc_read(const char *path, char *text, size_t size);

/* The n-th word of a line, counted from 0; its end, an empty string, when there are fewer. */
const char *ct_proc_word(const char *line, unsigned n);

/* The number that s begins with, in base 10 or 16. False when there is no digit; digits beyond 64
 * bits push the first ones out. */
bool ct_proc_number(const char *s, unsigned base, uint64_t *v);

/* The decimal number that a file begins with. False when it cannot be read or begins otherwise. */
bool ct_proc_value(const char *path, uint64_t *v);

/* The value of the sysctl net.netfilter.nf_conntrack_NAME, where that is a number that can be read.
 */
bool ct_proc_sysctl(const char *name, uint64_t *v);

#endif
