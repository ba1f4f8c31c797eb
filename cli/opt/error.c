/* Errors and notes about a command line. */
#include <stdarg.h>

#include "cli/opt/option.h"
#include "fmt/format.h"

int parse_error(struct parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_va(p->context->err, sizeof(p->context->err), fmt, args);
	va_end(args);
	return EXIT_USAGE;
}

int token_error(struct parser *p, const struct token *t, const char *fmt, ...)
{
	char *err = p->context->err, name[24];
	size_t size = sizeof(p->context->err);
	va_list args;
	size_t n;

	n = format(err, size, "%.*s: ", t->len, t->word);
	if (t->word[1] != '-' && t->opt && !t->opt->verb &&
	    option_next(&p->context->index, option_letter(&p->context->index, t->word[1]))) {
		/* A letter with several meanings: as which it was read. */
		option_name(t->opt, name, sizeof(name));
		n = format(err, size, "%.*s, read as %s: ", t->len, t->word, name);
	}
	va_start(args, fmt);
	format_va(err + n, size - n, fmt, args);
	va_end(args);
	return EXIT_USAGE;
}

void token_note(struct parser *p, const struct token *t, const char *fmt, ...)
{
	char *note = p->context->note;
	size_t size = sizeof(p->context->note), n = format(note, size, "%.*s", t->len, t->word);
	va_list args;

	va_start(args, fmt);
	format_va(note + n, size - n, fmt, args);
	va_end(args);
}

int spec_error(struct parser *p)
{
	const struct option_index *ix = &p->context->index;
	char name[24];

	if (p->spec.fault == CT_F_NONE)
		return parse_error(p, "%s", p->spec.why);
	option_name(option_of_field(ix, p->spec.fault, p->cmd->verb), name, sizeof(name));
	return parse_error(p, "%s %s", name, p->spec.why);
}
