/* Creating entries, many at a time, in order: for -I and -A, and for the lines of a load file. */
#ifndef CLI_CMD_CREATE_H
#define CLI_CMD_CREATE_H

#include "cli/session.h"
#include "ct/create.h"
#include "ct/replica.h"

struct creations {
	struct session *session; /* of which the file and the wish to go on are taken */
	/* Is told of entries that cannot be made, and names expectations again and again; NULL:
	 * there is none. */
	struct ct_replica *replica;
	struct ct_creator creator;
};

/* Opens the socket; a replica is to be set behind it. Returns 0 or the exit code, the reason told.
 */
int creations_open(struct creations *c, struct session *s);

/* Adds what s->cmd, a creation, wants created, sending what is due. Returns as
 * creations_flush(), or the exit code when it cannot be said to the kernel, the reason told. */
int creations_add(struct creations *c, struct session *s);

/* Sends what has been added. An entry that cannot be made is told of, with its line. Unless the
 * session is to go on, those after it are taken back and EXIT_REFUSED is returned; else 0. */
int creations_flush(struct creations *c);

void creations_close(struct creations *c);

/* Shows what s->cmd, a creation, would make, and sends nothing. Returns 0 or the exit code, the
 * reason told. */
int creation_show(struct session *s);

#endif
