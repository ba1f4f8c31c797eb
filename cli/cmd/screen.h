/* Lines in a window, each behind its rate: what --watch shows instead of a plain list. */
#ifndef CLI_CMD_SCREEN_H
#define CLI_CMD_SCREEN_H

#include "cli/session.h"

#define SCREEN_ROWS    256 /* whose rates are told */
#define SCREEN_NUMBERS 32

struct screen {
	struct session *session;
	bool terminal, more; /* more: not the first round */
	unsigned columns;    /* of the window, 0 without a terminal */
	uint64_t rows;	     /* left in the window, UINT64_MAX without a terminal */
	uint64_t elapsed;    /* since the round before, nanoseconds */
	struct out line;     /* a line before it is cut */
	struct fmt fmt;	     /* writes to line */
	struct row {
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

/* Shows a listed entry on a line of its own, behind its rate. Returns false when the window is
 * full. */
bool screen_entry(struct screen *w, const struct ct_entry *e);

/* Adds to the number of this name, which is shown with its rate at the end of the round. name must
 * last. */
void screen_number(struct screen *w, const char *name, uint64_t value);

/* Ends a round: shows the numbers, and keeps what the next one's rates are computed from. */
void screen_end_round(struct screen *w);

#endif
