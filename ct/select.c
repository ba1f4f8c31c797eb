#include "ct/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/field.h"
#include "ct/hash.h"

#define BIT(field) (UINT64_C(1) << (field))

/* The fields that a shape may have, all those of numbers and addresses that tell flows apart. */
#define KEYS ((BIT(CT_F_STATUS) - BIT(CT_F_ORIG_SRC)) | BIT(CT_F_ID) | BIT(CT_F_MARK))

struct ct_selection {
	struct ct_selection *next; /* in the order of adding */
	struct ct_selection *same; /* the next one in its bucket */
	uint64_t hash;
	uint64_t shape;
	unsigned long tag;
	uint32_t nconds, ntests;
	struct ct_cond *cond; /* behind the tests */
	struct ct_test test[];
};

/* The one value of a field that a filter takes. */
static bool wanted(const struct ct_filter *f, uint8_t field, uint64_t *v)
{
	const struct ct_cond *c = ct_filter_single(f, field);

	if (!c)
		return false;
	switch (ct_field_kind(field)) {
	case CT_KIND_RANGE:
		*v = c->range.lo;
		return c->range.lo == c->range.hi;
	case CT_KIND_BITS:
		*v = c->bits.value;
		return c->bits.mask == UINT32_MAX;
	default:
		for (unsigned i = 0; i < ct_addr_len(c->net.l3); i++)
			if (c->net.mask.b[i] != 0xff)
				return false;
		*v = ct_field_address(c->net.l3, c->net.addr.b);
		return c->net.l3;
	}
}

/* The hash of the values of a shape's fields. */
static uint64_t hash_of(const struct ct_selections *s, uint64_t shape, const uint64_t *value)
{
	uint64_t hash = ct_hash_add(s->seed, shape);

	for (; shape; shape &= shape - 1)
		hash = ct_hash_add(hash, value[__builtin_ctzll(shape)]);
	return hash;
}

static struct ct_selection **bucket_of(const struct ct_selections *s, uint64_t hash)
{
	return &s->bucket[hash & (s->buckets - 1)];
}

static bool grow(struct ct_selections *s)
{
	uint32_t n = s->buckets ? s->buckets * 2 : 64;
	struct ct_selection **bucket = calloc(n, sizeof(struct ct_selection *));

	if (!bucket)
		return false;
	free(s->bucket);
	s->bucket = bucket;
	s->buckets = n;
	for (struct ct_selection *one = s->first; one; one = one->next) {
		struct ct_selection **b = bucket_of(s, one->hash);

		one->same = *b;
		*b = one;
	}
	return true;
}

/* Makes this shape one that is looked for. False where there are too many. */
static bool add_shape(struct ct_selections *s, uint64_t shape)
{
	for (unsigned i = 0; i < s->shapes; i++)
		if (s->shape[i] == shape)
			return true;
	if (s->shapes == CT_SHAPES_MAX)
		return false;
	s->shape[s->shapes++] = shape;
	s->keys |= shape;
	return true;
}

static struct ct_selection *copy(const struct ct_filter *f)
{
	size_t tests = f->ntests * sizeof(*f->test), conds = f->nconds * sizeof(*f->cond);
	struct ct_selection *one = malloc(sizeof(*one) + tests + conds);

	if (!one)
		return NULL;
	*one = (struct ct_selection){.nconds = f->nconds, .ntests = f->ntests};
	one->cond = (struct ct_cond *)((char *)one->test + tests);
	if (tests)
		memcpy(one->test, f->test, tests);
	if (conds)
		memcpy(one->cond, f->cond, conds);
	for (uint32_t i = 0; i < one->ntests; i++)
		one->test[i].cond = one->cond + (f->test[i].cond - f->cond);
	return one;
}

_Static_assert(_Alignof(struct ct_cond) <= _Alignof(struct ct_selection) &&
		       sizeof(struct ct_test) % _Alignof(struct ct_cond) == 0 &&
		       sizeof(struct ct_selection) % _Alignof(struct ct_cond) == 0,
	       "conditions may lie behind tests");

int ct_selections_add(struct ct_selections *s, const struct ct_filter *f, unsigned long tag)
{
	struct ct_selection *one, **b;
	uint64_t value[CT_F_COUNT] = {0};

	if (f->fields & CT_SELECT_NEVER)
		return -EINVAL;
	if (!s->n && !s->shapes) {
		s->seed = ct_hash_seed();
		add_shape(s, 0); /* also of those that find no room */
	}
	if (s->n == s->buckets && !grow(s))
		return -ENOMEM;
	one = copy(f);
	if (!one)
		return -ENOMEM;
	for (uint64_t left = f->fields & KEYS; left; left &= left - 1) {
		uint8_t field = (uint8_t)__builtin_ctzll(left);

		if (wanted(f, field, &value[field]))
			one->shape |= BIT(field);
	}
	if (!add_shape(s, one->shape))
		one->shape = 0;
	one->tag = tag;
	one->hash = hash_of(s, one->shape, value);
	b = bucket_of(s, one->hash);
	one->same = *b;
	*b = one;
	*(s->last ? &s->last->next : &s->first) = one;
	s->last = one;
	s->n++;
	return 0;
}

static bool is_met(const struct ct_selection *one, const struct nlmsghdr *h)
{
	const struct ct_filter f = {.test = (struct ct_test *)one->test, .ntests = one->ntests};

	return ct_filter_match(&f, h);
}

bool ct_selections_match(const struct ct_selections *s, const struct nlmsghdr *h)
{
	uint64_t value[CT_F_COUNT] = {0}, has = 0;

	for (uint64_t left = s->keys; left; left &= left - 1) {
		uint8_t field = (uint8_t)__builtin_ctzll(left);

		if (ct_field_value(h, field, &value[field]))
			has |= BIT(field);
	}
	for (unsigned i = 0; i < s->shapes; i++) {
		uint64_t hash;

		if (s->shape[i] & ~has)
			continue;
		hash = hash_of(s, s->shape[i], value);
		for (const struct ct_selection *one = *bucket_of(s, hash); one; one = one->same)
			if (one->hash == hash && is_met(one, h))
				return true;
	}
	return false;
}

/* True when both are conditions on the same number or network. */
static bool same(const struct ct_cond *x, const struct ct_cond *y)
{
	if (ct_field_kind(x->field) == CT_KIND_RANGE)
		return x->range.lo == y->range.lo && x->range.hi == y->range.hi;
	return ct_field_kind(x->field) == CT_KIND_NET && x->net.l3 == y->net.l3 &&
	       x->net.has_port == y->net.has_port &&
	       (!x->net.has_port || x->net.port == y->net.port) &&
	       !memcmp(&x->net.addr, &y->net.addr, ct_addr_len(x->net.l3)) &&
	       !memcmp(&x->net.mask, &y->net.mask, ct_addr_len(x->net.l3));
}

/* True when a filter has this test, which is of one condition. */
static bool has_test(const struct ct_selection *one, const struct ct_test *t)
{
	for (uint32_t i = 0; i < one->ntests; i++) {
		const struct ct_test *other = &one->test[i];

		if (other->field == t->field && other->negate == t->negate &&
		    other->any == t->any && other->n == 1 && same(other->cond, t->cond))
			return true;
	}
	return false;
}

int ct_selections_common(const struct ct_selections *s, struct ct_filter *f)
{
	for (uint32_t i = 0; s->n && i < s->first->ntests; i++) {
		const struct ct_test *t = &s->first->test[i];
		const struct ct_selection *one = t->n == 1 ? s->first : NULL;
		int err;

		while (one && has_test(one, t) && one->next)
			one = one->next;
		if (!one || one->next || !has_test(one, t))
			continue;
		err = ct_filter_add(f, t->cond);
		if (err)
			return err;
	}
	return 0;
}

const struct ct_selection *ct_selections_next(const struct ct_selections *s,
					      const struct ct_selection *one)
{
	return one ? one->next : s->first;
}

unsigned long ct_selection_tag(const struct ct_selection *one)
{
	return one->tag;
}

int ct_selection_filter(const struct ct_selection *one, struct ct_filter *f)
{
	int err = 0;

	ct_filter_reset(f);
	for (uint32_t i = 0; !err && i < one->nconds; i++)
		err = ct_filter_add(f, &one->cond[i]);
	return err ? err : ct_filter_compile(f);
}

void ct_selections_free(struct ct_selections *s)
{
	while (s->first) {
		struct ct_selection *one = s->first;

		s->first = one->next;
		free(one);
	}
	free(s->bucket);
	*s = (struct ct_selections){0};
}
