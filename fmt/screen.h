/*
 * Entries and numbers that are shown again and again, with the rates of their increase since the
 * round before, and a window of which only the parts that have changed are written.
 *
 * Between screen_begin() and screen_end() lie the entries and numbers of one round.
 */
#ifndef FMT_SCREEN_H
#define FMT_SCREEN_H

#include "fmt/fmt.h"

#define SCREEN_FLOWS   1024 /* entries whose rates are told */
#define SCREEN_NUMBERS 32
#define SCREEN_ROWS    256 /* of a window; what it has more stays empty */
#define SCREEN_COLUMNS 512

/* The most bytes of a rate. */
#define SCREEN_RATE 24

struct screen {
	struct out *out; /* what is shown goes there */
	/* The window; no rows: there is none. */
	unsigned columns, rows;
	uint64_t began; /* when this round began, nanoseconds; when the last whole one did */
	uint64_t ended;
	uint64_t elapsed; /* between them; 0: there was none */
	bool again;	  /* there was a round before */
	unsigned nnow, nbefore, nnumbers;
	struct fmt fmt;	 /* writes to line */
	struct out line; /* lines before they are shown */
	struct screen_flow {
		uint32_t id;
		bool counted;  /* it has counters */
		bool has_rate; /* it was there before */
		uint64_t bytes, before;
		uint64_t elapsed;
	} now[SCREEN_FLOWS], before[SCREEN_FLOWS];
	struct {
		const char *name;
		uint64_t now, before;
	} number[SCREEN_NUMBERS];
	/* The window's contents. */
	struct {
		uint16_t n;
		bool marked;
		char text[SCREEN_COLUMNS];
	} shown[SCREEN_ROWS];
};

/* Makes a zeroed screen ready. out must stay. */
void screen_init(struct screen *w, struct out *out);

/* Begins a round, at a time in nanoseconds of a clock that only goes forward. Entries are formatted
 * as f says, without colours. A round that was begun and not ended never was. */
void screen_begin(struct screen *w, const struct fmt *f, uint64_t now);

/* Puts the rate of an increase, or decrease, from before to now in elapsed nanoseconds. Returns the
 * end, SCREEN_RATE bytes on at most. */
char *screen_rate(char *p, uint64_t before, uint64_t now, uint64_t elapsed);

/* Notes an entry that is shown in this round, for its rate. Returns where, NULL when it is one too
 * many. */
const struct screen_flow *screen_note(struct screen *w, const struct ct_entry *e);

/* Puts the rate of a flow, if it has one, and blanks up to width. */
char *screen_flow_rate(char *p, const struct screen_flow *flow, unsigned width);

/* Without a window: notes a listed entry and shows it on a line of its own, behind its rate; now is
 * for its age, see struct fmt. */
void screen_entry(struct screen *w, const struct ct_entry *e, uint64_t now);

/* Adds to the number of this name, which is shown with its rate at the end of the round. name must
 * last. */
void screen_number(struct screen *w, const char *name, uint64_t value);

/* Ends the round: shows the numbers or, where there is a window, leaves their lines in w->line. */
void screen_end(struct screen *w);

/* From here on the window is of this size and empty, and is made so. */
void screen_resize(struct screen *w, unsigned columns, unsigned rows);

/* Shows n bytes in a row of the window, as far as they fit, marked (in reverse video) or not. Only
 * what is not there already is written. */
void screen_put(struct screen *w, unsigned row, const char *s, size_t n, bool marked);

/* Moves the terminal's cursor; row and column count from 0. */
void screen_go(struct screen *w, unsigned row, unsigned column);

#endif
