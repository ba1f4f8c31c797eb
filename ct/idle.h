/* How long entries have been idle, by the timeouts that packets give them. */
#ifndef CT_IDLE_H
#define CT_IDLE_H

#include "ct/entry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The timeouts of this network namespace, in seconds; 0: not known. */
struct ct_timeouts {
	/* By the row of the protocol (the last: of others) and its state or, without states, 1 for
	 * a stream. */
	uint32_t seconds[9][16];
	uint32_t tcp_short; /* TCP takes less while an answer is due or a window is closed */
};

/* Writes the name of the sysctl that sets the timeout of a protocol in a state (-1: it has none)
 * or, without states, replied to or not, without "net.netfilter.", into name (64 bytes), and its
 * value into *seconds. False where there is none. */
bool ct_timeout_sysctl(uint8_t l4, int state, bool replied, char *name, uint64_t *seconds);

/* Reads them from /proc. */
void ct_timeouts_read(struct ct_timeouts *t);

/* The seconds since the last packet of a listed entry: the timeout that packets of its protocol and
 * state give, minus the time left. now is in nanoseconds since the epoch. False where that cannot
 * be known: of entries that have no time left or a fixed one, more than the timeout, or more idle
 * time than age, and of TCP where the timeout may be a shorter one. */
bool ct_timeouts_idle(const struct ct_timeouts *t, const struct nlmsghdr *h, uint64_t now,
		      uint64_t *idle);

#ifdef __cplusplus
}
#endif

#endif
