/* The state of -E, and its way to show events and to make up for those that were lost. */
#ifndef CLI_CMD_FOLLOW_H
#define CLI_CMD_FOLLOW_H

#include <poll.h>

#include "cli/jump/jump.h"
#include "cli/session.h"
#include "ct/delta.h"
#include "ct/event.h"
#include "ct/program.h"

#define MSEC 1000000

/* After so many nanoseconds without an overrun there is no more of the same to come. */
#define SETTLE (500 * MSEC)

/* The socket of one network namespace. */
struct source {
	struct ct_events events;
	bool unknown;		  /* how many were lost since the last report */
	bool overrun;		  /* the kernel has said so, and it has not been told yet */
	uint64_t settled, latest; /* when it is told, at the earliest and at the latest */
};

struct follower {
	struct session *session;
	struct source *source, *at; /* all of them, and the one at hand */
	struct pollfd *poll;	    /* as many, and the reader of what is written */
	unsigned n;
	uint64_t look; /* with -n: when to look for namespaces, on the monotonic clock */
	struct ct_datagrams received;
	struct ct_programs programs;
	struct ct_deltas deltas;
	uint64_t round;	   /* --sync: when the next one is due, on the monotonic clock; 0: never */
	uint64_t shown[2]; /* entries, expectations */
	bool enough;	   /* --limit has been reached, or something else is in the way */
	bool lossy;	   /* some were lost: --on-loss tells what that means for the exit code */
	struct fmt_event ev;
	int code;	/* not 0: why it ended, which has been told */
	unsigned kinds; /* CT_EV_* that were joined */
	uint64_t end;	/* --for: on the monotonic clock, in nanoseconds */
	struct jump jump;
	struct groups *groups;	  /* --group: counts events instead of showing them */
	uint64_t began, reported; /* the report at hand: when, and after how many were lost */
};

/* Shows an event, or an entry of a list. */
void follow_show(struct follower *f, const struct nlmsghdr *h);

/* Lists the table as SYNC events between two markers. What happens meanwhile is queued and comes
 * after them, so that a consumer who goes by the id is right in the end. Returns 0 or a negative
 * errno. */
int synchronise(struct follower *f, struct nl_err *err);

/* Makes the i-th socket, and its namespace, the one at hand. */
void select_source(struct follower *f, unsigned i);

/* Lists the tables of all sockets. Returns as synchronise(). */
int next_round(struct follower *f, struct nl_err *err);

/* With --reliable, each attempt to deliver what finds no room is an overrun of its own: they are
 * one until there was none for a while. True while more may come to the socket at hand. */
bool loss_settling(struct follower *f);

/* After an overrun of the socket at hand: tells how much was lost, and does what --on-loss says,
 * but for a resync when it is about to end. Where the kernel has said nothing of one, only its
 * counter can tell. Returns 0 or a negative errno. */
int loss_account(struct follower *f, bool ending, struct nl_err *err);

#endif
