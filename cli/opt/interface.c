/* --in and --out: names of interfaces. Whether there are such interfaces is seen when they are
 * used. */
#include "cli/opt/opt.h"

bool accepts_interface(const struct parser *p, const char *arg)
{
	str rest = ct_str_of(arg), piece;

	if (arg && *arg == '@')
		return !opt_first(p, arg, &piece) || ct_is_interface(piece);
	while (ct_next_piece(&rest, ',', &piece))
		if (!ct_is_interface(piece))
			return false;
	return arg;
}

static int one_interface(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field, .name = piece};

	if (!ct_is_interface(piece))
		return bad_piece(p, t, piece, "the name of an interface");
	if (t->opt->field == CT_F_OUT && t->word[1] == 'o' && format_is_short(piece))
		p->cmd->short_format = piece;
	return opt_value(p, t, &c);
}

int opt_interface(struct parser *p, const struct token *t)
{
	p->cmd->out_by_letter |= t->opt->field == CT_F_OUT && t->word[1] == 'o';
	return each_piece(p, t, one_interface);
}
