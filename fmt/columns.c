/* Groups as a table, for people. */
#include "fmt/group.h"
#include "fmt/names.h"
#include "fmt/num.h"

static char *pad(char *p, size_t n)
{
	memset(p, ' ', n);
	return p + n;
}

/* Column c of a row, or of the header, which is the row NULL. */
static char *put_column(char *p, const struct groups *g, const struct group_row *row, unsigned c)
{
	const char *name = groups_column(g, c);

	return row ? group_put(p, g, row, c) : put_str(p, name);
}

/* The line in front of a report. Sums of what is not shown follow those of the columns. */
static void put_report(struct fmt *f, const struct groups *g)
{
	const struct group_report *r = groups_about(g);
	struct group_values other;
	char *p = put_u64(PUT(out_room(f->out, LINE_ROOM), "time="), r->time / NSEC);

	p = put_u64(PUT(p, " milliseconds="), r->span / (NSEC / 1000));
	p = PUT(p, " lost=");
	p = r->lost < 0 ? PUT(p, "unknown") : put_u64(p, (uint64_t)r->lost);
	groups_other(g, &other);
	for (unsigned c = groups_fields(g); c < groups_columns(g); c++) {
		p = PUT(put_str(PUT(p, " other-"), groups_column(g, c)), "=");
		p = put_u64(p, other.value[c - groups_fields(g)]);
	}
	*p++ = '\n';
	out_end(f->out, p);
}

void groups_text(struct fmt *f, const struct groups *g, unsigned terminal)
{
	unsigned columns = groups_columns(g), widths[GROUP_COLUMNS], width = 0;
	uint64_t n = groups_rows(g), total = groups_total(g);
	char tmp[GROUP_ROOM];

	if (groups_about(g))
		put_report(f, g);
	for (unsigned c = 0; c < columns; c++) {
		widths[c] = 0;
		for (uint64_t i = 0; i <= n; i++) { /* row 0 is the header */
			const struct group_row *row = i ? groups_row(g, i - 1) : NULL;
			size_t len = (size_t)(put_column(tmp, g, row, c) - tmp);

			if (len > widths[c])
				widths[c] = (unsigned)len;
		}
		width += widths[c] + 2;
	}
	for (uint64_t i = 0; i <= n; i++) {
		const struct group_row *row = i ? groups_row(g, i - 1) : NULL;
		char *p = out_room(f->out, LINE_ROOM);

		for (unsigned c = 0; c < columns; c++) {
			size_t len = (size_t)(put_column(tmp, g, row, c) - tmp);

			p = pad(p, c ? 2 : 0);
			if (c < groups_fields(g))
				p = pad(put_mem(p, tmp, len), widths[c] - len);
			else
				p = put_mem(pad(p, widths[c] - len), tmp, len);
		}
		if (row && total && terminal > width + 10) {
			unsigned bar = terminal - width - 2;

			bar = bar < 200 ? bar : 200;
			p = pad(p, 2);
			for (uint64_t k = groups_weight(g, row) * bar / total; k; k--)
				*p++ = '#';
		}
		while (p[-1] == ' ')
			p--;
		*p++ = '\n';
		out_end(f->out, p);
	}
}
