/* The commands. Each runs r->cmd and returns the exit code. */
#ifndef CLI_CMD_RUN_H
#define CLI_CMD_RUN_H

#include "cli/session.h"

int run_list(struct run *r);
int run_count(struct run *r);
int run_stats(struct run *r);
int run_get(struct run *r);
int run_change(struct run *r); /* -D, -U, -L -z */
int run_create(struct run *r); /* -I, -A */
int run_flush(struct run *r);
int run_event(struct run *r);
int run_help(struct run *r); /* -h, -V, -o help */

/* Shows the number of entries of one table: the kernel's own where there is one, else by listing.
 * Returns 0 or a negative errno. */
int count_table(struct run *r, enum ct_table table);

#endif
