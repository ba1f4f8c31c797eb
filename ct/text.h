/* Values from text, strictly read: anything left over is an error, and nothing is cut to fit. */
#ifndef CT_TEXT_H
#define CT_TEXT_H

#include "ct/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The text of a string; that of NULL is no text at all, which has no pieces. */
struct nl_str ct_str_of(const char *text);

/* Takes the next piece up to the separator off *rest. False when nothing is left; an empty piece
 * between two separators is a piece. Start with rest->p at the argument. */
bool ct_next_piece(struct nl_str *rest, char separator, struct nl_str *piece);

/* Takes the next value of a text that has one a line off *rest, without the blanks around it and
 * the comment (# at its beginning, or behind a blank) at its end; lines without a value are passed
 * over. Adds the lines that it took to *line. False when nothing is left. */
bool ct_next_line_value(struct nl_str *rest, struct nl_str *value, unsigned *line);

/* True when s is this word, without regard to case. */
bool ct_str_is(struct nl_str s, const char *word);

/* Decimal or 0x hexadecimal, at most max. Leading zeros are refused: they mean octal to some. */
bool ct_parse_number(struct nl_str s, uint64_t max, uint64_t *v);

/* A number, LOW:HIGH, LOW-HIGH, or with an open end LOW:, LOW-, :HIGH. LOW <= HIGH. */
bool ct_parse_range(struct nl_str s, uint64_t max, struct ct_range *r);

/* MIN, MIN:MAX or :MAX with suffixes k M G (powers of 1000); MIN alone is open upwards. */
bool ct_parse_amount(struct nl_str s, struct ct_range *r);

/* Seconds, with up to three decimals, as milliseconds. */
bool ct_parse_ms(struct nl_str s, uint64_t *ms);

/* VALUE/MASK of labels, or VALUE alone in hexadecimal for all 128 bits; both in decimal up to 64
 * bits, or in hexadecimal. Bit 0, the lowest, is label 0, as Open vSwitch writes them. False, too,
 * for a VALUE with bits outside MASK. */
bool ct_parse_labels(struct nl_str s, struct ct_labels *value, struct ct_labels *mask);

/* VALUE[/MASK]; the mask is all ones when left out. As in C, a leading 0 means octal here: so it
 * does for every tool that sets marks. */
bool ct_parse_bits(struct nl_str s, struct ct_bits *b);

/* ADDR[:PORT][/MASK], IPv6 with port as [ADDR]:PORT. MASK is a prefix length or a netmask. The
 * address comes out without bits outside the mask. */
bool ct_parse_net(struct nl_str s, struct ct_net *n);

/* An address alone, of family l3 (AF_INET, AF_INET6), or of either with l3 0; *l3 tells. */
bool ct_parse_addr(struct nl_str s, uint8_t *l3, struct ct_addr *addr);

/* A MAC address, AA:BB:CC:DD:EE:FF, as a number of 48 bits. */
bool ct_parse_mac(struct nl_str s, uint64_t *v);

/* True for the name of an interface, as the kernel takes it (dev_valid_name()), with a + that means
 * any end. */
bool ct_is_interface(struct nl_str s);

#ifdef __cplusplus
}
#endif

#endif
