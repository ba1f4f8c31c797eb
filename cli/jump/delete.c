/* -j delete: what matches is deleted, exactly that entry, by tuple, zone and id. */
#include "cli/jump/jump.h"

static int put(struct jump *j, struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h)
{
	(void)j;
	return ct_encode_delete(b, seq, h);
}

static void entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	if (!ev || ev->kind != FMT_DESTROY)
		jump_send(j, h, put);
}

const struct target jump_delete = {
	.name = "delete",
	.help = "delete them",
	.done = "deleted",
	.expect = true,
	.open = jump_sender_open,
	.entry = entry,
	.flush = jump_sender_flush,
	.close = jump_sender_close,
};
