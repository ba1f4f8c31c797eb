/* Names of programs by netlink port id. */
#ifndef CT_PROGRAM_H
#define CT_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_PROGRAM_SLOTS 64

/* The port ids that were looked up, also in vain; a new one takes the place of the one that was not
 * asked for the longest. Starts as {0}. */
struct ct_programs {
	uint64_t searched; /* the time of the last search through all processes */
	struct {
		uint64_t time;	 /* when it was looked up or verified last */
		uint32_t portid; /* 0: free */
		char path[40];	 /* the descriptor, "/proc/PID/fd/N" */
		char link[32];	 /* where it leads, "socket:[INODE]" */
		char name[17];	 /* empty: not known */
	} slot[CT_PROGRAM_SLOTS];
};

/*
 * The name of the program that has the NETLINK_NETFILTER socket of a port id in our network
 * namespace. NULL when it is not known: the socket is closed already; or its process is not one
 * that we see in /proc, or (CAP_SYS_PTRACE) may look into. Lives until the next call.
 *
 * time is in nanoseconds, and the same for events that came together. Of these the first one sees
 * to it that the socket is still that which was found; what was not found is looked for again after
 * a second, and all processes are searched once a second at most.
 */
const char *ct_program_name(struct ct_programs *p, uint32_t portid, uint64_t time);

#ifdef __cplusplus
}
#endif

#endif
