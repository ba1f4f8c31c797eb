/* --in and --out: what they need before a command runs. */
#ifndef CLI_INTERFACE_H
#define CLI_INTERFACE_H

#include "cli/session.h"

/* Makes s->filter the command's, with routes for --in and --out if it has them. Returns 0 or the
 * exit code, the reason told. */
int interfaces_begin(struct session *s);

/* After the command, whose exit code is given: tells when routes could not be looked up, and then
 * returns another. */
int interfaces_end(const struct session *s, int code);

#endif
