#include "ct/expect.h"

#include <errno.h>

#include "ct/host.h"
#include "ct/uapi.h"
#include "ct/with.h"

static uint32_t decode_nat(struct ct_expect *x, const struct nl_attr *nat)
{
	struct nl_iter it = nl_nested(nat);
	struct nl_attr a;

	x->nat_dir = 0;
	x->nat = (struct ct_tuple){0};
	while (nl_next(&it, &a)) {
		if (a.type == CTA_EXPECT_NAT_DIR)
			nl_be32(&a, &x->nat_dir);
		else if (a.type == CTA_EXPECT_NAT_TUPLE)
			ct_tuple_decode(&x->nat, &a);
	}
	return CT_EXP_HAS_NAT;
}

static uint32_t decode_attr(struct ct_expect *x, const struct nl_attr *a)
{
	switch (a->type) {
	case CTA_EXPECT_MASTER:
		ct_tuple_decode(&x->master, a);
		return CT_EXP_HAS_MASTER;
	case CTA_EXPECT_TUPLE:
		ct_tuple_decode(&x->tuple, a);
		return CT_EXP_HAS_TUPLE;
	case CTA_EXPECT_MASK:
		ct_tuple_decode(&x->mask, a);
		return CT_EXP_HAS_MASK;
	case CTA_EXPECT_TIMEOUT:
		return nl_be32(a, &x->timeout) ? CT_EXP_HAS_TIMEOUT : 0;
	case CTA_EXPECT_ID:
		return nl_be32(a, &x->id) ? CT_EXP_HAS_ID : 0;
	case CTA_EXPECT_HELP_NAME:
		x->helper = nl_string(a);
		return CT_EXP_HAS_HELPER;
	case CTA_EXPECT_ZONE:
		return nl_be16(a, &x->zone) ? CT_EXP_HAS_ZONE : 0;
	case CTA_EXPECT_FLAGS:
		return nl_be32(a, &x->flags) ? CT_EXP_HAS_FLAGS : 0;
	case CTA_EXPECT_CLASS:
		return nl_be32(a, &x->exp_class) ? CT_EXP_HAS_CLASS : 0;
	case CTA_EXPECT_NAT:
		return decode_nat(x, a);
	case CTA_EXPECT_FN:
		x->fn = nl_string(a);
		return CT_EXP_HAS_FN;
	}
	return 0;
}

int ct_expect_decode(struct ct_expect *x, const struct nlmsghdr *h)
{
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN);
	struct nl_attr a;

	if (h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN)
		return -EBADMSG;
	x->family = ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family;
	x->has = 0;
	ct_tuple_clear(&x->master);
	ct_tuple_clear(&x->tuple);
	ct_tuple_clear(&x->mask);
	ct_tuple_clear(&x->nat);
	while (nl_next(&it, &a))
		x->has |= decode_attr(x, &a);
	return 0;
}

static bool tuple_addr(const struct ct_test *t, const struct ct_tuple *tuple, bool dst)
{
	return tuple->has & (dst ? CT_T_DST : CT_T_SRC) &&
	       ct_test_addr(t, tuple->l3, dst ? &tuple->dst : &tuple->src);
}

static bool tuple_port(const struct ct_test *t, const struct ct_tuple *tuple, bool dst)
{
	return tuple->has & (dst ? CT_T_DPORT : CT_T_SPORT) &&
	       ct_test_range(t, dst ? tuple->dport : tuple->sport);
}

static bool run_test(const struct ct_filter *f, const struct ct_test *t, const struct ct_expect *x)
{
	const struct ct_tuple *m = &x->master;

	switch (t->field) {
	case CT_F_FAMILY:
		return ct_test_range(t, x->family);
	case CT_F_PROTO:
		return x->tuple.has & CT_T_PROTO && ct_test_range(t, x->tuple.l4);
	case CT_F_ORIG_SRC:
	case CT_F_ORIG_DST:
		return tuple_addr(t, m, t->field == CT_F_ORIG_DST);
	case CT_F_ORIG_SPORT:
	case CT_F_ORIG_DPORT:
		return tuple_port(t, m, t->field == CT_F_ORIG_DPORT);
	case CT_F_EXPECT_SRC:
	case CT_F_EXPECT_DST:
		return tuple_addr(t, &x->tuple, t->field == CT_F_EXPECT_DST);
	case CT_F_EXPECT_SPORT:
	case CT_F_EXPECT_DPORT:
		return tuple_port(t, &x->tuple, t->field == CT_F_EXPECT_DPORT);
	case CT_F_ZONE:
		return ct_test_range(t, x->has & CT_EXP_HAS_ZONE ? x->zone : 0);
	case CT_F_ID:
		return x->has & CT_EXP_HAS_ID && ct_test_range(t, x->id);
	case CT_F_EXPIRES:
		return x->has & CT_EXP_HAS_TIMEOUT && ct_test_range(t, x->timeout);
	case CT_F_LOCAL:
		return WITH_ROUTE && (ct_hosts_find(f->own, m->l3, m->src.b) ||
				      ct_hosts_find(f->own, m->l3, m->dst.b));
	case CT_F_HELPER:
		return x->has & CT_EXP_HAS_HELPER && ct_test_name(t, x->helper);
	}
	return false;
}

bool ct_expect_match(const struct ct_filter *f, const struct ct_expect *x)
{
	for (uint32_t i = 0; i < f->ntests; i++)
		if (run_test(f, &f->test[i], x) == f->test[i].negate)
			return false;
	return true;
}
