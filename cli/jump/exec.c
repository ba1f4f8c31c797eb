/* -j exec=PROGRAM: a program is run for each match, with what is known of it in its environment. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/jump/jump.h"
#include "cli/sys/clock.h"
#include "cli/sys/confine.h"
#include "cli/sys/signal.h"
#include "fmt/environ.h"
#include "fmt/format.h"

/* Programs that run at once; while there are so many, events wait in the socket's buffer. */
#define AT_ONCE 16

/* The nanoseconds that programs have to end after a signal. */
#define GRACE (3 * NSEC / 2)

struct exec {
	unsigned running;
	pid_t pid[AT_ONCE]; /* those that run */
	uint64_t end;	    /* when they are ended, on the monotonic clock; 0: not yet known */
	uint64_t left;	    /* those for which none was started any more */
	bool said[512];	    /* by exit code, or by signal + 256: it has been complained about */
	bool said_start;
	struct environ_vars vars;
	char *argv[2];
	char *env[]; /* room for ours, and behind it what we inherited */
};

/* Counts a program's end, and tells each way to fail once. */
static void ended(struct jump *j, int status)
{
	struct exec *x = j->state;
	unsigned way = WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);

	if (!status)
		return;
	j->failed++;
	if (!x->said[way] && WIFSIGNALED(status))
		warn(NULL, "%s was ended by signal %d (reported once)", j->arg, WTERMSIG(status));
	else if (!x->said[way])
		warn(NULL, "%s ended with exit code %d (reported once)", j->arg,
		     WEXITSTATUS(status));
	x->said[way] = true;
}

/* Takes the exit codes of programs that have ended. */
static void reap(struct jump *j)
{
	struct exec *x = j->state;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < x->running; i++)
			if (x->pid[i] == pid) {
				x->pid[i] = x->pid[--x->running];
				ended(j, status);
			}
	if (pid < 0 && errno == ECHILD)
		x->running = 0;
}

/* Waits until no more than so many programs run. After a signal they have a moment to end by
 * themselves. */
static void wait_for(struct jump *j, unsigned most)
{
	struct exec *x = j->state;

	for (reap(j); x->running > most; reap(j)) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);

		if (!signal_caught) {
			signal_wait(NULL, 0, 100); /* one may have ended since */
			continue;
		}
		x->end = x->end ? x->end : now + GRACE;
		for (unsigned i = 0; i < x->running && now >= x->end; i++)
			kill(x->pid[i], SIGKILL);
		(void)poll(NULL, 0, 20);
	}
}

static int open_exec(struct jump *j)
{
	unsigned inherited = 0, n = ENVIRON_VARIABLES;
	struct exec *x;

	while (environ && environ[inherited])
		inherited++;
	x = calloc(1, sizeof(*x) + (ENVIRON_VARIABLES + inherited + 1) * sizeof(x->env[0]));
	if (!x)
		return -ENOMEM;
	/* A variable that is inherited would look like a value of the entry. */
	for (unsigned i = 0; i < inherited; i++)
		if (strncmp(environ[i], ENVIRON_PREFIX, strlen(ENVIRON_PREFIX)) != 0)
			x->env[n++] = environ[i];
	signal_catch(SIGCHLD); /* ends a wait for events: there is one to be reaped */
	x->argv[0] = (char *)j->arg;
	j->state = x;
	return 0;
}

/* musl has vfork(2) on these processors; on others its vfork() is fork(2). */
#if defined(__GLIBC__) || defined(__x86_64__) || defined(__i386__) || defined(__arm__) ||          \
	defined(__s390x__)
#define FORKS false
#else
#define FORKS true
#endif

/* Starts a program. vfork(2) copies no memory, and the child's errno comes back in ours; else by a
 * pipe. */
static int start(const char *program, char *const argv[], char *const env[], pid_t *pid)
{
	volatile int err = 0;
	int back[2];

	if (FORKS && pipe2(back, O_CLOEXEC))
		return errno;
	*pid = vfork();
	if (FORKS && *pid) {
		close(back[1]);
		while (*pid > 0 && read(back[0], (void *)&err, sizeof(err)) < 0 && errno == EINTR)
			;
		close(back[0]);
	}
	if (*pid < 0)
		return errno;
	if (*pid) {
		if (err)
			waitpid(*pid, NULL, 0);
		return err;
	}
	signal(SIGPIPE, SIG_DFL); /* we ignore it, and that would be inherited */
	if (!confine_real_user())
		execvpe(program, argv, env);
	err = errno;
	if (FORKS)
		(void)!write(back[1], (const void *)&err, sizeof(err));
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
	wait_for(j, AT_ONCE - 1);
	if (signal_caught) {
		x->left++;
		return;
	}
	err = start(j->arg, x->argv, env, &x->pid[x->running]);
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
	reap(j);
}

static int close_exec(struct jump *j)
{
	struct exec *x = j->state;

	if (!x)
		return 0;
	wait_for(j, 0);
	if (x->left)
		warn(NULL, "a signal came: %s was not run for %llu more", j->arg,
		     (unsigned long long)x->left);
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
