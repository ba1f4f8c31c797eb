/* The state of connection tracking, as text and as JSON: --check. */
#ifndef FMT_CHECK_H
#define FMT_CHECK_H

#include "ct/check.h"
#include "fmt/fmt.h"

/* True when something needs to be done: the table is too full, or packets have been dropped. */
bool check_warns(const struct ct_check *k);

/* Writes it for a person, with the lines to paste. */
void check_text(struct fmt *f, const struct ct_check *k);

/* Writes it as one object, behind its brace. */
void check_json(struct fmt *f, const struct ct_check *k);

#endif
