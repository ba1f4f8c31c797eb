/* --in and --out: names of interfaces. Whether there are such interfaces is seen when they are
 * used. */
#include <net/if.h>
#include <string.h>

#include "cli/opt/opt.h"

/* Names as the kernel takes them (dev_valid_name()), with a + that means any end. */
static bool interface_name(str s)
{
	if (!s.len || s.len >= IF_NAMESIZE || (s.len < 3 && !memcmp(s.p, "..", s.len)))
		return false;
	for (uint32_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || strchr("/:", s.p[i]))
			return false;
	return true;
}

bool accepts_interface(const struct parser *p, const char *arg)
{
	str rest = ct_str_of(arg), piece;

	if (arg && *arg == '@')
		return !opt_first(p, arg, &piece) || interface_name(piece);
	while (ct_next_piece(&rest, ',', &piece))
		if (!interface_name(piece))
			return false;
	return arg;
}

static int one_interface(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field, .name = piece};

	if (!interface_name(piece))
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
