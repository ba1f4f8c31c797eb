#include "cli/confine.h"

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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nl/with.h"

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

/* x86-64 has a second set of the same calls from this number on; nobody else has any there. */
#define X32 0x40000000

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
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_openat2
	SYS_openat2,
#endif
#ifdef SYS_clone3
	SYS_clone3,
#endif
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
#endif
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
	SYS_kill,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_unshare,
	SYS_setns,
	SYS_bpf,
	SYS_connect,
	SYS_perf_event_open,
};

static void drop_capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		return;
	for (unsigned i = 0; i < 2; i++) {
		caps[i].permitted &= i ? 0 : UINT32_C(1) << CAP_NET_ADMIN; /* it is below 32 */
		caps[i].effective &= caps[i].permitted;
		caps[i].inheritable = 0;
	}
	syscall(SYS_capset, &head, caps);
}

/* Calls that are denied when an argument has one of the bits: sockets are netlink's, and one of the
 * family AF_UNIX is how libc asks for an interface's name. The others are for look_up. */
#define ARG(i)                                                                                     \
	(offsetof(struct seccomp_data, args) + (i) * sizeof(uint64_t) +                            \
	 (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0)) /* its lower half */
static const struct {
	uint16_t call, arg;
	uint32_t bits;
} guarded[] = {
	{SYS_socket, ARG(0), ~(AF_NETLINK | AF_UNIX)},
	{SYS_openat, ARG(2), O_ACCMODE | O_CREAT | O_TRUNC},
#ifdef SYS_open
	{SYS_open, ARG(1), O_ACCMODE | O_CREAT | O_TRUNC},
#endif
};

enum { DENY = 255, MOST = sizeof(denied) / sizeof(denied[0]) + 20 };

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
	p = put(p, BPF_JMP | BPF_JGE | BPF_K, X32, DENY, 0);
	for (unsigned i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		p = put(p, EQUAL, denied[i], DENY, 0);
	for (unsigned i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		bool guard = !i || look_up;

		p = put(p, EQUAL, guarded[i].call, guard ? 0 : DENY, guard ? 3 : 0);
		if (!guard)
			continue;
		p = put(p, LOAD, guarded[i].arg, 0, 0);
		p = put(p, BPF_JMP | BPF_JSET | BPF_K, guarded[i].bits, DENY, 0);
		p = put(p, ANSWER, SECCOMP_RET_ALLOW, 0, 0);
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

void confine(bool look_up)
{
	struct sock_filter f[MOST];
	struct sock_fprog program = {.filter = f};
	static bool done;

	if (!WITH_CONFINE || done)
		return;
	done = true;
	drop_capabilities();
	if (!ARCH)
		return;
	program.len = assemble(f, look_up);
	/* The flag spares us what older kernels do against speculation under seccomp. */
	if (!syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program))
		syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
