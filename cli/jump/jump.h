/*
 * --jump: matching entries go to an extension instead of being printed.
 *
 * An extension is a struct target in a file of its own, and a row in jump.c's table. Its state, if
 * it has any, is what open() leaves in j->state; calloc(3) is for it, close() frees it.
 */
#ifndef CLI_JUMP_H
#define CLI_JUMP_H

#include "cli/session.h"
#include "ct/apply.h"

struct jump {
	const struct target *target;
	struct session *session;
	const char *arg;     /* behind the =, NULL: none */
	uint32_t portid;     /* of the target's own socket, 0: none; its events are passed over */
	uint64_t done;	     /* entries that the target took, or changed */
	uint64_t failed;     /* those with which it failed */
	struct nl_err error; /* the kernel's first refusal */
	bool stop;	     /* set by the target: it takes no more events */
	void *state;
};

struct target {
	const char *name;
	const char *meta; /* the argument's name in help, NULL: takes none */
	const char *help;
	const char *done; /* in the summary: "N flow entries have been ...", NULL: no summary */
	bool changes;	  /* changes entries */
	bool expect;	  /* takes expectations too */
	bool labels;	  /* names labels */
	bool programs;	  /* runs programs, which may need what confine() takes away */
	/* NULL when the argument is right, else a description of what it must be. */
	const char *(*check)(const char *arg);
	/* Returns 0 or a negative errno. NULL: nothing to do. */
	int (*open)(struct jump *j);
	/* Takes one message, which lives until the next flush(). ev is NULL for a listed entry.
	 * Failures are counted in j. */
	void (*entry)(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);
	/* Messages are about to be overwritten, or none is coming for now. NULL: nothing to do. */
	void (*flush)(struct jump *j);
	/* Returns the exit code. NULL: nothing to do. */
	int (*close)(struct jump *j);
};

/* The i-th target, NULL past the end. */
const struct target *jump_target(size_t i);

/* Starts the --jump of s->cmd; without one, j->target is NULL and the other calls do nothing.
 * Returns 0 or a negative errno. */
int jump_open(struct jump *j, struct session *s);
void jump_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);
void jump_flush(struct jump *j);
/* Ends it, with a summary unless err is set, and returns the exit code; 0 without a target. */
int jump_close(struct jump *j, int err);

/* Counts the entry, and does no more with it. */
void jump_count_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);

/* Shared by targets that change entries: their operations, and the start. change (NULL: none) is
 * copied. */
int jump_apply_open(struct jump *j, enum ct_action action, const struct ct_change *change);
void jump_apply_entry(struct jump *j, const struct nlmsghdr *h, const struct fmt_event *ev);
void jump_apply_flush(struct jump *j);
int jump_apply_close(struct jump *j);

#endif
