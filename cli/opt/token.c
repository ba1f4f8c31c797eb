/* From words to tokens: which option a word is, and which words are arguments. */
#include <string.h>

#include "cli/opt/option.h"

static bool is_negation(const char *word)
{
	return word[0] == '!' && !word[1];
}

/* True for a word that can be the argument of an option that may go without. */
static bool is_argument(const char *word)
{
	return word[0] != '-' && !is_negation(word);
}

static int tokenize_long(struct parser *p, struct token *t, const char **attached)
{
	const char *name = t->word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *other, *first;

	t->opt = option_long(&p->context->index, name, len, &first, &other);
	t->len = (uint8_t)(len < 100 ? len + 2 : 100);
	*attached = equals ? equals + 1 : NULL;
	if (t->opt)
		return 0;
	if (first && other) {
		char a[24], b[24];

		option_name(first, a, sizeof(a));
		option_name(other, b, sizeof(b));
		return parse_error(p, "\"%s\" is ambiguous: %s or %s", t->word, a, b);
	}
	first = option_near(&p->context->index, name, len);
	if (first) {
		char a[24];

		option_name(first, a, sizeof(a));
		return parse_error(p, "unknown option \"%s\": did you mean %s?", t->word, a);
	}
	return parse_error(p, "unknown option \"%s\"", t->word);
}

static int tokenize_letter(struct parser *p, struct token *t, const char **attached)
{
	t->opt = option_letter(&p->context->index, t->word[1]);
	t->len = 2;
	if (!t->opt)
		return parse_error(p, "unknown option \"%s\"", t->word);
	*attached = t->word[2] ? t->word + 2 : NULL;
	if (*attached && t->opt->verb && **attached == '=')
		++*attached;
	return 0;
}

/* The argument kind that all rows of a letter share; optional as soon as one may go without. */
static uint8_t argument_kind(const struct parser *p, const struct token *t)
{
	const struct option *o = t->opt;
	uint8_t arg = o->arg;

	for (; o && t->word[1] != '-'; o = option_next(&p->context->index, o))
		if (o->arg == ARG_OPTIONAL)
			arg = ARG_OPTIONAL;
	return arg;
}

int tokenize(struct parser *p, int argc, char *const argv[])
{
	bool negate = false;

	p->context->template.nwords = 0; /* its tokens are written over */
	for (int i = 0; i < argc;) {
		struct token *t = &p->context->tokens[p->ntokens];
		const char *attached = NULL;
		uint8_t arg;
		int err;

		*t = (struct token){.negate = negate, .at = i, .word = argv[i]};
		i++;
		if (!negate && is_negation(t->word)) {
			negate = true;
			continue;
		}
		if (t->word[0] != '-' || !t->word[1])
			return parse_error(p, "\"%s\" is left over: no option takes it", t->word);
		err = t->word[1] == '-' ? tokenize_long(p, t, &attached)
					: tokenize_letter(p, t, &attached);
		if (err)
			return err;
		arg = argument_kind(p, t);
		if (arg == ARG_NONE && attached)
			return token_error(p, t, "takes no argument, but \"%s\" is attached",
					   attached);
		t->arg = attached;
		if (!attached && i < argc &&
		    (arg == ARG_REQUIRED || (arg == ARG_OPTIONAL && is_argument(argv[i]))))
			t->arg = argv[t->arg_at = i++];
		negate = false;
		p->ntokens++;
	}
	return negate ? parse_error(p, "\"!\" is left over: it goes before an option") : 0;
}

int token_resolve(struct parser *p, struct token *t)
{
	const struct option *o = t->opt;
	char a[24] = "", b[24] = "";

	if (t->word[1] == '-' || !option_next(&p->context->index, o))
		return 0;
	for (; o; o = option_next(&p->context->index, o)) {
		option_name(o, a[0] ? b : a, sizeof(a));
		if (o->accepts(p, t->arg)) {
			t->opt = o;
			return 0;
		}
	}
	t->opt = NULL;
	return token_error(p, t, "\"%s\" fits neither %s nor %s", t->arg ? t->arg : "", a, b);
}
