#include "fmt/group.h"

#include <errno.h>
#include <stdlib.h>

#include "ct/hash.h"
#include "fmt/heap.h"
#include "fmt/key.h"
#include "fmt/num.h"

#define FIRST_SLOTS 1024

struct group_row {
	struct group_key key;
	uint64_t value[GROUP_VALUES]; /* enum value; 0 flows: a free slot */
};

/* Of events, flows are all that are new or have ended. */
enum value { FLOWS, PACKETS, BYTES, ENDED };

/* The slots that groups of events take at most: a MiB. */
#define EVENT_SLOTS 4096

_Static_assert(sizeof(struct group_row) * EVENT_SLOTS <= 1 << 20, "as documented");

struct groups {
	struct group_spec spec;
	struct group_row *slot;
	size_t room, n; /* room is a power of two */
	bool counted;	/* some entry had counters */
	uint64_t rows;	/* once they are sorted: how many are shown */
	enum sort_key key;
	bool reverse;
	uint64_t seed;
	uint64_t most;		  /* groups of events, 0: it is entries that are counted */
	struct group_values rest; /* of those that found no room */
	const struct group_report *report;
};

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

static uint64_t hash(const struct groups *g, const struct group_key *k)
{
	uint64_t h = g->seed, word;

	for (size_t i = 0; i < sizeof(*k); i += sizeof(word)) {
		memcpy(&word, (const char *)k + i, sizeof(word));
		h = ct_hash_add(h, word);
	}
	return h;
}

static struct group_row *find(const struct groups *g, const struct group_key *k)
{
	uint64_t i = hash(g, k) & (g->room - 1);

	while (g->slot[i].value[FLOWS] && memcmp(&g->slot[i].key, k, sizeof(*k)) != 0)
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
		if (old.slot[i].value[FLOWS])
			*find(g, &old.slot[i].key) = old.slot[i];
	free(old.slot);
	return 0;
}

/* Returns the values of the group of an entry, one flow more; NULL when out of memory. */
static uint64_t *count(struct groups *g, const struct ct_entry *e)
{
	struct group_row *group;
	struct group_key k;

	group_key_fill(&k, &g->spec, e);
	if (g->n * 4 >= g->room * 3 && grow(g))
		return NULL;
	group = find(g, &k);
	if (!group->value[FLOWS]) {
		if (g->most && g->n >= g->most) {
			g->rest.value[FLOWS]++;
			return g->rest.value;
		}
		group->key = k;
		g->n++;
	}
	group->value[FLOWS]++;
	return group->value;
}

static void carried(struct groups *g, uint64_t *value, const struct ct_entry *e)
{
	g->counted |= (e->has & (CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY)) != 0;
	value[PACKETS] += ct_entry_sum(e, e->packets);
	value[BYTES] += ct_entry_sum(e, e->bytes);
}

int groups_add(struct groups *g, const struct ct_entry *e)
{
	uint64_t *value = count(g, e);

	if (value)
		carried(g, value, e);
	return value ? 0 : -ENOMEM;
}

void groups_of_events(struct groups *g, uint64_t most)
{
	const uint64_t room = EVENT_SLOTS / 4 * 3 - 1; /* at the next one it would grow */

	g->most = most && most < room ? most : room;
}

int groups_add_event(struct groups *g, const struct ct_entry *e, bool ended)
{
	uint64_t *value = count(g, e);

	if (value && ended) {
		value[ENDED]++;
		carried(g, value, e);
	}
	return value ? 0 : -ENOMEM;
}

static const char *const value_names[] = {"flows", "packets", "bytes"};
static const char *const event_names[] = {"new", "ended", "packets", "bytes"};

/* Returns a value as column c, counted from the first value, shows it. */
static uint64_t shown(const struct groups *g, const uint64_t *value, unsigned c)
{
	if (!g->most)
		return value[c];
	return !c ? value[FLOWS] - value[ENDED] : c == 1 ? value[ENDED] : value[c - 1];
}

unsigned groups_fields(const struct groups *g)
{
	return g->spec.n;
}

unsigned groups_columns(const struct groups *g)
{
	return g->spec.n + (g->most != 0) + (g->counted ? 3 : 1);
}

const char *groups_column(const struct groups *g, unsigned c)
{
	return c < g->spec.n ? group_field_name(g->spec.field[c])
			     : (g->most ? event_names : value_names)[c - g->spec.n];
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

char *group_put(char *p, const struct groups *g, const struct group_row *row, unsigned c)
{
	if (!group_has(g, row, c))
		return PUT(p, "-");
	if (c >= g->spec.n)
		return put_u64(p, shown(g, row->value, c - g->spec.n));
	return group_key_put(p, &g->spec, &row->key, c);
}

static uint64_t weight(const struct group_row *a, enum sort_key key)
{
	return a->value[key == SORT_PACKETS ? PACKETS : key == SORT_BYTES ? BYTES : FLOWS];
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
		if (g->slot[i].value[FLOWS])
			g->slot[heap.n++] = g->slot[i];
	heap_make(&heap);
	heap_sort(&heap);
}

bool groups_other(const struct groups *g, struct group_values *v)
{
	uint64_t sum[GROUP_VALUES];

	memcpy(sum, g->rest.value, sizeof(sum));
	for (uint64_t i = g->rows; i < g->n; i++)
		for (unsigned k = 0; k < GROUP_VALUES; k++)
			sum[k] += groups_row(g, i)->value[k];
	for (unsigned k = 0; k < GROUP_VALUES; k++)
		v->value[k] = shown(g, sum, k);
	return sum[FLOWS];
}

const struct group_report *groups_about(const struct groups *g)
{
	return g->report;
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

void groups_report(struct groups *g, struct fmt *f, const struct group_report *report,
		   uint64_t limit)
{
	g->report = report;
	groups_print(g, f, SORT_FLOWS, false, limit, 0);
	memset(g->slot, 0, g->room * sizeof(*g->slot));
	g->n = 0;
	g->rest = (struct group_values){0};
}
