/* The kernel's own answer to: where would a packet to this address go? And the addresses that it
 * knows: this host's, and its neighbours'. */
#ifndef NL_ROUTE_H
#define NL_ROUTE_H

#include "nl/reply.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a packet to an address of this host goes: the loopback interface has this index. */
#define NL_ROUTE_LOOPBACK 1

/* Looks up the route to addr (4 or 16 bytes in network order, by family) on a NETLINK_ROUTE socket.
 * Returns the index of the interface that it leaves through, NL_ROUTE_LOOPBACK for this host's own
 * addresses, 0 when there is no route, or a negative errno when the kernel could not tell. Needs no
 * privileges. */
int nl_route(struct nl_sock *s, uint8_t family, const void *addr);

/* An address where it lies in a message: 4 or 16 bytes, by family (AF_INET, AF_INET6). */
struct nl_address {
	const uint8_t *addr;
	const uint8_t *mac; /* a neighbour's, 6 bytes */
	uint8_t family;
};

/* Asks a NETLINK_ROUTE socket for the addresses of this host or those of its neighbours, of both
 * families; buf and size as in nl_reply_begin(). Needs no privileges. */
void nl_addresses_begin(struct nl_reply *r, struct nl_sock *s, bool neighbors, void *buf,
			size_t size);

/* Reads one message of that reply. False when it tells of no address, or of a neighbour whose MAC
 * address is not known. */
bool nl_address(const struct nlmsghdr *h, struct nl_address *a);
/* Writes the name of the interface with this index into name (IFNAMSIZ bytes). Returns 0 or a
 * negative errno, -ENODEV when there is none. Any netlink socket will do. */
int nl_interface_name(const struct nl_sock *s, int32_t index, char *name);

/* The index of the interface with this name (shorter than IFNAMSIZ bytes), or a negative errno,
 * -ENODEV when there is none. */
int nl_interface_index(const struct nl_sock *s, const char *name);

#ifdef __cplusplus
}
#endif

#endif
