#include "ct/route.h"

#include <net/if.h>
#include <sys/socket.h>

#include "nl/route.h"

/* Slots that an address may take; when all are taken the first one's gives way. */
#define WAYS 4

int ct_routes_open(struct ct_routes *r)
{
	return nl_open(&r->sock, NETLINK_ROUTE);
}

void ct_routes_forget(struct ct_routes *r)
{
	memset(r->v4, 0, sizeof(r->v4));
	memset(r->v6, 0, sizeof(r->v6));
	memset(r->interface, 0, sizeof(r->interface));
}

static int32_t look_up(struct ct_routes *r, uint8_t l3, const uint8_t *addr)
{
	int index = nl_route(&r->sock, l3, addr);

	if (index < 0) {
		r->err = index;
		return 0; /* not to be kept */
	}
	return index ? index : -1;
}

static int32_t index_v4(struct ct_routes *r, const uint8_t *addr)
{
	uint32_t a, slot, first;

	memcpy(&a, addr, sizeof(a));
	first = slot = a * UINT32_C(2654435761) >> 16; /* the golden ratio's bits mix well */
	for (unsigned i = 0; i < WAYS; i++) {
		uint32_t at = (first + i) % CT_ROUTES_V4;

		if (!r->v4[at].index) {
			slot = at;
			break;
		}
		if (r->v4[at].addr == a)
			return r->v4[at].index;
	}
	r->v4[slot].addr = a;
	return r->v4[slot].index = look_up(r, AF_INET, addr);
}

static int32_t index_v6(struct ct_routes *r, const uint8_t *addr)
{
	uint32_t word[4], slot, first;

	memcpy(word, addr, sizeof(word));
	first = (word[0] ^ word[1] * 3 ^ word[2] * 5 ^ word[3] * 7) * UINT32_C(2654435761) >> 16;
	first = slot = first % CT_ROUTES_V6;
	for (unsigned i = 0; i < WAYS; i++) {
		uint32_t at = (first + i) % CT_ROUTES_V6;

		if (!r->v6[at].index) {
			slot = at;
			break;
		}
		if (!memcmp(r->v6[at].addr.b, addr, sizeof(r->v6[at].addr.b)))
			return r->v6[at].index;
	}
	memcpy(r->v6[slot].addr.b, addr, sizeof(r->v6[slot].addr.b));
	return r->v6[slot].index = look_up(r, AF_INET6, addr);
}

const char *ct_routes_name(struct ct_routes *r, int32_t index)
{
	unsigned slot = (unsigned)index % CT_INTERFACES;

	if (index == NL_ROUTE_LOOPBACK)
		return "lo";
	if (r->interface[slot].index != index) {
		r->interface[slot].index = index;
		if (nl_interface_name(&r->sock, index, r->interface[slot].name))
			r->interface[slot].name[0] = 0;
	}
	return r->interface[slot].name;
}

static bool names(const struct nl_str *pattern, const char *name)
{
	if (pattern->p[pattern->len - 1] == '+')
		return !strncmp(pattern->p, name, pattern->len - 1);
	return strlen(name) == pattern->len && !memcmp(pattern->p, name, pattern->len);
}

/* Of IPv6, fe80::/10 and the multicast groups of a link or less. */
static bool is_link_local(const uint8_t *addr)
{
	return addr[0] == 0xff ? (addr[1] & 0xf) <= 2 : addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

int32_t ct_routes_index(struct ct_routes *r, uint8_t l3, const uint8_t *addr)
{
	if (l3 != AF_INET6)
		return index_v4(r, addr);
	r->link_local |= is_link_local(addr);
	return is_link_local(addr) ? 0 : index_v6(r, addr);
}

bool ct_routes_match(struct ct_routes *r, const struct ct_test *t, uint8_t l3, const uint8_t *addr)
{
	int32_t index = ct_routes_index(r, l3, addr);
	const char *name = index > 0 ? ct_routes_name(r, index) : "";

	if (!index && !r->err)
		return t->negate;
	for (uint32_t i = 0; *name && i < t->n; i++)
		if (names(&t->cond[i].name, name))
			return true;
	return false;
}
