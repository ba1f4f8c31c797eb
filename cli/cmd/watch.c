/* --watch: a command again and again, on a terminal in place, with rates. */
#include "cli/cmd/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cmd/screen.h"
#include "cli/dispatch.h"
#include "cli/sys/clock.h"
#include "cli/sys/signal.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"

/* One round. Returns the exit code. */
static int show(struct screen *w)
{
	struct session *s = w->session;
	const struct cmd *c = s->cmd;
	struct winsize size;
	int code;

	w->columns = 0;
	w->rows = UINT64_MAX;
	if (w->terminal) {
		if (ioctl(s->out->fd, TIOCGWINSZ, &size) || !size.ws_row) {
			size.ws_row = 24;
			size.ws_col = 80;
		}
		w->columns = size.ws_col;
		w->rows = size.ws_row;
		/* Groups are written past us, below a header. */
		out_str(s->out, c->group.n ? "\033[H\033[J" : "\033[H");
		if (c->group.n && w->rows > 2)
			w->rows -= 2;
		s->limit = c->limit && c->limit < w->rows ? c->limit : w->rows;
	}
	session_format(s);
	w->fmt = s->fmt;
	w->fmt.out = &w->line;
	w->fmt.flags &= ~(unsigned)FMT_COLOR; /* lines are cut by their bytes */
	code = dispatch(s);
	ct_close(s->ct);
	screen_end_round(w);
	out_str(s->out, !w->terminal ? "\n" : w->rows ? "\033[J" : "");
	out_flush(s->out);
	return code;
}

/* Leaves the terminal as it was while we are stopped. */
static void suspend(struct screen *w)
{
	out_str(w->session->out, w->terminal ? LEAVE : "");
	out_flush(w->session->out);
	signal_release(SIGTSTP);
	raise(SIGTSTP);
	signal_catch(SIGTSTP);
	out_str(w->session->out, w->terminal ? ENTER : "");
}

int watch(struct session *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
	struct screen *w = calloc(1, sizeof(*w));
	uint64_t then = 0, now;
	int code = 0;

	if (!w)
		return system_error(&s->about, "watch", -ENOMEM);
	w->session = s;
	w->terminal = isatty(s->out->fd);
	out_init(&w->line, -1);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal_catch(signals[i]);
	signal(SIGPIPE, SIG_IGN);
	s->screen = w;
	s->quiet = true;
	out_str(s->out, w->terminal ? ENTER : "");
	while (!code && !s->out->err && (!signal_caught || signal_caught == SIGTSTP)) {
		if (signal_caught) {
			signal_caught = 0;
			suspend(w);
		}
		now = clock_ns(CLOCK_MONOTONIC);
		w->elapsed = w->more ? now - then : 0;
		then = now;
		code = show(w);
		w->more = true;
		if (!code)
			signal_wait(-1, (int)s->cmd->watch);
	}
	out_str(s->out, w->terminal ? LEAVE : "");
	out_flush(s->out);
	free(w);
	return code;
}
