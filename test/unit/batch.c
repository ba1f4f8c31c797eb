/* Batches: answers from literal bytes, then whole runs against a kernel that is played. */
#include <errno.h>

#include "nl/batch.h"
#include "nl/reply.h"
#include "test/unit/kernel.h"

#define PORT KERNEL_PORT
#define DATA 0x100 /* a type of message that netlink itself gives no meaning */

static struct kernel kernel;
static struct nl_sock sock;
static struct nl_batch batch;
static uint32_t in[NL_RECV_SIZE / 4];

/* Adds a message whose only attribute holds n. */
static int add(uint32_t n)
{
	nl_begin(&batch.buf, DATA, 0, nl_batch_seq(&batch));
	nl_put_be32(&batch.buf, 1, n);
	return nl_batch_added(&batch, nl_end(&batch.buf));
}

/* A batch of n messages, 0 to n - 1, on a new socket. */
static void start(unsigned n)
{
	kernel_open(&kernel, &sock);
	nl_batch_init(&batch, &sock);
	for (unsigned i = 0; i < n; i++)
		CHECK_INT(add(i), 0);
	CHECK_INT(batch.n, n);
}

/* The n messages were sent in one datagram; the first has the sequence number seq; the last alone
 * asks for an acknowledgement. */
static void check_sent(uint32_t seq, unsigned n)
{
	unsigned before = kernel.datagrams;

	for (unsigned i = 0; i < n; i++)
		CHECK_REQUEST(&kernel, seq + i, DATA, i == n - 1 ? NLM_F_ACK : 0, ATTR32(1, i));
	CHECK_INT(kernel.datagrams, before + 1);
}

static void finish(void)
{
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
}

static void test_acknowledged(void)
{
	struct nl_err err = {.err = 1};

	start(3);
	kernel_error(&kernel, 3, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(nl_batch_error(&batch, i, &err), 0);
	CHECK_INT(err.err, 0);
	CHECK_INT(batch.error_of, NL_BATCH_MAX);
	check_sent(1, 3);
	finish();
}

static void test_errors(void)
{
	static const int want[] = {0, -EEXIST, 0, -EINVAL, -EBUSY};
	struct nl_err err;

	start(5);
	kernel_error(&kernel, 2, -EEXIST, "there already");
	kernel_error(&kernel, 4, -EINVAL, "no sense");
	kernel_error(&kernel, 5, -EBUSY, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.error_of, 1);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_INT(batch.err[i], want[i]);
		CHECK_INT(nl_batch_error(&batch, i, &err), want[i]);
		CHECK_INT(err.err, want[i]);
		/* The words are of the first error, and no other's. */
		CHECK_STR(err.text, i == 1 ? "there already" : "");
	}
	/* The messages are still there: they run again, and then other ones. */
	kernel_error(&kernel, 5, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	for (unsigned i = 0; i < 5; i++)
		CHECK_INT(nl_batch_error(&batch, i, &err), 0);
	nl_batch_reset(&batch);
	CHECK_INT(batch.n, 0);
	CHECK_INT(add(0), 0);
	CHECK_INT(add(1), 0);
	kernel_error(&kernel, 6, -EBUSY, "at work");
	kernel_error(&kernel, 7, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(nl_batch_error(&batch, 0, &err), -EBUSY);
	CHECK_STR(err.text, "at work");
	CHECK_INT(nl_batch_error(&batch, 1, &err), 0);
	check_sent(1, 5);
	check_sent(1, 5);
	check_sent(6, 2);
	finish();
}

/* An error without words does not stand in the way of those of a later one. */
static void test_words(void)
{
	struct nl_err err;

	start(3);
	kernel_error(&kernel, 1, -ENOENT, NULL);
	kernel_error(&kernel, 2, -EBUSY, "at work");
	kernel_error(&kernel, 3, -EINVAL, "no sense");
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(nl_batch_error(&batch, 0, &err), -ENOENT);
	CHECK_STR(err.text, "");
	CHECK_INT(nl_batch_error(&batch, 1, &err), -EBUSY);
	CHECK_STR(err.text, "at work");
	CHECK_INT(nl_batch_error(&batch, 2, &err), -EINVAL);
	CHECK_STR(err.text, "");
	check_sent(1, 3);
	finish();
}

/* An offset into the request names the attribute there. */
static void test_offset(void)
{
	struct nl_err err;

	start(2);
	kernel_answer(&kernel, 2, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS,
		      BYTES(U32(-ERANGE), HEAD(24, DATA, 0, 2, 0), ATTR(8, NLMSGERR_ATTR_OFFS),
			    U32(16)));
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(nl_batch_error(&batch, 0, &err), 0);
	CHECK_INT(err.attr, 0);
	CHECK_INT(nl_batch_error(&batch, 1, &err), -ERANGE);
	CHECK_INT(err.offset, 16);
	CHECK_INT(err.attr, 1);
	/* One behind the request's end names none. */
	kernel_answer(&kernel, 2, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS,
		      BYTES(U32(-ERANGE), HEAD(24, DATA, 0, 2, 0), ATTR(8, NLMSGERR_ATTR_OFFS),
			    U32(24)));
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(nl_batch_error(&batch, 1, &err), -ERANGE);
	CHECK_INT(err.attr, 0);
	check_sent(1, 2);
	check_sent(1, 2);
	finish();
}

/* Answers of other batches and other ports, errors that are cut short, and several answers in one
 * datagram. */
static void test_strangers(void)
{
	start(2);
	kernel_error(&kernel, 0, -EPERM, "before");
	kernel_error(&kernel, 3, -EPERM, "behind");
	kernel_send(&kernel,
		    BYTES(HEAD(36, NLMSG_ERROR, 0, 2, 77), U32(-EPERM), HEAD(16, DATA, 0, 2, 0)));
	kernel_put(&kernel, 1, NLMSG_ERROR, 0, BYTES(U32(-ENOENT)));
	kernel_put(&kernel, 2, NLMSG_ERROR, 0, BYTES(U32(0), HEAD(16, DATA, 0, 2, 0)));
	kernel_flush(&kernel);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], -EBADMSG);
	CHECK_INT(batch.err[1], 0);
	check_sent(1, 2);
	finish();
}

/* Without the last acknowledgement nothing is known of those that got no answer. */
static void test_missing(void)
{
	start(3);
	kernel_error(&kernel, 2, -EEXIST, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], -EIO);
	CHECK_INT(batch.err[1], -EEXIST);
	CHECK_INT(batch.err[2], -EIO);
	/* An answer that comes too late is of no later batch. */
	nl_batch_reset(&batch);
	CHECK_INT(add(0), 0);
	kernel_error(&kernel, 3, -EINVAL, "late");
	kernel_error(&kernel, 4, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], 0);
	CHECK_INT(batch.error_of, NL_BATCH_MAX);
	check_sent(1, 3);
	check_sent(4, 1);
	finish();
}

/* Who may not ask is told so once, about the first message; the rest is not looked at. */
static void test_refused(void)
{
	struct nl_err err;

	start(4);
	kernel_error(&kernel, 1, -EPERM, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(nl_batch_error(&batch, i, &err), -EPERM);
	/* Where the last one is answered, EPERM is of the first alone. */
	kernel_error(&kernel, 1, -EPERM, NULL);
	kernel_error(&kernel, 4, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], -EPERM);
	for (unsigned i = 1; i < 4; i++)
		CHECK_INT(batch.err[i], 0);
	check_sent(1, 4);
	check_sent(1, 4);
	finish();
}

/* The next answer is data of the message index, and holds v. */
static void check_data(const struct nlmsghdr *h, unsigned index, unsigned want, uint8_t v)
{
	CHECK(h && h->nlmsg_type == DATA && *(const uint8_t *)NLMSG_DATA(h) == v);
	CHECK_INT(index, want);
}

static void test_data(void)
{
	const struct nlmsghdr *h;
	unsigned index;

	start(4);
	kernel_answer(&kernel, 1, DATA, 0, BYTES(10));
	kernel_error(&kernel, 2, -ENOENT, NULL);
	kernel_put(&kernel, 3, DATA, NLM_F_MULTI, BYTES(12));
	kernel_put(&kernel, 3, DATA, NLM_F_MULTI, BYTES(13, 13, 13, 13, 13));
	kernel_flush(&kernel);
	kernel_send(&kernel, "", 0);
	/* A message behind the last acknowledgement in one datagram is an answer, too. */
	kernel_put(&kernel, 4, NLMSG_ERROR, NLM_F_CAPPED, BYTES(U32(0), HEAD(16, DATA, 0, 4, 0)));
	kernel_put(&kernel, 4, DATA, 0, BYTES(14));
	kernel_flush(&kernel);
	nl_batch_send(&batch, in, sizeof(in));
	h = nl_batch_next(&batch, &index);
	check_data(h, index, 0, 10);
	h = nl_batch_next(&batch, &index);
	check_data(h, index, 2, 12);
	h = nl_batch_next(&batch, &index);
	check_data(h, index, 2, 13);
	h = nl_batch_next(&batch, &index);
	check_data(h, index, 3, 14);
	CHECK(!nl_batch_next(&batch, &index));
	CHECK_INT(batch.err[0], 0);
	CHECK_INT(batch.err[1], -ENOENT);
	CHECK_INT(batch.err[2], 0);
	CHECK_INT(batch.err[3], 0);
	CHECK(!nl_batch_next(&batch, &index)); /* the end stays the end */
	CHECK_INT(batch.err[1], -ENOENT);
	/* Data alone is no acknowledgement. */
	kernel_answer(&kernel, 4, DATA, 0, BYTES(10));
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[3], -EIO);
	check_sent(1, 4);
	check_sent(1, 4);
	finish();
}

/* The part that does no input. */
static void test_read(void)
{
	static const uint8_t bytes[] = {HEAD(16, DATA, 0, 4, PORT),
					HEAD(17, DATA, 0, 5, PORT),
					1,
					0,
					0,
					0,
					HEAD(36, NLMSG_ERROR, 0, 6, PORT),
					U32(-EBUSY),
					HEAD(16, DATA, 0, 6, 0),
					HEAD(16, DATA, 0, 7, PORT),
					HEAD(16, DATA, 0, 6, PORT)};
	uint32_t datagram[sizeof(bytes) / 4];
	unsigned index = 99;

	kernel_open(&kernel, &sock);
	sock.seq = 4;
	nl_batch_init(&batch, &sock);
	CHECK_INT(add(0), 0);
	CHECK_INT(add(1), 0);
	nl_batch_send(&batch, datagram, sizeof(datagram));
	CHECK(!nl_batch_read(&batch, &index));
	memcpy(datagram, bytes, sizeof(bytes));
	batch.len = sizeof(bytes);
	CHECK(nl_batch_read(&batch, &index) == (const void *)(datagram + 4));
	CHECK_INT(index, 0);
	CHECK(!batch.answered);
	CHECK(nl_batch_read(&batch, &index) == (const void *)(datagram + 4 + 5 + 9 + 4));
	CHECK_INT(index, 1);
	CHECK(batch.answered);
	CHECK(!nl_batch_read(&batch, &index));
	CHECK(!nl_batch_read(&batch, &index));
	CHECK_INT(batch.err[1], -EBUSY);
	check_sent(5, 2);
	finish();
}

/* Numbers that run over from 2^32 - 1 to 0. */
static void test_sequence(void)
{
	kernel_open(&kernel, &sock);
	sock.seq = UINT32_MAX - 2;
	nl_batch_init(&batch, &sock);
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(add(i), 0);
	kernel_error(&kernel, 0, -EBUSY, NULL);
	kernel_error(&kernel, 1, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(batch.err[i], i == 2 ? -EBUSY : 0);
	check_sent(UINT32_MAX - 1, 4);
	finish();
}

/* A message that could not be built leaves no gap. */
static void test_unbuilt(void)
{
	static const uint8_t large[6 * NL_BATCH_ROOM * 4];

	start(1);
	nl_begin(&batch.buf, DATA, 0, nl_batch_seq(&batch));
	nl_put(&batch.buf, 1, large, sizeof(large));
	CHECK_INT(nl_batch_added(&batch, nl_end(&batch.buf)), -EMSGSIZE);
	CHECK_INT(batch.n, 1);
	CHECK_INT(add(1), 0);
	kernel_error(&kernel, 2, 0, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], 0);
	CHECK_INT(batch.err[1], 0);
	check_sent(1, 2);
	finish();
}

static void test_full(void)
{
	start(0);
	CHECK(nl_batch_has_room(&batch, NL_BATCH_MAX / 8));
	CHECK(!nl_batch_has_room(&batch, NL_BATCH_MAX + 1));
	for (unsigned i = 0; i < NL_BATCH_MAX; i++) {
		CHECK(nl_batch_has_room(&batch, 1));
		CHECK_INT(add(i), 0);
	}
	CHECK(!nl_batch_has_room(&batch, 1));
	CHECK(nl_batch_has_room(&batch, 0));
	kernel_error(&kernel, 1, -EBUSY, NULL);
	kernel_error(&kernel, NL_BATCH_MAX, -EEXIST, NULL);
	nl_batch_run(&batch, in, sizeof(in));
	for (unsigned i = 0; i < NL_BATCH_MAX; i++)
		CHECK_INT(batch.err[i], !i ? -EBUSY : i == NL_BATCH_MAX - 1 ? -EEXIST : 0);
	check_sent(1, NL_BATCH_MAX);
	finish();
}

/* Nothing to send, nothing to wait for; an error of an earlier run is forgotten. */
static void test_empty(void)
{
	struct nl_err err;

	start(1);
	kernel_error(&kernel, 1, -EBUSY, "at work");
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(nl_batch_error(&batch, 0, &err), -EBUSY);
	nl_batch_reset(&batch);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.error_of, NL_BATCH_MAX);
	CHECK_INT(batch.n, 0);
	check_sent(1, 1);
	finish();
}

/* One datagram instead of an answer to two messages: both get the error of receiving it. */
static void check_received(const uint8_t *data, size_t len, int want)
{
	start(2);
	kernel_error(&kernel, 1, -EEXIST, NULL);
	kernel_send(&kernel, data, len);
	nl_batch_run(&batch, in, 64);
	CHECK_INT(batch.err[0], -EEXIST);
	CHECK_INT(batch.err[1], want);
	check_sent(1, 2);
	finish();
}

static void test_transport(void)
{
	check_received(BYTES(HEAD(68, DATA, 0, 2, PORT), [67] = 0), -EMSGSIZE);
	check_received(BYTES(HEAD(17, NLMSG_ERROR, 0, 2, PORT)), -EBADMSG);
	check_received(BYTES(HEAD(16, DATA, 0, 9, PORT), 1), -EBADMSG);
	/* There is nobody to send to. */
	start(2);
	close(kernel.fd);
	nl_batch_run(&batch, in, sizeof(in));
	CHECK_INT(batch.err[0], -ECONNREFUSED);
	CHECK_INT(batch.err[1], -ECONNREFUSED);
	CHECK_INT(batch.error_of, NL_BATCH_MAX);
	nl_close(&sock);
}

int main(void)
{
	test_acknowledged();
	test_errors();
	test_words();
	test_offset();
	test_strangers();
	test_missing();
	test_refused();
	test_data();
	test_read();
	test_sequence();
	test_unbuilt();
	test_full();
	test_empty();
	test_transport();
	return UNIT_END();
}
