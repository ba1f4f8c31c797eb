/* Aggregates: one line per group of entries that agree in some fields. */
#ifndef FMT_GROUP_H
#define FMT_GROUP_H

#include "fmt/fmt.h"
#include "fmt/sort.h"

enum group_field {
	GROUP_SRC, /* addresses and ports in the order of both tuples */
	GROUP_DST,
	GROUP_REPLY_SRC,
	GROUP_REPLY_DST,
	GROUP_SPORT,
	GROUP_DPORT,
	GROUP_REPLY_SPORT,
	GROUP_REPLY_DPORT,
	GROUP_FAMILY,
	GROUP_PROTO,
	GROUP_STATE,
	GROUP_STATUS,
	GROUP_MARK,
	GROUP_ZONE,
	GROUP_HELPER,
	GROUP_OFFLOAD, /* no, software, hardware */
	GROUP_LABEL,   /* all labels together */
	GROUP_IN,      /* interfaces, by routing */
	GROUP_OUT,
	GROUP_MAC, /* of the original source, or else of the reply's, by the neighbour table */
	GROUP_FIELDS,
};

struct ct_hosts;
struct ct_routes;

struct group_spec {
	uint8_t n;
	uint8_t field[GROUP_FIELDS];  /* enum group_field, in the order given */
	uint8_t prefix[GROUP_FIELDS]; /* of addresses, in bits; 128: whole */
	/* The caller's: needed for GROUP_IN and GROUP_OUT; names for GROUP_LABEL, or NULL. */
	struct ct_routes *routes;
	const struct ct_hosts *neighbors; /* for GROUP_MAC; NULL: none is known */
	const struct ct_labelmap *labels;
};

/* One of the reports that count events instead of entries. */
struct group_report {
	uint64_t time; /* of its end, nanoseconds since the epoch */
	uint64_t span; /* nanoseconds that it is about */
	int64_t lost;  /* events lost meanwhile, -1: not known */
};

struct groups;

/* Returns the name of a field (enum group_field), NULL past the last. It lives for ever. */
const char *group_field_name(unsigned field);

/* Returns the field of FIELD or, for addresses, FIELD/PREFIX; -1 if s is neither. *prefix is the
 * number of bits, 128: all. */
int group_field_find(struct nl_str s, uint8_t *prefix);

/* Starts with no group; spec is copied. Returns NULL when out of memory. Freed by groups_free(). */
struct groups *groups_new(const struct group_spec *spec);

/* Counts an entry in its group. Returns 0 or -ENOMEM. */
int groups_add(struct groups *g, const struct ct_entry *e);

/* Has g count events, of so many groups at most and of a MiB (0: of a MiB); those of others are in
 * the sum of what is not shown. */
void groups_of_events(struct groups *g, uint64_t most);

/* Counts an event in its group: a flow that is new, or that has ended, with what it has carried.
 * Returns 0 or -ENOMEM. */
int groups_add_event(struct groups *g, const struct ct_entry *e, bool ended);

/* Writes a report as groups_print() does, by all events, and begins the next one. */
void groups_report(struct groups *g, struct fmt *f, const struct group_report *report,
		   uint64_t limit);

/* Sorts the groups by key (SORT_NONE: by flows), largest first or, reversed, last, and has f's
 * format, which must have the op for it, write at most limit of them (0: all). columns is the
 * terminal's width, 0 for no terminal: then there is no bar. Nothing can be added to g
 * afterwards, and it cannot be printed again. */
void groups_print(struct groups *g, struct fmt *f, enum sort_key key, bool reverse, uint64_t limit,
		  unsigned columns);

/* Returns the number of groups. */
uint64_t groups_count(const struct groups *g);

/* Frees g, which may be NULL. */
void groups_free(struct groups *g);

/*
 * For formats: the sorted groups are rows. Their columns are the fields that were asked for and,
 * behind them, the values: flows, and packets and bytes where some entry had counters. Of events
 * they are new, ended, and packets and bytes of what has ended.
 */
struct group_row;

/* The most bytes that a column takes in a row. */
#define GROUP_ROOM 192

/* The most columns that are values. */
#define GROUP_VALUES 4

/* The most columns that there can be. */
#define GROUP_COLUMNS (GROUP_FIELDS + GROUP_VALUES)

/* Return the number of columns that are fields, and that of all columns. */
unsigned groups_fields(const struct groups *g);
unsigned groups_columns(const struct groups *g);

/* Returns the name of column c, which lives for ever. */
const char *groups_column(const struct groups *g, unsigned c);

/* Writes that name as an identifier, with _ for -, at p, GROUP_ROOM bytes at most. Returns the end.
 */
char *groups_put_identifier(char *p, const struct groups *g, unsigned c);

/* True when column c holds numbers, false for words and addresses. */
bool groups_is_number(const struct groups *g, unsigned c);

/* Return the number of rows to show, and the i-th of them, which lives as long as g. */
uint64_t groups_rows(const struct groups *g);
const struct group_row *groups_row(const struct groups *g, uint64_t i);

struct group_values {
	uint64_t value[GROUP_VALUES];
};

/* The report that is written; NULL where entries are grouped. */
const struct group_report *groups_about(const struct groups *g);

/* True when there are groups beyond the rows to show; then *v are their sums. */
bool groups_other(const struct groups *g, struct group_values *v);

/* True when the row's entries have the field of column c. */
bool group_has(const struct groups *g, const struct group_row *row, unsigned c);

/* Writes column c of the row at p, GROUP_ROOM bytes at most, "-" for a field that the row's entries
 * lack. Returns the end. */
char *group_put(char *p, const struct groups *g, const struct group_row *row, unsigned c);

/* Return the number that rows were sorted by: of a row, and the sum over all groups, shown or not.
 */
uint64_t groups_weight(const struct groups *g, const struct group_row *row);
uint64_t groups_total(const struct groups *g);

/* Writes groups as a table, for fmt_text: fields are flush left, values flush right; on a terminal,
 * which is so many columns wide (0: it is none), a bar follows. */
void groups_text(struct fmt *f, const struct groups *g, unsigned terminal);

#endif
