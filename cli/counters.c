#include "cli/counters.h"

#include "cli/jump/jump.h"
#include "cli/sys/clock.h"
#include "ct/with.h"

#define SYSCTL "net.netfilter.nf_conntrack_"

/* The conditions on values that entries get only while a sysctl is on. */
static const struct {
	uint64_t fields;
	uint8_t lacks;
	const char *options, *no, *does, *what, *sysctl;
} kinds[] = {
	{UINT64_C(1) << CT_F_BYTES | UINT64_C(1) << CT_F_PACKETS, CT_LACKS_COUNTERS,
	 "--bytes, --packets", "does not count", "counts", "counters", "acct"},
	{UINT64_C(1) << CT_F_AGE, CT_LACKS_START, "--age", "notes no times", "notes them", "times",
	 "timestamp"},
};

#define KINDS (WITH_GROUP ? sizeof(kinds) / sizeof(kinds[0]) : 1)

/* The sysctl of kind i: 0, 1 or, where it is not known, -1. */
static int is_on(const struct session *s, unsigned i)
{
	return i ? s->lookups->timestamp : s->lookups->acct;
}

static bool writes(const struct cmd *c)
{
	return c->verb & (V_DELETE | V_UPDATE) || (WITH_JUMP && c->jump && c->jump->changes);
}

int counters_begin(struct session *s)
{
	bool write = writes(s->cmd);

	s->lacking = 0;
	s->filter.lacking = NULL;
	s->filter.counted_only = write;
	s->filter.now = &s->fmt.now;
	s->fmt.now = clock_ns(CLOCK_REALTIME);
	for (unsigned i = 0; i < KINDS; i++) {
		if (!(s->filter.fields & kinds[i].fields))
			continue;
		if (write || WITH_HELP)
			s->filter.lacking = &s->lacking;
		if (is_on(s, i) != 0 || s->screen)
			continue;
		warn(&s->about, "%s: the kernel %s%s" SYSCTL "%s%s%s%s", kinds[i].options,
		     kinds[i].no, write ? ", so nothing was done: set " : ": ", kinds[i].sysctl,
		     write ? " to 1" : " is 0; set to 1, it ", write ? "" : kinds[i].does,
		     write ? "" : " for new entries");
		if (write)
			return EXIT_REFUSED;
	}
	return 0;
}

void counters_end(const struct session *s)
{
	bool write = s->filter.counted_only;

	for (unsigned i = 0; i < KINDS; i++)
		if (s->lacking & kinds[i].lacks &&
		    (write || (WITH_HELP && is_on(s, i) == 1 && !s->screen && !s->quiet)))
			warn(&s->about,
			     "%s: %s without %s%s: " SYSCTL "%s was 0 when they were created",
			     kinds[i].options, write ? "entries" : "there are entries",
			     kinds[i].what, write ? " were left alone" : "", kinds[i].sysctl);
}
