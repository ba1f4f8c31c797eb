/* Arguments that are words of a list. */
#include <string.h>

#include "cli/opt/opt.h"
#include "fmt/format.h"

#define TOLD(name, words) words,
static const char *const told[] = {WORD_LISTS_TOLD(TOLD)};

const char *word_told(const struct option *o, size_t i)
{
	const char *word = told[o->words - WORDS_on_loss];

	for (; *word && i; i--)
		word += strlen(word) + 1;
	return *word ? word : NULL;
}

void word_list(char *text, size_t size, word_fn *words, const struct option *o)
{
	const char *word;
	size_t n = 0;

	*text = 0;
	for (size_t i = 0; (word = words(o, i)); i++)
		n += format(text + n, size - n, "%s%s", i ? ", " : "", word);
}

int none_of(struct parser *p, const struct token *t, str piece)
{
	char list[200];

	word_list(list, sizeof(list), p->context->index.lists[t->opt->words], t->opt);
	return token_error(p, t, "\"%.*s\" is not one of %s", (int)piece.len, piece.p, list);
}

bool opt_word(struct parser *p, const struct token *t, str piece, size_t *i)
{
	word_fn *words = p->context->index.lists[t->opt->words];
	const char *word;

	for (*i = 0; (word = words(t->opt, *i)); ++*i)
		if (ct_str_is(piece, word))
			return true;
	none_of(p, t, piece);
	return false;
}
