/* -j delete: what matches is deleted, exactly that entry, by tuple, zone and id. */
#include "cli/jump/jump.h"

static int open_delete(struct jump *j)
{
	return jump_apply_open(j, CT_DELETE, NULL);
}

const struct target jump_delete = {
	.name = "delete",
	.help = "delete them",
	.done = "deleted",
	.changes = true,
	.expect = true,
	.open = open_delete,
	.entry = jump_apply_entry,
	.flush = jump_apply_flush,
	.close = jump_apply_close,
};
