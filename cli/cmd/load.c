/* -R: the commands of a file, one a line, as a stream. */
#include "cli/cmd/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cmd/create.h"
#include "cli/dispatch.h"
#include "cli/opt/parse.h"
#include "cli/opt/split.h"
#include "fmt/format.h"

#define READ_SIZE 65536

/* A file read line by line; memory grows with the longest line. */
struct lines {
	struct creating *creating; /* done before the file is waited for */
	int code;		   /* what became of it */
	int fd;
	char *buf;
	size_t room, start, end; /* unread bytes lie from start to end */
	bool eof;
};

/* The next line, terminated, its newline gone; NULL at the end, or with *err a negative errno, or
 * with l->code not 0. It lives until the next call. */
static char *next_line(struct lines *l, int *err)
{
	struct pollfd fd = {.fd = l->fd, .events = POLLIN};
	size_t seen = 0;

	for (;;) {
		char *line = l->buf ? l->buf + l->start : NULL;
		char *nl = l->buf ? memchr(line + seen, '\n', l->end - l->start - seen) : NULL;
		ssize_t n;

		if (!nl && l->eof && l->end > l->start)
			nl = l->buf + l->end; /* the last line may lack its newline */
		if (nl) {
			*nl = 0;
			/* A NUL would cut the line short, and its conditions off. */
			for (char *p = line; (p = memchr(p, 0, (size_t)(nl - p)));)
				*p = '\001';
			l->start = (size_t)(nl - l->buf) + (nl < l->buf + l->end);
			return line;
		}
		if (l->eof)
			return NULL;
		seen = l->end - l->start;
		if (l->start) {
			memmove(l->buf, line, seen);
			l->end = seen;
			l->start = 0;
		}
		if (l->room - l->end < READ_SIZE / 2) {
			char *more = realloc(l->buf, l->room += READ_SIZE);

			if (!more) {
				*err = -ENOMEM;
				return NULL;
			}
			l->buf = more;
		}
		if (!poll(&fd, 1, 0)) {
			l->code = creating_flush(l->creating);
			if (l->code)
				return NULL;
			(void)poll(&fd, 1, -1);
		}
		n = read(l->fd, l->buf + l->end, l->room - l->end - 1);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			*err = -errno;
			return NULL;
		}
		l->eof = n == 0;
		l->end += n > 0 ? (size_t)n : 0;
	}
}

struct loading {
	struct run line; /* what a line's command runs with */
	struct cmd cmd;	 /* the line's command */
	struct opt_context context;
	struct creating creating; /* creations on their way */
	struct words words;
	bool failed;
	bool told; /* progress has been told */
	bool ran;  /* a line has been carried out */
};

#define LOADABLE (V_CREATE | V_ADD | V_UPDATE | V_DELETE | V_FLUSH)

/* A line that cannot be run. What the lines before it make comes first, and so do its errors. */
static int bad_line(struct loading *l, const char *why)
{
	unsigned long line = l->line.line;
	int code = creating_flush(&l->creating);

	l->line.line = line;
	if (code)
		return code;
	warn(&l->line, "%s", why);
	l->failed = true;
	return l->line.carry_on ? 0 : EXIT_USAGE;
}

/* A command that is no creation: what was to be created before it comes first. */
static int run_line(struct loading *l)
{
	int code = creating_flush(&l->creating);

	if (code)
		return code;
	run_format(&l->line);
	code = dispatch(&l->line);
	l->ran |= code != EXIT_USAGE && !l->cmd.dry_run;
	if (code && l->line.carry_on && !l->line.out->err) {
		l->failed = true;
		code = 0;
	}
	return code;
}

static int one_line(struct loading *l, char *text)
{
	const char *why = split_line(&l->words, text);
	struct cmd *c = &l->cmd;
	char **argv = l->words.v;
	int argc = l->words.n, code;

	if (why)
		return bad_line(l, why);
	if (argc && !strcmp(argv[0], PROGRAM)) {
		argv++;
		argc--;
	}
	if (!argc)
		return 0;
	if (cmd_parse(c, &l->context, argc, argv))
		return bad_line(l, l->context.err[0] ? l->context.err
						     : "a command is missing: -I -A -U -D -F");
	if (!(c->verb & LOADABLE))
		return bad_line(l, "only -I -A -U -D -F can be loaded");
	if (c->netns)
		return bad_line(l, "--netns goes with -R, not with a line");
	if (l->context.note[0])
		warn(&l->line, "%s", l->context.note);
	c->dry_run |= l->line.dry_run;
	c->quiet |= l->line.quiet;
	if (!(c->verb & (V_CREATE | V_ADD)))
		return run_line(l);
	code = c->dry_run ? run_policy(&l->line) : creating_add(&l->creating);
	l->failed |= code != 0;
	return l->line.carry_on ? 0 : code;
}

/* On a terminal, loads that take longer than a second tell how far they are. */
static void progress(struct loading *l, time_t start)
{
	char line[64];
	size_t n;

	if (time(NULL) <= start + 1 || !isatty(STDERR_FILENO))
		return;
	l->told = true;
	n = format(line, sizeof(line), "%lu lines\r", l->line.line);
	(void)!write(STDERR_FILENO, line, n);
}

static int load_lines(struct loading *l, struct lines *in)
{
	time_t start = time(NULL);
	int err = 0, code = 0;
	char *text;

	while (!code && (text = next_line(in, &err))) {
		if (++l->line.line % 16384 == 0)
			progress(l, start);
		code = one_line(l, text);
	}
	code = code ? code : in->code;
	if (l->told)
		(void)!write(STDERR_FILENO, "\033[K", 3);
	if (err) {
		warn(NULL, "-R: %s: cannot read on behind line %lu: %s", l->line.file, l->line.line,
		     error_text(-err));
		code = EXIT_REFUSED;
	}
	/* What came before a wrong line is carried out; what came after is not. */
	if (l->creating.batch.n) {
		int last = creating_flush(&l->creating);

		code = code ? code : last;
	}
	/* That nothing was done is said only where nothing was. */
	if (code ? l->ran || l->creating.done : l->failed || l->creating.failed)
		code = EXIT_REFUSED;
	return code;
}

int load(struct run *r)
{
	const char *file = r->cmd->file;
	struct loading l = {.line = *r};
	struct lines in = {.creating = &l.creating, .fd = STDIN_FILENO};
	int code;

	if (strcmp(file, "-") != 0)
		in.fd = open(file, O_RDONLY | O_CLOEXEC);
	if (in.fd < 0) {
		warn(r, "-R: %s: %s", file, error_text(errno));
		return EXIT_USAGE;
	}
	l.line.cmd = &l.cmd;
	l.line.file = file;
	l.line.carry_on = r->cmd->carry_on;
	l.line.dry_run = r->cmd->dry_run;
	l.line.quiet = r->cmd->quiet;
	l.context.labelmap = r->cmd->labelmap;
	l.cmd.verb = V_LOAD;
	code = creating_open(&l.creating, &l.line);
	if (!code)
		code = load_lines(&l, &in);
	creating_close(&l.creating);
	if (in.fd != STDIN_FILENO)
		close(in.fd);

	opt_context_free(&l.context);
	free(l.words.v);
	free(in.buf);
	return code;
}
