/* -j null: matches go nowhere; what remains is the time that it takes. */
#include "cli/jump/jump.h"

const struct target jump_null = {
	.name = "null",
	.help = "do nothing with them",
	.done = "passed over",
	.expect = true,
	.entry = jump_count_entry,
};
