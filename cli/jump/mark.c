/* -j mark=VALUE[/MASK]: the mark becomes (mark & ~MASK) ^ VALUE, in the kernel. */
#include <string.h>

#include "cli/jump/jump.h"
#include "cli/opt/value.h"

static bool parse(const char *arg, struct ct_bits *bits)
{
	return parse_bits((str){arg, (uint32_t)strlen(arg)}, bits);
}

static const char *check(const char *arg)
{
	struct ct_bits bits;

	return parse(arg, &bits) ? NULL : "a mark, VALUE[/MASK] of 32 bits";
}

static int put(struct jump *j, struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h)
{
	struct ct_bits bits = {0, 0};
	struct ct_change change = {.has = CT_HAS_MARK};

	parse(j->arg, &bits);
	change.mark = bits.value;
	change.mark_mask = bits.mask;
	return ct_encode_update(b, seq, h, &change);
}

static void entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	if (!ev || ev->kind != FMT_DESTROY)
		jump_send(j, h, put);
}

const struct target jump_mark = {
	.name = "mark",
	.meta = "VALUE[/MASK]",
	.help = "set their mark",
	.done = "updated",
	.check = check,
	.open = jump_sender_open,
	.entry = entry,
	.flush = jump_sender_flush,
	.close = jump_sender_close,
};
