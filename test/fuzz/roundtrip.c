/*
 * An entry from the input, said as commands and read again. The one that makes it must make it as
 * it was: what "conntrack -L -o save" promises. Those that update or delete it must find it. The
 * same for an expectation.
 */
#define main unit_main
#include "test/unit/filter.c"
#undef main

#include <fcntl.h>

#include "cli/opt/parse.h"
#include "ct/item.h"
#include "ct/proto.h"
#include "fmt/fmt.h"
#include "fuzz.h"

static struct out out;
static struct opt_context lines_context = {.labelmap = "/dev/null", .in_file = true};
static char line[OUT_SIZE]; /* for what is said about a failure */

/* Of a protocol that the kernel does not track, a has no ports. */
static bool same_tuple(const struct ct_tuple *a, const struct ct_tuple *b)
{
	uint16_t same = a->has & CT_T_SPORT ? 0xffff : (uint16_t)~CT_T_PORTS;

	return a->has == (b->has & same) && a->l3 == b->l3 && a->l4 == b->l4 &&
	       !memcmp(a->src.b, b->src.b, ct_addr_len(a->l3)) &&
	       !memcmp(a->dst.b, b->dst.b, ct_addr_len(a->l3)) &&
	       (!(a->has & CT_T_SPORT) || a->sport == b->sport) &&
	       (!(a->has & CT_T_DPORT) || a->dport == b->dport) &&
	       (!(a->has & CT_T_ICMP_TYPE) || a->icmp_type == b->icmp_type) &&
	       (!(a->has & CT_T_ICMP_CODE) || a->icmp_code == b->icmp_code) &&
	       (!(a->has & CT_T_ICMP_ID) || a->icmp_id == b->icmp_id) &&
	       (!(a->has & CT_T_ZONE) || a->zone == b->zone);
}

static bool same_string(const struct nl_str *a, const struct nl_str *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static void same_entry(const struct ct_entry *e, const struct nlmsghdr *made)
{
	const uint32_t nat = IPS_SRC_NAT | IPS_DST_NAT;
	const uint32_t kept = IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT |
			      (e->has & CT_HAS_HELPER ? 0 : IPS_HELPER);
	uint32_t status = e->has & CT_HAS_STATUS ? e->status : 0;
	bool offloaded = status & (IPS_OFFLOAD | IPS_HW_OFFLOAD);
	struct ct_entry b;

	memset(&b, 0xa5, sizeof(b));
	MUST(!ct_entry_decode(&b, made));
	MUST(same_tuple(&e->orig, &b.orig));
	if (!(status & nat))
		MUST(same_tuple(&e->reply, &b.reply));
	MUST((status & kept) == (b.status & kept));
	MUST(e->has & CT_HAS_TIMEOUT ? e->timeout == b.timeout : offloaded);
	MUST(!(e->has & CT_HAS_MARK) || (b.has & CT_HAS_MARK && e->mark == b.mark));
	MUST((e->has & CT_HAS_ZONE) == (b.has & CT_HAS_ZONE));
	MUST(!(e->has & CT_HAS_ZONE) || e->zone == b.zone);
	MUST((e->has & CT_HAS_STATE) == (b.has & CT_HAS_STATE) ||
	     (offloaded && b.info == CT_INFO_TCP));
	MUST(!(e->has & CT_HAS_STATE) || (e->info == b.info && e->state == b.state));
	for (unsigned dir = 0; e->has & CT_HAS_STATE && e->has & CT_HAS_TCP_FLAGS && dir < 2; dir++)
		MUST((e->tcp_flags[dir] & CT_TCP_SETTABLE) == b.tcp_flags[dir]);
	if (e->has & CT_HAS_STATE && e->has & CT_HAS_WSCALE && e->has & CT_HAS_TCP_FLAGS &&
	    e->tcp_flags[0] & e->tcp_flags[1] & CT_TCP_WSCALE)
		MUST(b.has & CT_HAS_WSCALE && !memcmp(e->wscale, b.wscale, sizeof(b.wscale)));
	MUST((e->has & CT_HAS_VTAG) == (b.has & CT_HAS_VTAG));
	MUST(!(e->has & CT_HAS_VTAG) || !memcmp(e->vtag, b.vtag, sizeof(b.vtag)));
	MUST((e->has & CT_HAS_ROLE) == (b.has & CT_HAS_ROLE));
	MUST(!(e->has & CT_HAS_ROLE) || e->role == b.role);
	MUST((e->has & CT_HAS_HELPER) == (b.has & CT_HAS_HELPER));
	MUST(!(e->has & CT_HAS_HELPER) || same_string(&e->helper, &b.helper));
	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++)
		MUST((e->has & CT_HAS_LABELS && ct_label_test(&e->labels, bit)) ==
		     (b.has & CT_HAS_LABELS && ct_label_test(&b.labels, bit)));
}

/* Parses the line that was written last; NULL when it says that there is none. */
static struct cmd *parse(struct cmd *c, int *err)
{
	MUST(out.p > out.buf && out.p[-1] == '\n');
	out.p[-1] = 0;
	out.p = out.buf;
	if (out.buf[0] == '#')
		return NULL;
	strcpy(line, out.buf);
	*err = cmd_parse_line(c, &lines_context, out.buf, strlen(out.buf));
	MUST(!*err || lines_context.err[0]);
	return c;
}

static void entry(struct cmd *c, const struct nlmsghdr *h)
{
	struct fmt f = {.out = &out, .ops = &fmt_save};
	const struct fmt_event kinds[] = {{.kind = FMT_NEW},
					  {.kind = FMT_UPDATE},
					  {.kind = FMT_DESTROY}};
	uint32_t store[512];
	struct ct_entry e;
	struct nl_buf b;
	int err;

	for (unsigned i = 0; i < 3; i++) {
		memset(&e, 0xa5, sizeof(e));
		MUST(!ct_entry_decode(&e, h));
		fmt_save.entry(&f, &e, &kinds[i]);
		if (!parse(c, &err))
			continue; /* a comment */
		if (err)
			fprintf(stderr, "%s\n%s\n", line, lines_context.err);
		MUST(!err); /* or a load would end there */
		if (!(c->verb & (V_CREATE | V_ADD))) {
			if (!ct_filter_match(c->filter, h)) {
				fprintf(stderr, "%s\n", line);
				ref_print_entry(&pool[0]);
				fflush(stdout);
			}
			MUST(ct_filter_match(c->filter, h));
			/* Its like in another zone is left alone. */
			MUST(!ct_filter_match(c->filter, header(1)));
			continue;
		}
		nl_buf_init(&b, store, sizeof(store));
		MUST(!ct_encode_create(&b, 1, &c->create) && fuzz_request(&b));
		same_entry(&e, (const struct nlmsghdr *)store);
		MUST(ct_same_flow(h, (const struct nlmsghdr *)store));
		if (e.has & CT_HAS_STATUS)
			MUST(ct_nat_as_asked(h, (const struct nlmsghdr *)store,
					     c->create.reply_given));
	}
}

static void random_half(struct ct_tuple *t, uint8_t l3, uint8_t l4)
{
	struct ref_addr src = ref_random_address(l3 == AF_INET ? 4 : 6);
	struct ref_addr dst = ref_random_address(l3 == AF_INET ? 4 : 6);

	*t = (struct ct_tuple){.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
			       .l3 = l3,
			       .l4 = l4,
			       .sport = (uint16_t)random_port(),
			       .dport = (uint16_t)random_port()};
	memcpy(t->src.b, src.b, 16);
	memcpy(t->dst.b, dst.b, 16);
}

static void expectation(struct cmd *c)
{
	static const uint8_t protos[] = {6, 17, 33, 132, 136};
	struct fmt f = {.out = &out, .ops = &fmt_save};
	uint8_t l3 = ref_once_in(2) ? AF_INET : AF_INET6, l4 = REF_PICK(protos);
	uint32_t store[2][512];
	struct ct_create_expect x = {.has_zone = ref_once_in(2),
				     .has_timeout = ref_once_in(2),
				     .zone = (uint16_t)random_port(),
				     .timeout = 1 + ref_random(4000000)};
	struct ct_expect e;
	struct nl_buf b[2];
	int err;

	random_half(&x.master, l3, l4);
	random_half(&x.tuple, l3, l4);
	random_half(&x.mask, l3, l4);
	memset(&x.mask.dst, 0xff, ct_addr_len(l3)); /* as the kernel tells it */
	x.mask.dport = UINT16_MAX;
	if (ref_once_in(2))
		x.helper = (struct nl_str){"fifteen-letters", 1 + ref_random(15)};
	nl_buf_init(&b[0], store[0], sizeof(store[0]));
	MUST(!ct_encode_create_expect(&b[0], 1, &x) && fuzz_request(&b[0]));
	for (unsigned i = 0; i < 2; i++) {
		memset(&e, 0xa5, sizeof(e));
		MUST(!ct_expect_decode(&e, (const struct nlmsghdr *)store[0]));
		f.deleting = i;
		fmt_save.expect(&f, &e, NULL);
		if (i && x.has_zone) {
			MUST(!parse(c, &err));
			break;
		}
		MUST(parse(c, &err) && !err);
		if (i) {
			MUST(ct_expect_match(c->filter, &e));
			break;
		}
		nl_buf_init(&b[1], store[1], sizeof(store[1]));
		MUST(!ct_encode_create_expect(&b[1], 1, &c->expect));
		MUST(b[0].len == b[1].len && !memcmp(store[0], store[1], b[0].len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cmd c;

	if (!out.p)
		out_init(&out, open("/dev/null", O_WRONLY | O_CLOEXEC));
	out.p = out.buf;
	ref_random_state = 1;
	ref_random_data = data;
	ref_random_left = size;
	random_entry(&pool[0]);
	if (pool[0].vtag[0] < 0 || pool[0].vtag[1] < 0)
		pool[0].vtag[0] = pool[0].vtag[1] = -1; /* the kernel sends both or none */
	encode(message[0], &pool[0]);
	pool[1] = pool[0];
	if (pool[1].side[0].zone >= 0)
		pool[1].side[0].zone++;
	else if (pool[1].side[1].zone >= 0)
		pool[1].side[1].zone++;
	else
		pool[1].zone = pool[1].zone < 1 ? 7 : -1;
	encode(message[1], &pool[1]);
	entry(&c, header(0));
	expectation(&c);
	ref_random_data = NULL;
	return 0;
}
