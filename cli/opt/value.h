/* Arguments as text, strictly read: what is left over is an error, and nothing is cut to fit. */
#ifndef CLI_OPT_VALUE_H
#define CLI_OPT_VALUE_H

#include "ct/filter.h"

/* A piece of an argument: not terminated. */
typedef struct nl_str str;

/* The text of a string; that of NULL is no text at all, which has no pieces. */
str str_of(const char *text);

/* Takes the next piece up to the separator off *rest. False when nothing is left; an empty piece
 * between two separators is a piece. Start with rest->p at the argument. */
bool next_piece(str *rest, char separator, str *piece);

/* True when s is this word, without regard to case. */
bool str_is(str s, const char *word);

/* Decimal or 0x hexadecimal, at most max. Leading zeros are refused: they mean octal to some. */
bool parse_number(str s, uint64_t max, uint64_t *v);

/* A number, LOW:HIGH, LOW-HIGH. LOW <= HIGH. */
bool parse_range(str s, uint64_t max, struct ct_range *r);

/* MIN or MIN:MAX with suffixes k M G (powers of 1000); MIN alone is open upwards. */
bool parse_amount(str s, struct ct_range *r);

/* VALUE[/MASK]; the mask is all ones when left out. As in C, a leading 0 means octal here: so it
 * does for every tool that sets marks. */
bool parse_bits(str s, struct ct_bits *b);

/* ADDR[:PORT][/MASK], IPv6 with port as [ADDR]:PORT. MASK is a prefix length or a netmask. The
 * address comes out without bits outside the mask. */
bool parse_net(str s, struct ct_net *n);

/* An address alone, of family l3 (AF_INET, AF_INET6), or of either with l3 0; *l3 tells. */
bool parse_addr(str s, uint8_t *l3, struct ct_addr *addr);

/* A protocol by name or number. Names beyond the table's are looked up in /etc/protocols. */
bool parse_proto(str s, uint8_t *num);

#endif
