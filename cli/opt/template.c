/* The parse cache: templates of lines whose like is known but for some arguments. */
#include <stdlib.h>
#include <string.h>

#include "cli/opt/option.h"

__attribute__((cold)) void template_note(struct opt_context *x, const char *line, size_t len)
{
	struct line_template *s;

	if (!x->lines)
		x->lines = calloc(LINE_TEMPLATES, sizeof(*x->lines));
	if (!x->lines)
		return;
	s = &x->lines[x->oldest];
	s->form.len = 0;
	/* Where nothing is quoted, words lie after the split where they lay before. */
	if (len >= CT_FORM_TEXT || strcspn(line, "\"\\") < len)
		len = 0;
	memcpy(s->form.line, line, len);
	s->form.line[len] = 0;
}

/* True when the argument may be another one, and the line still have the same tokens. */
static __attribute__((cold)) bool is_slot(const struct option_index *ix, const struct token *t)
{
	if (!t->arg || t->opt->arg != ARG_REQUIRED)
		return false;
	/* The meaning of a letter may depend on its argument, attached or not. */
	return t->word[1] == '-' || (t->arg_at && !option_next(ix, option_letter(ix, t->word[1])));
}

__attribute__((cold)) void template_keep(const struct parser *p, const char *line)
{
	struct opt_context *x = p->context;
	struct line_template *s = &x->lines[x->oldest];

	/* No load file has -R, -h or -V, whose arguments commands keep. */
	if (!x->lines || !s->form.line[0] || p->ntokens > CT_FORM_SLOTS || p->nbundled ||
	    p->cmd->verb & (V_LOAD | V_HELP | V_VERSION))
		return;
	s->form.len = strlen(s->form.line);
	memcpy(s->words, line, s->form.len + 1);
	s->slots = s->varies = 0;
	for (unsigned i = 0; i < p->ntokens; i++) {
		struct token *t = &s->tokens[i];

		*t = p->tokens[i];
		s->slots |= (uint32_t)is_slot(&x->index, t) << i;
		t->word = s->words + (t->word - line);
		if (!t->arg)
			continue;
		s->form.at[i] = (uint16_t)(t->arg - line);
		s->form.n[i] = (uint16_t)strlen(t->arg);
		t->arg = s->words + s->form.at[i];
	}
	s->ntokens = p->ntokens;
	s->verb = p->cmd->verb;
	s->table = p->cmd->table;
	s->reply = p->cmd->reply;
	s->begun = false;
	x->oldest = (x->oldest + 1) % LINE_TEMPLATES;
}

/* True when the line is the template but for any arguments. Those that are not those of the
 * template vary from now on. */
static __attribute__((cold)) bool fits_by_more(struct line_template *s, char *line, size_t len,
					       struct ct_place *place)
{
	if (!ct_form_fits(&s->form, s->slots, line, len, place))
		return false;
	for (uint32_t m = s->slots; m; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);
		size_t n = (size_t)(place[i].end - place[i].p);

		if (n != s->form.n[i] || memcmp(place[i].p, s->form.line + s->form.at[i], n) != 0)
			s->varies |= m & -m;
	}
	s->begun = false;
	return true;
}

struct line_template *template_match(struct opt_context *x, char *line, size_t len)
{
	struct line_template *s = x->lines;
	struct ct_place place[CT_FORM_SLOTS];

	if (!s)
		return NULL;
	while (!s->form.len || (!ct_form_fits(&s->form, s->varies, line, len, place) &&
				!fits_by_more(s, line, len, place)))
		if (++s == x->lines + LINE_TEMPLATES)
			return NULL;
	for (uint32_t m = s->varies; m; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);

		s->tokens[i].arg = place[i].p;
		*place[i].end = 0;
	}
	return s;
}

__attribute__((cold)) void template_undo(const struct line_template *s)
{
	for (uint32_t m = s->varies; m; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctz(m);
		char *arg = (char *)s->tokens[i].arg;

		arg[strlen(arg)] = s->form.line[s->form.at[i] + s->form.n[i]];
	}
}
