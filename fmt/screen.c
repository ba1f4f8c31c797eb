#include "fmt/screen.h"

#include "fmt/num.h"

#define SECOND UINT64_C(1000000000)

void screen_init(struct screen *w, struct out *out, bool terminal)
{
	w->out = out;
	w->terminal = terminal;
	out_init(&w->line, -1);
}

void screen_begin(struct screen *w, const struct fmt *f, uint64_t now, unsigned columns,
		  unsigned rows)
{
	w->columns = columns;
	w->rows = rows ? rows : UINT64_MAX;
	w->elapsed = w->again ? now - w->began : 0;
	w->began = now;
	w->fmt = *f;
	w->fmt.out = &w->line;
	w->fmt.flags &= ~(unsigned)FMT_COLOR; /* lines are cut by their bytes */
	out_str(w->out, w->terminal ? "\033[H" : "");
}

/* Writes a line of n bytes, newline left out, as far as the window goes. */
static void put_line(struct screen *w, const char *s, size_t n)
{
	struct out *out = w->out;

	if (!w->rows)
		return;
	if (w->rows != UINT64_MAX)
		w->rows--;
	out_bytes(out, s, w->columns && n > w->columns ? w->columns : n);
	out_str(out, w->terminal ? "\033[K" : "");
	/* A newline below the last row would scroll. */
	out_str(out, w->rows ? "\n" : "");
}

/* "1234/s", "12.3k/s": the increase from before to now, by the second. */
static char *put_rate(struct screen *w, char *p, uint64_t before, uint64_t now)
{
	uint64_t diff = now > before ? now - before : before - now;
	uint64_t tenths = w->elapsed ? diff * 10 * (SECOND / 1000) / (w->elapsed / 1000 + 1) : 0;
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

bool screen_entry(struct screen *w, const struct ct_entry *e, uint64_t now)
{
	uint64_t bytes = ct_entry_sum(e, e->bytes);
	struct out *o = &w->line;

	o->p = o->buf;
	for (unsigned i = 0; i < w->nbefore; i++)
		if (w->before[i].id == e->id) {
			o->p = put_rate(w, o->p, w->before[i].bytes, bytes);
			break;
		}
	o->p = pad(o->buf, o->p, 11);
	if (w->nnow < SCREEN_ROWS)
		w->now[w->nnow++] = (struct screen_row){e->id, bytes};
	w->fmt.now = now;
	w->fmt.ops->entry(&w->fmt, e, NULL);
	put_line(w, o->buf, (size_t)(o->p - o->buf) - 1);
	return w->rows;
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
	char line[80], *p;

	for (unsigned i = 0; i < w->nnumbers; i++) {
		p = put_mem(line, w->number[i].name, strnlen(w->number[i].name, 24));
		p = put_u64(pad(line, p, 24), w->number[i].now);
		if (w->again)
			p = put_rate(w, pad(line, p, 38), w->number[i].before, w->number[i].now);
		put_line(w, line, (size_t)(p - line));
		w->number[i].before = w->number[i].now;
		w->number[i].now = 0;
	}
	memcpy(w->before, w->now, w->nnow * sizeof(w->now[0]));
	w->nbefore = w->nnow;
	w->nnow = 0;
	out_str(w->out, !w->terminal ? "\n" : w->rows ? "\033[J" : "");
	w->again = true;
}
