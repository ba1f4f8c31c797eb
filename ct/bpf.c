#include "ct/bpf.h"

#include <sys/socket.h>

#include "ct/field.h"
#include "ct/uapi.h"

/* Jump targets within a test, put in k until the test is complete. */
#define TO_MATCH 0xffff0001
#define TO_FAIL	 0xffff0002
#define TO_NEXT	 0xffff0003 /* the next place where the test looks */

#define ATTRS	  20 /* offset of the first attribute: behind nlmsghdr and nfgenmsg */
#define FAMILY_AT 16

struct prog {
	struct sock_filter *code;
	unsigned n;
	bool full;
};

static void emit(struct prog *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	/* Room is kept for the two instructions that end the program. */
	if (p->n >= CT_BPF_MAX - 2) {
		p->full = true;
		return;
	}
	p->code[p->n++] = (struct sock_filter){code, jt, jf, k};
}

static void jump(struct prog *p, uint32_t target)
{
	emit(p, BPF_JMP | BPF_JA, 0, 0, target);
}

/* A becomes the offset of an attribute's header: of type in the message, or in the attribute whose
 * header A points to. Where there is none, goes on at skip. */
static void find(struct prog *p, uint16_t type, bool nested, uint32_t skip)
{
	emit(p, BPF_LDX | BPF_IMM, 0, 0, type);
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0,
	     (uint32_t)(SKF_AD_OFF + (nested ? SKF_AD_NLATTR_NEST : SKF_AD_NLATTR)));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	jump(p, skip);
}

/* X becomes the offset of the header of the attribute at a path. */
static void walk(struct prog *p, uint8_t top, uint8_t nest, uint8_t leaf, uint32_t skip)
{
	emit(p, BPF_LD | BPF_IMM, 0, 0, ATTRS);
	find(p, top, false, skip);
	if (nest)
		find(p, nest, true, skip);
	if (leaf)
		find(p, leaf, true, skip);
	emit(p, BPF_MISC | BPF_TAX, 0, 0, 0);
}

/* A becomes the payload's word at byte off. */
static void load(struct prog *p, unsigned width, unsigned off)
{
	uint16_t size = width == 1 ? BPF_B : width == 2 ? BPF_H : BPF_W;

	emit(p, BPF_LD | BPF_IND | size, 0, 0, 4 + off);
}

static void ranges(struct prog *p, const struct ct_test *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		uint64_t lo = t->cond[i].range.lo, hi = t->cond[i].range.hi;

		if (lo > UINT32_MAX)
			continue;
		emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 2, (uint32_t)lo);
		emit(p, BPF_JMP | BPF_JGT | BPF_K, 1, 0,
		     hi > UINT32_MAX ? UINT32_MAX : (uint32_t)hi);
		jump(p, TO_MATCH);
	}
}

/* The values are read again for each: AND leaves nothing of them. */
static void bits(struct prog *p, const struct ct_test *t, bool absent)
{
	for (uint32_t i = 0; i < t->n; i++) {
		if (absent)
			emit(p, BPF_LD | BPF_IMM, 0, 0, 0);
		else
			load(p, 4, 0);
		emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, t->cond[i].bits.mask);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, t->cond[i].bits.value);
		jump(p, TO_MATCH);
	}
}

/* The networks of one family against the address that X points to. */
static void nets(struct prog *p, const struct ct_test *t, uint8_t l3)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct ct_net *n = &t->cond[i].net;
		unsigned words = ct_addr_len(l3) / 4;

		if (n->l3 != l3)
			continue;
		/* A word that differs skips those to come, three instructions each, and the jump.
		 */
		for (unsigned w = 0; w < words; w++) {
			load(p, 4, w * 4);
			emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, nl_get_be32(n->mask.b + w * 4));
			emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)((words - w - 1) * 3 + 1),
			     nl_get_be32(n->addr.b + w * 4));
		}
		jump(p, TO_MATCH);
	}
}

/* True when a network of this family is in the test. */
static bool has_family(const struct ct_test *t, uint8_t l3)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->cond[i].net.l3 == l3)
			return true;
	return false;
}

/* Resolves the placeholder of the instructions from start on. */
static void resolve(struct prog *p, unsigned start, uint32_t placeholder, unsigned target)
{
	for (unsigned i = start; i < p->n; i++)
		if (p->code[i].code == (BPF_JMP | BPF_JA) && p->code[i].k == placeholder)
			p->code[i].k = target - i - 1;
}

/* One position of a tuple: its address in either family. What is not there matches nothing. */
static void position(struct prog *p, const struct ct_test *t, bool reply, bool dst)
{
	static const uint8_t types[2][2] = {{CTA_IP_V4_SRC, CTA_IP_V4_DST},
					    {CTA_IP_V6_SRC, CTA_IP_V6_DST}};

	for (unsigned v6 = 0; v6 < 2; v6++) {
		uint8_t l3 = v6 ? AF_INET6 : AF_INET;
		unsigned start = p->n;

		if (!has_family(t, l3))
			continue;
		walk(p, reply ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG, CTA_TUPLE_IP, types[v6][dst],
		     TO_NEXT);
		nets(p, t, l3);
		resolve(p, start, TO_NEXT, p->n);
	}
}

static void addresses(struct prog *p, const struct ct_test *t)
{
	for (unsigned i = 0; i < 4; i++) {
		bool reply = i & 2, dst = i & 1;
		uint8_t field = reply ? dst ? CT_F_REPLY_DST : CT_F_REPLY_SRC
				: dst ? CT_F_ORIG_DST
				      : CT_F_ORIG_SRC;

		if (t->any || t->field == field)
			position(p, t, reply, dst);
	}
}

static void ports(struct prog *p, const struct ct_test *t)
{
	static const uint8_t all[] = {CT_F_ORIG_SPORT, CT_F_ORIG_DPORT, CT_F_REPLY_SPORT,
				      CT_F_REPLY_DPORT};

	for (unsigned i = 0; i < 4; i++) {
		const struct ct_field_path *at = &ct_field_paths[all[i]];
		unsigned start = p->n;

		if (!t->any && t->field != all[i])
			continue;
		walk(p, at->top, at->nest, at->leaf, TO_NEXT);
		load(p, 2, 0);
		ranges(p, t);
		resolve(p, start, TO_NEXT, p->n);
	}
}

/* The body of a test: jumps to TO_MATCH, or to TO_FAIL, or falls off its end, which is failing too.
 * Returns false for what cannot be expressed without passing less than the test does. */
static bool body(struct prog *p, const struct ct_test *t)
{
	const struct ct_field_path *at = &ct_field_paths[t->field];
	unsigned start = p->n;

	switch (t->field) {
	case CT_F_FAMILY:
		emit(p, BPF_LD | BPF_B | BPF_ABS, 0, 0, FAMILY_AT);
		ranges(p, t);
		return true;
	case CT_F_ORIG_SRC:
	case CT_F_ORIG_DST:
	case CT_F_REPLY_SRC:
	case CT_F_REPLY_DST:
		/* The port behind an address is left to user space. */
		for (uint32_t i = 0; i < t->n; i++)
			if (t->negate && t->cond[i].net.has_port)
				return false;
		addresses(p, t);
		return true;
	case CT_F_PROTO:
		break;
	case CT_F_ORIG_SPORT:
	case CT_F_ORIG_DPORT:
	case CT_F_REPLY_SPORT:
	case CT_F_REPLY_DPORT:
		if (t->negate) /* of protocols without ports, too, which only user space tells */
			return false;
		ports(p, t);
		return true;
	case CT_F_MARK:
		walk(p, at->top, 0, 0, TO_NEXT);
		bits(p, t, false);
		jump(p, TO_FAIL);
		resolve(p, start, TO_NEXT, p->n);
		bits(p, t, true);
		return true;
	case CT_F_STATUS:
		walk(p, at->top, 0, 0, TO_FAIL);
		bits(p, t, false);
		return true;
	case CT_F_ZONE:
		if (t->negate || ct_test_range(t, 0)) /* no zone at all is more than no CTA_ZONE */
			return false;
		break;
	case CT_F_ICMP_TYPE:
	case CT_F_ICMP_CODE:
	case CT_F_ICMP_ID:
	case CT_F_ICMPV6_TYPE:
	case CT_F_ICMPV6_CODE:
	case CT_F_ICMPV6_ID:
	case CT_F_ID:
		if (t->any)
			return false;
		break;
	case CT_F_ORIG_ZONE:
	case CT_F_REPLY_ZONE:
		if (ct_test_range(
			    t, 0)) /* which is also the zone of an entry without CTA_TUPLE_ZONE */
			return false;
		break;
	default:
		return false;
	}
	walk(p, at->top, at->nest, at->leaf, TO_FAIL);
	load(p, at->width, 0);
	ranges(p, t);
	return true;
}

unsigned ct_bpf(const struct ct_filter *f, struct sock_filter code[CT_BPF_MAX])
{
	struct prog p = {.code = code};

	for (uint32_t i = 0; i < f->ntests; i++) {
		const struct ct_test *t = &f->test[i];
		unsigned start = p.n, fail, match;

		if (!body(&p, t) || p.full) {
			p.n = start; /* left to user space */
			p.full = false;
			continue;
		}
		/* Falling off the body is failing: drop, or, negated, go on with the next test. */
		fail = p.n;
		if (t->negate) {
			emit(&p, BPF_JMP | BPF_JA, 0, 0, 1);
			match = p.n;
			emit(&p, BPF_RET | BPF_K, 0, 0, 0);
		} else {
			emit(&p, BPF_RET | BPF_K, 0, 0, 0);
			match = p.n;
		}
		if (p.full) {
			p.n = start;
			p.full = false;
			continue;
		}
		resolve(&p, start, TO_MATCH, match);
		resolve(&p, start, TO_FAIL, fail);
	}
	if (!p.n)
		return 0;
	p.code[p.n++] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, UINT32_MAX};
	return p.n;
}
