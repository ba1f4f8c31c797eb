/* -j count: how many match, and nothing else. */
#include "cli/jump/jump.h"

void jump_count_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	(void)h;
	(void)ev;
	j->done++;
}

static int print_count(struct jump *j)
{
	out_u64(j->session->out, j->done);
	out_str(j->session->out, "\n");
	return 0;
}

const struct target jump_count = {
	.name = "count",
	.help = "print how many match",
	.expect = true,
	.entry = jump_count_entry,
	.close = print_count,
};
