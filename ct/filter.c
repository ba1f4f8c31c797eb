/* Filters as they are put together: conditions, then tests. */
#include "ct/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Conditions of these fields must all hold; of the others, any. */
static bool each_alone(uint8_t field)
{
	return field == CT_F_STATUS || field == CT_F_TCP_FLAGS || field == CT_F_LABEL ||
	       field == CT_F_PACKETS || field == CT_F_BYTES || field == CT_F_EXPIRES;
}

#define BIT(field) (UINT64_C(1) << (field))
#define NETS                                                                                       \
	(BIT(CT_F_ORIG_SRC) | BIT(CT_F_ORIG_DST) | BIT(CT_F_REPLY_SRC) | BIT(CT_F_REPLY_DST) |     \
	 BIT(CT_F_SRC_NAT) | BIT(CT_F_DST_NAT) | BIT(CT_F_ANY_NAT) | BIT(CT_F_EXPECT_SRC) |        \
	 BIT(CT_F_EXPECT_DST))

enum ct_kind ct_field_kind(uint8_t field)
{
	if (NETS >> field & 1)
		return CT_KIND_NET;
	switch (field) {
	case CT_F_STATUS:
	case CT_F_MARK:
	case CT_F_TCP_FLAGS:
		return CT_KIND_BITS;
	case CT_F_STATE:
		return CT_KIND_STATES;
	case CT_F_LABEL:
		return CT_KIND_LABELS;
	case CT_F_HELPER:
	case CT_F_IN:
	case CT_F_OUT:
		return CT_KIND_NAME;
	}
	return CT_KIND_RANGE;
}

void ct_filter_reset(struct ct_filter *f)
{
	f->nconds = f->ntests = 0;
	f->fields = 0;
	f->family = AF_UNSPEC;
}

int ct_filter_add(struct ct_filter *f, const struct ct_cond *c)
{
	if (f->nconds == f->room) {
		uint32_t room = f->room ? f->room * 2 : 16;
		struct ct_cond *cond = realloc(f->cond, room * sizeof(*cond));
		struct ct_test *test;

		if (!cond)
			return -ENOMEM;
		f->cond = cond;
		test = realloc(f->test, room * sizeof(*test));
		if (!test)
			return -ENOMEM;
		f->test = test;
		f->room = room;
	}
	f->cond[f->nconds++] = *c;
	return 0;
}

static int by_test(const struct ct_cond *x, const struct ct_cond *y)
{
	return (x->field << 1 | x->negate) - (y->field << 1 | y->negate);
}

/* Conditions come nearly sorted: lists do as a whole. */
static void sort(struct ct_cond *c, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct ct_cond x;
		uint32_t k = i;

		if (by_test(&c[i - 1], &c[i]) <= 0)
			continue;
		for (x = c[i]; k && by_test(&c[k - 1], &x) > 0; k--)
			c[k] = c[k - 1];
		c[k] = x;
	}
}

/* The families that a positive test on addresses leaves, as bits. */
static unsigned families(const struct ct_test *t)
{
	unsigned set = 0;

	if (t->negate || !(NETS >> t->field & 1 || t->field == CT_F_FAMILY))
		return 3;
	for (uint32_t i = 0; i < t->n; i++) {
		unsigned l3 =
			t->field == CT_F_FAMILY ? (unsigned)t->cond[i].range.lo : t->cond[i].net.l3;

		set |= l3 == AF_INET ? 1 : l3 == AF_INET6 ? 2 : 3;
	}
	return set;
}

_Static_assert(CT_F_COUNT <= 64, "the set of fields has 64 bits");

int ct_filter_compile(struct ct_filter *f)
{
	unsigned common = 3;

	sort(f->cond, f->nconds);
	f->ntests = 0;
	f->fields = 0;
	for (uint32_t i = 0; i < f->nconds; i++) {
		const struct ct_cond *c = &f->cond[i];
		struct ct_test *t = &f->test[f->ntests];

		if (i && !by_test(c - 1, c) && !each_alone(c->field)) {
			t[-1].n++;
			continue;
		}
		*t = (struct ct_test){c->field, c->negate, c->any, 1, c};
		if (!(f->fields & BIT(c->field)))
			f->at[c->field] = f->ntests;
		f->fields |= BIT(c->field);
		f->ntests++;
	}
	for (uint32_t i = 0; i < f->ntests; i++)
		common &= families(&f->test[i]);
	f->family = common == 1 ? AF_INET : common == 2 ? AF_INET6 : AF_UNSPEC;
	return common ? 0 : -EAFNOSUPPORT;
}

const struct ct_cond *ct_filter_find(const struct ct_filter *f, enum ct_field field)
{
	const struct ct_cond *found = NULL;

	for (uint32_t i = f->at[field]; i < f->ntests && f->test[i].field == field; i++) {
		const struct ct_test *t = &f->test[i];

		if (t->negate || t->any)
			continue;
		if (found || t->n != 1)
			return NULL;
		found = t->cond;
	}
	return found;
}

void ct_filter_free(struct ct_filter *f)
{
	free(f->cond);
	free(f->test);
	*f = (struct ct_filter){0};
}
