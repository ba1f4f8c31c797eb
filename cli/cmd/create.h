/* Creating entries, many at a time, in order. */
#ifndef CLI_CMD_CREATE_H
#define CLI_CMD_CREATE_H

#include "cli/session.h"
#include "nl/batch.h"

/* Entries on their way to the kernel. */
struct creating {
	struct run *run;
	struct ct_handle answers;
	struct nl_batch batch, fix;
	struct {
		uint32_t offset;    /* of the request in the batch */
		unsigned long line; /* of the load file */
		enum verb verb;	    /* V_CREATE, V_ADD */
		enum ct_table table;
		uint16_t reply; /* struct ct_create's reply_given */
		bool more;	/* what the kernel may pass over is to be given again */
	} item[NL_BATCH_MAX];
	uint64_t done, failed;
};

/* Opens the socket. Returns 0 or the exit code, the reason told. */
int creating_open(struct creating *c, struct run *r);

/* Adds what r->cmd wants created, sending what is due. Returns as creating_flush(). */
int creating_add(struct creating *c);

/* Sends what has been added. An entry that cannot be made is complained about, with its line.
 * Unless the command says to go on, the entries after it are taken back and EXIT_REFUSED is
 * returned; else 0. */
int creating_flush(struct creating *c);

void creating_close(struct creating *c);

#endif
