/* --watch: a command again and again, on a terminal in place, with rates. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/run.h"

/* Shows a listed entry on a line of its own, behind its rate. Returns false when the window is
 * full. */
bool watch_entry(struct watch *w, const struct ct_entry *e);

/* Adds to the number of this name, which is shown with its rate at the end of the round. name must
 * last. */
void watch_number(struct watch *w, const char *name, uint64_t value);

/* The rows that are left of the window, UINT64_MAX without a terminal; and its width, 0 without. */
uint64_t watch_rows(const struct watch *w);

/* Repeats r->cmd until a signal ends it. Returns the exit code. */
int run_watch(struct run *r);

#endif
