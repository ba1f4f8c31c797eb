/*
 * What the kernel might send, through the decoders and every format. The first bytes choose the
 * message's type and the options; the others are what follows its header.
 */
#include <fcntl.h>
#include <string.h>

#include "ct/change.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "ct/stats.h"
#include "ct/uapi.h"
#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fuzz.h"

static struct out out;

/* Brackets in order, strings closed, no raw control character, UTF-8 well-formed. */
static void check_json(const char *s, const char *end)
{
	char stack[64];
	unsigned depth = 0;

	for (; s < end; s++) {
		if (*s == '{' || *s == '[') {
			MUST(depth < sizeof(stack));
			stack[depth++] = *s;
		} else if (*s == '}' || *s == ']') {
			MUST(depth && stack[--depth] == (*s == '}' ? '{' : '['));
			MUST(s[-1] != ',');
		} else if (*s == '"') {
			for (s++; s < end && *s != '"'; s++) {
				unsigned char c = (unsigned char)*s;

				MUST(c >= 0x20 && c != 0x7f);
				if (c == '\\')
					s++;
				for (unsigned n = c >= 0xf0   ? 3
						  : c >= 0xe0 ? 2
						  : c >= 0xc0 ? 1
							      : 0;
				     n; n--)
					MUST(++s < end && ((unsigned char)*s & 0xc0) == 0x80);
			}
			MUST(s < end);
		}
	}
	MUST(!depth);
}

/* Nothing in it can drive a terminal. */
static void check_text(const char *s, const char *end)
{
	for (; s < end; s++)
		MUST((*s >= ' ' && *s < 0x7f) || *s == '\n' || *s == '\t');
}

static void check(const struct fmt *f)
{
	if (f->ops == &fmt_json)
		check_json(out.buf, out.p);
	else if (f->ops != &fmt_xml)
		check_text(out.buf, out.p);
	out.p = out.buf;
}

static void format_all(const struct nlmsghdr *h, unsigned flags)
{
	static const struct fmt_ops *const all[] = {&fmt_text, &fmt_save, &fmt_xml, &fmt_json};
	const struct fmt_event ev = {.kind = FMT_UPDATE,
				     .time = 1,
				     .portid = 7,
				     .program = "\033\"<x"};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (unsigned k = 0; k < 2; k++) {
			struct fmt f = {.out = &out,
					.ops = all[i],
					.flags = flags & 31,
					.now = 1795459493,
					.lines = true,
					.netns = "\xff\033",
					.has_zone = true};
			struct ct_expect x;
			struct ct_entry e;

			if (h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP) {
				if (!ct_expect_decode(&x, h))
					f.ops->expect(&f, &x, k ? &ev : NULL);
			} else if (!ct_entry_decode(&e, h)) {
				f.ops->entry(&f, &e, k ? &ev : NULL);
			}
			check(&f);
		}
}

static void build(const struct nlmsghdr *h)
{
	struct ct_change change = {.has = CT_HAS_STATUS | CT_HAS_STATE, .info = CT_INFO_SCTP};
	uint32_t store[1024];
	struct nl_buf b;

	nl_buf_init(&b, store, sizeof(store));
	/* A deletion that names nothing would empty the table. */
	if (!ct_put_delete(&b, 1, h)) {
		const struct nlmsghdr *del = (const struct nlmsghdr *)store;
		struct nl_attr a;

		MUST(nl_find(nl_attrs(del, NFGEN_LEN),
			     h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP ? CTA_EXPECT_TUPLE
									     : CTA_TUPLE_ORIG,
			     1, &a));
	}
	(void)ct_put_update(&b, 2, h, &change);
	(void)ct_put_get(&b, 3, h, true);
	(void)ct_put_undo(&b, 4, h);
	(void)ct_same_flow(h, h);
	(void)ct_nat_as_asked(h, h);
	(void)ct_helper_of(h);
}

static void group(const struct nlmsghdr *h)
{
	const struct group_spec spec = {.n = 8,
					.field = {0, 1, 2, 3, 4, 5, 6, 7},
					.prefix = {24, 13}};
	struct groups *g = groups_new(&spec);
	struct fmt f = {.out = &out, .ops = &fmt_json, .lines = true};
	struct ct_entry e;

	if (!ct_entry_decode(&e, h))
		groups_add(g, &e);
	groups_print(g, &f, SORT_BYTES, false, 0, 80);
	check(&f);
	groups_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = {
		CT_MSG(IPCTNL_MSG_CT_NEW),	     CT_MSG(IPCTNL_MSG_CT_DELETE),
		EXP_MSG(IPCTNL_MSG_EXP_NEW),	     EXP_MSG(IPCTNL_MSG_EXP_DELETE),
		CT_MSG(IPCTNL_MSG_CT_GET_STATS_CPU), NLMSG_ERROR,
	};
	struct nl_sock sock = {.fd = -1};
	const struct nlmsghdr *next = NULL;
	struct nlmsghdr *h;
	struct ct_stats stats;
	size_t n = NLMSG_HDRLEN;

	if (size < 2 || size > 4096)
		return 0;
	if (!out.p)
		out_init(&out, open("/dev/null", O_WRONLY | O_CLOEXEC));
	n += size - 2;
	h = malloc(n); /* of its very size, so that reading past it is noticed */
	MUST(h);
	*h = (struct nlmsghdr){.nlmsg_len = (uint32_t)n, .nlmsg_type = types[data[0] % 6]};
	if (data[0] & 0x80)
		h->nlmsg_flags = NLM_F_ACK_TLVS | (data[0] & 0x40 ? NLM_F_CAPPED : 0);
	memcpy(h + 1, data + 2, size - 2);
	while ((next = nl_msg_next(h, n, next)))
		(void)nl_error(&sock, next);
	if (h->nlmsg_type == types[4]) {
		if (!ct_stats_decode(&stats, h)) {
			struct fmt f = {.out = &out,
					.ops = data[1] & 1 ? &fmt_json : &fmt_text,
					.lines = true};

			f.ops->stats(&f, data[1] & 2, &stats);
			check(&f);
		}
	} else if (h->nlmsg_type != NLMSG_ERROR) {
		format_all(h, data[1]);
		build(h);
		if (h->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK)
			group(h);
	}
	free(h);
	return 0;
}
