/*
 * Least privilege: what decodes and prints the kernel's messages needs no more than the sockets
 * that are open by then.
 */
#ifndef CLI_SYS_CONFINE_H
#define CLI_SYS_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

struct sock_filter;

/*
 * For the rest of the process: of the capabilities CAP_NET_ADMIN alone, which the kernel asks for
 * at each request; no new privileges; and, where the kernel has seccomp (Linux 3.5), no calls but
 * those that are listed in confine.c: to receive, to send to netlink, to write to what is open, to
 * wait, to take memory, to ask and set the terminal; and what needs allows besides, CONFINE_* as
 * bits. Any other call fails with EPERM. What cannot be given up stays, without a word, as nothing
 * depends on it. Only the first call counts.
 */
void confine(unsigned needs);

enum {
	CONFINE_LOOK_UP = 1, /* files can be opened to be read */
	/* CAP_SYS_PTRACE stays, for the links of /proc/PID: from the memory of processes the filter
	 * keeps us, as no file can be read but from its beginning. */
	CONFINE_LOOK_AROUND = 2,
	CONFINE_ENTER = 4, /* other namespaces, for which CAP_SYS_ADMIN stays */
};

/* Instructions of the longest program of confine_program(). */
#define CONFINE_MOST 512

/* Writes the seccomp filter of confine() into f (CONFINE_MOST instructions) and returns its length.
 * For tests. */
uint16_t confine_program(struct sock_filter *f, unsigned needs);

/* For a program that has rights which whoever started it lacks (set-user-ID, capabilities of the
 * file; see AT_SECURE in getauxval(3)): its environment is not looked at, files are opened with the
 * rights of the real user and group, and of the capabilities stay CAP_NET_ADMIN and those of
 * CONFINE_*. Nothing else changes anything. */
void confine_caller(void);

/* Where confine_caller() has taken something away, takes all that the real user lacks, before
 * another program is run. Returns 0 or -1, with errno set. */
int confine_real_user(void);

/* True when the process has CAP_NET_ADMIN, in its own user namespace. */
bool confine_net_admin(void);

#endif
