/* A confined process cannot open files, run programs or signal others, whoever takes it over. */
#include "cli/sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

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
		{became(socket(AF_UNIX, SOCK_DGRAM, 0)), 0},
		{became(socket(AF_PACKET, SOCK_RAW, 0)), EPERM},
		{became(ioctl(mine, TIOCSTI, "x")), EPERM},
		{became(ioctl(mine, TIOCGWINSZ, &size)), ENOTTY},
		{became(syscall(SYS_tgkill, getppid(), getppid(), 0)), EPERM},
		{became(fcntl(mine, F_SETOWN, getppid())), EPERM},
		{became(raise(0)), 0},
		{became(syscall(SYS_setxattr, "/dev/null", "user.a", "", 0, 0)), EPERM},
		{became(syscall(fchmodat2, AT_FDCWD, "/dev/null", 0666, 0)), EPERM},
		{became(lseek(mine, 1, SEEK_SET)), EPERM},
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

		confine(look_up, look_up);
		wrong = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER
				? try(look_up, mine)
				: -1;
		_exit(write(end[1], &wrong, sizeof(wrong)) < 0);
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
	if (!getenv("UNIT_QUICK")) { /* valgrind and emulators would be confined, too */
		test_confine(false);
		test_confine(true);
	}
	return UNIT_END();
}
