#include "fmt/group.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/num.h"

#define FIRST_SLOTS 1024
#define FIELD_ROOM  64
#define LINE_ROOM   1024

/* The fields of a group; those that were not asked for are zero, so that keys compare as bytes. */
struct key {
	struct ct_addr src, dst;
	uint32_t mark;
	uint16_t sport, dport, zone;
	uint16_t has; /* fields that the entry has, as bits */
	uint8_t l3, l4, info, state;
};

struct group {
	struct key key;
	uint64_t flows, packets, bytes; /* flows 0: a free slot */
};

struct groups {
	struct group_spec spec;
	struct group *slot;
	size_t room, n; /* room is a power of two */
	bool counted;	/* some entry had counters */
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

static struct group *find(const struct groups *g, const struct key *k)
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
	struct group *group;
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
	for (unsigned dir = 0; dir < 2; dir++) {
		if (!(e->has & (dir ? CT_HAS_COUNTERS_REPLY : CT_HAS_COUNTERS_ORIG)))
			continue;
		g->counted = true;
		group->packets += e->packets[dir];
		group->bytes += e->bytes[dir];
	}
	return 0;
}

/* A field as text; "-" where the group's entries have none. */
static char *put_field(char *p, const struct groups *g, const struct group *group, unsigned i)
{
	const struct key *k = &group->key;
	struct ct_entry e = {.info = k->info, .state = k->state};
	uint8_t field = g->spec.field[i];
	const char *name;

	if (!(k->has >> field & 1))
		return PUT(p, "-");
	switch (field) {
	case GROUP_SRC:
	case GROUP_DST:
		p = put_addr(p, k->l3, field == GROUP_SRC ? &k->src : &k->dst);
		if (g->spec.prefix[i] < ct_addr_len(k->l3) * 8) {
			*p++ = '/';
			p = put_u32(p, g->spec.prefix[i]);
		}
		return p;
	case GROUP_SPORT:
		return put_u32(p, k->sport);
	case GROUP_DPORT:
		return put_u32(p, k->dport);
	case GROUP_PROTO:
		name = ct_proto(k->l4)->name;
		return ct_proto(k->l4)->num == k->l4 ? put_mem(p, name, strlen(name))
						     : put_u32(p, k->l4);
	case GROUP_STATE:
		name = ct_entry_state(&e);
		return name ? put_mem(p, name, strlen(name)) : put_u32(p, k->state);
	case GROUP_MARK:
		return put_u32(p, k->mark);
	default:
		return put_u32(p, k->zone);
	}
}

static uint64_t weight(const struct group *a, enum sort_key key)
{
	return key == SORT_PACKETS ? a->packets : key == SORT_BYTES ? a->bytes : a->flows;
}

/* Largest first, those that are equal by their fields: what comes out is the same every time. */
static bool before(const struct group *a, const struct group *b, enum sort_key key)
{
	uint64_t x = weight(a, key), y = weight(b, key);

	return x != y ? x > y : memcmp(&a->key, &b->key, sizeof(a->key)) < 0;
}

static void sift(struct group *g, uint64_t root, uint64_t n, enum sort_key key)
{
	for (uint64_t child; (child = 2 * root + 1) < n; root = child) {
		struct group t;

		if (child + 1 < n && before(&g[child], &g[child + 1], key))
			child++;
		if (!before(&g[root], &g[child], key))
			return;
		t = g[root];
		g[root] = g[child];
		g[child] = t;
	}
}

/* Brings the used slots to the front and heap-sorts them in place. */
static void sort(struct groups *g, enum sort_key key)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < g->room; i++)
		if (g->slot[i].flows)
			g->slot[n++] = g->slot[i];
	for (uint64_t i = n / 2; i-- > 0;)
		sift(g->slot, i, n, key);
	for (uint64_t end = n; end-- > 1;) {
		struct group t = g->slot[0];

		g->slot[0] = g->slot[end];
		g->slot[end] = t;
		sift(g->slot, 0, end, key);
	}
}

#define VALUES 3
static const char *const value_names[VALUES] = {"flows", "packets", "bytes"};

static uint64_t value(const struct group *a, unsigned i)
{
	return i == 0 ? a->flows : i == 1 ? a->packets : a->bytes;
}

/* The i-th group to be shown. */
static const struct group *nth(const struct groups *g, uint64_t i, bool reverse)
{
	return &g->slot[reverse ? g->n - 1 - i : i];
}

static char *pad(char *p, size_t n)
{
	memset(p, ' ', n);
	return p + n;
}

static void print_text(const struct groups *g, struct fmt *f, enum sort_key key, bool reverse,
		       uint64_t n, unsigned columns)
{
	unsigned values = g->counted ? VALUES : 1, widths[GROUP_FIELDS + VALUES], width = 0;
	uint64_t total = 0;
	char tmp[FIELD_ROOM];

	for (unsigned c = 0; c < g->spec.n + values; c++)
		widths[c] = (unsigned)strlen(c < g->spec.n ? names[g->spec.field[c]]
							   : value_names[c - g->spec.n]);
	for (uint64_t i = 0; i < n; i++)
		for (unsigned c = 0; c < g->spec.n + values; c++) {
			const struct group *a = nth(g, i, reverse);
			char *end = c < g->spec.n ? put_field(tmp, g, a, c)
						  : put_u64(tmp, value(a, c - g->spec.n));

			if (end - tmp > (int)widths[c])
				widths[c] = (unsigned)(end - tmp);
		}
	for (uint64_t i = 0; i < g->n; i++)
		total += weight(&g->slot[i], key);
	for (unsigned c = 0; c < g->spec.n + values; c++)
		width += widths[c] + 2;
	for (uint64_t i = 0; i <= n; i++) { /* line 0 is the header */
		const struct group *a = i ? nth(g, i - 1, reverse) : NULL;
		char *p = out_room(f->out, LINE_ROOM);

		for (unsigned c = 0; c < g->spec.n + values; c++) {
			bool field = c < g->spec.n;
			const char *name =
				field ? names[g->spec.field[c]] : value_names[c - g->spec.n];
			char *end = !a	    ? put_mem(tmp, name, strlen(name))
				    : field ? put_field(tmp, g, a, c)
					    : put_u64(tmp, value(a, c - g->spec.n));
			size_t len = (size_t)(end - tmp), fill = widths[c] - len;

			if (c)
				p = pad(p, 2);
			p = field ? pad(put_mem(p, tmp, len), fill)
				  : put_mem(pad(p, fill), tmp, len);
		}
		if (a && total && columns > width + 10) {
			unsigned bar = columns - width - 2;

			bar = bar < 200 ? bar : 200;
			p = pad(p, 2);
			for (uint64_t k = weight(a, key) * bar / total; k; k--)
				*p++ = '#';
		}
		while (p[-1] == ' ')
			p--;
		*p++ = '\n';
		out_end(f->out, p);
	}
}

static bool is_number(uint8_t field)
{
	return field == GROUP_SPORT || field == GROUP_DPORT || field == GROUP_MARK ||
	       field == GROUP_ZONE;
}

static void print_json(const struct groups *g, struct fmt *f, bool reverse, uint64_t n)
{
	unsigned values = g->counted ? VALUES : 1;

	for (uint64_t i = 0; i < n; i++) {
		const struct group *a = nth(g, i, reverse);
		char *p = out_room(f->out, LINE_ROOM);

		if (!f->lines)
			p = f->items ? PUT(p, ",\n") : PUT(p, "[\n");
		f->items++;
		*p++ = '{';
		for (unsigned c = 0; c < g->spec.n; c++) {
			uint8_t field = g->spec.field[c];

			if (!(a->key.has >> field & 1))
				continue;
			*p++ = '"';
			p = PUT(put_mem(p, names[field], strlen(names[field])), "\":");
			if (!is_number(field))
				*p++ = '"';
			p = put_field(p, g, a, c);
			if (!is_number(field))
				*p++ = '"';
			*p++ = ',';
		}
		for (unsigned v = 0; v < values; v++) {
			p = put_mem(PUT(p, "\""), value_names[v], strlen(value_names[v]));
			p = put_u64(PUT(p, "\":"), value(a, v));
			*p++ = v + 1 < values ? ',' : '}';
		}
		if (f->lines)
			*p++ = '\n';
		out_end(f->out, p);
	}
}

static void print_metrics(const struct groups *g, struct fmt *f, bool reverse, uint64_t n)
{
	static const char *const help[VALUES] = {"Flows in the group.",
						 "Packets of the group's flows, both directions.",
						 "Bytes of the group's flows, both directions."};

	for (unsigned v = 0; v < (g->counted ? VALUES : 1u); v++) {
		out_str(f->out, "# HELP conntrack_group_");
		out_str(f->out, value_names[v]);
		out_str(f->out, " ");
		out_str(f->out, help[v]);
		out_str(f->out, "\n# TYPE conntrack_group_");
		out_str(f->out, value_names[v]);
		out_str(f->out, " gauge\n");
		for (uint64_t i = 0; i < n; i++) {
			const struct group *a = nth(g, i, reverse);
			char *p = PUT(out_room(f->out, LINE_ROOM), "conntrack_group_");

			p = put_mem(p, value_names[v], strlen(value_names[v]));
			*p++ = '{';
			for (unsigned c = 0; c < g->spec.n; c++) {
				const char *name = names[g->spec.field[c]];

				if (c)
					*p++ = ',';
				p = PUT(put_mem(p, name, strlen(name)), "=\"");
				p = put_field(p, g, a, c);
				*p++ = '"';
			}
			p = put_u64(PUT(p, "} "), value(a, v));
			*p++ = '\n';
			out_end(f->out, p);
		}
	}
}

void groups_print(struct groups *g, struct fmt *f, enum sort_key key, bool reverse, uint64_t limit,
		  unsigned columns)
{
	uint64_t n = limit && limit < g->n ? limit : g->n;

	sort(g, key);
	if (f->ops == &fmt_json)
		print_json(g, f, reverse, n);
	else if (f->ops == &fmt_prometheus)
		print_metrics(g, f, reverse, n);
	else
		print_text(g, f, key, reverse, n, columns);
}
