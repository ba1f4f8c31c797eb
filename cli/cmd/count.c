/* -C: the number of entries. */
#include "cli/cmd/run.h"
#include "fmt/screen.h"

/* Counts what matches by listing it. */
static void count_listed(struct session *s, enum ct_table table, uint32_t *entries,
			 struct nl_err *err)
{
	struct ct_list l;

	*entries = 0;
	ct_list_begin(&l, s->ct, table, &s->filter);
	while (ct_list_receive(&l) > 0)
		while (ct_list_next(&l))
			++*entries;
	*err = l.reply.err;
}

int count_table(struct session *s, enum ct_table table, uint32_t *entries, struct nl_err *err)
{
	bool expect = table == CT_TABLE_EXPECT;
	uint32_t limit = 0;

	if (!expect && ct_filter_is_empty(&s->filter)) {
		ct_count(s->ct, entries, &limit, err);
	} else {
		count_listed(s, table, entries, err);
		limit = expect ? ct_expect_limit() : 0;
	}
	if (err->err)
		return err->err;
	if (WITH_WATCH && s->screen)
		screen_number(s->screen, expect ? "expectations" : "entries", *entries);
	else
		s->fmt.ops->count(&s->fmt, expect ? "expect" : "conntrack", *entries, limit);
	return 0;
}

/* --above: returns the exit code that the number of entries means. */
static int exit_above(struct session *s, uint32_t entries)
{
	const struct cmd *c = s->cmd;
	uint64_t most = c->above;
	uint32_t all, limit = 0;
	struct nl_err err;

	if (c->above_percent) {
		if (c->table == CT_TABLE_EXPECT)
			limit = ct_expect_limit();
		else if (ct_count(s->ct, &all, &limit, &err))
			return kernel_error(&s->about, "count", &err);
		if (!limit) {
			warn(&s->about, "--above: the limit of the table is not known");
			return EXIT_REFUSED;
		}
		most = (uint64_t)limit * c->above;
	}
	return (uint64_t)entries * (c->above_percent ? 100 : 1) > most ? EXIT_REFUSED : 0;
}

int run_count(struct session *s)
{
	enum ct_table table = s->cmd->table;
	uint32_t entries = 0;
	struct nl_err err;
	int code;

	if (table != CT_TABLE_ALL)
		s->fmt.flags |= FMT_LINES; /* one number needs no array */
	nl_fail(&err, session_open(s));
	if (!err.err && table != CT_TABLE_EXPECT)
		count_table(s, CT_TABLE_CONNTRACK, &entries, &err);
	if (!err.err && table != CT_TABLE_CONNTRACK)
		count_table(s, CT_TABLE_EXPECT, &entries, &err);
	if (err.err)
		return kernel_error(&s->about, "count", &err);
	code = session_finish(s);
	return code || !WITH_GROUP || !s->cmd->has_above ? code : exit_above(s, entries);
}
