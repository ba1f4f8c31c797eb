/* --watch: drives dispatch(). */
#ifndef CLI_CMD_WATCH_H
#define CLI_CMD_WATCH_H

#include "cli/session.h"

/* Repeats s->cmd until a signal ends it. Returns the exit code. */
int watch(struct session *s);

#endif
