/*
 * Noise as messages of the kernel, through the decoders and every format.
 *
 * The first byte chooses the type of a message, whose attributes are the bytes from the third on,
 * and the event that it is shown as; or it says that these bytes are a datagram of messages, whose
 * headers are mended where they are impossible. The second byte chooses the options.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ct/encode.h"
#include "ct/host.h"
#include "ct/idle.h"
#include "ct/item.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "ct/stats.h"
#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fuzz.h"

#define MESSAGES 8

static const uint16_t types[] = {
	CT_MSG(IPCTNL_MSG_CT_NEW),
	CT_MSG(IPCTNL_MSG_CT_DELETE),
	CT_EXP_MSG(IPCTNL_MSG_EXP_NEW),
	CT_EXP_MSG(IPCTNL_MSG_EXP_DELETE),
	CT_MSG(IPCTNL_MSG_CT_GET_STATS_CPU),
	NLMSG_ERROR,
	CT_EXP_MSG(IPCTNL_MSG_EXP_GET_STATS_CPU),
	0, /* a datagram */
};

/* Everything goes to out, and once more to a file, from elsewhere in the buffer. */
static struct out out, elsewhere;

/* --- JSON, by RFC 8259 --- */

static const char *json_string(const char *s, const char *end)
{
	for (s++; s < end && *s != '"'; s++) {
		const unsigned char *u = (const unsigned char *)s;
		unsigned more = *u >= 0xf0 ? 3 : *u >= 0xe0 ? 2 : *u >= 0xc0;

		MUST(*u >= 0x20 && *u != 0x7f && *u < 0xf5 && *u != 0xc0 && *u != 0xc1);
		MUST(*u < 0x80 || *u >= 0xc0);
		if (*u == '\\') {
			MUST(++s < end && strchr("\"\\/bfnrtu", *s));
			for (more = *s == 'u' ? 4 : 0; more; more--)
				MUST(++s < end && strchr("0123456789abcdefABCDEF", *s));
			continue;
		}
		MUST(more < (size_t)(end - s));
		/* Neither overlong, nor a surrogate, nor too large, nor a control character. */
		MUST(!(*u == 0xe0 && u[1] < 0xa0) && !(*u == 0xed && u[1] > 0x9f));
		MUST(!(*u == 0xf0 && u[1] < 0x90) && !(*u == 0xf4 && u[1] > 0x8f));
		MUST(!(*u == 0xc2 && u[1] < 0xa0));
		for (; more; more--)
			MUST((*(const unsigned char *)++s & 0xc0) == 0x80);
	}
	MUST(s < end);
	return s + 1;
}

static const char *json_value(const char *s, const char *end, unsigned depth)
{
	bool object = s < end && *s == '{';
	const char *start = s;

	MUST(s < end && depth < 8);
	if (*s == '"')
		return json_string(s, end);
	if (!object && *s != '[') { /* of numbers, only natural ones are written */
		while (s < end && *s >= '0' && *s <= '9')
			s++;
		MUST(s > start && (*start != '0' || s == start + 1));
		return s;
	}
	for (s++; s < end && *s == '\n'; s++)
		;
	MUST(s < end);
	if (*s == (object ? '}' : ']'))
		return s + 1;
	for (;;) {
		if (object) {
			MUST(s < end && *s == '"');
			s = json_string(s, end);
			MUST(s < end && *s++ == ':');
		}
		s = json_value(s, end, depth + 1);
		while (s < end && *s == '\n')
			s++;
		MUST(s < end);
		if (*s != ',')
			break;
		for (s++; s < end && *s == '\n'; s++)
			;
	}
	MUST(*s == (object ? '}' : ']'));
	return s + 1;
}

/* One document, or one on each line. */
static void check_json(const char *s, const char *end, bool lines)
{
	while (s < end) {
		const char *stop = lines ? memchr(s, '\n', (size_t)(end - s)) : end - 1;

		MUST(stop && *stop == '\n');
		MUST(json_value(s, stop, 0) == stop);
		s = stop + 1;
	}
}

/* --- XML --- */

/* Elements in each other, attributes in quotes, nothing but ASCII and references in between. */
static void check_xml(const char *s, const char *end)
{
	static const char head[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
	struct nl_str stack[16];
	unsigned depth = 0, roots = 0;

	if (s == end)
		return;
	MUST((size_t)(end - s) > sizeof(head) && !memcmp(s, head, sizeof(head) - 1));
	for (s += sizeof(head) - 1; s < end; s++) {
		bool closes = *s == '<' && s[1] == '/';
		const char *name = s + 1 + closes;

		MUST((*s >= ' ' && *s < 0x7f) || *s == '\n');
		MUST(*s != '>');
		if (*s == '&')
			MUST(!strncmp(s, "&lt;", 4) || !strncmp(s, "&gt;", 4) ||
			     !strncmp(s, "&amp;", 5) || !strncmp(s, "&quot;", 6) ||
			     !strncmp(s, "&apos;", 6));
		if (*s != '<') {
			MUST(depth || *s == '\n');
			continue;
		}
		for (s = name;
		     (*s >= 'a' && *s <= 'z') || *s == '_' || *s == '-' || *s == '3' || *s == '4';)
			s++;
		MUST(s > name);
		if (closes) {
			MUST(depth && stack[--depth].len == (size_t)(s - name) &&
			     !memcmp(stack[depth].p, name, (size_t)(s - name)));
		} else {
			MUST(depth < 16);
			roots += !depth;
			stack[depth++] = (struct nl_str){name, (uint32_t)(s - name)};
		}
		while (s < end && *s == ' ') {
			while (s < end && *++s >= 'a' && *s <= 'z')
				;
			MUST(end - s > 2 && s[0] == '=' && s[1] == '"');
			for (s += 2; s < end && *s != '"'; s++)
				MUST(*s > ' ' && *s < 0x7f && *s != '<' && *s != '&');
			s++;
		}
		depth -= s < end && *s == '/';
		s += s < end && *s == '/';
		MUST(s < end && *s == '>');
	}
	MUST(!depth && roots == 1 && end[-1] == '\n');
}

/* --- text --- */

/* Nothing in it can drive a terminal, but for the colours that were asked for. */
static void check_text(const char *s, const char *end, bool color)
{
	MUST(s == end || end[-1] == '\n');
	for (; s < end; s++) {
		if (color && *s == '\033') {
			MUST(*++s == '[');
			while (s[1] >= '0' && s[1] <= '9')
				s++;
			MUST(*++s == 'm');
			continue;
		}
		MUST((*s >= ' ' && *s < 0x7f) || *s == '\n' || *s == '\t');
	}
}

static void check(const struct fmt *f)
{
	if (f->ops == &fmt_json)
		check_json(out.buf, out.p, f->flags & FMT_LINES);
	else if (f->ops == &fmt_xml)
		check_xml(out.buf, out.p);
	else
		check_text(out.buf, out.p, f->flags & FMT_COLOR);
	out.p = out.buf;
}

/* --- what is done with a message --- */

/* The decoders fill in no more than the members that a message has. Leftovers of the call before,
 * or of the stack, must not show. */
union decoded {
	struct ct_entry e;
	struct ct_expect x;
};

static void format(struct fmt *f, const struct nlmsghdr *h, const struct fmt_event *ev, int before)
{
	union decoded d;

	memset(&d, before, sizeof(d));
	for (unsigned k = 0; k < 2; k++) {
		if (h->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK_EXP) {
			if (!ct_entry_decode(&d.e, h))
				f->ops->entry(f, &d.e, k ? ev : NULL);
		} else if (!ct_expect_decode(&d.x, h)) {
			f->ops->expect(f, &d.x, k ? ev : NULL);
		}
		if (!k && f->ops->sync)
			f->ops->sync(f, f->deleting, ev->time);
		if (k && f->ops->lost)
			f->ops->lost(f, f->deleting ? -1 : 3, ev->time);
	}
	if (f->ops->end)
		f->ops->end(f);
}

static void format_all(const struct nlmsghdr *h, const uint8_t *opt, size_t at)
{
	static const struct fmt_ops *const all[] = {&fmt_text, &fmt_save, &fmt_xml, &fmt_json};
	static const struct zone zone = {"CET-1CEST,M3.5.0,M10.5.0/3"};
	static const struct ct_labelmap labels = {
		.name = {"web", "a\"b", "c,d", "<e>&", "\033[2J", "\xff\xc2\x9b", "12", "#"}};
	const struct fmt_event ev = {.kind = opt[0] >> 3 & 3,
				     .time = UINT64_C(1795459493000000007),
				     .portid = 7,
				     .program = "\033\"<x"};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool named = opt[1] & 0x80;
		const struct fmt f = {.out = &out,
				      .ops = all[i],
				      .flags = (opt[1] & 0x7fu & ~(unsigned)FMT_LINES) |
					       (opt[0] & 0x20 ? FMT_LINES : 0),
				      .now = UINT64_C(1795459493000000000),
				      .deleting = opt[0] & 0x40,
				      .labels = named ? &labels : NULL,
				      .table = named ? "conntrack" : NULL,
				      .netns = named ? "\xff\033" : NULL,
				      .zone = &zone};
		struct fmt g = f;
		size_t len, room;

		format(&g, h, &ev, 0);
		len = (size_t)(out.p - out.buf);
		MUST(len < OUT_SIZE - 8192);
		if (i == (h->nlmsg_len & 3)) { /* and where the buffer ends amid it */
			static char back[OUT_SIZE];

			g = f;
			g.out = &elsewhere;
			room = at % (len + 64);
			elsewhere.p = elsewhere.buf + OUT_SIZE - room;
			elsewhere.p[-1] = '\n';
			MUST(!lseek(elsewhere.fd, 0, SEEK_SET));
			format(&g, h, &ev, 0xa5);
			MUST(!out_flush(&elsewhere));
			MUST(lseek(elsewhere.fd, 0, SEEK_CUR) == (off_t)(OUT_SIZE - room + len));
			MUST(pread(elsewhere.fd, back, len, (off_t)(OUT_SIZE - room)) ==
			     (ssize_t)len);
			MUST(!memcmp(back, out.buf, len));
		} else {
			static char first[OUT_SIZE];

			memcpy(first, out.buf, len);
			out.p = out.buf;
			g = f;
			format(&g, h, &ev, 0xa5);
			MUST((size_t)(out.p - out.buf) == len && !memcmp(first, out.buf, len));
		}
		check(&f);
	}
}

static void build(const struct nlmsghdr *h)
{
	static const struct ct_change changes[] = {
		{.has = CT_HAS_STATUS | CT_HAS_STATE, .info = CT_INFO_SCTP},
		{.has = CT_HAS_TIMEOUT | CT_HAS_MARK | CT_HAS_LABELS | CT_HAS_TCP_FLAGS,
		 .info = CT_INFO_TCP},
	};
	bool expect = h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
	uint32_t store[2048];
	struct nl_buf b;

	for (unsigned i = 0; i < 9; i++) {
		struct nl_attr a;
		int err = -EINVAL;

		nl_buf_init(&b, store, sizeof(store));
		switch (i) {
		case 0:
			err = ct_encode_delete(&b, 1, h, i % CT_NAMES);
			break;
		case 1:
		case 2:
			if (!expect)
				err = ct_encode_update(&b, 1, h, i, &changes[i - 1]);
			break;
		case 3:
		case 4:
			err = ct_encode_get(&b, 1, h, i - 1, i == 4);
			break;
		case 5:
			err = ct_encode_delete_created(&b, 1, h);
			break;
		case 6:
			if (expect)
				(void)ct_encode_reapply(&b, 1, h, 0, h);
			else
				err = ct_encode_reapply(&b, 1, h, 0, h);
			break;
		case 7:
			if (!expect)
				err = ct_encode_update_to(&b, 1, h, 0, h);
			break;
		case 8:
			(void)ct_encode_resend(&b, 1, h);
			break;
		}
		if (err) {
			MUST(err == -EINVAL || err == -EMSGSIZE);
			continue;
		}
		/* A request that names no entry is about all of them. */
		MUST(nl_find(nl_attrs((const struct nlmsghdr *)store, NL_NFGEN_LEN),
			     expect ? CTA_EXPECT_TUPLE : CTA_TUPLE_ORIG, 1, &a) ||
		     (!expect && nl_find(nl_attrs((const struct nlmsghdr *)store, NL_NFGEN_LEN),
					 CTA_TUPLE_REPLY, 1, &a)));
		MUST(((struct nlmsghdr *)store)->nlmsg_len == b.len);
	}
	(void)ct_same_item(h, h);
	(void)ct_same_flow(h, h);
	(void)ct_nat_as_asked(h, h, UINT16_MAX);
	(void)ct_helper_of(h);
	(void)ct_event_kind(h);
}

/* One condition on each field, and its negation. */
static void match(const struct nlmsghdr *h)
{
	static struct ct_filter filters[CT_F_COUNT * 2];
	static const uint64_t now = UINT64_C(1795459493000000000);
	static struct ct_timeouts timeouts;
	static const struct ct_hosts nobody; /* an expectation's master may be this host's own */
	static bool made;
	bool expect = h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
	struct ct_expect x;

	for (unsigned i = 2; !made && i < CT_F_COUNT * 2; i++) {
		struct ct_cond c = {.field = (uint8_t)(i / 2), .negate = i & 1};

		if (ct_field_kind(c.field) == CT_KIND_NET)
			c.net.l3 = i & 2 ? 2 : 10;
		else if (ct_field_kind(c.field) == CT_KIND_NAME)
			c.name = (struct nl_str){"ftp", 3};
		else if (ct_field_kind(c.field) == CT_KIND_RANGE)
			c.range.hi = 7;
		MUST(!ct_filter_add(&filters[i], &c) && !ct_filter_compile(&filters[i]));
		filters[i].now = &now;
		filters[i].timeouts = &timeouts;
		filters[i].own = &nobody;
	}
	if (!made)
		ct_timeouts_read(&timeouts);
	made = true;
	if (expect && ct_expect_decode(&x, h))
		return;
	for (unsigned i = 2; i < CT_F_COUNT * 2; i += 2) {
		bool yes, no;

		if (expect ? i / 2 == CT_F_NEVER : i / 2 >= CT_F_IN)
			continue; /* interfaces want routes */
		yes = expect ? ct_expect_match(&filters[i], &x) : ct_filter_match(&filters[i], h);
		no = expect ? ct_expect_match(&filters[i + 1], &x)
			    : ct_filter_match(&filters[i + 1], h);
		MUST(!(yes && no));
	}
}

static void group(const struct nlmsghdr *const *m, unsigned n, const uint8_t *opt)
{
	static const struct fmt_ops *const all[] = {&fmt_text, &fmt_json, &fmt_prometheus};
	struct group_spec spec = {.n = (uint8_t)(1 + (opt[1] & 7))};
	struct fmt f = {.out = &out, .flags = opt[0] & 0x20 ? FMT_LINES : 0};
	struct groups *g;
	struct ct_entry e;
	unsigned counted = 0;

	for (unsigned i = 0; i < spec.n; i++) {
		spec.field[i] = (uint8_t)((i + (opt[1] >> 3)) % GROUP_FIELDS);
		spec.prefix[i] = (uint8_t)(opt[1] * 7 % 129);
	}
	f.ops = all[opt[1] % 3];
	g = groups_new(&spec);
	MUST(g);
	for (unsigned i = 0; i < n; i++)
		if (m[i]->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK && !ct_entry_decode(&e, m[i])) {
			MUST(!groups_add(g, &e));
			counted++;
		}
	MUST(groups_count(g) <= counted);
	groups_print(g, &f, opt[0] & 16 ? SORT_BYTES : SORT_NONE, opt[0] & 8, opt[1] & 1, opt[1]);
	if (f.ops->end)
		f.ops->end(&f);
	check(&f);
	groups_free(g);
}

/* Each sample of the metrics is one that came. */
static void check_samples(const struct ct_stats *all, unsigned n, bool expect)
{
	for (const char *s = out.buf, *end; s < out.p; s = end + 1) {
		bool known = *s == '#';

		end = memchr(s, '\n', (size_t)(out.p - s));
		MUST(end);
		for (unsigned i = 0; i < n && !known; i++)
			for (unsigned k = 0; k < all[i].n && !known; k++) {
				const char *name = ct_stats_name(expect, all[i].counter[k].type);
				char line[128];

				if (!name)
					continue;
				snprintf(line, sizeof(line),
					 "conntrack_%s_total{cpu=\"%u\"} %llu\n", name, all[i].cpu,
					 (unsigned long long)all[i].counter[k].value);
				known = !strncmp(s, line, strlen(line));
			}
		MUST(known);
	}
}

/* Counters, as of each CPU. */
static void stats(const struct nlmsghdr *const *m, unsigned n, bool expect, bool lines)
{
	static const struct fmt_ops *const ops[] = {&fmt_text, &fmt_xml, &fmt_json,
						    &fmt_prometheus};
	static struct ct_stats all[MESSAGES];
	unsigned cpus = 0;

	memset(all, 0xa5, sizeof(all));
	for (unsigned i = 0; i < n; i++)
		if (m[i]->nlmsg_type == types[expect ? 6 : 4] && !ct_stats_decode(&all[cpus], m[i]))
			cpus++;
	for (unsigned i = 0; cpus && i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct fmt f = {.out = &out, .ops = ops[i], .flags = lines ? FMT_LINES : 0};

		for (unsigned k = 0; k < cpus; k++)
			f.ops->stats(&f, expect, &all[k]);
		if (f.ops->end)
			f.ops->end(&f);
		if (f.ops == &fmt_prometheus)
			check_samples(all, cpus, expect);
		check(&f);
	}
}

static void one(const struct nlmsghdr *h, const uint8_t *opt, size_t at)
{
	struct nl_err err;

	MUST(nl_error(h, &err) <= 0 && memchr(err.text, 0, sizeof(err.text)));
	if (h->nlmsg_type != types[0] && h->nlmsg_type != types[1] && h->nlmsg_type != types[2] &&
	    h->nlmsg_type != types[3])
		return;
	format_all(h, opt, at);
	build(h);
	match(h);
}

/* Makes the headers of a datagram possible, apart from those that are to be impossible. */
static void set_right(uint8_t *p, size_t left)
{
	while (left >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr h;

		memcpy(&h, p, sizeof(h));
		if (!(h.nlmsg_type & 0x8000)) {
			h.nlmsg_type = types[h.nlmsg_type & 7];
			h.nlmsg_len = h.nlmsg_len & 0xffff;
		}
		if (!(h.nlmsg_type & 0x8000) && (h.nlmsg_len < sizeof(h) || h.nlmsg_len > left))
			h.nlmsg_len = (uint32_t)left;
		memcpy(p, &h, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len + UINT64_C(3) > left)
			return;
		p += NLMSG_ALIGN(h.nlmsg_len);
		left -= NLMSG_ALIGN(h.nlmsg_len);
	}
}

/* A message of its very size, so that reading past it is noticed. */
static struct nlmsghdr *copy(const void *h, size_t len)
{
	struct nlmsghdr *m = malloc(len);

	MUST(m);
	return memcpy(m, h, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *m[MESSAGES];
	const struct nlmsghdr *const *all = (const struct nlmsghdr *const *)m;
	unsigned n = 0;
	size_t at;

	if (size < 2 || size > 4096)
		return 0;
	if (!out.p) {
		out_init(&out, open("/dev/null", O_WRONLY | O_CLOEXEC));
		out_init(&elsewhere, memfd_create("out", MFD_CLOEXEC));
	}
	at = data[0] * 256u + data[1] * 17u + size * 5;
	if (types[data[0] & 7]) {
		struct nlmsghdr h = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size - 2),
				     .nlmsg_type = types[data[0] & 7]};
		uint8_t whole[NLMSG_HDRLEN + 4096];

		if (data[0] & 0x80)
			h.nlmsg_flags = NLM_F_ACK_TLVS | (data[0] & 0x40 ? NLM_F_CAPPED : 0);
		memcpy(whole, &h, sizeof(h));
		memcpy(whole + sizeof(h), data + 2, size - 2);
		m[n++] = copy(whole, h.nlmsg_len);
	} else {
		uint8_t *datagram = (uint8_t *)copy(data + 2, size - 2);
		const struct nlmsghdr *h = NULL;
		size_t read = 0;

		set_right(datagram, size - 2);
		while (n < MESSAGES && (h = nl_msg_next(datagram, size - 2, h))) {
			read = (size_t)((const uint8_t *)h - datagram) + NLMSG_ALIGN(h->nlmsg_len);
			m[n++] = copy(h, h->nlmsg_len);
		}
		/* Nothing is passed over without a word. */
		MUST(n == MESSAGES || nl_whole(datagram, size - 2) == (read >= size - 2));
		free(datagram);
	}
	for (unsigned i = 0; i < n; i++)
		one(m[i], data, at);
	group(all, n, data);
	stats(all, n, false, data[0] & 0x20);
	stats(all, n, true, data[0] & 0x20);
	for (unsigned i = 0; i < n; i++)
		free(m[i]);
	return 0;
}
