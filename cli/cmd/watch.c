/* --watch: a command again and again, with rates; in a terminal's window, with keys. */
#include "cli/cmd/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/dispatch.h"
#include "cli/jump/jump.h"
#include "cli/notes.h"
#include "cli/opt/opt.h"
#include "cli/sys/clock.h"
#include "cli/sys/signal.h"
#include "cli/sys/terminal.h"
#include "fmt/format.h"
#include "fmt/view.h"

/* A window of so many columns has room for aligned ones. */
#define ALIGNED 99

/* As many groups fit into the text of a round, however long their lines are. */
#define GROUPS 100

/* Conditions that were typed, as long as they are in use. */
struct typed {
	char text[200];
	struct opt_context context;
	struct cmd cmd;
};

struct watcher {
	struct session *session;
	const struct cmd *given;      /* the command line's */
	const struct cmd *conditions; /* those in use are this one's: given, or one of typed */
	unsigned columns, rows;	      /* of the window, as it is drawn */
	int key;		      /* that has interrupted a list, to be handled */
	enum { ROWS, TYPING, ASKING } mode;
	bool paused;
	bool due;	/* a round is, whatever the time */
	unsigned group; /* rows are grouped by: 0 nothing, 1 what was given, then fields */
	struct view view;
	struct cmd cmd; /* the given one, as keys have changed it */
	struct screen screen;
	struct typed typed[2];
	char filter[200]; /* the conditions that were typed, or empty */
	char input[200];  /* what is being typed */
	char status[300];
};

/* Makes s->screen what the command says by now. Returns the exit code. */
static int show(struct session *s)
{
	int code;

	session_format(s);
	screen_begin(s->screen, &s->fmt, clock_ns(CLOCK_MONOTONIC));
	code = dispatch(s);
	ct_close(s->ct);
	return code;
}

/* Rounds of lines, for what is no terminal or a dumb one. Returns the exit code. */
static int print_rounds(struct session *s)
{
	int code = 0;

	signal_catch(SIGINT);
	signal_catch(SIGTERM);
	signal_catch(SIGHUP);
	signal_catch(SIGQUIT);
	while (!code && !s->out->err && !signal_caught) {
		code = show(s);
		screen_end(s->screen);
		out_flush(s->out);
		s->lenient = true;
		if (!code)
			signal_wait(NULL, 0, (int)s->cmd->watch);
	}
	return code;
}

static void draw(struct watcher *w)
{
	unsigned columns, rows;
	struct view *v = &w->view;

	terminal_size(&columns, &rows);
	if (columns != w->columns || rows != w->rows) {
		screen_resize(&w->screen, columns, rows);
		w->columns = columns;
		w->rows = rows;
	}
	if (w->screen.columns < ALIGNED)
		w->screen.fmt.flags &= ~(unsigned)FMT_ALIGNED;
	else if (w->screen.fmt.flags & FMT_SHORT)
		w->screen.fmt.flags |= FMT_ALIGNED;
	format(w->status, sizeof(w->status), "%s%s",
	       w->mode == TYPING   ? "/"
	       : w->mode == ASKING ? "delete this flow? y/n"
	       : w->paused	   ? "PAUSED  "
				   : "",
	       w->mode == TYPING   ? w->input
	       : w->mode == ASKING ? ""
	       : message_kept()	   ? message_kept()
				   : "? help  q quit");
	v->sort = w->cmd.sort	   ? word_sort(NULL, w->cmd.sort - 1)
		  : w->cmd.group.n ? "flows"
				   : "none";
	v->reverse = w->cmd.reverse;
	view_draw(v);
	out_flush(w->screen.out);
}

/* One round. Returns the exit code. */
static int show_round(struct watcher *w)
{
	struct session *s = w->session;
	int code;

	w->view.now = clock_ns(CLOCK_REALTIME);
	s->limit = w->cmd.group.n ? GROUPS : SCREEN_FLOWS;
	if (w->given->limit && w->given->limit < s->limit)
		s->limit = w->given->limit;
	view_begin(&w->view);
	code = show(s);
	w->screen.fmt.now = w->view.now;
	if (w->key || signal_job)
		return code; /* the list was interrupted */
	if (!w->view.list)
		screen_end(&w->screen), view_end(&w->view, NULL);
	else if (!code)
		screen_end(&w->screen);
	if (code)
		return code;
	s->lenient = true;
	w->due = false;
	return 0;
}

/* Moves the cursor, if the key does. */
static bool move(struct watcher *w, int key)
{
	int page = (int)view_room(&w->view);
	int by = key == KEY_UP		? -1
		 : key == KEY_DOWN	? 1
		 : key == KEY_PAGE_UP	? -page
		 : key == KEY_PAGE_DOWN ? page
					: 0;

	view_move(&w->view, by);
	return by;
}

/* While a list comes, the cursor moves in the one before; other keys are handled when it has been
 * given up. */
static bool interrupted(struct session *s)
{
	struct watcher *w = (struct watcher *)((char *)s->view - offsetof(struct watcher, view));

	while (!w->key && !signal_job) {
		int key = terminal_key(0);

		if (key == KEY_NONE)
			return false;
		if (move(w, key))
			draw(w);
		else
			w->key = key;
	}
	return true;
}

/* Sorts by the next key that makes sense, or the one before it. */
static void sort_by(struct watcher *w, int by)
{
	int key = (int)w->cmd.sort, keys_n = SORT_NEW + 1;
	bool grouped = w->cmd.group.n;

	if (grouped && key == SORT_NONE)
		key = SORT_FLOWS;
	do
		key = (key + by + keys_n) % keys_n;
	while (grouped ? !key || key >= SORT_EXPIRES : key == SORT_FLOWS);
	w->cmd.sort = (enum sort_key)key;
}

static void next_group(struct watcher *w)
{
	static const uint8_t fields[] = {GROUP_SRC, GROUP_DST, GROUP_DPORT, GROUP_PROTO,
					 GROUP_STATE};
	struct group_spec *g = &w->cmd.group;

	w->group = (w->group + 1) % (2 + sizeof(fields));
	if (w->group == 1 && !w->given->group.n)
		w->group++;
	*g = w->group == 1 ? w->given->group : (struct group_spec){0};
	if (w->group > 1)
		*g = (struct group_spec){.n = 1, .field = {fields[w->group - 2]}, .prefix = {128}};
	if (g->n ? w->cmd.sort >= SORT_EXPIRES : w->cmd.sort == SORT_FLOWS)
		w->cmd.sort = SORT_BYTES;
	w->view.cursor = 0;
}

static void use(struct watcher *w, const struct cmd *conditions)
{
	w->conditions = conditions;
	w->cmd.filter = conditions->filter;
	w->cmd.out_by_letter = conditions->out_by_letter;
	w->cmd.short_format = conditions->short_format;
	w->due = true;
}

/* Lists by the conditions that were typed, or by the command line's if none were. Where they are
 * wrong nothing changes. Returns the exit code. */
static int set_filter(struct watcher *w)
{
	struct typed *t = &w->typed[w->conditions == &w->typed[0].cmd];
	const struct cmd *old = w->conditions;
	int code;

	memcpy(t->text, w->input, sizeof(t->text));
	if (cmd_parse_line(&t->cmd, &t->context, t->text, strlen(t->text))) {
		warn(NULL, "%s", t->context.err);
		return 0;
	}
	use(w, t->cmd.verb ? &t->cmd : w->given);
	w->session->lenient = w->screen.again = false;
	code = show_round(w);
	w->session->lenient = true;
	if (code == EXIT_USAGE) {
		use(w, old);
		return 0;
	}
	memcpy(w->filter, w->input, sizeof(w->filter));
	if (!t->cmd.verb)
		w->filter[0] = 0;
	return code;
}

static int type(struct watcher *w, int key)
{
	size_t n = strlen(w->input);

	if (key == '\r' || key == '\n') {
		w->mode = ROWS;
		return set_filter(w);
	}
	if (key == KEY_ESCAPE)
		w->mode = ROWS;
	else if ((key == '\b' || key == 127) && n)
		w->input[n - 1] = 0;
	else if (key == 'U' - '@')
		w->input[0] = 0;
	else if (key >= ' ' && key < 127 && n + 1 < sizeof(w->input))
		memcpy(w->input + n, (char[2]){(char)key}, 2);
	return 0;
}

/* Deletes the flow under the cursor: the one that was asked about, as no round comes meanwhile. */
static void delete_flow(struct watcher *w)
{
	struct jump j = {.session = w->session};
	struct subject about = {.verb = V_DELETE};

	if (nl_fail(&j.error, jump_apply_open(&j, CT_DELETE, NULL))) {
		j.failed = 1;
	} else {
		jump_apply_entry(&j, view_flow(&w->view), NULL);
		jump_apply_close(&j);
	}
	if (j.failed)
		kernel_error(&about, "delete it", &j.error);
	else
		warn(NULL, j.done ? "deleted" : "it was gone already");
}

/* Handles a key in a list. */
static void press(struct watcher *w, int key)
{
	w->due = true;
	switch (key) {
	case 's':
	case KEY_RIGHT:
		sort_by(w, 1);
		break;
	case KEY_LEFT:
		sort_by(w, -1);
		break;
	case 'r':
		w->cmd.reverse = !w->cmd.reverse;
		break;
	case 'g':
		next_group(w);
		break;
	case '/':
		w->mode = TYPING;
		break;
	case 'd':
		if (!view_flow(&w->view))
			break;
		w->mode = ASKING;
		terminal_forget(); /* nobody has said yes before */
		break;
	default:
		w->due = false;
	}
}

/* Returns the exit code. */
static int handle(struct watcher *w, int key)
{
	if (w->mode == TYPING)
		return type(w, key);
	if (w->mode == ASKING) {
		if (key == 'y')
			delete_flow(w);
		w->mode = ROWS;
	} else if (!move(w, key)) {
		message_keep(true);
		w->view.help = key == '?' && !w->view.help;
		if (key == 'p' || key == ' ')
			w->paused = !w->paused;
		else if (key == 'L' - '@')
			w->rows = 0; /* all is drawn again */
		else if (w->view.list)
			press(w, key);
	}
	return 0;
}

/* Stops as the terminal's keys want, and comes back, or only comes back, or takes another size in.
 * Returns 0 or a negative errno. */
static int job(struct watcher *w)
{
	int sig = signal_job;

	w->rows = 0;
	if (sig == SIGTSTP) {
		terminal_leave();
		signal(SIGTSTP, SIG_DFL);
		raise(SIGTSTP);
		signal_catch(SIGTSTP);
	}
	signal_job = 0;
	return sig == SIGWINCH ? 0 : terminal_enter(w->screen.out->fd);
}

/* Rounds in the window, and keys. Returns the exit code. */
static int run_window(struct watcher *w)
{
	uint64_t next = 0, now;
	int code = 0, key;

	while (!code && !w->screen.out->err) {
		if (signal_job && job(w))
			return EXIT_REFUSED; /* it is another's by now */
		now = clock_ns(CLOCK_MONOTONIC);
		if (w->mode == ROWS && !w->view.help && (w->due || (!w->paused && now >= next))) {
			w->due = true;
			code = show_round(w);
			now = clock_ns(CLOCK_MONOTONIC);
			next = w->due ? now : now + w->cmd.watch * UINT64_C(1000000);
		}
		draw(w);
		key = w->key;
		w->key = 0;
		if (!key && !code)
			key = terminal_key(w->mode != ROWS || w->view.help || w->paused
						   ? -1
						   : (int)((next - now) / 1000000));
		if (key == KEY_END_OF_INPUT || (key == 'q' && w->mode != TYPING))
			break;
		if (key && !code)
			code = handle(w, key);
	}
	return code;
}

/* Takes the terminal, if there is one to be taken. */
static bool enter(struct watcher *w)
{
	struct session *s = w->session;

	if (!terminal_drawable(s->out->fd))
		return false;
	signal_catch(SIGTSTP);
	signal_catch(SIGCONT);
	signal_catch(SIGWINCH);
	terminal_guard();
	if (terminal_enter(s->out->fd)) {
		terminal_leave();
		signal(SIGTSTP, SIG_DFL);
		return false;
	}
	message_keep(true);
	w->cmd = *w->given;
	if (!w->cmd.fmt_flags && WITH_SHORT)
		w->cmd.fmt_flags = FMT_SHORT;
	w->group = w->cmd.group.n != 0;
	if (!w->cmd.sort && !w->group)
		w->cmd.sort = SORT_BYTES;
	w->view.screen = &w->screen;
	w->view.list = w->cmd.verb == V_LIST;
	w->view.netns = w->cmd.netns;
	w->view.filter = w->filter;
	w->view.status = w->status;
	for (unsigned i = 0; i < 2; i++) {
		w->typed[i].context.conditions = true;
		w->typed[i].context.labelmap = w->given->labelmap;
	}
	s->cmd = &w->cmd;
	s->view = &w->view;
	s->interrupted = interrupted;
	terminal_size(&w->columns, &w->rows);
	screen_resize(&w->screen, w->columns, w->rows);
	return true;
}

int watch(struct session *s)
{
	struct watcher *w = calloc(1, sizeof(*w));
	int code;

	if (!w)
		return system_error(&s->about, "watch", -ENOMEM);
	w->session = s;
	w->given = w->conditions = s->cmd;
	screen_init(&w->screen, s->out);
	s->screen = &w->screen;
	signal(SIGPIPE, SIG_IGN);
	s->quiet = true;
	if (enter(w)) {
		code = run_window(w);
		terminal_leave();
		if (!code)
			message_keep(true);
		message_keep(false);
		sorting_free(w->view.flows);
		for (unsigned i = 0; i < 2; i++)
			opt_context_free(&w->typed[i].context);
	} else {
		code = print_rounds(s);
		out_flush(s->out);
	}
	s->cmd = w->given;
	s->screen = NULL;
	note_lacks(s, s->cmd->quiet ? 0 : s->lacks);
	free(w);
	return code;
}
