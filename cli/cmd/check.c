/* --check: how connection tracking is doing here. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cmd/run.h"
#include "fmt/check.h"

int run_check(struct session *s)
{
	struct ct_check *k = malloc(sizeof(*k));
	struct nl_err err;
	int code = 0;

	if (!nl_fail(&err, k ? session_open(s) : -ENOMEM) && !ct_check(k, s->ct, &err)) {
		s->fmt.ops->check(&s->fmt, k);
		code = check_warns(k) ? EXIT_REFUSED : 0;
	}
	free(k);
	if (err.err)
		return kernel_error(&s->about, "check", &err);
	return out_flush(s->out) ? EXIT_REFUSED : code;
}
