#include "fmt/screen.h"

#include "fmt/format.h"
#include "fmt/num.h"

void screen_init(struct screen *w, struct out *out)
{
	w->out = out;
	out_init(&w->line, -1);
}

void screen_begin(struct screen *w, const struct fmt *f, uint64_t now)
{
	w->elapsed = w->again ? now - w->ended : 0;
	w->began = now;
	w->fmt = *f;
	w->fmt.out = &w->line;
	w->fmt.flags &= ~(unsigned)FMT_COLOR; /* lines are cut by their bytes */
	for (unsigned i = 0; i < w->nnumbers; i++)
		w->number[i].now = 0;
}

char *screen_rate(char *p, uint64_t before, uint64_t now, uint64_t elapsed)
{
	uint64_t diff = now > before ? now - before : before - now;
	uint64_t tenths = elapsed ? diff * 10 * (NSEC / 1000) / (elapsed / 1000 + 1) : 0;
	const char *scale = " kMG";

	*p++ = now < before ? '-' : '+';
	while (tenths >= 100000 && scale[1]) {
		tenths /= 1000;
		scale++;
	}
	p = put_u64(p, tenths / 10);
	if (tenths < 1000 && tenths) {
		*p++ = '.';
		*p++ = (char)('0' + tenths % 10);
	}
	if (*scale != ' ')
		*p++ = *scale;
	return PUT(p, "/s");
}

/* Fills with blanks up to a column. */
static char *pad(char *line, char *p, size_t column)
{
	while (p < line + column)
		*p++ = ' ';
	return p;
}

const struct screen_flow *screen_note(struct screen *w, const struct ct_entry *e)
{
	struct screen_flow *flow = &w->now[w->nnow];

	if (w->nnow == SCREEN_FLOWS)
		return NULL;
	w->nnow++;
	*flow = (struct screen_flow){
		.id = e->id,
		.counted = e->has & (CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY),
		.bytes = ct_entry_sum(e, e->bytes),
		.elapsed = w->elapsed,
	};
	for (unsigned i = 0; i < w->nbefore && !flow->has_rate; i++)
		if (w->before[i].id == e->id) {
			flow->has_rate = flow->counted && w->before[i].counted;
			flow->before = w->before[i].bytes;
		}
	return flow;
}

char *screen_flow_rate(char *p, const struct screen_flow *flow, unsigned width)
{
	char *line = p;

	if (flow && flow->has_rate)
		p = screen_rate(p, flow->before, flow->bytes, flow->elapsed);
	return pad(line, p, width);
}

void screen_entry(struct screen *w, const struct ct_entry *e, uint64_t now)
{
	struct out *o = &w->line;

	o->p = screen_flow_rate(o->buf, screen_note(w, e), 11);
	w->fmt.now = now;
	w->fmt.ops->entry(&w->fmt, e, NULL);
	out_bytes(w->out, o->buf, (size_t)(o->p - o->buf));
}

void screen_number(struct screen *w, const char *name, uint64_t value)
{
	unsigned i = 0;

	while (i < w->nnumbers && strcmp(w->number[i].name, name) != 0)
		i++;
	if (i == SCREEN_NUMBERS)
		return;
	if (i == w->nnumbers)
		w->number[w->nnumbers++].name = name;
	w->number[i].now += value;
}

void screen_end(struct screen *w)
{
	struct out *o = w->rows ? &w->line : w->out;
	char line[80], *p;

	if (w->rows && w->nnumbers)
		o->p = o->buf;
	for (unsigned i = 0; i < w->nnumbers; i++) {
		p = put_mem(line, w->number[i].name, strnlen(w->number[i].name, 24));
		p = put_u64(pad(line, p, 24), w->number[i].now);
		if (w->again)
			p = screen_rate(pad(line, p, 38), w->number[i].before, w->number[i].now,
					w->elapsed);
		*p++ = '\n';
		out_bytes(o, line, (size_t)(p - line));
		w->number[i].before = w->number[i].now;
	}
	memcpy(w->before, w->now, w->nnow * sizeof(w->now[0]));
	w->nbefore = w->nnow;
	w->nnow = 0;
	out_str(w->out, w->rows ? "" : "\n");
	w->ended = w->began;
	w->again = true;
}

void screen_resize(struct screen *w, unsigned columns, unsigned rows)
{
	w->columns = columns < SCREEN_COLUMNS ? columns : SCREEN_COLUMNS;
	w->rows = rows < SCREEN_ROWS ? rows : SCREEN_ROWS;
	memset(w->shown, 0, sizeof(w->shown));
	out_str(w->out, "\033[m\033[H\033[J");
}

void screen_go(struct screen *w, unsigned row, unsigned column)
{
	char to[24];

	out_bytes(w->out, to, format(to, sizeof(to), "\033[%u;%uH", row + 1, column + 1));
}

void screen_put(struct screen *w, unsigned row, const char *s, size_t n, bool marked)
{
	char *text = w->shown[row].text;
	size_t from = 0, was = w->shown[row].n;
	bool other = w->shown[row].marked != marked;

	n = n < w->columns ? n : w->columns;
	while (!other && from < n && from < was && s[from] == text[from])
		from++;
	if (row >= w->rows || (from == n && n == was && !other))
		return;
	screen_go(w, row, (unsigned)from);
	out_str(w->out, marked ? "\033[7m" : "");
	memcpy(text + from, s + from, n - from);
	out_bytes(w->out, s + from, n - from);
	out_str(w->out, marked ? "\033[m" : "");
	out_str(w->out, n < was ? "\033[K" : "");
	w->shown[row].n = (uint16_t)n;
	w->shown[row].marked = marked;
}
