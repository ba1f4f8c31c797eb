/* --bytes, --packets and --age: what they need before a command runs. */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "cli/session.h"

/* Sees to it that no command writes by counters or times that nobody keeps; s->filter must have
 * been made. Others are told that there are none. Returns 0 or the exit code, the reason told. */
int counters_begin(struct session *s);

/* After the command: tells that entries without them were left alone. */
void counters_end(const struct session *s);

#endif
