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

/* A socket of NETLINK_NETFILTER. */
struct ct_proc_socket {
	uint32_t portid; /* to be looked for, 0: by the groups */
	uint32_t groups; /* as bits; of one that is looked for, any of them */
	uint32_t drops;	 /* messages for which its buffer had no room */
	uint64_t inode;
};

/* Looks for such a socket in /proc/net/netlink, which is about our network namespace. Returns 1,
 * with *s filled in; 0 where there is none; or a negative errno where the file cannot be read. */
int ct_proc_netlink(struct ct_proc_socket *s);

#endif
