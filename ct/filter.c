/* Filters as they are put together: conditions, then tests. */
#include "ct/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ct/list.h"

/* Conditions of these fields must all hold; of the others, any. */
static bool each_alone(uint8_t field)
{
	return field == CT_F_STATUS || field == CT_F_TCP_FLAGS || field == CT_F_LABEL ||
	       field == CT_F_PACKETS || field == CT_F_BYTES || field == CT_F_AGE ||
	       field == CT_F_IDLE || field == CT_F_EXPIRES;
}

#define BIT(field) (UINT64_C(1) << (field))

void ct_filter_reset(struct ct_filter *f)
{
	f->nconds = f->ntests = 0;
	f->fields = 0;
	f->family = AF_UNSPEC;
}

int ct_filter_add(struct ct_filter *f, const struct ct_cond *c)
{
	if (c->field == CT_F_NONE || c->field >= CT_F_COUNT)
		return -EINVAL;
	if (f->nconds == f->room) {
		uint32_t room = f->room ? f->room * 2 : 16;
		struct ct_cond *cond = realloc(f->cond, room * sizeof(*cond));

		if (!cond)
			return -ENOMEM;
		f->cond = cond;
		f->room = room;
	}
	f->cond[f->nconds++] = *c;
	return 0;
}

/* The families that a positive test on addresses leaves, as bits. */
static unsigned families(const struct ct_test *t)
{
	unsigned set = 0;

	if (t->negate || (ct_field_kind(t->field) != CT_KIND_NET && t->field != CT_F_FAMILY))
		return 3;
	for (uint32_t i = 0; i < t->n; i++) {
		unsigned l3 =
			t->field == CT_F_FAMILY ? (unsigned)t->cond[i].range.lo : t->cond[i].net.l3;

		set |= l3 == AF_INET ? 1 : l3 == AF_INET6 ? 2 : 3;
	}
	return set;
}

_Static_assert(CT_F_COUNT <= 64, "the set of fields has 64 bits");

/* The test that a condition is of: the last one, or a new one. NULL when memory is short. */
static struct ct_test *test_of(struct ct_filter *f, const struct ct_cond *c)
{
	struct ct_test *t = f->ntests ? f->test + f->ntests : f->test;

	if (f->ntests && t[-1].field == c->field && t[-1].negate == c->negate &&
	    !each_alone(c->field))
		return t - 1;
	if (f->ntests == f->test_room) {
		uint32_t room = f->test_room ? f->test_room * 2 : 16;
		struct ct_test *test = realloc(f->test, room * sizeof(*test));

		if (!test)
			return NULL;
		f->test = test;
		f->test_room = room;
		t = test + f->ntests;
	}
	*t = (struct ct_test){.field = c->field, .negate = c->negate, .any = c->any, .cond = c};
	if (!(f->fields & BIT(c->field)))
		f->at[c->field] = f->ntests;
	f->fields |= BIT(c->field);
	f->ntests++;
	return t;
}

int ct_filter_compile(struct ct_filter *f)
{
	unsigned common = 3;

	f->ntests = 0;
	f->fields = 0;
	if (f->nconds)
		ct_list_sort(f->cond, f->nconds);
	for (uint32_t i = 0; i < f->nconds; i++) {
		struct ct_test *t = test_of(f, &f->cond[i]);

		if (!t)
			return -ENOMEM;
		t->linear = ++t->n;
	}
	for (uint32_t i = 0; i < f->ntests; i++) {
		struct ct_test *t = &f->test[i];

		if (t->n > CT_LIST_SHORT)
			ct_list_merge(t, f->cond + (t->cond - f->cond));
		common &= families(t);
	}
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
