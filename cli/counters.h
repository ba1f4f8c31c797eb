/* --bytes and --packets: what they need before a command runs. */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "cli/session.h"

/* Sees to it that no command writes by counters that nobody keeps; s->filter must have been made.
 * Others are told that there are none. Returns 0 or the exit code, the reason told. */
int counters_begin(struct session *s);

/* After the command: tells that entries without counters were left alone. */
void counters_end(const struct session *s);

#endif
