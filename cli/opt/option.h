/* The option table: parser, legality check, help and completions all read it. */
#ifndef CLI_OPT_OPTION_H
#define CLI_OPT_OPTION_H

#include "cli/opt/cmd.h"

enum arg { ARG_NONE, ARG_REQUIRED, ARG_OPTIONAL };

/* Where help lists it. */
enum group {
	GROUP_COMMAND,
	GROUP_SELECT,
	GROUP_CHANGE,
	GROUP_EXPECT,
	GROUP_EVENT,
	GROUP_OUTPUT,
	GROUP_OTHER,
};

struct parser;
struct token;

struct option {
	const char *names; /* long names, separated by spaces; empty: none. See option_meta() */
	char letter;	   /* 0: none */
	uint8_t arg;	   /* enum arg */
	uint8_t group;	   /* enum group */
	uint8_t keys;	   /* enum ct_keys: protocols that it makes sense with; 0: all */
	uint8_t info;	   /* enum ct_info: likewise */
	uint16_t verb;	   /* of a command: its bit; else 0 */
	uint16_t sel;	   /* commands on which it selects conntrack entries, or is just taken */
	uint16_t set;	   /* commands on which it says what entries shall be like */
	uint16_t exp;	   /* commands that take it on the expectation table */
	bool early;	   /* others' meaning depends on it: parsed before them */
	uint16_t field;	   /* for parse: enum ct_field, or whatever else it needs to know */
	/* Whether the argument (NULL: none) can be this option's: for letters with two meanings. */
	bool (*fits)(const struct parser *p, const char *arg);
	/* Takes the argument over into p->cmd. Returns 0, or EXIT_USAGE with the error set. */
	int (*parse)(struct parser *p, const struct token *t);
};

/* One option as it stood on the command line. */
struct token {
	const struct option *opt;
	const char *arg;  /* NULL: none */
	const char *word; /* as it was spelt, dashes included, for messages */
	int at, arg_at;	  /* which words they are; arg_at 0: none, or attached */
	uint8_t len;	  /* of the word, without what is attached */
	bool negate;
};

/* Where names lead: made once, so that a load file's lines need not search the table. Rows are
 * stored as number + 1, 0 being none. */
#define OPTION_SLOTS 256

struct option_index {
	const struct option *rows; /* NULL: not made yet */
	size_t nrows;
	uint8_t letter[128];
	uint8_t next[OPTION_SLOTS]; /* by row: the next one with the same letter */
	uint8_t row[OPTION_SLOTS];  /* of a long name, by its hash */
	const char *name[OPTION_SLOTS];
};

/* The words of the line before that lead to the same tokens when they are there again. The lines
 * of a load file are mostly alike: only arguments differ. */
#define SHAPE_WORDS 64

struct shape {
	int nwords; /* 0: none is kept */
	unsigned ntokens;
	bool fixed[SHAPE_WORDS]; /* by word: it must be the same, not just be there */
	uint16_t offset[SHAPE_WORDS];
	char text[512];
	enum verb verb;
	enum ct_table table;
	bool reply;
};

/* What parsing keeps from one command line to the next. */
struct kept {
	struct option_index index;
	struct shape shape;
	struct token *tokens;
	int room;
};

struct parser {
	struct cmd *cmd;
	struct kept *kept;
	unsigned ntokens;
	uint16_t protos;	      /* how many -p alternatives were given */
	const struct ct_proto *proto; /* the only protocol that -p leaves, or NULL */
	unsigned nverbs;	      /* commands on the line whose letter has no other meaning */
	bool any;		      /* --any */
	bool both;		      /* -f inet: whatever other families are named */
	struct ct_addr mask[2];	      /* --mask-src, --mask-dst */
	uint8_t mask_l3[2];	      /* their family; 0: not given */
};

/* The argument's name in help, empty if there is none; and the help line. */
const char *option_meta(const struct option *o);
const char *option_help(const struct option *o);

/* The i-th row of the table, NULL past the end. */
const struct option *option_row(size_t i);

/* Makes the index of rows, which end with one that has no parse(), unless that was done. */
void option_index(struct option_index *ix, const struct option *rows);

/* The first row that has this letter, and the next one with the letter of o; NULL if none. */
const struct option *option_letter(const struct option_index *ix, char letter);
const struct option *option_next(const struct option_index *ix, const struct option *o);

/* The row of a long name of len bytes, which may be cut short while it stays unambiguous. NULL when
 * there is none, or several: then *first and *other are two of them, else *other is NULL. */
const struct option *option_long(const struct option_index *ix, const char *name, size_t len,
				 const struct option **first, const struct option **other);

/* The row whose name differs least from a misspelt one of len bytes; NULL when none is near. */
const struct option *option_near(const struct option_index *ix, const char *name, size_t len);

/* The row whose field this is, one that sets it with this command if there is one: for messages. */
const struct option *option_of_field(const struct option_index *ix, uint16_t field, enum verb verb);

/* The first long name of an option, as "--name", or its letter as "-x". */
void option_name(const struct option *o, char *name, size_t size);

/* Turns words into tokens, and words behind options into their arguments. Returns 0, or EXIT_USAGE
 * with the error set. */
int tokenize(struct parser *p, int argc, char *const argv[]);

/* Decides what a letter with several meanings is, by what its argument looks like. Returns as
 * tokenize(). */
int token_resolve(struct parser *p, struct token *t);

/* Whether the words have the shape that was kept. Then they have been turned into tokens, which are
 * legal, and command, table and direction have been set. */
bool token_same_shape(struct parser *p, int argc, char *const argv[]);

/* Keeps the shape of a legal line, if it can be kept. */
void token_keep_shape(struct parser *p, int argc, char *const argv[]);

/* Makes the entry, the changes or the tuple that the command's options mean. Returns 0, or
 * EXIT_USAGE with c->err filled when something is missing or contradicts something else. */
int cmd_build(struct cmd *c);
int cmd_build_expect(struct cmd *c);

/* Sets the error, in the manner of printf. Returns EXIT_USAGE. */
int parse_error(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the error, in the manner of printf, prefixed by the token's name. Returns EXIT_USAGE. */
int token_error(struct parser *p, const struct token *t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
