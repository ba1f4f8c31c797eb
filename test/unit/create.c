/* Creating entries and expectations in order, against a kernel that is played. */
#include "ct/create.h"

#include <errno.h>

#include "test/unit/kernel.h"

#define CT_GET	CT_MSG(IPCTNL_MSG_CT_GET)
#define CT_NEW	CT_MSG(IPCTNL_MSG_CT_NEW)
#define CT_DEL	CT_MSG(IPCTNL_MSG_CT_DELETE)
#define EXP_GET CT_EXP_MSG(IPCTNL_MSG_EXP_GET)
#define EXP_NEW CT_EXP_MSG(IPCTNL_MSG_EXP_NEW)
#define EXP_DEL CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE)
#define BIRTH	(NLM_F_CREATE | NLM_F_EXCL)

/* The requests for flow n: to make it, to name it, and to update it to what was asked for. */
#define CREATE(n)                                                                                  \
	NFGEN(2, 0), ORIG(n), REPLY(n), ATTR32(CTA_STATUS, IPS_CONFIRMED), ATTR32(CTA_TIMEOUT, 60)
#define NAME(n) NFGEN(2, 0), EXACT(n)
#define UPDATE(n, status)                                                                          \
	NAME(n), ATTR32(CTA_STATUS, (status) | IPS_CONFIRMED), ATTR32(CTA_TIMEOUT, 60)

/* Label 3 and its mask. */
#define LABELS                                                                                     \
	ATTR(20, CTA_LABELS), U32(8), U32(0), U32(0), U32(0), ATTR(20, CTA_LABELS_MASK), U32(8),   \
		U32(0), U32(0), U32(0)

static struct kernel kernel;
static struct ct_creator creator;
static struct {
	unsigned n;
	unsigned long tag[NL_BATCH_MAX];
	uint32_t seq[NL_BATCH_MAX]; /* of the request that was told */
	struct nl_err err[NL_BATCH_MAX];
} told;

static void failed(const struct ct_creation *c, const struct nlmsghdr *request,
		   const struct nl_err *err, void *arg)
{
	CHECK(arg == &told);
	if (told.n == NL_BATCH_MAX)
		abort();
	told.tag[told.n] = c->tag;
	told.seq[told.n] = request->nlmsg_seq;
	told.err[told.n++] = *err;
}

/* A machine where there is no netlink of netfilter will do. */
static void start(bool carry_on)
{
	creator.carry_on = carry_on;
	creator.failed = failed;
	creator.arg = &told;
	(void)ct_creator_open(&creator);
	ct_creator_close(&creator);
	kernel_open(&kernel, &creator.answers.sock);
	told.n = 0;
}

static void finish(unsigned done, unsigned failures)
{
	CHECK_INT(creator.done, done);
	CHECK_INT(creator.failures, failures);
	CHECK_INT(told.n, failures);
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
}

/* The i-th failure that was told. */
static void check_failed(unsigned i, unsigned long tag, int err, const char *text)
{
	CHECK_INT(told.tag[i], tag);
	CHECK_INT(told.err[i].err, err);
	CHECK_STR(told.err[i].text, text);
}

static struct ct_tuple tuple(uint8_t src, uint8_t dst, uint16_t sport, uint16_t dport)
{
	return (struct ct_tuple){.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
				 .l3 = 2,
				 .l4 = 6,
				 .src = {{10, 0, 0, src}},
				 .dst = {{10, 0, 0, dst}},
				 .sport = sport,
				 .dport = dport};
}

static struct ct_create flow(uint8_t n)
{
	struct ct_create c = {.orig = tuple(n, 200, 1000 + n, 80),
			      .reply = tuple(200, n, 80, 1000 + n),
			      .change = {.has = CT_HAS_TIMEOUT, .timeout = 60}};

	return c;
}

/* Adds the flow n, with the tag 100 + n. */
static void add(uint8_t n, bool update)
{
	struct ct_create c = flow(n);

	CHECK_INT(ct_creator_add(&creator, &c, update, 100ul + n), 0);
}

static void add_labelled(uint8_t n, bool update)
{
	struct ct_create c = flow(n);

	c.change.has |= CT_HAS_LABELS;
	c.change.labels.word[0] = c.change.label_mask.word[0] = 8;
	CHECK_INT(ct_creator_add(&creator, &c, update, 100ul + n), 0);
}

/* The flows 1 to n were asked for in one datagram, the requests counting up from 1. */
static void check_created(unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		CHECK_REQUEST(&kernel, i, CT_NEW, BIRTH | (i == n ? NLM_F_ACK : 0), CREATE(i));
	CHECK_INT(kernel.datagrams, 1);
}

static void test_create(void)
{
	start(false);
	for (uint8_t n = 1; n <= 3; n++)
		add(n, n == 2);
	CHECK(!kernel_request(&kernel)); /* nothing is sent before its time */
	kernel_error(&kernel, 3, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	CHECK_INT(ct_creator_flush(&creator), 0); /* nothing is left to be sent */
	check_created(3);
	finish(3, 0);
}

/* Those after the first that fails are taken back, if they were made; those before it stay. */
static void test_rollback(void)
{
	start(false);
	for (uint8_t n = 1; n <= 6; n++)
		add(n, n == 4);
	kernel_error(&kernel, 2, -EINVAL, "no sense");
	kernel_error(&kernel, 4, -EEXIST, NULL); /* is not updated any more */
	kernel_error(&kernel, 6, 0, NULL);
	for (uint32_t seq = 7; seq <= 9; seq++)
		kernel_error(&kernel, seq, seq == 8 ? -ENOENT : 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), -ECANCELED);
	check_failed(0, 102, -EINVAL, "no sense");
	CHECK_INT(told.seq[0], 2);
	check_created(6);
	CHECK_REQUEST(&kernel, 7, CT_DEL, NLM_F_ACK, NAME(3));
	CHECK_REQUEST(&kernel, 8, CT_DEL, NLM_F_ACK, NAME(5));
	CHECK_REQUEST(&kernel, 9, CT_DEL, NLM_F_ACK, NAME(6));
	finish(1, 1);
}

static void test_carry_on(void)
{
	start(true);
	for (uint8_t n = 1; n <= 5; n++)
		add(n, false);
	/* Each is told in the order of adding, whatever that of the answers is. */
	kernel_error(&kernel, 4, -EEXIST, NULL);
	kernel_error(&kernel, 2, -EINVAL, "no sense");
	kernel_error(&kernel, 5, -EBUSY, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_failed(0, 102, -EINVAL, "no sense");
	check_failed(1, 104, -EEXIST, "");
	check_failed(2, 105, -EBUSY, "");
	check_created(5);
	finish(2, 3);

	/* Who may not create. */
	start(true);
	add(1, false);
	add(2, true);
	kernel_error(&kernel, 1, -EPERM, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_failed(0, 101, -EPERM, "");
	check_failed(1, 102, -EPERM, "");
	check_created(2);
	finish(0, 2);
}

/* --- an entry that exists --- */

/* The entry n that the kernel has, as it answers the request seq. */
static void existing(uint32_t seq, const uint8_t *body, size_t len)
{
	kernel_answer(&kernel, seq, CT_NEW, 0, body, len);
	kernel_error(&kernel, seq, 0, NULL);
}

static void test_update(void)
{
	start(false);
	for (uint8_t n = 1; n <= 3; n++)
		add(n, n == 2);
	kernel_error(&kernel, 2, -EEXIST, NULL);
	kernel_error(&kernel, 3, 0, NULL);
	existing(4, BYTES(ENTRY(2, IPS_CONFIRMED | IPS_ASSURED, 5, 2)));
	kernel_error(&kernel, 5, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_created(3);
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 5, CT_NEW, NLM_F_ACK, UPDATE(2, IPS_ASSURED));
	finish(3, 0);
}

/* An existing entry that cannot become what was asked for. */
static void check_refused(const uint8_t *body, size_t len, struct ct_create *c, int want)
{
	const struct nlmsghdr *h;

	start(false);
	CHECK_INT(ct_creator_add(&creator, c, true, 7), 0);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	existing(2, body, len);
	CHECK_INT(ct_creator_flush(&creator), -ECANCELED);
	check_failed(0, 7, want, "");
	h = kernel_request(&kernel);
	CHECK(h && h->nlmsg_type == CT_NEW && h->nlmsg_seq == 1);
	h = kernel_request(&kernel);
	CHECK(h && h->nlmsg_type == CT_GET && h->nlmsg_seq == 2);
	finish(0, 1);
}

static void test_refusals(void)
{
	struct ct_create c = flow(2);

	/* The tuple is that of another entry's reply, or the entry is of another zone. */
	check_refused(BYTES(NFGEN(2, 0), TUPLE(CTA_TUPLE_ORIG, 200, 2, 80, 1002),
			    TUPLE(CTA_TUPLE_REPLY, 2, 200, 1002, 80), ATTR32(CTA_STATUS, 8)),
		      &c, -EEXIST);
	check_refused(BYTES(ENTRY(2, IPS_CONFIRMED, 0, 2), ATTR16(CTA_ZONE, 5)), &c, -EEXIST);
	/* The answer is no entry. */
	check_refused(BYTES(1), &c, -EEXIST);
	/* Its addresses are not translated, or to another one. */
	c.has_nat[0] = true;
	c.nat[0] = (struct ct_net){.addr = {{10, 0, 0, 77}}, .l3 = 2};
	check_refused(BYTES(ENTRY(2, IPS_CONFIRMED, 0, 2)), &c, -EALREADY);
	check_refused(BYTES(NFGEN(2, 0), ORIG(2), TUPLE(CTA_TUPLE_REPLY, 200, 78, 80, 1002),
			    ATTR32(CTA_STATUS, IPS_CONFIRMED | IPS_SRC_NAT)),
		      &c, -EALREADY);
	/* Its reply is not the one that was given. */
	c = flow(2);
	c.reply.sport = 8080;
	c.reply_given = CT_T_SPORT;
	check_refused(BYTES(ENTRY(2, IPS_CONFIRMED, 0, 2)), &c, -EALREADY);
}

/* The NAT is the one that was asked for: the entry is updated. */
static void test_update_with_nat(void)
{
	const uint32_t status = IPS_CONFIRMED | IPS_SRC_NAT;
	struct ct_create c = flow(2);

	c.has_nat[0] = true;
	c.nat[0] = (struct ct_net){.addr = {{10, 0, 0, 77}}, .l3 = 2};
	start(false);
	CHECK_INT(ct_creator_add(&creator, &c, true, 7), 0);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	existing(2, BYTES(NFGEN(2, 0), ORIG(2), TUPLE(CTA_TUPLE_REPLY, 200, 77, 80, 1002),
			  ATTR32(CTA_STATUS, status)));
	kernel_error(&kernel, 3, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	CHECK_REQUEST(&kernel, 1, CT_NEW, BIRTH | NLM_F_ACK, CREATE(2), NEST(12, CTA_NAT_SRC),
		      ATTR(8, CTA_NAT_V4_MINIP), 10, 0, 0, 77);
	CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 3, CT_NEW, NLM_F_ACK, UPDATE(2, status));
	finish(1, 0);
}

/* An entry that goes away meanwhile is made after all; one that comes back is updated. */
static void test_gone(void)
{
	start(false);
	add(1, true);
	add(2, true);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	kernel_error(&kernel, 2, -EEXIST, NULL);
	kernel_error(&kernel, 3, -ENOENT, NULL);
	kernel_error(&kernel, 4, 0, NULL);
	/* The first, sent again, may have made way for the second, which is sent again, too. */
	kernel_error(&kernel, 5, -EEXIST, NULL);
	existing(6, BYTES(ENTRY(2, 0, 0, 2)));
	kernel_error(&kernel, 7, -ENOENT, NULL);
	kernel_error(&kernel, 8, -EEXIST, NULL);
	existing(9, BYTES(ENTRY(2, 0, 0, 2)));
	kernel_error(&kernel, 10, -EBUSY, NULL);
	existing(11, BYTES(ENTRY(2, IPS_ASSURED, 0, 2)));
	kernel_error(&kernel, 12, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_created(2);
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, NAME(1));
	CHECK_REQUEST(&kernel, 4, CT_NEW, BIRTH | NLM_F_ACK, CREATE(1));
	CHECK_REQUEST(&kernel, 5, CT_NEW, BIRTH | NLM_F_ACK, CREATE(2));
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 7, CT_NEW, NLM_F_ACK, UPDATE(2, 0));
	CHECK_REQUEST(&kernel, 8, CT_NEW, BIRTH | NLM_F_ACK, CREATE(2));
	CHECK_REQUEST(&kernel, 9, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 10, CT_NEW, NLM_F_ACK, UPDATE(2, 0));
	CHECK_REQUEST(&kernel, 11, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 12, CT_NEW, NLM_F_ACK, UPDATE(2, IPS_ASSURED));
	finish(2, 0);
}

/* An entry that is always busy is read and updated five times. */
static void test_busy(void)
{
	start(false);
	add(1, true);
	add(2, false);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	kernel_error(&kernel, 2, 0, NULL);
	for (uint32_t i = 0; i < 5; i++) {
		existing(3 + i * 2, BYTES(ENTRY(1, 0, 0, 1)));
		kernel_error(&kernel, 4 + i * 2, -EBUSY, "at work");
	}
	kernel_error(&kernel, 13, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), -ECANCELED);
	check_failed(0, 101, -EBUSY, "at work");
	check_created(2);
	for (uint32_t i = 0; i < 5; i++) {
		CHECK_REQUEST(&kernel, 3 + i * 2, CT_GET, NLM_F_ACK, NAME(1));
		CHECK_REQUEST(&kernel, 4 + i * 2, CT_NEW, NLM_F_ACK, UPDATE(1, 0));
	}
	CHECK_REQUEST(&kernel, 13, CT_DEL, NLM_F_ACK, NAME(2));
	finish(0, 1);
}

/* --- what is given again --- */

static void test_labels(void)
{
	start(true);
	add_labelled(1, false);
	add_labelled(2, false);
	add_labelled(3, false);
	kernel_error(&kernel, 3, 0, NULL);
	kernel_error(&kernel, 4, 0, NULL);
	kernel_error(&kernel, 5, -ENOSPC, "no rule uses labels");
	kernel_error(&kernel, 6, 0, NULL);
	kernel_error(&kernel, 7, -ENOENT, NULL); /* it is gone by now, and was made */
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_failed(0, 102, -ENOSPC, "no rule uses labels");
	for (unsigned i = 1; i <= 3; i++)
		CHECK_REQUEST(&kernel, i, CT_NEW, BIRTH | (i == 3 ? NLM_F_ACK : 0), CREATE(i),
			      LABELS);
	CHECK_REQUEST(&kernel, 4, CT_NEW, NLM_F_ACK, NAME(1), LABELS);
	CHECK_REQUEST(&kernel, 5, CT_NEW, NLM_F_ACK, NAME(2), LABELS);
	CHECK_REQUEST(&kernel, 6, CT_DEL, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 7, CT_NEW, NLM_F_ACK, NAME(3), LABELS);
	finish(2, 1);

	/* The one that is deleted again stood in the way of the next, which is sent again. */
	start(true);
	add_labelled(1, false);
	add(1, false);
	kernel_error(&kernel, 2, -EEXIST, NULL);
	kernel_error(&kernel, 3, -ENOSPC, NULL);
	kernel_error(&kernel, 4, 0, NULL);
	kernel_error(&kernel, 5, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_failed(0, 101, -ENOSPC, "");
	CHECK_REQUEST(&kernel, 1, CT_NEW, BIRTH, CREATE(1), LABELS);
	CHECK_REQUEST(&kernel, 2, CT_NEW, BIRTH | NLM_F_ACK, CREATE(1));
	CHECK_REQUEST(&kernel, 3, CT_NEW, NLM_F_ACK, NAME(1), LABELS);
	CHECK_REQUEST(&kernel, 4, CT_DEL, NLM_F_ACK, NAME(1));
	CHECK_REQUEST(&kernel, 5, CT_NEW, BIRTH | NLM_F_ACK, CREATE(1));
	finish(1, 1);
}

/* An existing entry gets its labels with the update; one that is made after all gets them again, as
 * every new one does. */
static void test_labels_of_existing(void)
{
	start(true);
	add_labelled(1, true);
	add_labelled(2, true);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	kernel_error(&kernel, 2, -EEXIST, NULL);
	existing(3, BYTES(ENTRY(1, 0, 0, 1)));
	kernel_error(&kernel, 4, 0, NULL);
	kernel_error(&kernel, 5, -EEXIST, NULL);
	kernel_error(&kernel, 6, -ENOENT, NULL);
	kernel_error(&kernel, 7, 0, NULL);
	kernel_error(&kernel, 8, -ENOSPC, "no rule uses labels");
	kernel_error(&kernel, 9, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_failed(0, 102, -ENOSPC, "no rule uses labels");
	for (unsigned i = 1; i <= 2; i++)
		CHECK_REQUEST(&kernel, i, CT_NEW, BIRTH | (i == 2 ? NLM_F_ACK : 0), CREATE(i),
			      LABELS);
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, NAME(1));
	CHECK_REQUEST(&kernel, 4, CT_NEW, NLM_F_ACK, UPDATE(1, 0), LABELS);
	CHECK_REQUEST(&kernel, 5, CT_NEW, BIRTH | NLM_F_ACK, CREATE(2), LABELS);
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NAME(2));
	CHECK_REQUEST(&kernel, 7, CT_NEW, BIRTH | NLM_F_ACK, CREATE(2), LABELS);
	CHECK_REQUEST(&kernel, 8, CT_NEW, NLM_F_ACK, NAME(2), LABELS);
	CHECK_REQUEST(&kernel, 9, CT_DEL, NLM_F_ACK, NAME(2));
	finish(1, 1);
}

#define CREATE_EXPECT(n) NFGEN(2, 0), MASTER, EXPECTED(n), EXPECT_MASK

/* An expectation gets its timeout when it is given once more. */
static void test_expectations(void)
{
	struct ct_create_expect x = {.master = tuple(1, 200, 1001, 80),
				     .mask = tuple(255, 255, 65535, 65535),
				     .timeout = 30};

	start(false);
	for (uint8_t n = 2; n <= 4; n++) {
		x.tuple = tuple(n, 200, 1000 + n, 80);
		x.has_timeout = n == 3;
		CHECK_INT(ct_creator_add_expect(&creator, &x, false, n), 0);
	}
	kernel_error(&kernel, 3, 0, NULL);
	kernel_error(&kernel, 4, -EINVAL, "no timeout");
	kernel_answer(&kernel, 5, EXP_NEW, 0, BYTES(EXPECT(3, 33)));
	kernel_error(&kernel, 5, 0, NULL);
	kernel_error(&kernel, 6, -ENOENT, "by that id");
	kernel_error(&kernel, 7, 0, NULL);
	/* Under the mask of another one. */
	kernel_answer(&kernel, 8, EXP_NEW, 0, BYTES(EXPECT(3, 33)));
	kernel_error(&kernel, 8, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), -ECANCELED);
	check_failed(0, 3, -EINVAL, "no timeout");
	CHECK_REQUEST(&kernel, 1, EXP_NEW, BIRTH, CREATE_EXPECT(2));
	CHECK_REQUEST(&kernel, 2, EXP_NEW, BIRTH, CREATE_EXPECT(3), ATTR32(CTA_EXPECT_TIMEOUT, 30));
	CHECK_REQUEST(&kernel, 3, EXP_NEW, BIRTH | NLM_F_ACK, CREATE_EXPECT(4));
	CHECK_REQUEST(&kernel, 4, EXP_NEW, NLM_F_ACK, CREATE_EXPECT(3),
		      ATTR32(CTA_EXPECT_TIMEOUT, 30));
	CHECK_REQUEST(&kernel, 5, EXP_GET, NLM_F_ACK, NFGEN(2, 0), EXPECTED(3));
	CHECK_REQUEST(&kernel, 6, EXP_DEL, NLM_F_ACK, NFGEN(2, 0), EXPECTED(3),
		      ATTR32(CTA_EXPECT_ID, 33));
	CHECK_REQUEST(&kernel, 7, EXP_DEL, NLM_F_ACK, NFGEN(2, 0), EXPECTED(3));
	CHECK_REQUEST(&kernel, 8, EXP_GET, NLM_F_ACK, NFGEN(2, 0), EXPECTED(4));
	finish(1, 1);
}

/* --- many --- */

/* A batch is sent when there is no room for the next; adding tells when it has failed. */
static void test_many(void)
{
	struct ct_create c = flow(200);

	start(false);
	for (unsigned i = 0; i < NL_BATCH_MAX; i++)
		add((uint8_t)i, false);
	kernel_error(&kernel, NL_BATCH_MAX, 0, NULL);
	add(NL_BATCH_MAX, false);
	CHECK_INT(creator.done, NL_BATCH_MAX);
	for (unsigned i = 1; i < NL_BATCH_MAX; i++)
		add((uint8_t)(NL_BATCH_MAX + i), false);
	kernel_error(&kernel, NL_BATCH_MAX * 2, -ENOMEM, "no room");
	CHECK_INT(ct_creator_add(&creator, &c, false, 1), -ECANCELED);
	check_failed(0, 100 + NL_BATCH_MAX * 2 - 1, -ENOMEM, "no room");
	for (unsigned i = 0; i < NL_BATCH_MAX * 2; i++)
		CHECK_REQUEST(&kernel, i + 1, CT_NEW,
			      BIRTH | (i % NL_BATCH_MAX == NL_BATCH_MAX - 1 ? NLM_F_ACK : 0),
			      CREATE(i));
	CHECK_INT(kernel.datagrams, 2);
	finish(NL_BATCH_MAX * 2 - 1, 1);
}

/* One that cannot be said is not sent, and harms no other. */
static void test_too_long(void)
{
	static const char name[65536];
	struct ct_create c = flow(9);

	c.change.has |= CT_HAS_HELPER;
	c.change.helper = (struct nl_str){name, sizeof(name)};
	start(false);
	add(1, false);
	CHECK_INT(ct_creator_add(&creator, &c, false, 9), -EMSGSIZE);
	add(2, false);
	kernel_error(&kernel, 2, 0, NULL);
	CHECK_INT(ct_creator_flush(&creator), 0);
	check_created(2);
	finish(2, 0);
}

int main(void)
{
	test_create();
	test_rollback();
	test_carry_on();
	test_update();
	test_refusals();
	test_update_with_nat();
	test_gone();
	test_busy();
	test_labels();
	test_labels_of_existing();
	test_expectations();
	test_many();
	test_too_long();
	return UNIT_END();
}
