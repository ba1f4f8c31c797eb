/*
 * Interfaces of flows, inferred from routing.
 *
 * Conntrack knows no interfaces. A packet of the original direction comes in where the route back
 * to its source leaves, and leaves where the route to the reply's source does. The kernel is asked
 * once for each address; what it said is kept in tables of fixed size.
 */
#ifndef CT_ROUTE_H
#define CT_ROUTE_H

#include "ct/filter.h"
#include "nl/sock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CT_ROUTES_V4  (1u << 16)
#define CT_ROUTES_V6  (1u << 14)
#define CT_INTERFACES 64

struct ct_routes {
	struct nl_sock sock;
	bool link_local; /* an address was met that says nothing without its link */
	int err; /* 0, or the negative errno because of which an address could not be looked up */
	struct {
		uint32_t addr;
		int32_t index; /* 0: free, -1: no route */
	} v4[CT_ROUTES_V4];
	struct {
		struct ct_addr addr;
		int32_t index;
	} v6[CT_ROUTES_V6];
	struct {
		int32_t index;
		char name[16]; /* empty: there is none of this index any more */
	} interface[CT_INTERFACES];
};

/* Opens the socket, for nl_close(&r->sock) to close; *r must be zeroed. Returns 0 or a negative
 * errno. */
int ct_routes_open(struct ct_routes *r);

/* Forgets what was looked up: routes may have changed. */
void ct_routes_forget(struct ct_routes *r);

/* Looks up the interface that the route to an address of family l3 leaves through. Returns its
 * index; -1 without a route; 0 for an address of one link, whose link the table does not tell, with
 * r->link_local set, and, with r->err set, when the kernel could not tell. */
int32_t ct_routes_index(struct ct_routes *r, uint8_t l3, const uint8_t *addr);

/* Returns the name of an interface (index > 0), empty when there is none by now. It lives until the
 * next call. */
const char *ct_routes_name(struct ct_routes *r, int32_t index);

/* True when the route to an address of family l3 leaves through an interface that a condition of t
 * names; a name that ends in + means all that begin so. False without a route, and, with r->err
 * set, when the kernel could not tell. An address of one link, whose link the table does not tell,
 * meets no condition, negated or not; r->link_local is set. */
bool ct_routes_match(struct ct_routes *r, const struct ct_test *t, uint8_t l3, const uint8_t *addr);

#ifdef __cplusplus
}
#endif

#endif
