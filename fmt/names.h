/* The words of bits and events: written by formats, read by options. */
#ifndef FMT_NAMES_H
#define FMT_NAMES_H

#include <stdint.h>

#include "ct/proto.h"
#include "nl/attr.h"

struct fmt;

/* Names by the number of the bit; empty where a bit has none. */
#define NAMES_STATUS	   16
#define NAMES_TCP_FLAGS	   8
#define NAMES_EXPECT_FLAGS 3
extern const struct ct_name names_status[NAMES_STATUS];		    /* IPS_* */
extern const struct ct_name names_tcp_flags[NAMES_TCP_FLAGS];	    /* IP_CT_TCP_FLAG_* */
extern const struct ct_name names_expect_flags[NAMES_EXPECT_FLAGS]; /* NF_CT_EXPECT_* */

/* Names by enum fmt_kind. */
#define NAMES_EVENTS 4
extern const struct event_name {
	char word[8];
	char mark[11]; /* in front of a line of text, 10 bytes */
} names_event[NAMES_EVENTS];

/* Writes the names of those of the first n bits that are set and have one, joined by commas, at p.
 * Returns the end. */
char *put_names(char *p, uint32_t bits, const struct ct_name *names, unsigned n);

/* The parts of a line whose length is bounded take less than this, all together. */
#define LINE_ROOM 2048

/* Writes the labels that are set, by f's names, escaped for a terminal, or by number, joined by
 * commas, at p in f->out. Returns the end, behind which f->out has LINE_ROOM. */
char *put_label_names(struct fmt *f, char *p, const struct nl_attr *labels);

#endif
