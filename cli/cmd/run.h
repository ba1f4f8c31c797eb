/* The commands. Each runs s->cmd and returns the exit code. */
#ifndef CLI_CMD_RUN_H
#define CLI_CMD_RUN_H

#include "cli/session.h"

int run_list(struct session *s);
int run_count(struct session *s);
int run_stats(struct session *s);
int run_check(struct session *s);
int run_get(struct session *s);
int run_change(struct session *s); /* -D, -U, -L -z */
int run_create(struct session *s); /* -I, -A */
int run_flush(struct session *s);
int run_event(struct session *s);
int run_help(struct session *s); /* -h, -V, -o help */

/* Shows the number of entries of one table: the kernel's own where there is one, else by listing;
 * that is *entries, too. Returns 0 or a negative errno, also in *err. */
int count_table(struct session *s, enum ct_table table, uint32_t *entries, struct nl_err *err);

#endif
