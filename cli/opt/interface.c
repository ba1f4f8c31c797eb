/* --in and --out: names of interfaces. */
#include <net/if.h>
#include <string.h>

#include "cli/opt/take.h"
#include "cli/interface.h"

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

/* In another network namespace, interfaces can only be looked for once we are there. */
static bool in_netns(const struct parser *p)
{
	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];

		if (t->opt->parse == take_netns ||
		    (t->word[1] == 'n' && t->arg && !fits_net(p, t->arg)))
			return true;
	}
	return false;
}

bool fits_interface(const struct parser *p, const char *arg)
{
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;

	while (next_piece(&rest, ',', &piece))
		if (!interface_name(piece) || !(interface_exists(piece) || in_netns(p)))
			return false;
	return arg;
}

static int one_interface(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field, .name = piece};

	if (!interface_name(piece))
		return bad_piece(p, t, piece, "the name of an interface");
	return take_cond(p, t, &c);
}

int take_interface(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_interface);
}
