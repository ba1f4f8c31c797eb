#include "ct/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

/* Makes room behind the bytes that are left of the last line. Returns where to read more. */
static char *make_room(struct ct_lines *l)
{
	if (l->buf && l->start) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	if (l->room - l->end < READ_SIZE / 2) {
		char *more = realloc(l->buf, l->room + READ_SIZE);

		if (!more)
			return NULL;
		l->buf = more;
		l->room += READ_SIZE;
	}
	return l->buf + l->end;
}

/* Reads more, and waits for it if need be. False when it should not, or cannot. */
static bool read_more(struct ct_lines *l)
{
	struct pollfd fd = {.fd = l->fd, .events = POLLIN};
	char *to = make_room(l);
	bool again;
	ssize_t n;

	if (!to) {
		l->err = -ENOMEM;
		return false;
	}
	if (l->idle && !poll(&fd, 1, 0) && !l->idle(l->arg))
		return false;
	n = read(l->fd, to, l->room - l->end - 1);
	again = n < 0 && (errno == EINTR || (errno == EAGAIN && poll(&fd, 1, -1) > 0));
	if (n < 0 && !again) {
		l->err = -errno;
		return false;
	}
	l->eof = n == 0;
	l->end += n > 0 ? (size_t)n : 0;
	return true;
}

char *ct_lines_next(struct ct_lines *l, size_t *len)
{
	size_t seen = 0;

	do {
		char *line = l->buf ? l->buf + l->start : NULL;
		char *nl = line ? memchr(line + seen, '\n', l->end - l->start - seen) : NULL;

		if (!nl && l->eof && l->end > l->start)
			nl = l->buf + l->end; /* the last line may lack its newline */
		if (nl) {
			*nl = 0;
			*len = (size_t)(nl - line);
			l->start = (size_t)(nl - l->buf) + (nl < l->buf + l->end);
			return line;
		}
		seen = l->end - l->start;
	} while (!l->eof && read_more(l));
	return NULL;
}

void ct_lines_free(struct ct_lines *l)
{
	free(l->buf);
	l->buf = NULL;
}
