/* From words to tokens: which option a word is, and which words are arguments. */
#include <string.h>
#include <strings.h>

#include "cli/opt/opt.h"
#include "ct/with.h"

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
	const struct option *first;
	str a, b;

	t->opt = option_long(&p->context->index, name, len, &a, &b);
	t->len = (uint8_t)(len < 100 ? len + 2 : 100);
	*attached = equals ? equals + 1 : NULL;
	if (t->opt)
		return 0;
	if (b.p)
		return parse_error(p, "\"%s\" is ambiguous: --%.*s or --%.*s", t->word, (int)a.len,
				   a.p, (int)b.len, b.p);
	first = WITH_HELP ? option_near(&p->context->index, name, len) : NULL;
	if (first) {
		char near[24];

		option_name(first, near, sizeof(near));
		return parse_error(p, "unknown option \"%s\": did you mean %s?", t->word, near);
	}
	return parse_error(p, "unknown option \"%s\"", t->word);
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

/* True when text attached to a command's letter begins with three letters of a table, or is more.
 */
static bool is_table(const struct option *command, const char *text)
{
	const char *name;
	size_t len = strlen(text);

	for (size_t i = 0; len >= 3 && (name = word_table(command, i)); i++)
		if (!strncasecmp(text, name, len))
			return true;
	return false;
}

/* True when text behind a letter of a bundle is its argument, and not more letters. */
static bool takes_text(const struct parser *p, const struct token *t, const char *text)
{
	uint8_t arg = argument_kind(p, t);

	return arg == ARG_REQUIRED ||
	       (arg == ARG_OPTIONAL && (accepts_number(p, text) || accepts_net(p, text)));
}

/* Finds the option of the letter that text begins with. What follows in the word is the argument,
 * *attached, or more letters, *bundle. */
static int tokenize_letter(struct parser *p, struct token *t, const char *text,
			   const char **attached, const char **bundle)
{
	bool command;

	t->opt = option_letter(&p->context->index, *text);
	t->len = 2;
	if (!t->opt)
		return parse_error(p, "unknown option \"%s\"", t->word);
	if (!*++text)
		return 0;
	command = t->opt->words == WORDS_table && !option_next(&p->context->index, t->opt);
	if (*text == '=')
		*attached = text + 1;
	else if (command ? !is_table(t->opt, text)
			 : argument_kind(p, t) == ARG_NONE ||
				   (t->bundled[0] && !takes_text(p, t, text)))
		*bundle = text;
	else
		*attached = text;
	return 0;
}

/* The letter of a bundle is a token of its own. */
static int begin_bundled(struct parser *p, struct token *t, char letter)
{
	if (++p->nbundled > BUNDLED)
		return parse_error(p, "too many letters in one word");
	t->at--;
	t->bundled[0] = '-';
	t->bundled[1] = letter;
	t->word = t->bundled;
	return 0;
}

/* A word that is neither an option nor the argument of one. */
static int left_over(struct parser *p, const struct token *t)
{
	if (p->ntokens && t[-1].opt->parse == opt_tcp_flags)
		return no_packet_flags(p, t - 1); /* MASK COMP, of packet filters */
	return parse_error(p, "\"%s\" is left over: no option takes it", t->word);
}

int tokenize(struct parser *p, int argc, char *const argv[])
{
	const char *bundle = NULL; /* the letters left of the last word */
	bool negate = false;

	for (int i = 0; i < argc || bundle;) {
		struct token *t = &p->tokens[p->ntokens];
		const char *attached = NULL, *text = bundle;
		uint8_t arg;
		int err;

		*t = (struct token){.negate = negate, .at = i};
		if (bundle) {
			bundle = NULL;
			err = begin_bundled(p, t, *text);
			if (err)
				return err;
		} else {
			t->word = argv[i++];
			text = t->word + 1;
			if (!negate && is_negation(t->word)) {
				negate = true;
				continue;
			}
		}
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		if (t->word[0] != '-' || !t->word[1])
			return left_over(p, t);
		err = t->word[1] == '-' ? tokenize_long(p, t, &attached)
					: tokenize_letter(p, t, text, &attached, &bundle);
		if (err)
			return err;
		arg = argument_kind(p, t);
		if (arg == ARG_NONE && attached)
			return token_error(p, t, "takes no argument, but \"%s\" is attached",
					   attached);
		t->arg = attached;
		if (!attached && !bundle && i < argc &&
		    (arg == ARG_REQUIRED || (arg == ARG_OPTIONAL && is_argument(argv[i]))))
			t->arg = argv[t->arg_at = i++];
		negate = false;
		p->ntokens++;
	}
	return negate ? parse_error(p, "\"!\" is left over: it goes before an option") : 0;
}

static accepts_fn *const accepts[] = {
	[ACCEPTS_ALONE] = accepts_alone,   [ACCEPTS_NET] = accepts_net,
	[ACCEPTS_NUMBER] = accepts_number, [ACCEPTS_INTERFACE] = accepts_interface,
	[ACCEPTS_GROUP] = accepts_group,   [ACCEPTS_JUMP] = accepts_jump,
	[ACCEPTS_OUTPUT] = accepts_output, [ACCEPTS_NETNS] = accepts_netns,
};

int token_resolve(struct parser *p, struct token *t)
{
	const struct option *o = t->opt;
	char a[24] = "", b[24] = "", targets[80];

	if (t->word[1] == '-' || !option_next(&p->context->index, o))
		return 0;
	for (; o; o = option_next(&p->context->index, o)) {
		option_name(o, a[0] ? b : a, sizeof(a));
		if (accepts[o->accepts](p, t->arg)) {
			t->opt = o;
			return 0;
		}
	}
	t->opt = NULL;
	if (!t->arg)
		return token_error(p, t,
				   "is a command, and there is another; as %s it wants a number",
				   b);
	if (!WITH_JUMP || t->word[1] != 'j')
		return token_error(p, t, "\"%s\" fits neither %s nor %s", t->arg, a, b);
	word_list(targets, sizeof(targets), word_jump, NULL);
	return token_error(
		p, t,
		"\"%s\" fits neither %s nor %s, whose targets are %s; none is a verdict on packets",
		t->arg, a, b, targets);
}
