/* Notes on stderr: why there is less to see than one may expect. */
#ifndef CLI_NOTES_H
#define CLI_NOTES_H

#include "cli/session.h"

/* Before events are listened to: where the kernel sends none, an error, or with --none-ok a note.
 * Returns 0 or the exit code. */
int note_no_events(struct session *s);

/* Once they are listened to: where the entries that there are send none of those that are wanted
 * (CT_EV_*), or where nothing gets into the table. followed: somebody listened before. */
void note_events(struct session *s, unsigned events, bool followed);

/* The table is empty, and s->ct in the middle of nothing: where nothing gets into it. */
void note_empty(struct session *s);

/* No entry carries these, of CT_HAS_COUNTERS_ORIG and CT_HAS_START, though they were to be shown.
 */
void note_lacks(const struct session *s, unsigned lacks);

#endif
