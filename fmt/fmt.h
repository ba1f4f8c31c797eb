/*
 * Output formats.
 *
 * A format is a row of functions. Each writes to the output buffer and never fails: errors are
 * found there. One entry, one set of options, any format.
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
};

struct fmt_ops;
struct groups;

/* What a format is given. The caller sets everything up to begun, the formats the rest. */
struct fmt {
	struct out *out;
	const struct fmt_ops *ops;
	unsigned flags;			  /* FMT_* */
	uint64_t now;			  /* nanoseconds since the epoch, for ages */
	const struct ct_labelmap *labels; /* NULL: no names */
	const struct zone *zone;	  /* for FMT_TIMESTAMP and FMT_KTIMESTAMP; NULL: UTC */
	const char *table;		  /* JSON: to be named in every object, or NULL */
	const char *netns;		  /* the network namespace that was asked for, or NULL */
	bool deleting;			  /* the entries shown are being deleted */
	bool begun;			  /* something was written that end() closes */
	union {				  /* the format's own */
		const char *text;
		void *memory; /* freed by end() */
	} state;
};

/* Where an event came from; NULL instead of it stands for a listed entry. */
struct fmt_event {
	enum fmt_kind { FMT_NEW, FMT_UPDATE, FMT_DESTROY, FMT_SYNC } kind;
	uint64_t time;	     /* of receipt, nanoseconds since the epoch */
	uint32_t portid;     /* of the program that caused it by ctnetlink, 0: none did */
	const char *program; /* its name, NULL: not known */
};

/* What else callers must know of a format: flags of struct fmt_ops. */
enum {
	FMT_IS_DEFAULT = 1 << 0,   /* used where no format is named; any other takes its place */
	FMT_IS_ALONE = 1 << 1,	   /* goes with nothing else of -o but labels */
	FMT_NAMES_LABELS = 1 << 2, /* shows labels without being asked to */
	FMT_WANTS_TABLES = 1 << 3, /* statistics: is given both tables', and their counts */
};

/* An op that is NULL: the format does not serve the commands that need it. */
struct fmt_ops {
	const char *name;
	unsigned is; /* FMT_IS_ALONE ... */
	void (*entry)(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev);
	void (*expect)(struct fmt *f, const struct ct_expect *x, const struct fmt_event *ev);
	void (*stats)(struct fmt *f, bool expect, const struct ct_stats *s);
	void (*count)(struct fmt *f, const char *table, uint32_t entries, uint32_t limit);
	/* Between events: SYNC events follow (false), or have all come (true). */
	void (*sync)(struct fmt *f, bool end, uint64_t time);
	/* Events were lost, -1: nobody knows how many. NULL: said on stderr alone. */
	void (*lost)(struct fmt *f, int64_t count, uint64_t time);
	/* Sorted groups, see fmt/group.h; width of the terminal in columns, 0: there is none. */
	void (*groups)(struct fmt *f, const struct groups *g, unsigned width);
	/* All has been written: closes what is open. NULL: nothing is. */
	void (*end)(struct fmt *f);
};

/* Writes the entry or expectation of a message, by the message's type (EXP_MSG() for expectations,
 * CT_MSG() for all else), in f's format, which must have the op for it. ev is NULL for a listed
 * one. Returns 0, or -EBADMSG when it cannot be decoded and nothing was written. */
int fmt_show(struct fmt *f, const struct nlmsghdr *h, const struct fmt_event *ev);

extern const struct fmt_ops fmt_text;
extern const struct fmt_ops fmt_save;
extern const struct fmt_ops fmt_xml;
extern const struct fmt_ops fmt_json;
extern const struct fmt_ops fmt_prometheus;

/* A word of -o: a format, or what is added to the plain line. */
struct fmt_word {
	const char *name;
	unsigned flags; /* FMT_*, to be set in struct fmt */
	bool format;
	const struct fmt_ops *ops; /* NULL: adds to the line, or is left out of this build */
	const char *help;
};

/* The i-th word, NULL past the last. */
const struct fmt_word *fmt_word(size_t i);

#endif
