/* Formats and what is built on them, from literal entries. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/environ.h"
#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fmt/heap.h"
#include "fmt/names.h"
#include "fmt/sort.h"
#include "fmt/template.h"
#include "nl/msg.h"
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
	/* Variables of one entry do not stay for the next. */
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

static void test_names(void)
{
	char buf[200];

	/* Bits without a name, and those past the last, are left out. */
	*put_names(buf, 1u << 31 | 1u << 15 | 1u << 7 | 1u << 1, names_status, NAMES_STATUS) = 0;
	CHECK_STR(buf, "SEEN_REPLY,HW_OFFLOAD");
	*put_names(buf, ~7u, names_expect_flags, NAMES_EXPECT_FLAGS) = 0;
	CHECK_STR(buf, "");
}

static bool larger(const void *a, const void *b, const void *arg)
{
	const uint64_t *x = a, *y = b;

	return arg == larger && *x > *y;
}

static bool later(const void *a, const void *b, const void *arg)
{
	(void)arg;
	return *(const uint32_t *)a > *(const uint32_t *)b;
}

static void test_heap(void)
{
	uint64_t v[100];
	struct heap h = {.item = v, .size = sizeof(v[0]), .after = larger, .arg = larger};
	uint32_t seed = 1, triple[5][3] = {{0}};

	for (unsigned made = 0; made < 2; made++) {
		bool sorted = true;

		for (h.n = 0; h.n < 100;) {
			seed = seed * 1103515245 + 12345;
			v[h.n++] = seed >> 16 & 63; /* some are equal */
			if (!made)
				heap_added(&h);
		}
		if (made)
			heap_make(&h);
		v[0] = 7;
		heap_replaced(&h);
		heap_sort(&h);
		for (unsigned i = 1; i < 100; i++)
			sorted &= v[i - 1] <= v[i];
		CHECK(sorted);
	}
	h.n = 1;
	heap_make(&h);
	heap_sort(&h);
	h.n = 0;
	heap_make(&h);
	heap_sort(&h);
	h = (struct heap){.item = triple, .size = sizeof(triple[0]), .after = later};
	for (h.n = 0; h.n < 5; h.n++)
		triple[h.n][2] = triple[h.n][0] = (uint32_t)h.n * 3 % 5;
	heap_make(&h);
	heap_sort(&h);
	for (uint32_t i = 0; i < 5; i++)
		CHECK(triple[i][0] == i && !triple[i][1] && triple[i][2] == i);
}

/* --- sorted lists --- */

/* An entry's message with seconds left and bytes in both directions; the id tells it from others.
 */
static const struct nlmsghdr *message(uint32_t id, uint32_t seconds, uint64_t orig, uint64_t reply)
{
	static uint32_t store[64];
	struct nl_buf b;

	nl_buf_init(&b, store, sizeof(store));
	nl_begin(&b, CT_MSG(IPCTNL_MSG_CT_NEW), 0, 0);
	nl_put_nfgen(&b, 2, NFNETLINK_V0, 0);
	nl_put_be32(&b, CTA_ID, id);
	nl_put_be32(&b, CTA_TIMEOUT, seconds);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t nest = nl_nest(&b, i ? CTA_COUNTERS_REPLY : CTA_COUNTERS_ORIG);

		nl_put_be64(&b, CTA_COUNTERS_PACKETS, 1);
		nl_put_be64(&b, CTA_COUNTERS_BYTES, i ? reply : orig);
		nl_nest_end(&b, nest);
	}
	return nl_end(&b) ? NULL : (const struct nlmsghdr *)store;
}

struct shown {
	unsigned n;
	uint32_t id[2000];
};

/* Sorts n entries: the i-th has (i * 7) % n seconds left and as many bytes, in two directions. */
static void sort_all(struct shown *shown, enum sort_key key, bool reverse, uint64_t limit,
		     unsigned n)
{
	struct sorting *s = sorting_new(key, reverse, limit);
	struct ct_entry e;
	bool kept = true;

	for (unsigned i = 0; s && i < n; i++) {
		uint32_t v = i * 7 % n;

		kept &= !sorting_add(s, message(v, v, v / 2, v - v / 2));
	}
	CHECK(s && kept);
	shown->n = s ? (unsigned)sorting_end(s) : 0;
	for (unsigned i = 0; i < shown->n; i++)
		shown->id[i] = ct_entry_decode(&e, sorting_at(s, i)) ? UINT32_MAX : e.id;
	sorting_free(s);
}

static void test_sort(void)
{
	static struct shown shown;
	bool sorted = true;

	/* More than there is room for at first, largest first. */
	sort_all(&shown, SORT_BYTES, false, 0, 1000);
	CHECK_INT(shown.n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		sorted &= shown.id[i] == 999 - i;
	CHECK(sorted);
	/* The first few, and the last few. */
	sort_all(&shown, SORT_EXPIRES, false, 3, 1000);
	CHECK_INT(shown.n, 3);
	CHECK(shown.id[0] == 999 && shown.id[1] == 998 && shown.id[2] == 997);
	sort_all(&shown, SORT_EXPIRES, true, 3, 1000);
	CHECK_INT(shown.n, 3);
	CHECK(shown.id[0] == 0 && shown.id[1] == 1 && shown.id[2] == 2);
	/* A limit that is not reached, and no entry at all. */
	sort_all(&shown, SORT_BYTES, true, 10, 2);
	CHECK(shown.n == 2 && shown.id[0] == 0 && shown.id[1] == 1);
	sort_all(&shown, SORT_BYTES, false, 1, 0);
	CHECK_INT(shown.n, 0);
	/* Equals come as they were added, whatever the direction. Each has a packet in both. */
	for (unsigned limit = 0; limit <= 5; limit += 5)
		for (unsigned key = SORT_NONE; key <= SORT_PACKETS; key += SORT_PACKETS) {
			sort_all(&shown, key, limit, limit, 300);
			CHECK_INT(shown.n, limit ? limit : 300);
			for (unsigned i = 0; i < shown.n; i++)
				sorted &= shown.id[i] == i * 7 % 300;
		}
	CHECK(sorted);
	sorting_free(NULL);
}

/* --- groups --- */

static struct out out;

static const char *written(void)
{
	*out_room(&out, 1) = 0;
	out.p = out.buf;
	return out.buf;
}

static struct ct_entry flow(uint8_t net, uint8_t host, uint16_t port, uint64_t bytes)
{
	struct ct_entry e = tcp;

	e.orig.src = (struct ct_addr){.b = {10, 0, net, host}};
	e.orig.dport = port;
	e.packets[CT_ORIG] = 1;
	e.packets[CT_REPLY] = 0;
	e.bytes[CT_ORIG] = bytes;
	e.bytes[CT_REPLY] = 0;
	return e;
}

/* Three flows from one network to a port, two from another, one without counters and ports. */
static struct groups *some_groups(const struct group_spec *spec)
{
	struct groups *g = groups_new(spec);
	struct ct_entry e[] = {flow(1, 1, 80, 10), flow(1, 2, 80, 20),	flow(2, 1, 443, 1000),
			       flow(1, 1, 80, 5),  flow(2, 2, 443, 50), flow(3, 1, 0, 0)};

	e[5].has &= ~(uint32_t)(CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY);
	e[5].orig.has &= (uint16_t)~CT_T_PORTS;
	for (unsigned i = 0; g && i < sizeof(e) / sizeof(e[0]); i++)
		CHECK_INT(groups_add(g, &e[i]), 0);
	return g;
}

static const struct group_spec by_net = {.n = 2, .field = {GROUP_SRC, GROUP_DPORT}, .prefix = {24}};

/* Returns the output of the groups. */
static const char *grouped(const struct fmt_ops *ops, enum sort_key key, bool reverse,
			   uint64_t limit, unsigned width)
{
	struct groups *g = some_groups(&by_net);
	struct fmt f = {.out = &out, .ops = ops, .flags = FMT_LINES};

	CHECK(g);
	if (!g)
		return "";
	CHECK_INT(groups_count(g), 3);
	groups_print(g, &f, key, reverse, limit, width);
	groups_free(g);
	return written();
}

static void test_groups(void)
{
	CHECK_STR(grouped(&fmt_text, SORT_NONE, false, 0, 0),
		  "src          dport  flows  packets  bytes\n"
		  "10.0.1.0/24  80         3        3     35\n"
		  "10.0.2.0/24  443        2        2   1050\n"
		  "10.0.3.0/24  -          1        0      0\n");
	CHECK_STR(grouped(&fmt_text, SORT_BYTES, false, 1, 55),
		  "src          dport  flows  packets  bytes\n"
		  "10.0.2.0/24  443        2        2   1050  #########\n");
	CHECK_STR(grouped(&fmt_json, SORT_FLOWS, true, 2, 80),
		  "{\"src\":\"10.0.3.0/24\",\"flows\":1,\"packets\":0,\"bytes\":0}\n"
		  "{\"src\":\"10.0.2.0/24\",\"dport\":443,\"flows\":2,\"packets\":2,"
		  "\"bytes\":1050}\n"
		  "{\"other\":true,\"flows\":3,\"packets\":3,\"bytes\":35}\n");
	CHECK_STR(grouped(&fmt_prometheus, SORT_PACKETS, false, 1, 0),
		  "# HELP conntrack_group_flows Flows in the group.\n"
		  "# TYPE conntrack_group_flows gauge\n"
		  "conntrack_group_flows{src=\"10.0.1.0/24\",dport=\"80\"} 3\n"
		  "conntrack_group_flows{src=\"other\",dport=\"other\"} 3\n"
		  "# HELP conntrack_group_packets Packets of the group's flows, both directions.\n"
		  "# TYPE conntrack_group_packets gauge\n"
		  "conntrack_group_packets{src=\"10.0.1.0/24\",dport=\"80\"} 3\n"
		  "conntrack_group_packets{src=\"other\",dport=\"other\"} 2\n"
		  "# HELP conntrack_group_bytes Bytes of the group's flows, both directions.\n"
		  "# TYPE conntrack_group_bytes gauge\n"
		  "conntrack_group_bytes{src=\"10.0.1.0/24\",dport=\"80\"} 35\n"
		  "conntrack_group_bytes{src=\"other\",dport=\"other\"} 1050\n");
	CHECK(!fmt_save.groups && !fmt_xml.groups);
}

/* A message without any attribute is in groups by what it has, which is nothing: no byte of what
 * was in memory before. */
static void test_empty_groups(void)
{
	static const struct fmt_ops *const ops[] = {&fmt_text, &fmt_json, &fmt_prometheus};
	uint32_t message[(NLMSG_HDRLEN + NL_NFGEN_LEN) / 4] = {sizeof(message)};
	char first[2048] = "";

	for (unsigned field = 0; field < GROUP_FIELDS * 3 * 2; field++) {
		struct group_spec spec = {.n = 1, .field = {(uint8_t)(field / 6)}, .prefix = {128}};
		struct fmt f = {.out = &out, .ops = ops[field / 2 % 3], .flags = FMT_LINES};
		struct groups *g = groups_new(&spec);
		struct ct_entry e;

		memset(&e, field % 2 ? 0xaa : 0x55, sizeof(e));
		CHECK_INT(ct_entry_decode(&e, (const struct nlmsghdr *)message), 0);
		CHECK_INT(groups_add(g, &e), 0);
		groups_print(g, &f, SORT_NONE, false, 0, 0);
		groups_free(g);
		if (field % 2)
			CHECK_STR(written(), first);
		else
			snprintf(first, sizeof(first), "%s", written());
	}
}

/* More groups than there is room for at first, in the order of their fields where the numbers are
 * equal, whatever the order in which they came. */
static void test_many_groups(void)
{
	static const struct group_spec by_source = {.n = 1, .field = {GROUP_SRC}, .prefix = {128}};
	struct groups *g[2] = {groups_new(&by_source), groups_new(&by_source)};
	struct fmt f = {.out = &out, .ops = &fmt_text};
	bool added = true;
	char *first;

	CHECK(g[0] && g[1]);
	for (unsigned i = 0; g[0] && g[1] && i < 3000; i++)
		for (unsigned k = 0; k < 2; k++) {
			unsigned v = k ? 2999 - i : i;
			struct ct_entry e = flow((uint8_t)(v >> 8), (uint8_t)v, 1, 0);

			added &= !groups_add(g[k], &e);
		}
	CHECK(added);
	CHECK_INT(groups_count(g[0]), 3000);
	groups_print(g[0], &f, SORT_NONE, false, 500, 0);
	first = strdup(written());
	groups_print(g[1], &f, SORT_NONE, false, 500, 0);
	CHECK_STR(written(), first);
	CHECK(first && strstr(first, "\n10.0.0.0  "));
	CHECK(first && strstr(first, "\n10.0.1.243"));
	CHECK(first && !strstr(first, "\n10.0.1.244"));
	free(first);
	groups_free(g[0]);
	groups_free(g[1]);
	groups_free(NULL);
}

/* --- times --- */

/* Returns whether the format writes this of an entry with these times, in nanoseconds. */
static bool timed(const struct fmt_ops *ops, uint64_t start, uint64_t stop, uint64_t now,
		  const char *want)
{
	struct ct_entry e = tcp;
	struct fmt f = {.out = &out, .ops = ops, .flags = FMT_TIMESTAMP, .now = now};
	const struct fmt_event ev = {.kind = stop ? FMT_DESTROY : FMT_NEW, .time = now};

	e.has |= CT_HAS_START | (stop ? CT_HAS_STOP : 0);
	e.start = start;
	e.stop = stop;
	ops->entry(&f, &e, &ev);
	return strstr(written(), want) != NULL;
}

/* As recorded from release 1.4.9, whose text and XML differ in the age of what has ended; and where
 * the clock was set back. */
static void test_times(void)
{
	const uint64_t start = 1796037876953251785, stop = 1796037877270577813;
	const uint64_t begun = 1796037893951513373, then = 1796037894251513373;
	const uint64_t small = 1772687045000042000;

	CHECK(timed(&fmt_text, start, stop, then, " delta-time=1 "));
	CHECK(timed(&fmt_xml, start, stop, then, "<deltatime>0</deltatime>"));
	CHECK(timed(&fmt_text, begun, 0, then, " delta-time=1 "));
	CHECK(timed(&fmt_xml, begun, 0, then, "<deltatime>1</deltatime>"));
	CHECK(timed(&fmt_text, stop, start, then, " delta-time=0 "));
	CHECK(timed(&fmt_xml, stop, start, then, "<deltatime>0</deltatime>"));
	CHECK(timed(&fmt_xml, small, 0, small,
		    "<when><hour>5</hour><min>04</min><sec>05</sec><wday>5</wday><day>5</day>"
		    "<month>3</month><year>2026</year></when>"));
}

/* --- room --- */

static void widest_tuple(struct ct_tuple *t)
{
	memset(t, 0xff, sizeof(*t));
	t->l3 = 10;
	t->l4 = CT_PROTO_TCP;
}

/* The longest that there can be fits the room that formats make for it: out_end() asserts it. */
static void test_rooms(void)
{
	static const struct fmt_ops *const all[] = {&fmt_text, &fmt_save, &fmt_xml, &fmt_json};
	static const uint32_t every_label[4] = {~0u, ~0u, ~0u, ~0u};
	static const char name[] = "abcdefghijklmno";
	struct ct_entry e;
	struct ct_expect x;

	memset(&e, 0xff, sizeof(e));
	memset(&x, 0xff, sizeof(x));
	e.family = x.family = 10;
	e.info = CT_INFO_SCTP;
	e.state = 3;
	e.helper = e.secctx = x.helper = x.fn = (struct nl_str){name, sizeof(name) - 1};
	e.labels = (struct nl_attr){.data = (const void *)every_label, .len = sizeof(every_label)};
	e.start = 0;
	widest_tuple(&e.orig);
	widest_tuple(&e.reply);
	widest_tuple(&e.master);
	widest_tuple(&x.tuple);
	widest_tuple(&x.mask);
	widest_tuple(&x.master);
	widest_tuple(&x.nat);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (unsigned kind = 0; kind < 4; kind++) {
			const struct fmt_event ev = {.kind = kind,
						     .time = UINT64_MAX,
						     .portid = UINT32_MAX,
						     .program = name};
			struct fmt f = {.out = &out,
					.ops = all[i],
					.flags = FMT_EXTENDED | FMT_ID | FMT_TIMESTAMP |
						 FMT_KTIMESTAMP | FMT_LABELS | FMT_COLOR,
					.now = UINT64_MAX,
					.table = "conntrack",
					.netns = name};

			f.ops->entry(&f, &e, &ev);
			f.ops->expect(&f, &x, &ev);
			if (f.ops->end)
				f.ops->end(&f);
			CHECK(strlen(written()) > 50);
		}
}

/* A build with -DDEBUG, as this one, notices an entry that overflows its reserved room. */
static void test_overflow(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		close(STDERR_FILENO);
		out_end(&out, out_room(&out, 4) + 5);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGABRT);
}

/* Compiles into as much as is promised, and no more, and shows the entry tcp. */
static void check_template(const char *text, const char *want)
{
	struct template_step *steps = malloc(TEMPLATE_STEPS(strlen(text)) * sizeof(*steps));
	struct fmt f = {.out = &out, .ops = &fmt_template, .template = steps};
	struct nl_str at;

	CHECK(steps && !template_compile(steps, text, true, false, &at));
	out.p = out.buf;
	f.ops->entry(&f, &tcp, NULL);
	*out.p = 0;
	CHECK_STR(out.buf, want);
	out.p = out.buf;
	free(steps);
}

static void test_templates(void)
{
	struct template_step steps[TEMPLATE_STEPS(12)];
	struct nl_str at;

	check_template("id", "4000000000\n");
	check_template("id,id,id", "4000000000\t4000000000\t4000000000\n");
	check_template("%{id}%{id}", "40000000004000000000");
	check_template("%%", "%");
	check_template("0123456789abcde%%g", "0123456789abcde%g");
	check_template("0123456789abcdef\\n%{id}", "0123456789abcdef\n4000000000");
	check_template("0123456789abcdef0123456789abcdef\\\\",
		       "0123456789abcdef0123456789abcdef\\");
	check_template("%{helper}%{labels}%{secctx}%{reply.dst}", "ftp1,5,127--");
	CHECK_STR(template_compile(steps, "%{id}%{idd}", true, false, &at),
		  "is no name of a value");
	CHECK(at.len == 3 && !memcmp(at.p, "idd", 3));
	CHECK(template_compile(steps, "%{status}", false, true, &at));
	CHECK(!template_compile(steps, "%{status}", true, true, &at));
}

int main(void)
{
	out_init(&out, -1);
	test_templates();
	test_environ();
	test_names();
	test_heap();
	test_sort();
	test_groups();
	test_empty_groups();
	test_many_groups();
	test_times();
	test_rooms();
	test_overflow();
	return UNIT_END();
}
