/* A confined process can make the calls that it needs and no others, whoever takes it over. */
#include "cli/sys/confine.h"

#include <asm/termbits.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* The calls that may be allowed. All other numbers that a processor may have must be denied. */
static const int needed[] = {
	SYS_recvmsg,
	SYS_sendto,
	SYS_write,
	SYS_writev,
	SYS_read,

	SYS_close,
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_socket,
	SYS_bind,
	SYS_getsockname,
	SYS_setsockopt,
	SYS_getsockopt,
	SYS_ioctl,
	SYS_getpid,
	SYS_gettid,
	SYS_getpgid,
	SYS_getrandom,
	SYS_uname,
	SYS_capget,
	SYS_capset,
	SYS_tkill,
	SYS_tgkill,
	SYS_exit,
	SYS_exit_group,
	SYS_fcntl,
#ifdef SYS_recvmmsg
	SYS_recvmmsg,
#endif
#ifdef SYS_ppoll
	SYS_ppoll,
#endif
#ifdef SYS_clock_gettime
	SYS_clock_gettime,
#endif
#ifdef SYS_recvmmsg_time64
	SYS_recvmmsg_time64,
	SYS_ppoll_time64,
	SYS_clock_gettime64,
	SYS_futex_time64,
#endif
#ifdef SYS_socketcall
	SYS_socketcall,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
#ifdef SYS_gettimeofday
	SYS_gettimeofday,
#endif
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_mmap2
	SYS_mmap2,
#endif
#ifdef SYS_futex
	SYS_futex,
#endif
#ifdef SYS_sigreturn
	SYS_sigreturn,
#endif
#ifdef SYS_fstat
	SYS_fstat,
#endif
#ifdef SYS_fstat64
	SYS_fstat64,
#endif
#ifdef SYS_fcntl64
	SYS_fcntl64,
#endif
#ifdef SYS_getpgrp
	SYS_getpgrp,
#endif
};

/* Likewise, to look things up. */
static const int looking[] = {
	SYS_openat,	SYS_getdents64, SYS_readlinkat,
#ifdef SYS_open
	SYS_open,	SYS_readlink,
#endif
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_fstatat64
	SYS_fstatat64,
#endif
#ifdef SYS_statx
	SYS_statx,
#endif
};

static bool is_in(const int *calls, unsigned n, int call)
{
	while (n--)
		if (*calls++ == call)
			return true;
	return false;
}

static bool is_needed(int call, unsigned needs)
{
	return is_in(needed, sizeof(needed) / sizeof(needed[0]), call) ||
	       (needs & CONFINE_ENTER && call == SYS_setns) ||
	       (needs & CONFINE_LOOK_UP &&
		is_in(looking, sizeof(looking) / sizeof(looking[0]), call));
}

/* Runs the program as the kernel does, on a call of its own processor. Returns its answer. */
static uint32_t answer(const struct sock_filter *f, unsigned n, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (unsigned pc = 0; pc < n; pc++) {
		bool jump;

		switch (f[pc].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f[pc].k, sizeof(a));
			continue;
		case BPF_RET | BPF_K:
			return f[pc].k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = a == f[pc].k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jump = a > f[pc].k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = a & f[pc].k;
			break;
		default:
			FAIL("an instruction that is not used");
			return 0;
		}
		pc += jump ? f[pc].jt : f[pc].jf;
	}
	FAIL("the program has an end");
	return 0;
}

struct tester {
	struct sock_filter f[CONFINE_MOST];
	unsigned n;
	uint32_t arch;
};

/* True when the call is allowed with these arguments. */
static bool allows(const struct tester *t, int call, uint64_t a, uint64_t b, uint64_t c)
{
	const struct seccomp_data data = {.nr = call, .arch = t->arch, .args = {a, b, c}};

	return answer(t->f, t->n, &data) == SECCOMP_RET_ALLOW;
}

/* True when it is with some arguments. */
static bool may(const struct tester *t, int call)
{
	const uint64_t values[] = {
		0, 1, 2, 3, 16, 0x5401, 0x5413, TCGETS, CLONE_NEWNET, (uint32_t)getpid()};
	const unsigned n = sizeof(values) / sizeof(values[0]);

	for (unsigned i = 0; i < n * n * 2; i++)
		if (allows(t, call, values[i % n], values[i / n % n], i < n * n ? 0 : UINT64_MAX))
			return true;
	return false;
}

/* Every number that a processor may have. */
static void test_numbers(unsigned needs)
{
	struct tester t;
	int wrong = 0;

	t.n = confine_program(t.f, needs);
	CHECK(t.n <= CONFINE_MOST);
	t.arch = t.f[1].k;
	if (!t.arch)
		return; /* no processor that confine.c knows */
	for (int call = 0; call < 6000; call++) {
		bool allowed = may(&t, call);

		if (allowed != is_needed(call, needs)) {
			printf("system call %d is %s\n", call, allowed ? "allowed" : "denied");
			wrong++;
		}
		wrong += may(&t, call | 0x40000000); /* x86-64 has all again here, as x32 */
	}
	CHECK_INT(wrong, 0);
	t.arch++; /* a call by the numbers of another processor, as i386's on x86-64 */
	CHECK(!may(&t, SYS_read) && !may(&t, SYS_write));
	t.arch--;
	CHECK(allows(&t, SYS_ioctl, 1, TIOCGWINSZ, 0) && allows(&t, SYS_ioctl, 1, TCSETSW, 0));
	CHECK(!allows(&t, SYS_ioctl, 1, TIOCSTI, 0) && !allows(&t, SYS_ioctl, 1, TIOCLINUX, 0));
	CHECK(!allows(&t, SYS_ioctl, 1, FS_IOC_SETFLAGS, 0));
	CHECK(!allows(&t, SYS_ioctl, 1, FIOSETOWN, 0) && !allows(&t, SYS_ioctl, 1, SIOCSPGRP, 0));
	CHECK(!allows(&t, SYS_fcntl, 1, F_SETOWN, 0) && allows(&t, SYS_fcntl, 1, F_GETFL, 0));
	CHECK(allows(&t, SYS_socket, AF_NETLINK, 0, 0) && !allows(&t, SYS_socket, AF_UNIX, 0, 0));
	CHECK(!allows(&t, SYS_socket, AF_INET, 0, 0) && !allows(&t, SYS_socket, AF_PACKET, 0, 0));
	CHECK(allows(&t, SYS_sendto, 3, 0, 0) && !allows(&t, SYS_sendto, 2, 0, 0));
	CHECK(!allows(&t, SYS_tgkill, 1, 1, 0));
	CHECK(allows(&t, SYS_openat, 0, 0, O_RDONLY | O_CLOEXEC) == !!(needs & CONFINE_LOOK_UP));
	CHECK(allows(&t, SYS_setns, 3, CLONE_NEWNET, 0) == !!(needs & CONFINE_ENTER));
	CHECK(!allows(&t, SYS_setns, 3, 0, 0) && !allows(&t, SYS_setns, 3, CLONE_NEWUSER, 0));
	CHECK(!allows(&t, SYS_openat, 0, 0, O_WRONLY) && !allows(&t, SYS_openat, 0, 0, O_RDWR));
	CHECK(!allows(&t, SYS_openat, 0, 0, O_CREAT) && !allows(&t, SYS_openat, 0, 0, O_TRUNC));
#ifdef SYS_socketcall
	for (uint64_t call = 0; call < 32; call++) /* connect, listen, accept, socketpair, ... */
		CHECK(allows(&t, SYS_socketcall, call, 0, 0) ==
		      !!((UINT64_C(1) << call) & 0xac846));
#endif
}

/* Returns 0, or the errno of a call that failed. */
static int became(long result)
{
	return result < 0 ? errno : 0;
}

/* Makes the calls that a confined process may and may not make. Returns a set of bits: the calls
 * that went otherwise than they should. mine: a descriptor opened before. */
static int try(bool look_up, int mine)
{
	const long fchmodat2 = SYS_openat >= 4000 ? 4452 : 452; /* newer than the headers */
	char *const none[] = {NULL};
	struct winsize size;
	const struct {
		int got, right;
	} tried[] = {
		{became(open("/dev/null", O_RDONLY | O_CLOEXEC)), look_up ? 0 : EPERM},
		{became(openat(AT_FDCWD, "/dev/null", O_RDONLY)), look_up ? 0 : EPERM},
		{became(open("/dev/null", O_WRONLY)), EPERM},
		{became(open("/dev/null", O_RDONLY | O_TRUNC)), EPERM},
		{became(openat(AT_FDCWD, "conntrack.tmp", O_RDWR | O_CREAT, 0600)), EPERM},
		{became(unlink("conntrack.tmp")), EPERM},
		{became(chmod("/dev/null", 0666)), EPERM},
		{became(rename("conntrack.tmp", "conntrack.tmp2")), EPERM},
		{became(execve("/bin/true", none, none)), EPERM},
		{became(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)), EPERM},
		{became(kill(getpid(), 0)), EPERM},
		{became(socket(AF_INET, SOCK_STREAM, 0)), EPERM},
		{became(socket(AF_INET6, SOCK_DGRAM, 0)), EPERM},
		{became(socket(AF_NETLINK, SOCK_RAW, 0)), 0},
		{became(socket(AF_UNIX, SOCK_DGRAM, 0)), EPERM},
		{became(socket(AF_PACKET, SOCK_RAW, 0)), EPERM},
		{became(ioctl(mine, TIOCSTI, "x")), EPERM},
		{became(ioctl(mine, TIOCGWINSZ, &size)), ENOTTY},
		{became(syscall(SYS_tgkill, getppid(), getppid(), 0)), EPERM},
		{became(fcntl(mine, F_SETOWN, getppid())), EPERM},
		{became(raise(0)), 0},
		{became(fchmod(mine, 0666)), EPERM},
		{became(fchown(mine, 0, 0)), EPERM},
		{became(syscall(SYS_fsetxattr, mine, "user.a", "", 0, 0)), EPERM},
		{became(syscall(SYS_shmget, 1, 4096, 0666)), EPERM},
		{became(syscall(SYS_setxattr, "/dev/null", "user.a", "", 0, 0)), EPERM},
		{became(syscall(fchmodat2, AT_FDCWD, "/dev/null", 0666, 0)), EPERM},
		{became((long)lseek(mine, 1, SEEK_SET)), EPERM},
		{became(pread(mine, &size, 1, 1)), EPERM},
		{became(write(mine, "", 1)), 0},
		{prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1},
	};
	int wrong = 0;

	for (unsigned i = 0; i < sizeof(tried) / sizeof(tried[0]); i++)
		wrong |= (tried[i].got != tried[i].right) << i;
	return wrong;
}

static void test_confine(bool look_up)
{
	int wrong = 1 << 30, end[2], status;
	pid_t child;

	CHECK_INT(pipe(end), 0);
	child = fork();
	if (!child) {
		int mine = open("/dev/null", O_RDWR);

		confine(look_up ? CONFINE_LOOK_UP | CONFINE_LOOK_AROUND : 0);
		wrong = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER
				? try(look_up, mine)
				: -1;
		/* Not _exit: before a call that does not return, AddressSanitizer makes calls. */
		syscall(SYS_exit_group, write(end[1], &wrong, sizeof(wrong)) < 0);
	}
	close(end[1]);
	CHECK_INT(read(end[0], &wrong, sizeof(wrong)), sizeof(wrong));
	close(end[0]);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	if (wrong == -1) /* the kernel has none: test/live says whether it must */
		return;
	CHECK_INT(wrong, 0);
}

int main(void)
{
	for (unsigned needs = 0; needs < 8; needs++)
		test_numbers(needs);
	if (!getenv("UNIT_QUICK")) { /* valgrind and emulators would be confined, too */
		test_confine(false);
		test_confine(true);
	}
	return UNIT_END();
}
