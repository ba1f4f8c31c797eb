/* -S: the kernel's counters. */
#include <errno.h>

#include "cli/cmd/run.h"
#include "fmt/screen.h"

static void show(struct session *s, bool expect, const struct ct_stats *stats)
{
	if (!WITH_WATCH || !s->screen) {
		s->fmt.ops->stats(&s->fmt, expect, stats);
		return;
	}
	for (unsigned i = 0; i < stats->n; i++) {
		const char *name = ct_stats_name(expect, stats->counter[i].type);

		screen_number(s->screen, name ? name : "unknown", stats->counter[i].value);
	}
}

static int list_stats(struct session *s, enum ct_table table, struct nl_err *err)
{
	struct ct_stats_list l;
	struct ct_stats stats, sum = {.cpu = CT_STATS_ALL};

	ct_stats_begin(&l, s->ct, table);
	while (ct_stats_next(&l, &stats) > 0)
		if (WITH_GROUP && s->cmd->total)
			ct_stats_add(&sum, &stats);
		else
			show(s, table == CT_TABLE_EXPECT, &stats);
	*err = l.reply.err;
	if (WITH_GROUP && s->cmd->total && !err->err)
		show(s, table == CT_TABLE_EXPECT, &sum);
	return err->err;
}

/* Metrics tell both tables' counters, entries and limits at once. */
static int list_all(struct session *s, struct nl_err *err)
{
	for (unsigned i = 0; i < 2; i++) {
		enum ct_table table = i ? CT_TABLE_EXPECT : CT_TABLE_CONNTRACK;
		uint32_t entries;

		count_table(s, table, &entries, err);
		if (!err->err ||
		    (i && err->err == -EPERM)) /* to count expectations is to list them */
			list_stats(s, table, err);
		if (err->err)
			return err->err;
		session_finish(s);
	}
	return 0;
}

int run_stats(struct session *s)
{
	bool all = s->cmd->format->is & FMT_WANTS_TABLES;
	struct nl_err err;

	if (!nl_fail(&err, session_open(s))) {
		if (all)
			list_all(s, &err);
		else
			list_stats(s, s->cmd->table, &err);
	}
	if (s->out->err)
		return EXIT_REFUSED; /* session() tells why */
	if (err.err)
		return kernel_error(&s->about, "read the counters", &err);
	return all ? 0 : session_finish(s);
}
