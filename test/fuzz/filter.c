/*
 * Filters and entries made from the input, against the reference matcher. What is handed on to the
 * kernel may only narrow: the socket filter, run here, must pass what matches.
 */
#define main unit_main
#include "test/unit/filter.c"
#undef main

#include <linux/filter.h>

#include "ct/bpf.h"
#include "fuzz.h"
#include "nl/msg.h"

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

static bool well_formed(const struct nl_buf *b)
{
	const uint8_t *end = b->data + b->len;
	struct nl_iter it = {b->data + NLMSG_HDRLEN + NFGEN_LEN, end};
	struct nl_attr a;

	while (nl_next(&it, &a))
		;
	return it.p == end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sock_filter code[CT_BPF_MAX];
	struct ct_filter f = {0};
	struct ref_filter r;
	uint32_t request[512];
	struct nl_buf b;
	unsigned n;

	noisy = false; /* a socket filter sees the first attribute of a kind, whatever it holds */
	ref_random_state = 1;
	ref_random_data = data;
	ref_random_left = size;
	for (unsigned i = 0; i < 4; i++) {
		random_entry(&pool[i]);
		encode(message[i], &pool[i]);
	}
	ref_random_filter(&r, pool, 4);
	ref_random_data = NULL;
	refcond_single_negation(&r);
	if (!refcond_make(&f, &r)) {
		n = ct_bpf(&f, code);
		for (unsigned i = 0; i < 4; i++) {
			const struct nlmsghdr *h = header(i);
			bool matches = ct_filter_match(&f, h);

			MUST(matches == ref_match(&r, &pool[i]));
			bool passed = !n || run(code, n, (const uint8_t *)h, h->nlmsg_len);

			if (matches && !passed) {
				ref_print_filter(&r);
				ref_print_entry(&pool[i]);
			}
			MUST(!matches || passed);
		}
		nl_buf_init(&b, request, sizeof(request));
		nl_begin(&b, 1, 0, 1);
		nl_put_nfgen(&b, f.family, 0, 0);
		ct_push(&b, &f, CT_KERNEL(6, 18));
		MUST(!nl_end(&b) && well_formed(&b));
	}
	ct_filter_free(&f);
	return 0;
}
