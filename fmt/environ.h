/* An entry as environment variables: for programs that are run for it. */
#ifndef FMT_ENVIRON_H
#define FMT_ENVIRON_H

#include "fmt/fmt.h"

/* The variables that there can be, and the room for their text, which is bounded: names from
 * outside are cut. */
#define ENVIRON_VARIABLES 24
#define ENVIRON_ROOM	  4096

struct environ_vars {
	unsigned n;
	char *var[ENVIRON_VARIABLES]; /* NAME=VALUE, n of them, in text */
	char *p;		      /* in text: where the next one goes */
	char text[ENVIRON_ROOM];
};

/* The prefix of all names: what has it, and was not set here, is not known of the entry. */
#define ENVIRON_PREFIX "CT_"

/* Sets v to what is known of the entry. ev is NULL for a listed one; labels gives their names.
 * Counters are the sum of both directions. Valid until v is set again. */
void environ_set(struct environ_vars *v, const struct ct_entry *e, const struct fmt_event *ev,
		 const struct ct_labelmap *labels);

#endif
