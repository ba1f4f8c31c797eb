/*
 * The tables, read: lists, one entry, counts and counters; and emptied.
 *
 * Lists are pulled, datagram by datagram, message by message:
 *
 *	ct_list_begin(&l, c, CT_TABLE_CONNTRACK, filter);
 *	while (ct_list_receive(&l) > 0)
 *		while ((h = ct_list_next(&l)))
 *			...
 *	if (l.reply.err.err)
 *		...
 */
#ifndef CT_TABLE_H
#define CT_TABLE_H

#include "ct/filter.h"
#include "ct/stats.h"
#include "nl/reply.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ct_table {
	CT_TABLE_CONNTRACK,
	CT_TABLE_EXPECT,
	CT_TABLE_DYING,
	CT_TABLE_UNCONFIRMED,
	CT_TABLE_ALL, /* conntrack, then expect; for callers, no request takes it */
};

/* A connection to ctnetlink: a socket and the buffer that its answers are read in. */
struct ct_handle {
	struct nl_sock sock;
	bool no_pushdown; /* hand no filter on to the kernel */
	bool interrupted; /* a list since was interrupted: it may lack entries, or hold some twice
			   */
	uint8_t buf[NL_RECV_SIZE] __attribute__((aligned(8)));
};

/* Opens the connection. Returns 0 or a negative errno, see nl_open(). */
int ct_open(struct ct_handle *c);

/* Closes it; harmless on a closed one whose socket's fd is -1. */
void ct_close(struct ct_handle *c);

/* A list at hand. reply.err tells how it ended. */
struct ct_list {
	struct ct_handle *ct;
	const struct ct_filter *filter;
	struct nl_reply reply;
	uint16_t request, type; /* the message types of the request and of what it lists */
	uint8_t stage;		/* how much of the filter the kernel is given */
	bool any;		/* a message has been handed out */
	bool mirrored;		/* another entry was in front of the one that is asked for */
	bool given;		/* the tuple is ct_list_one()'s, not the filter's */
	bool by_reply;		/* the direction of the tuple */
	struct ct_tuple one;	/* that is asked for */
	uint16_t zone;		/* in that direction */
};

/* Asks for a table. Every message that f (NULL: all) matches will be handed out. The kernel is
 * given the filter too, and asked again without it when it refuses. f must stay until the list's
 * end. A failure to ask is what ct_list_receive() returns. */
void ct_list_begin(struct ct_list *l, struct ct_handle *c, enum ct_table table,
		   const struct ct_filter *f);

/* Asks for the one entry that has this tuple in the direction that reply says and that f (NULL:
 * any) matches. The entry's zone in that direction is the tuple's own, or zone; -1: it has none. It
 * is read as a list is; reply.err is -ENOENT when there is none. */
void ct_list_one(struct ct_list *l, struct ct_handle *c, const struct ct_tuple *t, bool reply,
		 int zone, const struct ct_filter *f);

/* Receives the next datagram. Returns 1, 0 at the end, or a negative errno; see
 * nl_reply_receive(). */
int ct_list_receive(struct ct_list *l);

/* The next message that matches of the datagram at hand, NULL when there is none left. It lives
 * until the next ct_list_receive(). */
const struct nlmsghdr *ct_list_next(struct ct_list *l);

/* Empties the conntrack table, of one family or (AF_UNSPEC) of all, or the expectation table.
 * Returns 0 or a negative errno, also in *err. */
int ct_flush(struct ct_handle *c, enum ct_table table, uint8_t family, struct nl_err *err);

/* Removes the entries with a mark, of one family or (AF_UNSPEC) of all, at once. Returns as
 * ct_flush(); -EOPNOTSUPP, with nothing done, where the kernel cannot (before Linux 6.12) or is not
 * to be asked. */
int ct_flush_mark(struct ct_handle *c, uint8_t family, const struct ct_bits *mark,
		  struct nl_err *err);

/* The number of entries in this network namespace's conntrack table and the kernel's limit (0
 * where it does not tell, before 5.15). Falls back to /proc/sys for those without the capability.
 * Returns 0 or a negative errno, also in *err. */
int ct_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit, struct nl_err *err);

/* True when the kernel lacks ctnetlink. It then finds every request invalid. */
bool ct_missing(void);

/* True when the kernel refuses every request of ctnetlink but for statistics: CAP_NET_ADMIN is
 * missing in the user namespace that owns this network namespace. */
bool ct_forbidden(void);

/* The most expectations that the kernel takes, by /proc/sys; 0 where that cannot be read. */
uint32_t ct_expect_limit(void);

/* The counters of each CPU, being read; reply.err tells how that ended. */
struct ct_stats_list {
	struct ct_handle *ct;
	bool expect;
	struct nl_reply reply;
	char *line;   /* of /proc, NULL while the kernel's reply is read */
	unsigned cpu; /* of that line */
};

/* Asks for the counters of the conntrack or the expectation table. */
void ct_stats_begin(struct ct_stats_list *l, struct ct_handle *c, enum ct_table table);

/* Reads those of the next CPU. Falls back to /proc/net/stat for those without the capability.
 * Returns 1, 0 at the end, or a negative errno, which is in l->reply.err, too. */
int ct_stats_next(struct ct_stats_list *l, struct ct_stats *s);

#ifdef __cplusplus
}
#endif

#endif
