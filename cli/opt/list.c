/* Lists: the values of an argument between its commas or, for @FILE, of a file's lines, which
 * builds that load no files leave out. */
#include <string.h>

#include "cli/opt/opt.h"
#include "ct/file.h"
#include "fmt/format.h"

#define FILE_MAX_BYTES (UINT32_C(1) << 28)

void opt_forget_lists(struct opt_context *x)
{
	if (!WITH_LOAD)
		return;
	ct_files_free(&x->lists);
	if (x->selections.n)
		ct_selections_free(&x->selections);
	x->filter.selections = NULL;
}

bool opt_first(const struct parser *p, const char *arg, str *piece)
{
	str rest = ct_str_of(arg);
	unsigned line = 0;

	if (!WITH_LOAD || !arg || *arg != '@')
		return ct_next_piece(&rest, ',', piece);
	return !ct_files_read(&p->context->lists, arg + 1, FILE_MAX_BYTES, &rest) &&
	       ct_next_line_value(&rest, piece, &line);
}

/* Calls one() for each value of a file. An error gets its place before it. */
static int each_line(struct parser *p, const struct token *t,
		     int (*one)(struct parser *p, const struct token *t, str piece))
{
	char why[sizeof(p->context->err)];
	unsigned line = 0, n = 0;
	str rest, piece;
	int err = ct_files_read(&p->context->lists, t->arg + 1, FILE_MAX_BYTES, &rest);

	if (err)
		return token_error(p, t, "%s: %s", t->arg, error_text(-err));
	for (; !err && ct_next_line_value(&rest, &piece, &line); n++)
		err = one(p, t, piece);
	/* Without a condition every entry would be selected. */
	if (!err)
		return n ? 0 : token_error(p, t, "%s lists nothing", t->arg);
	memcpy(why, p->context->err, sizeof(why));
	return parse_error(p, "%s:%u: %s", t->arg + 1, line, why);
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
