/*
 * Output formats.
 *
 * A format is a struct of functions, in a file of its own. They write to the output buffer and
 * never fail: the buffer keeps the first error.
 */
#ifndef FMT_FMT_H
#define FMT_FMT_H

#include <stdbool.h>

#include "ct/entry.h"
#include "ct/expect.h"
#include "ct/label.h"
#include "ct/stats.h"
#include "fmt/date.h"
#include "fmt/out.h"
#include "ct/with.h"

/* Additions to the plain line, and other ways to show the same. */
enum {
	FMT_EXTENDED = 1 << 0,
	FMT_ID = 1 << 1,
	FMT_TIMESTAMP = 1 << 2,
	FMT_KTIMESTAMP = 1 << 3,
	FMT_LABELS = 1 << 4,
	FMT_LINES = 1 << 5, /* JSON: objects on lines of their own, no array */
	FMT_COLOR = 1 << 6, /* for a terminal */
	FMT_SHORT = 1 << 7,
	FMT_ALIGNED = 1 << 8, /* with FMT_SHORT: in columns */
	FMT_NETNS = 1 << 9,   /* there are several network namespaces: each line tells its own */
};

struct fmt_ops;
struct groups;
struct template_step;
struct ct_check;
struct ct_deltas;

/* A format at work. The caller sets the members above begun and zeroes the others, which are the
 * format's. */
struct fmt {
	struct out *out;
	const struct fmt_ops *ops;
	unsigned flags;			  /* FMT_* */
	uint64_t now;			  /* nanoseconds since the epoch, for ages */
	const struct ct_labelmap *labels; /* NULL: no names */
	const struct zone *zone;	  /* for FMT_TIMESTAMP and FMT_KTIMESTAMP; NULL: UTC */
	const char *table;		  /* JSON: to be named in every object, or NULL */
	const char *netns;		  /* the network namespace that was asked for, or NULL */
	const struct template_step *template; /* of fmt_template */
	bool deleting;			      /* the entries shown are being deleted */
	bool bare;			      /* XML: without a header and a root */
	struct ct_deltas *deltas;	      /* of SYNC and DESTROY events; NULL: none */
	uint8_t events; /* net.netfilter.nf_conntrack_events + 1; 0: not known */
	bool begun;	/* something has been written that end() closes */
	union {		/* means something to the format alone */
		const char *text;
		void *memory; /* freed by end() */
	} state;
};

/* Nanoseconds in a second. */
#define NSEC UINT64_C(1000000000)

/* The seconds that an entry with CT_HAS_START has lived, or lived until it was destroyed: the
 * difference of whole seconds of the clock, as the classic tool has it. */
static inline uint64_t fmt_age(const struct fmt *f, const struct ct_entry *e)
{
	uint64_t from = e->start / NSEC, to = (e->has & CT_HAS_STOP ? e->stop : f->now) / NSEC;

	return to > from ? to - from : 0;
}

/* The event in which an entry or expectation came. */
struct fmt_event {
	enum fmt_kind { FMT_NEW, FMT_UPDATE, FMT_DESTROY, FMT_SYNC } kind;
	uint64_t time;	     /* of receipt, nanoseconds since the epoch */
	uint32_t portid;     /* of the program that caused it by ctnetlink, 0: none did */
	const char *program; /* its name, NULL: not known */
};

/* Properties of a format that callers must know. */
enum {
	FMT_IS_DEFAULT = 1 << 0,   /* used where no format is named; any other takes its place */
	FMT_IS_ALONE = 1 << 1,	   /* goes with no other word of -o but labels */
	FMT_NAMES_LABELS = 1 << 2, /* shows labels without being asked to */
	FMT_TELLS_NETNS = 1 << 4,  /* tells f->netns, with FMT_NETNS */
	FMT_WANTS_TABLES = 1 << 3, /* statistics: is given both tables', and their counts */
	FMT_TELLS_DELTA = 1 << 5,  /* tells by how much counters have grown */
};

/* Ops are NULL where the format does not serve the commands that need them. */
struct fmt_ops {
	const char *name;
	unsigned is; /* FMT_IS_DEFAULT to FMT_WANTS_TABLES */
	/* ev is NULL for a listed entry or expectation. */
	void (*entry)(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev);
	void (*expect)(struct fmt *f, const struct ct_expect *x, const struct fmt_event *ev);
	/* The counters of one CPU, of expectations or of entries. */
	void (*stats)(struct fmt *f, bool expect, const struct ct_stats *s);
	/* The number of entries in the table "conntrack" or "expect"; limit 0: not known. */
	void (*count)(struct fmt *f, const char *table, uint32_t entries, uint32_t limit);
	/* Between events: SYNC events follow (end false), or have all come. time is in nanoseconds
	 * since the epoch. NULL: nothing is written. */
	void (*sync)(struct fmt *f, bool end, uint64_t time);
	/* count events were lost, -1: an unknown number. NULL: it is told on stderr alone. */
	void (*lost)(struct fmt *f, int64_t count, uint64_t time);
	/* Sorted groups, see fmt/group.h. width is the terminal's, in columns; 0: there is none. */
	void (*groups)(struct fmt *f, const struct groups *g, unsigned width);
	/* The state of connection tracking, a document by itself. */
	void (*check)(struct fmt *f, const struct ct_check *k);
	/* Closes the document, for all has been written. NULL: there is nothing to close. */
	void (*end)(struct fmt *f);
};

/* Writes the entry or expectation of a message, by the message's type (EXP_MSG() for expectations,
 * CT_MSG() for all else), in f's format, which must have the op for it. ev is NULL for a listed
 * one. Returns 0, or -EBADMSG when it cannot be decoded and nothing was written. */
int fmt_show(struct fmt *f, const struct nlmsghdr *h, const struct fmt_event *ev);

extern const struct fmt_ops fmt_text;
extern const struct fmt_ops fmt_save;

/* Lines of fmt_save that enclose the SYNC events of a stream. */
#define FMT_SYNC_START "# sync start"
#define FMT_SYNC_END   "# sync end"

extern const struct fmt_ops fmt_xml;
extern const struct fmt_ops fmt_json;
extern const struct fmt_ops fmt_prometheus;
extern const struct fmt_ops fmt_template;

/* A word of -o: a format, or what is added to the plain line. */
struct fmt_word {
	const char *name;
	unsigned flags; /* FMT_*, to be set in struct fmt */
	bool format;
	const struct fmt_ops *ops; /* NULL: adds to the line, or is left out of this build */
	const char *help;
};

/* Returns the i-th word, NULL past the last. It lives for ever. */
const struct fmt_word *fmt_word(size_t i);

/* Finds the word of -o that this one is, cut short perhaps, without regard to case. Returns how
 * many it may be: 1 where it is a whole one. *found is the last of them. */
int fmt_word_find(struct nl_str word, const struct fmt_word **found);

#endif
