/*
 * Least privilege: what decodes and prints the kernel's messages needs no more than the sockets
 * that are open by then.
 */
#ifndef CLI_SYS_CONFINE_H
#define CLI_SYS_CONFINE_H

#include <stdbool.h>

/*
 * For the rest of the process: of the capabilities CAP_NET_ADMIN alone, which the kernel asks for
 * at each request; no new privileges; and, where the kernel has seccomp (Linux 3.5), no sockets but
 * netlink (and AF_UNIX, unconnected; all, where libc makes them by way of socketcall(2), as glibc
 * does on i386), no opening or changing of files, no programs, processes, namespaces, signals to
 * others or words put into a terminal's mouth: such calls fail with EPERM. look_up leaves opening
 * for reading; look_around leaves CAP_SYS_PTRACE, too, for the links of /proc/PID/fd, where seccomp
 * keeps us from the memory of processes: no file can be read but from its beginning. What cannot be
 * given up stays, without a word, as nothing depends on it. Only the first call counts.
 */
void confine(bool look_up, bool look_around);

/* True when the process has CAP_NET_ADMIN, in its own user namespace. */
bool confine_net_admin(void);

#endif
