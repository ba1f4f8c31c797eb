#define _GNU_SOURCE
#include "cli/sys/confine.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ct/with.h"

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

/* From this number on all processors have the same calls, none of which is needed: new ways to do
 * what is denied below. x86-64 has a second set of the old ones far behind it. */
#define NEWER (SYS_openat >= 4000 ? 4424 : 424)

static const uint16_t denied[] = {
#ifdef SYS_creat
	SYS_creat,
	SYS_fork,
	SYS_link,
	SYS_unlink,
	SYS_rename,
	SYS_symlink,
	SYS_mkdir,
	SYS_rmdir,
	SYS_mknod,
	SYS_chmod,
	SYS_chown,
	SYS_lchown,
	SYS_futimesat,
#endif
#ifdef SYS_utime
	SYS_utime,
#endif
#ifdef SYS_utimes
	SYS_utimes,
#endif
#ifdef SYS_chown32
	SYS_chown32,
	SYS_lchown32,
#endif
#ifdef SYS_utimensat_time64
	SYS_utimensat_time64,
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_truncate64
	SYS_truncate64,
#endif
#ifdef SYS__llseek
	SYS__llseek,
#endif
#ifdef SYS_sendfile64
	SYS_sendfile64,
#endif
	SYS_lseek,
	SYS_pread64,
	SYS_preadv,
	SYS_preadv2,
	SYS_sendfile,
	SYS_splice,
	SYS_copy_file_range,
	SYS_open_by_handle_at,
	SYS_renameat2,
	SYS_linkat,
	SYS_unlinkat,
	SYS_symlinkat,
	SYS_mkdirat,
	SYS_mknodat,
	SYS_fchmodat,
	SYS_fchownat,
	SYS_truncate,
	SYS_clone,
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_removexattr,
	SYS_lremovexattr,
#ifdef SYS_utimensat
	SYS_utimensat,
#endif
	SYS_kill,
	SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo,
	SYS_prlimit64,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_unshare,
	SYS_setns,
	SYS_bpf,
	SYS_connect,
	SYS_perf_event_open,
};

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

#define ARG(i)                                                                                     \
	(offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t) +                            \
	 (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0)) /* its lower half */

/* How files are opened that are not just read. */
#define FILES (O_ACCMODE | O_CREAT | O_TRUNC)

enum { ANY_BIT = BPF_JSET, EQUAL_TO = BPF_JEQ, NOT_US = 0 };

/* Calls that are denied because of an argument. Sockets are netlink's, and one of the family
 * AF_UNIX is how libc asks for an interface's name; AF_PACKET has the bits of both. A terminal must
 * not be fed what its shell would read. Signals are for ourselves, those of descriptors, too. The
 * last ones are for look_up.
 */
static const struct {
	uint16_t call;
	uint8_t arg, test;
	uint32_t v;
} guarded[] = {
	{SYS_socket, ARG(0), ANY_BIT, ~(AF_NETLINK | AF_UNIX)},
	{SYS_socket, ARG(0), EQUAL_TO, AF_PACKET},
	{SYS_ioctl, ARG(1), EQUAL_TO, TIOCSTI},
	{SYS_ioctl, ARG(1), EQUAL_TO, TIOCLINUX},
	{SYS_ioctl, ARG(1), EQUAL_TO, FIOSETOWN},
	{SYS_ioctl, ARG(1), EQUAL_TO, SIOCSPGRP},
	{SYS_fcntl, ARG(1), EQUAL_TO, F_SETOWN},
	{SYS_fcntl, ARG(1), EQUAL_TO, F_SETOWN_EX},
#ifdef SYS_fcntl64
	{SYS_fcntl64, ARG(1), EQUAL_TO, F_SETOWN},
	{SYS_fcntl64, ARG(1), EQUAL_TO, F_SETOWN_EX},
#endif
	{SYS_tkill, ARG(0), NOT_US, 0},
	{SYS_tgkill, ARG(0), NOT_US, 0},
	{SYS_openat, ARG(2), ANY_BIT, FILES},
#ifdef SYS_open
	{SYS_open, ARG(1), ANY_BIT, FILES},
#endif
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { DENY = 255, MOST = COUNT(denied) + 4 * COUNT(guarded) + 6 };

static struct sock_filter *put(struct sock_filter *f, uint16_t code, uint32_t k, unsigned jt,
			       unsigned jf)
{
	*f = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
	return f + 1;
}

/* Lays the program out in f and returns its length. */
static uint16_t assemble(struct sock_filter *f, bool look_up)
{
	enum {
		LOAD = BPF_LD | BPF_W | BPF_ABS,
		EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
		ANSWER = BPF_RET | BPF_K,
	};
	struct sock_filter *p = f;

	p = put(p, LOAD, offsetof(struct seccomp_data, arch), 0, 0);
	p = put(p, EQUAL, ARCH, 0, DENY);
	p = put(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
	p = put(p, BPF_JMP | BPF_JGE | BPF_K, NEWER, DENY, 0);
	for (unsigned i = 0; i < COUNT(denied); i++)
		p = put(p, EQUAL, denied[i], DENY, 0);
	for (unsigned i = 0; i < COUNT(guarded); i++) {
		uint8_t test = guarded[i].test;

		if (guarded[i].v == FILES && !look_up) {
			p = put(p, EQUAL, guarded[i].call, DENY, 0);
			continue;
		}
		p = put(p, EQUAL, guarded[i].call, 0, 3);
		p = put(p, LOAD, guarded[i].arg, 0, 0);
		if (test == NOT_US)
			p = put(p, EQUAL, (uint32_t)getpid(), 0, DENY);
		else
			p = put(p, BPF_JMP | BPF_K | test, guarded[i].v, DENY, 0);
		p = put(p, LOAD, offsetof(struct seccomp_data, nr), 0, 0);
	}
	p = put(p, ANSWER, SECCOMP_RET_ALLOW, 0, 0);
	for (struct sock_filter *i = f; i < p; i++) {
		if (i->jt == DENY)
			i->jt = (uint8_t)(p - i - 1);
		if (i->jf == DENY)
			i->jf = (uint8_t)(p - i - 1);
	}
	p = put(p, ANSWER, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	return (uint16_t)(p - f);
}

void confine(bool look_up, bool look_around)
{
	struct sock_filter f[MOST];
	struct sock_fprog program = {.filter = f};
	static bool done;

	if (!WITH_CONFINE || done)
		return;
	done = true;
	program.len = assemble(f, look_up);
	/* The flag spares us what older kernels do against speculation under seccomp. */
	if (!ARCH || syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		     &program) &&
	     syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0)))
		look_around = false;
	/* Both are below 32. */
	drop_capabilities(UINT32_C(1) << CAP_NET_ADMIN | (uint32_t)look_around << CAP_SYS_PTRACE);
}

bool confine_net_admin(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];

	return !syscall(SYS_capget, &head, caps) &&
	       caps[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN);
}
