/* -F: a table, or both, emptied at once. */
#include "cli/cmd/run.h"

static int flush_table(struct session *s, enum ct_table table)
{
	struct nl_err err;

	if (!s->dry_run && ct_flush(s->ct, table, s->filter.family, &err))
		return kernel_error(&s->about, "flush", &err);
	if (!s->about.line || s->dry_run)
		summary("%s table %s emptied.",
			table == CT_TABLE_EXPECT ? "expectation" : "connection tracking",
			s->dry_run ? "would be" : "has been");
	return 0;
}

int run_flush(struct session *s)
{
	enum ct_table table = s->cmd->table;
	int err = session_open(s);

	if (err)
		return system_error(&s->about, "flush", err);
	if (table != CT_TABLE_ALL)
		err = flush_table(s, table);
	else if (flush_table(s, CT_TABLE_CONNTRACK) || flush_table(s, CT_TABLE_EXPECT))
		err = EXIT_REFUSED;
	ct_close(s->ct);
	return err;
}
