/* The entry to make, the change or the tuple to get, from a specification. */
#include <string.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "ct/spec.h"

#define TCP_STATE_TIME_WAIT 7

static int missing(struct ct_spec *s, uint16_t field)
{
	return ct_spec_fault(s, field, "is needed here");
}

static bool has_icmp_id(const struct ct_tuple *t)
{
	unsigned keys = ct_proto(t->l4)->keys;

	return keys == CT_KEYS_ICMP || keys == CT_KEYS_ICMPV6;
}

/* Puts the ports that stand behind addresses into the tuples; of ICMP, behind the reply's
 * destination, it is the reply's id. Where an entry is made, none may be dropped for another, or
 * for want of ports. */
static int place_ports(struct ct_spec *s, bool strict)
{
	static const struct {
		uint8_t addr, port;
	} fields[2][2] = {
		{{CT_F_ORIG_SRC, CT_F_ORIG_SPORT}, {CT_F_ORIG_DST, CT_F_ORIG_DPORT}},
		{{CT_F_REPLY_SRC, CT_F_REPLY_SPORT}, {CT_F_REPLY_DST, CT_F_REPLY_DPORT}},
	};

	/* The protocol is that of both directions. */
	s->tuple[CT_REPLY].l4 = s->tuple[CT_ORIG].l4;
	s->tuple[CT_REPLY].has |= s->tuple[CT_ORIG].has & CT_T_PROTO;
	for (unsigned i = 0; i < 4; i++) {
		unsigned dir = i / 2, dst = i % 2;
		struct ct_tuple *t = &s->tuple[dir];
		uint16_t has = dst ? CT_T_DPORT : CT_T_SPORT;
		bool ports = ct_proto(s->tuple[CT_ORIG].l4)->keys == CT_KEYS_PORTS;

		if (!s->has_port[dir][dst])
			continue;
		if (dir && dst && !s->reply && has_icmp_id(t)) {
			t->icmp_id = s->port[dir][dst];
			t->has |= CT_T_ICMP_ID;
			continue;
		}
		if (strict && !ports)
			return ct_spec_fault(s, fields[dir][dst].addr,
					     "names a port, but the protocol has no ports");
		if (strict && t->has & has)
			return ct_spec_fault(s, fields[dir][dst].port,
					     "is already given behind the address");
		if (!ports || t->has & has)
			continue;
		*(dst ? &t->dport : &t->sport) = s->port[dir][dst];
		t->has |= has;
	}
	return 0;
}

/* The options that give a tuple's keys, in the order of CT_T_SPORT, CT_T_DPORT or of ICMP's type,
 * code and id; they are needed as a set. */
static int check_tuple(struct ct_spec *s, struct ct_tuple *t, bool reply)
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
		return missing(s, CT_F_PROTO);
	if (t->has & CT_T_ICMP_TYPE)
		t->has |= CT_T_ICMP_ID; /* it is 0 unless given */
	if (!(t->has & CT_T_SRC))
		return missing(s, reply ? CT_F_REPLY_SRC : CT_F_ORIG_SRC);
	if (!(t->has & CT_T_DST))
		return missing(s, reply ? CT_F_REPLY_DST : CT_F_ORIG_DST);
	for (unsigned i = 0; keys && i < need[keys].n; i++)
		if (!(t->has & need[keys].bit << i))
			return missing(s, (uint8_t)(need[keys].first + i));
	if ((keys == CT_KEYS_ICMP && t->l3 == AF_INET6) ||
	    (keys == CT_KEYS_ICMPV6 && t->l3 == AF_INET))
		return ct_spec_fault(s, CT_F_PROTO, "is not a protocol of this address family");
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
	if (given->has & CT_T_ICMP_ID)
		t->icmp_id = given->icmp_id;
}

/* One kind of NAT. The request carries the reply tuple as it would be without it: told a translated
 * one, the kernel finds nothing left to do and sets no NAT bit. What the user gave of the reply
 * must agree; a port given there is the port to translate to. Of ICMP, the id takes a port's place:
 * the kernel translates it by the same attribute. */
static int one_nat(struct ct_spec *s, struct ct_create *e, bool dst, const struct ct_tuple *given,
		   const struct ct_tuple *mirror)
{
	uint8_t field = dst ? CT_F_DST_NAT : CT_F_SRC_NAT;
	const struct ct_addr *addr = dst ? &given->src : &given->dst;
	bool icmp = has_icmp_id(&e->orig);
	uint16_t port = icmp ? given->icmp_id : dst ? given->sport : given->dport;
	uint16_t mirrored = dst ? mirror->sport : mirror->dport;
	uint16_t has_port = icmp ? CT_T_ICMP_ID : dst ? CT_T_SPORT : CT_T_DPORT;
	bool ports = icmp || ct_proto(e->orig.l4)->keys == CT_KEYS_PORTS;
	struct ct_net *nat = &e->nat[dst];

	if (!e->has_nat[dst])
		return 0;
	if (!nat->l3)
		return ct_spec_fault(s, field, "needs an address here");
	if (nat->has_port && !ports)
		return ct_spec_fault(s, field, "names a port, but the protocol has no ports");
	if (given->has & (dst ? CT_T_SRC : CT_T_DST) &&
	    memcmp(addr->b, nat->addr.b, ct_addr_len(nat->l3)) != 0)
		return ct_spec_fault(s, field, "contradicts the reply's address");
	if (given->has & has_port) {
		if (ports ? nat->has_port && nat->port != port : port != mirrored)
			return ct_spec_fault(s, field, "contradicts the reply's port or key");
		nat->has_port = ports;
		nat->port = port;
	}
	e->reply.icmp_id = mirror->icmp_id;
	if (dst) {
		e->reply.src = mirror->src;
		e->reply.sport = mirrored;
	} else {
		e->reply.dst = mirror->dst;
		e->reply.dport = mirrored;
	}
	e->reply_given &= (uint16_t) ~((dst ? CT_T_SRC : CT_T_DST) | has_port);
	return 0;
}

/* Refuses the ICMP type that field holds. */
static int no_reply(struct ct_spec *s, uint8_t field)
{
	return ct_spec_fault(s, field, "is a type without a reply: the kernel cannot track it");
}

static int zones(struct ct_spec *s, struct ct_create *e)
{
	e->has_zone = ct_spec_has(s, CT_F_ZONE);
	e->zone = s->zone;
	if (ct_spec_has(s, CT_F_ORIG_ZONE)) {
		e->orig.zone = s->zone_of[CT_ORIG];
		e->orig.has |= CT_T_ZONE;
	}
	if (ct_spec_has(s, CT_F_REPLY_ZONE)) {
		e->reply.zone = s->zone_of[CT_REPLY];
		e->reply.has |= CT_T_ZONE;
	}
	if (e->has_zone + ct_spec_has(s, CT_F_ORIG_ZONE) + ct_spec_has(s, CT_F_REPLY_ZONE) > 1)
		return ct_spec_fault(s, CT_F_ZONE,
				     "and the zones of one direction exclude each other");
	return 0;
}

uint8_t ct_spec_tcp_flags(uint8_t state)
{
	return CT_TCP_SACK_PERM | CT_TCP_BE_LIBERAL |
	       (state >= TCP_STATE_TIME_WAIT ? CT_TCP_CLOSE_INIT : 0);
}

/* Both directions' flags. Scales are for windows that are scaled, and an entry that is made has the
 * usual flags where others are not given. */
static void tcp_flags(struct ct_spec *s, bool create)
{
	struct ct_change *ch = s->change;

	if (!ct_spec_has(s, CT_SPEC_REPLY_TCP_FLAGS)) {
		ch->tcp_flags[CT_REPLY] = ch->tcp_flags[CT_ORIG];
		ch->tcp_mask[CT_REPLY] = ch->tcp_mask[CT_ORIG];
	}
	for (unsigned dir = 0; dir < 2; dir++) {
		if (ch->has & CT_HAS_WSCALE) {
			ch->tcp_flags[dir] |= CT_TCP_WSCALE;
			ch->tcp_mask[dir] |= CT_TCP_WSCALE;
		}
		if (create) {
			ch->tcp_flags[dir] |= ct_spec_tcp_flags(ch->state) & ~ch->tcp_mask[dir];
			ch->tcp_mask[dir] |= CT_TCP_SETTABLE;
		}
	}
	if (create || ch->has & CT_HAS_WSCALE)
		ch->has |= CT_HAS_TCP_FLAGS;
}

/* The protocol's state and what goes with it. */
static int protocol_info(struct ct_spec *s, bool create)
{
	const struct ct_proto *proto = s->proto;
	struct ct_change *ch = s->change;
	bool tcp = proto && proto->info == CT_INFO_TCP;

	if (ct_spec_has(s, CT_F_TCP_FLAGS) && !tcp)
		return ct_spec_fault(s, CT_F_TCP_FLAGS, "needs -p tcp");
	if (ct_spec_has(s, CT_SPEC_WSCALE) && !tcp)
		return ct_spec_fault(s, CT_SPEC_WSCALE, "needs -p tcp");
	if (tcp && create && !ct_spec_has(s, CT_F_STATE))
		return missing(s, CT_F_STATE);
	if (tcp)
		tcp_flags(s, create);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	if (create && proto->info == CT_INFO_SCTP && ct_spec_has(s, CT_F_STATE)) {
		if (!ct_spec_has(s, CT_F_ORIG_VTAG))
			return missing(s, CT_F_ORIG_VTAG);
		if (!ct_spec_has(s, CT_F_REPLY_VTAG))
			return missing(s, CT_F_REPLY_VTAG);
	}
	if (proto &&
	    ch->has & (CT_HAS_STATE | CT_HAS_TCP_FLAGS | CT_HAS_WSCALE | CT_HAS_VTAG | CT_HAS_ROLE))
		ch->info = proto->info;
	return 0;
}

int ct_spec_create(struct ct_spec *s)
{
	struct ct_create *e = s->create;
	struct ct_tuple *given = s->tuple, mirror;
	int err = place_ports(s, true);

	if (err)
		return err;
	/* The reply may be all that is described, with or without the word for it. */
	if (!s->reply && !(given[CT_ORIG].has & (CT_T_SRC | CT_T_DST)) &&
	    given[CT_REPLY].has & CT_T_SRC) {
		struct ct_tuple t = given[CT_ORIG];

		/* It has no type that could lack an answer: that is the original direction's. */
		(void)ct_tuple_invert(&given[CT_ORIG], &given[CT_REPLY]);
		given[CT_ORIG].icmp_type = t.icmp_type;
		given[CT_ORIG].icmp_code = t.icmp_code;
		given[CT_ORIG].icmp_id = t.icmp_id;
		given[CT_ORIG].has |= t.has & CT_T_ICMP;
	}
	if (s->reply) { /* -s and -d describe the reply; -r and -q the original direction */
		struct ct_tuple t = given[CT_ORIG];

		given[CT_ORIG] = given[CT_REPLY];
		given[CT_REPLY] = t;
	}
	/* The reply alone is described as it is before NAT. */
	if (!s->reply || given[CT_ORIG].has & (CT_T_SRC | CT_T_DST))
		e->reply_given = given[CT_REPLY].has;
	err = check_tuple(s, &given[s->reply ? CT_REPLY : CT_ORIG], false);
	if (!err && !ct_spec_has(s, CT_F_EXPIRES))
		err = missing(s, CT_F_EXPIRES);
	if (err)
		return err;
	e->orig = given[CT_ORIG];
	if (s->reply) {
		if (!ct_tuple_invert(&e->orig, &given[CT_REPLY]))
			return no_reply(s, CT_F_ICMP_TYPE);
		overlay(&e->orig, &given[CT_ORIG]);
		given[CT_ORIG] = e->orig;
	}
	if (!ct_tuple_invert(&e->reply, &e->orig))
		return no_reply(s,
				e->orig.l4 == CT_PROTO_ICMPV6 ? CT_F_ICMPV6_TYPE : CT_F_ICMP_TYPE);
	mirror = e->reply;
	overlay(&e->reply, &given[CT_REPLY]);
	if (s->reply)
		given[CT_REPLY].has = 0; /* it was given as it is before NAT */
	err = one_nat(s, e, false, &given[CT_REPLY], &mirror);
	if (!err)
		err = one_nat(s, e, true, &given[CT_REPLY], &mirror);
	if (!err)
		err = zones(s, e);
	return err ? err : protocol_info(s, true);
}

__attribute__((cold)) int ct_spec_tuple(struct ct_spec *s, struct ct_tuple *t, bool *is_reply,
					int *zone)
{
	const struct ct_tuple *orig = &s->tuple[CT_ORIG], *reply = &s->tuple[CT_REPLY];
	int err = place_ports(s, false);

	if (err)
		return err;
	*is_reply = !(orig->has & (CT_T_SRC | CT_T_DST)) && reply->has & (CT_T_SRC | CT_T_DST);
	*t = *is_reply ? *reply : *orig;
	if (*is_reply && orig->has & CT_T_ICMP_TYPE) {
		struct ct_tuple answer;

		/* Type and code are those of the original direction; the reply answers it. */
		if (!ct_tuple_invert(&answer, orig))
			return no_reply(s, CT_F_ICMP_TYPE);
		t->icmp_type = answer.icmp_type;
		t->icmp_code = answer.icmp_code;
		if (!(t->has & CT_T_ICMP_ID))
			t->icmp_id = answer.icmp_id;
		t->has |= orig->has & CT_T_ICMP;
	}
	err = check_tuple(s, t, *is_reply);
	*zone = ct_spec_has(s, CT_F_ZONE) && s->zone ? s->zone : -1;
	/* A zone of the other direction does not name the tuple: the answer is tested for it. */
	if (ct_spec_has(s, *is_reply ? CT_F_REPLY_ZONE : CT_F_ORIG_ZONE)) {
		if (*zone >= 0)
			return ct_spec_fault(s, CT_F_ZONE,
					     "and the zones of one direction exclude each other");
		t->zone = s->zone_of[*is_reply ? CT_REPLY : CT_ORIG];
		t->has |= CT_T_ZONE;
	}
	return err;
}

int ct_spec_change(struct ct_spec *s)
{
	return protocol_info(s, false);
}

/* The kernel counts ticks in 32 bits, up to a thousand a second. */
#define EXPIRES_MAX (UINT32_MAX / 1000)

__attribute__((cold)) int ct_spec_expect(struct ct_spec *s)
{
	static const uint8_t needed[] = {CT_F_PROTO,	   CT_F_ORIG_SRC,   CT_F_ORIG_DST,
					 CT_F_ORIG_SPORT,  CT_F_ORIG_DPORT, CT_F_EXPECT_DST,
					 CT_F_EXPECT_DPORT};
	struct ct_create_expect *x = s->expect;
	const struct ct_change *ch = s->change;
	struct ct_addr all;

	for (unsigned i = 0; i < sizeof(needed); i++)
		if (!ct_spec_has(s, needed[i]))
			return missing(s, needed[i]);
	x->master = s->tuple[CT_ORIG];
	x->tuple.l3 = x->mask.l3 = x->master.l3;
	x->tuple.l4 = x->mask.l4 = x->master.l4;
	x->tuple.has = x->mask.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;
	/* The mask of a port is all ones where one is expected, unless it is given. */
	if (!ct_spec_has(s, CT_SPEC_MASK_SPORT) && ct_spec_has(s, CT_F_EXPECT_SPORT))
		x->mask.sport = UINT16_MAX;
	if (!ct_spec_has(s, CT_SPEC_MASK_DPORT))
		x->mask.dport = UINT16_MAX;
	memset(&all, 0xff, sizeof(all));
	if (x->mask.dport != UINT16_MAX || memcmp(&x->mask.dst, &all, ct_addr_len(x->mask.l3)) != 0)
		return ct_spec_fault(s, CT_F_NONE,
				     "the kernel expects one destination: --mask-dst and "
				     "--mask-port-dst must be all ones");
	if (ch->timeout > EXPIRES_MAX)
		return ct_spec_fault(s, CT_F_NONE, "--timeout can be at most 4294967 here");
	if (ch->has & CT_HAS_TIMEOUT && !ch->timeout)
		return ct_spec_fault(s, CT_F_EXPIRES,
				     "0: the expectation would be gone at once, and another that "
				     "made way for it, too");
	x->timeout = ch->timeout;
	x->has_timeout = ch->has & CT_HAS_TIMEOUT;
	x->zone = s->zone;
	x->has_zone = ct_spec_has(s, CT_F_ZONE);
	x->helper = ch->helper;
	return 0;
}
