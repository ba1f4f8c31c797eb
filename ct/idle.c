#include "ct/idle.h"

#include <string.h>

#include "ct/proc.h"

#define ROWS                                                                                       \
	(sizeof(((struct ct_timeouts *)0)->seconds) / sizeof(((struct ct_timeouts *)0)->seconds[0]))
#define STATES (sizeof(((struct ct_timeouts *)0)->seconds[0]) / sizeof(uint32_t))

/* Appends a word, in lower case. */
static void append(char *name, const char *word)
{
	size_t n = strlen(name);

	for (; *word && n < 63; word++)
		name[n++] = *word >= 'A' && *word <= 'Z' ? (char)(*word | 32) : *word;
	name[n] = 0;
}

bool ct_timeout_sysctl(uint8_t l4, int state, bool replied, char *name, uint64_t *seconds)
{
	static const char prefix[] = "nf_conntrack_";
	const struct ct_proto *p = ct_proto(l4);

	memcpy(name, prefix, sizeof(prefix));
	append(name, p->num == 255 ? "generic" : l4 == CT_PROTO_UDPLITE ? "udp" : p->name);
	append(name, "_timeout");
	if (state >= 0 && state < p->nstates) {
		append(name, "_");
		append(name, p->states[state].text);
	} else if (replied && (p->keys == CT_KEYS_PORTS || p->keys == CT_KEYS_GRE)) {
		append(name, "_stream");
	}
	return ct_proc_sysctl(name + sizeof(prefix) - 1, seconds);
}

void ct_timeouts_read(struct ct_timeouts *t)
{
	uint64_t v, w;
	char name[64];

	for (unsigned i = 0; i < ROWS; i++) {
		const struct ct_proto *p = ct_proto_row(i);
		unsigned n = p && p->nstates ? p->nstates : 2;

		for (unsigned s = 0; s < n; s++) {
			int state = p && p->nstates ? (int)s : -1;
			bool known = ct_timeout_sysctl(p ? p->num : 255, state, s, name, &v);

			t->seconds[i][s] = known ? (uint32_t)v : 0;
		}
	}
	if (!ct_proc_sysctl("tcp_timeout_max_retrans", &v) ||
	    !ct_proc_sysctl("tcp_timeout_unacknowledged", &w))
		v = w = UINT32_MAX; /* nothing is sure */
	t->tcp_short = (uint32_t)(v > w ? v : w);
}

bool ct_timeouts_idle(const struct ct_timeouts *t, const struct nlmsghdr *h, uint64_t now,
		      uint64_t *idle)
{
	const uint32_t need = CT_HAS_TIMEOUT | CT_HAS_STATUS;
	const struct ct_proto *p;
	uint32_t full, slot;
	struct ct_entry e;
	unsigned i = 0;

	if (ct_entry_decode(&e, h) || (e.has & need) != need || e.status & IPS_FIXED_TIMEOUT)
		return false;
	while ((p = ct_proto_row(i)) && p->num != e.orig.l4)
		i++;
	/* A stream of UDP or GRE is what has been marked as ASSURED. */
	slot = p && p->nstates ? e.has & CT_HAS_STATE ? e.state : STATES
			       : !!(e.status & IPS_ASSURED);
	full = i < ROWS && slot < STATES ? t->seconds[i][slot] : 0;
	if (!full || e.timeout > full ||
	    (e.orig.l4 == CT_PROTO_TCP && e.timeout <= t->tcp_short && full > t->tcp_short))
		return false;
	*idle = full - e.timeout;
	return !(e.has & CT_HAS_START) || e.start / 1000000000 + *idle <= now / 1000000000 + 1;
}
