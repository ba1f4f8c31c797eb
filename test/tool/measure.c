/*
 * measure [-n TIMES] FILE CMD ARG...
 *
 * Runs CMD, TIMES times one behind the other (default once), and appends a line to FILE: seconds of
 * wall time, user time and system time, of all runs, and the first one's peak of memory in KiB. The
 * peak is read when that process ends, by tracing it: what wait(2) tells has the parent's memory in
 * it. The exit code is that of the last run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The most memory that a process has had resident, in KiB. */
static long peak(pid_t pid)
{
	char path[32], line[128];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6))
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* Runs a command to its end. Returns what wait(2) says. */
static int run(char *argv[])
{
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("measure");
		exit(1);
	}
	return status;
}

/* The same, and reads its peak of memory. */
static int run_traced(char *argv[], long *kib)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT) || kill(pid, SIGCONT)) {
		perror("measure");
		exit(1);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		int event = status >> 16;

		if (event == PTRACE_EVENT_EXIT)
			*kib = peak(pid);
		ptrace(PTRACE_CONT, pid, NULL, event ? 0L : (long)WSTOPSIG(status));
	}
	return status;
}

int main(int argc, char *argv[])
{
	struct rusage used;
	int times = 1, at = 1, status;
	long kib = 0;
	double start;
	FILE *f;

	if (argc > 3 && !strcmp(argv[1], "-n")) {
		times = atoi(argv[2]);
		at = 3;
	}
	if (argc < at + 2) {
		fputs("usage: measure [-n TIMES] FILE CMD ARG...\n", stderr);
		return 2;
	}
	start = now();
	status = run_traced(argv + at + 1, &kib);
	while (--times > 0)
		status = run(argv + at + 1);
	start = now() - start;
	f = fopen(argv[at], "ae");
	if (!f || getrusage(RUSAGE_CHILDREN, &used)) {
		perror(argv[at]);
		return 1;
	}
	fprintf(f, "%.6f %.6f %.6f %ld\n", start, seconds(used.ru_utime), seconds(used.ru_stime),
		kib);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
