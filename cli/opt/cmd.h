/* A parsed command. */
#ifndef CLI_OPT_CMD_H
#define CLI_OPT_CMD_H

#include "ct/encode.h"
#include "ct/filter.h"
#include "ct/label.h"
#include "ct/table.h"
#include "fmt/fmt.h"
#include "fmt/group.h"

#define PROGRAM "conntrack"
#define VERSION "0.1.0"

/* Commands, as bits, so that an option can name all that take it. */
enum verb {
	V_LIST = 1 << 0,
	V_GET = 1 << 1,
	V_DELETE = 1 << 2,
	V_CREATE = 1 << 3,
	V_ADD = 1 << 4,
	V_UPDATE = 1 << 5,
	V_EVENT = 1 << 6,
	V_FLUSH = 1 << 7,
	V_COUNT = 1 << 8,
	V_STATS = 1 << 9,
	V_LOAD = 1 << 10,
	V_HELP = 1 << 11,
	V_VERSION = 1 << 12,
	V_CHECK = 1 << 13,
	V_PRINT = V_LIST | V_GET | V_DELETE | V_UPDATE | V_EVENT, /* those that print entries */
};

enum {
	EXIT_REFUSED = 1, /* the kernel refused, output failed, nothing was found */
	EXIT_USAGE = 2,	  /* the command line is wrong and nothing was done */
};

/* The action when events were lost. */
enum on_loss { LOSS_WARN, LOSS_EXIT, LOSS_RESYNC };

struct target;

/* Read-only once it is parsed. Strings and pointers live as long as the words and the context that
 * it was parsed from, see cmd_parse(). */
struct cmd {
	enum verb verb;
	enum ct_table table;
	bool reply;	      /* -A -I -U reply: the options describe the reply direction */
	const char *file;     /* -R */
	const char *policy;   /* --timeout NAME; NULL: none, or seconds */
	const char *netns;    /* --netns; NULL: the namespace we are in */
	bool many;	      /* --netns with a list of them, or all */
	const char *labelmap; /* --labelmap; NULL: the default */

	const struct ct_filter *filter; /* which entries */
	bool out_by_letter; /* --out was given as -o, and may have been meant as --output */
	/* A format cut short behind -o, which must not name an interface too; p NULL: none. */
	struct nl_str short_format;

	struct ct_create create;	/* -I -A */
	struct ct_create_expect expect; /* -I expect */
	struct ct_change change;	/* -U */
	struct ct_tuple tuple;		/* -G */
	bool tuple_reply;		/* it is the reply's */
	int zone; /* -G: -1 for the zone without a number; -R: --set-zone, -1: not given */

	unsigned events; /* -e: CT_EV_* of either table, before the table chooses */
	int rcvbuf;	 /* -b: bytes, 0: the default */
	enum on_loss on_loss;
	bool sync, reliable;
	uint64_t limit; /* 0: none */
	uint32_t above; /* -C --above: entries or, with above_percent, percent */
	bool has_above, above_percent;
	struct group_spec group; /* --group; n 0: not given */
	enum sort_key sort;
	bool reverse; /* --sort with a minus: smallest first */

	uint32_t watch;		   /* --watch: milliseconds between rounds, 0: not given */
	uint32_t duration;	   /* --for: milliseconds, 0: not given */
	uint32_t every;		   /* --every: milliseconds, 0: not given */
	uint32_t rounds;	   /* --sync: milliseconds between them, 0: there is one */
	const struct target *jump; /* --jump; NULL: print */
	const char *jump_arg;	   /* NULL: none */

	uint8_t replica; /* of -R: 1: what the stream has named, 2: all */
	bool quiet, none_ok, dry_run, carry_on, zero, total, yes;

	const struct fmt_ops *format;
	unsigned fmt_flags;
	const struct template_step *template; /* of -o format=, compiled; NULL: not given */
	enum { COLOR_UNSET, COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	const struct ct_labelmap *labels;

	bool help_formats;   /* -o help */
	uint16_t help_verbs; /* --help COMMAND: enum verb, or all bits */
};

#endif
