/* -G: the one entry that has a tuple. */
#include <errno.h>

#include "cli/cmd/run.h"

struct getting {
	struct run *run;
	uint64_t shown;
	bool expect;
};

static int get_message(const struct nlmsghdr *h, void *arg)
{
	struct getting *g = arg;
	struct fmt *f = &g->run->fmt;
	const struct ct_filter *sel = &g->run->cmd->sel;

	if (g->expect) {
		struct ct_expect x;

		if (ct_expect_decode(&x, h) || !ct_expect_match(sel, &x))
			return 0;
		f->ops->expect(f, &x, NULL);
	} else {
		struct ct_entry e;

		/* The kernel also finds an entry by the tuple of its other direction. */
		if (!ct_filter_match(sel, h) || ct_entry_decode(&e, h))
			return 0;
		f->ops->entry(f, &e, NULL);
	}
	g->shown++;
	return 0;
}

int run_get(struct run *r)
{
	const struct cmd *cmd = r->cmd;
	struct getting g = {.run = r, .expect = cmd->table == CT_TABLE_EXPECT};
	struct nl_sink sink = {.message = get_message, .arg = &g};
	int err = run_open(r);

	r->fmt.now = now_ns();
	if (!err && g.expect)
		err = ct_list(r->ct, cmd->table, &cmd->sel, &sink);
	else if (!err)
		err = ct_get(r->ct, &cmd->tuple, cmd->tuple_reply, cmd->zone, &sink);
	if (!err && !g.shown)
		err = -ENOENT;
	if (err == -ENOENT && cmd->none_ok)
		err = 0;
	if (err)
		return kernel_error(r, "get", err);
	run_end(r);
	if (out_flush(r->out))
		return EXIT_REFUSED;
	summary("%llu %s have been shown.", (unsigned long long)g.shown,
		g.expect ? "expectations" : "flow entries");
	return 0;
}
