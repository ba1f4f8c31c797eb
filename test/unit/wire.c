/* Recorded messages: decoded, formatted, cut off at every length, mutilated. */
#include "wire.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "ct/encode.h"
#include "ct/item.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/fmt.h"
#include "unit.h"

static uint16_t little16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Attribute headers, and the words of labels, are in the order of the host that sent them: turns
 * the recording's into ours. */
static void to_host(uint8_t *p, size_t len, unsigned depth)
{
	while (len >= 4) {
		uint16_t size = little16(p), type = little16(p + 2);
		size_t step = NLA_ALIGN(size);

		memcpy(p, &size, 2);
		memcpy(p + 2, &type, 2);
		if (type & NLA_F_NESTED)
			to_host(p + 4, size - 4u, depth + 1);
		else if (!depth && (type == CTA_LABELS || type == CTA_LABELS_MASK))
			for (unsigned i = 4; i + 4 <= size; i += 4) {
				uint32_t word = (uint32_t)(p[i] | p[i + 1] << 8 | p[i + 2] << 16) |
						(uint32_t)p[i + 3] << 24;

				memcpy(p + i, &word, 4);
			}
		step = step < len ? step : len;
		p += step;
		len -= step;
	}
}

/* The message at the very end of a block of its own, so that reading past it is noticed. */
static struct nlmsghdr *message(const struct wire *w)
{
	size_t n = strlen(w->hex) / 2;
	struct nlmsghdr *h = malloc(NLMSG_HDRLEN + n);
	uint8_t *p = (uint8_t *)(h + 1);

	if (!h)
		abort();
	*h = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + n),
			       .nlmsg_type = w->type,
			       .nlmsg_flags = w->flags};
	for (size_t i = 0; i < n; i++) {
		char digits[3] = {w->hex[i * 2], w->hex[i * 2 + 1], 0};

		p[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	to_host(p + NL_NFGEN_LEN, n - NL_NFGEN_LEN, 0);
	return h;
}

static struct out out;

static char *written(void)
{
	out_end(&out, out_room(&out, 1));
	*out.p = 0;
	out.p = out.buf;
	return out.buf;
}

/* The requests that are made from a message, whatever is left of it: a deletion names something. */
static void request_all(const struct nlmsghdr *h)
{
	struct ct_change change = {.has = CT_HAS_STATUS};
	bool expect = h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
	uint32_t store[1024];
	struct nl_attr a;
	struct nl_buf b;

	/* A deletion that names nothing would delete everything. */
	for (unsigned name = 0; name < CT_NAMES; name++) {
		const struct nlmsghdr *req = (const struct nlmsghdr *)store;

		nl_buf_init(&b, store, sizeof(store));
		if (!ct_encode_delete(&b, 1, h, name) &&
		    !nl_find(nl_attrs(req, NL_NFGEN_LEN),
			     expect ? CTA_EXPECT_TUPLE : CTA_TUPLE_ORIG, 1, &a) &&
		    (expect || !nl_find(nl_attrs(req, NL_NFGEN_LEN), CTA_TUPLE_REPLY, 1, &a)))
			FAIL("a deletion of everything");
		(void)ct_encode_update(&b, 2, h, name, &change);
		(void)ct_encode_get(&b, 3, h, name, false);
	}
}

static void format_all(const struct nlmsghdr *h)
{
	static const struct fmt_ops *const all[] = {&fmt_text, &fmt_save, &fmt_xml, &fmt_json};
	const struct fmt_event ev = {.kind = FMT_UPDATE,
				     .time = 1,
				     .portid = 7,
				     .program = "\033x"};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fmt f = {.out = &out,
				.ops = all[i],
				.flags = 31,
				.now = UINT64_C(1795459493000000000)};

		for (unsigned k = 0; k < 2; k++) {
			(void)fmt_show(&f, h, k ? &ev : NULL);
			out.p = out.buf;
		}
	}
}

static void test_entries(void)
{
	for (size_t i = 0; i < sizeof(wire_entries) / sizeof(wire_entries[0]); i++) {
		const struct wire *w = &wire_entries[i];
		struct nlmsghdr *h = message(w);
		struct fmt f = {.out = &out,
				.ops = &fmt_text,
				.flags = FMT_EXTENDED | FMT_ID | FMT_LABELS};
		struct ct_entry e;
		char line[2048];

		CHECK_INT(ct_entry_decode(&e, h), 0);
		CHECK(e.has & CT_HAS_START);
		f.now = e.start;
		fmt_text.entry(&f, &e, NULL);
		snprintf(line, sizeof(line), "%s\n", w->text);
		CHECK_STR(written(), line);
		fmt_save.entry(&f, &e, NULL);
		snprintf(line, sizeof(line), "%s\n", w->save);
		CHECK_STR(written(), line);
		free(h);
	}
}

static void test_expect(void)
{
	struct nlmsghdr *h = message(&wire_expect);
	struct fmt f = {.out = &out, .ops = &fmt_text};
	struct ct_expect x;

	CHECK_INT(ct_expect_decode(&x, h), 0);
	x.timeout = 299; /* it was read a moment later */
	fmt_text.expect(&f, &x, NULL);
	out.p[-1] = 0;
	CHECK_STR(written(), wire_expect.text);
	CHECK_INT(x.flags, 0);
	CHECK_INT(x.exp_class, 0);
	/* The message's type tells what it is. */
	CHECK_INT(fmt_show(&f, h, NULL), 0);
	CHECK(strstr(written(), " proto=6 src="));
	h->nlmsg_len = NLMSG_HDRLEN;
	CHECK_INT(fmt_show(&f, h, NULL), -EBADMSG);
	CHECK_STR(written(), "");
	free(h);
}

/* One that has everything that a kernel can tell of an expectation. */
static void test_whole_expect(void)
{
	struct ct_tuple t = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
			     .l3 = 2,
			     .l4 = CT_PROTO_TCP,
			     .sport = 1,
			     .dport = 2,
			     .src.b = {10, 0, 0, 1},
			     .dst.b = {10, 0, 0, 2}};
	struct fmt f = {.out = &out, .flags = FMT_LINES};
	struct ct_expect x;
	uint32_t store[256], nest;
	struct nl_buf b;

	nl_buf_init(&b, store, sizeof(store));
	nl_begin(&b, CT_EXP_MSG(IPCTNL_MSG_EXP_NEW), 0, 0);
	nl_put_nfgen(&b, t.l3, NFNETLINK_V0, 0);
	ct_tuple_encode(&b, CTA_EXPECT_TUPLE, &t);
	ct_tuple_encode(&b, CTA_EXPECT_MASK, &t);
	ct_tuple_encode(&b, CTA_EXPECT_MASTER, &t);
	nest = nl_nest(&b, CTA_EXPECT_NAT);
	nl_put_be32(&b, CTA_EXPECT_NAT_DIR, 1);
	ct_tuple_encode(&b, CTA_EXPECT_NAT_TUPLE, &t);
	nl_nest_end(&b, nest);
	nl_put_be32(&b, CTA_EXPECT_TIMEOUT, 300);
	nl_put_be32(&b, CTA_EXPECT_FLAGS, 3);
	nl_put_be32(&b, CTA_EXPECT_CLASS, 2);
	nl_put_be16(&b, CTA_EXPECT_ZONE, 9);
	nl_put_str(&b, CTA_EXPECT_HELP_NAME, "ftp", 3);
	nl_put_str(&b, CTA_EXPECT_FN, "nat<\033", 5);
	CHECK_INT(nl_end(&b), 0);
	CHECK_INT(ct_expect_decode(&x, (const struct nlmsghdr *)store), 0);
	f.ops = &fmt_text;
	fmt_text.expect(&f, &x, NULL);
	CHECK_STR(written(),
		  "300 proto=6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 mask-src=10.0.0.1 "
		  "mask-dst=10.0.0.2 sport=1 dport=2 master-src=10.0.0.1 master-dst=10.0.0.2 "
		  "sport=1 dport=2 zone=9 PERMANENT,INACTIVE nat-dir=1 nat-src=10.0.0.1 "
		  "nat-dst=10.0.0.2 sport=1 dport=2 class=2 helper=ftp function=nat<\\x1b\n");
	f.ops = &fmt_xml;
	f.begun = true;
	fmt_xml.expect(&f, &x, NULL);
	CHECK(strstr(written(), "<class>2</class><zone>9</zone><flags>3</flags><nat><dir>1</dir>"
				"<src>10.0.0.1</src><dst>10.0.0.2</dst><sport>1</sport>"
				"<dport>2</dport></nat><function>nat&lt;"));
	f.ops = &fmt_json;
	fmt_json.expect(&f, &x, NULL);
	CHECK(strstr(written(), "\"class\":2,\"flags\":[\"PERMANENT\",\"INACTIVE\"],"
				"\"helper\":\"ftp\",\"function\":\"nat<\\u001b\",\"zone\":9"));
	f.ops = &fmt_save;
	fmt_save.expect(&f, &x, NULL);
	CHECK_STR(written(), "# expectation left out, no command can make it: it has NAT\n");
}

/* A change that cannot be seen in the listed message is never taken for one that is met. */
static void test_met(void)
{
	struct nlmsghdr *h = message(&wire_entries[0]);
	struct ct_change c = {.has = CT_HAS_MARK, .mark_mask = UINT32_MAX};

	CHECK(ct_change_is_met(&c, h, NULL));
	c.mark = 1;
	CHECK(!ct_change_is_met(&c, h, NULL));
	c = (struct ct_change){.has = CT_HAS_TIMEOUT, .timeout = 999};
	CHECK(!ct_change_is_met(&c, h, NULL));
	c = (struct ct_change){.has = CT_HAS_VTAG, .info = CT_INFO_SCTP, .vtag = {7, 8}};
	CHECK(!ct_change_is_met(&c, h, NULL));
	c = (struct ct_change){.has = CT_HAS_ROLE, .info = CT_INFO_DCCP, .role = 1};
	CHECK(!ct_change_is_met(&c, h, NULL));
	free(h);
}

/* A condition that no entry can meet, and those that are none. */
static void test_foreign(void)
{
	/* An attribute of type 0, of one byte at the end of what was allocated. */
	static const uint8_t tail[] = {2, 0, 0, 0, 5, 0, 0, 0, 1};
	struct nlmsghdr *h = malloc(NLMSG_HDRLEN + sizeof(tail));
	struct ct_cond c = {.field = CT_F_EXPECT_SPORT};
	struct ct_filter f = {0};

	h->nlmsg_len = NLMSG_HDRLEN + sizeof(tail);
	h->nlmsg_type = CT_MSG(IPCTNL_MSG_CT_NEW);
	memcpy(NLMSG_DATA(h), tail, sizeof(tail));
	CHECK_INT(ct_filter_add(&f, &c), 0);
	CHECK_INT(ct_filter_compile(&f), 0);
	CHECK(!ct_filter_match(&f, h));
	c.field = CT_F_NONE;
	CHECK_INT(ct_filter_add(&f, &c), -EINVAL);
	c.field = CT_F_COUNT;
	CHECK_INT(ct_filter_add(&f, &c), -EINVAL);
	ct_filter_free(&f);
	free(h);
}

static void test_events(void)
{
	static const unsigned kinds[] = {CT_EV_NEW, CT_EV_UPDATE, CT_EV_DESTROY};

	for (unsigned i = 0; i < 3; i++) {
		struct nlmsghdr *h = message(&wire_events[i]);
		struct ct_entry e;

		CHECK_INT(ct_event_kind(h), kinds[i]);
		CHECK_INT(ct_entry_decode(&e, h), 0);
		CHECK(e.has & CT_HAS_EVENT_TIME);
		CHECK_INT(!!(e.has & CT_HAS_STOP), kinds[i] == CT_EV_DESTROY);
		CHECK(!(e.has & CT_HAS_USE));
		free(h);
	}
}

static void test_stats(void)
{
	struct nlmsghdr *h = message(&wire_stats);
	struct ct_stats s;

	CHECK_INT(ct_stats_decode(&s, h), 0);
	CHECK_INT(s.cpu, 0);
	CHECK_INT(s.n, 10);
	CHECK_STR(ct_stats_name(false, s.counter[0].type), "found");
	CHECK_STR(ct_stats_name(false, s.counter[9].type), "chaintoolong");
	CHECK(!ct_stats_name(false, 99));
	free(h);
}

/* Metrics go by what a counter is, not by its place: CPUs may tell of different ones. */
static void test_metrics(void)
{
	const struct ct_stats cpus[] = {
		{.cpu = 0, .n = 2, .counter = {{CTA_STATS_FOUND, 1}, {CTA_STATS_DROP, 2}}},
		{.cpu = 1, .n = 1, .counter = {{CTA_STATS_DROP, 3}}},
	};
	struct fmt f = {.out = &out, .ops = &fmt_prometheus};
	const char *text;

	for (unsigned i = 0; i < 2; i++)
		fmt_prometheus.stats(&f, false, &cpus[i]);
	fmt_prometheus.end(&f);
	text = written();
	CHECK(strstr(text, "\nconntrack_found_total{cpu=\"0\"} 1\n"));
	CHECK(!strstr(text, "\nconntrack_found_total{cpu=\"1\"}"));
	CHECK(strstr(text, "\nconntrack_drop_total{cpu=\"0\"} 2\n"
			   "conntrack_drop_total{cpu=\"1\"} 3\n"));
}

/* A deletion, an update, a request of what was recorded: named by tuple, zone and id. */
static void test_naming(void)
{
	uint32_t storage[512];
	struct nl_buf b;

	for (size_t i = 0; i < sizeof(wire_entries) / sizeof(wire_entries[0]); i++) {
		struct nlmsghdr *h = message(&wire_entries[i]), *bare = message(&wire_entries[i]);
		const struct nlmsghdr *req = (const void *)storage;
		struct nl_attr want, got;

		nl_buf_init(&b, storage, sizeof(storage));
		CHECK_INT(ct_encode_delete(&b, 1, h, CT_NAME_ORIG), 0);
		CHECK_INT(req->nlmsg_type, CT_MSG(IPCTNL_MSG_CT_DELETE));
		for (unsigned k = 0; k < 3; k++) {
			uint16_t type = k == 0 ? CTA_TUPLE_ORIG : k == 1 ? CTA_ID : CTA_ZONE;
			bool there = nl_find(nl_attrs(h, NL_NFGEN_LEN), type, 1, &want);

			CHECK_INT(nl_find(nl_attrs(req, NL_NFGEN_LEN), type, 1, &got), there);
			if (there)
				CHECK_MEM(got.data, got.len, want.data, want.len);
		}
		/* A message without a tuple cannot be deleted: the request would be a flush. */
		bare->nlmsg_len = NLMSG_HDRLEN + NL_NFGEN_LEN;
		nl_buf_init(&b, storage, sizeof(storage));
		CHECK_INT(ct_encode_delete(&b, 1, bare, CT_NAME_EXACT), -22);
		CHECK_INT(b.len, 0);
		bare->nlmsg_len = NLMSG_HDRLEN + NL_NFGEN_LEN + 8;
		CHECK_INT(ct_encode_delete(&b, 1, bare, CT_NAME_EXACT), -22);
		CHECK_INT(ct_encode_delete(&b, 1, bare, CT_NAME_REPLY), -22);
		CHECK_INT(b.len, 0);
		free(h);
		free(bare);
	}
}

/* Sets a flag that means nothing to ctnetlink in every attribute's type. */
static void flag_all(struct nl_iter it)
{
	struct nl_attr a;

	while (nl_next(&it, &a)) {
		uint8_t *head = (uint8_t *)(uintptr_t)a.data - NLA_HDRLEN;
		uint16_t type;

		memcpy(&type, head + 2, 2);
		if (type & NLA_F_NESTED)
			flag_all(nl_nested(&a));
		type |= NLA_F_NET_BYTEORDER;
		memcpy(head + 2, &type, 2);
	}
}

/* Puts requests about an entry by its exact name, with that flag in all attributes. Returns their
 * length in bytes. */
static uint32_t flagged_requests(uint32_t *storage, uint32_t size, const struct nlmsghdr *h,
				 unsigned name)
{
	const struct ct_change change = {.has = CT_HAS_MARK | CT_HAS_STATUS,
					 .mark = 1,
					 .mark_mask = 1};
	const struct nlmsghdr *req = NULL;
	struct nl_buf b;

	nl_buf_init(&b, storage, size);
	CHECK_INT(ct_encode_delete(&b, 1, h, name), 0);
	CHECK_INT(ct_encode_update(&b, 2, h, name, &change), 0);
	CHECK_INT(ct_encode_get(&b, 3, h, name, true), 0);
	while ((req = nl_msg_next(b.data, b.len, req)))
		flag_all(nl_attrs(req, NL_NFGEN_LEN));
	return b.len;
}

/* The usual layouts are decoded, and named in requests, by shortcuts, others attribute by
 * attribute: to the same effect. Returns true for the most usual one, which is recognised once for
 * several requests. */
static bool test_shortcuts(const struct wire *w)
{
	struct ct_change change = {.has = CT_HAS_MARK, .mark_mask = UINT32_MAX};
	uint32_t storage[2][512], len, tuple;
	const uint8_t *common;
	struct fmt f = {.out = &out, .ops = &fmt_json, .flags = FMT_LINES};
	struct nlmsghdr *h = message(w);
	struct ct_entry e;
	char *usual;

	ct_entry_decode(&e, h);
	fmt_json.entry(&f, &e, NULL);
	usual = strdup(written());
	len = flagged_requests(storage[0], sizeof(storage[0]), h, CT_NAME_EXACT);
	common = ct_common_layout(h, &tuple);
	if (common) {
		CHECK_INT(flagged_requests(storage[1], sizeof(storage[1]), h,
					   CT_NAME_EXACT | CT_NAME_COMMON),
			  len);
		CHECK_MEM(storage[1], len, storage[0], len);
	}
	for (change.mark = e.mark; common && change.mark < e.mark + 2; change.mark++)
		CHECK_INT(ct_change_is_met(&change, h, common), change.mark == e.mark);
	flag_all(nl_attrs(h, NL_NFGEN_LEN));
	ct_entry_decode(&e, h);
	fmt_json.entry(&f, &e, NULL);
	CHECK_STR(written(), usual);
	CHECK_INT(flagged_requests(storage[1], sizeof(storage[1]), h, CT_NAME_EXACT), len);
	CHECK_MEM(storage[1], len, storage[0], len);
	free(usual);
	free(h);
	return common;
}

/* Cut off anywhere, and with any byte changed, a message may say less, but harms nobody. */
static void test_mutilated(const struct wire *w)
{
	struct nlmsghdr *whole = message(w);
	uint32_t len = whole->nlmsg_len;

	for (uint32_t n = NLMSG_HDRLEN; n < len; n++) {
		struct nlmsghdr *h = malloc(n);

		if (!h)
			abort();
		memcpy(h, whole, n);
		h->nlmsg_len = n;
		format_all(h);
		request_all(h);
		free(h);
	}
	for (uint32_t at = NLMSG_HDRLEN; at < len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			((uint8_t *)whole)[at] ^= (uint8_t)(1u << bit);
			format_all(whole);
			request_all(whole);
			((uint8_t *)whole)[at] ^= (uint8_t)(1u << bit);
		}
	free(whole);
	CHECK(true);
}

int main(void)
{
	unsigned common = 0; /* messages that have the common layout */

	out_init(&out, -1);
	test_entries();
	test_expect();
	test_whole_expect();
	test_met();
	test_foreign();
	test_events();
	test_stats();
	test_metrics();
	test_naming();
	for (size_t i = 0; i < sizeof(wire_entries) / sizeof(wire_entries[0]); i++) {
		common += test_shortcuts(&wire_entries[i]);
		test_mutilated(&wire_entries[i]);
	}
	CHECK(common > 1);
	for (unsigned i = 0; i < 3; i++)
		test_mutilated(&wire_events[i]);
	test_mutilated(&wire_expect);
	return UNIT_END();
}
