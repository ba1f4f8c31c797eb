#include "ct/list.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* Networks are sorted by family and port, in some order, then by address. The port of one without
 * any is 0 once it is sorted. */
static uint32_t place(const struct ct_net *net)
{
	uint32_t v;

	memcpy(&v, (const uint8_t *)net + offsetof(struct ct_net, port), sizeof(v));
	return v;
}

_Static_assert(offsetof(struct ct_net, l3) == offsetof(struct ct_net, port) + 2 &&
		       offsetof(struct ct_net, has_port) == offsetof(struct ct_net, port) + 3,
	       "family and port lie side by side");

bool ct_net_has(const struct ct_net *net, const uint8_t *addr)
{
	unsigned len = ct_addr_len(net->l3);

	for (unsigned i = 0; i < len; i += 4) {
		uint32_t a, m, n;

		memcpy(&a, addr + i, 4);
		memcpy(&m, net->mask.b + i, 4);
		memcpy(&n, net->addr.b + i, 4);
		if ((a & m) != n)
			return false;
	}
	return true;
}

/* Compares the addresses of a network and of what is looked for, or two networks'. */
static int compare_addr(const struct ct_net *net, const uint8_t *addr)
{
	unsigned len = ct_addr_len(net->l3);

	for (unsigned i = 0; i < len; i += 4) {
		uint32_t a = nl_get_be32(net->addr.b + i), b = nl_get_be32(addr + i);

		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

/* True for a mask of leading ones: those below the first one are zeros. */
static bool leading(uint32_t mask)
{
	return !(~mask & (~mask + 1));
}

static bool is_prefix(const struct ct_net *net)
{
	unsigned len = ct_addr_len(net->l3);
	uint32_t before = UINT32_MAX;

	for (unsigned i = 0; i < len; i += 4) {
		uint32_t mask = nl_get_be32(net->mask.b + i);

		if (!leading(mask) || (mask && before != UINT32_MAX) ||
		    nl_get_be32(net->addr.b + i) & ~mask)
			return false;
		before = mask;
	}
	return len;
}

/* True for a condition that is no range without gaps. */
static bool is_scattered(const struct ct_cond *c)
{
	switch (c->field) {
	case CT_F_CTSTATE:
		return true;
	case CT_F_MARK:
		return !leading(c->bits.mask) || c->bits.value & ~c->bits.mask;
	}
	switch (ct_field_kind(c->field)) {
	case CT_KIND_RANGE:
		return false;
	case CT_KIND_NET:
		return !is_prefix(&c->net);
	default:
		return true;
	}
}

static int compare_u64(uint64_t x, uint64_t y)
{
	return (x > y) - (x < y);
}

/* Conditions of one kind, neither of them scattered. Of two that begin alike the wider one goes
 * first. */
static int by_value(const struct ct_cond *x, const struct ct_cond *y)
{
	int order;

	switch (ct_field_kind(x->field)) {
	case CT_KIND_NET:
		order = compare_u64(place(&x->net), place(&y->net));
		order = order ? order : compare_addr(&x->net, y->net.addr.b);
		return order ? order : memcmp(&x->net.mask, &y->net.mask, ct_addr_len(x->net.l3));
	case CT_KIND_BITS:
		order = compare_u64(x->bits.value, y->bits.value);
		return order ? order : compare_u64(x->bits.mask, y->bits.mask);
	default:
		return compare_u64(x->range.lo, y->range.lo);
	}
}

static int by_test(const struct ct_cond *x, const struct ct_cond *y)
{
	return (x->field << 1 | x->negate) - (y->field << 1 | y->negate);
}

static bool in_order(const struct ct_cond *x, const struct ct_cond *y, bool is_long)
{
	int order = by_test(x, y);

	if (order || !is_long)
		return order <= 0;
	if (x->scattered || y->scattered)
		return x->scattered;
	return by_value(x, y) <= 0;
}

/* Shell's: few conditions come nearly sorted, and of many even the worst order takes no square of
 * their number. */
void ct_list_sort(struct ct_cond *c, uint32_t n)
{
	bool is_long = n > CT_LIST_SHORT;
	uint32_t gap = n > 8 ? (uint32_t)((uint64_t)n * 5 / 11) : 1;

	for (uint32_t i = 0; is_long && i < n; i++) {
		c[i].scattered = is_scattered(&c[i]);
		if (ct_field_kind(c[i].field) == CT_KIND_NET && !c[i].net.has_port)
			c[i].net.port = 0;
	}
	for (; gap; gap = gap == 2 ? 1 : (uint32_t)((uint64_t)gap * 5 / 11))
		for (uint32_t i = gap; i < n; i++) {
			struct ct_cond x;
			uint32_t k = i;

			if (in_order(&c[i - gap], &c[i], is_long))
				continue;
			for (x = c[i]; k >= gap && !in_order(&c[k - gap], &x, is_long); k -= gap)
				c[k] = c[k - gap];
			c[k] = x;
		}
}

/* Makes c, which does not begin before last, part of it. False when it lies apart. */
static bool merge(struct ct_cond *last, const struct ct_cond *c)
{
	switch (ct_field_kind(c->field)) {
	case CT_KIND_NET:
		return place(&last->net) == place(&c->net) && ct_net_has(&last->net, c->net.addr.b);
	case CT_KIND_BITS:
		return (c->bits.value & last->bits.mask) == last->bits.value;
	default:
		if (c->range.lo > last->range.hi && c->range.lo - 1 > last->range.hi)
			return false;
		if (c->range.hi > last->range.hi)
			last->range.hi = c->range.hi;
		return true;
	}
}

void ct_list_merge(struct ct_test *t, struct ct_cond *c)
{
	uint32_t n = 0;

	t->linear = 0;
	while (t->linear < t->n && c[t->linear].scattered)
		t->linear++;
	n = t->linear;
	for (uint32_t i = n; i < t->n; i++) {
		if (n > t->linear && merge(&c[n - 1], &c[i]))
			continue;
		c[n++] = c[i];
		t->ports |= ct_field_kind(t->field) == CT_KIND_NET && c[i].net.has_port;
	}
	t->n = n;
	if (n <= CT_LIST_SHORT)
		t->linear = n;
}

/* The last condition of the sorted part that begins at or before what is looked for, or the first
 * one. */
#define FIND(t, c, at_or_before)                                                                   \
	do {                                                                                       \
		uint32_t n_ = (t)->n - (t)->linear;                                                \
                                                                                                   \
		for ((c) = (t)->cond + (t)->linear; n_ > 1;) {                                     \
			const struct ct_cond *mid = (c) + n_ / 2;                                  \
                                                                                                   \
			(c) = (at_or_before) ? mid : (c);                                          \
			n_ -= n_ / 2;                                                              \
		}                                                                                  \
	} while (0)

bool ct_list_has_number(const struct ct_test *t, uint64_t v)
{
	const struct ct_cond *c;

	FIND(t, c, mid->range.lo <= v);
	return v >= c->range.lo && v <= c->range.hi;
}

bool ct_list_has_bits(const struct ct_test *t, uint32_t v)
{
	const struct ct_cond *c;

	FIND(t, c, mid->bits.value <= v);
	return (v & c->bits.mask) == c->bits.value;
}

/* True when the network, of the same family and port, begins at or before the address. */
static bool begins_before(const struct ct_net *net, const uint8_t *addr)
{
	uint32_t a = nl_get_be32(net->addr.b), b = nl_get_be32(addr);

	return a != b ? a < b : net->l3 == AF_INET || compare_addr(net, addr) <= 0;
}

bool ct_list_has_addr(const struct ct_test *t, uint8_t l3, const uint8_t *addr, int port)
{
	uint32_t where = place(&(struct ct_net){.l3 = l3,
						.has_port = port >= 0,
						.port = port >= 0 ? (uint16_t)port : 0});
	const struct ct_cond *c;

	FIND(t, c,
	     place(&mid->net) == where ? begins_before(&mid->net, addr) : place(&mid->net) < where);
	return place(&c->net) == where && ct_net_has(&c->net, addr);
}
