/* -F: a table, or both, emptied at once. */
#include "cli/cmd/run.h"

static int flush_table(struct run *r, enum ct_table table)
{
	bool expect = table == CT_TABLE_EXPECT;
	int err = r->cmd->dry_run ? 0 : ct_flush(r->ct, table, r->cmd->sel.family);

	if (err)
		return kernel_error(r, "flush", err);
	if (!r->line)
		summary("%s table %s been emptied.", expect ? "expectation" : "connection tracking",
			r->cmd->dry_run ? "would have" : "has");
	return 0;
}

int run_flush(struct run *r)
{
	enum ct_table table = r->cmd->table;
	int err = run_open(r);

	if (err)
		return kernel_error(r, "flush", err);
	if (table != CT_TABLE_ALL)
		err = flush_table(r, table);
	else if (flush_table(r, CT_TABLE_CONNTRACK) || flush_table(r, CT_TABLE_EXPECT))
		err = EXIT_REFUSED;
	ct_close(r->ct);
	return err;
}
