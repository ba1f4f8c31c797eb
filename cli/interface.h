/* Facts that conditions need beside the entry (--in, --out, --mac, --nat-gone), before a command
 * runs. */
#ifndef CLI_INTERFACE_H
#define CLI_INTERFACE_H

#include "cli/session.h"

/* Makes s->filter the command's, with the routes and addresses that its conditions need. Returns 0
 * or the exit code, the reason told. */
int interfaces_begin(struct session *s);

/* Makes s->filter go by the present routes and addresses, for a command that follows. Returns 0 or
 * the exit code, the reason told; then nothing may be matched any more. */
int interfaces_renew(struct session *s);

/* After the command, whose exit code is given: tells when routes could not be looked up, and then
 * returns another. */
int interfaces_end(const struct session *s, int code);

#endif
