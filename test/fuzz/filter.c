/*
 * Filters and entries made from the input, against the reference matcher. What is handed on to the
 * kernel may only narrow: the socket filter, run here, must pass what matches.
 */
#define main unit_main
#include "test/unit/filter.c"
#undef main

#include "ct/bpf.h"
#include "ct/entry.h"
#include "fuzz.h"

#define ENTRIES 4

/* The header offset of the first attribute of this type from at to end, 0 if there is none. */
static uint32_t attribute(const uint8_t *m, uint32_t at, uint32_t end, uint32_t type)
{
	while (at + 4 <= end) {
		uint16_t len, t;

		memcpy(&len, m + at, 2);
		memcpy(&t, m + at + 2, 2);
		if (len < 4 || len > end - at)
			return 0;
		if ((t & NLA_TYPE_MASK) == type)
			return at;
		at += NLA_ALIGN(len);
	}
	return 0;
}

/* Loads as the kernel does: in network order, false past the end. */
static bool load(const uint8_t *m, uint32_t len, uint32_t at, unsigned width, uint32_t *a)
{
	if (at > len || len - at < width)
		return false;
	for (*a = 0; width; width--)
		*a = *a << 8 | m[at++];
	return true;
}

/* Runs a program over a message, as the kernel does (net/core/filter.c). */
static uint32_t run(const struct sock_filter *code, unsigned n, const uint8_t *m, uint32_t len)
{
	uint32_t a = 0, x = 0;

	for (unsigned pc = 0;; pc++) {
		const struct sock_filter *i;
		unsigned width;

		MUST(pc < n);
		i = &code[pc];
		switch (i->code) {
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_LD | BPF_IMM:
			a = i->k;
			break;
		case BPF_LDX | BPF_IMM:
			x = i->k;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_LD | BPF_W | BPF_ABS:
			if (i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_NLATTR)) {
				a = attribute(m, a, len, x);
				break;
			}
			if (i->k == (uint32_t)(SKF_AD_OFF + SKF_AD_NLATTR_NEST)) {
				uint16_t size;

				if (a > len || len - a < 4)
					return 0;
				memcpy(&size, m + a, 2);
				a = size > len - a ? 0 : attribute(m, a + 4, a + size, x);
				break;
			}
			/* fall through */
		case BPF_LD | BPF_H | BPF_ABS:
		case BPF_LD | BPF_B | BPF_ABS:
		case BPF_LD | BPF_W | BPF_IND:
		case BPF_LD | BPF_H | BPF_IND:
		case BPF_LD | BPF_B | BPF_IND:
			width = BPF_SIZE(i->code) == BPF_B ? 1 : BPF_SIZE(i->code) == BPF_H ? 2 : 4;
			if (!load(m, len, (BPF_MODE(i->code) == BPF_IND ? x : 0) + i->k, width, &a))
				return 0;
			break;
		default:
			MUST(!"an instruction of the compiler's");
		}
	}
}

/* --- what the kernel makes of a request (net/netfilter/nf_conntrack_netlink.c) --- */

static bool tuple_passes(const struct ct_tuple *want, const struct ct_tuple *t, uint32_t flags)
{
	unsigned len = ct_addr_len(t->l3);
	uint32_t icmp = flags >> 6 | flags >> 9;

	return (!(flags & 1) || !memcmp(want->src.b, t->src.b, len)) &&
	       (!(flags & 2) || !memcmp(want->dst.b, t->dst.b, len)) &&
	       (!(flags & 8) || want->l4 == t->l4) && (!(flags & 16) || want->sport == t->sport) &&
	       (!(flags & 32) || want->dport == t->dport) &&
	       (!(icmp & 1) || want->icmp_type == t->icmp_type) &&
	       (!(icmp & 2) || want->icmp_code == t->icmp_code) &&
	       (!(icmp & 4) || want->icmp_id == t->icmp_id);
}

static uint32_t mask(const struct nlmsghdr *request, uint16_t type)
{
	struct nl_attr a;
	uint32_t v;

	MUST(nl_find(nl_attrs(request, NL_NFGEN_LEN), type, 4, &a) && nl_be32(&a, &v));
	return v;
}

/* Returns true when the kernel would list h for the request. */
static bool listed(const struct nlmsghdr *request, const struct nlmsghdr *h)
{
	struct ct_entry want, e;
	uint32_t flags[2] = {0};
	struct nl_attr nest, a;

	memset(&e, 0, sizeof(e));
	MUST(!ct_entry_decode(&want, request) && !ct_entry_decode(&e, h));
	if (want.family && want.family != e.family)
		return false;
	if (nl_find(nl_attrs(request, NL_NFGEN_LEN), CTA_FILTER, 0, &nest)) {
		for (uint16_t i = 0; i < 2; i++) {
			MUST(nl_find(nl_nested(&nest), (uint16_t)(CTA_FILTER_ORIG_FLAGS + i), 4,
				     &a));
			memcpy(&flags[i], a.data, 4);
			MUST(!(flags[i] & ~0xfffu));
		}
		/* Flags of a protocol go with that protocol. */
		MUST(!(flags[0] & 0x1c0) || want.orig.l4 == 1);
		MUST(!(flags[0] & 0xe00) || want.orig.l4 == 58);
		MUST(!flags[0] || want.has & CT_HAS_ORIG);
		MUST(!flags[1] || want.has & CT_HAS_REPLY);
	} else {
		MUST(!(want.has & (CT_HAS_ORIG | CT_HAS_REPLY)));
	}
	if (!tuple_passes(&want.orig, &e.orig, flags[0]) ||
	    !tuple_passes(&want.reply, &e.reply, flags[1]))
		return false;
	if (want.has & CT_HAS_MARK &&
	    ((e.has & CT_HAS_MARK ? e.mark : 0) & mask(request, CTA_MARK_MASK)) != want.mark)
		return false;
	if (want.has & CT_HAS_STATUS && (e.status & mask(request, CTA_STATUS_MASK)) != want.status)
		return false;
	return !(want.has & CT_HAS_ZONE) ||
	       want.zone == (e.has & CT_HAS_ZONE       ? e.zone
			     : e.orig.has & CT_T_ZONE  ? e.orig.zone
			     : e.reply.has & CT_T_ZONE ? e.reply.zone
						       : 0) ||
	       (e.orig.has & CT_T_ZONE && want.zone == e.orig.zone) ||
	       (e.reply.has & CT_T_ZONE && want.zone == e.reply.zone);
}

/* A request on several kernels. */
static void check_pushed(const struct ct_filter *f)
{
	static const unsigned kernels[] = {CT_KERNEL(5, 8), CT_KERNEL(5, 9), CT_KERNEL(5, 16),
					   CT_KERNEL(6, 18)};
	uint32_t request[512];
	struct nl_buf b;

	for (unsigned k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
		bool pushed;

		nl_buf_init(&b, request, sizeof(request));
		nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_GET), 0, 1);
		nl_put_nfgen(&b, f->family, 0, 0);
		pushed = ct_pushdown(&b, f, kernels[k]);
		MUST(!nl_end(&b) && fuzz_request(&b));
		MUST(pushed == (b.len > NLMSG_HDRLEN + NL_NFGEN_LEN));
		for (unsigned i = 0; i < ENTRIES; i++)
			if (ct_filter_match(f, header(i)))
				MUST(listed((const struct nlmsghdr *)request, header(i)));
	}
}

/* Messages that nobody would send, each in memory of its very size, do no harm. */
static void mutilate(const struct ct_filter *f, const struct sock_filter *code, unsigned n)
{
	for (unsigned i = 0; i < 4; i++) {
		uint32_t len = header(i % ENTRIES)->nlmsg_len;
		struct nlmsghdr *h;

		if (ref_once_in(2))
			len = NLMSG_HDRLEN + ref_random(len - NLMSG_HDRLEN + 1);
		h = malloc(len);
		MUST(h);
		memcpy(h, header(i % ENTRIES), len);
		h->nlmsg_len = len;
		for (unsigned k = ref_random(6); k && len > NLMSG_HDRLEN + 4; k--) {
			uint32_t at = NLMSG_HDRLEN + ref_random(len - NLMSG_HDRLEN - 2);
			uint16_t v = (uint16_t)ref_random(65536);

			if (ref_random(4)) { /* lengths and types */
				at &= ~(ref_once_in(2) ? 1u : 3u);
				v &= 0x81ff;
			}
			memcpy((uint8_t *)h + at, &v, sizeof(v));
		}
		(void)ct_filter_match(f, h);
		if (n)
			(void)run(code, n, (const uint8_t *)h, len);
		free(h);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sock_filter code[CT_BPF_MAX];
	struct ct_filter f = {0};
	static struct ref_filter r;
	unsigned n;

	noisy = false; /* a socket filter sees the first attribute of a kind, whatever it holds */
	ref_random_state = 1;
	ref_random_data = data;
	ref_random_left = size;
	for (unsigned i = 0; i < ENTRIES; i++) {
		random_entry(&pool[i]);
		encode(message[i], &pool[i]);
	}
	ref_random_filter(&r, pool, ENTRIES);
	if (ref_once_in(2))
		ref_lengthen(&r, pool, ENTRIES);
	refcond_single_negation(&r);
	if (!refcond_make(&f, &r)) {
		n = ct_bpf(&f, code);
		MUST(fuzz_program(code, n));
		for (unsigned i = 0; i < ENTRIES; i++) {
			const struct nlmsghdr *h = header(i);
			bool matches = ct_filter_match(&f, h);
			bool passed = !n || run(code, n, (const uint8_t *)h, h->nlmsg_len);

			if (matches != ref_match(&r, &pool[i]) || (matches && !passed)) {
				ref_print_filter(&r);
				ref_print_entry(&pool[i]);
				fflush(stdout);
			}
			MUST(matches == ref_match(&r, &pool[i]));
			MUST(!matches || passed);
		}
		check_pushed(&f);
		mutilate(&f, code, n);
	}
	ref_random_data = NULL;
	ct_filter_free(&f);
	return 0;
}
