#include "cli/dispatch.h"

#include "cli/cmd/run.h"

static int run_verb(struct run *r)
{
	switch (r->cmd->verb) {
	case V_LIST:
		return r->cmd->zero ? run_change(r) : run_list(r);
	case V_GET:
		return run_get(r);
	case V_DELETE:
	case V_UPDATE:
		return run_change(r);
	case V_CREATE:
	case V_ADD:
		return WITH_CREATE ? run_create(r) : EXIT_USAGE;
	case V_EVENT:
		return WITH_EVENT ? run_event(r) : EXIT_USAGE;
	case V_FLUSH:
		return run_flush(r);
	case V_COUNT:
		return run_count(r);
	case V_STATS:
		return run_stats(r);
	default:
		return run_help(r);
	}
}

int dispatch(struct run *r)
{
	int code = run_interfaces(r);

	if (!code)
		code = run_interfaces_end(r, run_verb(r));
	if (r->ct->sock.intr)
		warn(r, "the table changed while it was read: entries may be missing or double");
	r->ct->sock.intr = false;
	return code;
}
