/*
 * Reads the arguments of options into the command.
 *
 * Each opt_ function is an option's parse(): it reads t->arg strictly and adds what it means to
 * p->cmd. Each returns 0, or EXIT_USAGE with the error set and the command not to be used. The
 * accepts_ functions are those of enum accepts.
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

/* Sets the error: --tcp-flags was given flags of packets. Returns EXIT_USAGE. */
int no_packet_flags(struct parser *p, const struct token *t);

/* True when the word is the beginning of a format's name, and not a whole one. */
bool format_is_short(str word);

/* The functions of rows, see struct option. opt_absent() refuses an option that was left out of
 * this build. */
typedef int opt_fn(struct parser *p, const struct token *t);
typedef bool accepts_fn(const struct parser *p, const char *arg);
typedef const char *word_fn(const struct option *o, size_t i);

/* By enum words; NULL where there is no list. */
extern word_fn *const option_lists[];

/* Writes the words of an option, as words() tells them, with commas between them, into text of size
 * bytes; what does not fit is cut. */
void word_list(char *text, size_t size, word_fn *words, const struct option *o);

opt_fn opt_table, opt_help, opt_nets, opt_ports, opt_protos, opt_family, opt_nat, opt_any,
	opt_mask_addr, opt_u8, opt_u16, opt_u32, opt_icmp_type, opt_status, opt_ctstate, opt_state,
	opt_mark, opt_secmark, opt_labels, opt_tcp_flags, opt_wscale, opt_role, opt_helper,
	opt_interface, opt_mac, opt_keep, opt_amounts, opt_timeout, opt_events, opt_rcvbuf,
	opt_on_loss, opt_limit, opt_above, opt_group, opt_jump, opt_seconds, opt_sync, opt_color,
	opt_sort, opt_flag, opt_file, opt_output, opt_netns, opt_labelmap, opt_from, opt_replica,
	opt_absent;
accepts_fn accepts_net, accepts_number, accepts_alone, accepts_interface, accepts_group,
	accepts_jump, accepts_output, accepts_netns;
word_fn word_told, word_table, word_proto, word_family, word_state, word_status, word_tcp_flag,
	word_icmp_type, word_output, word_group, word_sort, word_jump, word_event;

#endif
