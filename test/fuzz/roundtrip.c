/*
 * An entry from the input, said as a command, read again and put into a creation request, must be
 * the entry it was: what "conntrack -L -o save" promises.
 */
#define main unit_main
#include "test/unit/filter.c"
#undef main

#include <fcntl.h>

#include "cli/load.c"
#include "fmt/fmt.h"
#include "fuzz.h"

static struct out out;

static bool same_tuple(const struct ct_tuple *a, const struct ct_tuple *b)
{
	/* Where the kernel keeps no ports, 0 stands for them. */
	return (a->has & b->has) == a->has && !((a->has ^ b->has) & ~CT_T_PORTS) &&
	       a->l3 == b->l3 && a->l4 == b->l4 &&
	       !memcmp(a->src.b, b->src.b, ct_addr_len(a->l3)) &&
	       !memcmp(a->dst.b, b->dst.b, ct_addr_len(a->l3)) &&
	       (!(a->has & CT_T_SPORT) || a->sport == b->sport) &&
	       (!(a->has & CT_T_DPORT) || a->dport == b->dport) &&
	       (!(a->has & CT_T_ICMP_TYPE) || a->icmp_type == b->icmp_type) &&
	       (!(a->has & CT_T_ICMP_CODE) || a->icmp_code == b->icmp_code) &&
	       (!(a->has & CT_T_ICMP_ID) || a->icmp_id == b->icmp_id) &&
	       (!(a->has & CT_T_ZONE) || a->zone == b->zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint32_t nat = IPS_SRC_NAT | IPS_DST_NAT;
	struct fmt f = {.out = &out, .ops = &fmt_save};
	struct words words = {0};
	struct ct_entry e, back;
	struct cmd c = {0};
	uint32_t store[512];
	struct nl_buf b;

	ref_random_state = 1;
	ref_random_data = data;
	ref_random_left = size;
	random_entry(&pool[0]);
	encode(message[0], &pool[0]);
	ref_random_data = NULL;
	if (!out.p)
		out_init(&out, open("/dev/null", O_WRONLY | O_CLOEXEC));
	MUST(!ct_entry_decode(&e, header(0)));
	out.p = out.buf;
	fmt_save.entry(&f, &e, NULL);
	MUST(out.p > out.buf && out.p[-1] == '\n');
	out.p[-1] = 0;
	if (out.buf[0] == '#')
		return 0;
	MUST(!split(&words, out.buf));
	/* What the kernel would not take is refused: an ICMP type without an answer, no timeout. */
	if (!cmd_parse(&c, words.n, words.v)) {
		nl_buf_init(&b, store, sizeof(store));
		MUST(!ct_put_create(&b, 1, &c.create));
		MUST(!ct_entry_decode(&back, (const struct nlmsghdr *)store));
		MUST(same_tuple(&e.orig, &back.orig));
		/* The reply of an ICMP query is what answers it, whatever the input made of it. */
		if (!(e.status & nat) && !(e.orig.has & CT_T_ICMP_TYPE))
			MUST(same_tuple(&e.reply, &back.reply));
		MUST(!(e.has & CT_HAS_MARK) || !e.mark || e.mark == back.mark);
		MUST(!(e.has & CT_HAS_TIMEOUT) || e.timeout == back.timeout);
		MUST(!(e.has & CT_HAS_ZONE) || e.zone == back.zone);
	} else {
		MUST(c.err[0]);
	}
	cmd_free(&c);
	free(words.v);
	return 0;
}
