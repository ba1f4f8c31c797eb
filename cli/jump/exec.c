/* -j exec=PROGRAM: a program is run for each match, with what is known of it in its environment. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/jump/jump.h"
#include "ct/proto.h"
#include "fmt/num.h"
#include "fmt/format.h"

/* Programs that run at once; while there are so many, events wait in the socket's buffer. */
#define AT_ONCE 16

/* The variables that are added, and the room for their text. */
#define VARIABLES 24
#define TEXT_ROOM 4096

struct exec {
	unsigned running;
	bool said[512]; /* by exit code, or by signal + 256: it has been complained about */
	bool said_start;
	char *p;    /* in text: where the next variable goes */
	unsigned n; /* variables */
	char text[TEXT_ROOM];
	char *argv[2];
	char *env[]; /* ours, and behind them what we inherited */
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
				warn(NULL, "%s ended by signal %d; said once", j->arg,
				     WTERMSIG(status));
			x->said[256 + WTERMSIG(status)] = true;
		} else {
			if (!x->said[WEXITSTATUS(status)])
				warn(NULL, "%s ended with exit code %d; said once", j->arg,
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
	unsigned inherited = 0, n = VARIABLES;
	struct exec *x;
	struct sigaction wake = {.sa_handler = nothing};

	while (environ && environ[inherited])
		inherited++;
	x = calloc(1, sizeof(*x) + (VARIABLES + inherited + 1) * sizeof(x->env[0]));
	if (!x)
		return -ENOMEM;
	/* What is not known of an entry must not look known. */
	for (unsigned i = 0; i < inherited; i++)
		if (strncmp(environ[i], "CT_", 3) != 0)
			x->env[n++] = environ[i];
	sigaction(SIGCHLD, &wake, NULL); /* ends a wait for events: there is one to be reaped */
	x->argv[0] = (char *)j->arg;
	j->state = x;
	return 0;
}

/* Begins the variable CT_ + prefix + name. There is room: values are bounded. */
static void begin(struct exec *x, const char *prefix, const char *name)
{
	x->env[x->n++] = x->p;
	x->p = PUT(x->p, "CT_");
	x->p = put_mem(x->p, prefix, strlen(prefix));
	x->p = put_mem(x->p, name, strlen(name));
	*x->p++ = '=';
}

static void end(struct exec *x)
{
	*x->p++ = 0;
}

static void put_word(struct exec *x, const char *name, const char *s, size_t n)
{
	begin(x, "", name);
	x->p = put_mem(x->p, s, n < 128 ? n : 128);
	end(x);
}

static void put_number(struct exec *x, const char *prefix, const char *name, uint64_t v)
{
	begin(x, prefix, name);
	x->p = put_u64(x->p, v);
	end(x);
}

static void put_tuple(struct exec *x, const char *prefix, const struct ct_tuple *t)
{
	if (t->has & CT_T_SRC) {
		begin(x, prefix, "SRC");
		x->p = put_addr(x->p, t->l3, &t->src);
		end(x);
	}
	if (t->has & CT_T_DST) {
		begin(x, prefix, "DST");
		x->p = put_addr(x->p, t->l3, &t->dst);
		end(x);
	}
	if (t->has & CT_T_SPORT)
		put_number(x, prefix, "SPORT", t->sport);
	if (t->has & CT_T_DPORT)
		put_number(x, prefix, "DPORT", t->dport);
}

/* Labels by name, or by number where they have none, joined by commas. */
static void put_labels(struct exec *x, const struct ct_labelmap *m, const struct nl_attr *labels)
{
	bool any = false;

	begin(x, "", "LABELS");
	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = m->name[bit];

		if (!ct_label_test(labels, bit) || x->p > x->text + TEXT_ROOM - 256)
			continue;
		if (any)
			*x->p++ = ',';
		any = true;
		x->p = name ? put_mem(x->p, name, strnlen(name, 64)) : put_u32(x->p, bit);
	}
	end(x);
}

/* The environment from an entry. */
static void describe(struct exec *x, const struct session *s, const struct ct_entry *e,
		     const struct fmt_event *ev)
{
	static const char *const kinds[] = {
		[FMT_NEW] = "new",
		[FMT_UPDATE] = "update",
		[FMT_DESTROY] = "destroy",
		[FMT_SYNC] = "sync",
	};
	const char *word = ev ? kinds[ev->kind] : "list";
	uint64_t packets = 0, bytes = 0;

	x->p = x->text;
	x->n = 0;
	put_word(x, "EVENT", word, strlen(word));
	word = e->family == AF_INET6 ? "ipv6" : "ipv4";
	put_word(x, "FAMILY", word, strlen(word));
	if (e->orig.has & CT_T_PROTO) {
		word = ct_proto(e->orig.l4)->name;
		if (ct_proto(e->orig.l4)->num == e->orig.l4)
			put_word(x, "PROTO", word, strlen(word));
		else
			put_number(x, "", "PROTO", e->orig.l4);
	}
	word = e->has & CT_HAS_STATE ? ct_entry_state(e) : NULL;
	if (word)
		put_word(x, "STATE", word, strlen(word));
	put_tuple(x, "", &e->orig);
	put_tuple(x, "REPLY_", &e->reply);
	if (e->has & CT_HAS_MARK)
		put_number(x, "", "MARK", e->mark);
	if (e->has & CT_HAS_ZONE)
		put_number(x, "", "ZONE", e->zone);
	if (e->has & CT_HAS_ID)
		put_number(x, "", "ID", e->id);
	for (unsigned dir = 0; dir < 2; dir++)
		if (e->has & (dir ? CT_HAS_COUNTERS_REPLY : CT_HAS_COUNTERS_ORIG)) {
			packets += e->packets[dir];
			bytes += e->bytes[dir];
		}
	if (e->has & (CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY)) {
		put_number(x, "", "PACKETS", packets);
		put_number(x, "", "BYTES", bytes);
	}
	if (e->has & CT_HAS_HELPER)
		put_word(x, "HELPER", e->helper.p, e->helper.len);
	if (e->has & CT_HAS_LABELS)
		put_labels(x, &s->cmd->labels, &e->labels);
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
	describe(x, j->session, &e, ev);
	/* Ours end where the inherited ones begin. */
	env = x->env + VARIABLES - x->n;
	memmove(env, x->env, x->n * sizeof(*env));
	reap(j, x->running == AT_ONCE);
	err = start(j->arg, x->argv, env);
	if (!err) {
		x->running++;
		j->done++;
		return;
	}
	j->failed++;
	if (!x->said_start)
		warn(NULL, "cannot run %s: %s; said once", j->arg, error_text(err));
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
	.check = check,
	.open = open_exec,
	.entry = entry,
	.flush = flush,
	.close = close_exec,
};
