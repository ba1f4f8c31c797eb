#include "cli/notes.h"

#include "ct/event.h"
#include "ct/proc.h"
#include "ct/tracking.h"
#include "ct/with.h"

#define SYSCTL "net.netfilter.nf_conntrack_"

int note_no_events(struct session *s)
{
	uint64_t v;

	if (!ct_proc_sysctl("events", &v))
		return 0;
	s->fmt.events = (uint8_t)(v < UINT8_MAX ? v + 1 : 0);
	if (v || s->quiet)
		return 0;
	warn(&s->about, "the kernel sends no events here: " SYSCTL "events is 0; set it to 1%s",
	     s->cmd->none_ok ? "" : " (--none-ok listens all the same)");
	return s->cmd->none_ok ? 0 : EXIT_REFUSED;
}

void note_events(struct session *s, unsigned events, bool followed)
{
	uint32_t entries, limit;
	struct nl_err err;
	uint64_t v;

	if (!WITH_HELP || s->quiet)
		return;
	if (events & CT_EV_DESTROY &&
	    s->filter.fields & (UINT64_C(1) << CT_F_HELPER | UINT64_C(1) << CT_F_LABEL))
		warn(&s->about, "DESTROY events tell neither helper nor labels: conditions see "
				"entries without any");
	if (session_open(s))
		return;
	if (ct_count(s->ct, &entries, &limit, &err))
		entries = UINT32_MAX;
	if (!entries && ct_filter_is_empty(&s->filter))
		note_empty(s);
	if (entries && entries != UINT32_MAX && !followed &&
	    events & (CT_EV_UPDATE | CT_EV_DESTROY) && ct_proc_sysctl("events", &v) && v == 2)
		warn(&s->about,
		     "entries that were created while nobody listened (of %u here) send no UPDATE "
		     "and no DESTROY: " SYSCTL
		     "events is 2; 1, in /etc/sysctl.d from boot on, makes all send them",
		     entries);
	ct_close(s->ct);
}

void note_empty(struct session *s)
{
	if (WITH_HELP && !s->quiet && ct_untracked(s->ct, s->lookups->legacy))
		warn(&s->about, "no rule here asks for connection tracking: add one that uses ct "
				"state or NAT");
}

/* Entries get this value while a sysctl is on: tells why they lack it. */
static void note_sysctl(const struct session *s, const char *lacking, const char *name, int on)
{
	if (WITH_HELP && on >= 0)
		warn(&s->about, "no entry has %s: " SYSCTL "%s %s", lacking, name,
		     on ? "was 0 when they were created"
			: "is 0; set to 1, it gives them to new entries");
}

void note_lacks(const struct session *s, unsigned lacks)
{
	if (lacks & CT_HAS_COUNTERS_ORIG)
		note_sysctl(s, "counters", "acct", s->lookups->acct);
	if (lacks & CT_HAS_START)
		note_sysctl(s, "a time", "timestamp", s->lookups->timestamp);
}
