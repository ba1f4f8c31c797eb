#include "cli/dispatch.h"

#include "cli/cmd/run.h"
#include "cli/counters.h"
#include "cli/interface.h"
#include "cli/policy.h"

static int run_verb(struct session *s)
{
	switch (s->cmd->verb) {
	case V_LIST:
		return s->cmd->zero ? run_change(s) : run_list(s);
	case V_GET:
		return run_get(s);
	case V_DELETE:
	case V_UPDATE:
		return run_change(s);
	case V_CREATE:
	case V_ADD:
		return WITH_CREATE ? run_create(s) : EXIT_USAGE;
	case V_EVENT:
		return WITH_EVENT ? run_event(s) : EXIT_USAGE;
	case V_FLUSH:
		return run_flush(s);
	case V_COUNT:
		return run_count(s);
	case V_STATS:
		return run_stats(s);
	case V_CHECK:
		return WITH_CHECK ? run_check(s) : EXIT_USAGE;
	default:
		return run_help(s);
	}
}

int dispatch(struct session *s)
{
	int code = interfaces_begin(s);

	if (!code)
		code = counters_begin(s);
	if (!code)
		code = timeouts_begin(s);
	if (!code) {
		code = interfaces_end(s, run_verb(s));
		counters_end(s);
	}
	if (s->ct->interrupted)
		warn(&s->about, "the table changed while it was read: entries may be missing, or "
				"listed twice");
	s->ct->interrupted = false;
	return code;
}
