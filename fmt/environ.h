/* An entry as environment variables: for programs that are run for it. */
#ifndef FMT_ENVIRON_H
#define FMT_ENVIRON_H

#include "fmt/fmt.h"

/* The most variables, and the room for their text, which is bounded: names from outside are cut. */
#define ENVIRON_VARIABLES 24
#define ENVIRON_ROOM	  4096

struct environ_vars {
	unsigned n;
	char *var[ENVIRON_VARIABLES]; /* NAME=VALUE, n of them, in text */
	char *p;		      /* in text: where the next one goes */
	char text[ENVIRON_ROOM];
};

/* All names begin so. A variable that begins so and is not set here is unknown of the entry. */
#define ENVIRON_PREFIX "CT_"

/* Makes v the variables of an entry, anew. ev is NULL for a listed one; labels has the names of
 * labels. Counters are the sum of both directions. v->var points into v. */
void environ_set(struct environ_vars *v, const struct ct_entry *e, const struct fmt_event *ev,
		 const struct ct_labelmap *labels);

#endif
