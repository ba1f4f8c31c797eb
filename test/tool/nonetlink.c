/*
 * nonetlink [-c CALL] CMD ARG...
 *
 * Runs CMD on a machine without netlink: socket(2) fails as it does there. With -c, in a sandbox
 * that refuses the system call CALL instead, recvmmsg or ppoll, with EPERM. The exit code is CMD's;
 * 77 where that cannot be done, as there is no seccomp, or the C library opens sockets by
 * socketcall(2); 126 where CMD cannot be run.
 */
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The half of a 64-bit argument that holds a small number. */
#define LOW (__BYTE_ORDER == __LITTLE_ENDIAN ? 0 : 4)

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + LOW),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};
	bool call = argc > 2 && !strcmp(argv[1], "-c");

	if (call) {
		/* The call itself, whatever its arguments are. */
		code[1].k = !strcmp(argv[2], "ppoll") ? SYS_ppoll : SYS_recvmmsg;
		code[2] = code[3] = (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
		code[4].k = SECCOMP_RET_ERRNO | EPERM;
		argv += 2;
		argc -= 2;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: nonetlink [-c CALL] CMD ARG...\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		fprintf(stderr, "nonetlink: seccomp: %s\n", strerror(errno));
		return 77;
	}
	if (!call && socket(AF_NETLINK, SOCK_RAW, 0) >= 0) {
		fprintf(stderr, "nonetlink: there is netlink all the same\n");
		return 77;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "nonetlink: %s: %s\n", argv[1], strerror(errno));
	return 126;
}
