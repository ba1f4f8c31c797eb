/*
 * A second opinion about which entries a filter means, for tests: slow, obvious, and written from
 * the manual alone. It knows nothing of attributes or of the matching engine. Random filters come
 * along with it, and the words by which a command line says them.
 */
#ifndef TEST_REF_H
#define TEST_REF_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- entries --- */

struct ref_addr {
	int l3; /* 4, 6; 0: none */
	uint8_t b[16];
};

/* One direction. Numbers that it does not have are -1, here and below. */
struct ref_side {
	bool here;
	struct ref_addr src, dst;
	int proto, sport, dport, type, code, id, zone;
};

enum { REF_TCP = 1, REF_DCCP = 2, REF_SCTP = 3 };

struct ref_entry {
	int l3; /* 4, 6 */
	struct ref_side side[2];
	int zone; /* of both directions */
	int64_t status, timeout, mark, id;
	int info; /* 0, REF_TCP ...: whose are the next four */
	int state, role;
	int flags[2];
	int64_t vtag[2];
	int64_t packets[2], bytes[2];
	bool has_helper;
	char helper[17];
	bool label[128];
};

/* --- filters --- */

enum ref_kind {
	REF_NUMBER, /* any of numbers and ranges */
	REF_AMOUNT, /* one range */
	REF_NET,
	REF_MARK,
	REF_FLAGS,
	REF_STATUS, /* all of these words */
	REF_STATE,
	REF_CTSTATE,
	REF_HELPER,
	REF_LABEL, /* all of these bits */
	REF_NOTHING,
};

enum ref_opt {
	R_FAMILY,
	R_SRC,
	R_DST,
	R_RSRC,
	R_RDST,
	R_PROTO,
	R_SPORT,
	R_DPORT,
	R_RSPORT,
	R_RDPORT,
	R_ICMP_TYPE,
	R_ICMP_CODE,
	R_ICMP_ID,
	R_ICMPV6_TYPE,
	R_ICMPV6_CODE,
	R_ICMPV6_ID,
	R_SRCKEY,
	R_DSTKEY,
	R_RSRCKEY,
	R_RDSTKEY,
	R_ZONE,
	R_OZONE,
	R_RZONE,
	R_ID,
	R_STATUS,
	R_CTSTATE,
	R_STATE,
	R_MARK,
	R_LABEL,
	R_SNAT,
	R_DNAT,
	R_ANAT,
	R_FLAGS,
	R_OVTAG,
	R_RVTAG,
	R_ROLE,
	R_HELPER,
	R_BYTES,
	R_PACKETS,
	R_EXPIRES,
	R_SECMARK,
	R_COUNT,
};

static const struct {
	const char *names[3];
	char letter;
	int kind;
	uint32_t max; /* of a number */
} ref_opts[R_COUNT] = {
	[R_FAMILY] = {{"family"}, 'f', REF_NUMBER, 6},
	[R_SRC] = {{"src", "orig-src"}, 's', REF_NET, 0},
	[R_DST] = {{"dst", "orig-dst"}, 'd', REF_NET, 0},
	[R_RSRC] = {{"reply-src"}, 'r', REF_NET, 0},
	[R_RDST] = {{"reply-dst"}, 'q', REF_NET, 0},
	[R_PROTO] = {{"proto", "protonum"}, 'p', REF_NUMBER, 255},
	[R_SPORT] = {{"sport", "orig-port-src"}, 0, REF_NUMBER, 65535},
	[R_DPORT] = {{"dport", "orig-port-dst"}, 0, REF_NUMBER, 65535},
	[R_RSPORT] = {{"reply-port-src"}, 0, REF_NUMBER, 65535},
	[R_RDPORT] = {{"reply-port-dst"}, 0, REF_NUMBER, 65535},
	[R_ICMP_TYPE] = {{"icmp-type"}, 0, REF_NUMBER, 255},
	[R_ICMP_CODE] = {{"icmp-code"}, 0, REF_NUMBER, 255},
	[R_ICMP_ID] = {{"icmp-id"}, 0, REF_NUMBER, 65535},
	[R_ICMPV6_TYPE] = {{"icmpv6-type"}, 0, REF_NUMBER, 255},
	[R_ICMPV6_CODE] = {{"icmpv6-code"}, 0, REF_NUMBER, 255},
	[R_ICMPV6_ID] = {{"icmpv6-id"}, 0, REF_NUMBER, 65535},
	[R_SRCKEY] = {{"srckey", "orig-key-src"}, 0, REF_NUMBER, 65535},
	[R_DSTKEY] = {{"dstkey", "orig-key-dst"}, 0, REF_NUMBER, 65535},
	[R_RSRCKEY] = {{"reply-key-src"}, 0, REF_NUMBER, 65535},
	[R_RDSTKEY] = {{"reply-key-dst"}, 0, REF_NUMBER, 65535},
	[R_ZONE] = {{"zone"}, 'w', REF_NUMBER, 65535},
	[R_OZONE] = {{"orig-zone"}, 0, REF_NUMBER, 65535},
	[R_RZONE] = {{"reply-zone"}, 0, REF_NUMBER, 65535},
	[R_ID] = {{"id"}, 'i', REF_NUMBER, UINT32_MAX},
	[R_STATUS] = {{"status"}, 'u', REF_STATUS, 0},
	[R_CTSTATE] = {{"ctstate"}, 0, REF_CTSTATE, 0},
	[R_STATE] = {{"state"}, 0, REF_STATE, 0},
	[R_MARK] = {{"mark"}, 'm', REF_MARK, 0},
	[R_LABEL] = {{"label"}, 'l', REF_LABEL, 127},
	[R_SNAT] = {{"src-nat"}, 'n', REF_NET, 0},
	[R_DNAT] = {{"dst-nat"}, 'g', REF_NET, 0},
	[R_ANAT] = {{"any-nat"}, 'j', REF_NET, 0},
	[R_FLAGS] = {{"tcp-flags"}, 0, REF_FLAGS, 0},
	[R_OVTAG] = {{"orig-vtag"}, 0, REF_NUMBER, UINT32_MAX},
	[R_RVTAG] = {{"reply-vtag"}, 0, REF_NUMBER, UINT32_MAX},
	[R_ROLE] = {{"role"}, 0, REF_NUMBER, 1},
	[R_HELPER] = {{"helper"}, 0, REF_HELPER, 0},
	[R_BYTES] = {{"bytes"}, 0, REF_AMOUNT, UINT32_MAX},
	[R_PACKETS] = {{"packets"}, 0, REF_AMOUNT, UINT32_MAX},
	[R_EXPIRES] = {{"expires"}, 0, REF_AMOUNT, UINT32_MAX},
	[R_SECMARK] = {{"secmark"}, 'c', REF_NOTHING, UINT32_MAX},
};

struct ref_value {
	struct ref_addr addr, mask; /* addr.l3 0: NAT to whatever */
	int port;		    /* -1: not given */
	uint64_t lo, hi;	    /* hi UINT64_MAX: open */
	uint32_t value, bits;	    /* mark, flags: under the mask bits */
	bool not ;		    /* status: !WORD */
	const char *word;
};

/* How many values an option has at most. */
#ifndef REF_VALUES
#define REF_VALUES 3
#endif

/* One option on the command line. */
struct ref_cond {
	enum ref_opt opt;
	bool negate;
	unsigned n;
	struct ref_value v[REF_VALUES];
};

struct ref_filter {
	bool any;
	unsigned n;
	struct ref_cond c[8];
};

/* --- matching --- */

static inline bool ref_has_ports(int proto)
{
	return proto == 6 || proto == 17 || proto == 33 || proto == 132 || proto == 136;
}

static inline bool ref_bit(const uint8_t *b, unsigned i)
{
	return b[i / 8] >> (7 - i % 8) & 1;
}

static inline int ref_port(const struct ref_side *s, bool dst)
{
	return ref_has_ports(s->proto) ? dst ? s->dport : s->sport : -1;
}

/* The address and the port of one end of one direction. */
static inline bool ref_net_at(const struct ref_value *v, const struct ref_side *s, bool dst)
{
	const struct ref_addr *a = dst ? &s->dst : &s->src;

	if (v->addr.l3 && v->addr.l3 != a->l3)
		return false;
	for (unsigned i = 0; i < (v->addr.l3 == 4 ? 32u : v->addr.l3 == 6 ? 128u : 0u); i++)
		if (ref_bit(v->mask.b, i) && ref_bit(v->addr.b, i) != ref_bit(a->b, i))
			return false;
	return v->port < 0 || v->port == ref_port(s, dst);
}

/* NAT of the source shows as the reply's destination, and the other way round. */
static inline bool ref_nat(const struct ref_value *v, const struct ref_entry *e, bool dst)
{
	if (e->status < 0 || !(e->status & (dst ? 0x20 : 0x10)))
		return false;
	return ref_net_at(v, &e->side[1], !dst);
}

static const struct {
	const char *name;
	uint32_t any_of; /* bits */
	bool set;	 /* whether they are there, or none is */
} ref_statuses[] = {
	{"ASSURED", 0x4, true},	   {"SEEN_REPLY", 0x2, true},	   {"UNREPLIED", 0x2, false},
	{"UNSET", 0x407, false},   {"FIXED_TIMEOUT", 0x400, true}, {"EXPECTED", 0x1, true},
	{"CONFIRMED", 0x8, true},  {"SRC_NAT", 0x10, true},	   {"DST_NAT", 0x20, true},
	{"OFFLOAD", 0x4000, true}, {"HW_OFFLOAD", 0x8000, true},   {"HELPER", 0x2000, true},
	{"DYING", 0x200, true},
};

#define REF_STATUSES (sizeof(ref_statuses) / sizeof(ref_statuses[0]))

static inline unsigned ref_status_row(const char *word)
{
	unsigned i = 0;

	while (strcmp(ref_statuses[i].name, word) != 0)
		i++;
	return i;
}

static inline bool ref_status(const struct ref_value *v, const struct ref_entry *e)
{
	unsigned i = ref_status_row(v->word);
	bool holds = ref_statuses[i].set == !!(e->status & ref_statuses[i].any_of);

	return e->status >= 0 && holds != v->not ;
}

static const char *const ref_ctstates[] = {"NEW",  "ESTABLISHED", "RELATED",  "SNAT",
					   "DNAT", "INVALID",	  "UNTRACKED"};

static inline bool ref_ctstate(const char *word, const struct ref_entry *e)
{
	if (e->status < 0)
		return false;
	if (!strcmp(word, "NEW"))
		return !(e->status & 2);
	if (!strcmp(word, "ESTABLISHED"))
		return e->status & 2;
	if (!strcmp(word, "RELATED"))
		return e->status & 1;
	if (!strcmp(word, "SNAT"))
		return e->status & 0x10;
	if (!strcmp(word, "DNAT"))
		return e->status & 0x20;
	return false;
}

/* By info and number. */
static const char *const ref_states[4][10] = {
	[REF_TCP] = {"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT",
		     "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"},
	[REF_DCCP] = {"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING",
		      "TIMEWAIT", "IGNORE", "INVALID"},
	[REF_SCTP] = {"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED",
		      "SHUTDOWN_SENT", "SHUTDOWN_RECD", "SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"},
};

/* The number of a state of that protocol, -1 if it has none of that name. */
static inline int ref_state_number(int info, const char *word)
{
	for (int i = 0; i < 10; i++)
		if (ref_states[info][i] && (!strcmp(ref_states[info][i], word) ||
					    (info == REF_TCP && i == 9 && !strcmp(word, "LISTEN"))))
			return i;
	return -1;
}

/* Returns the number that an option compares; -1 when the entry does not have it. */
static inline int64_t ref_number(enum ref_opt opt, const struct ref_entry *e)
{
	const struct ref_side *o = &e->side[0], *r = &e->side[1];

	switch (opt) {
	case R_FAMILY:
		return e->l3;
	case R_PROTO:
		return o->proto;
	case R_SPORT:
		return ref_port(o, false);
	case R_DPORT:
		return ref_port(o, true);
	case R_RSPORT:
		return ref_port(r, false);
	case R_RDPORT:
		return ref_port(r, true);
	case R_ICMP_TYPE:
		return o->proto == 1 ? o->type : -1;
	case R_ICMP_CODE:
		return o->proto == 1 ? o->code : -1;
	case R_ICMP_ID:
		return o->proto == 1 ? o->id : -1;
	case R_ICMPV6_TYPE:
		return o->proto == 58 ? o->type : -1;
	case R_ICMPV6_CODE:
		return o->proto == 58 ? o->code : -1;
	case R_ICMPV6_ID:
		return o->proto == 58 ? o->id : -1;
	case R_SRCKEY:
		return o->proto == 47 ? o->sport : -1;
	case R_DSTKEY:
		return o->proto == 47 ? o->dport : -1;
	case R_RSRCKEY:
		return r->proto == 47 ? r->sport : -1;
	case R_RDSTKEY:
		return r->proto == 47 ? r->dport : -1;
	case R_ZONE:
		if (e->zone >= 0)
			return e->zone;
		return o->zone >= 0 || r->zone >= 0 ? -1 : 0;
	case R_OZONE:
		return o->zone >= 0 ? o->zone : 0;
	case R_RZONE:
		return r->zone >= 0 ? r->zone : 0;
	case R_ID:
		return e->id;
	case R_OVTAG:
		return e->info == REF_SCTP ? e->vtag[0] : -1;
	case R_RVTAG:
		return e->info == REF_SCTP ? e->vtag[1] : -1;
	case R_ROLE:
		return e->info == REF_DCCP ? e->role : -1;
	case R_BYTES:
		return e->bytes[0] < 0 || e->bytes[1] < 0 ? -1 : e->bytes[0] + e->bytes[1];
	case R_PACKETS:
		return e->packets[0] < 0 || e->packets[1] < 0 ? -1 : e->packets[0] + e->packets[1];
	case R_EXPIRES:
		return e->timeout;
	default:
		return -1;
	}
}

static inline bool ref_between(int64_t n, const struct ref_value *v)
{
	return n >= 0 && (uint64_t)n >= v->lo && (uint64_t)n <= v->hi;
}

/* Returns true when one value of one option fits the entry. */
static inline bool ref_holds(enum ref_opt opt, bool any, const struct ref_value *v,
			     const struct ref_entry *e)
{
	switch (opt) {
	case R_SRC:
	case R_DST:
	case R_RSRC:
	case R_RDST:
		for (int i = 0; any && i < 4; i++)
			if (e->side[i / 2].here && ref_net_at(v, &e->side[i / 2], i % 2))
				return true;
		return !any && ref_net_at(v, &e->side[opt == R_RSRC || opt == R_RDST],
					  opt == R_DST || opt == R_RDST);
	case R_SPORT:
	case R_DPORT:
	case R_RSPORT:
	case R_RDPORT:
		if (any)
			return ref_between(ref_number(R_SPORT, e), v) ||
			       ref_between(ref_number(R_DPORT, e), v) ||
			       ref_between(ref_number(R_RSPORT, e), v) ||
			       ref_between(ref_number(R_RDPORT, e), v);
		return ref_between(ref_number(opt, e), v);
	case R_ICMP_TYPE: /* of ICMPv6, too */
	case R_ICMP_CODE:
	case R_ICMP_ID:
		return ref_between(ref_number(opt, e), v) ||
		       ref_between(ref_number(opt + R_ICMPV6_TYPE - R_ICMP_TYPE, e), v);
	case R_SNAT:
		return ref_nat(v, e, false);
	case R_DNAT:
		return ref_nat(v, e, true);
	case R_ANAT:
		return ref_nat(v, e, false) || ref_nat(v, e, true);
	case R_STATUS:
		return ref_status(v, e);
	case R_CTSTATE:
		return ref_ctstate(v->word, e);
	case R_STATE:
		return e->info && e->state >= 0 && ref_state_number(e->info, v->word) == e->state;
	case R_MARK:
		return e->mark >= 0 && ((uint32_t)e->mark & v->bits) == v->value;
	case R_FLAGS:
		for (int i = 0; i < 2; i++)
			if (e->info == REF_TCP && e->flags[i] >= 0 &&
			    ((uint32_t)e->flags[i] & v->bits) == v->value)
				return true;
		return false;
	case R_HELPER:
		return e->has_helper && !strcmp(e->helper, v->word);
	case R_LABEL:
		return e->label[v->lo];
	case R_SECMARK:
		return false;
	default:
		return ref_between(ref_number(opt, e), v);
	}
}

/* Returns true when all values of an option must hold, and each of its occurrences too. */
static inline bool ref_all_of(enum ref_opt opt)
{
	switch (ref_opts[opt].kind) {
	case REF_STATUS:
	case REF_LABEL:
	case REF_FLAGS:
	case REF_AMOUNT:
		return true;
	default:
		return false;
	}
}

static inline bool ref_match(const struct ref_filter *f, const struct ref_entry *e)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct ref_cond *c = &f->c[i];
		bool yes = ref_all_of(c->opt);

		if (yes) {
			for (unsigned k = 0; k < c->n; k++)
				yes &= ref_holds(c->opt, f->any, &c->v[k], e);
		} else {
			/* Any value of any occurrence of this option with the same sign. */
			for (unsigned j = 0; j < f->n; j++)
				for (unsigned k = 0; k < f->c[j].n; k++)
					if (f->c[j].opt == c->opt && f->c[j].negate == c->negate)
						yes |= ref_holds(c->opt, f->any, &f->c[j].v[k], e);
		}
		if (yes == c->negate)
			return false;
	}
	return true;
}

/* Returns true when the addresses of a filter leave no common family, which is an error. */
static inline bool ref_no_family(const struct ref_filter *f)
{
	unsigned left = 3;

	for (unsigned i = 0; i < f->n; i++) {
		unsigned set = 0;

		if (f->c[i].negate ||
		    (f->c[i].opt != R_FAMILY && ref_opts[f->c[i].opt].kind != REF_NET))
			continue;
		for (unsigned j = 0; j < f->n; j++)
			for (unsigned k = 0; k < f->c[j].n; k++) {
				const struct ref_value *v = &f->c[j].v[k];
				int l3 = f->c[j].opt == R_FAMILY ? (int)v->lo : v->addr.l3;

				if (f->c[j].opt == f->c[i].opt && !f->c[j].negate)
					set |= l3 == 4 ? 1 : l3 == 6 ? 2 : 3;
			}
		left &= set;
	}
	return !left;
}

/* --- random values --- */

static uint64_t ref_random_state = 1;

/* Where numbers come from as long as there are any: for fuzzers. */
static const uint8_t *ref_random_data;
static size_t ref_random_left;

/* 0 to n - 1; the same numbers everywhere. */
static inline uint32_t ref_random(uint32_t n)
{
	uint32_t v = 0;

	if (ref_random_data && ref_random_left >= 4) {
		for (uint32_t most = n - 1; most; most >>= 8, ref_random_left--)
			v = v << 8 | *ref_random_data++;
		return v % n;
	}
	ref_random_state ^= ref_random_state >> 12;
	ref_random_state ^= ref_random_state << 25;
	ref_random_state ^= ref_random_state >> 27;
	return (uint32_t)((ref_random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32) % n);
}

static inline bool ref_once_in(uint32_t n)
{
	return !ref_random(n);
}

#define REF_PICK(array) ((array)[ref_random(sizeof(array) / sizeof((array)[0]))])

static inline struct ref_addr ref_address(const char *text)
{
	struct ref_addr a = {strchr(text, ':') ? 6 : 4, {0}};

	inet_pton(a.l3 == 4 ? AF_INET : AF_INET6, text, a.b);
	return a;
}

static inline struct ref_addr ref_random_address(int l3)
{
	static const char *const v4[] = {"10.0.0.1",	"10.0.0.2",    "10.0.1.1",    "10.1.0.1",
					 "192.168.1.5", "203.0.113.9", "172.16.255.2"};
	static const char *const v6[] = {"2001:db8::1",	  "2001:db8::2", "2001:db8:0:1::1",
					 "2001:db8:f::1", "fd00::a00:1", "fd00::1:0:0:5"};

	return l3 == 4 ? ref_address(REF_PICK(v4)) : ref_address(REF_PICK(v6));
}

/* A network around a: whole, a prefix, or now and then an odd mask. */
static inline void ref_random_net(struct ref_value *v, const struct ref_addr *a)
{
	unsigned bits = a->l3 == 4 ? 32 : 128, len = bits, odd = 256;

	v->addr = *a;
	v->mask = (struct ref_addr){a->l3, {0}};
	if (ref_once_in(3))
		len = ref_random(3) ? bits - ref_random(bits / 4) : ref_random(bits + 1);
	if (ref_once_in(24))
		odd = ref_random(bits);
	for (unsigned i = 0; i < bits; i++)
		if (i < len && i != odd)
			v->mask.b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	for (unsigned i = 0; i < 16; i++)
		v->addr.b[i] &= v->mask.b[i];
}

static inline void ref_random_nat(struct ref_value *v, enum ref_opt opt, const struct ref_entry *e)
{
	bool nat = opt == R_SNAT || opt == R_DNAT || opt == R_ANAT;
	bool reply, dst;
	const struct ref_addr *a;

	*v = (struct ref_value){.port = -1};
	if (nat && ref_once_in(5))
		return;
	reply = nat || opt == R_RSRC || opt == R_RDST;
	dst = opt == R_SNAT || opt == R_DST || opt == R_RDST;
	if (opt == R_ANAT)
		dst = ref_random(2);
	a = dst ? &e->side[reply].dst : &e->side[reply].src;
	if (!a->l3 || ref_once_in(6)) {
		struct ref_addr other = ref_random_address(ref_once_in(4) ? 10 - e->l3 : e->l3);

		ref_random_net(v, &other);
	} else {
		ref_random_net(v, a);
	}
	if (ref_once_in(6))
		v->port = ref_port(&e->side[reply], dst);
	if (ref_once_in(40))
		v->port = (int)ref_random(3);
}

static inline void ref_random_number(struct ref_value *v, enum ref_opt opt,
				     const struct ref_entry *e)
{
	int64_t n = ref_number(opt, e);
	uint64_t max = ref_opts[opt].max, less, more;

	if (n < 0 || ref_once_in(6))
		n = opt == R_PROTO ? (ref_once_in(2) ? 6 : 17) : ref_random(100);
	if (opt == R_FAMILY && n != 4)
		n = 6;
	if ((uint64_t)n > max && ref_opts[opt].kind == REF_NUMBER)
		n = (int64_t)max;
	v->lo = v->hi = (uint64_t)n;
	if (opt == R_FAMILY || opt == R_PROTO || opt == R_ROLE ||
	    (ref_opts[opt].kind == REF_NUMBER && !ref_once_in(4)))
		return;
	less = ref_random(3) ? ref_random(3) : (uint64_t)n / 3;
	more = ref_random(3) ? ref_random(3) : (uint64_t)n / 3;
	v->lo = less > v->lo ? 0 : v->lo - less;
	v->hi += more;
	if (ref_opts[opt].kind == REF_AMOUNT) {
		if (ref_once_in(2))
			v->hi = UINT64_MAX;
		if (ref_once_in(5))
			v->lo++; /* perhaps just missed */
		if (v->lo > v->hi)
			v->hi = v->lo;
	} else if (v->hi > max) {
		v->hi = max;
	}
}

static inline void ref_random_value(struct ref_value *v, enum ref_opt opt,
				    const struct ref_entry *e)
{
	static const char *const helpers[] = {"ftp", "ft",   "ftps",
					      "sip", "tftp", "fifteen-letters"};

	*v = (struct ref_value){.port = -1};
	switch (ref_opts[opt].kind) {
	case REF_NUMBER:
	case REF_AMOUNT:
		ref_random_number(v, opt, e);
		return;
	case REF_NET:
		ref_random_nat(v, opt, e);
		return;
	case REF_MARK:
		v->value = e->mark < 0 || ref_once_in(5) ? ref_random(8) : (uint32_t)e->mark;
		v->bits = UINT32_MAX;
		if (ref_once_in(3)) {
			v->bits = ref_once_in(2) ? ref_random(16) : ref_random(UINT32_MAX);
			if (!ref_once_in(10)) /* else such that no mark can be */
				v->value &= v->bits;
		}
		return;
	case REF_FLAGS:
		v->bits = ref_random(256) & (ref_once_in(2) ? 0xff : 0x0e);
		v->value = (uint32_t)e->flags[ref_random(2)] & v->bits;
		if (ref_once_in(5))
			v->value = ref_random(256) & v->bits;
		return;
	case REF_STATUS:
		v->word = REF_PICK(ref_statuses).name;
		v->not = ref_once_in(4);
		if (e->status >= 0 && !ref_once_in(5))
			v->not = ref_status(v, e) == v->not ;
		return;
	case REF_CTSTATE:
		v->word = REF_PICK(ref_ctstates);
		return;
	case REF_STATE:
		do {
			int info = e->info && !ref_once_in(4) ? e->info : 1 + (int)ref_random(3);
			int n = info == e->info && !ref_once_in(4) ? e->state : (int)ref_random(10);

			if (n >= 0 && n < 10)
				v->word = ref_states[info][n];
			if (v->word && info == REF_TCP && n == 9 && ref_once_in(2))
				v->word = "LISTEN";
		} while (!v->word);
		return;
	case REF_HELPER:
		v->word = REF_PICK(helpers);
		return;
	case REF_LABEL:
		v->lo = ref_random(128);
		for (unsigned i = 0; i < 128 && !ref_once_in(6); i++)
			if (e->label[(v->lo + i) % 128]) {
				v->lo = (v->lo + i) % 128;
				break;
			}
		return;
	}
}

/* A negated list of status words is one statement; words that contradict each other are
 * refused. */
static inline bool ref_contradiction(const struct ref_cond *c)
{
	uint32_t set = 0, clear = 0;

	for (unsigned i = 0; c->opt == R_STATUS && i < c->n; i++) {
		unsigned row = ref_status_row(c->v[i].word);

		if (ref_statuses[row].set != c->v[i].not )
			set |= ref_statuses[row].any_of;
		else
			clear |= ref_statuses[row].any_of;
	}
	return set & clear;
}

/* Returns true when the command line may refuse a filter that has a meaning: a protocol beside an
 * option that only other protocols have, a negated list of "not UNSET" and more, or --any-nat
 * beside the two that it means. */
static inline bool ref_may_refuse(const struct ref_filter *f)
{
	unsigned protos = 0, special = 0, any_nat = 0, one_nat = 0;

	for (unsigned i = 0; i < f->n; i++) {
		const struct ref_cond *c = &f->c[i];

		if (c->opt == R_PROTO && !c->negate)
			protos += c->n;
		any_nat += c->opt == R_ANAT;
		one_nat += c->opt == R_SNAT || c->opt == R_DNAT;
		special += (c->opt >= R_SPORT && c->opt <= R_RDSTKEY) || c->opt == R_STATE ||
			   c->opt == R_FLAGS || c->opt == R_OVTAG || c->opt == R_RVTAG ||
			   c->opt == R_ROLE;
		for (unsigned k = 0; c->opt == R_STATUS && c->negate && c->n > 1 && k < c->n; k++)
			if (c->v[k].not &&!strcmp(c->v[k].word, "UNSET"))
				return true;
	}
	return (protos == 1 && special) || (any_nat && one_nat);
}

static inline void ref_random_cond(struct ref_cond *c, enum ref_opt opt, const struct ref_entry *e,
				   const struct ref_entry *pool, unsigned npool)
{
	c->opt = opt;
	c->negate = ref_once_in(5);
	c->n = 1;
	if (ref_once_in(4) && opt != R_FAMILY && opt != R_ROLE && opt != R_SECMARK &&
	    ref_opts[opt].kind != REF_AMOUNT && ref_opts[opt].kind != REF_FLAGS)
		c->n += 1 + ref_random(2);
	for (unsigned i = 0; i < c->n; i++) {
		const struct ref_entry *from = i && ref_once_in(2) ? &pool[ref_random(npool)] : e;

		ref_random_value(&c->v[i], opt, from);
		/* An option without an address means any NAT: it is no item of a list. */
		if (c->n > 1 && ref_opts[opt].kind == REF_NET && !c->v[i].addr.l3)
			c->n = 1;
	}
	while (c->negate && ref_contradiction(c))
		c->n--;
}

static inline void ref_exact(struct ref_filter *f, enum ref_opt opt, int64_t n)
{
	struct ref_cond *c = &f->c[f->n];

	if (n < 0) /* the entry lacks it */
		return;
	f->n++;
	c->opt = opt;
	c->negate = false;
	c->n = 1;
	c->v[0] = (struct ref_value){.port = -1};
	c->v[0].lo = c->v[0].hi = (uint64_t)n;
}

static inline void ref_exact_address(struct ref_filter *f, enum ref_opt opt,
				     const struct ref_addr *a)
{
	struct ref_cond *c = &f->c[f->n++];

	c->opt = opt;
	c->negate = false;
	c->n = 1;
	c->v[0] = (struct ref_value){.port = -1};
	c->v[0].addr = *a;
	c->v[0].mask.l3 = a->l3;
	memset(c->v[0].mask.b, 0xff, a->l3 == 4 ? 4 : 16);
}

/* One entry named by its whole original tuple and its zone; now and then something more. */
static inline void ref_random_tuple(struct ref_filter *f, const struct ref_entry *e)
{
	const struct ref_side *o = &e->side[0];
	bool v6 = o->proto == 58;

	f->n = 0;
	f->any = false;
	ref_exact_address(f, R_SRC, &o->src);
	ref_exact_address(f, R_DST, &o->dst);
	ref_exact(f, R_PROTO, o->proto);
	if (ref_has_ports(o->proto)) {
		ref_exact(f, R_SPORT, o->sport < 0 ? 1 : o->sport);
		ref_exact(f, R_DPORT, o->dport < 0 ? 2 : o->dport);
	} else if (o->proto == 47) {
		ref_exact(f, R_SRCKEY, o->sport);
		ref_exact(f, R_DSTKEY, o->dport);
	} else if (o->proto == 1 || v6) {
		ref_exact(f, v6 ? R_ICMPV6_TYPE : R_ICMP_TYPE, o->type);
		ref_exact(f, v6 ? R_ICMPV6_CODE : R_ICMP_CODE, o->code);
		ref_exact(f, v6 ? R_ICMPV6_ID : R_ICMP_ID, o->id);
	}
	if (!ref_once_in(4))
		ref_exact(f, R_ZONE, e->zone < 0 || ref_once_in(6) ? 0 : e->zone);
	if (ref_once_in(6))
		ref_random_cond(&f->c[f->n++], (enum ref_opt)ref_random(R_COUNT), e, e, 1);
}

/* A filter of one to four conditions, most of them such that an entry of the pool meets them. */
static inline void ref_random_filter(struct ref_filter *f, const struct ref_entry *pool,
				     unsigned npool)
{
	const struct ref_entry *e = &pool[ref_random(npool)];
	unsigned n = 1 + (ref_random(2) ? ref_random(4) : 0);
	bool positions = false;

	f->n = 0;
	f->any = ref_once_in(5);
	if (ref_once_in(16) && e->side[0].src.l3 && e->side[0].dst.l3 && e->side[0].proto >= 0) {
		ref_random_tuple(f, e);
		return;
	}
	while (f->n < n) {
		enum ref_opt opt = (enum ref_opt)ref_random(R_COUNT);

		/* More of what everybody uses, more of what has been said already. */
		if (ref_once_in(3))
			opt = (enum ref_opt)(R_FAMILY + ref_random(R_RDPORT + 1));
		if (f->n && ref_once_in(8))
			opt = f->c[ref_random(f->n)].opt;
		/* A number that the entry lacks never matches: few such conditions are enough. */
		if (ref_opts[opt].kind == REF_NUMBER && ref_number(opt, e) < 0 && ref_random(4))
			continue;
		ref_random_cond(&f->c[f->n++], opt, e, pool, npool);
	}
	/* --any is refused where there is nothing that could be anywhere. */
	for (unsigned i = 0; i < f->n; i++)
		positions |= (f->c[i].opt >= R_SRC && f->c[i].opt <= R_RDST) ||
			     (f->c[i].opt >= R_SPORT && f->c[i].opt <= R_RDPORT);
	f->any &= positions;
}

/* A value near one that something has, to fill a list with: networks within and beside each
 * other, ranges that overlap or touch, now and then a mask with gaps. */
static inline void ref_random_near(struct ref_value *v, enum ref_opt opt, const struct ref_entry *e)
{
	unsigned bits;

	ref_random_value(v, opt, e);
	switch (ref_opts[opt].kind) {
	case REF_NUMBER:
		if (ref_opts[opt].max < 1000 || ref_once_in(50))
			return;
		v->lo = ref_once_in(2) ? ref_random(1000) : ref_random(ref_opts[opt].max);
		v->hi = v->lo + (ref_once_in(3) ? ref_random(4) : 0);
		if (v->hi > ref_opts[opt].max)
			v->hi = ref_opts[opt].max;
		return;
	case REF_MARK:
		if (ref_once_in(50))
			return;
		v->value = ref_once_in(2) ? ref_random(1000) : ref_random(UINT32_MAX);
		v->bits = UINT32_MAX;
		if (ref_once_in(4))
			v->bits = ref_once_in(4) ? 0xffff00ff : UINT32_MAX << ref_random(8);
		v->value &= v->bits;
		return;
	case REF_NET:
		if (!v->addr.l3 || ref_once_in(50))
			return;
		bits = v->addr.l3 == 4 ? 32 : 128;
		for (unsigned i = 1 + ref_random(4); i; i--)
			v->addr.b[ref_random(bits) / 8] ^= (uint8_t)(1 << ref_random(8));
		memset(v->mask.b, 0xff, bits / 8);
		if (ref_once_in(3)) {
			unsigned len = bits - ref_random(bits / 2);

			for (unsigned i = len; i < bits; i++)
				v->mask.b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
			if (ref_once_in(30))
				v->mask.b[ref_random(bits / 16)] &= (uint8_t)ref_random(256);
			if (v->addr.l3 == 6 && ref_once_in(9))
				memset(&v->mask.b[ref_random(3) * 4], 0, 4);
		}
		for (unsigned i = 0; i < bits / 8; i++)
			v->addr.b[i] &= v->mask.b[i];
		return;
	}
}

/* Makes a list of some condition as long as it may be. */
static inline void ref_lengthen(struct ref_filter *f, const struct ref_entry *pool, unsigned npool)
{
	struct ref_cond *c = &f->c[ref_random(f->n)];
	int kind = ref_opts[c->opt].kind;
	unsigned n = 1 + ref_random(REF_VALUES);

	if ((kind != REF_NUMBER && kind != REF_NET && kind != REF_MARK) ||
	    (kind == REF_NET && !c->v[0].addr.l3) || c->opt == R_FAMILY || c->opt == R_ROLE)
		return;
	while (c->n < n) {
		struct ref_value *v = &c->v[c->n];

		ref_random_near(v, c->opt, &pool[ref_random(npool)]);
		if (kind == REF_NET && !v->addr.l3)
			continue;
		c->n++;
	}
}

/* --- words --- */

#define REF_VALUE_TEXT 100 /* how long the text of a value is at most */

/* The words of a command line: strings in one buffer, pointers to them. */
struct ref_words {
	unsigned n;
	size_t used;
	char *argv[64];
	char text[4096 + 8 * REF_VALUES * REF_VALUE_TEXT];
};

static inline char *ref_word(struct ref_words *w, const char *text)
{
	size_t len = strlen(text) + 1;
	char *p = w->text + w->used;

	if (w->n + 2 > sizeof(w->argv) / sizeof(w->argv[0]) || w->used + len > sizeof(w->text))
		abort();
	memcpy(p, text, len);
	w->used += len;
	w->argv[w->n++] = p;
	w->argv[w->n] = NULL;
	return p;
}

static inline void ref_address_text(char *text, size_t size, const struct ref_addr *a)
{
	char ip[INET6_ADDRSTRLEN] = "-";

	if (a->l3)
		inet_ntop(a->l3 == 4 ? AF_INET : AF_INET6, a->b, ip, sizeof(ip));
	snprintf(text, size, "%s", ip);
}

static inline void ref_net_text(char *text, size_t size, const struct ref_value *v)
{
	unsigned bits = v->addr.l3 == 4 ? 32 : 128, len = 0;
	char ip[64], mask[64] = "", port[16] = "";
	bool prefix = true;

	ref_address_text(ip, sizeof(ip), &v->addr);
	while (len < bits && ref_bit(v->mask.b, len))
		len++;
	for (unsigned i = len; i < bits; i++)
		prefix &= !ref_bit(v->mask.b, i);
	if (v->port >= 0)
		snprintf(port, sizeof(port), ":%d", v->port);
	if (!prefix || (len < bits && ref_once_in(4))) {
		mask[0] = '/';
		ref_address_text(mask + 1, sizeof(mask) - 1, &v->mask);
	} else if (len < bits || ref_once_in(8)) {
		snprintf(mask, sizeof(mask), "/%u", len);
	}
	if (v->addr.l3 == 6 && port[0])
		snprintf(text, size, "[%s]%s%s", ip, port, mask);
	else
		snprintf(text, size, "%s%s%s", ip, port, mask);
}

static inline void ref_number_text(char *text, size_t size, enum ref_opt opt,
				   const struct ref_value *v)
{
	static const struct {
		enum ref_opt opt;
		unsigned n;
		const char *word;
	} words[] = {
		{R_FAMILY, 4, "ipv4"},
		{R_FAMILY, 6, "ipv6"},
		{R_FAMILY, 4, "ip"},
		{R_FAMILY, 6, "ip6"},
		{R_PROTO, 6, "tcp"},
		{R_PROTO, 17, "UDP"},
		{R_PROTO, 1, "icmp"},
		{R_PROTO, 58, "icmpv6"},
		{R_PROTO, 47, "Gre"},
		{R_PROTO, 132, "sctp"},
		{R_PROTO, 136, "udplite"},
		{R_PROTO, 33, "dccp"},
		{R_ICMPV6_TYPE, 128, "echo-request"},
		{R_ICMPV6_TYPE, 129, "echo-reply"},
		{R_ROLE, 0, "client"},
		{R_ROLE, 1, "server"},
	};
	const char *format = ref_once_in(4) ? "0x%llx" : "%llu";
	int n;

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].opt == opt && v->lo == words[i].n && v->hi == v->lo &&
		    (opt == R_FAMILY || opt == R_ROLE || ref_once_in(2)) &&
		    (opt != R_FAMILY || i >= 2 || ref_once_in(2))) {
			snprintf(text, size, "%s", words[i].word);
			return;
		}
	if (ref_opts[opt].kind == REF_AMOUNT && v->lo && v->lo % 1000 == 0 && ref_once_in(2))
		n = snprintf(text, size, "%lluk", (unsigned long long)v->lo / 1000);
	else
		n = snprintf(text, size, format, (unsigned long long)v->lo);
	if (v->hi == UINT64_MAX || opt == R_PROTO ||
	    (v->hi == v->lo && ref_opts[opt].kind != REF_AMOUNT && !ref_once_in(10)))
		return;
	text[n++] = ref_opts[opt].kind == REF_AMOUNT || ref_once_in(2) ? ':' : '-';
	snprintf(text + n, size - (size_t)n, "%llu", (unsigned long long)v->hi);
}

static inline void ref_value_text(char *text, size_t size, enum ref_opt opt,
				  const struct ref_value *v)
{
	static const char *const flags[] = {"wscale",  "sack",	 "close",     "liberal",
					    "unacked", "maxack", "challenge", "simopen"};
	size_t n = 0;

	switch (ref_opts[opt].kind) {
	case REF_NUMBER:
	case REF_AMOUNT:
		ref_number_text(text, size, opt, v);
		return;
	case REF_NET:
		ref_net_text(text, size, v);
		return;
	case REF_MARK:
		snprintf(text, size, v->bits == UINT32_MAX && !ref_once_in(8) ? "%u" : "%u/0x%x",
			 v->value, v->bits);
		return;
	case REF_FLAGS:
		if (!v->value || ref_once_in(2)) {
			snprintf(text, size, "0x%x,%u", v->bits, v->value);
			return;
		}
		for (unsigned i = 0; i < 16; i++)
			if ((i < 8 ? v->bits : v->value) >> i % 8 & 1) {
				bool first = !(i < 8 ? v->bits : v->value & 0xff) ||
					     !((i < 8 ? v->bits : v->value) & ((1u << i % 8) - 1));

				if (first && i >= 8)
					text[n++] = ',';
				n += (size_t)snprintf(text + n, size - n, "%s%s", first ? "" : "+",
						      flags[i % 8]);
			}
		return;
	case REF_STATUS:
		snprintf(text, size, "%s%s", v->not ? "!" : "", v->word);
		return;
	case REF_LABEL:
		if (ref_once_in(3)) {
			static const char digits[] = "1248",
					  zeros[] = "00000000000000000000000000000000";
			char bit[36];

			snprintf(bit, sizeof(bit), "0x%c%.*s", digits[v->lo % 4], (int)v->lo / 4,
				 zeros);
			snprintf(text, size, "%s/%s", bit, bit);
			return;
		}
		/* fallthrough */
	case REF_NOTHING: /* which 0 would not be */
		snprintf(text, size, "%llu",
			 (unsigned long long)(ref_opts[opt].kind == REF_NOTHING ? v->lo | 1
										: v->lo));
		return;
	default:
		snprintf(text, size, "%s", v->word);
	}
}

/* Says a condition in one of the ways there are. */
static inline void ref_cond_words(struct ref_words *w, const struct ref_cond *c)
{
	static char value[REF_VALUES * REF_VALUE_TEXT + 212], word[sizeof(value) + 88];
	const char *name = ref_opts[c->opt].names[0];
	char letter = ref_opts[c->opt].letter;
	size_t n = 0;

	if (c->negate)
		ref_word(w, "!");
	if (ref_opts[c->opt].names[1] && ref_once_in(2))
		name = ref_opts[c->opt].names[1];
	for (unsigned i = 0; i < c->n; i++) {
		if (i)
			value[n++] = ',';
		ref_value_text(value + n, sizeof(value) - n, c->opt, &c->v[i]);
		n += strlen(value + n);
	}
	if (ref_opts[c->opt].kind == REF_NET && !c->v[0].addr.l3) {
		snprintf(word, sizeof(word), "--%s", name);
		if (ref_once_in(2))
			snprintf(word, sizeof(word), "-%c", letter);
		ref_word(w, word);
		return;
	}
	switch (ref_random(letter ? 4 : 2)) {
	case 0:
		snprintf(word, sizeof(word), "--%s=%s", name, value);
		ref_word(w, word);
		return;
	case 1:
		snprintf(word, sizeof(word), "--%s", name);
		ref_word(w, word);
		break;
	case 2:
		snprintf(word, sizeof(word), "-%c%s", letter, value);
		ref_word(w, word);
		return;
	case 3:
		snprintf(word, sizeof(word), "-%c", letter);
		ref_word(w, word);
		break;
	}
	ref_word(w, value);
}

static inline void ref_filter_words(struct ref_words *w, const struct ref_filter *f)
{
	unsigned at = f->any ? ref_random(f->n + 1) : f->n + 1;

	for (unsigned i = 0; i < f->n; i++) {
		if (i == at)
			ref_word(w, "--any");
		ref_cond_words(w, &f->c[i]);
	}
	if (at == f->n)
		ref_word(w, "--any");
}

static inline void ref_print_words(const struct ref_words *w)
{
	for (unsigned i = 0; i < w->n; i++)
		printf(" %s", w->argv[i]);
	putchar('\n');
}

/* Prints a filter as words, without moving the random numbers on. */
static inline void ref_print_filter(const struct ref_filter *f)
{
	static struct ref_words w;
	uint64_t state = ref_random_state;

	w.n = 0;
	w.used = 0;
	ref_filter_words(&w, f);
	ref_random_state = state;
	printf("\tfilter:");
	ref_print_words(&w);
}

static inline void ref_print_side(const struct ref_side *s)
{
	char src[64], dst[64];

	if (!s->here) {
		printf(" {no tuple}");
		return;
	}
	ref_address_text(src, sizeof(src), &s->src);
	ref_address_text(dst, sizeof(dst), &s->dst);
	printf(" {src=%s dst=%s proto=%d", src, dst, s->proto);
	if (s->sport >= 0 || s->dport >= 0)
		printf(" sport=%d dport=%d", s->sport, s->dport);
	if (s->type >= 0)
		printf(" type=%d code=%d icmp_id=%d", s->type, s->code, s->id);
	if (s->zone >= 0)
		printf(" zone=%d", s->zone);
	printf("}");
}

/* Prints an entry; a number that it lacks is -1 or left out. */
static inline void ref_print_entry(const struct ref_entry *e)
{
	printf("\tentry: ipv%d", e->l3);
	ref_print_side(&e->side[0]);
	ref_print_side(&e->side[1]);
	printf("\n\t\tzone=%d status=0x%llx timeout=%lld mark=%lld id=%lld", e->zone,
	       (long long)e->status, (long long)e->timeout, (long long)e->mark, (long long)e->id);
	if (e->info)
		printf(" info=%d state=%d role=%d flags=%d,%d vtag=%lld,%lld", e->info, e->state,
		       e->role, e->flags[0], e->flags[1], (long long)e->vtag[0],
		       (long long)e->vtag[1]);
	printf(" packets=%lld,%lld bytes=%lld,%lld helper=%s labels=", (long long)e->packets[0],
	       (long long)e->packets[1], (long long)e->bytes[0], (long long)e->bytes[1],
	       e->has_helper ? e->helper : "-");
	for (unsigned i = 0; i < 128; i++)
		if (e->label[i])
			printf("%u,", i);
	putchar('\n');
}

/* An entry that has nothing. */
static inline void ref_clear(struct ref_entry *e)
{
	static const struct ref_side empty = {false, {0}, {0}, -1, -1, -1, -1, -1, -1, -1};

	memset(e, 0, sizeof(*e));
	e->side[0] = e->side[1] = empty;
	e->zone = e->state = e->role = e->flags[0] = e->flags[1] = -1;
	e->status = e->timeout = e->mark = e->id = e->vtag[0] = e->vtag[1] = -1;
	e->packets[0] = e->packets[1] = e->bytes[0] = e->bytes[1] = -1;
}

#endif
