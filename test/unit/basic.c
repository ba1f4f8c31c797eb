/* The small pieces: attributes, messages, numbers, addresses, values, label files, the output
 * buffer. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/opt/parse.h"
#include "ct/etc.h"
#include "ct/text.h"
#include "ct/label.h"
#include "ct/proto.h"
#include "fmt/num.h"
#include "fmt/out.h"
#include "fmt/format.h"
#include "nl/attr.h"
#include "nl/msg.h"
#include "nl/sock.h"
#include "unit.h"

/* An attribute header in host order. */
static uint8_t *head(uint8_t *p, uint16_t len, uint16_t type)
{
	memcpy(p, &len, 2);
	memcpy(p + 2, &type, 2);
	return p + 4;
}

static void test_attributes(void)
{
	static const struct {
		uint16_t len, type; /* of the second attribute */
		size_t bytes;	    /* of the whole */
		bool found;
	} rows[] = {
		{8, 2, 16, true},
		{5, 2, 13, true}, /* the last lacks its padding */
		{4, 2, 12, true},
		{3, 2, 16, false},
		{0, 2, 16, false},
		{9, 2, 16, false},
		{8, 2, 15, false},
		{8, 2, 11, false},
		{8, 2 | NLA_F_NESTED, 16, true},
		{0xffff, 2, 16, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned shift = 0; shift < 4; shift++) {
			uint8_t *block = calloc(1, rows[i].bytes + shift), whole[24] = {0};
			struct nl_iter it;
			struct nl_attr a = {0};

			if (!block)
				abort();
			head(head(whole, 8, 1) + 4, rows[i].len, rows[i].type);
			memcpy(block + shift, whole, rows[i].bytes);
			it = (struct nl_iter){block + shift, block + shift + rows[i].bytes};
			CHECK(nl_next(&it, &a) && a.type == 1 && a.len == 4);
			CHECK_INT(nl_next(&it, &a) && a.type == 2, rows[i].found);
			if (rows[i].found)
				CHECK_INT(a.len, rows[i].len - 4);
			CHECK(!rows[i].found || !nl_next(&it, &a));
			free(block);
		}
}

static void test_getters(void)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct nl_attr a = {bytes, 8, 0};
	uint8_t u8 = 9;
	uint16_t u16 = 9;
	uint32_t u32 = 9;
	uint64_t u64 = 9;

	CHECK(nl_u8(&a, &u8) && u8 == 1);
	CHECK(nl_be16(&a, &u16) && u16 == 0x102);
	CHECK(nl_be32(&a, &u32) && u32 == 0x1020304);
	CHECK(nl_be64(&a, &u64) && u64 == 0x102030405060708);
	a.len = 3;
	CHECK(!nl_be32(&a, &u32) && u32 == 0x1020304);
	CHECK(nl_string(&a).len == 3);
	a.len = 0;
	CHECK(!nl_u8(&a, &u8));
	CHECK_INT(nl_string(&a).len, 0);
}

static void test_messages(void)
{
	uint32_t storage[16];
	struct nlmsghdr *h = (struct nlmsghdr *)storage;
	struct nl_buf b;
	uint32_t nest;

	nl_buf_init(&b, storage, sizeof(storage));
	nl_begin(&b, 0x102, NLM_F_ACK, 7);
	nl_put_nfgen(&b, 2, 1, 0x304);
	nest = nl_nest(&b, 5);
	nl_put_be16(&b, 1, 0x1234);
	nl_put_str(&b, 2, "ftp", 3);
	nl_nest_end(&b, nest);
	CHECK_INT(nl_end(&b), 0);
	CHECK_INT(h->nlmsg_len, 20 + 4 + 8 + 8);
	CHECK_INT(h->nlmsg_flags, NLM_F_ACK | NLM_F_REQUEST);
	CHECK_MEM((uint8_t *)storage + 16, 4, "\x02\x01\x03\x04", 4);
	CHECK_MEM((uint8_t *)storage + 28, 4, "\x12\x34\x00\x00", 4);
	CHECK_MEM((uint8_t *)storage + 36, 4, "ftp", 4);
	/* A message that does not fit goes as a whole; the messages before it stay. */
	nl_begin(&b, 1, 0, 8);
	nl_put(&b, 1, storage, 64);
	nl_put_u8(&b, 1, 1);
	CHECK_INT(nl_end(&b), -EMSGSIZE);
	CHECK_INT(b.len, 40);
	CHECK_INT(b.err, 0);
	CHECK(nl_msg_next(storage, 40, NULL) == h);
	CHECK(!nl_msg_next(storage, 40, h));
	CHECK(!nl_msg_next(storage, 39, NULL));
	CHECK(nl_whole(storage, 40));
	CHECK(nl_whole(storage, 0));
	CHECK(!nl_whole(storage, 39));
	CHECK(!nl_whole(storage, 44));
	h->nlmsg_len = 12;
	CHECK(!nl_whole(storage, 40));
}

static void test_errors(void)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t text[16];
	} m = {.h = {.nlmsg_type = NLMSG_ERROR,
		     .nlmsg_len = sizeof(m),
		     .nlmsg_flags = NLM_F_CAPPED},
	       .e = {.error = -EINVAL}};
	struct nl_err err;

	memcpy(head(m.text, 16, NLMSGERR_ATTR_MSG), "no good idea", 12);
	CHECK_INT(nl_error(&m.h, &err), -EINVAL);
	CHECK_STR(err.text, "");
	m.h.nlmsg_flags |= NLM_F_ACK_TLVS;
	CHECK_INT(nl_error(&m.h, &err), -EINVAL);
	CHECK_STR(err.text, "no good idea");
	m.h.nlmsg_flags &= (uint16_t)~NLM_F_CAPPED;
	m.e.msg.nlmsg_len = 4000; /* the echo would be longer than the message */
	CHECK_INT(nl_error(&m.h, &err), -EINVAL);
	m.h.nlmsg_len = 20;
	CHECK_INT(nl_error(&m.h, &err), -EBADMSG);
}

static void test_numbers(void)
{
	static const uint64_t values[] = {0,	 1,	9,	10,	    99,		100,
					  65535, 99999, 100000, 4294967295, 4294967296, UINT64_MAX};
	char buf[64], want[64];

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		*put_u64(buf, values[i]) = 0;
		snprintf(want, sizeof(want), "%llu", (unsigned long long)values[i]);
		CHECK_STR(buf, want);
		*put_u32(buf, (uint32_t)values[i]) = 0;
		snprintf(want, sizeof(want), "%u", (uint32_t)values[i]);
		CHECK_STR(buf, want);
		*put_hex(buf, (uint32_t)values[i]) = 0;
		snprintf(want, sizeof(want), "%x", (uint32_t)values[i]);
		CHECK_STR(buf, want);
		*put_pairs(buf, (uint32_t)(values[i] % 1000000), 3) = 0;
		snprintf(want, sizeof(want), "%06u", (uint32_t)(values[i] % 1000000));
		CHECK_STR(buf, want);
	}
	CHECK_INT(format(buf, sizeof(buf), "%s|%-5s|%.*s|%.2s|%d|%u|%llu|%c|%%", "a", "b", 2, "cde",
			 "fgh", -5, 7u, 1ULL << 40, 'x'),
		  36);
	CHECK_STR(buf, "a|b    |cd|fg|-5|7|1099511627776|x|%");
	CHECK_INT(format(buf, 4, "%s", "abcdef"), 3);
}

/* An IPv6 address as glibc writes it: the first of the longest rows of zeros is left out, and what
 * maps an IPv4 address ends with it. musl leaves out another row of the same length. */
static void ipv6_text(char *text, const uint8_t *b)
{
	unsigned start = 8, longest = 1;

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = i;

		while (n < 8 && !b[2 * n] && !b[2 * n + 1])
			n++;
		if (n - i > longest) {
			start = i;
			longest = n - i;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == start) {
			text += sprintf(text, i + longest == 8 ? "::" : ":");
			i += longest - 1;
			continue;
		}
		text += sprintf(text, i ? ":" : "");
		if (i == 6 && start == 0 &&
		    (longest == 6 || (longest == 5 && b[10] == 0xff && b[11] == 0xff))) {
			sprintf(text, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
			return;
		}
		text += sprintf(text, "%x", b[2 * i] << 8 | b[2 * i + 1]);
	}
}

static void test_addresses(void)
{
	char got[64], want[64];
	unsigned seed = 1, wrong = 0;

	for (unsigned i = 0; i < 300000; i++) {
		struct ct_addr a;

		for (unsigned k = 0; k < 16; k++) {
			seed = seed * 1103515245 + 12345;
			a.b[k] = seed >> 28 & 1 ? (uint8_t)(seed >> 16) : 0;
		}
		if (i % 5 == 0)
			memset(a.b, 0, 10);
		if (i % 10 == 0)
			memset(a.b + 10, 0xff, 2);
		*put_addr(got, AF_INET6, &a) = 0;
		ipv6_text(want, a.b);
		wrong += !!strcmp(got, want);
#ifdef __GLIBC__
		inet_ntop(AF_INET6, a.b, want, sizeof(want));
		wrong += !!strcmp(got, want);
#endif
		*put_addr(got, AF_INET, &a) = 0;
		inet_ntop(AF_INET, a.b, want, sizeof(want));
		wrong += !!strcmp(got, want);
	}
	CHECK_INT(wrong, 0);
}

static struct nl_str word(const char *s)
{
	return (struct nl_str){s, (uint32_t)strlen(s)};
}

static void test_values(void)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		bool good;
	} numbers[] = {
		{"0", 9, 0, true},
		{"65535", 65535, 65535, true},
		{"65536", 65535, 0, false},
		{"0xff", 255, 255, true},
		{"0x", 255, 0, false},
		{"08", 255, 0, false},
		{"", 9, 0, false},
		{"1 ", 9, 0, false},
		{"-1", 9, 0, false},
		{"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
		{"18446744073709551616", UINT64_MAX, 0, false},
	};
	static const struct {
		const char *text;
		int prefix; /* bits, -1: refused */
		int port;
	} nets[] = {
		{"10.0.0.1", 32, -1},
		{"10.0.0.0/8", 8, -1},
		{"10.0.0.0/255.0.0.0", 8, -1},
		{"10.0.0.1:80", 32, 80},
		{"10.0.0.0:80/24", 24, 80},
		{"[::1]:80", 128, 80},
		{"[::1]", -1, -1},
		{"[::1]/64", -1, -1},
		{"[::1]:80/64", 64, 80},
		{"::/0", 0, -1},
		{"::ffff:1.2.3.4", 128, -1},
		{"10.0.0.1/", -1, -1},
		{"10.0.0.1/33", -1, -1},
		{"10.0.0.1:", -1, -1},
		{"10.0.0.1:65536", -1, -1},
		{"::1/129", -1, -1},
		{"[::1", -1, -1},
		{"[::1]80", -1, -1},
		{"10.0.0", -1, -1},
		{"", -1, -1},
		{"10.0.0.1/ffff::", -1, -1},
		{"[10.0.0.1]:80", -1, -1},
	};
	struct ct_range r;
	uint8_t num;
	uint64_t v;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		bool good = ct_parse_number(word(numbers[i].text), numbers[i].max, &v);

		CHECK_INT(good, numbers[i].good);
		if (good)
			CHECK_INT(v, numbers[i].value);
	}
	for (unsigned i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		struct ct_net n;
		int bits = 0;

		CHECK_INT(ct_parse_net(word(nets[i].text), &n), nets[i].prefix >= 0);
		if (nets[i].prefix < 0)
			continue;
		for (unsigned k = 0; k < 16; k++)
			bits += __builtin_popcount(n.mask.b[k]);
		CHECK_INT(bits, nets[i].prefix);
		CHECK_INT(n.has_port ? n.port : -1, nets[i].port);
	}
	CHECK(ct_parse_range(word("5-7"), 9, &r) && r.lo == 5 && r.hi == 7);
	CHECK(!ct_parse_range(word("7:5"), 9, &r));
	CHECK(ct_parse_range(word("7:"), 9, &r) && r.lo == 7 && r.hi == 9);
	CHECK(ct_parse_range(word("7-"), 9, &r) && r.lo == 7 && r.hi == 9);
	CHECK(ct_parse_range(word(":7"), 9, &r) && r.lo == 0 && r.hi == 7);
	CHECK(!ct_parse_range(word("-7"), 9, &r) && !ct_parse_range(word(""), 9, &r));
	CHECK(!ct_parse_range(word(":"), 9, &r) && !ct_parse_range(word("-"), 9, &r));
	CHECK(!ct_parse_range(word("10:"), 9, &r) && !ct_parse_range(word(":10"), 9, &r));
	CHECK(ct_parse_amount(word(":3k"), &r) && r.lo == 0 && r.hi == 3000);
	CHECK(ct_parse_amount(word("3k:"), &r) && r.lo == 3000 && r.hi == UINT64_MAX);
	CHECK(!ct_parse_amount(word(":"), &r) && !ct_parse_amount(word(""), &r));
	CHECK(ct_parse_amount(word("2k"), &r) && r.lo == 2000 && r.hi == UINT64_MAX);
	CHECK(ct_parse_amount(word("1:3M"), &r) && r.hi == 3000000);
	CHECK(!ct_parse_amount(word("3:1"), &r));
	CHECK(ct_parse_proto(word("TCP"), &num) && num == 6);
	CHECK(ct_parse_proto(word("255"), &num) && num == 255);
	CHECK(!ct_parse_proto(word("256"), &num));
	CHECK_INT(ct_proto_state(ct_proto(6), "listen"), 9);
	CHECK_INT(ct_proto_state(ct_proto(132), "listen"), -1);
}

static void test_labels(void)
{
	static const struct {
		const char *text;
		int line; /* 0: good */
	} files[] = {
		{"", 0},
		{"# c\n\n0 web\n 5\twith-dash \n127 last", 0},
		{"128 x\n", 1},
		{"0 web\nx y\n", 2},
		{"0\n", 1},
		{"0 a b\n", 1},
		{"0 a # why\n", 0},
		{"\n\n-1 x", 3},
	};

	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct ct_labelmap m = {0};
		size_t len = strlen(files[i].text);
		char *text = malloc(len + 1);

		if (!text)
			abort();
		memcpy(text, files[i].text, len);
		CHECK_INT(ct_labelmap_parse(&m, text, len), files[i].line);
		if (i == 1) {
			CHECK_STR(m.name[5], "with-dash");
			CHECK_STR(m.name[127], "last");
			CHECK_INT(ct_label_bit(&m, "web", 3), 0);
			CHECK_INT(ct_label_bit(&m, "127", 3), 127);
			CHECK_INT(ct_label_bit(&m, "128", 3), -1);
			CHECK_INT(ct_label_bit(&m, "we", 2), -1);
		}
		free(text);
	}
}

/* A command line means the same whatever was parsed before it. */
static void test_parsing_again(void)
{
	static char *const lines[][2] = {{"-R", "one"},	       {"-R", "two"},
					 {"--help", "list"},   {"--help", "list"},
					 {"--output", "help"}, {"--output", "json"}};
	struct opt_context x = {0};
	struct cmd c;

	for (unsigned i = 0; i < 6; i++) {
		CHECK_INT(cmd_parse(&c, &x, 2, lines[i]), i == 5 ? EXIT_USAGE : 0);
		CHECK_STR(c.file, i < 2 ? lines[i][1] : NULL);
		CHECK_INT(c.help_verbs, i == 2 || i == 3 ? V_LIST : 0);
		CHECK_INT(c.help_formats, i == 4);
	}
	CHECK_STR(x.err, "no command given: -L lists, -h helps");
	CHECK_INT(cmd_parse(&c, &x, 0, NULL), 0);
	CHECK_INT(c.verb, V_HELP);
	opt_context_free(&x);
}

static struct out out;

static void test_output(void)
{
	char back[16];
	int fds[2];

	CHECK_INT(pipe(fds), 0);
	out_init(&out, fds[1]);
	out_safe(&out, "a\033\\\xff", 4);
	CHECK_INT(out_flush(&out), 0);
	CHECK_INT(read(fds[0], back, sizeof(back)), 13);
	CHECK_MEM(back, 13, "a\\x1b\\x5c\\xff", 13);
	close(fds[0]);
	close(fds[1]);
	out_init(&out, open("/dev/full", O_WRONLY | O_CLOEXEC));
	for (unsigned i = 0; i < 3 * OUT_SIZE / sizeof(back); i++)
		out_bytes(&out, back, sizeof(back));
	CHECK_INT(out_flush(&out), -ENOSPC);
	close(out.fd);
}

/* Addresses, right and spoilt, are read as inet_pton(3) reads them. */
static void test_address_reader(void)
{
	static const char *const seeds[] = {
		"192.0.2.1",
		"0.0.0.0",
		"255.255.255.255",
		"::",
		"::1",
		"1::",
		"2001:db8::1",
		"1:2:3:4:5:6:7:8",
		"::ffff:192.0.2.1",
		"fe80::1:2:3:4",
		"1:2:3:4:5:6:192.0.2.9",
		"1:2:3:4:5:6:7::",
		"::2:3:4:5:6:7:8",
		"abcd:EF01::",
		"1:2:3:4::6:7:8",
	};
	static const char alphabet[] = "0123456789abcdefF::::....g/";
	unsigned rounds = getenv("UNIT_QUICK") ? 2000 : 200000, wrong = 0;

	srand(4);
	for (unsigned i = 0; i < rounds; i++) {
		struct ct_addr got = {{0}};
		uint8_t want[16], l3 = 0;
		char text[64];
		size_t len;
		int family;

		strcpy(text, seeds[(unsigned)rand() % (sizeof(seeds) / sizeof(seeds[0]))]);
		len = strlen(text);
		for (int n = rand() % 3; n; n--) {
			size_t at = (size_t)rand() % (len + 1);
			char c = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];

			if (rand() % 2 && at < len) {
				text[at] = c;
			} else if (rand() % 2) {
				memmove(text + at + 1, text + at, ++len - at);
				text[at] = c;
			} else if (at < len) {
				memmove(text + at, text + at + 1, len-- - at);
			}
		}
		family = inet_pton(AF_INET, text, want) == 1	? AF_INET
			 : inet_pton(AF_INET6, text, want) == 1 ? AF_INET6
								: 0;
		if (ct_parse_addr((struct nl_str){text, (uint32_t)len}, &l3, &got) !=
			    (family != 0) ||
		    (family && (l3 != family || memcmp(got.b, want, ct_addr_len(l3)) != 0))) {
			printf("\t%s\n", text);
			wrong++;
		}
	}
	CHECK_INT(wrong, 0);
}

int main(void)
{
	test_attributes();
	test_getters();
	test_messages();
	test_errors();
	test_numbers();
	test_addresses();
	test_values();
	test_address_reader();
	test_labels();
	test_parsing_again();
	test_output();
	return UNIT_END();
}
