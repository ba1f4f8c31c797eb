/* Formats and what is built on them, from literal entries. */
#include <stdlib.h>
#include <string.h>

#include "ct/proto.h"
#include "fmt/environ.h"
#include "fmt/fmt.h"
#include "unit.h"

static const uint32_t label_words[4] = {1u << 1 | 1u << 5, 0, 0, 1u << 31};

static const struct ct_entry tcp = {
	.has = CT_HAS_ORIG | CT_HAS_REPLY | CT_HAS_STATE | CT_HAS_MARK | CT_HAS_ZONE | CT_HAS_ID |
	       CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY | CT_HAS_HELPER | CT_HAS_LABELS,
	.family = 2,
	.info = CT_INFO_TCP,
	.state = 3, /* ESTABLISHED */
	.orig = {.has = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS,
		 .l3 = 2,
		 .l4 = CT_PROTO_TCP,
		 .sport = 1234,
		 .dport = 443,
		 .src.b = {10, 0, 0, 1},
		 .dst.b = {192, 0, 2, 7}},
	.reply = {.has = CT_T_SRC, .l3 = 2, .l4 = CT_PROTO_TCP, .src.b = {192, 0, 2, 7}},
	.mark = 7,
	.zone = 9,
	.id = 4000000000,
	.packets = {1, 2},
	.bytes = {UINT64_C(1) << 33, 5},
	.helper = {"ftp", 3},
	.labels = {.data = (const void *)label_words, .len = sizeof(label_words)},
};

static void check_vars(const struct environ_vars *v, const char *const *want, unsigned n)
{
	CHECK_INT(v->n, n);
	for (unsigned i = 0; i < n && i < v->n; i++)
		CHECK_STR(v->var[i], want[i]);
}

static void test_environ(void)
{
	static const char *const all[] = {
		"CT_EVENT=update",
		"CT_FAMILY=ipv4",
		"CT_PROTO=tcp",
		"CT_STATE=ESTABLISHED",
		"CT_SRC=10.0.0.1",
		"CT_DST=192.0.2.7",
		"CT_SPORT=1234",
		"CT_DPORT=443",
		"CT_REPLY_SRC=192.0.2.7",
		"CT_MARK=7",
		"CT_ZONE=9",
		"CT_ID=4000000000",
		"CT_PACKETS=3",
		"CT_BYTES=8589934597",
		"CT_HELPER=ftp",
		"CT_LABELS=web,5,127",
	};
	static const char *const bare[] = {"CT_EVENT=list", "CT_FAMILY=ipv6", "CT_PROTO=250"};
	static const struct ct_entry unknown = {.family = 10,
						.orig = {.has = CT_T_PROTO, .l3 = 10, .l4 = 250}};
	static struct ct_labelmap labels = {.name = {[1] = "web"}};
	const struct fmt_event ev = {.kind = FMT_UPDATE};
	struct environ_vars v;
	char name[200];

	environ_set(&v, &tcp, &ev, &labels);
	check_vars(&v, all, sizeof(all) / sizeof(all[0]));
	/* What one entry had is not there for the next. */
	environ_set(&v, &unknown, NULL, &labels);
	check_vars(&v, bare, sizeof(bare) / sizeof(bare[0]));

	/* Names from outside are cut, and everything that there can be fits. */
	struct ct_entry e = tcp;
	static const uint32_t every_label[4] = {~0u, ~0u, ~0u, ~0u};
	static char long_label[256];

	memset(name, 'h', sizeof(name));
	e.helper = (struct nl_str){name, sizeof(name)};
	e.labels.data = (const void *)every_label;
	memset(long_label, 'l', sizeof(long_label) - 1);
	for (unsigned i = 0; i < CT_LABEL_BITS; i++)
		labels.name[i] = long_label;
	environ_set(&v, &e, NULL, &labels);
	CHECK_INT(v.n, 16);
	CHECK_INT(strlen(v.var[14]), strlen("CT_HELPER=") + 128);
	CHECK(!strncmp(v.var[15], "CT_LABELS=llll", 14));
	CHECK(strlen(v.var[15]) > 1000);
	CHECK(v.p <= v.text + sizeof(v.text));
}

int main(void)
{
	test_environ();
	return UNIT_END();
}
