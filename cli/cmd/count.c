/* -C: the number of entries. */
#include "cli/cmd/run.h"
#include "cli/cmd/screen.h"

struct counting {
	const struct ct_filter *filter; /* of expectations, NULL: the table is narrowed already */
	uint32_t entries;
};

static int count_message(const struct nlmsghdr *h, void *arg)
{
	struct counting *n = arg;
	struct ct_expect x;

	if (!n->filter || (!ct_expect_decode(&x, h) && ct_expect_match(n->filter, &x)))
		n->entries++;
	return 0;
}

int count_table(struct run *r, enum ct_table table)
{
	bool expect = table == CT_TABLE_EXPECT;
	struct counting n = {.filter = expect ? &r->cmd->sel : NULL};
	struct nl_sink sink = {.message = count_message, .arg = &n};
	uint32_t entries, limit = 0;
	int err;

	if (!expect && !r->cmd->sel.ntests) {
		err = ct_count(r->ct, &entries, &limit);
	} else {
		err = ct_list(r->ct, table, &r->cmd->sel, &sink);
		entries = n.entries;
		limit = expect ? ct_expect_limit() : 0;
	}
	if (!err && WITH_WATCH && r->screen)
		screen_number(r->screen, expect ? "expectations" : "entries", entries);
	else if (!err)
		r->fmt.ops->count(&r->fmt, expect ? "expect" : "conntrack", entries, limit);
	return err;
}

int run_count(struct run *r)
{
	enum ct_table table = r->cmd->table;
	int err = run_open(r);

	if (table != CT_TABLE_ALL)
		r->fmt.flags |= FMT_LINES; /* one number needs no array */
	if (!err && table != CT_TABLE_EXPECT)
		err = count_table(r, CT_TABLE_CONNTRACK);
	if (!err && table != CT_TABLE_CONNTRACK)
		err = count_table(r, CT_TABLE_EXPECT);
	if (err)
		return kernel_error(r, "count", err);
	run_end(r);
	return 0;
}
