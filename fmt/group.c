#include "fmt/group.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ct/hash.h"
#include "ct/proto.h"
#include "ct/route.h"
#include "ct/with.h"
#include "fmt/heap.h"
#include "fmt/names.h"
#include "fmt/num.h"

#define FIRST_SLOTS 1024

#define HELPER_SIZE 16

/* The fields of a group; those that were not asked for are zero, so that keys compare as bytes. */
struct key {
	struct ct_addr addr[4]; /* of both tuples */
	char helper[HELPER_SIZE];
	struct ct_labels labels;
	int32_t interface[2]; /* in, out */
	uint32_t mark, status;
	uint32_t has; /* fields that the entry has, as bits */
	uint16_t port[4];
	uint16_t zone;
	uint8_t l3, l4, info, state, offload;
	uint8_t unused[5]; /* whole words are hashed */
};

_Static_assert(sizeof(struct key) % 8 == 0, "a key is a number of words");
_Static_assert(GROUP_FIELDS <= 32, "the set of fields has 32 bits");

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
	uint64_t seed;
};

static const char *const names[GROUP_FIELDS] = {
	[GROUP_SRC] = "src",
	[GROUP_DST] = "dst",
	[GROUP_REPLY_SRC] = "reply-src",
	[GROUP_REPLY_DST] = "reply-dst",
	[GROUP_SPORT] = "sport",
	[GROUP_DPORT] = "dport",
	[GROUP_REPLY_SPORT] = "reply-sport",
	[GROUP_REPLY_DPORT] = "reply-dport",
	[GROUP_FAMILY] = "family",
	[GROUP_PROTO] = "proto",
	[GROUP_STATE] = "state",
	[GROUP_STATUS] = "status",
	[GROUP_MARK] = "mark",
	[GROUP_ZONE] = "zone",
	[GROUP_HELPER] = "helper",
	[GROUP_OFFLOAD] = "offload",
	[GROUP_LABEL] = "label",
	[GROUP_IN] = "in",
	[GROUP_OUT] = "out",
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
	g->seed = ct_hash_seed();
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

static bool fill_addr(struct key *k, const struct ct_entry *e, unsigned i, uint8_t prefix)
{
	const struct ct_tuple *t = i < 2 ? &e->orig : &e->reply;

	if (!(t->has & (i % 2 ? CT_T_DST : CT_T_SRC)))
		return false;
	cut(&k->addr[i], i % 2 ? &t->dst : &t->src, t->l3, prefix);
	k->l3 = t->l3;
	return true;
}

static bool fill_port(struct key *k, const struct ct_entry *e, unsigned i)
{
	const struct ct_tuple *t = i < 2 ? &e->orig : &e->reply;

	if (ct_proto(t->l4)->keys != CT_KEYS_PORTS || !(t->has & (i % 2 ? CT_T_DPORT : CT_T_SPORT)))
		return false;
	k->port[i] = i % 2 ? t->dport : t->sport;
	return true;
}

/* The bits of the status that have names: those that make no difference to be seen are not told
 * apart. */
static uint32_t named_status(void)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < NAMES_STATUS; i++)
		bits |= names_status[i].len ? UINT32_C(1) << i : 0;
	return bits;
}

/* Copies the labels, as many as there are. */
static bool fill_labels(struct key *k, const struct ct_entry *e)
{
	bool has = e->has & CT_HAS_LABELS;

	if (has)
		memcpy(&k->labels, e->labels.data,
		       e->labels.len < sizeof(k->labels) ? e->labels.len : sizeof(k->labels));
	return has;
}

/* The interface that leads to the source of a tuple. */
static bool fill_interface(int32_t *index, struct ct_routes *routes, const struct ct_tuple *t)
{
	int32_t found =
		WITH_ROUTE && t->has & CT_T_SRC ? ct_routes_index(routes, t->l3, t->src.b) : 0;

	*index = found > 0 ? found : 0;
	return found > 0;
}

/* Returns whether the entry has the field. */
static bool fill_field(struct key *k, const struct group_spec *spec, const struct ct_entry *e,
		       unsigned i)
{
	uint8_t field = spec->field[i], prefix = spec->prefix[i];

	switch (field) {
	case GROUP_LABEL:
		return fill_labels(k, e);
	case GROUP_IN:
		return fill_interface(&k->interface[0], spec->routes, &e->orig);
	case GROUP_OUT:
		return fill_interface(&k->interface[1], spec->routes, &e->reply);
	case GROUP_SRC:
	case GROUP_DST:
	case GROUP_REPLY_SRC:
	case GROUP_REPLY_DST:
		return fill_addr(k, e, field, prefix);
	case GROUP_SPORT:
	case GROUP_DPORT:
	case GROUP_REPLY_SPORT:
	case GROUP_REPLY_DPORT:
		return fill_port(k, e, field - GROUP_SPORT);
	case GROUP_FAMILY:
		k->l3 = e->orig.l3;
		return true;
	case GROUP_PROTO:
		k->l4 = e->orig.l4;
		return true;
	case GROUP_STATE:
		if (!(e->has & CT_HAS_STATE))
			return false;
		k->info = e->info;
		k->state = e->state;
		return true;
	case GROUP_STATUS:
		k->status = e->status & named_status();
		return e->has & CT_HAS_STATUS;
	case GROUP_MARK:
		k->mark = e->has & CT_HAS_MARK ? e->mark : 0;
		return true;
	case GROUP_ZONE:
		k->zone = e->has & CT_HAS_ZONE ? e->zone : 0;
		return true;
	case GROUP_HELPER:
		if (!(e->has & CT_HAS_HELPER) || e->helper.len >= HELPER_SIZE)
			return false;
		memcpy(k->helper, e->helper.p, e->helper.len);
		return true;
	default:
		k->offload = e->status & IPS_HW_OFFLOAD ? 2 : e->status & IPS_OFFLOAD ? 1 : 0;
		return e->has & CT_HAS_STATUS;
	}
}

static uint64_t hash(const struct groups *g, const struct key *k)
{
	uint64_t h = g->seed, word;

	for (size_t i = 0; i < sizeof(*k); i += sizeof(word)) {
		memcpy(&word, (const char *)k + i, sizeof(word));
		h = ct_hash_add(h, word);
	}
	return h;
}

static struct group_row *find(const struct groups *g, const struct key *k)
{
	uint64_t i = hash(g, k) & (g->room - 1);

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
		if (fill_field(&k, &g->spec, e, i))
			k.has |= UINT32_C(1) << g->spec.field[i];
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

#define VALUES GROUP_VALUES
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

char *groups_put_identifier(char *p, const struct groups *g, unsigned c)
{
	for (const char *name = groups_column(g, c); *name; name++)
		*p++ = *name == '-' ? '_' : *name;
	return p;
}

bool groups_is_number(const struct groups *g, unsigned c)
{
	const unsigned numbers = 1 << GROUP_SPORT | 1 << GROUP_DPORT | 1 << GROUP_REPLY_SPORT |
				 1 << GROUP_REPLY_DPORT | 1 << GROUP_MARK | 1 << GROUP_ZONE;

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

/* A name from outside: no format may be broken by it. */
static char *put_printable(char *p, const char *name)
{
	for (; *name; name++)
		*p++ = *name > ' ' && *name < 0x7f && *name != '"' && *name != '\\' ? *name : '?';
	return p;
}

/* The names of labels, or their numbers; "..." for those that the room is too small for. */
static char *put_labels(char *p, const struct ct_labelmap *m, const struct ct_labels *labels)
{
	const char *start = p;

	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = m ? m->name[bit] : NULL;

		if (!(labels->word[bit / 32] >> bit % 32 & 1))
			continue;
		if (p != start)
			*p++ = ',';
		if (p + (name ? strlen(name) : 3) + 5 + PUT_SLACK > start + GROUP_ROOM)
			return PUT(p, "...");
		p = name ? put_printable(p, name) : put_u32(p, bit);
	}
	return p;
}

char *group_put(char *p, const struct groups *g, const struct group_row *row, unsigned c)
{
	uint8_t field = c < g->spec.n ? g->spec.field[c] : GROUP_FIELDS;
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
	switch (field) {
	case GROUP_SRC:
	case GROUP_DST:
	case GROUP_REPLY_SRC:
	case GROUP_REPLY_DST:
		p = put_addr(p, k->l3, &k->addr[field]);
		if (g->spec.prefix[c] < ct_addr_len(k->l3) * 8) {
			*p++ = '/';
			p = put_u32(p, g->spec.prefix[c]);
		}
		return p;
	case GROUP_SPORT:
	case GROUP_DPORT:
	case GROUP_REPLY_SPORT:
	case GROUP_REPLY_DPORT:
		return put_u32(p, k->port[field - GROUP_SPORT]);
	case GROUP_FAMILY:
		return put_str(p, k->l3 == AF_INET6 ? "ipv6" : "ipv4");
	case GROUP_PROTO:
		proto = ct_proto(k->l4);
		return proto->num == k->l4 ? put_str(p, proto->name) : put_u32(p, k->l4);
	case GROUP_STATE:
		name = ct_entry_state(&e);
		return name ? put_name(p, name) : put_u32(p, k->state);
	case GROUP_STATUS:
		return put_names(p, k->status, names_status, NAMES_STATUS);
	case GROUP_MARK:
		return put_u32(p, k->mark);
	case GROUP_ZONE:
		return put_u32(p, k->zone);
	case GROUP_HELPER:
		return put_printable(p, k->helper);
	case GROUP_LABEL:
		return put_labels(p, g->spec.labels, &k->labels);
	case GROUP_IN:
	case GROUP_OUT:
		return put_printable(p, ct_routes_name(g->spec.routes,
						       k->interface[field - GROUP_IN]));
	default:
		return put_str(p, k->offload == 2 ? "hardware" : k->offload ? "software" : "no");
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

bool groups_other(const struct groups *g, struct group_values *v)
{
	*v = (struct group_values){0};
	for (uint64_t i = g->rows; i < g->n; i++) {
		const struct group_row *row = groups_row(g, i);

		v->value[0] += row->flows;
		v->value[1] += row->packets;
		v->value[2] += row->bytes;
	}
	return g->rows < g->n;
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
