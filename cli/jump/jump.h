/*
 * --jump: matching entries go to an extension instead of being printed.
 *
 * An extension is a struct target in a file of its own, and a row in jump.c's table. Its state, if
 * it has any, is what open() leaves in j->state; calloc(3) is for it, close() frees it.
 */
#ifndef CLI_JUMP_JUMP_H
#define CLI_JUMP_JUMP_H

#include "cli/session.h"
#include "nl/batch.h"

struct jump {
	const struct target *target;
	struct run *run;
	const char *arg; /* behind the =, NULL: none */
	uint32_t portid; /* of the target's own socket, 0: none; its events are passed over */
	uint64_t done;	 /* entries that the target took, or changed */
	uint64_t failed; /* those with which it failed */
	int first_error; /* negative errno */
	void *state;
};

struct target {
	const char *name;
	const char *meta; /* the argument's name in help, NULL: takes none */
	const char *help;
	const char *done; /* in the summary: "N flow entries have been ...", NULL: no summary */
	bool expect;	  /* takes expectations too */
	bool labels;	  /* names labels */
	/* NULL, or what an argument must be, if it is not. */
	const char *(*check)(const char *arg);
	/* Returns 0 or a negative errno. NULL: nothing to do. */
	int (*open)(struct jump *j);
	/* Takes one message, which lives until the next flush(). ev is NULL for a listed entry.
	 * What fails is counted in j. */
	void (*entry)(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);
	/* Messages are about to be overwritten, or none is coming for now. NULL: nothing to do. */
	void (*flush)(struct jump *j);
	/* Returns the exit code. NULL: nothing to do. */
	int (*close)(struct jump *j);
};

extern const struct target jump_count, jump_null, jump_delete, jump_mark, jump_exec;

/* The i-th target, NULL past the end. */
const struct target *jump_target(size_t i);

/* Starts r->cmd's --jump; without one, j->target is NULL and the other calls do nothing. Returns 0
 * or a negative errno. */
int jump_open(struct jump *j, struct run *r);
void jump_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);
void jump_flush(struct jump *j);
/* Ends it, with a summary unless err is set, and returns the exit code; 0 without a target. */
int jump_close(struct jump *j, int err);

/* What targets share that send a request for each entry, many at a time. put() adds the request
 * for h to the batch and returns as nl_end(). */
int jump_sender_open(struct jump *j);
void jump_send(struct jump *j, const struct nlmsghdr *h,
	       int (*put)(struct jump *j, struct nl_buf *b, uint32_t seq,
			  const struct nlmsghdr *h));
void jump_sender_flush(struct jump *j);
int jump_sender_close(struct jump *j);

#endif
