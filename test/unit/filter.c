/*
 * The matching engine against the reference of test/ref.h, on random filters and entries: as
 * conditions, and as words of a command line, with long lists and without. Then what must not crash
 * it, and what it hands on to the kernel, byte for byte.
 *
 * filter [SEED [PAIRS]]
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define REF_VALUES 400 /* long lists */

#include "cli/opt/parse.h"
#include "ct/entry.h"
#include "ct/filter.h"
#include "ct/pushdown.h"
#include "ct/select.h"
#include "ct/uapi.h"
#include "test/ref.h"
#include "test/refcond.h"
#include "test/unit/unit.h"

#define POOL	 256
#define MSG_SIZE 1024

static struct ref_entry pool[POOL];
static uint32_t message[POOL][MSG_SIZE / 4];
static uint64_t seed = 20240229;

static const struct nlmsghdr *header(unsigned i)
{
	return (const struct nlmsghdr *)message[i];
}

/* --- random entries --- */

static bool missing(void)
{
	return ref_once_in(24);
}

static int random_port(void)
{
	static const int ports[] = {0, 1, 2, 53, 80, 443, 1024, 40000, 65535};

	return REF_PICK(ports);
}

static void random_keys(struct ref_side *s)
{
	static const uint8_t types[] = {0, 8, 13, 128, 129, 255};

	if (ref_has_ports(s->proto) || s->proto == 47) {
		s->sport = missing() ? -1 : random_port();
		s->dport = missing() ? -1 : random_port();
	} else if (s->proto == 1 || s->proto == 58) {
		s->type = missing() ? -1 : REF_PICK(types);
		s->code = missing() ? -1 : (int)ref_random(3);
		s->id = missing() ? -1 : random_port();
	}
}

static void random_tuples(struct ref_entry *e)
{
	static const uint8_t protos[] = {6, 6, 6, 17, 17, 1, 58, 132, 136, 33, 47, 89, 0, 255};
	struct ref_side *o = &e->side[0], *r = &e->side[1];

	o->here = !missing();
	r->here = !missing();
	e->l3 = ref_random(2) ? 4 : 6;
	if (o->here) {
		o->proto = REF_PICK(protos);
		o->src = ref_random_address(e->l3);
		o->dst = ref_random_address(e->l3);
		random_keys(o);
		if (missing())
			o->src.l3 = 0;
		if (missing())
			o->dst.l3 = 0;
	}
	if (r->here) {
		r->proto = o->here ? o->proto : REF_PICK(protos);
		r->src = ref_once_in(4) ? ref_random_address(e->l3) : o->dst;
		r->dst = ref_once_in(4) ? ref_random_address(e->l3) : o->src;
		random_keys(r);
		if (!ref_once_in(4)) {
			r->sport = o->dport;
			r->dport = o->sport;
		}
	}
	if (ref_random(2))
		return;
	/* Zones of each kind, once in a while of several. */
	if (ref_random(3))
		e->zone = (int)ref_random(4);
	if (o->here && (e->zone < 0 || ref_once_in(8)))
		o->zone = (int)ref_random(4);
	if (r->here && (e->zone < 0 || ref_once_in(8)) && (o->zone < 0 || ref_once_in(8)))
		r->zone = (int)ref_random(4);
}

static void random_info(struct ref_entry *e)
{
	if (missing())
		return;
	e->info = e->side[0].proto == 6	    ? REF_TCP
		  : e->side[0].proto == 132 ? REF_SCTP
		  : e->side[0].proto == 33  ? REF_DCCP
					    : 0;
	if (e->info && !missing())
		e->state = ref_once_in(30) ? (int)ref_random(256) : (int)ref_random(10);
	for (int i = 0; i < 2; i++) {
		if (e->info == REF_TCP && !missing())
			e->flags[i] = ref_once_in(3) ? (int)ref_random(256) : 0x0a;
		if (e->info == REF_SCTP && !missing())
			e->vtag[i] = ref_once_in(3) ? ref_random(UINT32_MAX) : ref_random(3);
	}
	if (e->info == REF_DCCP && !missing())
		e->role = (int)ref_random(2);
}

static void random_entry(struct ref_entry *e)
{
	ref_clear(e);
	random_tuples(e);
	random_info(e);
	if (!missing()) {
		e->status = 8;
		for (unsigned i = 0; i < 4; i++)
			e->status ^= 1 << ref_random(16);
		e->status ^= (int64_t)ref_random(4) << 4;
		if (!e->side[1].here)
			e->status &= ~0x30; /* NAT without a reply tuple: no such entry */
	}
	if (!missing())
		e->timeout = ref_once_in(9) ? ref_random(UINT32_MAX) : ref_random(30);
	e->mark = 0;
	if (ref_random(4))
		e->mark = ref_once_in(3) ? ref_random(UINT32_MAX) : ref_random(8);
	if (!missing())
		e->id = ref_once_in(3) ? ref_random(UINT32_MAX) : ref_random(8);
	for (unsigned i = 0; i < 2 && ref_random(4); i++) {
		if (!missing())
			e->packets[i] = ref_random(20);
		if (!missing())
			e->bytes[i] = ref_once_in(9) ? (int64_t)ref_random(UINT32_MAX) << 30
						     : ref_random(3000);
	}
	if (ref_once_in(3)) {
		static const char *const names[] = {"ftp",  "sip", "tftp",
						    "ftps", "",	   "fifteen-letters"};

		e->has_helper = true;
		strcpy(e->helper, REF_PICK(names));
	}
	if (ref_once_in(2))
		for (unsigned i = ref_random(6); i > 0; i--)
			e->label[ref_once_in(2) ? ref_random(128) : ref_random(6)] = true;
}

/* --- entries as messages --- */

/* Attributes that the kernel may put in front: an empty one whose number collides, an unknown one.
 */
static bool noisy = true;

static void put_noise(struct nl_buf *b, uint16_t type)
{
	if (!noisy)
		return;
	if (ref_once_in(16))
		nl_put(b, type, NULL, 0);
	if (ref_once_in(32))
		nl_put(b, 200, "noise", 1 + ref_random(5));
}

static void put_number(struct nl_buf *b, uint16_t type, int64_t n, unsigned width)
{
	static const uint8_t after[2] = {0xee, 0xee};
	uint8_t bytes[10];

	if (n < 0)
		return;
	put_noise(b, type);
	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)((uint64_t)n >> (8 * (width - 1 - i)));
	memcpy(bytes + width, after, sizeof(after));
	nl_put(b, type, bytes, width + (ref_once_in(16) ? ref_random(3) : 0));
}

static void put_addr(struct nl_buf *b, const struct ref_addr *a, uint16_t v4)
{
	if (a->l3)
		nl_put(b, a->l3 == 4 ? v4 : (uint16_t)(v4 + 2), a->b, a->l3 == 4 ? 4 : 16);
}

static void put_side(struct nl_buf *b, uint16_t type, const struct ref_side *s)
{
	bool v6 = s->proto == 58, zone_first = ref_once_in(8);
	uint32_t tuple, nest;

	if (!s->here)
		return;
	tuple = nl_nest(b, type);
	if (zone_first)
		put_number(b, CTA_TUPLE_ZONE, s->zone, 2);
	nest = nl_nest(b, CTA_TUPLE_IP);
	put_addr(b, &s->src, CTA_IP_V4_SRC);
	put_addr(b, &s->dst, CTA_IP_V4_DST);
	nl_nest_end(b, nest);
	nest = nl_nest(b, CTA_TUPLE_PROTO);
	put_number(b, CTA_PROTO_NUM, s->proto, 1);
	put_number(b, CTA_PROTO_SRC_PORT, s->sport, 2);
	put_number(b, CTA_PROTO_DST_PORT, s->dport, 2);
	put_number(b, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, s->id, 2);
	put_number(b, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, s->type, 1);
	put_number(b, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, s->code, 1);
	nl_nest_end(b, nest);
	if (!zone_first)
		put_number(b, CTA_TUPLE_ZONE, s->zone, 2);
	nl_nest_end(b, tuple);
}

static void put_info(struct nl_buf *b, const struct ref_entry *e)
{
	uint32_t outer, inner;

	if (!e->info)
		return;
	outer = nl_nest(b, CTA_PROTOINFO);
	inner = nl_nest(b, (uint16_t)e->info);
	put_number(b, 1, e->state, 1); /* of each protocol */
	switch (e->info) {
	case REF_TCP:
		nl_put_u8(b, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, 7);
		/* Flags, and behind them a mask that is always 0. */
		put_number(b, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
			   e->flags[0] < 0 ? -1 : e->flags[0] << 8, 2);
		put_number(b, CTA_PROTOINFO_TCP_FLAGS_REPLY,
			   e->flags[1] < 0 ? -1 : e->flags[1] << 8, 2);
		break;
	case REF_SCTP:
		put_number(b, CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, e->vtag[0], 4);
		put_number(b, CTA_PROTOINFO_SCTP_VTAG_REPLY, e->vtag[1], 4);
		break;
	case REF_DCCP:
		put_number(b, CTA_PROTOINFO_DCCP_ROLE, e->role, 1);
		break;
	}
	nl_nest_end(b, inner);
	nl_nest_end(b, outer);
}

static void put_counters(struct nl_buf *b, const struct ref_entry *e, int dir)
{
	uint32_t nest;

	if (e->packets[dir] < 0 && e->bytes[dir] < 0)
		return;
	nest = nl_nest(b, dir ? CTA_COUNTERS_REPLY : CTA_COUNTERS_ORIG);
	put_number(b, CTA_COUNTERS_PACKETS, e->packets[dir], 8);
	put_number(b, CTA_COUNTERS_BYTES, e->bytes[dir], 8);
	if (ref_once_in(8))
		nl_put(b, CTA_COUNTERS_PAD, NULL, 0);
	nl_nest_end(b, nest);
}

static void put_rest(struct nl_buf *b, const struct ref_entry *e)
{
	uint32_t words[4] = {0}, n = 0, nest;

	if (e->has_helper) {
		nest = nl_nest(b, CTA_HELP);
		/* Most kernels end the string with a NUL. */
		nl_put(b, CTA_HELP_NAME, e->helper,
		       (uint32_t)strlen(e->helper) + (e->helper[0] && ref_once_in(4) ? 0 : 1));
		nl_nest_end(b, nest);
	}
	for (unsigned i = 0; i < 128; i++)
		if (e->label[i]) {
			words[i / 32] |= UINT32_C(1) << i % 32;
			n = i / 32 + 1;
		}
	if (n || ref_once_in(8))
		nl_put(b, CTA_LABELS, words, ref_once_in(4) ? n * 4 : 16);
}

/* Half of the messages have their attributes in the order of the kernel's lists. */
static void encode(uint32_t *storage, const struct ref_entry *e)
{
	uint8_t order[12];
	struct nl_buf b;

	for (unsigned i = 0; i < sizeof(order); i++)
		order[i] = (uint8_t)i;
	for (unsigned i = sizeof(order) - 1; i > 0 && ref_once_in(2); i--) {
		unsigned k = ref_random(i + 1);
		uint8_t x = order[i];

		order[i] = order[k];
		order[k] = x;
	}
	nl_buf_init(&b, storage, MSG_SIZE);
	nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_NEW), 0, 0);
	nl_put_nfgen(&b, e->l3 == 4 ? AF_INET : AF_INET6, 0, 0);
	for (unsigned i = 0; i < sizeof(order); i++) {
		switch (order[i]) {
		case 0:
			put_side(&b, CTA_TUPLE_ORIG, &e->side[0]);
			break;
		case 1:
			put_side(&b, CTA_TUPLE_REPLY, &e->side[1]);
			break;
		case 2:
			put_number(&b, CTA_ZONE, e->zone, 2);
			break;
		case 3:
			put_number(&b, CTA_STATUS, e->status, 4);
			break;
		case 4:
			if (e->mark || ref_once_in(2)) /* events leave 0 out */
				put_number(&b, CTA_MARK, e->mark, 4);
			break;
		case 5:
			put_number(&b, CTA_ID, e->id, 4);
			break;
		case 6:
			put_number(&b, CTA_USE, 2, 4);
			break;
		case 7:
			put_number(&b, CTA_TIMEOUT, e->timeout, 4);
			break;
		case 8:
			put_info(&b, e);
			break;
		case 9:
		case 10:
			put_counters(&b, e, order[i] - 9);
			break;
		case 11:
			put_rest(&b, e);
			break;
		}
	}
	if (nl_end(&b)) {
		printf("an entry did not fit\n");
		exit(1);
	}
}

static unsigned usual; /* messages of the common layout */

/* bare: also entries without a status, which no kernel sends. */
static void random_pool(bool bare)
{
	for (unsigned i = 0; i < POOL; i++) {
		random_entry(&pool[i]);
		if (!bare && pool[i].status < 0)
			pool[i].status = 8;
		encode(message[i], &pool[i]);
		usual += ct_common_layout((const struct nlmsghdr *)message[i], &(uint32_t){0}) !=
			 NULL;
	}
}

/* --- comparing --- */

static struct {
	uint64_t yes, no;
} alone[R_COUNT]; /* of filters of one condition */
static uint64_t pairs, matches, differences;
static uint64_t selected, passed, common; /* entries, and conditions that filters share */

static void differ(const struct ref_filter *r, const struct ref_entry *e, bool got, const char *how)
{
	if (differences++ >= 5)
		return;
	printf("\tseed %llu, %s: match is %d, should be %d\n", (unsigned long long)seed, how, got,
	       !got);
	ref_print_filter(r);
	ref_print_entry(e);
}

static void compare(const struct ct_filter *f, const struct ref_filter *r, const char *how)
{
	for (unsigned i = 0; i < POOL; i++) {
		bool want = ref_match(r, &pool[i]), got = ct_filter_match(f, header(i));

		pairs++;
		matches += want;
		if (r->n == 1)
			want ? alone[r->c[0].opt].yes++ : alone[r->c[0].opt].no++;
		if (got != want)
			differ(r, &pool[i], got, how);
	}
}

static void test_conditions(uint64_t enough, bool lists)
{
	struct ct_filter f = {0};
	static struct ref_filter r;

	for (unsigned i = 0; pairs < enough; i++) {
		int err;

		if (i % 512 == 0)
			random_pool(true);
		ref_random_filter(&r, pool, POOL);
		if (lists)
			ref_lengthen(&r, pool, POOL);
		refcond_single_negation(&r);
		err = refcond_make(&f, &r);
		if (err != (ref_no_family(&r) ? -EAFNOSUPPORT : 0)) {
			CHECK_INT(err, ref_no_family(&r) ? -EAFNOSUPPORT : 0);
			ref_print_filter(&r);
		}
		if (!err)
			compare(&f, &r, "as conditions");
	}
	ct_filter_free(&f);
}

/* Selections against their filters, run one by one. */
static void compare_selections(const struct ct_selections *s, struct ct_filter *f, unsigned n)
{
	const struct ct_selection *one = NULL;
	static bool any[POOL], all[POOL];
	struct ct_filter again = {0};

	for (unsigned i = 0; i < POOL; i++) {
		any[i] = false;
		for (unsigned k = 0; k < n; k++)
			any[i] |= ct_filter_match(&f[k], header(i));
		if (ct_selections_match(s, header(i)) != any[i])
			differences++;
		any[i] ? selected++ : passed++;
	}
	CHECK_INT(ct_selections_common(s, &again), 0);
	CHECK_INT(ct_filter_compile(&again), 0);
	common += again.nconds;
	for (unsigned i = 0; i < POOL; i++)
		all[i] = ct_filter_match(&again, header(i));
	for (unsigned i = 0; i < POOL; i++)
		differences += any[i] && !all[i];
	for (unsigned k = 0; k < n; k++) {
		one = ct_selections_next(s, one);
		CHECK_INT(ct_selection_tag(one), k + 1);
		CHECK_INT(ct_selection_filter(one, &again), 0);
		for (unsigned i = 0; i < POOL; i += 7)
			differences += ct_filter_match(&again, header(i)) !=
				       ct_filter_match(&f[k], header(i));
	}
	CHECK(!ct_selections_next(s, one));
	ct_filter_free(&again);
}

/* Random filters, some with many shapes and some with a condition that all of them have. */
static void test_selections(unsigned rounds)
{
	static struct ct_filter f[80];
	struct ct_selections s = {0};
	static struct ref_filter r;
	struct ct_filter share = {0};
	unsigned refused = 0;

	for (unsigned i = 0; i < rounds; i++) {
		unsigned want = ref_random(i % 8 ? 12 : 80), n = 0;

		if (i % 16 == 0)
			random_pool(true);
		do
			ref_random_filter(&r, pool, POOL);
		while (ref_no_family(&r) || refcond_make(&share, &r) || share.ntests != 1 ||
		       share.test->n != 1 || share.fields & CT_SELECT_NEVER);
		while (n < want) {
			ref_random_filter(&r, pool, POOL);
			refcond_single_negation(&r);
			if (refcond_make(&f[n], &r))
				continue;
			/* Of one field and sign conditions are alternatives. */
			if (i % 2 && !(share.fields & f[n].fields) &&
			    (ct_filter_add(&f[n], share.cond) || ct_filter_compile(&f[n])))
				continue;
			if (f[n].fields & CT_SELECT_NEVER) {
				CHECK_INT(ct_selections_add(&s, &f[n], 0), -EINVAL);
				refused++;
				continue;
			}
			CHECK_INT(ct_selections_add(&s, &f[n], n + 1), 0);
			n++;
		}
		CHECK_INT(s.n, n);
		compare_selections(&s, f, n);
		ct_selections_free(&s);
	}
	for (unsigned i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		ct_filter_free(&f[i]);
	ct_filter_free(&share);
	CHECK_INT(differences, 0);
	CHECK(selected > rounds * POOL / 10 && passed > rounds * POOL / 10);
	CHECK(refused && common);
}

static void test_words(unsigned filters)
{
	static struct ref_words w;
	static struct ref_filter r;
	struct opt_context x = {0};
	struct cmd c;
	unsigned refused = 0, misread = 0;

	for (unsigned i = 0; i < filters; i++) {
		int err;

		if (i % 512 == 0)
			random_pool(false);
		ref_random_filter(&r, pool, POOL);
		if (i % 32 == 0)
			ref_lengthen(&r, pool, POOL);
		/* A list alike in words means the same whatever the order; so does the command. */
		w.n = 0;
		w.used = 0;
		if (i % 2)
			ref_word(&w, "-L");
		ref_filter_words(&w, &r);
		if (i % 2 == 0)
			ref_word(&w, "-L");
		err = cmd_parse(&c, &x, (int)w.n, w.argv);
		if (!err && !ref_no_family(&r)) {
			compare(c.filter, &r, "as words");
		} else if (err && (ref_no_family(&r) || ref_may_refuse(&r))) {
			CHECK_INT(err, EXIT_USAGE);
			CHECK(x.err[0]);
			refused++;
		} else if (misread++ < 5) {
			printf("\tseed %llu, exit code %d %s\n\twords:", (unsigned long long)seed,
			       err, err ? x.err : "");
			ref_print_words(&w);
		}
	}
	CHECK_INT(misread, 0);
	CHECK(refused < filters / 4);
	opt_context_free(&x);
}

static void test_coverage(void)
{
	CHECK_INT(differences, 0);
	CHECK(usual > 100);
	CHECK(matches > pairs / 10);
	CHECK(matches < pairs / 2);
	for (unsigned i = 0; i < R_COUNT; i++) {
		bool never = i == R_SECMARK;

		if (!alone[i].yes || !alone[i].no)
			printf("%s alone: %llu yes, %llu no\n", ref_opts[i].names[0],
			       (unsigned long long)alone[i].yes, (unsigned long long)alone[i].no);
		CHECK(alone[i].yes || never);
		CHECK(alone[i].no);
	}
}

/* --- malformed messages --- */

/* A message that ends where the memory does. */
static void match_at_end(uint8_t *end, const void *data, uint32_t len, const struct ct_filter *f,
			 unsigned nfilters)
{
	uint8_t *p = end - NLMSG_ALIGN(len);
	volatile bool sink = false;

	memset(p, 0xa5, NLMSG_ALIGN(len));
	memcpy(p, data, len);
	for (unsigned i = 0; i < nfilters; i++)
		sink = sink || ct_filter_match(&f[i], (const struct nlmsghdr *)p);
}

static void test_malformed(void)
{
	static struct ct_filter f[R_COUNT * 2];
	unsigned page = (unsigned)sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;
	CHECK(mprotect(map + page, page, PROT_NONE) == 0);
	for (unsigned i = 0; i < R_COUNT * 2; i++) {
		struct ref_cond c;

		ref_random_cond(&c, (enum ref_opt)(i / 2), &pool[i % POOL], pool, POOL);
		refcond_put(&f[i], &c, i % 2);
		ct_filter_compile(&f[i]);
	}
	for (unsigned i = 0; i < 40000; i++) {
		static uint32_t copy[MSG_SIZE / 4];
		struct nlmsghdr *h = (struct nlmsghdr *)copy;
		uint8_t *bytes = (uint8_t *)copy;

		memcpy(copy, message[i % POOL], sizeof(copy));
		for (unsigned k = ref_random(4); k > 0; k--) {
			/* Lengths and types stand at multiples of four: rather those. */
			unsigned at = NLMSG_HDRLEN + ref_random(h->nlmsg_len - NLMSG_HDRLEN);

			if (ref_random(4)) {
				uint16_t v = ref_once_in(3) ? 0 : (uint16_t)ref_random(300);

				at &= ~3u;
				memcpy(bytes + at + (ref_once_in(3) ? 2 : 0), &v, sizeof(v));
			} else {
				bytes[at] = (uint8_t)ref_random(256);
			}
		}
		if (ref_once_in(2))
			h->nlmsg_len = NLMSG_HDRLEN + ref_random(h->nlmsg_len - NLMSG_HDRLEN + 1);
		match_at_end(map + page, copy, h->nlmsg_len, f, R_COUNT * 2);
	}
	/* Cut to every length. */
	for (unsigned i = 0; i < 16; i++)
		for (uint32_t len = header(i)->nlmsg_len; len >= NLMSG_HDRLEN; len--) {
			((struct nlmsghdr *)message[i])->nlmsg_len = len;
			match_at_end(map + page, message[i], len, f, R_COUNT * 2);
		}
	CHECK(!ct_filter_match(&(struct ct_filter){0}, header(0))); /* no family header left */
	for (unsigned i = 0; i < R_COUNT * 2; i++)
		ct_filter_free(&f[i]);
	munmap(map, 2 * (size_t)page);
}

/* --- what is handed on to the kernel --- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define H16(v) (v) & 0xff, (v) >> 8
#define H32(v) H16((v)&0xffff), H16((v) >> 16)
#else
#define H16(v) (v) >> 8, (v)&0xff
#define H32(v) H16((v) >> 16), H16((v)&0xffff)
#endif
#define ATTR(len, type)	   H16(len), H16(type)
#define NEST(len, type)	   H16(len), H16((type) | 0x8000)
#define FLAGS(orig, reply) NEST(20, 25), ATTR(8, 1), H32(orig), ATTR(8, 2), H32(reply)

static struct opt_context context;
static struct cmd cmd;

/* Makes the filter of a command line that is cut at spaces. */
static void say(const char *line)
{
	static char text[512];
	char *argv[32], *save;
	int argc = 0;

	snprintf(text, sizeof(text), "-L %s", line);
	for (char *p = strtok_r(text, " ", &save); p; p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	CHECK_INT(cmd_parse(&cmd, &context, argc, argv), 0);
}

static void push_is(int line, const char *words, unsigned kernel, const uint8_t *want, size_t len)
{
	uint32_t storage[64];
	struct nl_buf b;
	bool pushed;

	nl_buf_init(&b, storage, sizeof(storage));
	say(words);
	pushed = ct_pushdown(&b, cmd.filter, kernel);
	unit_check(__FILE__, line, pushed == (len > 0), words);
	unit_mem(__FILE__, line, words, b.data, b.len, want, len);
}

#define PUSH(words, kernel, ...)                                                                   \
	do {                                                                                       \
		static const uint8_t want[] = {__VA_ARGS__};                                       \
		push_is(__LINE__, words, kernel, want, sizeof(want));                              \
	} while (0)
#define PUSH_NOTHING(words, kernel) push_is(__LINE__, words, kernel, NULL, 0)

#define OLD CT_KERNEL(5, 8)
#define NEW CT_KERNEL(6, 18)

static void test_push_tuples(void)
{
	PUSH("-s 10.0.0.1", OLD, NEST(16, 1), NEST(12, 1), ATTR(8, 1), 10, 0, 0, 1, FLAGS(1, 0));
	PUSH("-d 10.0.0.2", OLD, NEST(16, 1), NEST(12, 1), ATTR(8, 2), 10, 0, 0, 2, FLAGS(2, 0));
	PUSH("-s 10.0.0.1:53 -p udp", OLD, NEST(36, 1), NEST(12, 1), ATTR(8, 1), 10, 0, 0, 1,
	     NEST(20, 2), ATTR(5, 1), 17, 0, 0, 0, ATTR(6, 2), 0, 53, 0, 0, FLAGS(0x19, 0));
	PUSH("-f ipv4 -p tcp --dport 443", OLD, NEST(28, 1), NEST(4, 1), NEST(20, 2), ATTR(5, 1), 6,
	     0, 0, 0, ATTR(6, 3), 1, 187, 0, 0, FLAGS(0x28, 0));
	/* Of the ports of other protocols the kernel takes no notice, nor of GRE's keys. */
	PUSH("-f ipv4 -p sctp --dport 443", NEW, NEST(20, 1), NEST(4, 1), NEST(12, 2), ATTR(5, 1),
	     132, 0, 0, 0, FLAGS(8, 0));
	PUSH("-f ipv4 -p udplite --sport 5 --dport 443", NEW, NEST(20, 1), NEST(4, 1), NEST(12, 2),
	     ATTR(5, 1), 136, 0, 0, 0, FLAGS(8, 0));
	PUSH("-f ipv4 -p gre --srckey 5 --dstkey 6", NEW, NEST(20, 1), NEST(4, 1), NEST(12, 2),
	     ATTR(5, 1), 47, 0, 0, 0, FLAGS(8, 0));
	PUSH_NOTHING("--dport 443 -f ipv4", NEW);
	PUSH_NOTHING("-p tcp --dport 443", NEW); /* no one family */
	PUSH("-f ipv4 -p icmp --icmp-type 8 --icmp-code 0 --icmp-id 258", OLD, NEST(44, 1),
	     NEST(4, 1), NEST(36, 2), ATTR(5, 1), 1, 0, 0, 0, ATTR(6, 4), 1, 2, 0, 0, ATTR(5, 5), 8,
	     0, 0, 0, ATTR(5, 6), 0, 0, 0, 0, FLAGS(0x1c8, 0));
	PUSH("-f ipv6 -p icmpv6 --icmpv6-type 128 --icmpv6-id 258", OLD, NEST(36, 1), NEST(4, 1),
	     NEST(28, 2), ATTR(5, 1), 58, 0, 0, 0, ATTR(6, 7), 1, 2, 0, 0, ATTR(5, 8), 128, 0, 0, 0,
	     FLAGS(0xa08, 0));
	/* Never an IPv6 address: many kernels then return the others. */
	PUSH_NOTHING("-s 2001:db8::1", NEW);
	PUSH_NOTHING("-s 2001:db8::1 -d 2001:db8::2 -r 2001:db8::2 -q 2001:db8::1", NEW);
	PUSH("-s 2001:db8::1 -p udp --sport 53", NEW, NEST(28, 1), NEST(4, 1), NEST(20, 2),
	     ATTR(5, 1), 17, 0, 0, 0, ATTR(6, 2), 0, 53, 0, 0, FLAGS(0x18, 0));
	/* The reply tuple only where the kernel reads it with its own flags. */
	PUSH_NOTHING("-q 10.0.0.1", CT_KERNEL(5, 15));
	PUSH("-q 10.0.0.1", CT_KERNEL(5, 16), NEST(16, 2), NEST(12, 1), ATTR(8, 2), 10, 0, 0, 1,
	     FLAGS(0, 2));
	PUSH("-s 10.0.0.1 -r 10.0.0.2", CT_KERNEL(5, 15), NEST(16, 1), NEST(12, 1), ATTR(8, 1), 10,
	     0, 0, 1, FLAGS(1, 0));
	PUSH("-s 10.0.0.1 -r 10.0.0.2", CT_KERNEL(5, 16), NEST(16, 1), NEST(12, 1), ATTR(8, 1), 10,
	     0, 0, 1, NEST(16, 2), NEST(12, 1), ATTR(8, 1), 10, 0, 0, 2, FLAGS(1, 1));
	/* The kernel takes single values only, each in its own place. */
	PUSH_NOTHING("-s 10.0.0.0/8", NEW);
	PUSH_NOTHING("-s 10.0.0.1,10.0.0.2", NEW);
	PUSH_NOTHING("! -s 10.0.0.1", NEW);
	PUSH_NOTHING("-s 10.0.0.1 --any", NEW);
	PUSH_NOTHING("-f ipv4 -p tcp,udp --dport 80", NEW);
	PUSH_NOTHING("-n 10.0.0.1", NEW);
	PUSH("-f ipv4 -p tcp --dport 80:81", NEW, NEST(20, 1), NEST(4, 1), NEST(12, 2), ATTR(5, 1),
	     6, 0, 0, 0, FLAGS(8, 0));
}

static void test_push_rest(void)
{
	PUSH("-m 5", OLD, ATTR(8, 8), 0, 0, 0, 5, ATTR(8, 21), 255, 255, 255, 255);
	PUSH_NOTHING("-m 5/7", OLD);
	PUSH("-m 5/7", CT_KERNEL(5, 9), ATTR(8, 8), 0, 0, 0, 5, ATTR(8, 21), 0, 0, 0, 7);
	PUSH_NOTHING("-m 5,6", NEW);
	PUSH_NOTHING("! -m 5", NEW);
	PUSH("-u ASSURED", OLD, ATTR(8, 3), 0, 0, 0, 4, ATTR(8, 26), 0, 0, 0, 4);
	PUSH("-u ASSURED,!SEEN_REPLY -u FIXED_TIMEOUT", OLD, ATTR(8, 3), 0, 0, 4, 4, ATTR(8, 26), 0,
	     0, 4, 6);
	PUSH("-u UNSET", OLD, ATTR(8, 3), 0, 0, 0, 0, ATTR(8, 26), 0, 0, 4, 7);
	PUSH_NOTHING("-u !UNSET", NEW);
	PUSH_NOTHING("! -u ASSURED", NEW);
	PUSH("-w 258", OLD, ATTR(6, 18), 1, 2, 0, 0);
	PUSH("-w 0", OLD, ATTR(6, 18), 0, 0, 0, 0);
	PUSH("--reply-zone 7", OLD, ATTR(6, 18), 0, 7, 0, 0);
	PUSH_NOTHING("-w 1,2", NEW);
	PUSH_NOTHING("-w 1:2", NEW);
	PUSH_NOTHING("! -w 1", NEW);
	PUSH_NOTHING("", NEW);
	PUSH_NOTHING("--bytes 5 --ctstate NEW -i 7 --state ESTABLISHED -l 5 --expires 5 -j", NEW);
}

static void tuple_is(int line, const char *words, bool want, int want_zone)
{
	struct ct_tuple t;
	uint16_t zone = 9;
	bool got;

	say(words);
	got = ct_pushdown_exact(cmd.filter, &t, &zone);
	unit_check(__FILE__, line, got == want, words);
	if (got)
		unit_int(__FILE__, line, words, zone, want_zone);
}

#define TUPLE(words, zone) tuple_is(__LINE__, words, true, zone)
#define NO_TUPLE(words)	   tuple_is(__LINE__, words, false, 0)
#define ENDS		   "-s 10.0.0.1 -d 10.0.0.2 "

static void test_push_tuple(void)
{
	struct ct_tuple t;
	uint16_t zone;

	TUPLE(ENDS "-p udp --sport 1 --dport 2 -w 0", 0);
	TUPLE(ENDS "-p udp --sport 1 --dport 2 -w 5", 5);
	TUPLE(ENDS "-p udp --sport 1 --dport 2 -w 5 -m 7 ! -u ASSURED", 5);
	TUPLE("-s 10.0.0.1:1 -d 10.0.0.2:2 -p tcp -w 0", 0);
	TUPLE("-s ::1 -d ::2 -p sctp --sport 1 --dport 2 -w 0", 0);
	TUPLE(ENDS "-p 89 -w 0", 0);
	TUPLE(ENDS "-p gre --srckey 1 --dstkey 2 -w 0", 0);
	TUPLE(ENDS "-p icmp --icmp-type 8 --icmp-code 0 --icmp-id 3 -w 0", 0);
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2"); /* there may be one in each zone */
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2 --orig-zone 5");
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2 -w 0,1");
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2 ! -w 0");
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2:3 -w 0");
	NO_TUPLE(ENDS "-p udp --sport 1 --dport 2 -w 0 --any");
	NO_TUPLE(ENDS "-p udp --dport 2 -w 0");
	NO_TUPLE(ENDS "--sport 1 --dport 2 -w 0");
	NO_TUPLE(ENDS "-p tcp,udp --sport 1 --dport 2 -w 0");
	NO_TUPLE(ENDS "-p icmp --icmp-type 8 --icmp-id 3 -w 0");
	NO_TUPLE("-s 10.0.0.0/31 -d 10.0.0.2 -p udp --sport 1 --dport 2 -w 0");
	NO_TUPLE("-r 10.0.0.1 -q 10.0.0.2 -p udp --sport 1 --dport 2 -w 0");

	say("-s 10.0.0.1 -d 10.0.0.2:258 -p udp --sport 1 -w 0");
	CHECK(ct_pushdown_exact(cmd.filter, &t, &zone));
	CHECK_INT(t.has, CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS);
	CHECK_INT(t.l3, AF_INET);
	CHECK_INT(t.l4, 17);
	CHECK_INT(t.sport, 1);
	CHECK_INT(t.dport, 258);
	CHECK_MEM(t.dst.b, 4, "\12\0\0\2", 4);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	ref_random_state = seed ? seed : 1;
	test_conditions(argc > 2 ? strtoull(argv[2], NULL, 0) : 2000000, false);
	test_conditions(pairs + pairs / 8, true);
	test_words(20000);
	test_selections(2000);
	test_coverage();
	test_malformed();
	test_push_tuples();
	test_push_rest();
	test_push_tuple();
	opt_context_free(&context);
	return UNIT_END();
}
