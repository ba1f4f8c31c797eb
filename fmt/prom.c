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

/* The samples of a metric must stand together: they are collected, for the kernel sends counters
 * CPU by CPU, and several network namespaces come one after the other. */
struct sample {
	const char *name; /* lives for ever, as help does */
	const char *help; /* of a gauge; NULL: a counter */
	const char *netns;
	unsigned cpu;
	uint64_t v;
};

struct collected {
	size_t n, room;
	struct sample sample[];
};

static void collect(struct fmt *f, struct sample sample)
{
	struct collected *all = f->state.memory;

	if (!all || all->n == all->room) {
		size_t room = all ? all->room * 2 : 64;
		struct collected *grown =
			realloc(all, sizeof(*all) + room * sizeof(all->sample[0]));

		if (!grown) {
			if (!f->out->err)
				f->out->err = -ENOMEM;
			return;
		}
		if (!all)
			grown->n = 0;
		grown->room = room;
		all = grown;
		f->state.memory = all;
	}
	sample.netns = f->flags & FMT_NETNS ? f->netns : NULL;
	all->sample[all->n++] = sample;
}

static void prom_count(struct fmt *f, const char *table, uint32_t entries, uint32_t limit)
{
	bool expect = table[0] == 'e';

	collect(f, (struct sample){.name = expect ? "expectations" : "entries",
				   .help = expect ? "Expectations in the table."
						  : "Entries in the connection tracking table.",
				   .v = entries});
	if (limit)
		collect(f, (struct sample){
				   .name = expect ? "expectations_limit" : "entries_limit",
				   .help = expect ? "The most expectations that the table takes."
						  : "The most entries that the table takes.",
				   .v = limit});
}

static void prom_stats(struct fmt *f, bool expect, const struct ct_stats *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		if (name)
			collect(f, (struct sample){.name = name,
						   .cpu = s->cpu,
						   .v = s->counter[i].value});
	}
}

/* The text of a label's value. */
static void put_value(struct out *o, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			out_str(o, "\\");
		out_bytes(o, *text == '\n' ? " " : text, 1);
	}
}

static void put_sample(struct fmt *f, const struct sample *s)
{
	struct out *o = f->out;

	out_str(o, "conntrack_");
	out_str(o, s->name);
	if (!s->help) {
		out_str(o, "_total{cpu=\"");
		out_u64(o, s->cpu);
	}
	if (s->netns) {
		out_str(o, s->help ? "{netns=\"" : "\",netns=\"");
		put_value(o, s->netns);
	}
	out_str(o, s->netns || !s->help ? "\"} " : " ");
	out_u64(o, s->v);
	out_str(o, "\n");
}

static void prom_end(struct fmt *f)
{
	struct collected *all = f->state.memory;

	for (size_t i = 0; all && i < all->n; i++) {
		const struct sample first = all->sample[i];

		if (!first.name)
			continue;
		head(f, first.name, first.help ? "" : "_total", first.help ? "gauge" : "counter",
		     first.help ? first.help : "The kernel's counter of this name, per CPU.");
		for (size_t k = i; k < all->n; k++)
			if (all->sample[k].name == first.name) {
				put_sample(f, &all->sample[k]);
				all->sample[k].name = NULL;
			}
	}
	free(all);
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

static void gauge(struct fmt *f, const char *name, const char *help, uint64_t v)
{
	head(f, name, "", "gauge", help);
	put_sample(f, &(struct sample){.name = name, .help = help, .v = v});
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
		unsigned i = value - fields;

		head(f, "group_", metric, "gauge",
		     r || i >= sizeof(help) / sizeof(help[0])
			     ? "Of the group in the interval, by its events."
			     : help[i]);
		for (uint64_t n = 0; n < groups_rows(g); n++) {
			const struct group_row *row = groups_row(g, n);
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
	.is = FMT_WANTS_TABLES | FMT_TELLS_NETNS,
	.stats = prom_stats,
	.count = prom_count,
	.groups = WITH_GROUP ? prom_groups : NULL,
	.end = prom_end,
};
