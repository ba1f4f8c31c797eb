/*
 * Taking the arguments of options over into the command.
 *
 * Each take_ function is an option's parse(): it reads t->arg strictly and adds what it means to
 * p->cmd. Each returns 0, or EXIT_USAGE with the error set and the command not to be used. Each
 * fits_ function is an option's fits().
 */
#ifndef CLI_OPT_TAKE_H
#define CLI_OPT_TAKE_H

#include "cli/opt/option.h"
#include "cli/opt/value.h"

/* Calls one() for each piece of t's comma list, none of which may be empty. Returns 0, or what
 * one() returned first. */
int each_piece(struct parser *p, const struct token *t,
	       int (*one)(struct parser *p, const struct token *t, str piece));

/* Where the conditions of t go: what selects entries, or what they are to be given. */
struct ct_filter *take_target(struct parser *p, const struct token *t);

/* Adds a condition there, negated as t is. Returns 0, or EXIT_USAGE with the error set. */
int take_cond(struct parser *p, const struct token *t, struct ct_cond *c);

/* Sets the error: this piece is not what it should be. Returns EXIT_USAGE. */
int bad_piece(struct parser *p, const struct token *t, str piece, const char *what);

int take_table(struct parser *p, const struct token *t);
int take_help(struct parser *p, const struct token *t);
int take_nets(struct parser *p, const struct token *t);
int take_ports(struct parser *p, const struct token *t);
int take_protos(struct parser *p, const struct token *t);
int take_family(struct parser *p, const struct token *t);
bool fits_net(const struct parser *p, const char *arg);
int take_nat(struct parser *p, const struct token *t);
int take_any(struct parser *p, const struct token *t);
int take_mask_addr(struct parser *p, const struct token *t);
int take_u8(struct parser *p, const struct token *t);
int take_u16(struct parser *p, const struct token *t);
int take_u32(struct parser *p, const struct token *t);
int take_icmp_type(struct parser *p, const struct token *t);
int take_status(struct parser *p, const struct token *t);
int take_ctstate(struct parser *p, const struct token *t);
int take_state(struct parser *p, const struct token *t);
int take_mark(struct parser *p, const struct token *t);
int take_secmark(struct parser *p, const struct token *t);
int take_labels(struct parser *p, const struct token *t);
bool fits_number(const struct parser *p, const char *arg);
bool fits_alone(const struct parser *p, const char *arg);
int take_tcp_flags(struct parser *p, const struct token *t);
int take_role(struct parser *p, const struct token *t);
int take_helper(struct parser *p, const struct token *t);
bool fits_interface(const struct parser *p, const char *arg);
int take_interface(struct parser *p, const struct token *t);
int take_amounts(struct parser *p, const struct token *t);
int take_timeout(struct parser *p, const struct token *t);
int take_events(struct parser *p, const struct token *t);
int take_rcvbuf(struct parser *p, const struct token *t);
int take_on_loss(struct parser *p, const struct token *t);
int take_limit(struct parser *p, const struct token *t);
bool fits_group(const struct parser *p, const char *arg);
int take_group(struct parser *p, const struct token *t);
bool fits_jump(const struct parser *p, const char *arg);
int take_jump(struct parser *p, const struct token *t);
int take_watch(struct parser *p, const struct token *t);
int take_color(struct parser *p, const struct token *t);
int take_sort(struct parser *p, const struct token *t);
int take_flag(struct parser *p, const struct token *t);
int take_file(struct parser *p, const struct token *t);
bool fits_output(const struct parser *p, const char *arg);
int take_output(struct parser *p, const struct token *t);
bool fits_netns(const struct parser *p, const char *arg);
int take_netns(struct parser *p, const struct token *t);
int take_labelmap(struct parser *p, const struct token *t);

/* Refuses an option that was left out of this build. */
int take_absent(struct parser *p, const struct token *t);

#endif
