/* From what options say of an entry to the entry to make, the change, or the tuple to get. */
#include <string.h>
#include <sys/socket.h>

#include "cli/opt/opt.h"
#include "ct/proto.h"

/* TCP conntrack flags (KERNEL: IP_CT_TCP_FLAG_*). */
enum {
	TCP_SACK_PERM = 0x02,
	TCP_CLOSE_INIT = 0x04,
	TCP_BE_LIBERAL = 0x08,
	TCP_STATE_TIME_WAIT = 7,
};

/* Puts the ports that stand behind addresses into the tuples. Where an entry is made, none may be
 * dropped for another, or for want of ports. */
static int place_ports(struct parser *p, bool strict)
{
	static const struct {
		uint8_t addr, port;
	} fields[2][2] = {
		{{CT_F_ORIG_SRC, CT_F_ORIG_SPORT}, {CT_F_ORIG_DST, CT_F_ORIG_DPORT}},
		{{CT_F_REPLY_SRC, CT_F_REPLY_SPORT}, {CT_F_REPLY_DST, CT_F_REPLY_DPORT}},
	};
	struct spec *s = &p->spec;

	for (unsigned i = 0; i < 4; i++) {
		unsigned dir = i / 2, dst = i % 2;
		struct ct_tuple *t = &s->tuple[dir];
		uint16_t has = dst ? CT_T_DPORT : CT_T_SPORT;
		bool ports = ct_proto(s->tuple[CT_ORIG].l4)->keys == CT_KEYS_PORTS;

		if (!s->has_port[dir][dst])
			continue;
		if (strict && !ports)
			return spec_error(p, fields[dir][dst].addr,
					  "names a port, but the protocol has none");
		if (strict && t->has & has)
			return spec_error(p, fields[dir][dst].port,
					  "is given already, behind the address");
		if (!ports || t->has & has)
			continue;
		*(dst ? &t->dport : &t->sport) = s->port[dir][dst];
		t->has |= has;
	}
	return 0;
}

/* The options that give a tuple's keys, in the order of CT_T_SPORT, CT_T_DPORT or of ICMP's type,
 * code and id; they are needed as a set. */
static int check_tuple(struct parser *p, struct ct_tuple *t, bool reply)
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
		return spec_missing(p, CT_F_PROTO);
	if (t->has & CT_T_ICMP_TYPE)
		t->has |= CT_T_ICMP_ID; /* it is 0 unless given */
	if (!(t->has & CT_T_SRC))
		return spec_missing(p, reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC);
	if (!(t->has & CT_T_DST))
		return spec_missing(p, reply ? CT_F_REPLY_DST : CT_F_ORIG_DST);
	for (unsigned i = 0; keys && i < need[keys].n; i++)
		if (!(t->has & need[keys].bit << i))
			return spec_missing(p, (uint8_t)(need[keys].first + i));
	if ((keys == CT_KEYS_ICMP && t->l3 == AF_INET6) ||
	    (keys == CT_KEYS_ICMPV6 && t->l3 == AF_INET))
		return spec_error(p, CT_F_PROTO, "is not a protocol of this address family");
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
static int build_one_nat(struct parser *p, struct ct_create *e, bool dst,
			 const struct ct_tuple *given, const struct ct_tuple *mirror)
{
	uint8_t field = dst ? CT_F_DST_NAT : CT_F_SRC_NAT;
	const struct ct_addr *addr = dst ? &given->src : &given->dst;
	uint16_t port = dst ? given->sport : given->dport;
	uint16_t mirrored = dst ? mirror->sport : mirror->dport;
	bool ports = ct_proto(e->orig.l4)->keys == CT_KEYS_PORTS;
	struct ct_net *nat = &e->nat[dst];

	if (!e->has_nat[dst])
		return 0;
	if (!nat->l3)
		return spec_error(p, field, "needs an address here");
	if (nat->has_port && !ports)
		return spec_error(p, field, "names a port, but the protocol has none");
	if (given->has & (dst ? CT_T_SRC : CT_T_DST) &&
	    memcmp(addr->b, nat->addr.b, ct_addr_len(nat->l3)) != 0)
		return spec_error(p, field, "contradicts the reply's address");
	if (given->has & (dst ? CT_T_SPORT : CT_T_DPORT)) {
		if (ports ? nat->has_port && nat->port != port : port != mirrored)
			return spec_error(p, field, "contradicts the reply's port or key");
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

static int build_zones(struct parser *p, struct ct_create *e)
{
	const struct spec *s = &p->spec;

	e->has_zone = spec_has(p, CT_F_ZONE);
	e->zone = s->zone;
	if (spec_has(p, CT_F_ORIG_ZONE)) {
		e->orig.zone = s->zone_of[CT_ORIG];
		e->orig.has |= CT_T_ZONE;
	}
	if (spec_has(p, CT_F_REPLY_ZONE)) {
		e->reply.zone = s->zone_of[CT_REPLY];
		e->reply.has |= CT_T_ZONE;
	}
	if (e->has_zone + spec_has(p, CT_F_ORIG_ZONE) + spec_has(p, CT_F_REPLY_ZONE) > 1)
		return spec_error(p, CT_F_ZONE,
				  "and the zones of one direction exclude each other");
	return 0;
}

/* The protocol's state and what goes with it. */
static int build_info(struct parser *p, bool create)
{
	const struct ct_proto *proto = p->proto;
	struct ct_change *ch = p->spec.change;
	uint8_t flags = TCP_SACK_PERM | TCP_BE_LIBERAL;

	if (spec_has(p, CT_F_TCP_FLAGS) && (!proto || proto->info != CT_INFO_TCP))
		return spec_error(p, CT_F_TCP_FLAGS, "needs -p tcp");
	if (create && proto->info == CT_INFO_TCP) {
		if (!spec_has(p, CT_F_STATE))
			return spec_missing(p, CT_F_STATE);
		if (ch->state >= TCP_STATE_TIME_WAIT)
			flags |= TCP_CLOSE_INIT;
		ch->tcp_flags[0] |= flags & ~ch->tcp_mask[0];
		ch->tcp_mask[0] |= flags;
		ch->has |= CT_HAS_TCP_FLAGS;
	}
	ch->tcp_flags[1] = ch->tcp_flags[0];
	ch->tcp_mask[1] = ch->tcp_mask[0];
	if (create && proto->info == CT_INFO_SCTP && spec_has(p, CT_F_STATE)) {
		if (!spec_has(p, CT_F_ORIG_VTAG))
			return spec_missing(p, CT_F_ORIG_VTAG);
		if (!spec_has(p, CT_F_REPLY_VTAG))
			return spec_missing(p, CT_F_REPLY_VTAG);
	}
	if (proto && ch->has & (CT_HAS_STATE | CT_HAS_TCP_FLAGS | CT_HAS_VTAG | CT_HAS_ROLE))
		ch->info = proto->info;
	return 0;
}

static int build_create(struct parser *p)
{
	struct cmd *c = p->cmd;
	struct ct_create *e = &c->create;
	struct ct_tuple *given = p->spec.tuple, mirror;
	int err = place_ports(p, true);

	if (err)
		return err;
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
	err = check_tuple(p, &given[c->reply ? CT_REPLY : CT_ORIG], false);
	if (!err && !spec_has(p, CT_F_EXPIRES))
		err = spec_missing(p, CT_F_EXPIRES);
	if (err)
		return err;
	e->orig = given[CT_ORIG];
	if (c->reply) {
		if (!ct_tuple_invert(&e->orig, &given[CT_REPLY]))
			return spec_error(p, CT_F_ICMP_TYPE,
					  "has no answer: the kernel cannot track it");
		overlay(&e->orig, &given[CT_ORIG]);
		given[CT_ORIG] = e->orig;
	}
	if (!ct_tuple_invert(&e->reply, &e->orig))
		return spec_error(p,
				  e->orig.l4 == CT_PROTO_ICMPV6 ? CT_F_ICMPV6_TYPE : CT_F_ICMP_TYPE,
				  "has no answer: the kernel cannot track it");
	mirror = e->reply;
	overlay(&e->reply, &given[CT_REPLY]);
	if (c->reply)
		given[CT_REPLY].has = 0; /* it was given as it is before NAT */
	err = build_one_nat(p, e, false, &given[CT_REPLY], &mirror);
	if (!err)
		err = build_one_nat(p, e, true, &given[CT_REPLY], &mirror);
	if (!err)
		err = build_zones(p, e);
	return err ? err : build_info(p, true);
}

static int build_get(struct parser *p)
{
	struct cmd *c = p->cmd;
	const struct ct_tuple *orig = &p->spec.tuple[CT_ORIG], *reply = &p->spec.tuple[CT_REPLY];
	struct ct_tuple *t = &c->tuple;
	int err = place_ports(p, false);

	if (err)
		return err;
	c->tuple_reply = !(orig->has & (CT_T_SRC | CT_T_DST)) && reply->has & (CT_T_SRC | CT_T_DST);
	*t = c->tuple_reply ? *reply : *orig;
	if (c->tuple_reply && orig->has & CT_T_ICMP_TYPE) {
		struct ct_tuple answer;

		/* Type and code are those of the original direction; the reply answers it. */
		if (!ct_tuple_invert(&answer, orig))
			return spec_error(p, CT_F_ICMP_TYPE,
					  "has no answer: the kernel cannot track it");
		t->icmp_type = answer.icmp_type;
		t->icmp_code = answer.icmp_code;
		t->icmp_id = answer.icmp_id;
		t->has |= orig->has & CT_T_ICMP;
	}
	err = check_tuple(p, t, c->tuple_reply);
	c->zone = spec_has(p, CT_F_ZONE) && p->spec.zone ? p->spec.zone : -1;
	/* A zone of the other direction does not name the tuple: the answer is tested for it. */
	if (spec_has(p, c->tuple_reply ? CT_F_REPLY_ZONE : CT_F_ORIG_ZONE)) {
		if (c->zone >= 0)
			return spec_error(p, CT_F_ZONE,
					  "and the zones of one direction exclude each other");
		t->zone = p->spec.zone_of[c->tuple_reply ? CT_REPLY : CT_ORIG];
		t->has |= CT_T_ZONE;
	}
	return err;
}

int spec_build(struct parser *p)
{
	struct cmd *c = p->cmd;
	bool expect = c->table == CT_TABLE_EXPECT;
	struct ct_tuple *t = p->spec.tuple;

	/* The protocol is that of both directions. */
	t[CT_REPLY].l4 = t[CT_ORIG].l4;
	t[CT_REPLY].has |= t[CT_ORIG].has & CT_T_PROTO;
	if (expect && c->verb & (V_GET | V_DELETE) && !c->filter->ntests)
		return parse_error(p,
				   "give conditions that name expectations; -F expect removes all");
	if (!WITH_CREATE && c->verb & (V_CREATE | V_ADD | V_UPDATE))
		return EXIT_USAGE;
	switch (c->verb) {
	case V_CREATE:
	case V_ADD:
		return expect ? spec_build_expect(p) : build_create(p);
	case V_GET:
		return expect ? 0 : build_get(p);
	case V_UPDATE:
		if (!p->spec.fields)
			return parse_error(p, "-U needs something to set: -m, -t, -u, --state, "
					      "--tcp-flags, --label-add, --label-del");
		return build_info(p, false);
	default:
		return 0;
	}
}
