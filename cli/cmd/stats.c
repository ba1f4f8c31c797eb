/* -S: the kernel's counters. */
#include <errno.h>

#include "cli/cmd/run.h"
#include "cli/cmd/screen.h"

static int show_stats(const struct ct_stats *s, void *arg)
{
	struct run *r = arg;
	bool expect = r->cmd->table == CT_TABLE_EXPECT;

	for (unsigned i = 0; WITH_WATCH && r->screen && i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		screen_number(r->screen, name ? name : "unknown", s->counter[i].value);
	}
	if (!r->screen)
		r->fmt.ops->stats(&r->fmt, expect, s);
	return 0;
}

/* Metrics tell both tables' counters, entries and limits at once. */
static int all_metrics(struct run *r)
{
	int err;

	for (unsigned i = 0; i < 2; i++) {
		enum ct_table table = i ? CT_TABLE_EXPECT : CT_TABLE_CONNTRACK;

		r->cmd->table = table;
		err = count_table(r, table);
		if (!err || (i && err == -EPERM)) /* to count expectations is to list them */
			err = ct_stats(r->ct, table, show_stats, r);
		run_end(r);
		if (err)
			return err;
	}
	return 0;
}

int run_stats(struct run *r)
{
	int err = run_open(r);

	if (!err && r->cmd->format->is & FMT_WANTS_TABLES)
		err = all_metrics(r);
	else if (!err)
		err = ct_stats(r->ct, r->cmd->table, show_stats, r);
	if (r->out->err)
		return EXIT_REFUSED; /* run_all() reports the output's error */
	if (err)
		return kernel_error(r, "read the counters", err);
	run_end(r);
	return 0;
}
