#include "cli/counters.h"

#include "cli/jump/jump.h"
#include "ct/with.h"

#define FIELDS (UINT64_C(1) << CT_F_BYTES | UINT64_C(1) << CT_F_PACKETS)
#define SYSCTL "net.netfilter.nf_conntrack_acct"

static bool writes(const struct cmd *c)
{
	return c->verb & (V_DELETE | V_UPDATE) || (WITH_JUMP && c->jump && c->jump->changes);
}

int counters_begin(struct session *s)
{
	bool write = writes(s->cmd);

	s->uncounted = false;
	s->filter.uncounted = NULL;
	s->filter.counted_only = write;
	if (!(s->filter.fields & FIELDS))
		return 0;
	if (write || WITH_HELP)
		s->filter.uncounted = &s->uncounted;
	if (s->lookups->acct != 0 || s->screen)
		return 0;
	if (!write) {
		warn(&s->about, "--bytes, --packets: the kernel does not count: " SYSCTL
				" is 0; set to 1, it counts for new entries");
		return 0;
	}
	warn(&s->about, "--bytes, --packets: the kernel does not count, so nothing was done: "
			"set " SYSCTL " to 1");
	return EXIT_REFUSED;
}

void counters_end(const struct session *s)
{
	if (s->uncounted && s->filter.counted_only)
		warn(&s->about,
		     "--bytes, --packets: entries without counters were left alone: " SYSCTL
		     " was 0 when they were created");
	else if (WITH_HELP && s->uncounted && s->lookups->acct == 1 && !s->screen && !s->quiet)
		warn(&s->about, "--bytes, --packets: there are entries without counters: " SYSCTL
				" was 0 when they were created");
}
