/* Lists: the values of an argument between its commas or, for @FILE, of a file's lines, which
 * builds that load no files leave out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt/opt.h"
#include "ct/file.h"
#include "fmt/format.h"

#define FILE_MAX_BYTES (UINT32_C(1) << 28)

/* A file that the command line names: conditions point into it. */
struct list_file {
	struct list_file *next;
	const char *path;
	char *text;
	size_t len;
};

void opt_forget_lists(struct opt_context *x)
{
	while (WITH_LOAD && x->lists) {
		struct list_file *f = x->lists;

		x->lists = f->next;
		free(f->text);
		free(f);
	}
}

/* The file, which is read once for a command line, as pipes can be. NULL with *err a negative
 * errno.
 */
static const struct list_file *load_file(struct opt_context *x, const char *path, int *err)
{
	struct list_file *f = x->lists;

	while (f && strcmp(f->path, path) != 0)
		f = f->next;
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	*err = f ? ct_file_read(path, FILE_MAX_BYTES, &f->text, &f->len) : -ENOMEM;
	if (*err) {
		free(f);
		return NULL;
	}
	/* No value has a NUL in it, and no message is to end at one. */
	for (char *nul = f->text; (nul = memchr(nul, 0, f->len - (size_t)(nul - f->text)));)
		*nul = '\001';
	f->path = path;
	f->next = x->lists;
	x->lists = f;
	return f;
}

bool opt_first(const struct parser *p, const char *arg, str *piece)
{
	str rest = ct_str_of(arg);
	const struct list_file *f;
	unsigned line = 0;
	int err;

	if (!WITH_LOAD || !arg || *arg != '@')
		return ct_next_piece(&rest, ',', piece);
	f = load_file(p->context, arg + 1, &err);
	if (!f)
		return false;
	rest = (str){f->text, (uint32_t)f->len};
	return ct_next_line_value(&rest, piece, &line);
}

/* Calls one() for each value of a file. An error gets its place before it. */
static int each_line(struct parser *p, const struct token *t,
		     int (*one)(struct parser *p, const struct token *t, str piece))
{
	char why[sizeof(p->context->err)];
	unsigned line = 0, n = 0;
	int err = 0;
	const struct list_file *f = load_file(p->context, t->arg + 1, &err);
	str rest, piece;

	if (!f)
		return token_error(p, t, "%s: %s", t->arg, error_text(-err));
	rest = (str){f->text, (uint32_t)f->len};
	for (; !err && ct_next_line_value(&rest, &piece, &line); n++)
		err = one(p, t, piece);
	/* Without a condition every entry would be selected. */
	if (!err)
		return n ? 0 : token_error(p, t, "%s lists nothing", t->arg);
	memcpy(why, p->context->err, sizeof(why));
	return parse_error(p, "%s:%u: %s", f->path, line, why);
}

int each_piece(struct parser *p, const struct token *t,
	       int (*one)(struct parser *p, const struct token *t, str piece))
{
	if (WITH_LOAD && *t->arg == '@')
		return each_line(p, t, one);
	for (const char *start = t->arg, *end;; start = end + 1) {
		int err;

		for (end = start; *end && *end != ',';)
			end++;
		err = end > start ? one(p, t, (str){start, (uint32_t)(end - start)})
				  : token_error(p, t, "\"%s\" has an empty item", t->arg);
		if (err || !*end)
			return err;
	}
}
