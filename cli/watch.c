#define _GNU_SOURCE
#include "cli/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "fmt/num.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"

#define ROWS	256 /* whose rates are told */
#define NUMBERS 32
#define SECOND	UINT64_C(1000000000)

struct watch {
	struct run *run;
	bool terminal, more; /* more: not the first round */
	unsigned columns;
	uint64_t rows;	  /* left in the window */
	uint64_t elapsed; /* since the round before, nanoseconds */
	struct out line;  /* what a line is made in, before it is cut */
	struct fmt fmt;	  /* writes to line */
	struct row {
		uint32_t id;
		uint64_t bytes;
	} now[ROWS], before[ROWS];
	unsigned nnow, nbefore;
	struct {
		const char *name;
		uint64_t now, before;
	} number[NUMBERS];
	unsigned nnumbers;
};

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

uint64_t watch_rows(const struct watch *w)
{
	return w->rows;
}

/* Writes a line of n bytes, newline left out, as far as the window goes. */
static void put_line(struct watch *w, const char *s, size_t n)
{
	struct out *out = w->run->out;

	if (!w->rows)
		return;
	if (w->rows != UINT64_MAX)
		w->rows--;
	out_bytes(out, s, w->columns && n > w->columns ? w->columns : n);
	out_str(out, w->terminal ? "\033[K" : "");
	/* A newline below the last row would scroll. */
	out_str(out, w->rows ? "\n" : "");
}

/* "1234/s", "12.3k/s": the increase from before to now, by the second. */
static char *put_rate(struct watch *w, char *p, uint64_t before, uint64_t now)
{
	uint64_t diff = now > before ? now - before : before - now;
	uint64_t tenths = w->elapsed ? diff * 10 * (SECOND / 1000) / (w->elapsed / 1000 + 1) : 0;
	const char *scale = " kMG";

	*p++ = now < before ? '-' : '+';
	while (tenths >= 100000 && scale[1]) {
		tenths /= 1000;
		scale++;
	}
	p = put_u64(p, tenths / 10);
	if (tenths < 1000 && tenths) {
		*p++ = '.';
		*p++ = (char)('0' + tenths % 10);
	}
	if (*scale != ' ')
		*p++ = *scale;
	return PUT(p, "/s");
}

/* Fills with blanks up to a column. */
static char *pad(char *line, char *p, size_t column)
{
	while (p < line + column)
		*p++ = ' ';
	return p;
}

bool watch_entry(struct watch *w, const struct ct_entry *e)
{
	uint64_t bytes = (e->has & CT_HAS_COUNTERS_ORIG ? e->bytes[CT_ORIG] : 0) +
			 (e->has & CT_HAS_COUNTERS_REPLY ? e->bytes[CT_REPLY] : 0);
	struct out *o = &w->line;

	o->p = o->buf;
	for (unsigned i = 0; i < w->nbefore; i++)
		if (w->before[i].id == e->id) {
			o->p = put_rate(w, o->p, w->before[i].bytes, bytes);
			break;
		}
	o->p = pad(o->buf, o->p, 11);
	if (w->nnow < ROWS)
		w->now[w->nnow++] = (struct row){e->id, bytes};
	w->fmt.now = w->run->fmt.now;
	w->fmt.ops->entry(&w->fmt, e, NULL);
	put_line(w, o->buf, (size_t)(o->p - o->buf) - 1);
	return w->rows;
}

void watch_number(struct watch *w, const char *name, uint64_t value)
{
	unsigned i = 0;

	while (i < w->nnumbers && strcmp(w->number[i].name, name) != 0)
		i++;
	if (i == NUMBERS)
		return;
	if (i == w->nnumbers)
		w->number[w->nnumbers++].name = name;
	w->number[i].now += value;
}

static void put_numbers(struct watch *w)
{
	char line[80], *p;

	for (unsigned i = 0; i < w->nnumbers; i++) {
		p = put_mem(line, w->number[i].name, strnlen(w->number[i].name, 24));
		p = put_u64(pad(line, p, 24), w->number[i].now);
		if (w->more)
			p = put_rate(w, pad(line, p, 38), w->number[i].before, w->number[i].now);
		put_line(w, line, (size_t)(p - line));
		w->number[i].before = w->number[i].now;
		w->number[i].now = 0;
	}
}

/* One round. Returns the exit code. */
static int show(struct watch *w)
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
	w->nnow = 0;
	code = run_command(r);
	ct_close(r->ct);
	put_numbers(w);
	out_str(r->out, !w->terminal ? "\n" : w->rows ? "\033[J" : "");
	out_flush(r->out);
	memcpy(w->before, w->now, w->nnow * sizeof(w->now[0]));
	w->nbefore = w->nnow;
	r->cmd->limit = limit;
	return code;
}

/* Leaves the terminal as it was while we are stopped. */
static void suspend(struct watch *w)
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

int run_watch(struct run *r)
{
	struct watch *w = calloc(1, sizeof(*w));
	uint32_t interval = r->cmd->watch;
	uint64_t then = 0, now;
	int code = 0;

	if (!w)
		return refused(r, "watch", -ENOMEM);
	w->run = r;
	w->terminal = isatty(r->out->fd);
	out_init(&w->line, -1);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		handle(signals[i], on_signal);
	signal(SIGPIPE, SIG_IGN);
	r->watch = w;
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
