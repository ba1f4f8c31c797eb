/* Lists: the values of an argument between its commas or, for @FILE, of a file's lines, which
 * builds that load no files leave out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt/opt.h"
#include "fmt/format.h"

#define FILE_MAX_BYTES (UINT32_C(1) << 28)

/* A file that the command line names, read as a whole: conditions point into it. */
struct list_file {
	struct list_file *next;
	const char *path;
	str text;
};

struct list {
	str rest;
	const char *path; /* of the file; NULL: the argument itself */
	unsigned line;
};

void opt_forget_lists(struct opt_context *x)
{
	while (WITH_LOAD && x->lists) {
		struct list_file *f = x->lists;

		x->lists = f->next;
		free((char *)f->text.p);
		free(f);
	}
}

/* Reads all of a file. Returns 0 or a negative errno; the text is to be freed in any case. */
static int read_all(int fd, str *text)
{
	uint32_t room = 0, len = 0;
	char *p = NULL;
	ssize_t n;

	for (;;) {
		if (len == room) {
			char *more;

			if (room == FILE_MAX_BYTES)
				return -EFBIG;
			room = room ? room * 2 : 4096;
			more = realloc(p, room);
			if (!more)
				return -ENOMEM;
			text->p = p = more;
		}
		n = read(fd, p + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (uint32_t)n;
	}
	/* No value has a NUL in it, and no message is to end at one. */
	for (char *nul = p; (nul = memchr(nul, 0, len - (size_t)(nul - p)));)
		*nul = '\001';
	text->len = len;
	return n < 0 ? -errno : 0;
}

/* The file, which is read once for a command line, as pipes can be. Returns 0 or a negative errno.
 */
static int load_file(struct opt_context *x, const char *path, str *text)
{
	struct list_file *f;
	int fd, err;

	for (f = x->lists; f; f = f->next)
		if (!strcmp(f->path, path)) {
			*text = f->text;
			return 0;
		}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	f = calloc(1, sizeof(*f));
	err = f ? read_all(fd, &f->text) : -ENOMEM;
	close(fd);
	if (err) {
		free(f ? (char *)f->text.p : NULL);
		free(f);
		return err;
	}
	f->path = path;
	f->next = x->lists;
	x->lists = f;
	*text = f->text;
	return 0;
}

static int open_list(struct opt_context *x, const char *arg, struct list *l)
{
	*l = (struct list){.rest = ct_str_of(arg)};
	if (!WITH_LOAD || !arg || *arg != '@')
		return 0;
	l->path = arg + 1;
	return load_file(x, l->path, &l->rest);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next value; of a file, a line without the blanks around it and the comment at its end. */
static bool next_value(struct list *l, str *piece)
{
	if (!WITH_LOAD || !l->path)
		return ct_next_piece(&l->rest, ',', piece);
	while (ct_next_piece(&l->rest, '\n', piece)) {
		l->line++;
		for (uint32_t i = 0; i < piece->len; i++)
			if (piece->p[i] == '#' && (!i || blank(piece->p[i - 1])))
				piece->len = i;
		while (piece->len && blank(piece->p[piece->len - 1]))
			piece->len--;
		while (piece->len && blank(*piece->p)) {
			piece->p++;
			piece->len--;
		}
		if (piece->len)
			return true;
	}
	return false;
}

bool opt_first(const struct parser *p, const char *arg, str *piece)
{
	struct list l;

	return !open_list(p->context, arg, &l) && next_value(&l, piece);
}

/* Puts the place of a value before the error that tells of it. */
static int at_line(struct parser *p, const struct list *l)
{
	char why[sizeof(p->context->err)];

	memcpy(why, p->context->err, sizeof(why));
	return parse_error(p, "%s:%u: %s", l->path, l->line, why);
}

int each_piece(struct parser *p, const struct token *t,
	       int (*one)(struct parser *p, const struct token *t, str piece))
{
	struct list l;
	str piece;
	int err = open_list(p->context, t->arg, &l);
	unsigned n = 0;

	if (WITH_LOAD && err)
		return token_error(p, t, "%s: %s", t->arg, error_text(-err));
	for (; next_value(&l, &piece); n++) {
		err = piece.len ? one(p, t, piece)
				: token_error(p, t, "\"%s\" has an empty item", t->arg);
		if (err)
			return WITH_LOAD && l.path ? at_line(p, &l) : err;
	}
	/* Without a condition every entry would be selected. */
	return WITH_LOAD && l.path && !n ? token_error(p, t, "%s lists nothing", t->arg) : 0;
}
