/* -j mark=VALUE[/MASK]: the mark becomes (mark & ~MASK) ^ VALUE, in the kernel. */
#include <string.h>

#include "cli/jump/jump.h"
#include "ct/text.h"

static bool parse(const char *arg, struct ct_bits *bits)
{
	return ct_parse_bits(ct_str_of(arg), bits);
}

static const char *check(const char *arg)
{
	struct ct_bits bits;

	return parse(arg, &bits) ? NULL : "a mark, VALUE[/MASK] of 32 bits";
}

static int open_mark(struct jump *j)
{
	struct ct_change change = {.has = CT_HAS_MARK};
	struct ct_bits bits = {0, 0};

	parse(j->arg, &bits);
	change.mark = bits.value;
	change.mark_mask = bits.mask;
	return jump_apply_open(j, CT_UPDATE, &change);
}

const struct target jump_mark = {
	.name = "mark",
	.meta = "VALUE[/MASK]",
	.help = "set their mark",
	.done = "updated",
	.changes = true,
	.check = check,
	.open = open_mark,
	.entry = jump_apply_entry,
	.flush = jump_apply_flush,
	.close = jump_apply_close,
};
