/* --watch: a command again and again, on a terminal in place, with rates. */
#include "cli/cmd/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/dispatch.h"
#include "cli/notes.h"
#include "cli/sys/clock.h"
#include "cli/sys/signal.h"
#include "fmt/screen.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"

/* One round. Returns the exit code. */
static int show(struct session *s)
{
	const struct cmd *c = s->cmd;
	struct screen *w = s->screen;
	struct winsize size = {0};
	int code;

	if (w->terminal && (ioctl(s->out->fd, TIOCGWINSZ, &size) || !size.ws_row))
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	session_format(s);
	screen_begin(w, &s->fmt, clock_ns(CLOCK_MONOTONIC), size.ws_col, size.ws_row);
	if (w->terminal) {
		/* Groups are not written by the screen; they have a header, and a line less. */
		out_str(s->out, c->group.n ? "\033[J" : "");
		if (c->group.n && w->rows > 2)
			w->rows -= 2;
		s->limit = c->limit && c->limit < w->rows ? c->limit : w->rows;
	}
	code = dispatch(s);
	ct_close(s->ct);
	screen_end(w);
	out_flush(s->out);
	return code;
}

/* Leaves the terminal as it was while we are stopped. */
static void suspend(struct session *s)
{
	out_str(s->out, s->screen->terminal ? LEAVE : "");
	out_flush(s->out);
	signal_release(SIGTSTP);
	raise(SIGTSTP);
	signal_catch(SIGTSTP);
	out_str(s->out, s->screen->terminal ? ENTER : "");
}

int watch(struct session *s)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
	bool terminal = isatty(s->out->fd);
	int code = 0;

	s->screen = calloc(1, sizeof(*s->screen));
	if (!s->screen)
		return system_error(&s->about, "watch", -ENOMEM);
	screen_init(s->screen, s->out, terminal);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal_catch(signals[i]);
	signal(SIGPIPE, SIG_IGN);
	s->quiet = true;
	out_str(s->out, terminal ? ENTER : "");
	while (!code && !s->out->err && (!signal_caught || signal_caught == SIGTSTP)) {
		if (signal_caught) {
			signal_caught = 0;
			suspend(s);
		}
		code = show(s);
		if (!code)
			signal_wait(-1, (int)s->cmd->watch);
	}
	out_str(s->out, terminal ? LEAVE : "");
	out_flush(s->out);
	note_lacks(s, s->cmd->quiet ? 0 : s->lacks);
	free(s->screen);
	return code;
}
