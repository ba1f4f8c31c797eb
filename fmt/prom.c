/* Metrics in Prometheus' text exposition format: for a textfile collector or a CGI of one line. */
#include <errno.h>
#include <stdlib.h>

#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fmt/num.h"

#define LINE_ROOM 1024

/* The lines "# HELP" and "# TYPE" of the metric conntrack_NAMESUFFIX. */
static void head(struct fmt *f, const char *name, const char *suffix, const char *type,
		 const char *help)
{
	struct out *o = f->out;

	for (unsigned i = 0; i < 2; i++) {
		out_str(o, i ? "# TYPE conntrack_" : "# HELP conntrack_");
		out_str(o, name);
		out_str(o, suffix);
		out_str(o, " ");
		out_str(o, i ? type : help);
		out_str(o, "\n");
	}
}

static void gauge(struct fmt *f, const char *name, const char *help, uint64_t v)
{
	head(f, name, "", "gauge", help);
	out_str(f->out, "conntrack_");
	out_str(f->out, name);
	out_str(f->out, " ");
	out_u64(f->out, v);
	out_str(f->out, "\n");
}

static void prom_count(struct fmt *f, const char *table, uint32_t entries, uint32_t limit)
{
	bool expect = table[0] == 'e';

	gauge(f, expect ? "expectations" : "entries",
	      expect ? "Expectations in the table." : "Entries in the connection tracking table.",
	      entries);
	if (limit)
		gauge(f, expect ? "expectations_limit" : "entries_limit",
		      expect ? "The most expectations that the table takes."
			     : "The most entries that the table takes.",
		      limit);
}

/* The counters of all CPUs. They are collected, because the samples of a metric must stand together
 * and the kernel sends CPU by CPU. */
struct collected {
	bool expect;
	unsigned n;
	struct ct_stats cpu[];
};

static void prom_stats(struct fmt *f, bool expect, const struct ct_stats *s)
{
	struct collected *before = f->state.memory, *all;
	unsigned n = before ? before->n : 0;

	all = realloc(before, sizeof(*all) + (n + 1) * sizeof(all->cpu[0]));
	if (!all) {
		if (!f->out->err)
			f->out->err = -ENOMEM;
		return;
	}
	f->state.memory = all;
	all->expect = expect;
	all->cpu[n] = *s;
	all->n = n + 1;
}

/* Returns a CPU's counter of this type, NULL if it has none. */
static const uint64_t *counter(const struct ct_stats *s, uint16_t type)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->counter[i].type == type)
			return &s->counter[i].value;
	return NULL;
}

static void prom_end(struct fmt *f)
{
	const struct collected *all = f->state.memory;

	for (unsigned i = 0; all && i < all->cpu[0].n; i++) {
		uint16_t type = all->cpu[0].counter[i].type;
		const char *name = ct_stats_name(all->expect, type);

		if (!name || counter(&all->cpu[0], type) != &all->cpu[0].counter[i].value)
			continue;
		head(f, name, "_total", "counter", "The kernel's counter of this name, per CPU.");
		for (unsigned k = 0; k < all->n; k++) {
			const uint64_t *v = counter(&all->cpu[k], type);
			char *p = PUT(out_room(f->out, LINE_ROOM), "conntrack_");

			if (!v)
				continue;
			p = PUT(put_str(p, name), "_total{cpu=\"");
			p = put_u64(PUT(put_u32(p, all->cpu[k].cpu), "\"} "), *v);
			*p++ = '\n';
			out_end(f->out, p);
		}
	}
	free(f->state.memory);
	f->state.memory = NULL;
}

/* The sum of the groups that --limit leaves out. */
static void prom_other(struct fmt *f, const struct groups *g, const char *metric, uint64_t sum)
{
	char *p = put_str(PUT(out_room(f->out, LINE_ROOM), "conntrack_group_"), metric);

	for (unsigned c = 0; c < groups_fields(g); c++) {
		*p++ = c ? ',' : '{';
		p = PUT(groups_put_identifier(p, g, c), "=\"other\"");
	}
	p = put_u64(PUT(p, "} "), sum);
	*p++ = '\n';
	out_end(f->out, p);
}

static void prom_groups(struct fmt *f, const struct groups *g, unsigned width)
{
	static const char *const help[] = {"Flows in the group.",
					   "Packets of the group's flows, both directions.",
					   "Bytes of the group's flows, both directions."};
	const struct group_report *r = groups_about(g);
	unsigned fields = groups_fields(g);
	struct group_values other;
	bool any = groups_other(g, &other);

	(void)width;
	if (r && r->lost >= 0)
		gauge(f, "events_lost", "Events lost in the interval.", (uint64_t)r->lost);
	for (unsigned value = fields; value < groups_columns(g); value++) {
		const char *metric = groups_column(g, value);

		head(f, "group_", metric, "gauge",
		     r ? "Of the group in the interval, by its events." : help[value - fields]);
		for (uint64_t i = 0; i < groups_rows(g); i++) {
			const struct group_row *row = groups_row(g, i);
			char *p = PUT(out_room(f->out, LINE_ROOM), "conntrack_group_");

			p = put_str(p, metric);
			for (unsigned c = 0; c < fields; c++) {
				*p++ = c ? ',' : '{';
				p = PUT(groups_put_identifier(p, g, c), "=\"");
				p = group_put(p, g, row, c);
				*p++ = '"';
			}
			p = group_put(PUT(p, "} "), g, row, value);
			*p++ = '\n';
			out_end(f->out, p);
		}
		if (any)
			prom_other(f, g, metric, other.value[value - fields]);
	}
}

const struct fmt_ops fmt_prometheus = {
	.name = "prometheus",
	.is = FMT_WANTS_TABLES,
	.stats = prom_stats,
	.count = prom_count,
	.groups = WITH_GROUP ? prom_groups : NULL,
	.end = prom_end,
};
