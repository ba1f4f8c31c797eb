/* -R: drives dispatch(). */
#ifndef CLI_CMD_LOAD_H
#define CLI_CMD_LOAD_H

#include "cli/session.h"

/* Runs the commands of the file that s->cmd names, one a line. Returns the exit code. */
int load(struct session *s);

#endif
