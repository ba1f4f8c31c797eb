/*
 * Reads the arguments of options into the command.
 *
 * Each opt_ function is an option's parse(): it reads t->arg strictly and adds what it means to
 * p->cmd. Each returns 0, or EXIT_USAGE with the error set and the command not to be used. Each
 * accepts_ function is an option's accepts().
 */
#ifndef CLI_OPT_OPT_H
#define CLI_OPT_OPT_H

#include "cli/opt/option.h"
#include "ct/text.h"

/* Calls one() for each value of t's list, none of which may be empty: the pieces between the commas
 * of the argument or, when that is @FILE, the lines of the file, without the blanks around them and
 * the comment that a # begins. Returns 0, or what one() returned first; the error then names the
 * file's line. A file without a value is an error. */
int each_piece(struct parser *p, const struct token *t,
	       int (*one)(struct parser *p, const struct token *t, str piece));

/* The first value of such a list, to see what it holds; false when there is none, or arg is NULL,
 * or the file cannot be read. */
bool opt_first(const struct parser *p, const char *arg, str *piece);

/* True when t says what entries shall be like, false when it selects them. */
bool opt_sets(const struct parser *p, const struct token *t);

/* Takes the value over that c tells: as a condition, which t may negate, or as what to set. c is
 * for one call. Returns 0, or EXIT_USAGE with the error set. */
int opt_value(struct parser *p, const struct token *t, struct ct_cond *c);

/* Sets the error: this piece is not what it should be. Returns EXIT_USAGE. */
int bad_piece(struct parser *p, const struct token *t, str piece, const char *what);

/* Finds the piece, without regard to case, among the words that t's option takes: *i is its number.
 * False, with the error set, when it is none of them. */
bool opt_word(struct parser *p, const struct token *t, str piece, size_t *i);

/* Sets the error: the piece is none of the words that t's option takes. Returns EXIT_USAGE. */
int none_of(struct parser *p, const struct token *t, str piece);

int opt_table(struct parser *p, const struct token *t);
int opt_help(struct parser *p, const struct token *t);
int opt_nets(struct parser *p, const struct token *t);
int opt_ports(struct parser *p, const struct token *t);
int opt_protos(struct parser *p, const struct token *t);
int opt_family(struct parser *p, const struct token *t);
bool accepts_net(const struct parser *p, const char *arg);
int opt_nat(struct parser *p, const struct token *t);
int opt_any(struct parser *p, const struct token *t);
int opt_mask_addr(struct parser *p, const struct token *t);
int opt_u8(struct parser *p, const struct token *t);
int opt_u16(struct parser *p, const struct token *t);
int opt_u32(struct parser *p, const struct token *t);
int opt_icmp_type(struct parser *p, const struct token *t);
int opt_status(struct parser *p, const struct token *t);
int opt_ctstate(struct parser *p, const struct token *t);
int opt_state(struct parser *p, const struct token *t);
int opt_mark(struct parser *p, const struct token *t);
int opt_secmark(struct parser *p, const struct token *t);
int opt_labels(struct parser *p, const struct token *t);
bool accepts_number(const struct parser *p, const char *arg);
bool accepts_alone(const struct parser *p, const char *arg);
int opt_tcp_flags(struct parser *p, const struct token *t);
int opt_wscale(struct parser *p, const struct token *t);
int opt_role(struct parser *p, const struct token *t);
int opt_helper(struct parser *p, const struct token *t);
bool accepts_interface(const struct parser *p, const char *arg);
int opt_interface(struct parser *p, const struct token *t);
int opt_amounts(struct parser *p, const struct token *t);
int opt_timeout(struct parser *p, const struct token *t);
int opt_events(struct parser *p, const struct token *t);
int opt_rcvbuf(struct parser *p, const struct token *t);
int opt_on_loss(struct parser *p, const struct token *t);
int opt_limit(struct parser *p, const struct token *t);
bool accepts_group(const struct parser *p, const char *arg);
int opt_group(struct parser *p, const struct token *t);
bool accepts_jump(const struct parser *p, const char *arg);
int opt_jump(struct parser *p, const struct token *t);
int opt_watch(struct parser *p, const struct token *t);
int opt_color(struct parser *p, const struct token *t);
int opt_sort(struct parser *p, const struct token *t);
int opt_flag(struct parser *p, const struct token *t);
int opt_file(struct parser *p, const struct token *t);

/* True when the word is the beginning of a format's name, and not a whole one. */
bool format_is_short(str word);

bool accepts_output(const struct parser *p, const char *arg);
int opt_output(struct parser *p, const struct token *t);
bool accepts_netns(const struct parser *p, const char *arg);
int opt_netns(struct parser *p, const struct token *t);
int opt_labelmap(struct parser *p, const struct token *t);

const char *word_table(const struct option *o, size_t i);
const char *word_proto(const struct option *o, size_t i);
const char *word_family(const struct option *o, size_t i);
const char *word_state(const struct option *o, size_t i);
const char *word_ctstate(const struct option *o, size_t i);
const char *word_status(const struct option *o, size_t i);
const char *word_tcp_flag(const struct option *o, size_t i);
const char *word_icmp_type(const struct option *o, size_t i);
const char *word_role(const struct option *o, size_t i);
const char *word_helper(const struct option *o, size_t i);
const char *word_output(const struct option *o, size_t i);
const char *word_color(const struct option *o, size_t i);
const char *word_group(const struct option *o, size_t i);
const char *word_jump(const struct option *o, size_t i);
const char *word_sort(const struct option *o, size_t i);
const char *word_event(const struct option *o, size_t i);
const char *word_on_loss(const struct option *o, size_t i);

/* Refuses an option that was left out of this build. */
int opt_absent(struct parser *p, const struct token *t);

#endif
