/* From what an option list says to the entry, the changes or the tuple that it means. */
#include <sys/socket.h>

#include "cli/opt/option.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/format.h"

/* TCP conntrack flags (KERNEL: IP_CT_TCP_FLAG_*). */
enum {
	TCP_SACK_PERM = 0x02,
	TCP_CLOSE_INIT = 0x04,
	TCP_BE_LIBERAL = 0x08,
	TCP_STATE_TIME_WAIT = 7,
};

/* What an entry may be given; the kernel ignores or refuses the others. */
#define SETTABLE (IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT | IPS_HELPER)

/* Says that a field's option is wrong in this place. */
static int wrong(struct cmd *c, uint8_t field, const char *what)
{
	char name[24];

	option_name(option_of_field(&c->kept->index, field, c->verb), name, sizeof(name));
	format(c->err, sizeof(c->err), "%s %s", name, what);
	return EXIT_USAGE;
}

static int missing(struct cmd *c, uint8_t field)
{
	return wrong(c, field, "is needed here");
}

/* Lists, ranges and networks select; an entry to be made or got has one value of each. */
static int check_single(struct cmd *c, const struct ct_filter *f)
{
	for (uint32_t i = 0; i < f->ntests; i++) {
		const struct ct_test *t = &f->test[i];
		struct ct_tuple tuple;

		/* What must hold one by one has a test for each value; only bits add up. */
		bool again = i && t[-1].field == t->field && t->field != CT_F_STATUS &&
			     t->field != CT_F_LABEL;

		if (t->negate || t->n != 1 || again)
			return wrong(c, t->field, "takes one value here");
		switch (ct_field_kind(t->field)) {
		case CT_KIND_RANGE:
			if (t->cond->range.lo != t->cond->range.hi)
				return wrong(c, t->field, "takes one value here, not a range");
			break;
		case CT_KIND_NET:
			if (t->field == CT_F_EXPECT_SRC || t->field == CT_F_EXPECT_DST)
				break; /* a prefix there is the mask */
			memset(&tuple, 0xff, sizeof(tuple));
			if (memcmp(tuple.src.b, t->cond->net.mask.b,
				   ct_addr_len(t->cond->net.l3)) != 0)
				return wrong(c, t->field, "takes one address here, not a network");
			break;
		default:
			break;
		}
	}
	return 0;
}

static bool number(const struct ct_filter *f, enum ct_field field, uint64_t *v)
{
	const struct ct_cond *c = ct_filter_single(f, field);

	if (c)
		*v = c->range.lo;
	return c;
}

/* The options that give a tuple's keys, in the order of CT_T_SPORT, CT_T_DPORT or of ICMP's type,
 * code and id; they are needed as a set. */
static int check_tuple(struct cmd *c, struct ct_tuple *t, bool reply)
{
	static const struct {
		uint8_t first, n;
		uint16_t bit;
	} need[] = {
		[CT_KEYS_PORTS] = {CT_F_ORIG_SPORT, 2, CT_T_SPORT},
		[CT_KEYS_GRE] = {CT_F_ORIG_SRCKEY, 2, CT_T_SPORT},
		[CT_KEYS_ICMP] = {CT_F_ICMP_TYPE, 3, CT_T_ICMP_TYPE},
		[CT_KEYS_ICMPV6] = {CT_F_ICMPV6_TYPE, 3, CT_T_ICMP_TYPE},
	};
	unsigned keys = ct_proto(t->l4)->keys;

	if (!(t->has & CT_T_PROTO))
		return missing(c, CT_F_PROTO);
	if (t->has & CT_T_ICMP_TYPE)
		t->has |= CT_T_ICMP_ID; /* it is 0 unless given */
	if (!(t->has & CT_T_SRC))
		return missing(c, reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC);
	if (!(t->has & CT_T_DST))
		return missing(c, reply ? CT_F_REPLY_DST : CT_F_ORIG_DST);
	for (unsigned i = 0; keys && i < need[keys].n; i++)
		if (!(t->has & need[keys].bit << i))
			return missing(c, (uint8_t)(need[keys].first + i));
	if ((keys == CT_KEYS_ICMP && t->l3 == AF_INET6) ||
	    (keys == CT_KEYS_ICMPV6 && t->l3 == AF_INET))
		return wrong(c, CT_F_PROTO, "is not a protocol of this address family");
	return 0;
}

/* Lays the given parts of a direction over what the mirror says. */
static void overlay(struct ct_tuple *t, const struct ct_tuple *given)
{
	if (given->has & CT_T_SRC)
		t->src = given->src;
	if (given->has & CT_T_DST)
		t->dst = given->dst;
	if (given->has & CT_T_SPORT)
		t->sport = given->sport;
	if (given->has & CT_T_DPORT)
		t->dport = given->dport;
}

/* One kind of NAT. The request carries the reply tuple as it would be without it: told a translated
 * one, the kernel finds nothing left to do and sets no NAT bit. What the user gave of the reply
 * must agree; a port given there is the port to translate to. */
static int build_one_nat(struct cmd *c, struct ct_create *e, bool dst, const struct ct_tuple *given,
			 const struct ct_tuple *mirror)
{
	uint8_t field = dst ? CT_F_DST_NAT : CT_F_SRC_NAT;
	const struct ct_cond *cond = ct_filter_single(&c->set, field);
	const struct ct_addr *addr = dst ? &given->src : &given->dst;
	uint16_t port = dst ? given->sport : given->dport;
	uint16_t mirrored = dst ? mirror->sport : mirror->dport;
	bool ports = ct_proto(e->orig.l4)->keys == CT_KEYS_PORTS;
	struct ct_net *nat = &e->nat[dst];

	if (!cond)
		return 0;
	*nat = cond->net;
	e->has_nat[dst] = true;
	if (!nat->l3)
		return wrong(c, field, "needs an address here");
	if (nat->has_port && !ports)
		return wrong(c, field, "names a port, but the protocol has none");
	if (given->has & (dst ? CT_T_SRC : CT_T_DST) &&
	    memcmp(addr->b, nat->addr.b, ct_addr_len(nat->l3)) != 0)
		return wrong(c, field, "contradicts the reply's address");
	if (given->has & (dst ? CT_T_SPORT : CT_T_DPORT)) {
		if (ports ? nat->has_port && nat->port != port : port != mirrored)
			return wrong(c, field, "contradicts the reply's port or key");
		nat->has_port = ports;
		nat->port = port;
	}
	if (dst) {
		e->reply.src = mirror->src;
		e->reply.sport = mirrored;
	} else {
		e->reply.dst = mirror->dst;
		e->reply.dport = mirrored;
	}
	e->reply_given &= (uint16_t) ~(dst ? CT_T_SRC | CT_T_SPORT : CT_T_DST | CT_T_DPORT);
	return 0;
}

static int build_zones(struct cmd *c, struct ct_create *e)
{
	uint64_t v;

	e->has_zone = number(&c->set, CT_F_ZONE, &v);
	if (e->has_zone)
		e->zone = (uint16_t)v;
	if (number(&c->set, CT_F_ORIG_ZONE, &v)) {
		e->orig.zone = (uint16_t)v;
		e->orig.has |= CT_T_ZONE;
	}
	if (number(&c->set, CT_F_REPLY_ZONE, &v)) {
		e->reply.zone = (uint16_t)v;
		e->reply.has |= CT_T_ZONE;
	}
	if (e->has_zone + !!(e->orig.has & CT_T_ZONE) + !!(e->reply.has & CT_T_ZONE) > 1)
		return wrong(c, CT_F_ZONE, "and the zones of one direction exclude each other");
	return 0;
}

static int build_status(struct cmd *c, struct ct_change *ch)
{
	for (uint32_t i = 0; i < c->set.ntests; i++) {
		const struct ct_test *t = &c->set.test[i];
		const struct ct_bits *bits = &t->cond->bits;
		uint32_t clear = bits->mask & ~bits->value;

		if (t->field != CT_F_STATUS)
			continue;
		if (bits->value & ~(SETTABLE | IPS_CONFIRMED))
			return wrong(c, CT_F_STATUS,
				     "can set SEEN_REPLY, ASSURED, FIXED_TIMEOUT and HELPER only");
		/* A new entry has none of its bits yet; UNSET on an old one sets nothing. */
		if (clear && !bits->value && c->verb == V_UPDATE && clear != CT_STATUS_UNSET)
			return wrong(c, CT_F_STATUS,
				     "cannot clear a bit: the kernel only sets them");
		ch->status |= bits->value & SETTABLE;
		ch->has |= CT_HAS_STATUS;
	}
	return 0;
}

static void build_labels(struct cmd *c, struct ct_change *ch)
{
	for (uint32_t i = 0; i < c->set.ntests; i++) {
		const struct ct_test *t = &c->set.test[i];

		if (t->field != CT_F_LABEL && t->field != CT_F_LABEL_DEL)
			continue;
		ch->has |= CT_HAS_LABELS;
		for (uint32_t k = 0; k < t->n; k++)
			for (unsigned w = 0; w < CT_LABEL_BITS / 32; w++) {
				ch->label_mask.word[w] |= t->cond[k].labels.word[w];
				if (t->field == CT_F_LABEL)
					ch->labels.word[w] |= t->cond[k].labels.word[w];
			}
	}
}

/* The protocol's state and what goes with it. */
static int build_info(struct cmd *c, struct ct_change *ch, const struct ct_proto *proto,
		      bool create)
{
	const struct ct_cond *state = ct_filter_single(&c->set, CT_F_STATE);
	const struct ct_cond *flags = ct_filter_single(&c->set, CT_F_TCP_FLAGS);
	uint64_t v;

	if (state && (!proto || !proto->nstates))
		return wrong(c, CT_F_STATE, "needs a protocol with states: -p tcp, sctp or dccp");
	if (flags && (!proto || proto->info != CT_INFO_TCP))
		return wrong(c, CT_F_TCP_FLAGS, "needs -p tcp");
	if (create && proto->info == CT_INFO_TCP && !state)
		return missing(c, CT_F_STATE);
	if (state) {
		for (ch->state = 0; !(state->states[proto->info] >> ch->state & 1);)
			ch->state++;
		ch->has |= CT_HAS_STATE;
	}
	if (create && proto->info == CT_INFO_TCP) {
		ch->tcp_flags[0] = TCP_SACK_PERM | TCP_BE_LIBERAL;
		if (ch->state >= TCP_STATE_TIME_WAIT)
			ch->tcp_flags[0] |= TCP_CLOSE_INIT;
		ch->tcp_mask[0] = ch->tcp_flags[0];
		ch->has |= CT_HAS_TCP_FLAGS;
	}
	if (flags) {
		ch->tcp_flags[0] =
			(uint8_t)((ch->tcp_flags[0] & ~flags->bits.mask) | flags->bits.value);
		ch->tcp_mask[0] |= (uint8_t)flags->bits.mask;
		ch->has |= CT_HAS_TCP_FLAGS;
	}
	ch->tcp_flags[1] = ch->tcp_flags[0];
	ch->tcp_mask[1] = ch->tcp_mask[0];
	for (unsigned i = 0; i < 2; i++)
		if (number(&c->set, i ? CT_F_REPLY_VTAG : CT_F_ORIG_VTAG, &v)) {
			ch->vtag[i] = (uint32_t)v;
			ch->has |= CT_HAS_VTAG;
		} else if (create && proto->info == CT_INFO_SCTP && state) {
			return missing(c, i ? CT_F_REPLY_VTAG : CT_F_ORIG_VTAG);
		}
	if (number(&c->set, CT_F_ROLE, &v)) {
		ch->role = (uint8_t)v;
		ch->has |= CT_HAS_ROLE;
	}
	if (ch->has & (CT_HAS_STATE | CT_HAS_TCP_FLAGS | CT_HAS_VTAG | CT_HAS_ROLE))
		ch->info = proto ? proto->info : CT_INFO_NONE;
	return 0;
}

static int build_change(struct cmd *c, struct ct_change *ch, const struct ct_proto *proto,
			bool create)
{
	const struct ct_cond *cond;
	uint64_t v;
	int err;

	*ch = (struct ct_change){0};
	err = build_status(c, ch);
	if (!err)
		err = build_info(c, ch, proto, create);
	build_labels(c, ch);
	if (number(&c->set, CT_F_EXPIRES, &v)) {
		ch->timeout = (uint32_t)v;
		ch->has |= CT_HAS_TIMEOUT;
	}
	cond = ct_filter_single(&c->set, CT_F_MARK);
	if (cond) {
		ch->mark = cond->bits.value;
		ch->mark_mask = cond->bits.mask;
		ch->has |= CT_HAS_MARK;
	}
	cond = ct_filter_single(&c->set, CT_F_HELPER);
	if (cond) {
		ch->helper = cond->name;
		ch->has |= CT_HAS_HELPER;
	}
	return err;
}

/* A port that stands behind an address is not to be dropped for another, or for want of ports. */
static int check_ports(struct cmd *c, uint8_t l4)
{
	static const uint8_t fields[][2] = {{CT_F_ORIG_SRC, CT_F_ORIG_SPORT},
					    {CT_F_ORIG_DST, CT_F_ORIG_DPORT},
					    {CT_F_REPLY_SRC, CT_F_REPLY_SPORT},
					    {CT_F_REPLY_DST, CT_F_REPLY_DPORT}};

	for (unsigned i = 0; i < 4; i++) {
		const struct ct_cond *addr = ct_filter_single(&c->set, fields[i][0]);

		if (!addr || !addr->net.has_port)
			continue;
		if (ct_proto(l4)->keys != CT_KEYS_PORTS)
			return wrong(c, fields[i][0], "names a port, but the protocol has none");
		if (ct_filter_single(&c->set, fields[i][1]))
			return wrong(c, fields[i][1], "is given already, behind the address");
	}
	return 0;
}

static int build_create(struct cmd *c)
{
	struct ct_create *e = &c->create;
	struct ct_tuple given[2], mirror;
	int err;

	*e = (struct ct_create){0};
	ct_filter_tuple(&c->set, &given[CT_ORIG], false);
	ct_filter_tuple(&c->set, &given[CT_REPLY], true);
	/* The reply may be all that is described, with or without the word for it. */
	if (!c->reply && !(given[CT_ORIG].has & (CT_T_SRC | CT_T_DST)) &&
	    given[CT_REPLY].has & CT_T_SRC) {
		struct ct_tuple t = given[CT_ORIG];

		/* It has no type that could lack an answer: that is the original direction's. */
		(void)ct_tuple_invert(&given[CT_ORIG], &given[CT_REPLY]);
		given[CT_ORIG].icmp_type = t.icmp_type;
		given[CT_ORIG].icmp_code = t.icmp_code;
		given[CT_ORIG].icmp_id = t.icmp_id;
		given[CT_ORIG].has |= t.has & CT_T_ICMP;
	}
	if (c->reply) { /* -s and -d describe the reply; -r and -q the original direction */
		struct ct_tuple t = given[CT_ORIG];

		given[CT_ORIG] = given[CT_REPLY];
		given[CT_REPLY] = t;
	}
	/* The reply alone is described as it is before NAT. */
	if (!c->reply || given[CT_ORIG].has & (CT_T_SRC | CT_T_DST))
		e->reply_given = given[CT_REPLY].has;
	err = check_tuple(c, &given[c->reply ? CT_REPLY : CT_ORIG], false);
	if (!err)
		err = check_ports(c, given[c->reply ? CT_REPLY : CT_ORIG].l4);
	if (!err && !ct_filter_single(&c->set, CT_F_EXPIRES))
		err = missing(c, CT_F_EXPIRES);
	if (err)
		return err;
	e->orig = given[CT_ORIG];
	if (c->reply) {
		if (!ct_tuple_invert(&e->orig, &given[CT_REPLY]))
			return wrong(c, CT_F_ICMP_TYPE,
				     "has no answer: the kernel cannot track it");
		overlay(&e->orig, &given[CT_ORIG]);
		given[CT_ORIG] = e->orig;
	}
	if (!ct_tuple_invert(&e->reply, &e->orig))
		return wrong(c, e->orig.l4 == CT_PROTO_ICMPV6 ? CT_F_ICMPV6_TYPE : CT_F_ICMP_TYPE,
			     "has no answer: the kernel cannot track it");
	mirror = e->reply;
	overlay(&e->reply, &given[CT_REPLY]);
	if (c->reply)
		given[CT_REPLY].has = 0; /* it was given as it is before NAT */
	err = build_one_nat(c, e, false, &given[CT_REPLY], &mirror);
	if (!err)
		err = build_one_nat(c, e, true, &given[CT_REPLY], &mirror);
	if (!err)
		err = build_zones(c, e);
	return err ? err : build_change(c, &e->change, ct_proto(e->orig.l4), true);
}

static int build_get(struct cmd *c)
{
	struct ct_tuple *t = &c->tuple, orig, reply;
	uint64_t v;
	int err;

	ct_filter_tuple(&c->sel, &orig, false);
	ct_filter_tuple(&c->sel, &reply, true);
	c->tuple_reply = !(orig.has & (CT_T_SRC | CT_T_DST)) && reply.has & (CT_T_SRC | CT_T_DST);
	*t = c->tuple_reply ? reply : orig;
	if (c->tuple_reply && orig.has & CT_T_ICMP_TYPE) {
		/* Type and code are those of the original direction; the reply answers it. */
		if (!ct_tuple_invert(&reply, &orig))
			return wrong(c, CT_F_ICMP_TYPE,
				     "has no answer: the kernel cannot track it");
		t->icmp_type = reply.icmp_type;
		t->icmp_code = reply.icmp_code;
		t->icmp_id = reply.icmp_id;
		t->has |= orig.has & CT_T_ICMP;
	}
	err = check_tuple(c, t, c->tuple_reply);
	c->zone = number(&c->sel, CT_F_ZONE, &v) && v ? (int)v : -1;
	/* A zone of the other direction does not name the tuple: the answer is tested for it. */
	if (number(&c->sel, c->tuple_reply ? CT_F_REPLY_ZONE : CT_F_ORIG_ZONE, &v)) {
		if (c->zone >= 0)
			return wrong(c, CT_F_ZONE,
				     "and the zones of one direction exclude each other");
		t->zone = (uint16_t)v;
		t->has |= CT_T_ZONE;
	}
	return err;
}

int cmd_build(struct cmd *c)
{
	const struct ct_cond *proto = ct_filter_single(&c->sel, CT_F_PROTO);
	bool tuple = c->verb == V_GET && c->table != CT_TABLE_EXPECT;
	int err = check_single(c, tuple ? &c->sel : &c->set);

	if (!err && c->table == CT_TABLE_EXPECT && c->verb & (V_GET | V_DELETE) && !c->sel.ntests) {
		format(c->err, sizeof(c->err),
		       "give conditions that name expectations; -F expect "
		       "removes all");
		return EXIT_USAGE;
	}

	if (err)
		return err;
	if (!WITH_CREATE && c->verb & (V_CREATE | V_ADD | V_UPDATE))
		return EXIT_USAGE;
	switch (c->verb) {
	case V_CREATE:
	case V_ADD:
		return c->table == CT_TABLE_EXPECT ? cmd_build_expect(c) : build_create(c);
	case V_GET:
		return c->table == CT_TABLE_EXPECT ? 0 : build_get(c);
	case V_UPDATE:
		if (!c->set.ntests) {
			format(c->err, sizeof(c->err),
			       "-U needs something to set: -m, -t, -u, "
			       "--state, --tcp-flags, --label-add, --label-del");
			return EXIT_USAGE;
		}
		return build_change(c, &c->change,
				    proto && proto->range.lo == proto->range.hi
					    ? ct_proto((uint8_t)proto->range.lo)
					    : NULL,
				    false);
	default:
		return 0;
	}
}
