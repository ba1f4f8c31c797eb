#include "fmt/view.h"

#include "fmt/format.h"
#include "fmt/num.h"
#include "fmt/short.h"

#define HEAD	   3 /* lines above the rows of a list */
#define RATE_WIDTH 9

/* Six rows are what a window of ten has room for. */
static const char help[] = "s left right  sort by another key\n"
			   "r  reverse    g  group, or flows\n"
			   "/  filter by conditions: -p udp\n"
			   "up down page  choose a flow\n"
			   "d  delete it, once y confirms\n"
			   "p blank  pause        q  quit\n";

void view_begin(struct view *v)
{
	memset(v->count, 0, sizeof(v->count));
	fresh_begin(&v->fresh);
}

void view_count(struct view *v, const struct ct_entry *e)
{
	v->count[e->orig.l4]++;
	if (e->has & CT_HAS_ID)
		fresh_add(&v->fresh, e->id);
}

/* Line i of what is shown but flows, without its newline; one beyond the last has no newline, and
 * is empty. */
static const char *line_of(const struct view *v, unsigned i, size_t *n)
{
	const struct out *text = &v->screen->line;
	const char *p = v->help ? help : text->buf, *end = v->help ? help + sizeof(help) : text->p;
	const char *newline;

	while ((newline = memchr(p, '\n', (size_t)(end - p))) && i--)
		p = newline + 1;
	*n = newline ? (size_t)(newline - p) : 0;
	return newline ? p : "";
}

void view_end(struct view *v, struct sorting *flows)
{
	struct screen *w = v->screen;
	size_t n;

	sorting_free(v->flows);
	v->flows = flows;
	v->n = flows ? (unsigned)sorting_end(flows) : 0;
	for (unsigned i = 0; flows && i < v->n; i++) {
		struct ct_entry e = {.has = 0};

		(void)!ct_entry_decode(&e, sorting_at(flows, i));
		screen_note(w, &e);
	}
	while (!flows && *line_of(v, v->n + v->list, &n))
		v->n++;
	memcpy(v->proto, v->count, sizeof(v->proto));
	v->arrived = fresh_end(&v->fresh);
}

unsigned view_room(const struct view *v)
{
	unsigned others = v->list ? HEAD + 1 : 2;

	return v->screen->rows > others ? v->screen->rows - others : 0;
}

void view_move(struct view *v, int by)
{
	int to = (int)v->cursor + by;

	v->cursor = to < 0 ? 0 : (unsigned)to;
}

const struct nlmsghdr *view_flow(const struct view *v)
{
	return v->flows && v->cursor < v->n ? sorting_at(v->flows, v->cursor) : NULL;
}

/* The time, the namespace, and how full the table is. */
static void draw_table(const struct view *v)
{
	char line[SCREEN_COLUMNS];
	int64_t t = (int64_t)(v->now / NSEC);
	unsigned s = (unsigned)((t + zone_offset(v->screen->fmt.zone, t)) % 86400);
	uint32_t tenths = v->limit ? (uint32_t)((uint64_t)v->entries * 1000 / v->limit) : 0;
	size_t n = format(line, sizeof(line), "%u%u:%u%u:%u%u  ", s / 36000, s / 3600 % 10,
			  s / 600 % 6, s / 60 % 10, s / 10 % 6, s % 10);

	if (v->netns)
		n += format(line + n, 256, "netns %s  ", v->netns);
	if (v->list) {
		n += format(line + n, 128, "%u of %u entries (%u.%u %%)  ", v->entries, v->limit,
			    tenths / 10, tenths % 10);
		n = (size_t)(PUT(screen_rate(line + n, 0, v->arrived, v->screen->elapsed), " new") -
			     line);
	}
	screen_put(v->screen, 0, line, n, false);
}

/* The order, the protocols, and the conditions. */
static void draw_list(const struct view *v)
{
	char line[SCREEN_COLUMNS];
	size_t n = format(line, sizeof(line), "sort %s%s", v->reverse ? "-" : "", v->sort);

	for (unsigned i = 0; i < 256; i++)
		if (v->proto[i])
			n += format(line + n, sizeof(line) - n, "  %s %u",
				    ct_proto((uint8_t)i)->name, v->proto[i]);
	if (*v->filter)
		n += format(line + n, sizeof(line) - n, "  filter %s", v->filter);
	screen_put(v->screen, 1, line, n, false);
}

static void draw_title(const struct view *v)
{
	unsigned flags = v->screen->fmt.flags;
	char line[RATE_WIDTH + sizeof(SHORT_TITLE)];
	const char *s = line;
	size_t n;

	if (v->flows)
		n = format(line, sizeof(line), "%-9s%s", "rate",
			   !(flags & FMT_SHORT)	 ? ""
			   : flags & FMT_ALIGNED ? SHORT_TITLE
						 : SHORT_TITLE_CLOSE);
	else
		s = line_of(v, 0, &n);
	screen_put(v->screen, 2, s, n, true);
}

static void draw_flow(const struct view *v, unsigned row, unsigned i, bool marked)
{
	struct screen *w = v->screen;
	struct out *o = &w->line;
	struct ct_entry e;

	o->p = screen_flow_rate(o->buf, &w->now[i], RATE_WIDTH);
	if (!ct_entry_decode(&e, sorting_at(v->flows, i)))
		w->fmt.ops->entry(&w->fmt, &e, NULL);
	else
		*o->p++ = '\n';
	screen_put(w, row, o->buf, (size_t)(o->p - o->buf) - 1, marked);
}

static void draw_row(const struct view *v, unsigned row, unsigned i)
{
	const char *s = "";
	size_t n = 0;

	if (v->flows && i < v->n && !v->help) {
		draw_flow(v, row, i, i == v->cursor);
		return;
	}
	if (!v->flows || v->help)
		s = line_of(v, i + (v->list && !v->help), &n);
	screen_put(v->screen, row, s, n, n && !v->help && i == v->cursor);
}

void view_draw(struct view *v)
{
	struct screen *w = v->screen;
	unsigned room = view_room(v), head = v->list ? HEAD : 1;
	const char *before = w->out->p;

	if (!w->rows)
		return;
	if (v->cursor >= v->n)
		v->cursor = v->n ? v->n - 1 : 0;
	if (v->cursor < v->top)
		v->top = v->cursor;
	if (room && v->cursor >= v->top + room)
		v->top = v->cursor - room + 1;
	if (w->rows > 1)
		draw_table(v);
	if (v->list && room) {
		draw_list(v);
		draw_title(v);
	}
	for (unsigned i = 0; i < room; i++)
		draw_row(v, head + i, i + (v->help ? 0 : v->top));
	screen_put(w, w->rows - 1, v->status, strlen(v->status), false);
	/* Where the cursor cannot be hidden it stands where one types. */
	if (w->out->p != before)
		screen_go(w, w->rows - 1, w->shown[w->rows - 1].n);
}
