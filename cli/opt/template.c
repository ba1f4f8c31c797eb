/* The parse cache: a template of the last line, whose like needs no look at the option table. */
#include <string.h>

#include "cli/opt/option.h"

/* Notes a word that must be the same again. */
static bool must_equal(struct line_template *s, int i, const char *word, size_t *used)
{
	size_t n = strlen(word) + 1;

	if (n > sizeof(s->text) - *used)
		return false;
	s->equal[i] = true;
	s->offset[i] = (uint16_t)*used;
	memcpy(s->text + *used, word, n);
	*used += n;
	return true;
}

void template_keep(struct parser *p, int argc, char *const argv[])
{
	struct line_template *s = &p->context->template;
	size_t used = 0;

	/* No load file has -R, -h or -V, whose arguments commands keep. */
	if (argc > TEMPLATE_WORDS || p->cmd->verb & (V_LOAD | V_HELP | V_VERSION))
		return;
	memset(s->equal, 0, sizeof(s->equal));
	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->context->tokens[i];

		/* A word with its argument attached differs from line to line, and so does the
		 * meaning of a letter that is read by its argument. A bundle is several tokens. */
		if ((t->arg && !t->arg_at) || t->bundled[0] ||
		    (t->word[1] != '-' &&
		     option_next(&p->context->index,
				 option_letter(&p->context->index, t->word[1]))))
			return;
		if (t->negate && !must_equal(s, t->at - 1, argv[t->at - 1], &used))
			return;
		if (!must_equal(s, t->at, argv[t->at], &used))
			return;
		if (t->arg && t->opt->arg != ARG_REQUIRED &&
		    !must_equal(s, t->arg_at, argv[t->arg_at], &used))
			return;
	}
	s->verb = p->cmd->verb;
	s->table = p->cmd->table;
	s->reply = p->cmd->reply;
	s->ntokens = p->ntokens;
	s->nwords = argc;
}

bool template_match(struct parser *p, int argc, char *const argv[])
{
	const struct line_template *s = &p->context->template;

	if (argc != s->nwords || !argc)
		return false;
	for (int i = 0; i < argc; i++)
		if (s->equal[i] ? strcmp(argv[i], s->text + s->offset[i]) != 0 : !*argv[i])
			return false;
	for (unsigned i = 0; i < s->ntokens; i++) {
		struct token *t = &p->context->tokens[i];

		t->word = argv[t->at];
		t->arg = t->arg_at ? argv[t->arg_at] : NULL;
	}
	p->ntokens = s->ntokens;
	p->cmd->verb = s->verb;
	p->cmd->table = s->table;
	p->cmd->reply = s->reply;
	return true;
}
