/* Events: what the kernel reports as it happens. */
#ifndef CT_EVENT_H
#define CT_EVENT_H

#include "ct/filter.h"
#include "nl/sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which events, as bits. */
enum {
	CT_EV_NEW = 1 << 0,
	CT_EV_UPDATE = 1 << 1,
	CT_EV_DESTROY = 1 << 2,
	CT_EV_EXP_NEW = 1 << 3,
	CT_EV_EXP_DESTROY = 1 << 4,
};

/* Datagrams received in one call, and the bytes for each: an event takes some hundred, a few
 * thousand with a long security context. */
#define CT_EVENT_BATCH 64
#define CT_EVENT_SIZE  8192

struct ct_events {
	struct nl_sock sock;
	int rcvbuf;	/* bytes granted, as the kernel counts them */
	uint64_t lost;	/* events lost so far, as far as known */
	uint32_t drops; /* the kernel's counter when it was read last */
	bool overrun;	/* the kernel said so since then */
};

/* Received by one call: len[i] bytes at buf[i]. */
struct ct_datagrams {
	uint32_t len[CT_EVENT_BATCH];
	uint8_t buf[CT_EVENT_BATCH][CT_EVENT_SIZE] __attribute__((aligned(8)));
};

/* Opens the socket, sized (bytes asked for, more than net.core.rmem_max where the capability
 * allows), filtered (f NULL: not), and only then joins the groups of events. reliable: the kernel
 * holds DESTROY events back until they are delivered. Returns 0 or a negative errno. */
int ct_events_open(struct ct_events *e, unsigned events, int rcvbuf, bool reliable,
		   const struct ct_filter *f);

/* Closes the socket; harmless on one that ct_events_open() could not open. */
void ct_events_close(struct ct_events *e);

/* Takes what is queued without waiting, up to CT_EVENT_BATCH datagrams, into d. Returns their
 * number, 0 when the queue is empty, or a negative errno; an overrun is no error but sets
 * e->overrun. Datagrams from elsewhere than the kernel have length 0. */
int ct_events_receive(struct ct_events *e, struct ct_datagrams *d);

/* Reads the socket's drop counter, from /proc/net/netlink before Linux 4.12, and adds to e->lost
 * what was lost since the last call. Exact once the queue has been emptied. Returns the number lost
 * since the last call; a negative errno when it cannot be told. */
int64_t ct_events_lost(struct ct_events *e);

/* The kind of event that a message reports: CT_EV_*, or 0 for a message that is no event. */
unsigned ct_event_kind(const struct nlmsghdr *h);

#ifdef __cplusplus
}
#endif

#endif
