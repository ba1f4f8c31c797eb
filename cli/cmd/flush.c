/* -F: a table, or both, emptied at once; or the entries with a mark. */
#include <errno.h>

#include "cli/cmd/run.h"
#include "ct/with.h"

static int flush_table(struct session *s, enum ct_table table)
{
	struct nl_err err;

	if (!s->dry_run && ct_flush(s->ct, table, s->filter.family, &err))
		return kernel_error(&s->about, "flush", &err);
	if (!s->quiet && (!s->about.line || s->dry_run))
		summary("%s table %s emptied%s%s.",
			table == CT_TABLE_EXPECT ? "expectation" : "connection tracking",
			s->dry_run ? "would be" : "has been", s->many ? " in " : "",
			s->many ? s->fmt.netns : "");
	return 0;
}

/* Removes the entries with some marks: by one request, or one by one. */
static int flush_marks(struct session *s)
{
	const struct ct_cond *mark = ct_filter_single(&s->filter, CT_F_MARK);
	bool quiet = s->quiet;
	struct nl_err err;
	int code = 0;

	nl_fail(&err, -EOPNOTSUPP);
	if (mark && !s->dry_run)
		ct_flush_mark(s->ct, s->filter.family, &mark->bits, &err);
	ct_close(s->ct);
	if (err.err == -EOPNOTSUPP) {
		s->quiet = true;
		code = run_change(s);
		s->quiet = quiet;
	} else if (err.err) {
		return kernel_error(&s->about, "flush", &err);
	}
	if (!code && !s->quiet && (!s->about.line || s->dry_run))
		summary("entries with this mark %s removed.",
			s->dry_run ? "would be" : "have been");
	return code;
}

int run_flush(struct session *s)
{
	enum ct_table table = s->cmd->table;
	int err = session_open(s);

	if (err)
		return system_error(&s->about, "flush", err);
	if (WITH_CREATE && s->filter.fields >> CT_F_MARK & 1)
		return flush_marks(s);
	if (table != CT_TABLE_ALL)
		err = flush_table(s, table);
	else if (flush_table(s, CT_TABLE_CONNTRACK) || flush_table(s, CT_TABLE_EXPECT))
		err = EXIT_REFUSED;
	ct_close(s->ct);
	return err;
}
