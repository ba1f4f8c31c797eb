/* The option table: parser, legality check, help and completions all read it. */
#ifndef CLI_OPT_OPTION_H
#define CLI_OPT_OPTION_H

#include "cli/opt/parse.h"
#include "ct/form.h"
#include "ct/spec.h"

enum arg { ARG_REQUIRED, ARG_OPTIONAL, ARG_NONE };

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

/* The functions that tell by the argument, which may be missing, if it can be this option's. */
enum accepts {
	ACCEPTS_ALONE = 1,
	ACCEPTS_NET,
	ACCEPTS_NUMBER,
	ACCEPTS_INTERFACE,
	ACCEPTS_GROUP,
	ACCEPTS_JUMP,
	ACCEPTS_OUTPUT,
	ACCEPTS_NETNS,
};

/* The lists of words that an argument may be one of: by functions, word_table() and so on, and the
 * part of a build that they belong to; */
#define WITH_ALL 1
#define WORD_LISTS(list)                                                                           \
	list(table, ALL) list(proto, ALL) list(family, ALL) list(state, ALL) list(status, ALL)     \
		list(tcp_flag, ALL) list(icmp_type, ALL) list(output, ALL) list(group, GROUP)      \
			list(sort, GROUP) list(jump, JUMP) list(event, EVENT)

/* and the words themselves, in the order of their enums. Helpers: those that Linux has had. */
#define HELPERS "ftp\0tftp\0sip\0irc\0pptp\0amanda\0snmp\0sane\0RAS\0Q.931\0H.245\0netbios-ns\0"
#define WORD_LISTS_TOLD(list)                                                                      \
	list(on_loss, "warn\0exit\0resync\0") list(color, "auto\0always\0never\0")                 \
		list(role, "client\0server\0") list(helper, HELPERS)                               \
			list(ctstate,                                                              \
			     "NEW\0ESTABLISHED\0RELATED\0SNAT\0DNAT\0INVALID\0UNTRACKED\0")

#define WORDS_NUMBER(name, ...) WORDS_##name,
enum words { WORDS_NONE, WORD_LISTS(WORDS_NUMBER) WORD_LISTS_TOLD(WORDS_NUMBER) };

/* A piece of an argument: not terminated. */
typedef struct nl_str str;

struct parser;
struct token;

struct option {
	const char *names; /* long names, separated by spaces; empty: none. See option_meta() */
	char letter;	   /* 0: none */
	uint8_t arg : 2;   /* enum arg */
	uint8_t group : 3; /* enum group */
	uint8_t early : 1; /* others' meaning depends on it: parsed before them */
	uint8_t once : 1;  /* it has one value: giving it twice is an error */
	uint8_t keys : 3;  /* enum ct_keys: protocols that it makes sense with; 0: all */
	uint8_t info : 3;  /* enum ct_info: likewise */
	uint8_t field;	   /* enum ct_field, CT_SPEC_*; CT_F_NONE: it is about none */
	uint16_t verb;	   /* of a command: its bit; else 0 */
	uint16_t select;   /* commands on which it selects conntrack entries, or is just taken */
	uint16_t set;	   /* commands on which it says what entries shall be like */
	uint16_t expect;   /* commands that take it on the expectation table */
	uint16_t flag;	   /* of opt_flag() and opt_seconds(): where in struct cmd */
	uint8_t accepts;   /* enum accepts; of a letter with several meanings */
	uint8_t words;	   /* enum words; 0: there is no such list */
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
	bool again;	 /* of a template: each line says anew what it means */
	char bundled[3]; /* the word of a letter that follows another one in a bundle */
};

/* So many letters may follow others in the words of a line. */
#define BUNDLED 32

struct parser {
	struct cmd *cmd;
	struct opt_context *context;
	struct token *tokens; /* the context's, or those of a template */
	unsigned ntokens;
	unsigned nbundled;	      /* tokens that are no words of their own */
	uint16_t protos;	      /* how many -p alternatives were given */
	const struct ct_proto *proto; /* the only protocol that -p leaves, or NULL */
	/* The commands on the line whose letter has no other meaning: how many, and which. */
	unsigned nverbs;
	uint16_t verbs;
	struct ct_spec spec;
	bool any;		  /* --any */
	int zone;		  /* -w, in a line under --set-zone, + 1; 0: not given */
	const struct token *from; /* --from, whose file is read last; NULL: not given */
	bool keeps;		  /* --keep */
	bool both;		  /* -f inet: whatever other families are named */
	struct ct_addr mask[2];	  /* --mask-src, --mask-dst */
	uint8_t mask_l3[2];	  /* their family; 0: not given */
	struct ct_cond labels;	  /* of the list that is being read */
	uint32_t max;		  /* of the numbers in it */
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
 * there is none, or several: then *first and *other are two of their names, else other->p is NULL.
 */
const struct option *option_long(const struct option_index *ix, const char *name, size_t len,
				 str *first, str *other);

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

/* Refuse what a command does not take, what does not go with the only protocol given, and what does
 * not go together once all values have been parsed. They return as tokenize(). */
int check_legal(struct parser *p);
int check_protocol(struct parser *p);
int check_together(struct parser *p);

/* A line whose like needs neither be split nor looked up in the option table; and what those of its
 * options have led to whose arguments have been the same ever since. The lines of a load file are
 * mostly alike, of a few kinds. */
#define LINE_TEMPLATES 4

struct line_template {
	struct ct_form form; /* the line before it was split, by tokens; empty: there is none */
	unsigned ntokens;
	/* By token, as bits: its argument may be another one, and was another one in some line. */
	uint32_t slots, varies;
	char words[CT_FORM_TEXT];	    /* the line after it was split */
	struct token tokens[CT_FORM_SLOTS]; /* whose texts lie in words */
	enum verb verb;
	enum ct_table table;
	bool reply;
	bool begun; /* these are what the tokens lead to that are not again: */
	struct parser parser;
	struct cmd cmd;
};

/* Keeps a line that is about to be split, unless it cannot become a template, in the oldest one's
 * place. */
void template_note(struct opt_context *x, const char *line, size_t len);

/* Makes the template of the noted line, which has been split and parsed, if it can have one. */
void template_keep(const struct parser *p, const char *line);

/* The template that a line differs from in nothing but arguments, or NULL. Then its tokens are
 * those of the template, and the line is cut behind arguments that vary. */
struct line_template *template_match(struct opt_context *x, char *line, size_t len);

/* Undoes the cuts. */
void template_undo(const struct line_template *s);

/* Loads the label names unless that was done. Returns 0, or EXIT_USAGE with the error set. */
int opt_load_labels(struct parser *p);

/* Lets opt_load_labels() load them again. */
void opt_forget_labels(struct opt_context *x);

/* Frees the files of lists that the command parsed last has named. */
void opt_forget_lists(struct opt_context *x);

/* Frees the template of the command parsed last. */
void opt_forget_template(struct opt_context *x);

/* Sets the error, in the manner of printf. Returns EXIT_USAGE. */
int parse_error(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the error, in the manner of printf, prefixed by the token's name. Returns EXIT_USAGE. */
int token_error(struct parser *p, const struct token *t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the note, in the manner of printf, prefixed by the token's name. */
void token_note(struct parser *p, const struct token *t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the error that p->spec tells, with the name of the option at fault. Returns EXIT_USAGE. */
int spec_error(struct parser *p);

#endif
