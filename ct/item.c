#include "ct/item.h"

#include <sys/socket.h>

#include "ct/select.h"
#include "ct/uapi.h"
#include "ct/with.h"
#include "nl/msg.h"

bool ct_is_expect(const struct nlmsghdr *h)
{
	return h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
}

static bool match_expect(const struct ct_filter *f, const struct nlmsghdr *h)
{
	struct ct_expect x;

	return !ct_expect_decode(&x, h) && ct_expect_match(f, &x);
}

bool ct_match(const struct ct_filter *f, const struct nlmsghdr *h)
{
	if (ct_is_expect(h))
		return match_expect(f, h);
	return ct_filter_match(f, h) && (!WITH_LOAD || !f->selections ||
					 ct_selections_match(f->selections, h) != f->unselected);
}

uint32_t ct_item_id(const struct nlmsghdr *h)
{
	struct nl_attr id;

	return nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_ID, 4, &id) ? nl_get_be32(id.data) : 0;
}

/* True when both have this attribute with the same bytes, or neither has it. */
static bool same_attr(const struct nlmsghdr *x, const struct nlmsghdr *y, uint16_t type)
{
	struct nl_attr a, b;
	bool there = nl_find(nl_attrs(x, NL_NFGEN_LEN), type, 0, &a);

	return there == nl_find(nl_attrs(y, NL_NFGEN_LEN), type, 0, &b) &&
	       (!there || (a.len == b.len && !memcmp(a.data, b.data, a.len)));
}

bool ct_same_item(const struct nlmsghdr *x, const struct nlmsghdr *y)
{
	static const uint16_t entry[] = {CTA_ID, CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_ZONE};
	static const uint16_t expect[] = {CTA_EXPECT_ID, CTA_EXPECT_MASTER, CTA_EXPECT_TUPLE,
					  CTA_EXPECT_MASK};
	const uint16_t *type = ct_is_expect(x) ? expect : entry;
	struct nl_attr id;

	for (unsigned i = 0; i < 4; i++)
		if (!same_attr(x, y, type[i]))
			return false;
	return nl_find(nl_attrs(x, NL_NFGEN_LEN), type[0], 4, &id);
}

static bool same_addr(const struct ct_addr *a, const struct ct_addr *b, uint8_t l3)
{
	return !memcmp(a->b, b->b, ct_addr_len(l3));
}

bool ct_same_tuple(const struct ct_tuple *a, const struct ct_tuple *b)
{
	return a->l3 == b->l3 && a->l4 == b->l4 && same_addr(&a->src, &b->src, a->l3) &&
	       same_addr(&a->dst, &b->dst, a->l3) &&
	       (!(a->has & CT_T_SPORT) || a->sport == b->sport) &&
	       (!(a->has & CT_T_DPORT) || a->dport == b->dport) &&
	       (!(a->has & CT_T_ICMP_TYPE) || a->icmp_type == b->icmp_type) &&
	       (!(a->has & CT_T_ICMP_CODE) || a->icmp_code == b->icmp_code) &&
	       (!(a->has & CT_T_ICMP_ID) || a->icmp_id == b->icmp_id);
}

bool ct_same_flow(const struct nlmsghdr *h, const struct nlmsghdr *create)
{
	struct ct_entry e, want;

	return !ct_entry_decode(&e, h) && !ct_entry_decode(&want, create) &&
	       ct_same_tuple(&e.orig, &want.orig) &&
	       ct_entry_zone(&e, &e.orig) == ct_entry_zone(&want, &want.orig) &&
	       ct_entry_zone(&e, &e.reply) == ct_entry_zone(&want, &want.reply);
}

bool ct_same_expect(const struct nlmsghdr *h, const struct nlmsghdr *create)
{
	const uint32_t all = CT_EXP_HAS_MASTER | CT_EXP_HAS_TUPLE | CT_EXP_HAS_MASK;
	struct ct_expect x, want;

	return !ct_expect_decode(&x, h) && !ct_expect_decode(&want, create) &&
	       (x.has & want.has & all) == all && ct_same_tuple(&x.master, &want.master) &&
	       ct_same_tuple(&x.tuple, &want.tuple) &&
	       same_addr(&x.mask.src, &want.mask.src, x.mask.l3) && x.mask.sport == want.mask.sport;
}

/* One direction: addr and port are the entry's where that NAT shows, bit says that it is in force.
 */
static bool one_nat(const struct nlmsghdr *create, const struct ct_entry *e, uint16_t type,
		    const struct ct_addr *addr, uint16_t port, uint32_t bit)
{
	struct nl_attr nat, a, proto;
	uint8_t l3 = e->reply.l3;
	struct ct_tuple mirror;

	if (!nl_find(nl_attrs(create, NL_NFGEN_LEN), type, 0, &nat))
		return true;
	if (!(e->status & bit) &&
	    (!ct_tuple_invert(&mirror, &e->orig) || !same_addr(&mirror.src, &e->reply.src, l3) ||
	     !same_addr(&mirror.dst, &e->reply.dst, l3)))
		return false; /* translated on paper only */
	if (nl_find(nl_nested(&nat), l3 == AF_INET6 ? CTA_NAT_V6_MINIP : CTA_NAT_V4_MINIP,
		    (uint16_t)ct_addr_len(l3), &a) &&
	    memcmp(a.data, addr->b, ct_addr_len(l3)) != 0)
		return false;
	if (e->reply.has & CT_T_ICMP_ID)
		port = e->reply.icmp_id;
	else if (!(e->reply.has & CT_T_SPORT))
		return true; /* the kernel keeps no ports of a protocol that it does not track */
	return !nl_find(nl_nested(&nat), CTA_NAT_PROTO, 0, &proto) ||
	       !nl_find(nl_nested(&proto), CTA_PROTONAT_PORT_MIN, 2, &a) ||
	       nl_get_be16(a.data) == port;
}

bool ct_nat_as_asked(const struct nlmsghdr *h, const struct nlmsghdr *create, uint16_t given)
{
	struct ct_entry e, want;
	const struct ct_tuple *a = &e.reply, *b = &want.reply;

	if (ct_entry_decode(&e, h) || ct_entry_decode(&want, create) || !(e.has & CT_HAS_STATUS))
		return false;
	given &= a->has;
	if ((given & CT_T_SRC && !same_addr(&a->src, &b->src, a->l3)) ||
	    (given & CT_T_DST && !same_addr(&a->dst, &b->dst, a->l3)) ||
	    (given & CT_T_SPORT && a->sport != b->sport) ||
	    (given & CT_T_DPORT && a->dport != b->dport) ||
	    (given & CT_T_ICMP_ID && a->icmp_id != b->icmp_id))
		return false;
	return one_nat(create, &e, CTA_NAT_SRC, &e.reply.dst, e.reply.dport, IPS_SRC_NAT) &&
	       one_nat(create, &e, CTA_NAT_DST, &e.reply.src, e.reply.sport, IPS_DST_NAT);
}
