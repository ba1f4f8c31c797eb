/*
 * The addresses that the kernel knows, of both families, as a set: this host's, or its neighbours'
 * with their MAC addresses.
 */
#ifndef CT_HOST_H
#define CT_HOST_H

#include <linux/netlink.h>

#include "ct/tuple.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_HOST_BUCKETS (1u << 10)

struct ct_host {
	struct ct_addr addr;
	uint32_t next; /* the next one in its bucket, + 1; 0: none */
	uint8_t l3;
	bool known;   /* it has one MAC address */
	uint64_t mac; /* as a number of 48 bits, of a neighbour */
};

/* Starts zeroed, on the heap. */
struct ct_hosts {
	struct ct_host *host;
	uint32_t n, room;
	uint64_t seed;
	uint32_t bucket[CT_HOST_BUCKETS]; /* the first one of each, + 1; 0: none */
};

/* Makes *s the addresses that the network namespace has now (RTM_GETADDR), or its neighbour table
 * (RTM_GETNEIGH). Returns 0 or a negative errno, and then *s is empty: no conclusion may be drawn
 * from it. */
int ct_hosts_read(struct ct_hosts *s, bool neighbors);

/* Returns the address of family l3, NULL when it is not there. It lives until the next read. */
const struct ct_host *ct_hosts_find(const struct ct_hosts *s, uint8_t l3, const uint8_t *addr);

/* Finds the MAC addresses of the devices between which a message's flow is: of the original source
 * and of the reply's source. Returns how many are known, 0 to 2. */
unsigned ct_hosts_macs(const struct ct_hosts *neighbors, const struct nlmsghdr *h, uint64_t mac[2]);

/* True when the source of a message's entry was translated to another address, which is none of
 * these. NAT of the port alone leaves the address as it was. */
bool ct_hosts_nat_gone(const struct ct_hosts *own, const struct nlmsghdr *h);

/* True when one end of a message's flow is one of these: its source, or who answers it. */
bool ct_hosts_local(const struct ct_hosts *own, const struct nlmsghdr *h);

/* Frees all of it; s may be NULL. */
void ct_hosts_free(struct ct_hosts *s);

#ifdef __cplusplus
}
#endif

#endif
