/* -j exec=PROGRAM: a program is run for each match, with what is known of it in its environment. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/jump/jump.h"
#include "fmt/environ.h"
#include "fmt/format.h"

/* Programs that run at once; while there are so many, events wait in the socket's buffer. */
#define AT_ONCE 16

struct exec {
	unsigned running;
	bool said[512]; /* by exit code, or by signal + 256: it has been complained about */
	bool said_start;
	struct environ_vars vars;
	char *argv[2];
	char *env[]; /* room for ours, and behind it what we inherited */
};

/* Waits for programs that have ended; blocks until there is one if it must. */
static void reap(struct jump *j, bool block)
{
	struct exec *x = j->state;
	int status;
	pid_t pid;

	while (x->running) {
		pid = waitpid(-1, &status, block ? 0 : WNOHANG);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return;
		block = false;
		x->running--;
		if (!status)
			continue;
		j->failed++;
		if (WIFSIGNALED(status)) {
			if (!x->said[256 + WTERMSIG(status)])
				warn(NULL, "%s was ended by signal %d (reported once)", j->arg,
				     WTERMSIG(status));
			x->said[256 + WTERMSIG(status)] = true;
		} else {
			if (!x->said[WEXITSTATUS(status)])
				warn(NULL, "%s ended with exit code %d (reported once)", j->arg,
				     WEXITSTATUS(status));
			x->said[WEXITSTATUS(status)] = true;
		}
	}
}

static void nothing(int sig)
{
	(void)sig;
}

static int open_exec(struct jump *j)
{
	unsigned inherited = 0, n = ENVIRON_VARIABLES;
	struct exec *x;
	struct sigaction wake = {.sa_handler = nothing};

	while (environ && environ[inherited])
		inherited++;
	x = calloc(1, sizeof(*x) + (ENVIRON_VARIABLES + inherited + 1) * sizeof(x->env[0]));
	if (!x)
		return -ENOMEM;
	/* A variable that is inherited would look like a value of the entry. */
	for (unsigned i = 0; i < inherited; i++)
		if (strncmp(environ[i], ENVIRON_PREFIX, strlen(ENVIRON_PREFIX)) != 0)
			x->env[n++] = environ[i];
	sigaction(SIGCHLD, &wake, NULL); /* ends a wait for events: there is one to be reaped */
	x->argv[0] = (char *)j->arg;
	j->state = x;
	return 0;
}

/* Starts a program. vfork(2) copies no memory, and the child's errno comes back in ours. */
static int start(const char *program, char *const argv[], char *const env[])
{
	volatile int err = 0;
	pid_t pid = vfork();

	if (pid < 0)
		return errno;
	if (pid) {
		if (err)
			waitpid(pid, NULL, 0);
		return err;
	}
	signal(SIGPIPE, SIG_DFL); /* we ignore it, and that would be inherited */
	execvpe(program, argv, env);
	err = errno;
	_exit(127);
}

static void entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	struct exec *x = j->state;
	struct ct_entry e;
	char **env;
	int err;

	if (ct_entry_decode(&e, h))
		return;
	environ_set(&x->vars, &e, ev, j->session->cmd->labels);
	/* Ours end where the inherited ones begin. */
	env = x->env + ENVIRON_VARIABLES - x->vars.n;
	memcpy(env, x->vars.var, x->vars.n * sizeof(*env));
	reap(j, x->running == AT_ONCE);
	err = start(j->arg, x->argv, env);
	if (!err) {
		x->running++;
		j->done++;
		return;
	}
	j->failed++;
	if (!x->said_start)
		warn(NULL, "cannot run %s: %s (reported once)", j->arg, error_text(err));
	x->said_start = true;
}

static void flush(struct jump *j)
{
	reap(j, false);
}

static int close_exec(struct jump *j)
{
	struct exec *x = j->state;

	if (!x)
		return 0;
	while (x->running) {
		unsigned before = x->running;

		reap(j, true);
		if (x->running == before)
			break; /* somebody else has reaped them */
	}
	free(x);
	if (!j->failed)
		return 0;
	warn(NULL, "%llu runs of %s failed", (unsigned long long)j->failed, j->arg);
	return EXIT_REFUSED;
}

static const char *check(const char *arg)
{
	return *arg ? NULL : "a program";
}

const struct target jump_exec = {
	.name = "exec",
	.meta = "PROGRAM",
	.help = "run a program for each, CT_* in its environment",
	.done = "handed on",
	.labels = true,
	.programs = true,
	.check = check,
	.open = open_exec,
	.entry = entry,
	.flush = flush,
	.close = close_exec,
};
