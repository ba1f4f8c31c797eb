#include "ct/encode.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/field.h"
#include "ct/item.h"
#include "ct/name.h"
#include "ct/policy.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "ct/with.h"

static void begin(struct nl_buf *b, uint16_t type, uint16_t flags, uint32_t seq, uint8_t family,
		  uint8_t version)
{
	nl_begin(b, type, flags, seq);
	nl_put_nfgen(b, family, version, 0);
}

static uint8_t family_of(const struct nlmsghdr *h)
{
	return h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN
		       ? AF_UNSPEC
		       : ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family;
}

/* Copies an attribute as it lies there. */
static bool copy(struct nl_buf *b, const struct nlmsghdr *h, uint16_t type, uint16_t as)
{
	struct nl_attr a;

	if (h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN ||
	    !nl_find(nl_attrs(h, NL_NFGEN_LEN), type, 1, &a))
		return false;
	nl_put(b, as, a.data, a.len);
	return true;
}

/* Puts the attributes that name the item of message h, but for its id. */
static bool put_name(struct nl_buf *b, const struct nlmsghdr *h, unsigned name)
{
	if (!ct_is_expect(h))
		return ct_name_put(b, h, name);
	if (!copy(b, h, CTA_EXPECT_TUPLE, CTA_EXPECT_TUPLE | NLA_F_NESTED))
		return false;
	copy(b, h, CTA_EXPECT_ZONE, CTA_EXPECT_ZONE);
	return true;
}

/* Begins a message about the item of message h, and names it, with its id if that is asked for.
 * False where h lacks them. */
static bool begin_named(struct nl_buf *b, uint16_t type, uint32_t seq, const struct nlmsghdr *h,
			unsigned name, bool with_id)
{
	const struct {
		struct nlattr head;
		uint8_t value[4];
	} zone = {{6, CTA_TUPLE_ZONE}, {CT_ZONE_UNUSED >> 8, CT_ZONE_UNUSED & 255}};
	struct nlattr tuple = {.nla_type = CTA_TUPLE_REPLY | NLA_F_NESTED};
	const uint8_t *common;
	uint32_t len;
	uint8_t *p;

	if (name & CT_NAME_COMMON)
		common = ct_common_places(h, &len);
	else
		common = name == CT_NAME_EXACT ? ct_common_layout(h, &len) : NULL;
	if (!common) {
		uint16_t id = ct_is_expect(h) ? CTA_EXPECT_ID : CTA_ID;

		begin(b, type, 0, seq, family_of(h), NFNETLINK_V0);
		return put_name(b, h, name) && (!with_id || copy(b, h, id, id));
	}
	/* The exact name, as ct_name_put() puts it, in one piece: the family and the original tuple
	 * are copied as they lie there, and a zone goes where the reply tuple begins. */
	p = nl_begin_whole(b, type, 0, seq, NL_NFGEN_LEN + len + (uint32_t)sizeof(zone));
	if (!p)
		return true;
	if (len == NLA_HDRLEN + CT_TUPLE_COMMON_LEN) /* nearly always: by moves of a known size */
		memcpy(p, NLMSG_DATA(h), NL_NFGEN_LEN + NLA_HDRLEN + CT_TUPLE_COMMON_LEN);
	else
		memcpy(p, NLMSG_DATA(h), NL_NFGEN_LEN + len);
	memset(p + 1, 0, NL_NFGEN_LEN - 1); /* NFNETLINK_V0, no resource */
	tuple.nla_len = (uint16_t)(len + sizeof(zone));
	memcpy(p + NL_NFGEN_LEN, &tuple, sizeof(tuple));
	memcpy(p + NL_NFGEN_LEN + len, &zone, sizeof(zone));
	if (with_id)
		nl_put_raw(b, common + CT_AT_ID - NLA_HDRLEN, NLA_HDRLEN + 4);
	return true;
}

/* Ends a message that names an entry, or takes it out again. */
static int end(struct nl_buf *b, bool named)
{
	if (named)
		return nl_end(b);
	nl_abort(b);
	return -EINVAL;
}

static void put_protoinfo(struct nl_buf *b, const struct ct_change *c)
{
	uint32_t nest = nl_nest(b, CTA_PROTOINFO), proto = nl_nest(b, c->info);

	if (c->has & CT_HAS_STATE) /* attribute 1 in each protocol's nest */
		nl_put_u8(b, CTA_PROTOINFO_TCP_STATE, c->state);
	if (c->info == CT_INFO_TCP && c->has & CT_HAS_TCP_FLAGS) {
		const uint8_t orig[2] = {c->tcp_flags[CT_ORIG], c->tcp_mask[CT_ORIG]};
		const uint8_t reply[2] = {c->tcp_flags[CT_REPLY], c->tcp_mask[CT_REPLY]};

		nl_put(b, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, orig, sizeof(orig));
		nl_put(b, CTA_PROTOINFO_TCP_FLAGS_REPLY, reply, sizeof(reply));
	}
	if (c->info == CT_INFO_TCP && c->has & CT_HAS_WSCALE) {
		nl_put_u8(b, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, c->wscale[CT_ORIG]);
		nl_put_u8(b, CTA_PROTOINFO_TCP_WSCALE_REPLY, c->wscale[CT_REPLY]);
	}
	if (c->info == CT_INFO_SCTP && c->has & CT_HAS_VTAG) {
		nl_put_be32(b, CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, c->vtag[CT_ORIG]);
		nl_put_be32(b, CTA_PROTOINFO_SCTP_VTAG_REPLY, c->vtag[CT_REPLY]);
	}
	if (c->info == CT_INFO_DCCP && c->has & CT_HAS_ROLE)
		nl_put_u8(b, CTA_PROTOINFO_DCCP_ROLE, c->role);
	nl_nest_end(b, proto);
	nl_nest_end(b, nest);
}

/* The kernel takes an SCTP state only together with both tags: an update repeats the entry's. */
static void borrow_vtags(struct ct_change *c, const struct nlmsghdr *h)
{
	struct nl_attr info, sctp, a;

	if (c->info != CT_INFO_SCTP || c->has & CT_HAS_VTAG)
		return;
	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_PROTOINFO, 0, &info) ||
	    !nl_find(nl_nested(&info), CTA_PROTOINFO_SCTP, 0, &sctp))
		return;
	if (nl_find(nl_nested(&sctp), CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, 4, &a))
		c->vtag[CT_ORIG] = nl_get_be32(a.data);
	if (nl_find(nl_nested(&sctp), CTA_PROTOINFO_SCTP_VTAG_REPLY, 4, &a))
		c->vtag[CT_REPLY] = nl_get_be32(a.data);
	c->has |= CT_HAS_VTAG;
}

/* Everything but the status. The kernel zeroes label words that are not given: all are. */
static void put_change(struct nl_buf *b, const struct ct_change *c)
{
	if (c->has & CT_HAS_TIMEOUT)
		nl_put_be32(b, CTA_TIMEOUT, c->timeout);
	if (c->info)
		put_protoinfo(b, c);
	if (c->has & CT_HAS_MARK) {
		nl_put_be32(b, CTA_MARK, c->mark);
		if (c->mark_mask != UINT32_MAX)
			nl_put_be32(b, CTA_MARK_MASK, c->mark_mask);
	}
	if (c->has & CT_HAS_LABELS) {
		nl_put(b, CTA_LABELS, &c->labels, sizeof(c->labels));
		nl_put(b, CTA_LABELS_MASK, &c->label_mask, sizeof(c->label_mask));
	}
}

static void put_nat(struct nl_buf *b, uint16_t type, const struct ct_net *n)
{
	uint32_t nest = nl_nest(b, type), proto;

	if (n->l3 == AF_INET)
		nl_put(b, CTA_NAT_V4_MINIP, n->addr.b, 4);
	else if (n->l3 == AF_INET6)
		nl_put(b, CTA_NAT_V6_MINIP, n->addr.b, 16);
	if (n->has_port) {
		proto = nl_nest(b, CTA_NAT_PROTO);
		nl_put_be16(b, CTA_PROTONAT_PORT_MIN, n->port);
		nl_nest_end(b, proto);
	}
	nl_nest_end(b, nest);
}

int ct_encode_create(struct nl_buf *b, uint32_t seq, const struct ct_create *c)
{
	uint32_t help;

	begin(b, CT_MSG(IPCTNL_MSG_CT_NEW), NLM_F_CREATE | NLM_F_EXCL, seq, c->orig.l3,
	      NFNETLINK_V0);
	ct_tuple_encode(b, CTA_TUPLE_ORIG, &c->orig);
	ct_tuple_encode(b, CTA_TUPLE_REPLY, &c->reply);
	if (c->has_zone)
		nl_put_be16(b, CTA_ZONE, c->zone);
	nl_put_be32(b, CTA_STATUS, c->change.status | IPS_CONFIRMED);
	put_change(b, &c->change);
	if (c->has_nat[0])
		put_nat(b, CTA_NAT_SRC, &c->nat[0]);
	if (c->has_nat[1])
		put_nat(b, CTA_NAT_DST, &c->nat[1]);
	if (c->change.has & CT_HAS_HELPER) {
		help = nl_nest(b, CTA_HELP);
		nl_put_str(b, CTA_HELP_NAME, c->change.helper.p, c->change.helper.len);
		nl_nest_end(b, help);
	}
	return nl_end(b);
}

/* The entry's status bits, which an update must repeat, and those to set. */
static void put_status(struct nl_buf *b, const struct nlmsghdr *h, uint32_t set)
{
	uint64_t now;

	if (!ct_field_number(h, CT_F_STATUS, &now))
		now = 0;
	nl_put_be32(b, CTA_STATUS, (uint32_t)now | set);
}

/* The timeout that an entry gets by the policy, in the state and status that it gets. */
static bool by_policy(const struct ct_change *c, const struct ct_entry *e, uint32_t *seconds)
{
	uint8_t state = c->has & CT_HAS_STATE ? c->state : e->has & CT_HAS_STATE ? e->state : 0;
	uint32_t status = (e->has & CT_HAS_STATUS ? e->status : 0) | c->status;

	return WITH_POLICY &&
	       ct_policy_timeout(c->policy, e->family, e->orig.l4, state, status, seconds);
}

int ct_encode_update(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		     const struct ct_change *c)
{
	struct ct_change with;
	struct ct_entry e;
	bool named;

	if (c->policy || c->info == CT_INFO_SCTP) {
		with = *c;
		c = &with;
		borrow_vtags(&with, h);
		if (c->policy && (ct_entry_decode(&e, h) || !by_policy(c, &e, &with.timeout)))
			return -EPROTOTYPE;
	}
	named = begin_named(b, CT_MSG(IPCTNL_MSG_CT_NEW), seq, h, name, false);
	if (c->has & CT_HAS_STATUS)
		put_status(b, h, c->status);
	put_change(b, c);
	return end(b, named);
}

/* (old & ~mask) ^ new, word by word: what the kernel does with labels. */
static void apply_labels(struct ct_entry *e, const struct ct_change *c, struct ct_labels *storage)
{
	uint32_t any = 0;

	for (unsigned i = 0; i < CT_LABEL_BITS / 32; i++) {
		uint32_t old = 0;

		if (e->has & CT_HAS_LABELS && i * 4 + 4 <= e->labels.len)
			memcpy(&old, e->labels.data + i * 4, 4);
		storage->word[i] = (old & ~c->label_mask.word[i]) ^ c->labels.word[i];
		any |= storage->word[i];
	}
	e->labels.data = (const uint8_t *)storage;
	e->labels.len = sizeof(*storage);
	e->has = any ? e->has | CT_HAS_LABELS : e->has & ~(uint32_t)CT_HAS_LABELS;
}

void ct_change_apply(struct ct_entry *e, const struct ct_change *c, struct ct_labels *storage)
{
	if (c->has & CT_HAS_STATUS)
		e->status |= c->status;
	if (c->policy)
		by_policy(c, e, &e->timeout);
	else if (c->has & CT_HAS_TIMEOUT)
		e->timeout = c->timeout;
	if (c->has & CT_HAS_MARK)
		e->mark = (e->mark & ~c->mark_mask) ^ c->mark;
	if (c->has & CT_HAS_STATE)
		e->state = c->state;
	for (unsigned dir = 0; c->has & CT_HAS_TCP_FLAGS && dir < 2; dir++)
		e->tcp_flags[dir] = (uint8_t)((e->tcp_flags[dir] & ~c->tcp_mask[dir]) |
					      (c->tcp_flags[dir] & c->tcp_mask[dir]));
	if (c->has & CT_HAS_WSCALE &&
	    e->tcp_flags[CT_ORIG] & e->tcp_flags[CT_REPLY] & CT_TCP_WSCALE)
		memcpy(e->wscale, c->wscale, sizeof(e->wscale));
	if (c->has & CT_HAS_LABELS)
		apply_labels(e, c, storage);
}

/* True where the mark alone tells that an entry needs the change: it need not be decoded. */
static bool mark_differs(const struct ct_change *c, const struct nlmsghdr *h, const uint8_t *common)
{
	struct nl_attr a;
	uint32_t mark;

	if (!(c->has & CT_HAS_MARK))
		return false;
	if (common)
		mark = nl_get_be32(common + CT_AT_MARK);
	else if (nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_MARK, 4, &a))
		mark = nl_get_be32(a.data);
	else
		return false;
	return ((mark & ~c->mark_mask) ^ c->mark) != mark;
}

bool ct_timeout_fixed(const struct nlmsghdr *h)
{
	uint64_t status;

	return ct_field_number(h, CT_F_STATUS, &status) && status & IPS_FIXED_TIMEOUT;
}

/* True when the entry h has labels, or some are to be set by the creation request create. */
static bool takes_labels(const struct nlmsghdr *h, const struct nlmsghdr *create)
{
	struct ct_labels none = {{0}};
	struct nl_attr a;

	return nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_LABELS, 1, &a) ||
	       (nl_find(nl_attrs(create, NL_NFGEN_LEN), CTA_LABELS, sizeof(none), &a) &&
		memcmp(a.data, &none, sizeof(none)) != 0);
}

/* Applies the change to the entry to see that it stays the same. */
static __attribute__((noinline)) bool changes_nothing(const struct ct_change *c,
						      const struct nlmsghdr *h)
{
	struct ct_labels old, new;
	struct ct_entry e, was;

	memset(&was, 0, sizeof(was));
	if (ct_entry_decode(&was, h))
		return false;
	e = was;
	ct_change_apply(&e, c, &new);
	if (c->has & CT_HAS_LABELS) {
		const struct ct_change none = {.has = CT_HAS_LABELS};

		apply_labels(&was, &none, &old);
		if (memcmp(&old, &new, sizeof(old)) != 0)
			return false;
	}
	if (c->has & CT_HAS_STATE && !(was.has & CT_HAS_STATE && was.info == c->info))
		return false;
	return e.status == was.status && e.mark == was.mark && e.state == was.state &&
	       e.tcp_flags[0] == was.tcp_flags[0] && e.tcp_flags[1] == was.tcp_flags[1] &&
	       e.wscale[0] == was.wscale[0] && e.wscale[1] == was.wscale[1];
}

bool ct_change_is_met(const struct ct_change *c, const struct nlmsghdr *h, const uint8_t *common)
{
	return !c->policy && !(c->has & (CT_HAS_TIMEOUT | CT_HAS_VTAG | CT_HAS_ROLE)) &&
	       !mark_differs(c, h, common) && changes_nothing(c, h);
}

int ct_encode_update_to(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
			const struct nlmsghdr *create)
{
	struct nl_attr a;
	bool named;

	named = begin_named(b, CT_MSG(IPCTNL_MSG_CT_NEW), seq, h, name, false);
	if (nl_find(nl_attrs(create, NL_NFGEN_LEN), CTA_STATUS, 4, &a))
		put_status(b, h, nl_get_be32(a.data));
	if (!ct_timeout_fixed(h))
		copy(b, create, CTA_TIMEOUT, CTA_TIMEOUT);
	copy(b, create, CTA_PROTOINFO, CTA_PROTOINFO | NLA_F_NESTED);
	copy(b, create, CTA_MARK, CTA_MARK);
	copy(b, create, CTA_MARK_MASK, CTA_MARK_MASK);
	if (takes_labels(h, create)) {
		copy(b, create, CTA_LABELS, CTA_LABELS);
		copy(b, create, CTA_LABELS_MASK, CTA_LABELS_MASK);
	}
	copy(b, create, CTA_HELP, CTA_HELP | NLA_F_NESTED);
	return end(b, named);
}

struct nl_str ct_helper_of(const struct nlmsghdr *create)
{
	struct nl_attr help, name;

	if (create->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK ||
	    !nl_find(nl_attrs(create, NL_NFGEN_LEN), CTA_HELP, 0, &help) ||
	    !nl_find(nl_nested(&help), CTA_HELP_NAME, 1, &name))
		return (struct nl_str){NULL, 0};
	return nl_string(&name);
}

static int put_copy(struct nl_buf *b, uint16_t flags, uint32_t seq, const struct nlmsghdr *h)
{
	nl_begin(b, h->nlmsg_type, flags, seq);
	nl_put_raw(b, NLMSG_DATA(h), h->nlmsg_len - NLMSG_HDRLEN);
	return nl_end(b);
}

int ct_encode_resend(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *create)
{
	return put_copy(b, create->nlmsg_flags, seq, create);
}

int ct_encode_get(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		  bool zero)
{
	uint16_t type = ct_is_expect(h) ? CT_EXP_MSG(IPCTNL_MSG_EXP_GET)
			: zero		? CT_MSG(IPCTNL_MSG_CT_GET_CTRZERO)
					: CT_MSG(IPCTNL_MSG_CT_GET);

	return end(b, begin_named(b, type, seq, h, name, false));
}

__attribute__((cold)) int ct_encode_get_tuple(struct nl_buf *b, uint32_t seq,
					      const struct ct_tuple *t, bool reply, uint16_t zone,
					      bool as_listed)
{
	struct ct_tuple with = *t;
	bool other = !as_listed && !zone;

	with.zone = zone ? zone : CT_ZONE_UNUSED;
	with.has = (uint16_t)(as_listed ? t->has & ~CT_T_ZONE : t->has | CT_T_ZONE);
	begin(b, CT_MSG(IPCTNL_MSG_CT_GET), NLM_F_ACK, seq, t->l3, NFNETLINK_V0);
	ct_tuple_encode(b, reply != other ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG, &with);
	if (as_listed && zone)
		nl_put_be16(b, CTA_ZONE, zone);
	return nl_end(b);
}

static uint16_t delete_type(const struct nlmsghdr *h)
{
	return ct_is_expect(h) ? CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE) : CT_MSG(IPCTNL_MSG_CT_DELETE);
}

int ct_encode_delete(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name)
{
	return end(b, begin_named(b, delete_type(h), seq, h, name, true));
}

int ct_encode_delete_created(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *create)
{
	bool exact = ct_is_expect(create) || !ct_name_zone(create);

	return end(b,
		   begin_named(b, delete_type(create), seq, create, CT_NAME_EXACT, false) && exact);
}

int ct_encode_reapply(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		      const struct nlmsghdr *create)
{
	bool named;

	if (ct_is_expect(create))
		return put_copy(b, NLM_F_REQUEST, seq, create);
	named = begin_named(b, CT_MSG(IPCTNL_MSG_CT_NEW), seq, h, name, false);
	copy(b, create, CTA_LABELS, CTA_LABELS);
	copy(b, create, CTA_LABELS_MASK, CTA_LABELS_MASK);
	return end(b, named);
}

__attribute__((cold)) int ct_encode_create_expect(struct nl_buf *b, uint32_t seq,
						  const struct ct_create_expect *x)
{
	begin(b, CT_EXP_MSG(IPCTNL_MSG_EXP_NEW), NLM_F_CREATE | NLM_F_EXCL, seq, x->tuple.l3,
	      NFNETLINK_V0);
	ct_tuple_encode(b, CTA_EXPECT_MASTER, &x->master);
	ct_tuple_encode(b, CTA_EXPECT_TUPLE, &x->tuple);
	ct_tuple_encode(b, CTA_EXPECT_MASK, &x->mask);
	if (x->has_timeout)
		nl_put_be32(b, CTA_EXPECT_TIMEOUT, x->timeout);
	if (x->helper.len)
		nl_put_str(b, CTA_EXPECT_HELP_NAME, x->helper.p, x->helper.len);
	if (x->has_zone)
		nl_put_be16(b, CTA_EXPECT_ZONE, x->zone);
	return nl_end(b);
}
