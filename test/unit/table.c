/* The tables, read and emptied, against a kernel that is played. */
#include <errno.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>

#include "ct/policy.h"
#include "ct/table.h"
#include "test/unit/kernel.h"

#define CT_GET	CT_MSG(IPCTNL_MSG_CT_GET)
#define CT_NEW	CT_MSG(IPCTNL_MSG_CT_NEW)
#define EXP_GET CT_EXP_MSG(IPCTNL_MSG_EXP_GET)
#define EXP_NEW CT_EXP_MSG(IPCTNL_MSG_EXP_NEW)

static struct kernel kernel;
static struct ct_handle handle;
static struct ct_filter filter;
static struct ct_list list;
static struct nl_err err;

static void start(void)
{
	handle.no_pushdown = handle.interrupted = false;
	kernel_open(&kernel, &handle.sock);
}

static void finish(void)
{
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
	ct_filter_reset(&filter);
}

static void condition(struct ct_cond c)
{
	CHECK_INT(ct_filter_add(&filter, &c), 0);
	CHECK_INT(ct_filter_compile(&filter), 0);
}

static void mark_is(uint32_t mark)
{
	condition((struct ct_cond){.field = CT_F_MARK, .bits = {mark, UINT32_MAX}});
}

static void number_is(uint8_t field, uint64_t v)
{
	condition((struct ct_cond){.field = field, .range = {v, v}});
}

static void address_is(uint8_t field, uint8_t host)
{
	condition((struct ct_cond){
		.field = field,
		.net = {.addr = {{10, 0, 0, host}}, .mask = {{255, 255, 255, 255}}, .l3 = 2}});
}

/* Reads the list to its end. Returns the ids of what it lists, one digit each; its end's code goes
 * to *code. */
static unsigned ids(int *code)
{
	const struct nlmsghdr *h;
	unsigned all = 0;

	while ((*code = ct_list_receive(&list)) > 0)
		while ((h = ct_list_next(&list))) {
			const uint16_t type = h->nlmsg_type == EXP_NEW ? CTA_EXPECT_ID : CTA_ID;
			struct nl_attr a;

			CHECK(nl_find(nl_attrs(h, NL_NFGEN_LEN), type, 4, &a));
			all = all * 10 + nl_get_be32(a.data);
		}
	CHECK_INT(list.reply.err.err, *code);
	CHECK_INT(ct_list_receive(&list), *code); /* the end stays the end */
	CHECK(!ct_list_next(&list));
	return all;
}

static void check_ids(unsigned want)
{
	int code;

	CHECK_INT(ids(&code), want);
	CHECK_INT(code, 0);
}

static void check_failure(int want)
{
	int code;

	CHECK_INT(ids(&code), 0);
	CHECK_INT(code, want);
}

static void entry(uint32_t seq, uint8_t n, uint32_t mark)
{
	kernel_put(&kernel, seq, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(n, IPS_CONFIRMED, mark, n)));
}

static void test_whole(void)
{
	start();
	entry(1, 1, 0);
	entry(1, 2, 0);
	kernel_flush(&kernel);
	entry(1, 3, 0);
	kernel_put(&kernel, 1, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(9, 9))); /* of another table */
	kernel_done(&kernel, 1, 0);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, NULL);
	check_ids(123);
	kernel_put(&kernel, 2, CT_NEW, NLM_F_DUMP_INTR, BYTES(ENTRY(4, 0, 0, 4)));
	kernel_done(&kernel, 2, 0);
	CHECK(!handle.interrupted);
	ct_list_begin(&list, &handle, CT_TABLE_DYING, NULL);
	check_ids(4);
	CHECK(handle.interrupted);
	kernel_done(&kernel, 3, 0);
	ct_list_begin(&list, &handle, CT_TABLE_UNCONFIRMED, NULL);
	check_ids(0);
	CHECK(handle.interrupted); /* some list before it was */
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 2, CT_MSG(IPCTNL_MSG_CT_GET_DYING), NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 3, CT_MSG(IPCTNL_MSG_CT_GET_UNCONFIRMED), NLM_F_DUMP, NFGEN(0, 0));
	finish();
}

/* The family is of the request; whatever the kernel sends is tested again. */
static void test_family(void)
{
	start();
	number_is(CT_F_FAMILY, 10);
	entry(1, 1, 0);
	kernel_done(&kernel, 1, 0);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(0);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_DUMP, NFGEN(10, 0));
	finish();
}

static void test_expectations(void)
{
	start();
	kernel_put(&kernel, 1, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(2, 2)));
	entry(1, 9, 0);
	kernel_put(&kernel, 1, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(3, 3)));
	kernel_done(&kernel, 1, 0);
	ct_list_begin(&list, &handle, CT_TABLE_EXPECT, NULL);
	check_ids(23);
	/* Of a filter on expectations the kernel is told nothing but the family. */
	address_is(CT_F_EXPECT_SRC, 3);
	kernel_put(&kernel, 2, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(2, 2)));
	kernel_put(&kernel, 2, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(3, 3)));
	kernel_done(&kernel, 2, 0);
	ct_list_begin(&list, &handle, CT_TABLE_EXPECT, &filter);
	check_ids(3);
	/* So there is nothing to ask again without. */
	kernel_error(&kernel, 3, -EINVAL, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_EXPECT, &filter);
	check_failure(-EINVAL);
	CHECK_REQUEST(&kernel, 1, EXP_GET, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 2, EXP_GET, NLM_F_DUMP, NFGEN(filter.family, 0));
	CHECK_REQUEST(&kernel, 3, EXP_GET, NLM_F_DUMP, NFGEN(filter.family, 0));
	finish();
}

#define MARK_IS(v) ATTR32(CTA_MARK, v), ATTR32(CTA_MARK_MASK, UINT32_MAX)

static void test_pushdown(void)
{
	static const int refusals[] = {-EINVAL, -EOPNOTSUPP};

	start();
	mark_is(7);
	entry(1, 1, 7);
	entry(1, 2, 8);
	kernel_done(&kernel, 1, 0);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(1);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
	/* The kernel refuses the filter: it is asked again without it. */
	for (unsigned i = 0; i < 2; i++) {
		kernel_error(&kernel, 2 + i * 2, refusals[i], "what is that?");
		entry(3 + i * 2, 1, 7);
		entry(3 + i * 2, 2, 8);
		entry(3 + i * 2, 3, 7);
		kernel_done(&kernel, 3 + i * 2, 0);
		ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
		check_ids(13);
		CHECK_STR(list.reply.err.text, "");
		CHECK_REQUEST(&kernel, 2 + i * 2, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
		CHECK_REQUEST(&kernel, 3 + i * 2, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	}
	/* It refuses that, too: there is no other way to ask. */
	kernel_error(&kernel, 6, -EINVAL, "no");
	kernel_error(&kernel, 7, -EINVAL, "not at all");
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_failure(-EINVAL);
	CHECK_STR(list.reply.err.text, "not at all");
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
	CHECK_REQUEST(&kernel, 7, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	/* Another error is no refusal. */
	kernel_error(&kernel, 8, -EPERM, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_failure(-EPERM);
	CHECK_REQUEST(&kernel, 8, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
	/* Without push-down it is asked for everything, once. */
	handle.no_pushdown = true;
	kernel_error(&kernel, 9, -EINVAL, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_failure(-EINVAL);
	CHECK_REQUEST(&kernel, 9, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	finish();
}

/* Once a message has been handed out the table is never listed again. */
static void test_no_second_list(void)
{
	int code;

	start();
	mark_is(7);
	entry(1, 1, 7);
	kernel_flush(&kernel);
	kernel_done(&kernel, 1, -EINVAL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	CHECK_INT(ids(&code), 1);
	CHECK_INT(code, -EINVAL);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
	/* Of what does not match nothing has been told yet. */
	entry(2, 2, 8);
	kernel_done(&kernel, 2, -EINVAL);
	entry(3, 2, 8);
	entry(3, 1, 7);
	kernel_done(&kernel, 3, 0);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(1);
	CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_DUMP, NFGEN(0, 0), MARK_IS(7));
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	finish();
}

/* A filter that one entry can meet: flow n in a zone. */
static void flow_is(uint8_t n, uint16_t zone)
{
	address_is(CT_F_ORIG_SRC, n);
	address_is(CT_F_ORIG_DST, 200);
	number_is(CT_F_PROTO, 6);
	number_is(CT_F_ORIG_SPORT, 1000 + n);
	number_is(CT_F_ORIG_DPORT, 80);
	number_is(CT_F_ZONE, zone);
}

static void test_exact(void)
{
	const struct nlmsghdr *h;

	start();
	flow_is(1, 0);
	kernel_answer(&kernel, 1, CT_NEW, 0, BYTES(ENTRY(1, 0, 0, 1)));
	kernel_error(&kernel, 1, 0, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(1);
	/* There is none: the list is empty. */
	kernel_error(&kernel, 2, -ENOENT, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(0);
	/* It does not match. */
	kernel_answer(&kernel, 3, CT_NEW, 0,
		      BYTES(NFGEN(2, 0), ORIG(1), REPLY_IN(CTA_TUPLE_REPLY, 1, 5)));
	kernel_error(&kernel, 3, 0, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(0);
	/* No other error means that. */
	kernel_error(&kernel, 4, -EPERM, NULL);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_failure(-EPERM);
	for (unsigned i = 1; i <= 4; i++)
		CHECK_REQUEST(&kernel, i, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(1));
	finish();

	/* A zone, where another entry's reply is in front, by both names; and a kernel that wants
	 * to be asked for a dump, without the filter. */
	start();
	flow_is(1, 5);
	for (unsigned i = 1; i <= 2; i++) {
		kernel_answer(&kernel, i, CT_NEW, 0, BYTES(ENTRY(2, 0, 0, 2)));
		kernel_error(&kernel, i, 0, NULL);
	}
	kernel_error(&kernel, 3, -EINVAL, NULL);
	kernel_put(&kernel, 4, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(1, 0, 0, 1), ATTR16(CTA_ZONE, 4)));
	kernel_put(&kernel, 4, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(1, 0, 0, 2), ATTR16(CTA_ZONE, 5)));
	kernel_done(&kernel, 4, 0);
	ct_list_begin(&list, &handle, CT_TABLE_CONNTRACK, &filter);
	check_ids(2);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_ACK, NFGEN(2, 0), ORIG_IN(CTA_TUPLE_ORIG, 1, 5));
	CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_ACK, NFGEN(2, 0), ORIG(1), ATTR16(CTA_ZONE, 5));
	h = kernel_request(&kernel);
	CHECK(h && h->nlmsg_seq == 3 && h->nlmsg_type == CT_GET && h->nlmsg_flags & NLM_F_DUMP &&
	      h->nlmsg_len > NLMSG_HDRLEN + NL_NFGEN_LEN);
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_DUMP, NFGEN(2, 0));
	finish();
}

static void test_one(void)
{
	const struct ct_tuple tuple = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
				       .l3 = 2,
				       .l4 = 6,
				       .src = {{10, 0, 0, 200}},
				       .dst = {{10, 0, 0, 1}},
				       .sport = 80,
				       .dport = 1001};

	start();
	kernel_answer(&kernel, 1, CT_NEW, 0, BYTES(ENTRY(1, 0, 0, 1), ATTR16(CTA_ZONE, 3)));
	kernel_error(&kernel, 1, 0, NULL);
	ct_list_one(&list, &handle, &tuple, true, 3, NULL);
	check_ids(1);
	kernel_error(&kernel, 2, -ENOENT, "none");
	ct_list_one(&list, &handle, &tuple, true, -1, NULL);
	check_failure(-ENOENT);
	CHECK_STR(list.reply.err.text, "none");
	/* Invalid stays invalid. */
	kernel_error(&kernel, 3, -EINVAL, NULL);
	ct_list_one(&list, &handle, &tuple, false, -1, NULL);
	check_failure(-EINVAL);
	/* One that does not match. */
	mark_is(7);
	kernel_answer(&kernel, 4, CT_NEW, 0, BYTES(ENTRY(1, 0, 8, 1)));
	kernel_error(&kernel, 4, 0, NULL);
	ct_list_one(&list, &handle, &tuple, true, -1, &filter);
	check_ids(0);
	/* Another one is in front of the one in the zone. */
	kernel_answer(&kernel, 5, CT_NEW, 0, BYTES(ENTRY(2, 0, 8, 2)));
	kernel_error(&kernel, 5, 0, NULL);
	kernel_answer(&kernel, 6, CT_NEW, 0, BYTES(ENTRY(1, 0, 7, 1), ATTR16(CTA_ZONE, 3)));
	kernel_error(&kernel, 6, 0, NULL);
	ct_list_one(&list, &handle, &tuple, true, 3, &filter);
	check_ids(1);
	/* A kernel without zones. */
	kernel_error(&kernel, 7, -EOPNOTSUPP, NULL);
	kernel_answer(&kernel, 8, CT_NEW, 0, BYTES(ENTRY(1, 0, 7, 1)));
	kernel_error(&kernel, 8, 0, NULL);
	ct_list_one(&list, &handle, &tuple, true, -1, &filter);
	check_ids(1);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_ACK, NFGEN(2, 0), REPLY_IN(CTA_TUPLE_REPLY, 1, 3));
	CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_ACK, NFGEN(2, 0),
		      REPLY_IN(CTA_TUPLE_ORIG, 1, CT_ZONE_UNUSED));
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, NFGEN(2, 0),
		      REPLY_IN(CTA_TUPLE_REPLY, 1, CT_ZONE_UNUSED));
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, NFGEN(2, 0),
		      REPLY_IN(CTA_TUPLE_ORIG, 1, CT_ZONE_UNUSED));
	CHECK_REQUEST(&kernel, 5, CT_GET, NLM_F_ACK, NFGEN(2, 0), REPLY_IN(CTA_TUPLE_REPLY, 1, 3));
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NFGEN(2, 0), REPLY(1), ATTR16(CTA_ZONE, 3));
	CHECK_REQUEST(&kernel, 7, CT_GET, NLM_F_ACK, NFGEN(2, 0),
		      REPLY_IN(CTA_TUPLE_ORIG, 1, CT_ZONE_UNUSED));
	CHECK_REQUEST(&kernel, 8, CT_GET, NLM_F_ACK, NFGEN(2, 0), REPLY(1));
	finish();
}

static void test_flush(void)
{
	start();
	kernel_error(&kernel, 1, 0, NULL);
	kernel_error(&kernel, 2, 0, NULL);
	kernel_error(&kernel, 3, -EPERM, "never");
	CHECK_INT(ct_flush(&handle, CT_TABLE_CONNTRACK, 0, &err), 0);
	CHECK_INT(ct_flush(&handle, CT_TABLE_CONNTRACK, 10, &err), 0);
	CHECK_INT(ct_flush(&handle, CT_TABLE_EXPECT, 0, &err), -EPERM);
	CHECK_STR(err.text, "never");
	CHECK_REQUEST(&kernel, 1, CT_MSG(IPCTNL_MSG_CT_DELETE), NLM_F_ACK, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 2, CT_MSG(IPCTNL_MSG_CT_DELETE), NLM_F_ACK, NFGEN(10, 1));
	CHECK_REQUEST(&kernel, 3, CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE), NLM_F_ACK, NFGEN(0, 0));
	finish();
}

/* A filter that the kernel does not know must not empty the table: the guard goes with it. */
static void test_flush_mark(void)
{
	const struct ct_bits mark = {0x10, 0xf0};

	start();
	kernel_error(&kernel, 1, 0, NULL);
	kernel_error(&kernel, 2, -EINVAL, NULL);
	kernel_error(&kernel, 3, -EPERM, NULL);
	CHECK_INT(ct_flush_mark(&handle, 0, &mark, &err), 0);
	CHECK_INT(ct_flush_mark(&handle, 2, &mark, &err), -EOPNOTSUPP);
	CHECK_INT(ct_flush_mark(&handle, 2, &mark, &err), -EPERM);
	handle.no_pushdown = true;
	CHECK_INT(ct_flush_mark(&handle, 2, &mark, &err), -EOPNOTSUPP);
	handle.no_pushdown = false;
#define MARKED                                                                                     \
	ATTR32(CTA_MARK, 0x10), ATTR32(CTA_MARK_MASK, 0xf0), NEST(20, CTA_FILTER),                 \
		ATTR(8, CTA_FILTER_ORIG_FLAGS), U32(0), ATTR(8, CTA_FILTER_REPLY_FLAGS), U32(0)
	CHECK_REQUEST(&kernel, 1, CT_MSG(IPCTNL_MSG_CT_DELETE), NLM_F_ACK, NFGEN(0, 1), MARKED);
	CHECK_REQUEST(&kernel, 2, CT_MSG(IPCTNL_MSG_CT_DELETE), NLM_F_ACK, NFGEN(2, 1), MARKED);
	CHECK_REQUEST(&kernel, 3, CT_MSG(IPCTNL_MSG_CT_DELETE), NLM_F_ACK, NFGEN(2, 1), MARKED);
	finish();
}

static void test_count(void)
{
	const uint16_t get = CT_MSG(IPCTNL_MSG_CT_GET_STATS);
	uint32_t entries, limit;

	start();
	kernel_answer(&kernel, 1, get, 0,
		      BYTES(NFGEN(0, 0), ATTR32(CTA_STATS_GLOBAL_ENTRIES, 77),
			    ATTR32(CTA_STATS_GLOBAL_MAX_ENTRIES, 262144)));
	kernel_error(&kernel, 1, 0, NULL);
	CHECK_INT(ct_count(&handle, &entries, &limit, &err), 0);
	CHECK_INT(entries, 77);
	CHECK_INT(limit, 262144);
	/* The kernel tells nothing, or too little. */
	kernel_error(&kernel, 2, 0, NULL);
	CHECK_INT(ct_count(&handle, &entries, &limit, &err), -EBADMSG);
	CHECK_INT(err.err, -EBADMSG);
	kernel_answer(&kernel, 3, get, 0,
		      BYTES(NFGEN(0, 0), ATTR(6, CTA_STATS_GLOBAL_ENTRIES), 1, 1));
	kernel_error(&kernel, 3, 0, NULL);
	CHECK_INT(ct_count(&handle, &entries, &limit, &err), -EBADMSG);
	CHECK_INT(entries, 0);
	kernel_error(&kernel, 4, -EINVAL, "no ctnetlink");
	CHECK_INT(ct_count(&handle, &entries, &limit, &err), -EINVAL);
	CHECK_STR(err.text, "no ctnetlink");
	for (unsigned i = 1; i <= 4; i++)
		CHECK_REQUEST(&kernel, i, get, NLM_F_ACK, NFGEN(0, 0));
	finish();
}

static void test_stats(void)
{
	const uint16_t get = CT_MSG(IPCTNL_MSG_CT_GET_STATS_CPU);
	struct ct_stats_list l;
	struct ct_stats s;

	start();
	kernel_put(&kernel, 1, get, NLM_F_MULTI, BYTES(0, 0, 0, 0, ATTR32(CTA_STATS_FOUND, 5)));
	kernel_put(&kernel, 1, get, NLM_F_MULTI, BYTES(0)); /* too short for its header */
	kernel_put(&kernel, 1, get, NLM_F_MULTI,
		   BYTES(0, 0, 0, 1, ATTR32(CTA_STATS_FOUND, 6), ATTR(5, CTA_STATS_DROP), 1, 0, 0,
			 0, ATTR32(99, 7)));
	kernel_flush(&kernel);
	kernel_put(&kernel, 1, get, NLM_F_MULTI, BYTES(0, 0, 1, 2));
	kernel_done(&kernel, 1, 0);
	ct_stats_begin(&l, &handle, CT_TABLE_CONNTRACK);
	CHECK_INT(ct_stats_next(&l, &s), 1);
	CHECK_INT(s.cpu, 0);
	CHECK_INT(s.n, 1);
	CHECK_INT(s.counter[0].type, CTA_STATS_FOUND);
	CHECK_INT(s.counter[0].value, 5);
	CHECK_INT(ct_stats_next(&l, &s), 1);
	CHECK_INT(s.cpu, 1);
	CHECK_INT(s.n, 2);
	CHECK_INT(s.counter[1].type, 99);
	CHECK_INT(s.counter[1].value, 7);
	CHECK_INT(ct_stats_next(&l, &s), 1);
	CHECK_INT(s.cpu, 258);
	CHECK_INT(s.n, 0);
	CHECK_INT(ct_stats_next(&l, &s), 0);
	CHECK_INT(ct_stats_next(&l, &s), 0);
	kernel_error(&kernel, 2, -EINVAL, "no counters");
	ct_stats_begin(&l, &handle, CT_TABLE_EXPECT);
	CHECK_INT(ct_stats_next(&l, &s), -EINVAL);
	CHECK_STR(l.reply.err.text, "no counters");
	CHECK_REQUEST(&kernel, 1, get, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 2, CT_EXP_MSG(IPCTNL_MSG_EXP_GET_STATS_CPU), NLM_F_DUMP,
		      NFGEN(0, 0));
	finish();
}

static void test_policies(void)
{
	const uint16_t get = NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8 | IPCTNL_MSG_TIMEOUT_GET;
	const uint16_t new = NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8 | IPCTNL_MSG_TIMEOUT_NEW;
	const uint16_t objects = NFNL_SUBSYS_NFTABLES << 8 | 19,
		       object = NFNL_SUBSYS_NFTABLES << 8 | 18;
	struct ct_policies l;
	struct ct_policy p;

	start();
	kernel_put(&kernel, 1, new, NLM_F_MULTI,
		   BYTES(NFGEN(0, 0), ATTR(8, CTA_TIMEOUT_NAME), 'w', 'e', 'b', 0,
			 ATTR16(CTA_TIMEOUT_L3PROTO, 2), ATTR8(CTA_TIMEOUT_L4PROTO, 6),
			 NEST(20, CTA_TIMEOUT_DATA), ATTR32(1, 11), ATTR32(3, 33)));
	/* Without a name, with one that is too long, and of another type. */
	kernel_put(&kernel, 1, new, NLM_F_MULTI,
		   BYTES(NFGEN(0, 0), ATTR16(CTA_TIMEOUT_L3PROTO, 2)));
	kernel_put(&kernel, 1, new, NLM_F_MULTI,
		   BYTES(NFGEN(0, 0), ATTR(36, CTA_TIMEOUT_NAME), [8 ... 39] = 'x'));
	kernel_put(&kernel, 1, get, NLM_F_MULTI,
		   BYTES(NFGEN(0, 0), ATTR(6, CTA_TIMEOUT_NAME), 'g', 0));
	kernel_flush(&kernel);
	kernel_put(&kernel, 1, new, NLM_F_MULTI,
		   BYTES(NFGEN(0, 0), ATTR(35, CTA_TIMEOUT_NAME), [8 ... 38] = 'y', 0));
	kernel_done(&kernel, 1, 0);
	ct_policy_begin(&l, &handle);
	CHECK_INT(ct_policy_next(&l, &p), 1);
	CHECK_STR(p.name, "web");
	CHECK_INT(p.l3, 2);
	CHECK_INT(p.l4, 6);
	CHECK_INT(p.has, 1 << 1 | 1 << 3);
	CHECK_INT(p.value[1], 11);
	CHECK_INT(p.value[3], 33);
	CHECK_INT(ct_policy_next(&l, &p), 1);
	CHECK_INT(strlen(p.name), CT_POLICY_NAME - 1);
	CHECK_INT(p.l3, 0);
	CHECK_INT(p.has, 0);
	/* Then the objects of nf_tables: a timeout, one without a name, and a counter. */
	kernel_put(&kernel, 2, object, NLM_F_MULTI,
		   BYTES(NFGEN(2, 0), ATTR(6, 1), 't', 0, 0, 0, ATTR(8, 2), 'n', 'f', 't', 0,
			 ATTR32(3, 7), NEST(32, 4), ATTR16(1, 2), ATTR8(2, 17), NEST(12, 3),
			 ATTR32(1, 77)));
	kernel_put(&kernel, 2, object, NLM_F_MULTI,
		   BYTES(NFGEN(2, 0), ATTR32(3, 7), NEST(12, 4), ATTR16(1, 2)));
	kernel_put(&kernel, 2, object, NLM_F_MULTI,
		   BYTES(NFGEN(2, 0), ATTR(8, 2), 'c', 'n', 't', 0, ATTR32(3, 1), NEST(12, 4),
			 ATTR32(1, 1)));
	kernel_done(&kernel, 2, 0);
	CHECK_INT(ct_policy_next(&l, &p), 1);
	CHECK_STR(p.name, "nft");
	CHECK_INT(p.l3, 2);
	CHECK_INT(p.l4, 17);
	CHECK_INT(p.has, 1 << 1);
	CHECK_INT(p.value[1], 77);
	CHECK_INT(ct_policy_next(&l, &p), 0);
	CHECK_INT(ct_policy_next(&l, &p), 0);
	/* A kernel without either; and one with nf_tables alone, where a name may be longer. */
	kernel_error(&kernel, 3, -EINVAL, NULL);
	kernel_error(&kernel, 4, -EINVAL, NULL);
	ct_policy_begin(&l, &handle);
	CHECK_INT(ct_policy_next(&l, &p), -EINVAL);
	CHECK_INT(l.reply.err.err, -EINVAL);
	kernel_error(&kernel, 5, -EINVAL, NULL);
	kernel_put(&kernel, 6, object, NLM_F_MULTI,
		   BYTES(NFGEN(2, 0), ATTR(45, 2), [8 ... 47] = 'z', 0, 0, 0, 0, ATTR32(3, 7),
			 NEST(12, 4), ATTR16(1, 2)));
	kernel_done(&kernel, 6, 0);
	ct_policy_begin(&l, &handle);
	CHECK_INT(ct_policy_next(&l, &p), 1);
	CHECK_INT(strlen(p.name), CT_POLICY_NAME - 1);
	CHECK_INT(ct_policy_next(&l, &p), 0);
	/* One that fails in another way. */
	kernel_error(&kernel, 7, -EPERM, NULL);
	ct_policy_begin(&l, &handle);
	CHECK_INT(ct_policy_next(&l, &p), -EPERM);
	CHECK_REQUEST(&kernel, 1, get, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 2, objects, NLM_F_DUMP, NFGEN(0, 0));
	for (uint32_t seq = 3; seq <= 7; seq++)
		CHECK_REQUEST(&kernel, seq, seq % 2 ? get : objects, NLM_F_DUMP, NFGEN(0, 0));
	finish();
}

int main(void)
{
	test_whole();
	test_family();
	test_expectations();
	test_pushdown();
	test_no_second_list();
	test_exact();
	test_one();
	test_flush();
	test_flush_mark();
	test_count();
	test_stats();
	test_policies();
	ct_filter_free(&filter);
	return UNIT_END();
}
