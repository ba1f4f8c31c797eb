/* --watch: a command again and again, on a terminal in place, with rates. */
#define _GNU_SOURCE
#include "cli/cmd/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/cmd/screen.h"
#include "cli/dispatch.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"

#define SECOND UINT64_C(1000000000)

/* What ends it, stops it, or changes the window. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	if (sig != SIGWINCH)
		caught = sig;
}

static void handle(int sig, void (*handler)(int))
{
	/* The second signal of a kind kills: a reader that is stuck must not make us immortal. */
	struct sigaction act = {.sa_handler = handler,
				.sa_flags = sig == SIGWINCH ? 0 : (int)SA_RESETHAND};
	struct sigaction old;

	/* nohup(1) has a say */
	if (sig != SIGHUP || sigaction(sig, NULL, &old) || old.sa_handler != SIG_IGN)
		sigaction(sig, &act, NULL);
}

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* One round. Returns the exit code. */
static int show(struct screen *w)
{
	struct run *r = w->run;
	uint64_t limit = r->cmd->limit;
	struct winsize size;
	int code;

	w->columns = 0;
	w->rows = UINT64_MAX;
	if (w->terminal) {
		if (ioctl(r->out->fd, TIOCGWINSZ, &size) || !size.ws_row) {
			size.ws_row = 24;
			size.ws_col = 80;
		}
		w->columns = size.ws_col;
		w->rows = size.ws_row;
		/* Groups are written past us, below a header. */
		out_str(r->out, r->cmd->group.n ? "\033[H\033[J" : "\033[H");
		if (r->cmd->group.n && w->rows > 2)
			w->rows -= 2;
		if (!limit || limit > w->rows)
			r->cmd->limit = w->rows;
	}
	run_format(r);
	w->fmt = r->fmt;
	w->fmt.out = &w->line;
	w->fmt.flags &= ~(unsigned)FMT_COLOR; /* lines are cut by their bytes */
	code = dispatch(r);
	ct_close(r->ct);
	screen_end_round(w);
	out_str(r->out, !w->terminal ? "\n" : w->rows ? "\033[J" : "");
	out_flush(r->out);
	r->cmd->limit = limit;
	return code;
}

/* Leaves the terminal as it was while we are stopped. */
static void suspend(struct screen *w)
{
	out_str(w->run->out, w->terminal ? LEAVE : "");
	out_flush(w->run->out);
	handle(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	handle(SIGTSTP, on_signal);
	out_str(w->run->out, w->terminal ? ENTER : "");
}

/* Until the next round, a signal, or a window of another size. */
static void pause_for(uint32_t ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};
	sigset_t set, old;

	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &old);
	if (!caught)
		(void)ppoll(NULL, 0, &ts, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int watch(struct run *r)
{
	struct screen *w = calloc(1, sizeof(*w));
	uint32_t interval = r->cmd->watch;
	uint64_t then = 0, now;
	int code = 0;

	if (!w)
		return kernel_error(r, "watch", -ENOMEM);
	w->run = r;
	w->terminal = isatty(r->out->fd);
	out_init(&w->line, -1);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		handle(signals[i], on_signal);
	signal(SIGPIPE, SIG_IGN);
	r->screen = w;
	r->cmd->quiet = true;
	out_str(r->out, w->terminal ? ENTER : "");
	while (!code && !r->out->err && (!caught || caught == SIGTSTP)) {
		if (caught) {
			caught = 0;
			suspend(w);
		}
		now = clock_ns();
		w->elapsed = w->more ? now - then : 0;
		then = now;
		code = show(w);
		w->more = true;
		if (!code)
			pause_for(interval);
	}
	out_str(r->out, w->terminal ? LEAVE : "");
	out_flush(r->out);
	free(w);
	return code;
}
