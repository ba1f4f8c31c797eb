/*
 * Fuzzing harnesses: LLVMFuzzerTestOneInput(), for libFuzzer (make fuzz) and for AFL++
 * (afl-clang-fast -fsanitize=fuzzer). Each input is run from the same state, so that what is found
 * can be found again. What must hold is asserted, and a sanitizer watches the rest.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ct/uapi.h"
#include "nl/attr.h"
#include "nl/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Returns true when attributes fill their place, and nested ones theirs. */
static inline bool fuzz_attrs(struct nl_iter it)
{
	while (it.p < it.end) {
		const uint8_t *head = it.p;
		struct nl_attr a;
		uint16_t type;

		if (!nl_next(&it, &a))
			return false;
		memcpy(&type, head + 2, sizeof(type));
		if (type & NLA_F_NESTED && !fuzz_attrs(nl_nested(&a)))
			return false;
	}
	return true;
}

/* Returns true when a buffer holds one well-formed ctnetlink request. */
static inline bool fuzz_request(const struct nl_buf *b)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)b->data;

	return b->len >= NLMSG_HDRLEN + NL_NFGEN_LEN && h->nlmsg_len == b->len &&
	       fuzz_attrs(nl_attrs(h, NL_NFGEN_LEN));
}

/* Returns true when the kernel would take a socket filter (bpf_check_classic()): its jumps stay
 * inside, and it ends with a return. */
static inline bool fuzz_program(const struct sock_filter *code, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned left = n - i - 1;

		if (code[i].code == (BPF_JMP | BPF_JA)	 ? code[i].k >= left
		    : BPF_CLASS(code[i].code) == BPF_JMP ? code[i].jt >= left || code[i].jf >= left
							 : false)
			return false;
	}
	return !n || BPF_CLASS(code[n - 1].code) == BPF_RET;
}

#endif
