/* Replies from literal bytes: what reads them without any input, then what receives them. */
#include <errno.h>
#include <limits.h>

#include "ct/event.h"
#include "nl/reply.h"
#include "test/unit/kernel.h"

#define PORT KERNEL_PORT
#define DATA 0x100 /* a type of message that netlink itself gives no meaning */

static struct kernel kernel;
static struct nl_sock sock;
static uint32_t in[1024];

/* Sends a request that nobody looks at, for the reply to have the sequence number seq. */
static void begin(struct nl_reply *r, uint32_t seq)
{
	const uint8_t request[] = {HEAD(16, DATA, NLM_F_REQUEST, seq, 0)};

	sock.seq = seq;
	nl_reply_begin(r, &sock, request, sizeof(request), in, sizeof(in));
}

/* Hands out a datagram as if it had been received, at the end of a block of its own. */
static void *feed(struct nl_reply *r, const uint8_t *data, size_t len)
{
	void *block = malloc(len + !len);

	if (!block)
		abort();
	memcpy(block, data, len);
	r->buf = block;
	r->len = len;
	r->at = NULL;
	return block;
}

/* The types of the messages that the reply, number 7, has in this datagram, as bits: bit n is type
 * DATA + n. The numbers of messages are counted from bit 16 on. */
static unsigned types(struct nl_reply *r, const uint8_t *data, size_t len)
{
	const struct nlmsghdr *h;
	unsigned seen = 0;
	void *block;

	begin(r, 7);
	block = feed(r, data, len);
	while ((h = nl_reply_next(r)))
		seen = (seen + (1 << 16)) | 1u << (h->nlmsg_type - DATA);
	CHECK(!nl_reply_next(r)); /* the end stays the end */
	CHECK_INT(r->len, 0);
	free(block);
	return seen;
}

#define SEEN(n, bits) ((n) << 16 | (bits))

static void test_next(void)
{
	struct nl_reply r;

	/* Messages of other requests and to other ports are passed over, and NOOP. */
	CHECK_INT(types(&r,
			BYTES(HEAD(16, DATA, 0, 6, PORT), HEAD(16, DATA + 1, 0, 7, PORT),
			      HEAD(16, DATA + 2, 0, 7, PORT + 1), HEAD(16, DATA + 3, 0, 8, PORT),
			      HEAD(16, NLMSG_NOOP, 0, 7, PORT), HEAD(16, DATA + 4, 0, 7, PORT))),
		  SEEN(2, 1 << 1 | 1 << 4));
	CHECK(!r.done && !r.intr);
	CHECK_INT(r.err.err, 0);
	/* They end nothing either. */
	CHECK_INT(types(&r, BYTES(HEAD(20, NLMSG_DONE, 0, 6, PORT), U32(-EIO),
				  HEAD(20, NLMSG_DONE, NLM_F_DUMP_INTR, 7, 9), U32(0),
				  HEAD(36, NLMSG_ERROR, 0, 8, PORT), U32(-EPERM),
				  HEAD(16, DATA, 0, 8, 0), HEAD(16, DATA, 0, 7, PORT))),
		  SEEN(1, 1));
	CHECK(!r.done && !r.intr);
	CHECK_INT(r.err.err, 0);
	/* Less than a header. */
	CHECK_INT(types(&r, BYTES(0)), 0);
	CHECK(!r.done);
	/* Each message starts at a multiple of four, wherever the one before it ends. The last may
	 * lack its padding. */
	CHECK_INT(types(&r, BYTES(HEAD(17, DATA, 0, 7, PORT), 1, 0, 0, 0,
				  HEAD(18, DATA + 1, 0, 7, PORT), 1, 2, 0, 0,
				  HEAD(19, DATA + 2, 0, 7, PORT), 1, 2, 3)),
		  SEEN(3, 7));
	CHECK(!r.done);
	/* A header that claims too much, or less than itself, is no message, nor is what follows.
	 */
	CHECK_INT(types(&r, BYTES(HEAD(16, DATA, 0, 7, PORT), HEAD(17, DATA + 1, 0, 7, PORT))),
		  SEEN(1, 1));
	CHECK_INT(types(&r, BYTES(HEAD(15, DATA, 0, 7, PORT), HEAD(16, DATA + 1, 0, 7, PORT))), 0);
	CHECK_INT(types(&r, BYTES(HEAD(UINT32_MAX, DATA, 0, 7, PORT))), 0);
	CHECK_INT(types(&r, BYTES(HEAD(16, DATA, 0, 7, PORT), U32(16), U16(DATA))), SEEN(1, 1));
}

static void test_end(void)
{
	struct nl_reply r;

	/* Messages behind the end belong to no reply. */
	CHECK_INT(types(&r, BYTES(HEAD(16, DATA, 2, 7, PORT), HEAD(20, NLMSG_DONE, 2, 7, PORT),
				  U32(0), HEAD(16, DATA + 1, 2, 7, PORT),
				  HEAD(20, NLMSG_DONE, 2, 7, PORT), U32(-EIO))),
		  SEEN(1, 1));
	CHECK(r.done && !r.intr);
	CHECK_INT(nl_reply_receive(&r), 0);
	/* A dump that ends with an error. */
	CHECK_INT(types(&r, BYTES(HEAD(16, DATA, 2, 7, PORT), HEAD(20, NLMSG_DONE, 2, 7, PORT),
				  U32(-ENOENT))),
		  SEEN(1, 1));
	CHECK(r.done);
	CHECK_INT(nl_reply_receive(&r), -ENOENT);
	CHECK_INT(r.err.err, -ENOENT);
	/* One whose end says nothing, or a number that is no error. */
	CHECK_INT(types(&r, BYTES(HEAD(16, NLMSG_DONE, 2, 7, PORT))), 0);
	CHECK(r.done);
	CHECK_INT(r.err.err, 0);
	CHECK_INT(types(&r, BYTES(HEAD(18, NLMSG_DONE, 2, 7, PORT), U32(-1))), 0);
	CHECK(r.done);
	CHECK_INT(r.err.err, 0);
	CHECK_INT(types(&r, BYTES(HEAD(20, NLMSG_DONE, 2, 7, PORT), U32(1234))), 0);
	CHECK(r.done);
	CHECK_INT(r.err.err, 0);
	/* The kernel lost messages. */
	CHECK_INT(types(&r, BYTES(HEAD(16, NLMSG_OVERRUN, 2, 7, PORT), HEAD(16, DATA, 2, 7, PORT))),
		  0);
	CHECK(r.done);
	CHECK_INT(nl_reply_receive(&r), -ENOBUFS);
	/* The mark of a dump that was interrupted may be on any of its messages. */
	CHECK_INT(types(&r, BYTES(HEAD(16, DATA, NLM_F_DUMP_INTR, 7, PORT),
				  HEAD(20, NLMSG_DONE, 2, 7, PORT), U32(0))),
		  SEEN(1, 1));
	CHECK(r.intr && r.done);
	CHECK_INT(types(&r, BYTES(HEAD(20, NLMSG_DONE, 2 | NLM_F_DUMP_INTR, 7, PORT), U32(0))), 0);
	CHECK(r.intr && r.done);
	/* An acknowledgement ends it, and so does an error, with what the kernel says about it. */
	CHECK_INT(types(&r, BYTES(HEAD(36, NLMSG_ERROR, NLM_F_CAPPED, 7, PORT), U32(0),
				  HEAD(16, DATA, 0, 7, 0), HEAD(16, DATA, 0, 7, PORT))),
		  0);
	CHECK(r.done);
	CHECK_INT(r.err.err, 0);
	CHECK_INT(types(&r, BYTES(HEAD(52, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, 7, PORT),
				  U32(-EINVAL), HEAD(60, DATA, 0, 7, 0), ATTR(7, NLMSGERR_ATTR_MSG),
				  'n', 'o', 0, 0, ATTR(8, NLMSGERR_ATTR_OFFS), U32(24))),
		  0);
	CHECK(r.done);
	CHECK_INT(nl_reply_receive(&r), -EINVAL);
	CHECK_STR(r.err.text, "no");
	CHECK_INT(r.err.offset, 24);
	/* An error that is cut short. */
	CHECK_INT(types(&r, BYTES(HEAD(20, NLMSG_ERROR, 0, 7, PORT), U32(0))), 0);
	CHECK_INT(nl_reply_receive(&r), -EBADMSG);
}

/* A reply that goes on in the next datagram, and numbers that have run over. */
static void test_datagrams(void)
{
	struct nl_reply r;
	void *block;

	begin(&r, 0);
	block = feed(&r, BYTES(HEAD(16, DATA, 2, 0, PORT), HEAD(16, DATA, 2, UINT32_MAX, PORT)));
	CHECK(nl_reply_next(&r) == block);
	CHECK(!nl_reply_next(&r));
	CHECK(!nl_reply_next(&r));
	free(block);
	block = feed(&r,
		     BYTES(HEAD(16, DATA, 2, 0, PORT), HEAD(20, NLMSG_DONE, 2, 0, PORT), U32(0)));
	CHECK(nl_reply_next(&r) == block);
	CHECK(!r.done);
	CHECK(!nl_reply_next(&r));
	CHECK(r.done);
	free(block);
}

static struct nl_err err = {.err = 1, .offset = 2, .text = "old"};

/* Reads the error from a block of its own to err. */
static int read_error(const uint8_t *data, size_t len)
{
	void *block = malloc(len);
	int code;

	if (!block)
		abort();
	code = nl_error(memcpy(block, data, len), &err);
	free(block);
	return code;
}

static void test_error(void)
{
	static const uint16_t capped = NLM_F_CAPPED | NLM_F_ACK_TLVS;
	uint8_t text[] = {HEAD(36 + 4 + 200, NLMSG_ERROR, capped, 7, PORT), U32(-EBUSY),
			  HEAD(16, DATA, 0, 7, 0), ATTR(204, NLMSGERR_ATTR_MSG),
			  [40 ... 239] = 'x'};

	CHECK_INT(read_error(BYTES(HEAD(36, NLMSG_ERROR, 0, 7, PORT), U32(0),
				   HEAD(16, DATA, 0, 7, 0))),
		  0);
	CHECK_INT(err.err, 0);
	CHECK_INT(err.offset, 0);
	CHECK_STR(err.text, "");
	/* The request is echoed as a whole unless the message is capped; its bytes are no
	 * attributes. */
	CHECK_INT(read_error(BYTES(HEAD(52, NLMSG_ERROR, NLM_F_ACK_TLVS, 7, PORT), U32(-EPERM),
				   HEAD(24, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_OFFS), U32(99),
				   ATTR(8, NLMSGERR_ATTR_MSG), 'e', 'n', 'd', 0)),
		  -EPERM);
	CHECK_INT(err.offset, 0);
	CHECK_STR(err.text, "end");
	CHECK_INT(read_error(BYTES(HEAD(52, NLMSG_ERROR, capped, 7, PORT), U32(-EPERM),
				   HEAD(24, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_OFFS), U32(99),
				   ATTR(8, NLMSGERR_ATTR_MSG), 'e', 'n', 'd', 0)),
		  -EPERM);
	CHECK_INT(err.offset, 99);
	CHECK_STR(err.text, "end");
	/* The echo of a request of 22 bytes is padded. */
	CHECK_INT(read_error(BYTES(HEAD(52, NLMSG_ERROR, NLM_F_ACK_TLVS, 7, PORT), U32(-EPERM),
				   HEAD(22, DATA, 0, 7, 0), U32(0), 0, 0, 0, 0,
				   ATTR(8, NLMSGERR_ATTR_MSG), 'p', 'a', 'd', 0)),
		  -EPERM);
	CHECK_STR(err.text, "pad");
	/* Without NLM_F_ACK_TLVS there is nothing to read. */
	CHECK_INT(read_error(BYTES(HEAD(44, NLMSG_ERROR, NLM_F_CAPPED, 7, PORT), U32(-EPERM),
				   HEAD(16, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_MSG), 'n', 'o', 0,
				   0)),
		  -EPERM);
	CHECK_STR(err.text, "");
	/* Echoes that claim to be longer than the message, and shorter than a header. */
	CHECK_INT(read_error(BYTES(HEAD(44, NLMSG_ERROR, NLM_F_ACK_TLVS, 7, PORT), U32(-EPERM),
				   HEAD(26, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_MSG), 'n', 'o', 0,
				   0)),
		  -EPERM);
	CHECK_STR(err.text, "");
	CHECK_INT(read_error(BYTES(HEAD(44, NLMSG_ERROR, NLM_F_ACK_TLVS, 7, PORT), U32(-EPERM),
				   HEAD(UINT32_MAX, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_MSG), 'n',
				   'o', 0, 0)),
		  -EPERM);
	CHECK_STR(err.text, "");
	CHECK_INT(read_error(BYTES(HEAD(44, NLMSG_ERROR, NLM_F_ACK_TLVS, 7, PORT), U32(-EPERM),
				   HEAD(0, DATA, 0, 7, 0), ATTR(8, NLMSGERR_ATTR_MSG), 'o', 'k', 0,
				   0)),
		  -EPERM);
	CHECK_STR(err.text, "ok");
	/* An offset of fewer than four bytes, and a text without an end and longer than there is
	 * room. */
	CHECK_INT(read_error(BYTES(HEAD(43, NLMSG_ERROR, capped, 7, PORT), U32(-EPERM),
				   HEAD(16, DATA, 0, 7, 0), ATTR(7, NLMSGERR_ATTR_OFFS), 1, 1, 1)),
		  -EPERM);
	CHECK_INT(err.offset, 0);
	CHECK_INT(read_error(text, sizeof(text)), -EBUSY);
	CHECK_INT(strlen(err.text), sizeof(err.text) - 1);
	/* No error is positive; and there must be room for the error and the header behind it. */
	CHECK_INT(read_error(BYTES(HEAD(36, NLMSG_ERROR, 0, 7, PORT), U32(EPERM),
				   HEAD(16, DATA, 0, 7, 0))),
		  -EBADMSG);
	CHECK_STR(err.text, "");
	/* Nor is there one below -4095, which could not be made positive. */
	CHECK_INT(read_error(BYTES(HEAD(36, NLMSG_ERROR, 0, 7, PORT), U32(INT_MIN),
				   HEAD(16, DATA, 0, 7, 0))),
		  -EBADMSG);
	CHECK_INT(read_error(BYTES(HEAD(36, NLMSG_ERROR, 0, 7, PORT), U32(-4095),
				   HEAD(16, DATA, 0, 7, 0))),
		  -4095);
	CHECK_INT(read_error(BYTES(HEAD(35, NLMSG_ERROR, 0, 7, PORT), U32(-EPERM),
				   HEAD(16, DATA, 0, 7, 0))),
		  -EBADMSG);
	CHECK_INT(read_error(BYTES(HEAD(16, NLMSG_ERROR, 0, 7, PORT))), -EBADMSG);
}

/* A reply is received, datagram by datagram. */
static void test_receive(void)
{
	const struct nlmsghdr *h;
	struct nl_reply r;

	kernel_open(&kernel, &sock);
	kernel_put(&kernel, 1, DATA, NLM_F_MULTI, BYTES(1));
	kernel_put(&kernel, 1, DATA, NLM_F_MULTI, BYTES(2, 2, 2, 2, 2));
	kernel_flush(&kernel);
	kernel_send(&kernel, "", 0);
	kernel_put(&kernel, 1, DATA, NLM_F_MULTI, BYTES(3));
	kernel_done(&kernel, 1, 0);
	begin(&r, 1);
	CHECK(!nl_reply_next(&r)); /* nothing has been received yet */
	CHECK_INT(nl_reply_receive(&r), 1);
	for (unsigned i = 1; i <= 2; i++) {
		h = nl_reply_next(&r);
		CHECK(h && *(const uint8_t *)NLMSG_DATA(h) == i);
	}
	CHECK(!nl_reply_next(&r));
	CHECK_INT(nl_reply_receive(&r), 1);
	CHECK(!nl_reply_next(&r));
	CHECK_INT(nl_reply_receive(&r), 1);
	h = nl_reply_next(&r);
	CHECK(h && *(const uint8_t *)NLMSG_DATA(h) == 3);
	CHECK(!nl_reply_next(&r));
	CHECK_INT(nl_reply_receive(&r), 0);
	CHECK_INT(nl_reply_receive(&r), 0);
	CHECK(!nl_reply_next(&r));
	CHECK(kernel_request(&kernel));
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
}

/* One datagram instead of a reply; returns what receiving it gives. */
static int receive(const uint8_t *data, size_t len)
{
	struct nl_reply r;
	int got;

	kernel_open(&kernel, &sock);
	kernel_send(&kernel, data, len);
	begin(&r, 1);
	got = nl_reply_receive(&r);
	CHECK_INT(r.err.err, got < 0 ? got : 0);
	CHECK(got > 0 || !nl_reply_next(&r));
	CHECK(got > 0 || nl_reply_receive(&r) == got); /* no further attempt */
	kernel_close(&kernel);
	return got;
}

static void test_transport(void)
{
	static const uint8_t large[sizeof(in) + 4] = {HEAD(sizeof(large), DATA, 0, 1, PORT)};
	struct nl_reply r;

	CHECK_INT(receive(BYTES(HEAD(16, DATA, 0, 1, PORT))), 1);
	CHECK_INT(receive(large, sizeof(large)), -EMSGSIZE);
	CHECK_INT(receive(large, sizeof(in)), -EBADMSG);
	CHECK_INT(receive(BYTES(HEAD(20, NLMSG_DONE, 0, 1, PORT), U32(-4096))), 1);
	CHECK_INT(receive(BYTES(1)), -EBADMSG);
	CHECK_INT(receive(BYTES(HEAD(15, DATA, 0, 1, PORT))), -EBADMSG);
	CHECK_INT(receive(BYTES(HEAD(17, DATA, 0, 1, PORT))), -EBADMSG);
	CHECK_INT(receive(BYTES(HEAD(16, DATA, 0, 1, PORT), U32(16))), -EBADMSG);
	CHECK_INT(receive(BYTES(HEAD(17, DATA, 0, 1, PORT), 1, 0, 0, 0, HEAD(17, DATA, 0, 1, PORT),
				1)),
		  1);
	/* There is no answer. */
	kernel_open(&kernel, &sock);
	begin(&r, 1);
	CHECK_INT(nl_reply_receive(&r), -EAGAIN);
	CHECK_INT(r.err.err, -EAGAIN);
	/* There is nobody to ask. */
	close(kernel.fd);
	begin(&r, 2);
	CHECK_INT(nl_reply_receive(&r), -ECONNREFUSED);
	CHECK(!nl_reply_next(&r));
	nl_close(&sock);
	begin(&r, 3);
	CHECK_INT(nl_reply_receive(&r), -EBADF);
}

static void test_request(void)
{
	const uint8_t request[] = {HEAD(20, DATA, NLM_F_REQUEST | NLM_F_ACK, 1, 0), 1, 2, 3, 4};

	kernel_open(&kernel, &sock);
	sock.seq = 1;
	/* Answers of earlier requests may still lie in the queue. */
	kernel_error(&kernel, 0, -EBUSY, "of another");
	kernel_answer(&kernel, 1, DATA, 0, BYTES(1));
	kernel_error(&kernel, 1, 0, NULL);
	CHECK_INT(nl_request(&sock, request, sizeof(request), in, sizeof(in), &err), 0);
	CHECK_INT(err.err, 0);
	CHECK_STR(err.text, "");
	kernel_error(&kernel, 1, -EBUSY, "not now");
	CHECK_INT(nl_request(&sock, request, sizeof(request), in, sizeof(in), &err), -EBUSY);
	CHECK_INT(err.err, -EBUSY);
	CHECK_STR(err.text, "not now");
	CHECK_INT(nl_request(&sock, request, sizeof(request), in, sizeof(in), &err), -EAGAIN);
	CHECK_STR(err.text, "");
	for (unsigned i = 0; i < 3; i++)
		CHECK_REQUEST(&kernel, 1, DATA, NLM_F_ACK, 1, 2, 3, 4);
	CHECK_INT(kernel.datagrams, 3);
	CHECK_QUIET(&kernel);
	kernel_close(&kernel);
}

/* Another process may send us anything: it is passed over, however long it is. */
static void test_strangers(void)
{
	static const uint8_t junk[CT_EVENT_SIZE + 1000];
	static const uint32_t sizes[] = {1, 100, CT_EVENT_SIZE, sizeof(junk)};
	static struct ct_datagrams d;
	static struct ct_events e;
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	struct nl_sock other;

	/* A protocol on which everybody may send to everybody. */
	if (nl_open(&e.sock, NETLINK_USERSOCK) || nl_open(&other, NETLINK_USERSOCK))
		return;
	to.nl_pid = e.sock.portid;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK_INT(sendto(other.fd, junk, sizes[i], 0, (struct sockaddr *)&to, sizeof(to)),
			  sizes[i]);
		CHECK_INT(ct_events_receive(&e, &d), 1);
		CHECK_INT(d.len[0], 0);
	}
	CHECK_INT(ct_events_receive(&e, &d), 0);
	ct_events_close(&e);
	nl_close(&other);
}

int main(void)
{
	kernel_open(&kernel, &sock);
	test_next();
	test_end();
	test_datagrams();
	test_error();
	kernel_close(&kernel);
	test_receive();
	test_transport();
	test_request();
	test_strangers();
	return UNIT_END();
}
