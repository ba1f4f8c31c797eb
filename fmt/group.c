#include "fmt/group.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/heap.h"
#include "fmt/num.h"

#define FIRST_SLOTS 1024

/* The fields of a group; those that were not asked for are zero, so that keys compare as bytes. */
struct key {
	struct ct_addr src, dst;
	uint32_t mark;
	uint16_t sport, dport, zone;
	uint16_t has; /* fields that the entry has, as bits */
	uint8_t l3, l4, info, state;
};

struct group_row {
	struct key key;
	uint64_t flows, packets, bytes; /* flows 0: a free slot */
};

struct groups {
	struct group_spec spec;
	struct group_row *slot;
	size_t room, n; /* room is a power of two */
	bool counted;	/* some entry had counters */
	uint64_t rows;	/* once they are sorted: how many are shown */
	enum sort_key key;
	bool reverse;
};

static const char *const names[GROUP_FIELDS] = {
	[GROUP_SRC] = "src",	 [GROUP_DST] = "dst",	  [GROUP_SPORT] = "sport",
	[GROUP_DPORT] = "dport", [GROUP_PROTO] = "proto", [GROUP_STATE] = "state",
	[GROUP_MARK] = "mark",	 [GROUP_ZONE] = "zone",
};

const char *group_field_name(unsigned field)
{
	return field < GROUP_FIELDS ? names[field] : NULL;
}

struct groups *groups_new(const struct group_spec *spec)
{
	struct groups *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->spec = *spec;
	g->room = FIRST_SLOTS;
	g->slot = calloc(g->room, sizeof(*g->slot));
	if (!g->slot) {
		free(g);
		return NULL;
	}
	return g;
}

void groups_free(struct groups *g)
{
	if (g)
		free(g->slot);
	free(g);
}

uint64_t groups_count(const struct groups *g)
{
	return g->n;
}

/* The network of an address. */
static void cut(struct ct_addr *to, const struct ct_addr *from, uint8_t l3, unsigned prefix)
{
	for (unsigned i = 0; i < ct_addr_len(l3) && prefix; i++) {
		unsigned bits = prefix < 8 ? prefix : 8;

		to->b[i] = (uint8_t)(from->b[i] & 0xff00 >> bits);
		prefix -= bits;
	}
}

static void fill_field(struct key *k, const struct ct_entry *e, uint8_t field, uint8_t prefix)
{
	const struct ct_tuple *t = &e->orig;
	bool ports = ct_proto(t->l4)->keys == CT_KEYS_PORTS, has = true;

	switch (field) {
	case GROUP_SRC:
		cut(&k->src, &t->src, t->l3, prefix);
		k->l3 = t->l3;
		break;
	case GROUP_DST:
		cut(&k->dst, &t->dst, t->l3, prefix);
		k->l3 = t->l3;
		break;
	case GROUP_SPORT:
		has = ports && t->has & CT_T_SPORT;
		k->sport = has ? t->sport : 0;
		break;
	case GROUP_DPORT:
		has = ports && t->has & CT_T_DPORT;
		k->dport = has ? t->dport : 0;
		break;
	case GROUP_PROTO:
		k->l4 = t->l4;
		break;
	case GROUP_STATE:
		has = e->has & CT_HAS_STATE;
		k->info = has ? e->info : 0;
		k->state = has ? e->state : 0;
		break;
	case GROUP_MARK:
		k->mark = e->has & CT_HAS_MARK ? e->mark : 0;
		break;
	case GROUP_ZONE:
		k->zone = e->has & CT_HAS_ZONE ? e->zone : 0;
		break;
	}
	if (has)
		k->has |= (uint16_t)(1u << field);
}

static uint64_t hash(const struct key *k)
{
	const unsigned char *p = (const unsigned char *)k;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(*k); i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static struct group_row *find(const struct groups *g, const struct key *k)
{
	uint64_t i = hash(k) & (g->room - 1);

	while (g->slot[i].flows && memcmp(&g->slot[i].key, k, sizeof(*k)) != 0)
		i = (i + 1) & (g->room - 1);
	return &g->slot[i];
}

static int grow(struct groups *g)
{
	struct groups old = *g;

	g->slot = calloc(old.room * 2, sizeof(*g->slot));
	if (!g->slot) {
		*g = old;
		return -ENOMEM;
	}
	g->room = old.room * 2;
	for (uint64_t i = 0; i < old.room; i++)
		if (old.slot[i].flows)
			*find(g, &old.slot[i].key) = old.slot[i];
	free(old.slot);
	return 0;
}

int groups_add(struct groups *g, const struct ct_entry *e)
{
	struct group_row *group;
	struct key k;

	memset(&k, 0, sizeof(k)); /* padding, too */
	for (unsigned i = 0; i < g->spec.n; i++)
		fill_field(&k, e, g->spec.field[i], g->spec.prefix[i]);
	if (g->n * 4 >= g->room * 3 && grow(g))
		return -ENOMEM;
	group = find(g, &k);
	if (!group->flows++) {
		group->key = k;
		g->n++;
	}
	g->counted |= (e->has & (CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY)) != 0;
	group->packets += ct_entry_sum(e, e->packets);
	group->bytes += ct_entry_sum(e, e->bytes);
	return 0;
}

#define VALUES 3
static const char *const value_names[VALUES] = {"flows", "packets", "bytes"};

unsigned groups_fields(const struct groups *g)
{
	return g->spec.n;
}

unsigned groups_columns(const struct groups *g)
{
	return g->spec.n + (g->counted ? VALUES : 1);
}

const char *groups_column(const struct groups *g, unsigned c)
{
	return c < g->spec.n ? names[g->spec.field[c]] : value_names[c - g->spec.n];
}

bool groups_is_number(const struct groups *g, unsigned c)
{
	const unsigned numbers =
		1 << GROUP_SPORT | 1 << GROUP_DPORT | 1 << GROUP_MARK | 1 << GROUP_ZONE;

	return c >= g->spec.n || numbers >> g->spec.field[c] & 1;
}

uint64_t groups_rows(const struct groups *g)
{
	return g->rows;
}

const struct group_row *groups_row(const struct groups *g, uint64_t i)
{
	return &g->slot[g->reverse ? g->n - 1 - i : i];
}

bool group_has(const struct groups *g, const struct group_row *row, unsigned c)
{
	return c >= g->spec.n || row->key.has >> g->spec.field[c] & 1;
}

char *group_put(char *p, const struct groups *g, const struct group_row *row, unsigned c)
{
	const struct key *k = &row->key;
	struct ct_entry e = {.info = k->info, .state = k->state};
	const struct ct_proto *proto;
	const struct ct_name *name;

	if (!group_has(g, row, c))
		return PUT(p, "-");
	if (c >= g->spec.n)
		return put_u64(p, c == g->spec.n	? row->flows
				  : c == g->spec.n + 1u ? row->packets
							: row->bytes);
	switch (g->spec.field[c]) {
	case GROUP_SRC:
	case GROUP_DST:
		p = put_addr(p, k->l3, g->spec.field[c] == GROUP_SRC ? &k->src : &k->dst);
		if (g->spec.prefix[c] < ct_addr_len(k->l3) * 8) {
			*p++ = '/';
			p = put_u32(p, g->spec.prefix[c]);
		}
		return p;
	case GROUP_SPORT:
		return put_u32(p, k->sport);
	case GROUP_DPORT:
		return put_u32(p, k->dport);
	case GROUP_PROTO:
		proto = ct_proto(k->l4);
		return proto->num == k->l4 ? put_str(p, proto->name) : put_u32(p, k->l4);
	case GROUP_STATE:
		name = ct_entry_state(&e);
		return name ? put_name(p, name) : put_u32(p, k->state);
	case GROUP_MARK:
		return put_u32(p, k->mark);
	default:
		return put_u32(p, k->zone);
	}
}

static uint64_t weight(const struct group_row *a, enum sort_key key)
{
	return key == SORT_PACKETS ? a->packets : key == SORT_BYTES ? a->bytes : a->flows;
}

/* Smaller ones come after larger ones, and equals go by their fields: what comes out is the same
 * every time. */
static bool after(const void *a, const void *b, const void *arg)
{
	const struct group_row *x = a, *y = b;
	const enum sort_key *key = arg;
	uint64_t v = weight(x, *key), w = weight(y, *key);

	return v != w ? v < w : memcmp(&x->key, &y->key, sizeof(x->key)) > 0;
}

/* Moves the used slots to the front and sorts them in place. */
static void sort(struct groups *g)
{
	struct heap heap = {.item = g->slot, .size = sizeof(*g->slot), .after = after};

	heap.arg = &g->key;
	for (size_t i = 0; i < g->room; i++)
		if (g->slot[i].flows)
			g->slot[heap.n++] = g->slot[i];
	heap_make(&heap);
	heap_sort(&heap);
}

uint64_t groups_weight(const struct groups *g, const struct group_row *row)
{
	return weight(row, g->key);
}

uint64_t groups_total(const struct groups *g)
{
	uint64_t total = 0;

	for (uint64_t i = 0; i < g->n; i++)
		total += weight(&g->slot[i], g->key);
	return total;
}

void groups_print(struct groups *g, struct fmt *f, enum sort_key key, bool reverse, uint64_t limit,
		  unsigned columns)
{
	g->key = key;
	sort(g);
	g->reverse = reverse;
	g->rows = limit && limit < g->n ? limit : g->n;
	f->ops->groups(f, g, columns);
}
