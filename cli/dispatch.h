/* From a command's verb to the function that runs it. */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include "cli/session.h"

/* Runs s->cmd, whatever command it is but -R, with what its conditions need looked up before, and
 * tells of a table that changed meanwhile. Returns the exit code. */
int dispatch(struct session *s);

#endif
