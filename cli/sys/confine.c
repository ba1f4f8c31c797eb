#define _GNU_SOURCE
#include "cli/sys/confine.h"

#define termios kernel_termios /* where <termios.h> is in the same file: see make amalgam */
#include <asm/termbits.h>      /* TCGETS2 and so on, which glibc 2.42 and newer use */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ct/netns.h"
#include "ct/with.h"

/* Constants of headers after 3.10, with their versions. A call without a number fails. */
#ifndef SYS_seccomp /* 3.17 */
#define SYS_seccomp (-1)
#endif
#ifndef SECCOMP_SET_MODE_FILTER /* 3.17 */
#define SECCOMP_SET_MODE_FILTER 1
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW /* 4.17 */
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif
#ifndef AUDIT_ARCH_RISCV64 /* 5.0 */
#define AUDIT_ARCH_RISCV64 (243 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

#ifdef SYS_setresuid32 /* the other one is of 16 bits */
#define SETRESUID SYS_setresuid32
#define SETRESGID SYS_setresgid32
#else
#define SETRESUID SYS_setresuid
#define SETRESGID SYS_setresgid
#endif

/* The kernel's name for the processor and byte order that this was built for. */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARMEL__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32
#define ARCH (__BYTE_ORDER == __BIG_ENDIAN ? AUDIT_ARCH_MIPS : AUDIT_ARCH_MIPSEL)
#elif defined(__powerpc__) && !defined(__powerpc64__)
#define ARCH AUDIT_ARCH_PPC
#elif defined(__s390x__)
#define ARCH AUDIT_ARCH_S390X
#else
#define ARCH 0
#endif

static void drop_capabilities(uint32_t keep)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		return;
	for (unsigned i = 0; i < 2; i++) {
		caps[i].permitted &= i ? 0 : keep;
		caps[i].effective &= caps[i].permitted;
		caps[i].inheritable = 0;
	}
	syscall(SYS_capset, &head, caps);
}

/* Tests of a call's argument, of which the lower half counts. */
enum test { ALWAYS, EQUAL_TO, NO_BIT, ABOVE, OURSELVES };

/* How files are opened that are not just read. */
#define FILES (O_ACCMODE | O_CREAT | O_TRUNC)

/*
 * The calls that a confined process needs; all others are denied. Rows of one call stand together:
 * one of them must hold. The most frequent calls come first.
 *
 * Sockets are those of netfilter and routing, and requests go to no descriptor that was there
 * before us, which could be a daemon's. A terminal is asked and set, and never fed with input.
 * Signals are for ourselves.
 */
static const struct {
	uint16_t call;
	uint8_t arg, test;
	uint8_t needs; /* CONFINE_*, 0: it is always needed */
	uint32_t v;
} allowed[] = {
	{SYS_recvmsg},
	{SYS_sendto, 0, ABOVE, .v = STDERR_FILENO},
	{SYS_write},
#ifdef SYS_recvmmsg
	{SYS_recvmmsg},
#endif
#ifdef SYS_recvmmsg_time64
	{SYS_recvmmsg_time64},
#endif
#ifdef SYS_socketcall /* libc's way to the calls on sockets, on some processors */
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_RECVMSG},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_RECVMMSG},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_SENDTO},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_SOCKET},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_BIND},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_GETSOCKNAME},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_SETSOCKOPT},
	{SYS_socketcall, 0, EQUAL_TO, .v = SYS_GETSOCKOPT},
#endif
	{SYS_read},
#ifdef SYS_ppoll
	{SYS_ppoll},
#endif
#ifdef SYS_ppoll_time64
	{SYS_ppoll_time64},
#endif
#ifdef SYS_poll
	{SYS_poll},
#endif
#ifdef SYS_clock_gettime
	{SYS_clock_gettime}, /* where the kernel has no quicker way */
#endif
#ifdef SYS_clock_gettime64
	{SYS_clock_gettime64},
#endif
#ifdef SYS_gettimeofday
	{SYS_gettimeofday},
#endif
#ifdef SYS_time
	{SYS_time},
#endif
	{SYS_brk},
#ifdef SYS_mmap
	{SYS_mmap},
#endif
#ifdef SYS_mmap2
	{SYS_mmap2},
#endif
	{SYS_munmap},
	{SYS_mremap},
	{SYS_mprotect},
	{SYS_madvise},
	{SYS_rt_sigaction},
	{SYS_rt_sigprocmask},
	{SYS_rt_sigreturn},
#ifdef SYS_sigreturn
	{SYS_sigreturn},
#endif
	{SYS_restart_syscall},
#ifdef SYS_futex
	{SYS_futex},
#endif
#ifdef SYS_futex_time64
	{SYS_futex_time64},
#endif
	{SYS_close},
	{SYS_writev},
#ifdef SYS_fstat
	{SYS_fstat},
#endif
#ifdef SYS_fstat64
	{SYS_fstat64},
#endif
#ifdef SYS_socket
	{SYS_socket, 0, EQUAL_TO, .v = AF_NETLINK},
	{SYS_bind},
	{SYS_getsockname},
	{SYS_setsockopt},
	{SYS_getsockopt},
#endif
	{SYS_fcntl, 1, EQUAL_TO, .v = F_GETFL},
#ifdef SYS_fcntl64
	{SYS_fcntl64, 1, EQUAL_TO, .v = F_GETFL},
#endif
	{SYS_ioctl, 1, EQUAL_TO, .v = TCGETS},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETS},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETSW},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETSF},
#ifdef TCGETS2
	{SYS_ioctl, 1, EQUAL_TO, .v = TCGETS2},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETS2},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETSW2},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCSETSF2},
#endif
	{SYS_ioctl, 1, EQUAL_TO, .v = TCXONC},
	{SYS_ioctl, 1, EQUAL_TO, .v = TCFLSH},
	{SYS_ioctl, 1, EQUAL_TO, .v = TIOCGWINSZ},
	{SYS_ioctl, 1, EQUAL_TO, .v = TIOCGPGRP},
	{SYS_ioctl, 1, EQUAL_TO, .v = SIOCGIFNAME},
	{SYS_ioctl, 1, EQUAL_TO, .v = SIOCGIFINDEX},
	{SYS_getpid},
	{SYS_gettid},
	{SYS_getpgid},
#ifdef SYS_getpgrp
	{SYS_getpgrp},
#endif
	{SYS_uname},
#ifdef SYS_getrandom
	{SYS_getrandom},
#endif
	{SYS_capget},
	{SYS_capset},
	{SYS_tkill, 0, OURSELVES},
	{SYS_tgkill, 0, OURSELVES},
	{SYS_exit},
	{SYS_exit_group},
	{SYS_ioctl, 1, EQUAL_TO, CONFINE_ENTER, CT_NETNS_KIND},
	{SYS_setns, 1, EQUAL_TO, CONFINE_ENTER, CLONE_NEWNET},
	{SYS_openat, 2, NO_BIT, CONFINE_LOOK_UP, FILES},
#ifdef SYS_open
	{SYS_open, 1, NO_BIT, CONFINE_LOOK_UP, FILES},
#endif
	{SYS_getdents64, .needs = CONFINE_LOOK_UP},
	{SYS_readlinkat, .needs = CONFINE_LOOK_UP},
#ifdef SYS_readlink
	{SYS_readlink, .needs = CONFINE_LOOK_UP},
#endif
#ifdef SYS_newfstatat
	{SYS_newfstatat, .needs = CONFINE_LOOK_UP},
#endif
#ifdef SYS_fstatat64
	{SYS_fstatat64, .needs = CONFINE_LOOK_UP},
#endif
#ifdef SYS_statx
	{SYS_statx, .needs = CONFINE_LOOK_UP},
#endif
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct sock_filter *put(struct sock_filter *f, uint16_t code, uint32_t k, unsigned jt,
			       unsigned jf)
{
	*f = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
	return f + 1;
}

uint16_t confine_program(struct sock_filter *f, unsigned needs)
{
	enum {
		LOAD = BPF_LD | BPF_W | BPF_ABS,
		EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
		ANSWER = BPF_RET | BPF_K,
		NR = offsetof(struct seccomp_data, nr),
		ARGS = offsetof(struct seccomp_data, args) + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0),
	};
	struct sock_filter *p = f;

	p = put(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	p = put(p, EQUAL, ARCH, 1, 0);
	p = put(p, ANSWER, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	p = put(p, LOAD, NR, 0, 0);
	for (unsigned i = 0; i < COUNT(allowed); i++) {
		uint8_t test = allowed[i].test;
		uint32_t v = test == OURSELVES ? (uint32_t)getpid() : allowed[i].v;

		if (allowed[i].needs & ~needs)
			continue;
		p = put(p, EQUAL, allowed[i].call, 0, test == ALWAYS ? 1 : 4);
		if (test != ALWAYS) {
			p = put(p, LOAD, ARGS + 8u * allowed[i].arg, 0, 0);
			p = put(p,
				BPF_JMP | BPF_K |
					(test == NO_BIT	 ? BPF_JSET
					 : test == ABOVE ? BPF_JGT
							 : BPF_JEQ),
				v, test == NO_BIT, test != NO_BIT);
		}
		p = put(p, ANSWER, SECCOMP_RET_ALLOW, 0, 0);
		if (test != ALWAYS)
			p = put(p, LOAD, NR, 0, 0);
	}
	p = put(p, ANSWER, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	return (uint16_t)(p - f);
}

#define RIGHT(cap) (UINT32_C(1) << (cap)) /* all are below 32 */

void confine_caller(void)
{
	static char *none[] = {NULL};

	if (!getauxval(AT_SECURE))
		return;
	environ = none;
	setfsgid(getgid());
	setfsuid(getuid());
	drop_capabilities(RIGHT(CAP_NET_ADMIN) | RIGHT(CAP_SYS_PTRACE) | RIGHT(CAP_SYS_ADMIN));
}

int confine_real_user(void)
{
	uid_t user = getuid();
	gid_t group = getgid();

	/* The C library's functions are for many threads. */
	return getauxval(AT_SECURE) && (syscall(SETRESGID, group, group, group) ||
					syscall(SETRESUID, user, user, user))
		       ? -1
		       : 0;
}

void confine(unsigned needs)
{
	struct sock_filter f[CONFINE_MOST];
	struct sock_fprog program = {.filter = f};
	static bool done;

	_Static_assert(5 * COUNT(allowed) + 5 <= CONFINE_MOST, "the program has room");
	if (!WITH_CONFINE || done)
		return;
	done = true;
	program.len = confine_program(f, needs);
	/* The flag spares us what older kernels do against speculation under seccomp. */
	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || !ARCH ||
	    (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		     &program) &&
	     syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0)))
		needs &= ~(unsigned)CONFINE_LOOK_AROUND;
	drop_capabilities(RIGHT(CAP_NET_ADMIN) |
			  (needs & CONFINE_LOOK_AROUND ? RIGHT(CAP_SYS_PTRACE) : 0) |
			  (needs & CONFINE_ENTER ? RIGHT(CAP_SYS_ADMIN) : 0));
}

bool confine_net_admin(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];

	return !syscall(SYS_capget, &head, caps) &&
	       caps[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN);
}
