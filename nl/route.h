/* The kernel's own answer to: where would a packet to this address go? */
#ifndef NL_ROUTE_H
#define NL_ROUTE_H

#include "nl/sock.h"

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

#ifdef __cplusplus
}
#endif

#endif
