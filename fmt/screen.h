/*
 * A screen that is drawn again and again: lines that are cut to its width and height, each behind
 * the rate of its increase since the round before.
 *
 * Between screen_begin() and screen_end() lie the entries and numbers of one round.
 */
#ifndef FMT_SCREEN_H
#define FMT_SCREEN_H

#include "fmt/fmt.h"

#define SCREEN_ROWS    256 /* entries whose rates are told */
#define SCREEN_NUMBERS 32

struct screen {
	struct out *out;  /* lines go there */
	bool terminal;	  /* lines are drawn over those of the round before */
	bool again;	  /* there was a round before */
	unsigned columns; /* of the window, 0: lines are not cut */
	uint64_t rows;	  /* left in the window, UINT64_MAX: no end to them */
	uint64_t began;	  /* when the round began, nanoseconds */
	uint64_t elapsed; /* since the round before, nanoseconds */
	struct out line;  /* a line before it is cut */
	struct fmt fmt;	  /* writes to line */
	struct screen_row {
		uint32_t id;
		uint64_t bytes;
	} now[SCREEN_ROWS], before[SCREEN_ROWS];
	unsigned nnow, nbefore;
	struct {
		const char *name;
		uint64_t now, before;
	} number[SCREEN_NUMBERS];
	unsigned nnumbers;
};

/* Makes a zeroed screen ready. out must stay. */
void screen_init(struct screen *w, struct out *out, bool terminal);

/* Begins a round, at a time in nanoseconds of a clock that only goes forward, in a window of so
 * many columns and rows (both 0 without a terminal). Entries are formatted as f says, without
 * colours. */
void screen_begin(struct screen *w, const struct fmt *f, uint64_t now, unsigned columns,
		  unsigned rows);

/* Shows a listed entry on a line of its own, behind its rate; now is for its age, see struct fmt.
 * Returns false when the window is full. */
bool screen_entry(struct screen *w, const struct ct_entry *e, uint64_t now);

/* Adds to the number of this name, which is shown with its rate at the end of the round. name must
 * last. */
void screen_number(struct screen *w, const char *name, uint64_t value);

/* Ends the round: shows the numbers, clears the rest of the window, and keeps the values that the
 * next round's rates are computed from. */
void screen_end(struct screen *w);

#endif
