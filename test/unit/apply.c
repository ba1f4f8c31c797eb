/* Deleting, updating and zeroing what was listed, against a kernel that is played. */
#include "ct/apply.h"

#include <errno.h>

#include "test/unit/kernel.h"

#define CT_GET	CT_MSG(IPCTNL_MSG_CT_GET)
#define CT_NEW	CT_MSG(IPCTNL_MSG_CT_NEW)
#define CT_DEL	CT_MSG(IPCTNL_MSG_CT_DELETE)
#define EXP_GET CT_EXP_MSG(IPCTNL_MSG_EXP_GET)
#define EXP_NEW CT_EXP_MSG(IPCTNL_MSG_EXP_NEW)
#define EXP_DEL CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE)

static struct kernel kernel;
static struct ct_apply apply;
static struct ct_filter filter;
static struct ct_change change;
static uint32_t listed[NL_BATCH_MAX + 2][64];
static struct {
	unsigned n;
	uint32_t id[NL_BATCH_MAX + 2], mark[NL_BATCH_MAX + 2];
} told;

static void changed(const struct nlmsghdr *h, void *arg)
{
	struct nl_attr a;

	CHECK(arg == &told);
	if (told.n == NL_BATCH_MAX + 2)
		abort();
	told.mark[told.n] = told.id[told.n] = 0;
	if (nl_find(nl_attrs(h, NL_NFGEN_LEN), h->nlmsg_type == EXP_NEW ? CTA_EXPECT_ID : CTA_ID, 4,
		    &a))
		told.id[told.n] = nl_get_be32(a.data);
	if (h->nlmsg_type == CT_NEW && nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_MARK, 4, &a))
		told.mark[told.n] = nl_get_be32(a.data);
	told.n++;
}

/* The message that was listed for entry n, with mark 1 and id n. */
static const struct nlmsghdr *entry(uint8_t n)
{
	kernel_message(listed[n], CT_NEW, 0, 0, 0,
		       BYTES(ENTRY(n, IPS_CONFIRMED | IPS_SEEN_REPLY, 1, n)));
	return (const struct nlmsghdr *)listed[n];
}

static const struct nlmsghdr *expectation(uint8_t n)
{
	kernel_message(listed[n], EXP_NEW, 0, 0, 0, BYTES(EXPECT(n, n)));
	return (const struct nlmsghdr *)listed[n];
}

/* A machine where there is no netlink of netfilter will do. */
static void start(enum ct_action action)
{
	apply.action = action;
	apply.changed = changed;
	apply.arg = &told;
	apply.change = &change;
	apply.filter = NULL;
	apply.dry_run = false;
	(void)ct_apply_open(&apply);
	ct_apply_close(&apply);
	kernel_open(&kernel, &apply.answers.sock);
	told.n = 0;
	change = (struct ct_change){.has = CT_HAS_MARK, .mark = 9, .mark_mask = UINT32_MAX};
}

/* Checks the outcome: how many were changed, how many failed, and the first error. */
static void finish(unsigned done, unsigned failed, int err, const char *text)
{
	CHECK_INT(apply.done, done);
	CHECK_INT(told.n, done);
	CHECK_INT(apply.failed, failed);
	CHECK_INT(apply.error.err, err);
	CHECK_STR(apply.error.text, text);
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
	ct_filter_reset(&filter);
}

static void add_entries(unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		ct_apply_add(&apply, entry((uint8_t)i));
}

/* --- deletion --- */

#define DELETE(n) NFGEN(2, 0), EXACT(n), ATTR32(CTA_ID, n)

static void test_delete(void)
{
	start(CT_DELETE);
	add_entries(3);
	CHECK(!kernel_request(&kernel)); /* nothing is sent before its time */
	CHECK_INT(told.n, 0);
	kernel_error(&kernel, 3, 0, NULL);
	ct_apply_flush(&apply);
	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(told.id[i], i + 1);
	ct_apply_flush(&apply); /* nothing is left to be sent */
	ct_apply_add(&apply, entry(4));
	kernel_error(&kernel, 4, 0, NULL);
	ct_apply_flush(&apply);
	CHECK_INT(told.id[3], 4);
	CHECK_REQUEST(&kernel, 1, CT_DEL, 0, DELETE(1));
	CHECK_REQUEST(&kernel, 2, CT_DEL, 0, DELETE(2));
	CHECK_REQUEST(&kernel, 3, CT_DEL, NLM_F_ACK, DELETE(3));
	CHECK_REQUEST(&kernel, 4, CT_DEL, NLM_F_ACK, DELETE(4));
	CHECK_INT(kernel.datagrams, 2);
	finish(4, 0, 0, "");
}

/* One that has gone is passed over. Others that fail are counted, and the first is kept with the
 * kernel's words; a deletion is not tried again. */
static void test_delete_failures(void)
{
	start(CT_DELETE);
	add_entries(6);
	kernel_error(&kernel, 1, -ENOENT, NULL);
	kernel_error(&kernel, 3, -EBUSY, "at work");
	kernel_error(&kernel, 5, -EINVAL, "no sense");
	kernel_error(&kernel, 6, -ENOENT, NULL);
	ct_apply_flush(&apply);
	CHECK_INT(told.id[0], 2);
	CHECK_INT(told.id[1], 4);
	for (unsigned i = 1; i <= 6; i++)
		CHECK_REQUEST(&kernel, i, CT_DEL, i == 6 ? NLM_F_ACK : 0, DELETE(i));
	finish(2, 2, -EBUSY, "at work");

	/* Who may not delete. */
	start(CT_DELETE);
	add_entries(3);
	kernel_error(&kernel, 1, -EPERM, NULL);
	ct_apply_flush(&apply);
	for (unsigned i = 1; i <= 3; i++)
		CHECK_REQUEST(&kernel, i, CT_DEL, i == 3 ? NLM_F_ACK : 0, DELETE(i));
	finish(0, 3, -EPERM, "");

	/* The answer is missing. */
	start(CT_DELETE);
	add_entries(1);
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_DEL, NLM_F_ACK, DELETE(1));
	finish(0, 1, -EIO, "");
}

/* An entry without a tuple or an id is never deleted: the request could empty the table. */
static void test_unnamed(void)
{
	start(CT_DELETE);
	kernel_message(listed[1], CT_NEW, 0, 0, 0, BYTES(NFGEN(2, 0), ATTR32(CTA_ID, 1)));
	kernel_message(listed[2], CT_NEW, 0, 0, 0, BYTES(NFGEN(2, 0), ORIG(2)));
	kernel_message(listed[3], CT_NEW, 0, 0, 0, BYTES(1));
	for (unsigned i = 1; i <= 3; i++)
		ct_apply_add(&apply, (const struct nlmsghdr *)listed[i]);
	ct_apply_flush(&apply);
	finish(0, 3, -EINVAL, "");
	/* Nor is anything sent for it between others. */
	start(CT_DELETE);
	ct_apply_add(&apply, entry(2));
	ct_apply_add(&apply, (const struct nlmsghdr *)listed[1]);
	ct_apply_add(&apply, entry(3));
	kernel_error(&kernel, 2, 0, NULL);
	ct_apply_flush(&apply);
	CHECK_INT(told.id[0], 2);
	CHECK_INT(told.id[1], 3);
	CHECK_REQUEST(&kernel, 1, CT_DEL, 0, DELETE(2));
	CHECK_REQUEST(&kernel, 2, CT_DEL, NLM_F_ACK, DELETE(3));
	finish(2, 1, -EINVAL, "");
}

static void test_many(void)
{
	const unsigned n = NL_BATCH_MAX + 2;

	start(CT_DELETE);
	for (unsigned i = 0; i < n; i++) {
		kernel_message(listed[i], CT_NEW, 0, 0, 0, BYTES(ENTRY(i, 0, 1, i)));
		/* The first batch is sent when the item after it comes. */
		if (i == NL_BATCH_MAX) {
			CHECK_INT(told.n, 0);
			kernel_error(&kernel, NL_BATCH_MAX, 0, NULL);
		}
		ct_apply_add(&apply, (const struct nlmsghdr *)listed[i]);
	}
	CHECK_INT(told.n, NL_BATCH_MAX);
	kernel_error(&kernel, n, 0, NULL);
	ct_apply_flush(&apply);
	for (unsigned i = 0; i < n; i++) {
		CHECK_INT(told.id[i], i);
		CHECK_REQUEST(&kernel, i + 1, CT_DEL,
			      i == NL_BATCH_MAX - 1 || i == n - 1 ? NLM_F_ACK : 0, DELETE(i));
	}
	CHECK_INT(kernel.datagrams, 2);
	finish(n, 0, 0, "");
}

static void test_dry_run(void)
{
	start(CT_DELETE);
	apply.dry_run = true;
	add_entries(2);
	CHECK_INT(told.id[0], 1);
	CHECK_INT(told.id[1], 2);
	ct_apply_flush(&apply);
	finish(2, 0, 0, "");
}

/* --- expectations --- */

#define EXP_NAME(n) NFGEN(2, 0), EXPECTED(n)

static void test_expectations(void)
{
	start(CT_DELETE);
	for (uint8_t n = 2; n <= 6; n++)
		ct_apply_add(&apply, expectation(n));
	kernel_error(&kernel, 2, -ENOENT, "by that id");
	kernel_error(&kernel, 3, -ENOENT, NULL);
	kernel_error(&kernel, 4, -ENOENT, NULL);
	kernel_error(&kernel, 5, -ENOENT, NULL);
	/* The second is still there, and deleted without a look at its id. */
	kernel_answer(&kernel, 6, EXP_NEW, 0, BYTES(EXPECT(3, 3)));
	kernel_error(&kernel, 6, 0, NULL);
	kernel_error(&kernel, 7, 0, NULL);
	/* The third has gone, the fourth is another one by now. */
	kernel_error(&kernel, 8, -ENOENT, NULL);
	kernel_answer(&kernel, 9, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(4, 99)));
	kernel_done(&kernel, 9, 0);
	kernel_answer(&kernel, 10, EXP_NEW, 0, BYTES(EXPECT(5, 99)));
	kernel_error(&kernel, 10, 0, NULL);
	kernel_done(&kernel, 11, 0);
	/* The fifth is there, but may not be deleted. */
	kernel_answer(&kernel, 12, EXP_NEW, 0, BYTES(EXPECT(6, 6)));
	kernel_error(&kernel, 12, 0, NULL);
	kernel_error(&kernel, 13, -EPERM, "not that one");
	ct_apply_flush(&apply);
	CHECK_INT(told.id[0], 2);
	CHECK_INT(told.id[1], 3);
	for (unsigned i = 1; i <= 5; i++)
		CHECK_REQUEST(&kernel, i, EXP_DEL, i == 5 ? NLM_F_ACK : 0, EXP_NAME(i + 1),
			      ATTR32(CTA_EXPECT_ID, i + 1));
	CHECK_REQUEST(&kernel, 6, EXP_GET, NLM_F_ACK, EXP_NAME(3));
	CHECK_REQUEST(&kernel, 7, EXP_DEL, NLM_F_ACK, EXP_NAME(3));
	CHECK_REQUEST(&kernel, 8, EXP_GET, NLM_F_ACK, EXP_NAME(4));
	CHECK_REQUEST(&kernel, 9, EXP_GET, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 10, EXP_GET, NLM_F_ACK, EXP_NAME(5));
	CHECK_REQUEST(&kernel, 11, EXP_GET, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_REQUEST(&kernel, 12, EXP_GET, NLM_F_ACK, EXP_NAME(6));
	CHECK_REQUEST(&kernel, 13, EXP_DEL, NLM_F_ACK, EXP_NAME(6));
	finish(2, 1, -EPERM, "not that one");
}

/* One that no request finds, and that is listed all the same, is of a zone. */
static void test_expectation_in_zone(void)
{
	start(CT_DELETE);
	ct_apply_add(&apply, expectation(2));
	kernel_error(&kernel, 1, -ENOENT, NULL);
	kernel_error(&kernel, 2, -ENOENT, NULL);
	kernel_answer(&kernel, 3, EXP_NEW, NLM_F_MULTI, BYTES(EXPECT(2, 2)));
	kernel_done(&kernel, 3, 0);
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, EXP_DEL, NLM_F_ACK, EXP_NAME(2), ATTR32(CTA_EXPECT_ID, 2));
	CHECK_REQUEST(&kernel, 2, EXP_GET, NLM_F_ACK, EXP_NAME(2));
	CHECK_REQUEST(&kernel, 3, EXP_GET, NLM_F_DUMP, NFGEN(0, 0));
	finish(0, 1, -EXDEV, "");
}

/* --- update --- */

#define SET_MARK(n) NFGEN(2, 0), EXACT(n), ATTR32(CTA_MARK, 9)

/* Entry n as it is when it is read again. */
static void fresh(uint32_t seq, uint8_t n, uint32_t status, uint32_t mark, uint32_t id)
{
	kernel_answer(&kernel, seq, CT_NEW, 0, BYTES(ENTRY(n, status, mark, id)));
	kernel_error(&kernel, seq, 0, NULL);
}

static void test_update(void)
{
	start(CT_UPDATE);
	add_entries(3);
	kernel_error(&kernel, 1, -ENOENT, NULL); /* gone */
	kernel_error(&kernel, 2, -EOPNOTSUPP, "not here");
	kernel_error(&kernel, 3, 0, NULL);
	fresh(4, 2, 0, 1, 2); /* the kernel has zones: it is something else that it cannot do */
	ct_apply_flush(&apply);
	CHECK_INT(told.id[0], 3);
	CHECK_INT(told.mark[0], 1); /* as it was before */
	CHECK_REQUEST(&kernel, 1, CT_NEW, 0, SET_MARK(1));
	CHECK_REQUEST(&kernel, 2, CT_NEW, 0, SET_MARK(2));
	CHECK_REQUEST(&kernel, 3, CT_NEW, NLM_F_ACK, SET_MARK(3));
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(2));
	finish(1, 1, -EOPNOTSUPP, "not here");
}

#define SET_STATUS(n, status) NFGEN(2, 0), EXACT(n), ATTR32(CTA_STATUS, status)

/* An entry whose status has changed is read again, and gets the bits that it has by now. */
static void test_retry(void)
{
	const uint32_t was = IPS_CONFIRMED | IPS_SEEN_REPLY, is = was | IPS_ASSURED;

	start(CT_UPDATE);
	change = (struct ct_change){.has = CT_HAS_STATUS, .status = IPS_FIXED_TIMEOUT};
	add_entries(3);
	kernel_error(&kernel, 1, -EBUSY, NULL);
	kernel_error(&kernel, 2, -EBUSY, NULL);
	kernel_error(&kernel, 3, 0, NULL);
	fresh(4, 1, is, 5, 1);
	kernel_error(&kernel, 5, 0, NULL);
	fresh(6, 2, is, 6, 2);
	kernel_error(&kernel, 7, -EBUSY, NULL);
	fresh(8, 2, was, 7, 2);
	kernel_error(&kernel, 9, 0, NULL);
	ct_apply_flush(&apply);
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t marks[] = {5, 7, 1}; /* of the message that was read last */

		CHECK_INT(told.id[i], i + 1);
		CHECK_INT(told.mark[i], marks[i]);
		CHECK_REQUEST(&kernel, i + 1, CT_NEW, i == 2 ? NLM_F_ACK : 0,
			      SET_STATUS(i + 1, was | IPS_FIXED_TIMEOUT));
	}
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(1));
	CHECK_REQUEST(&kernel, 5, CT_NEW, NLM_F_ACK, SET_STATUS(1, is | IPS_FIXED_TIMEOUT));
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(2));
	CHECK_REQUEST(&kernel, 7, CT_NEW, NLM_F_ACK, SET_STATUS(2, is | IPS_FIXED_TIMEOUT));
	CHECK_REQUEST(&kernel, 8, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(2));
	CHECK_REQUEST(&kernel, 9, CT_NEW, NLM_F_ACK, SET_STATUS(2, was | IPS_FIXED_TIMEOUT));
	finish(3, 0, 0, "");
}

/* An entry that is always busy is tried six times in all. */
static void test_retry_limit(void)
{
	start(CT_UPDATE);
	add_entries(1);
	kernel_error(&kernel, 1, -EBUSY, "first");
	for (uint32_t i = 0; i < 5; i++) {
		fresh(2 + i * 2, 1, 0, 1, 1);
		kernel_error(&kernel, 3 + i * 2, -EBUSY, i == 4 ? "last" : "between");
	}
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_NEW, NLM_F_ACK, SET_MARK(1));
	for (uint32_t i = 0; i < 5; i++) {
		CHECK_REQUEST(&kernel, 2 + i * 2, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(1));
		CHECK_REQUEST(&kernel, 3 + i * 2, CT_NEW, NLM_F_ACK, SET_MARK(1));
	}
	finish(0, 1, -EBUSY, "last");
}

/* An entry is changed only while it is the one that was listed and meets the conditions. */
static void test_retry_of_others(void)
{
	struct ct_cond mark = {.field = CT_F_MARK, .bits = {1, UINT32_MAX}};

	start(CT_UPDATE);
	CHECK_INT(ct_filter_add(&filter, &mark), 0);
	CHECK_INT(ct_filter_compile(&filter), 0);
	apply.filter = &filter;
	add_entries(5);
	for (unsigned i = 1; i <= 5; i++)
		kernel_error(&kernel, i, -EBUSY, "at work");
	fresh(6, 1, 0, 1, 77); /* replaced by another one */
	fresh(7, 2, 0, 2, 2);  /* does not match any more */
	kernel_error(&kernel, 8, -ENOENT, "gone");
	fresh(9, 4, 0, 1, 4);
	kernel_error(&kernel, 10, -ENOENT, "gone between");
	kernel_error(&kernel, 11, -EPERM, "hidden");
	ct_apply_flush(&apply);
	for (unsigned i = 1; i <= 5; i++)
		CHECK_REQUEST(&kernel, i, CT_NEW, i == 5 ? NLM_F_ACK : 0, SET_MARK(i));
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(1));
	CHECK_REQUEST(&kernel, 7, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(2));
	CHECK_REQUEST(&kernel, 8, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(3));
	CHECK_REQUEST(&kernel, 9, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(4));
	CHECK_REQUEST(&kernel, 10, CT_NEW, NLM_F_ACK, SET_MARK(4));
	CHECK_REQUEST(&kernel, 11, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(5));
	finish(0, 1, -EPERM, "hidden");
}

/* --- entries in a zone of both directions, which have no exact name --- */

/* The message that was listed for entry n in zone 5. */
static const struct nlmsghdr *zoned(uint8_t n)
{
	kernel_message(listed[n], CT_NEW, 0, 0, 0,
		       BYTES(ENTRY(n, IPS_CONFIRMED, 1, n), ATTR16(CTA_ZONE, 5)));
	return (const struct nlmsghdr *)listed[n];
}

/* The names of entry n, and looks for what they may find instead. */
#define NAME_ORIG_ZONE(n)  NFGEN(2, 0), ORIG_IN(CTA_TUPLE_ORIG, n, 5)
#define NAME_ORIG(n)	   NFGEN(2, 0), ORIG(n), ATTR16(CTA_ZONE, 5)
#define NAME_REPLY(n)	   NFGEN(2, 0), REPLY(n), ATTR16(CTA_ZONE, 5)
#define NAME_REPLY_ZONE(n) NFGEN(2, 0), REPLY_IN(CTA_TUPLE_REPLY, n, 5)
#define MIRROR(n)	   NFGEN(2, 0), ORIG_IN(CTA_TUPLE_ORIG, n, CT_ZONE_UNUSED)
#define MIRROR_AGAIN(n)	   NFGEN(2, 0), ORIG_IN(CTA_TUPLE_ORIG, n, CT_ZONE_UNUSED - 2)
#define ORIG_MIRROR(n)	   NFGEN(2, 0), ORIG_IN(CTA_TUPLE_REPLY, n, 5)
#define REPLY_MIRROR(n)	   NFGEN(2, 0), REPLY_IN(CTA_TUPLE_REPLY, n, CT_ZONE_UNUSED)

/* Before an update another look excludes that a name finds another entry. */
static void test_zoned_update(void)
{
	start(CT_UPDATE);
	ct_apply_add(&apply, zoned(1));
	ct_apply_add(&apply, zoned(2));
	ct_apply_add(&apply, entry(3));
	kernel_error(&kernel, 1, -ENOENT, NULL);
	for (uint32_t seq = 2; seq <= 4; seq++)
		fresh(seq, 9, 0, 1, 9);
	kernel_error(&kernel, 5, -ENOENT, NULL);
	kernel_answer(&kernel, 6, CT_NEW, 0, BYTES(ENTRY(2, 0, 1, 2), ATTR16(CTA_ZONE, 5)));
	kernel_error(&kernel, 6, 0, NULL);
	kernel_error(&kernel, 9, 0, NULL);
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_GET, 0, MIRROR(1));
	CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_ACK, MIRROR(2));
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, MIRROR(2));
	CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, MIRROR_AGAIN(2));
	CHECK_REQUEST(&kernel, 5, CT_GET, NLM_F_ACK, ORIG_MIRROR(2));
	CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, NAME_ORIG(2));
	CHECK_REQUEST(&kernel, 7, CT_NEW, 0, NAME_ORIG_ZONE(1), ATTR32(CTA_MARK, 9));
	CHECK_REQUEST(&kernel, 8, CT_NEW, 0, NAME_ORIG(2), ATTR32(CTA_MARK, 9));
	CHECK_REQUEST(&kernel, 9, CT_NEW, NLM_F_ACK, SET_MARK(3));
	finish(3, 0, 0, "");
}

/* Where the first name may find another entry, the one without a mirror image is taken; without one
 * nothing is changed. An entry that is its own image is no other one. */
static void test_zoned_in_front(void)
{
	for (unsigned i = 0; i < 3; i++) {
		start(CT_UPDATE);
		ct_apply_add(&apply, zoned(1));
		for (uint32_t seq = 1; seq <= (i ? 5 : 7); seq++)
			fresh(seq, 9, 0, 1, 9);
		if (i == 1)
			kernel_error(&kernel, 6, -ENOENT, NULL);
		for (uint32_t seq = 8 - i; i && seq <= 7; seq++) {
			kernel_answer(&kernel, seq, CT_NEW, 0,
				      BYTES(ENTRY(1, 0, 1, 1), ATTR16(CTA_ZONE, 5)));
			kernel_error(&kernel, seq, 0, NULL);
		}
		if (i)
			kernel_error(&kernel, 8, 0, NULL);
		ct_apply_flush(&apply);
		CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_ACK, MIRROR(1));
		CHECK_REQUEST(&kernel, 2, CT_GET, NLM_F_ACK, MIRROR(1));
		CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, MIRROR_AGAIN(1));
		CHECK_REQUEST(&kernel, 4, CT_GET, NLM_F_ACK, ORIG_MIRROR(1));
		CHECK_REQUEST(&kernel, 5, CT_GET, NLM_F_ACK, ORIG_MIRROR(1));
		CHECK_REQUEST(&kernel, 6, CT_GET, NLM_F_ACK, REPLY_MIRROR(1));
		CHECK(i || kernel_request(&kernel));
		if (i) {
			CHECK_REQUEST(&kernel, 7, CT_GET, NLM_F_ACK, NAME_REPLY_ZONE(1));
			CHECK_REQUEST(&kernel, 8, CT_NEW, NLM_F_ACK, NAME_REPLY_ZONE(1),
				      ATTR32(CTA_MARK, 9));
		}
		finish(i != 0, !i, i ? 0 : -ENOTUNIQ, "");
	}
}

/* A deletion is safe by the id; one that finds nothing is tried by the other names. */
static void test_zoned_delete(void)
{
	const uint32_t id = 1;

	start(CT_DELETE);
	ct_apply_add(&apply, zoned(1));
	kernel_error(&kernel, 1, -ENOENT, NULL);
	kernel_error(&kernel, 2, -ENOENT, NULL);
	kernel_error(&kernel, 3, 0, NULL);
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_DEL, NLM_F_ACK, NAME_ORIG_ZONE(1), ATTR32(CTA_ID, id));
	CHECK_REQUEST(&kernel, 2, CT_DEL, NLM_F_ACK, NAME_ORIG(1), ATTR32(CTA_ID, id));
	CHECK_REQUEST(&kernel, 3, CT_DEL, NLM_F_ACK, NAME_REPLY(1), ATTR32(CTA_ID, id));
	finish(1, 0, 0, "");

	/* It is gone when one of the names finds nothing at all. */
	for (unsigned i = 0; i < 2; i++) {
		start(CT_DELETE);
		ct_apply_add(&apply, zoned(1));
		for (uint32_t seq = 1; seq <= 4; seq++)
			kernel_error(&kernel, seq, -ENOENT, NULL);
		for (uint32_t seq = 5; seq <= (i ? 10 : 6); seq++)
			if (i)
				fresh(seq, 9, 0, 1, 9);
			else
				kernel_error(&kernel, seq, -ENOENT, NULL);
		ct_apply_flush(&apply);
		for (unsigned k = 0; k < (i ? 10 : 6); k++)
			CHECK(kernel_request(&kernel));
		finish(0, i, i ? -ENOTUNIQ : 0, "");
	}
}

/* A kernel without zones takes no zone in a tuple. */
static void test_no_zones(void)
{
	start(CT_DELETE);
	add_entries(2);
	kernel_error(&kernel, 1, -EOPNOTSUPP, NULL);
	kernel_error(&kernel, 2, -EOPNOTSUPP, NULL);
	kernel_error(&kernel, 3, -EOPNOTSUPP, NULL);
	for (uint32_t seq = 4; seq <= 6; seq++)
		kernel_error(&kernel, seq, 0, NULL);
	ct_apply_flush(&apply);
	ct_apply_add(&apply, entry(3));
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_DEL, 0, DELETE(1));
	CHECK_REQUEST(&kernel, 2, CT_DEL, NLM_F_ACK, DELETE(2));
	CHECK_REQUEST(&kernel, 3, CT_GET, NLM_F_ACK, NFGEN(2, 0), EXACT(1));
	for (unsigned i = 1; i <= 3; i++)
		CHECK_REQUEST(&kernel, i + 3, CT_DEL, NLM_F_ACK, NFGEN(2, 0), ORIG(i),
			      ATTR32(CTA_ID, i));
	finish(3, 0, 0, "");
}

/* Of one zone in the original direction there is no exact name, of one in the reply there is. */
static void test_one_direction(void)
{
	start(CT_UPDATE);
	kernel_message(listed[1], CT_NEW, 0, 0, 0,
		       BYTES(NFGEN(2, 0), ORIG_IN(CTA_TUPLE_ORIG, 1, 5), REPLY(1),
			     ATTR32(CTA_ID, 1)));
	kernel_message(listed[2], CT_NEW, 0, 0, 0,
		       BYTES(NFGEN(2, 0), ORIG(2), REPLY_IN(CTA_TUPLE_REPLY, 2, 5),
			     ATTR32(CTA_ID, 2)));
	for (unsigned i = 1; i <= 2; i++)
		ct_apply_add(&apply, (const struct nlmsghdr *)listed[i]);
	kernel_error(&kernel, 1, -ENOENT, NULL);
	kernel_error(&kernel, 3, 0, NULL);
	ct_apply_flush(&apply);
	CHECK_REQUEST(&kernel, 1, CT_GET, NLM_F_ACK, NFGEN(2, 0),
		      TUPLE_OF(68, CTA_TUPLE_ORIG, 1, 200, 1001, 80), ATTR16(CTA_TUPLE_ZONE, 5),
		      ATTR16(CTA_TUPLE_ZONE, CT_ZONE_UNUSED));
	CHECK_REQUEST(&kernel, 2, CT_NEW, 0, NFGEN(2, 0),
		      TUPLE_OF(68, CTA_TUPLE_ORIG, 1, 200, 1001, 80), ATTR16(CTA_TUPLE_ZONE, 5),
		      ATTR16(CTA_TUPLE_ZONE, 5), ATTR32(CTA_MARK, 9));
	CHECK_REQUEST(&kernel, 3, CT_NEW, NLM_F_ACK, SET_MARK(2));
	finish(2, 0, 0, "");
}

/* --- counters --- */

static void test_zero(void)
{
	start(CT_ZERO);
	add_entries(4);
	kernel_answer(&kernel, 1, CT_NEW, 0, BYTES(ENTRY(1, 0, 11, 1)));
	kernel_error(&kernel, 2, -ENOENT, NULL);
	kernel_answer(&kernel, 3, CT_NEW, 0, BYTES(ENTRY(3, 0, 33, 3)));
	kernel_error(&kernel, 4, -EBUSY, "at work");
	ct_apply_flush(&apply);
	/* The caller is told the answer, which holds the counters up to then. */
	CHECK_INT(told.id[0], 1);
	CHECK_INT(told.mark[0], 11);
	CHECK_INT(told.id[1], 3);
	CHECK_INT(told.mark[1], 33);
	for (unsigned i = 1; i <= 4; i++)
		CHECK_REQUEST(&kernel, i, CT_MSG(IPCTNL_MSG_CT_GET_CTRZERO), i == 4 ? NLM_F_ACK : 0,
			      NFGEN(2, 0), EXACT(i));
	finish(2, 1, -EBUSY, "at work");
}

/* --- a whole table --- */

static struct kernel lister;
static struct ct_handle handle;
static unsigned datagrams, enough;

static bool go_on(void *arg)
{
	CHECK(arg == &told);
	return datagrams++ < enough;
}

static void list(uint32_t seq)
{
	for (uint8_t n = 1; n <= 3; n++) {
		kernel_put(&lister, seq, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(n, 0, 1, n)));
		if (n != 2)
			kernel_flush(&lister);
	}
}

static void test_table(void)
{
	struct nl_err err;

	kernel_open(&lister, &handle.sock);
	start(CT_DELETE);
	/* A list that is broken off: what came before has been deleted. */
	list(1);
	kernel_done(&lister, 1, -EIO);
	kernel_error(&kernel, 1, 0, NULL);
	kernel_error(&kernel, 3, 0, NULL);
	enough = 10;
	CHECK_INT(ct_apply_table(&apply, &handle, CT_TABLE_CONNTRACK, go_on, &err), -EIO);
	CHECK_INT(err.err, -EIO);
	CHECK_INT(datagrams, 3);
	CHECK_REQUEST(&kernel, 1, CT_DEL, NLM_F_ACK, DELETE(1));
	CHECK_REQUEST(&kernel, 2, CT_DEL, 0, DELETE(2));
	CHECK_REQUEST(&kernel, 3, CT_DEL, NLM_F_ACK, DELETE(3));
	CHECK_REQUEST(&lister, 1, CT_GET, NLM_F_DUMP, NFGEN(0, 0));
	CHECK_QUIET(&lister);
	/* The caller has had enough before the second datagram. */
	list(2);
	kernel_error(&kernel, 4, -EBUSY, "at work");
	enough = 1;
	datagrams = 0;
	CHECK_INT(ct_apply_table(&apply, &handle, CT_TABLE_CONNTRACK, go_on, &err), 0);
	CHECK_INT(datagrams, 2);
	CHECK_REQUEST(&kernel, 4, CT_DEL, NLM_F_ACK, DELETE(1));
	kernel_close(&lister);
	finish(3, 1, -EBUSY, "at work");
}

/* A dump that repeats entries: each is updated and told once. In another list it is new. */
static void test_twice(void)
{
	static const uint8_t lists[][8] = {{1, 2, 3}, {2, 3, 4, 4}, {1, 5}};
	struct nl_err err;
	uint32_t seq = 1;

	kernel_open(&lister, &handle.sock);
	start(CT_UPDATE);
	for (unsigned i = 0; i < 3; i++) {
		for (const uint8_t *n = lists[i]; *n; n++)
			kernel_put(&lister, 1, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(*n, 0, 1, *n)));
		kernel_flush(&lister);
	}
	kernel_done(&lister, 1, 0);
	kernel_error(&kernel, 3, 0, NULL);
	kernel_error(&kernel, 4, 0, NULL);
	kernel_error(&kernel, 5, 0, NULL);
	CHECK_INT(ct_apply_table(&apply, &handle, CT_TABLE_CONNTRACK, NULL, &err), 0);
	for (; seq <= 5; seq++)
		CHECK_REQUEST(&kernel, seq, CT_NEW, seq >= 3 ? NLM_F_ACK : 0, SET_MARK(seq));
	kernel_put(&lister, 2, CT_NEW, NLM_F_MULTI, BYTES(ENTRY(1, 0, 1, 1)));
	kernel_flush(&lister);
	kernel_done(&lister, 2, 0);
	kernel_error(&kernel, 6, 0, NULL);
	CHECK_INT(ct_apply_table(&apply, &handle, CT_TABLE_CONNTRACK, NULL, &err), 0);
	CHECK_REQUEST(&kernel, 6, CT_NEW, NLM_F_ACK, SET_MARK(1));
	kernel_close(&lister);
	finish(6, 0, 0, "");
}

/* An item among the last CT_ONCE_ROOM - 1 is remembered. */
static void test_once(void)
{
	static const uint8_t bytes[2][48] = {{1}, {2}};
	const struct nl_attr tuple[2] = {{.data = bytes[0], .len = 48},
					 {.data = bytes[1], .len = 48}};
	static struct ct_once once;

	ct_once_reset(&once);
	for (uint32_t i = 0; i < 3 * CT_ONCE_ROOM; i++) {
		CHECK(ct_once_add(&once, i, &tuple[0]));
		CHECK(ct_once_add(&once, i, &tuple[1]));
		for (uint32_t k = i; k + CT_ONCE_ROOM / 2 > i + 1 && k > 0; k -= 7 < k ? 7 : k)
			CHECK(!ct_once_add(&once, k, &tuple[k % 2]));
	}
}

int main(void)
{
	test_delete();
	test_delete_failures();
	test_unnamed();
	test_many();
	test_dry_run();
	test_expectations();
	test_expectation_in_zone();
	test_update();
	test_retry();
	test_retry_limit();
	test_retry_of_others();
	test_zoned_update();
	test_zoned_in_front();
	test_zoned_delete();
	test_no_zones();
	test_one_direction();
	test_zero();
	test_table();
	test_twice();
	test_once();
	ct_filter_free(&filter);
	return UNIT_END();
}
