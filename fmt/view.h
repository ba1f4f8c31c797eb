/*
 * A table in a window that is walked through with a cursor: head lines, rows, a status line.
 *
 * Rows are the flows of the last round or, where there are none, the lines that it has left in
 * screen->line: groups, below their title, or numbers. They stay until the next round is whole.
 */
#ifndef FMT_VIEW_H
#define FMT_VIEW_H

#include "fmt/fresh.h"
#include "fmt/screen.h"
#include "fmt/sort.h"

struct view {
	/* Set by the caller. */
	struct screen *screen;
	const char *sort;	 /* the key that rows are sorted by */
	const char *netns;	 /* NULL: our own */
	const char *filter;	 /* the conditions that were typed, or empty */
	const char *status;	 /* of the last line */
	uint64_t now;		 /* nanoseconds since the epoch */
	uint32_t entries, limit; /* of the table; limit 0: not known */
	bool list;		 /* rows are flows or groups, not numbers */
	bool reverse;		 /* the sort is */
	bool help;		 /* keys are shown instead of rows */

	unsigned n, cursor, top; /* rows; the chosen one; the first one in the window */
	struct sorting *flows;
	uint64_t arrived; /* entries since the round before */
	uint32_t count[256],
		proto[256]; /* entries by protocol, of this round and of the last one */
	struct fresh fresh;
};

/* Begins a round, after screen_begin(). */
void view_begin(struct view *v);

/* Counts an entry of the round for the head. */
void view_count(struct view *v, const struct ct_entry *e);

/* Makes a whole round the one that is shown, before screen_end(): its flows, which become the
 * view's to free, or (NULL) the lines in screen->line. */
void view_end(struct view *v, struct sorting *flows);

/* Moves the cursor by so many rows. */
void view_move(struct view *v, int by);

/* The rows of the window that there is room for. */
unsigned view_room(const struct view *v);

/* Returns the message of the flow under the cursor, which lives until the next view_end(); NULL
 * when there is none. */
const struct nlmsghdr *view_flow(const struct view *v);

/* Brings the window up to date. */
void view_draw(struct view *v);

#endif
