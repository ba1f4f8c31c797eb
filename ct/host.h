/*
 * The addresses of this host, of both families, as a set.
 */
#ifndef CT_HOST_H
#define CT_HOST_H

#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_HOST_BUCKETS (1u << 10)

struct ct_host {
	struct ct_addr addr;
	uint32_t next; /* the next one in its bucket, + 1; 0: none */
	uint8_t l3;
};

/* Starts as {0}. */
struct ct_hosts {
	struct ct_host *host;
	uint32_t n, room;
	uint64_t seed;
	uint32_t bucket[CT_HOST_BUCKETS]; /* the first one of each, + 1; 0: none */
};

/* Makes *s the addresses that the network namespace has now (RTM_GETADDR). Returns 0 or a negative
 * errno, and then *s is empty: no conclusion may be drawn from it. */
int ct_hosts_read(struct ct_hosts *s);

/* Returns the address of family l3, NULL when it is not there. It lives until the next read. */
const struct ct_host *ct_hosts_find(const struct ct_hosts *s, uint8_t l3, const uint8_t *addr);

/* True when the source of a message's entry was translated to another address, which is none of
 * these. NAT of the port alone leaves the address as it was. */
bool ct_hosts_nat_gone(const struct ct_hosts *own, const struct nlmsghdr *h);

/* Frees the memory and makes *s empty. */
void ct_hosts_free(struct ct_hosts *s);

#ifdef __cplusplus
}
#endif

#endif
