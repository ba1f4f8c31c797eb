/* -o: formats, templates, and what is added to the plain line. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/opt/opt.h"
#include "ct/with.h"
#include "fmt/template.h"
#include "fmt/value.h"

void opt_forget_template(struct opt_context *x)
{
	free(x->format);
	x->format = NULL;
}

/* Sets the error: this piece of a template is wrong. Tells the name that differs least from it. */
static int bad_template(struct parser *p, const struct token *t, str at, const char *why)
{
	char name[VALUE_NAME];
	enum value_of of;

	for (unsigned limit = 1; WITH_HELP && limit <= 2 && at.len > 2; limit++)
		for (unsigned i = 0; value_name(i, name, &of); i++)
			if (ct_words_near(at.p, at.len, name, strlen(name), limit))
				return token_error(p, t, "format=: \"%.*s\" %s: did you mean %s?",
						   (int)at.len, at.p, why, name);
	return token_error(p, t, "format=: \"%.*s\" %s: -o help lists the names", (int)at.len, at.p,
			   why);
}

/* format=TEMPLATE, commas included. */
static int opt_template(struct parser *p, const struct token *t, const char *text)
{
	enum ct_table table = p->cmd->table;
	const char *why;
	str at;

	if (p->cmd->fmt_flags & ~FMT_LABELS || !(p->cmd->format->is & FMT_IS_DEFAULT))
		return token_error(p, t, "format= goes without other formats");
	if (!*text)
		return token_error(p, t, "format= needs a template");
	p->context->format = malloc(TEMPLATE_STEPS(strlen(text)) * sizeof(*p->context->format));
	if (!p->context->format)
		return token_error(p, t, "out of memory");
	why = template_compile(p->context->format, text, table != CT_TABLE_EXPECT,
			       table == CT_TABLE_EXPECT || table == CT_TABLE_ALL, &at);
	if (why)
		return bad_template(p, t, at, why);
	p->cmd->template = p->context->format;
	p->cmd->format = &fmt_template;
	return opt_load_labels(p);
}

static const char format_is[] = "format=";

/* The template of an argument, or NULL. */
static const char *template_of(const char *arg)
{
	size_t n = sizeof(format_is) - 1;

	return WITH_TEMPLATE && !strncasecmp(arg, format_is, n) ? arg + n : NULL;
}

static int one_format(struct parser *p, const struct token *t, str piece)
{
	struct cmd *c = p->cmd;
	const struct fmt_word *w = NULL;
	int found = fmt_word_find(piece, &w);

	if (p->cmd->verb & (V_DELETE | V_UPDATE) && format_is_short(piece))
		return token_error(p, t, "\"%.*s\" is cut short: -D and -U want formats in full",
				   (int)piece.len, piece.p);
	if (found == 1 && t->word[1] == 'o' && format_is_short(piece))
		c->short_format = piece;
	if (found != 1)
		return token_error(p, t, "%s format \"%.*s\": -o help lists them",
				   found ? "ambiguous" : "unknown", (int)piece.len, piece.p);
	if (w->format) {
		if (!w->ops)
			return token_error(p, t, "this build has no format %s", w->name);
		if (WITH_TEMPLATE && w->ops == &fmt_template)
			return token_error(p, t, "format= wants a template, and no other formats");
		if (!(c->format->is & FMT_IS_DEFAULT) &&
		    (c->format != w->ops || w->flags != (c->fmt_flags & FMT_LINES)))
			return token_error(p, t, "two of these formats exclude each other");
		c->format = w->ops;
	}
	c->fmt_flags |= w->flags;
	if (c->fmt_flags & FMT_SHORT && c->fmt_flags & (FMT_EXTENDED | FMT_KTIMESTAMP))
		return token_error(p, t, "short goes without extended and ktimestamp");
	if (c->format->is & FMT_IS_ALONE && c->fmt_flags & ~FMT_LABELS)
		return token_error(p, t, "%s goes without other formats", c->format->name);
	return c->fmt_flags & FMT_LABELS || c->format->is & FMT_NAMES_LABELS ? opt_load_labels(p)
									     : 0;
}

const char *word_output(const struct option *o, size_t i)
{
	const struct fmt_word *w = fmt_word(i);

	(void)o;
	return w ? w->name : NULL;
}

bool format_is_short(str word)
{
	const struct fmt_word *w;

	return word.len && fmt_word_find(word, &w) && !ct_str_is(word, w->name);
}

/* On -D and -U a format counts in full only: what is no format selects. */
bool accepts_output(const struct parser *p, const char *arg)
{
	str rest = ct_str_of(arg), piece;
	const struct fmt_word *w;

	if (!arg || !strcasecmp(arg, "help") || template_of(arg))
		return true;
	while (ct_next_piece(&rest, ',', &piece))
		if (!fmt_word_find(piece, &w) ||
		    (p->verbs & (V_DELETE | V_UPDATE) && format_is_short(piece)))
			return false;
	return true;
}

int opt_output(struct parser *p, const struct token *t)
{
	const struct fmt_ops *f;
	bool expect = p->cmd->table == CT_TABLE_EXPECT || p->cmd->table == CT_TABLE_ALL;
	int err;

	if (!strcasecmp(t->arg, "help")) {
		p->cmd->verb = V_HELP;
		p->cmd->help_formats = true;
		return 0;
	}
	err = template_of(t->arg) ? opt_template(p, t, template_of(t->arg))
				  : each_piece(p, t, one_format);
	if (err)
		return err;
	f = p->cmd->format;
	if (p->cmd->verb == V_COUNT && !f->count)
		p->cmd->format = &fmt_text; /* a number is its own XML */
	if ((p->cmd->verb == V_STATS && !f->stats) ||
	    (p->cmd->verb & V_PRINT && f->entry && expect && !f->expect))
		return token_error(p, t, "the format %s does not go with this command", f->name);
	return 0;
}
