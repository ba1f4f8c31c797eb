/* Filters run over the attributes of a message, where they lie. */
#include <strings.h>
#include <sys/socket.h>

#include "ct/filter.h"
#include "ct/field.h"
#include "ct/host.h"
#include "ct/idle.h"
#include "ct/list.h"
#include "ct/proto.h"
#include "ct/route.h"
#include "ct/uapi.h"
#include "ct/with.h"

/* True when the test has a sorted part. */
static inline bool is_long(const struct ct_test *t)
{
	return CT_LIST_SHORT < UINT32_MAX && t->linear < t->n;
}

static inline bool match_number(const struct ct_test *t, uint64_t v)
{
	for (uint32_t i = 0; i < t->linear; i++)
		if (v >= t->cond[i].range.lo && v <= t->cond[i].range.hi)
			return true;
	return is_long(t) && ct_list_has_number(t, v);
}

bool ct_test_range(const struct ct_test *t, uint64_t v)
{
	return match_number(t, v);
}

static bool match_bits(const struct ct_test *t, uint32_t v)
{
	for (uint32_t i = 0; i < t->linear; i++)
		if ((v & t->cond[i].bits.mask) == t->cond[i].bits.value)
			return true;
	return is_long(t) && ct_list_has_bits(t, v);
}

bool ct_test_addr(const struct ct_test *t, uint8_t l3, const struct ct_addr *addr)
{
	/* Sorted are addresses with one port behind those with another. */
	uint32_t n = t->ports ? t->n : t->linear;

	for (uint32_t i = 0; i < n; i++)
		if (!t->cond[i].net.l3 ||
		    (t->cond[i].net.l3 == l3 && ct_net_has(&t->cond[i].net, addr->b)))
			return true;
	return is_long(t) && n < t->n && ct_list_has_addr(t, l3, addr->b, -1);
}

/* The port there; -1 when there is none. */
static int port_of(const struct ct_end *e)
{
	struct nl_attr a, port;

	return e->tuple.len && nl_find(nl_nested(&e->tuple), CTA_TUPLE_PROTO, 0, &a) &&
			       nl_find(nl_nested(&a), CTA_PROTO_NUM, 1, &port) &&
			       ct_proto(port.data[0])->keys == CT_KEYS_PORTS &&
			       nl_find(nl_nested(&a),
				       e->dst ? CTA_PROTO_DST_PORT : CTA_PROTO_SRC_PORT, 2, &port)
		       ? nl_get_be16(port.data)
		       : -1;
}

/* One end against the networks of a test. */
static bool match_end(const struct ct_test *t, const struct ct_end *e)
{
	int port;

	for (uint32_t i = 0; i < t->linear; i++) {
		const struct ct_net *net = &t->cond[i].net;

		if (net->l3 && (net->l3 != e->l3 || !ct_net_has(net, e->addr)))
			continue;
		if (!net->has_port || port_of(e) == net->port)
			return true;
	}
	if (!is_long(t) || !e->l3)
		return false;
	if (ct_list_has_addr(t, e->l3, e->addr, -1))
		return true;
	port = t->ports ? port_of(e) : -1;
	return port >= 0 && ct_list_has_addr(t, e->l3, e->addr, port);
}

static bool match_net(const struct nlmsghdr *h, const struct ct_test *t)
{
	static const uint8_t all[] = {CT_F_ORIG_SRC, CT_F_ORIG_DST, CT_F_REPLY_SRC, CT_F_REPLY_DST};
	const uint8_t *field = t->any ? all : &t->field;
	unsigned n = t->any ? sizeof(all) : 1;

	for (unsigned f = 0; f < n; f++) {
		struct ct_end e;

		ct_field_end(&e, h, field[f]);
		if (match_end(t, &e))
			return true;
	}
	return false;
}

static bool match_port(const struct nlmsghdr *h, const struct ct_test *t)
{
	static const uint8_t all[] = {CT_F_ORIG_SPORT, CT_F_ORIG_DPORT, CT_F_REPLY_SPORT,
				      CT_F_REPLY_DPORT};
	const uint8_t *field = t->any ? all : &t->field;
	unsigned n = t->any ? sizeof(all) : 1;
	uint64_t v;

	for (unsigned f = 0; f < n; f++)
		if (ct_field_number(h, field[f], &v) && match_number(t, v))
			return true;
	return false;
}

/* NAT shows in the reply: its destination is what the source was translated to, and its source
 * what the destination was. */
static bool match_nat(const struct nlmsghdr *h, const struct ct_test *t, uint32_t status)
{
	bool src = t->field != CT_F_DST_NAT && status & IPS_SRC_NAT;
	bool dst = t->field != CT_F_SRC_NAT && status & IPS_DST_NAT;

	for (unsigned i = 0; i < 2; i++) {
		struct ct_end e;

		if (!(i ? dst : src))
			continue;
		ct_field_end(&e, h, i ? CT_F_REPLY_SRC : CT_F_REPLY_DST);
		if (match_end(t, &e))
			return true;
	}
	return false;
}

static bool match_ctstate(const struct ct_test *t, uint32_t status)
{
	for (uint32_t i = 0; i < t->n; i++) {
		bool yes = false;

		switch (t->cond[i].range.lo) {
		case CT_STATE_NEW:
			yes = !(status & IPS_SEEN_REPLY);
			break;
		case CT_STATE_ESTABLISHED:
			yes = status & IPS_SEEN_REPLY;
			break;
		case CT_STATE_RELATED:
			yes = status & IPS_EXPECTED;
			break;
		case CT_STATE_SNAT:
			yes = status & IPS_SRC_NAT;
			break;
		case CT_STATE_DNAT:
			yes = status & IPS_DST_NAT;
			break;
		}
		if (yes)
			return true;
	}
	return false;
}

static bool match_state(const struct nlmsghdr *h, const struct ct_test *t)
{
	struct nl_attr info, a;
	struct nl_iter it;

	if (!nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_PROTOINFO, 0, &info))
		return false;
	for (it = nl_nested(&info); nl_next(&it, &a);) {
		/* The state is attribute 1 in each protocol's nest. */
		struct nl_attr state;

		if (a.type >= CT_INFO_COUNT || !nl_find(nl_nested(&a), 1, 1, &state))
			continue;
		for (uint32_t i = 0; i < t->n; i++)
			if (state.data[0] < 16 && t->cond[i].states[a.type] >> state.data[0] & 1)
				return true;
	}
	return false;
}

static bool match_tcp_flags(const struct nlmsghdr *h, const struct ct_test *t)
{
	static const uint8_t types[] = {CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
					CTA_PROTOINFO_TCP_FLAGS_REPLY};

	for (unsigned i = 0; i < 2; i++) {
		const struct ct_field_path p = {
			CTA_PROTOINFO, CTA_PROTOINFO_TCP, types[i], 1, 0, 0};
		struct nl_attr a;

		if (ct_field_find(h, &p, &a) && match_bits(t, a.data[0]))
			return true;
	}
	return false;
}

bool ct_test_name(const struct ct_test *t, struct nl_str name)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->cond[i].name.len == name.len && !memcmp(t->cond[i].name.p, name.p, name.len))
			return true;
	return false;
}

static bool match_helper(const struct nlmsghdr *h, const struct ct_test *t)
{
	struct nl_attr a;

	return ct_field_find(h, &ct_field_paths[CT_F_HELPER], &a) && ct_test_name(t, nl_string(&a));
}

static bool match_label(const struct nlmsghdr *h, const struct ct_test *t)
{
	const struct ct_label_bits *want = &t->cond->labels;
	struct nl_attr a;

	/* A list leaves labels out where none is set; an event, unless they have changed. */
	if (!ct_field_find(h, &ct_field_paths[CT_F_LABEL], &a)) {
		if (!(h->nlmsg_flags & NLM_F_MULTI))
			return false;
		a.len = 0;
	}
	for (unsigned i = 0; i < CT_LABEL_BITS / 32; i++) {
		uint32_t word = 0;

		if (i * 4 + 4 <= a.len)
			memcpy(&word, a.data + i * 4, 4);
		if ((word & want->mask.word[i]) != want->value.word[i])
			return false;
	}
	return true;
}

/* Notes that an entry lacks what a test is on. Returns what the test is then. */
static bool lacks(const struct ct_filter *f, const struct ct_test *t, uint8_t what)
{
	if (f->lacking)
		*f->lacking |= what;
	return f->counted_only && t->negate;
}

/* Events other than the last have no time of creation. */
static bool match_age(const struct ct_filter *f, const struct nlmsghdr *h, const struct ct_test *t)
{
	const struct ct_field_path start = {CTA_TIMESTAMP, CTA_TIMESTAMP_START, 0, 8, 0};
	const struct ct_field_path stop = {CTA_TIMESTAMP, CTA_TIMESTAMP_STOP, 0, 8, 0};
	const uint64_t nsec = 1000000000;
	uint64_t from, to = f->now ? *f->now : 0;
	struct nl_attr a;

	if (!ct_field_find(h, &start, &a))
		return h->nlmsg_flags & NLM_F_MULTI && lacks(f, t, CT_LACKS_START);
	from = nl_get_be64(a.data);
	if (ct_field_find(h, &stop, &a))
		to = nl_get_be64(a.data);
	return match_number(t, to > from ? (to - from) / nsec : 0);
}

static bool match_counters(const struct ct_filter *f, const struct nlmsghdr *h,
			   const struct ct_test *t)
{
	uint8_t leaf = t->field == CT_F_BYTES ? CTA_COUNTERS_BYTES : CTA_COUNTERS_PACKETS;
	const struct ct_field_path orig = {CTA_COUNTERS_ORIG, leaf, 0, 8, 0};
	const struct ct_field_path reply = {CTA_COUNTERS_REPLY, leaf, 0, 8, 0};
	struct nl_attr a;
	uint64_t sum;

	if (!ct_field_find(h, &orig, &a))
		return lacks(f, t, CT_LACKS_COUNTERS);
	sum = nl_get_be64(a.data);
	if (!ct_field_find(h, &reply, &a))
		return false;
	sum = sum + nl_get_be64(a.data) < sum ? UINT64_MAX : sum + nl_get_be64(a.data);
	return match_number(t, sum);
}

/* By the route to the source of a tuple. */
static bool match_interface(const struct ct_filter *f, const struct nlmsghdr *h,
			    const struct ct_test *t, uint16_t tuple)
{
	struct nl_attr a, ip;

	if (!WITH_ROUTE || !nl_find(nl_attrs(h, NL_NFGEN_LEN), tuple, 0, &a) ||
	    !nl_find(nl_nested(&a), CTA_TUPLE_IP, 0, &ip))
		return false;
	if (nl_find(nl_nested(&ip), CTA_IP_V4_SRC, 4, &a))
		return ct_routes_match(f->routes, t, AF_INET, a.data);
	return nl_find(nl_nested(&ip), CTA_IP_V6_SRC, 16, &a) &&
	       ct_routes_match(f->routes, t, AF_INET6, a.data);
}

/* A flow between unknown devices meets no condition, negated or not. */
static bool match_mac(const struct ct_filter *f, const struct nlmsghdr *h, const struct ct_test *t)
{
	uint64_t mac[2];
	unsigned n = WITH_ROUTE ? ct_hosts_macs(f->neighbors, h, mac) : 0;

	for (unsigned i = 0; i < n; i++)
		if (match_number(t, mac[i]))
			return true;
	return !n && t->negate;
}

/* Fields that are a number, and nothing else. */
#define NUMBERS (UINT64_C(1) << CT_F_PROTO | UINT64_C(1) << CT_F_ID | UINT64_C(1) << CT_F_EXPIRES)

static bool run_test(const struct ct_filter *f, const struct nlmsghdr *h, const struct ct_test *t)
{
	uint64_t v;

	switch (NUMBERS >> t->field & 1 ? CT_F_NONE : t->field) {
	case CT_F_FAMILY:
		return match_number(t, ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family);
	case CT_F_ORIG_SRC:
	case CT_F_ORIG_DST:
	case CT_F_REPLY_SRC:
	case CT_F_REPLY_DST:
		return match_net(h, t);
	case CT_F_ORIG_SPORT:
	case CT_F_ORIG_DPORT:
	case CT_F_REPLY_SPORT:
	case CT_F_REPLY_DPORT:
		return match_port(h, t);
	case CT_F_ZONE:
		return ct_field_zone(h, &v) && match_number(t, v);
	case CT_F_ORIG_ZONE:
	case CT_F_REPLY_ZONE:
		return match_number(t, ct_field_zone_of(h, t->field));
	case CT_F_STATUS:
		return ct_field_number(h, t->field, &v) && match_bits(t, (uint32_t)v);
	case CT_F_MARK:
		return match_bits(t, ct_field_mark(h));
	case CT_F_CTSTATE:
		return ct_field_number(h, t->field, &v) && match_ctstate(t, (uint32_t)v);
	case CT_F_STATE:
		return match_state(h, t);
	case CT_F_TCP_FLAGS:
		return match_tcp_flags(h, t);
	case CT_F_SRC_NAT:
	case CT_F_DST_NAT:
	case CT_F_ANY_NAT:
		return ct_field_number(h, t->field, &v) && match_nat(h, t, (uint32_t)v);
	case CT_F_HELPER:
		return match_helper(h, t);
	case CT_F_LABEL:
		return match_label(h, t);
	case CT_F_PACKETS:
	case CT_F_BYTES:
		return match_counters(f, h, t);
	case CT_F_AGE:
		return WITH_GROUP && match_age(f, h, t);
	case CT_F_IDLE:
		return WITH_POLICY && ct_timeouts_idle(f->timeouts, h, *f->now, &v)
			       ? match_number(t, v)
			       : f->counted_only && t->negate;
	case CT_F_IN:
		return match_interface(f, h, t, CTA_TUPLE_ORIG);
	case CT_F_OUT:
		return match_interface(f, h, t, CTA_TUPLE_REPLY);
	case CT_F_MAC:
		return match_mac(f, h, t);
	case CT_F_NAT_GONE:
		return WITH_ROUTE && ct_hosts_nat_gone(f->own, h);
	case CT_F_LOCAL:
		return WITH_ROUTE && ct_hosts_local(f->own, h);
	case CT_F_NEVER:
		return false;
	}
	if (t->any && t->field >= CT_F_ICMP_TYPE && t->field <= CT_F_ICMP_ID &&
	    ct_field_number(h, t->field + CT_F_ICMPV6_TYPE - CT_F_ICMP_TYPE, &v))
		return match_number(t, v);
	return ct_field_number(h, t->field, &v) && match_number(t, v);
}

bool ct_filter_match(const struct ct_filter *f, const struct nlmsghdr *h)
{
	if (h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN)
		return false;
	for (uint32_t i = 0; i < f->ntests; i++)
		if (run_test(f, h, &f->test[i]) == f->test[i].negate)
			return false;
	/* A route that could not be looked up must not pass for one that leads elsewhere. */
	return !f->routes || !f->routes->err;
}
