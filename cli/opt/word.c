/* Arguments that are words of a list. */
#include <string.h>

#include "cli/opt/opt.h"
#include "fmt/format.h"

int none_of(struct parser *p, const struct token *t, str piece)
{
	const char *word;
	char list[200];
	size_t n = 0;

	for (size_t i = 0; (word = t->opt->word(t->opt, i)); i++)
		n += format(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", word);
	return token_error(p, t, "\"%.*s\" is not one of %s", (int)piece.len, piece.p, list);
}

bool opt_word(struct parser *p, const struct token *t, str piece, size_t *i)
{
	const char *word;

	for (*i = 0; (word = t->opt->word(t->opt, *i)); ++*i)
		if (ct_str_is(piece, word))
			return true;
	none_of(p, t, piece);
	return false;
}
