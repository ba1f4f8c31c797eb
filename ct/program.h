/* Names of programs by netlink port id. */
#ifndef CT_PROGRAM_H
#define CT_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_PROGRAM_SLOTS 64

/* The port ids that were looked up, also in vain; a new one takes the place of an old one. */
struct ct_programs {
	struct {
		uint32_t portid; /* 0: free */
		char name[17];	 /* empty: not known */
	} slot[CT_PROGRAM_SLOTS];
};

/* The name of the program that owns a port id, by /proc: a socket's first port id is its process's
 * id. NULL when it is not known. Looked up once and remembered. Lives until the next call. */
const char *ct_program_name(struct ct_programs *p, uint32_t portid);

#ifdef __cplusplus
}
#endif

#endif
