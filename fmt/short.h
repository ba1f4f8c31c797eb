/* -o short: a line that a person reads at a glance. */
#ifndef FMT_SHORT_H
#define FMT_SHORT_H

#include "fmt/fmt.h"

/* Puts an entry as
 *
 *	tcp ESTABLISHED 10.0.0.1:1001 -> 10.1.0.1:80 nat 203.0.113.1:40000 12.3k/3.1M 4:59 [ASSURED]
 *
 * with a blank behind it: protocol, state, original source and destination, what they are
 * translated to, bytes of both directions, time left, and what else there is; - for what the entry
 * lacks. With FMT_ALIGNED in columns, and what not every entry has behind them. Needs SHORT_ROOM
 *bytes. */
char *short_flow(char *p, const struct fmt *f, const struct ct_entry *e);

#define SHORT_ROOM 400

/* The names of these columns, aligned or not. */
#define SHORT_TITLE                                                                                \
	"proto   state       source                   destination           bytes         left"
#define SHORT_TITLE_CLOSE "proto state source -> destination bytes left"

#endif
