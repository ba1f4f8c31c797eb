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
#include "ct/words.h"
#include "fmt/format.h"

#define READ_SIZE 65536

/* A file read line by line; memory grows with the longest line. */
struct lines {
	struct creations *creations; /* done before the file is waited for */
	int code;		     /* what became of them */
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
			l->start = (size_t)(nl - l->buf) + (nl < l->buf + l->end);
			return line;
		}
		if (l->eof)
			return NULL;
		seen = l->end - l->start;
		if (l->buf && l->start) {
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
			l->code = creations_flush(l->creations);
			if (l->code)
				return NULL;
			(void)poll(&fd, 1, -1);
		}
		n = read(l->fd, l->buf + l->end, l->room - l->end - 1);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			*err = -errno;
			return NULL;
		}
		/* A NUL would cut its line short, and its conditions off. */
		for (char *p = l->buf + l->end, *stop = p + n;
		     n > 0 && (p = memchr(p, 0, (size_t)(stop - p)));)
			*p = '\001';
		l->eof = n == 0;
		l->end += n > 0 ? (size_t)n : 0;
	}
}

struct loader {
	struct session line;	    /* that a line's command runs in */
	struct opt_context context; /* that lines are parsed in */
	struct cmd cmd;		    /* the line's command */
	struct creations creations;
	struct ct_words words;
	bool failed;
	bool told; /* progress has been told */
	bool ran;  /* a line has been carried out */
};

#define LOADABLE (V_CREATE | V_ADD | V_UPDATE | V_DELETE | V_FLUSH)

/* Tells of a line that cannot be run, once the lines before it have been carried out. */
static int bad_line(struct loader *l, const char *why)
{
	int code = creations_flush(&l->creations);

	if (code)
		return code;
	warn(&l->line.about, "%s", why);
	l->failed = true;
	return l->line.carry_on ? 0 : EXIT_USAGE;
}

/* Runs a command that is no creation, after the creations before it. */
static int run_line(struct loader *l)
{
	int code = creations_flush(&l->creations);

	if (code)
		return code;
	session_format(&l->line);
	code = dispatch(&l->line);
	l->ran |= code != EXIT_USAGE && !l->line.dry_run;
	if (code && l->line.carry_on && !l->line.out->err) {
		l->failed = true;
		code = 0;
	}
	return code;
}

/* Makes the line's session that of its command. Options of the whole load hold for each line. */
static void set_command(struct loader *l, const struct session *s)
{
	session_command(&l->line, &l->cmd);
	l->line.quiet |= s->quiet;
	l->line.dry_run |= s->dry_run;
	l->line.carry_on = s->carry_on;
}

static int one_line(struct loader *l, const struct session *s, char *text)
{
	const char *why = ct_split_line(&l->words, text);
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
		return bad_line(l, "a load file takes only -I, -A, -U, -D and -F");
	if (c->netns)
		return bad_line(l, "--netns goes beside -R, not into a line");
	set_command(l, s);
	if (l->context.note[0])
		warn(&l->line.about, "%s", l->context.note);
	if (!(c->verb & (V_CREATE | V_ADD)))
		return run_line(l);
	code = l->line.dry_run ? creation_show(&l->line) : creations_add(&l->creations, &l->line);
	l->failed |= code != 0;
	return l->line.carry_on ? 0 : code;
}

/* On a terminal, loads that take longer than a second tell how far they are. */
static void progress(struct loader *l, time_t start)
{
	char line[64];
	size_t n;

	if (time(NULL) <= start + 1 || !isatty(STDERR_FILENO))
		return;
	l->told = true;
	n = format(line, sizeof(line), "%lu lines\r", l->line.about.line);
	(void)!write(STDERR_FILENO, line, n);
}

static int load_lines(struct loader *l, const struct session *s, struct lines *in)
{
	time_t start = time(NULL);
	int err = 0, code = 0;
	char *text;

	while (!code && (text = next_line(in, &err))) {
		if (++l->line.about.line % 16384 == 0)
			progress(l, start);
		code = one_line(l, s, text);
	}
	code = code ? code : in->code;
	if (l->told)
		(void)!write(STDERR_FILENO, "\033[K", 3);
	if (err) {
		warn(NULL, "-R: %s: cannot read after line %lu: %s", l->line.about.file,
		     l->line.about.line, error_text(-err));
		code = EXIT_REFUSED;
	}
	/* The lines before a wrong one are carried out; those after it are not. */
	if (l->creations.creator.batch.n) {
		int last = creations_flush(&l->creations);

		code = code ? code : last;
	}
	/* That nothing was done is said only where nothing was. */
	if (code ? l->ran || l->creations.creator.done : l->failed || l->creations.creator.failures)
		code = EXIT_REFUSED;
	return code;
}

int load(struct session *s)
{
	const char *file = s->cmd->file;
	struct loader l = {.line = *s};
	struct lines in = {.creations = &l.creations, .fd = STDIN_FILENO};
	int code;

	if (strcmp(file, "-") != 0)
		in.fd = open(file, O_RDONLY | O_CLOEXEC);
	if (in.fd < 0) {
		warn(&s->about, "-R: %s: %s", file, error_text(errno));
		return EXIT_USAGE;
	}
	l.line.about.file = file;
	l.context.labelmap = s->cmd->labelmap;
	l.context.in_file = true;
	code = creations_open(&l.creations, &l.line);
	if (!code)
		code = load_lines(&l, s, &in);
	creations_close(&l.creations);
	if (in.fd != STDIN_FILENO)
		close(in.fd);
	opt_context_free(&l.context);
	free(l.words.v);
	free(in.buf);
	return code;
}
