#include "fmt/value.h"

#include <stddef.h>
#include <sys/socket.h>

#include "ct/text.h"
#include "fmt/format.h"
#include "fmt/names.h"
#include "fmt/num.h"

enum kind {
	NUMBER8 = 1,
	NUMBER16,
	NUMBER32,
	NUMBER64,
	SUM, /* of a counter of both directions */
	ADDR,
	PORT,
	KEY, /* of GRE, kept as a port */
	PROTO,
	FAMILY,
	STATE,
	ROLE,
	STATUS,
	TCP_FLAGS,
	EXPECT_FLAGS,
	STRING,
	LABELS,
	DATE,
	DURATION,
	/* of the event and its surroundings */
	EVENT,
	TIME,
	PORTID,
	PROGRAM,
	NETNS,
	TABLE,
};

/* Values that are there without a bit in has. */
#define ALWAYS 32

struct row {
	char name[8]; /* without a NUL where it fills all */
	uint8_t kind;
	uint8_t has;	 /* the number of the bit in has of the entry or the tuple */
	uint16_t offset; /* in the entry, or in the tuple */
};

#define BIT(flag) ((uint8_t)__builtin_ctz(flag))
#define T(name, kind, flag, member)                                                                \
	{                                                                                          \
		name, kind, BIT(CT_T_##flag), offsetof(struct ct_tuple, member)                    \
	}
#define E(name, kind, flag, member)                                                                \
	{                                                                                          \
		name, kind, BIT(CT_HAS_##flag), offsetof(struct ct_entry, member)                  \
	}
#define X(name, kind, flag, member)                                                                \
	{                                                                                          \
		name, kind, BIT(CT_EXP_HAS_##flag), offsetof(struct ct_expect, member)             \
	}

/* clang-format off */
static const struct row entry_rows[] = {
	E("timeout", NUMBER32, TIMEOUT, timeout),
	E("state", STATE, STATE, state),
	E("status", STATUS, STATUS, status),
	E("packets", SUM, COUNTERS_ORIG, packets),
	E("bytes", SUM, COUNTERS_ORIG, bytes),
	E("mark", NUMBER32, MARK, mark),
	E("zone", NUMBER16, ZONE, zone),
	E("secctx", STRING, SECCTX, secctx),
	E("helper", STRING, HELPER, helper),
	E("labels", LABELS, LABELS, labels),
	E("use", NUMBER32, USE, use),
	E("id", NUMBER32, ID, id),
	E("start", DATE, START, start),
	E("stop", DATE, STOP, stop),
	E("duration", DURATION, STOP, stop),
}, orig_rows[] = {
	E("packets", NUMBER64, COUNTERS_ORIG, packets[CT_ORIG]),
	E("bytes", NUMBER64, COUNTERS_ORIG, bytes[CT_ORIG]),
}, reply_rows[] = {
	E("packets", NUMBER64, COUNTERS_REPLY, packets[CT_REPLY]),
	E("bytes", NUMBER64, COUNTERS_REPLY, bytes[CT_REPLY]),
}, tcp_orig_rows[] = {
	E("wscale", NUMBER8, WSCALE, wscale[CT_ORIG]),
	E("flags", TCP_FLAGS, TCP_FLAGS, tcp_flags[CT_ORIG]),
}, tcp_reply_rows[] = {
	E("wscale", NUMBER8, WSCALE, wscale[CT_REPLY]),
	E("flags", TCP_FLAGS, TCP_FLAGS, tcp_flags[CT_REPLY]),
}, sctp_orig_rows[] = {
	E("vtag", NUMBER32, VTAG, vtag[CT_ORIG]),
}, sctp_reply_rows[] = {
	E("vtag", NUMBER32, VTAG, vtag[CT_REPLY]),
}, dccp_rows[] = {
	E("role", ROLE, ROLE, role),
}, tuple_rows[] = {
	T("proto", PROTO, PROTO, l4),
	T("protonum", NUMBER8, PROTO, l4),
	T("src", ADDR, SRC, src),
	T("dst", ADDR, DST, dst),
	T("sport", PORT, SPORT, sport),
	T("dport", PORT, DPORT, dport),
	T("srckey", KEY, SPORT, sport),
	T("dstkey", KEY, DPORT, dport),
	T("type", NUMBER8, ICMP_TYPE, icmp_type),
	T("code", NUMBER8, ICMP_CODE, icmp_code),
	/* Behind a prefix alone: the entry has values of these names, too. */
	T("id", NUMBER16, ICMP_ID, icmp_id),
	T("zone", NUMBER16, ZONE, zone),
}, expect_rows[] = {
	X("timeout", NUMBER32, TIMEOUT, timeout),
	X("class", NUMBER32, CLASS, exp_class),
	X("flags", EXPECT_FLAGS, FLAGS, flags),
	X("helper", STRING, HELPER, helper),
	X("function", STRING, FN, fn),
	X("zone", NUMBER16, ZONE, zone),
	X("id", NUMBER32, ID, id),
}, nat_rows[] = {
	X("dir", NUMBER32, NAT, nat_dir),
}, common_rows[] = {
	{"event", EVENT, ALWAYS},
	{"time", TIME, ALWAYS},
	{"portid", PORTID, ALWAYS},
	{"program", PROGRAM, ALWAYS},
	{"netns", NETNS, ALWAYS},
	{"table", TABLE, ALWAYS},
	{"family", FAMILY, ALWAYS, offsetof(struct ct_entry, family)},
};
/* clang-format on */

_Static_assert(offsetof(struct ct_entry, has) == 0 && offsetof(struct ct_expect, has) == 0 &&
		       offsetof(struct ct_tuple, has) == 0,
	       "has is found without looking at what it is of");
_Static_assert(offsetof(struct ct_entry, family) == offsetof(struct ct_expect, family),
	       "there is one row for both");
_Static_assert(offsetof(struct ct_expect, nat) <= UINT8_MAX, "see struct section");

#define ROWS(a)		sizeof(a) / sizeof((a)[0]), (a)
#define UNPREFIXED	sizeof(tuple_rows) / sizeof(tuple_rows[0]) - 2, tuple_rows
#define ENTRY_TUPLE(m)	offsetof(struct ct_entry, m)
#define EXPECT_TUPLE(m) offsetof(struct ct_expect, m)

/* Rows, with what stands before their names. */
static const struct section {
	char prefix[11];
	uint8_t of;   /* enum value_of */
	uint8_t base; /* where the tuple is that they are of; 0: they are of none */
	uint8_t n;
	const struct row *rows;
} sections[] = {
	{"", VALUE_BOTH, 0, ROWS(common_rows)},
	{"", VALUE_ENTRY, 0, ROWS(entry_rows)},
	{"", VALUE_ENTRY, ENTRY_TUPLE(orig), UNPREFIXED},
	{"orig.", VALUE_ENTRY, ENTRY_TUPLE(orig), ROWS(tuple_rows)},
	{"orig.", VALUE_ENTRY, 0, ROWS(orig_rows)},
	{"reply.", VALUE_ENTRY, ENTRY_TUPLE(reply), ROWS(tuple_rows)},
	{"reply.", VALUE_ENTRY, 0, ROWS(reply_rows)},
	{"master.", VALUE_ENTRY, ENTRY_TUPLE(master), ROWS(tuple_rows)},
	{"tcp.orig_", VALUE_ENTRY, 0, ROWS(tcp_orig_rows)},
	{"tcp.reply_", VALUE_ENTRY, 0, ROWS(tcp_reply_rows)},
	{"sctp.orig_", VALUE_ENTRY, 0, ROWS(sctp_orig_rows)},
	{"sctp.reply_", VALUE_ENTRY, 0, ROWS(sctp_reply_rows)},
	{"dccp.", VALUE_ENTRY, 0, ROWS(dccp_rows)},
	{"", VALUE_EXPECT, 0, ROWS(expect_rows)},
	{"", VALUE_EXPECT, EXPECT_TUPLE(tuple), UNPREFIXED},
	{"tuple.", VALUE_EXPECT, EXPECT_TUPLE(tuple), ROWS(tuple_rows)},
	{"mask.", VALUE_EXPECT, EXPECT_TUPLE(mask), ROWS(tuple_rows)},
	{"master.", VALUE_EXPECT, EXPECT_TUPLE(master), ROWS(tuple_rows)},
	{"nat.", VALUE_EXPECT, EXPECT_TUPLE(nat), ROWS(tuple_rows)},
	{"nat.", VALUE_EXPECT, 0, ROWS(nat_rows)},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* The i-th row of all, of those that stand in several sections each time, as a value with its name.
 * False past the last. */
static __attribute__((cold)) bool nth(unsigned i, struct value *v, char name[VALUE_NAME])
{
	for (const struct section *s = sections; s < sections + SECTIONS; s++) {
		if (i < s->n) {
			const struct row *r = &s->rows[i];

			format(name, VALUE_NAME, "%s%.8s", s->prefix, r->name);
			*v = (struct value){r->kind, r->has, s->base, s->of, r->offset};
			return true;
		}
		i -= s->n;
	}
	return false;
}

__attribute__((cold)) bool value_name(unsigned i, char name[VALUE_NAME], enum value_of *of)
{
	struct value v = {0};
	bool found = nth(i, &v, name);

	*of = v.of;
	return found;
}

__attribute__((cold)) bool value_find(struct value v[2], struct nl_str text)
{
	char name[VALUE_NAME];
	struct value found;

	v[VALUE_ENTRY].kind = v[VALUE_EXPECT].kind = 0;
	for (unsigned i = 0; nth(i, &found, name); i++) {
		if (!ct_str_is(text, name))
			continue;
		if (found.of != VALUE_EXPECT)
			v[VALUE_ENTRY] = found;
		if (found.of != VALUE_ENTRY)
			v[VALUE_EXPECT] = found;
	}
	return v[VALUE_ENTRY].kind || v[VALUE_EXPECT].kind;
}

/* A string from outside. */
static __attribute__((cold)) char *put_string(struct fmt *f, char *p, const char *s, size_t n)
{
	out_end(f->out, p);
	out_safe(f->out, s, n);
	return n ? out_room(f->out, VALUE_ROOM) : NULL;
}

/* The names of bits; nothing is no value. */
static char *put_bits(char *p, uint32_t bits, const struct ct_name *names, unsigned n)
{
	char *end = put_names(p, bits, names, n);

	return end == p ? NULL : end;
}

static char *put_state(char *p, const struct ct_entry *e)
{
	const struct ct_name *name = ct_entry_state(e);

	return name ? put_name(p, name) : put_u32(p, e->state);
}

static __attribute__((cold)) bool any_label(const struct nl_attr *labels)
{
	for (uint32_t i = 0; i < labels->len; i++)
		if (labels->data[i])
			return true;
	return false;
}

/* Values that are of the event or the command, or need more than a member. */
static __attribute__((noinline, cold)) char *put_other(struct fmt *f, char *p, const void *item,
						       struct value v, const struct fmt_event *ev)
{
	const struct ct_entry *e = item;
	uint32_t portid = ev ? ev->portid : 0;

	switch (v.kind) {
	case DURATION:
		return e->has & CT_HAS_START ? put_duration(p, e->start, e->stop) : NULL;
	case LABELS:
		return any_label(&e->labels) ? put_label_names(f, p, &e->labels) : NULL;
	case EVENT:
		return ev ? put_str(p, names_event[ev->kind].word) : NULL;
	case TIME:
		if (!ev)
			return NULL;
		return put_rfc3339(p, v.of != VALUE_EXPECT && e->has & CT_HAS_EVENT_TIME
					      ? e->event_time
					      : ev->time);
	case PORTID:
		return portid ? put_u32(p, portid) : NULL;
	case PROGRAM:
		return portid && ev->program ? put_string(f, p, ev->program, strlen(ev->program))
					     : NULL;
	case NETNS:
		return f->netns ? put_string(f, p, f->netns, strlen(f->netns)) : NULL;
	default:
		return f->table ? put_str(p, f->table) : NULL;
	}
}

char *value_put(struct fmt *f, char *p, const void *item, struct value v,
		const struct fmt_event *ev)
{
	const struct ct_tuple *t = (const void *)((const char *)item + v.base);
	const void *at = (const char *)t + v.offset;
	const struct nl_str *string = at;
	const uint64_t *wide = at;
	const uint32_t *word = at;
	const uint16_t *half = at;
	const uint8_t *byte = at;
	uint32_t has = v.base ? t->has : *(const uint32_t *)item;

	if (v.has != ALWAYS && !(has >> v.has & 1))
		return NULL;
	switch (v.kind) {
	case 0:
		return NULL;
	case NUMBER8:
		return put_u32(p, *byte);
	case PORT:
	case KEY:
		if ((t->l4 == CT_PROTO_GRE) != (v.kind == KEY))
			return NULL;
		/* fallthrough */
	case NUMBER16:
		return put_u32(p, *half);
	case NUMBER32:
		return put_u32(p, *word);
	case NUMBER64:
		return put_u64(p, *wide);
	case SUM:
		return put_u64(p, ct_entry_sum(item, wide));
	case ADDR:
		return put_addr(p, t->l3, at);
	case PROTO:
		return put_str(p, ct_proto(t->l4)->name);
	case FAMILY:
		return put_str(p, *byte == AF_INET6 ? "ipv6" : "ipv4");
	case STATE:
		return put_state(p, item);
	case ROLE:
		return put_str(p, *byte ? "server" : "client");
	case STATUS:
		return put_bits(p, *word, names_status, NAMES_STATUS);
	case TCP_FLAGS:
		return put_bits(p, *byte, names_tcp_flags, NAMES_TCP_FLAGS);
	case EXPECT_FLAGS:
		return put_bits(p, *word, names_expect_flags, NAMES_EXPECT_FLAGS);
	case STRING:
		return put_string(f, p, string->p, string->len);
	case DATE:
		return put_rfc3339(p, *wide);
	default:
		return put_other(f, p, item, v, ev);
	}
}
