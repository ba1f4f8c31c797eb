/* JSON: a list is one array, one entry a line; events, and jsonl everywhere, one object a line. */
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/check.h"
#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fmt/names.h"
#include "fmt/num.h"

/* The parts of bounded length take less than this, all together. */
#define OBJECT_ROOM 4096

/* Begins a member: "name": */
#define PUT_KEY(p, name) PUT(p, "\"" name "\":")

static inline char *put_comma(char *p)
{
	*p++ = ',';
	return p;
}

/* "name":number, with the comma */
#define PUT_NUMBER(p, name, v) put_comma(put_u64(PUT_KEY(p, name), v))

/* "name":"word", for words that need no escape */
#define PUT_WORD(p, name, word) PUT(put_str(PUT(p, "\"" name "\":\""), word), "\",")

/* Closes an object or array, without the comma behind its last member. */
static char *put_close(char *p, char bracket)
{
	if (p[-1] == ',')
		p--;
	*p++ = bracket;
	return p;
}

/* Returns the length in bytes of the UTF-8 character at s, of which n bytes follow; 0 if it is no
 * character (RFC 3629). */
static size_t utf8(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (!len || s[0] > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* Writes a string from outside in quotes; a byte that is not UTF-8 becomes U+FFFD. */
static void string(struct out *o, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	out_bytes(o, "\"", 1);
	while (n) {
		size_t len = utf8(s, n);
		char *p = out_room(o, 8);

		if (!len) {
			p = PUT(p, "\xef\xbf\xbd");
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			*p++ = '\\';
			*p++ = (char)*s;
		} else if (*s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0)) {
			unsigned c = s[len - 1]; /* U+0080 to U+009F drive terminals, too */

			p = PUT(p, "\\u00");
			*p++ = "0123456789abcdef"[c >> 4];
			*p++ = "0123456789abcdef"[c & 15];
		} else {
			p = put_mem(p, (const char *)s, len);
		}
		out_end(o, p);
		s += len;
		n -= len;
	}
	out_bytes(o, "\"", 1);
}

static char *put_string(struct out *o, char *p, const char *name, const char *s, size_t n)
{
	*p++ = '"';
	p = put_str(p, name);
	out_end(o, PUT(p, "\":"));
	string(o, s, n);
	p = out_room(o, OBJECT_ROOM);
	return put_comma(p);
}

/* "time", in UTC with nanoseconds (RFC 3339), with the comma */
static char *put_time(char *p, uint64_t ns)
{
	*p++ = '"';
	return PUT(put_rfc3339(p, ns), "\",");
}

/* ["A","B"], of the bits that are set and have a name, with the comma */
static char *put_bits(char *p, uint32_t v, const struct ct_name *names, unsigned n)
{
	*p++ = '[';
	for (v &= (UINT32_C(1) << n) - 1; v; v &= v - 1) {
		const struct ct_name *name = &names[__builtin_ctz(v)];

		if (!name->len)
			continue;
		*p++ = '"';
		p = PUT(put_name(p, name), "\",");
	}
	return put_comma(put_close(p, ']'));
}

static char *put_keys(char *p, const struct ct_tuple *t)
{
	bool gre = ct_proto(t->l4)->keys == CT_KEYS_GRE;

	if (t->has & CT_T_SRC)
		p = PUT(put_addr(PUT(p, "\"src\":\""), t->l3, &t->src), "\",");
	if (t->has & CT_T_DST)
		p = PUT(put_addr(PUT(p, "\"dst\":\""), t->l3, &t->dst), "\",");
	if (t->has & CT_T_SPORT)
		p = put_comma(put_u32(gre ? PUT_KEY(p, "srckey") : PUT_KEY(p, "sport"), t->sport));
	if (t->has & CT_T_DPORT)
		p = put_comma(put_u32(gre ? PUT_KEY(p, "dstkey") : PUT_KEY(p, "dport"), t->dport));
	if (t->has & CT_T_ICMP_TYPE)
		p = PUT_NUMBER(p, "type", t->icmp_type);
	if (t->has & CT_T_ICMP_CODE)
		p = PUT_NUMBER(p, "code", t->icmp_code);
	if (t->has & CT_T_ICMP_ID)
		p = PUT_NUMBER(p, "id", t->icmp_id);
	if (t->has & CT_T_ZONE)
		p = PUT_NUMBER(p, "zone", t->zone);
	return p;
}

static char *put_tuple(char *p, const char *name, const struct ct_tuple *t)
{
	*p++ = '"';
	p = put_str(p, name);
	p = put_close(put_keys(PUT(p, "\":{"), t), '}');
	return put_comma(p);
}

static char *put_direction(char *p, const struct ct_entry *e, enum ct_dir dir)
{
	uint32_t counted = dir == CT_ORIG ? CT_HAS_COUNTERS_ORIG : CT_HAS_COUNTERS_REPLY;

	p = dir == CT_ORIG ? PUT(p, "\"orig\":{") : PUT(p, "\"reply\":{");
	p = put_keys(p, dir == CT_ORIG ? &e->orig : &e->reply);
	if (e->has & counted) {
		p = PUT_NUMBER(p, "packets", e->packets[dir]);
		p = PUT_NUMBER(p, "bytes", e->bytes[dir]);
	}
	if (e->has & CT_HAS_DELTA) {
		p = PUT_NUMBER(p, "delta_packets", e->delta_packets[dir]);
		p = PUT_NUMBER(p, "delta_bytes", e->delta_bytes[dir]);
	}
	p = put_close(p, '}');
	return put_comma(p);
}

/* Begins an object of the document, up to its first member; close_object() ends it. */
static char *open_object(struct fmt *f)
{
	char *p = out_room(f->out, OBJECT_ROOM);

	if (!(f->flags & FMT_LINES))
		p = f->begun ? PUT(p, ",\n") : PUT(p, "[\n");
	f->begun = true;
	*p++ = '{';
	if (f->table)
		p = PUT_WORD(p, "table", f->table);
	return p;
}

static void close_object(struct fmt *f, char *p)
{
	p = put_close(p, '}');
	if (f->flags & FMT_LINES)
		*p++ = '\n';
	out_end(f->out, p);
}

static void json_end(struct fmt *f)
{
	if (!(f->flags & FMT_LINES))
		out_str(f->out, f->begun ? "\n]\n" : "[]\n");
}

static char *put_event(char *p, const struct fmt_event *ev, uint64_t time)
{
	p = PUT_WORD(p, "event", names_event[ev->kind].word);
	return put_time(PUT_KEY(p, "time"), time);
}

static char *put_netns(struct fmt *f, char *p)
{
	return f->netns ? put_string(f->out, p, "netns", f->netns, strlen(f->netns)) : p;
}

static char *put_origin(struct fmt *f, char *p, const struct fmt_event *ev)
{
	if (ev && ev->portid) {
		p = PUT_NUMBER(p, "portid", ev->portid);
		if (ev->program)
			p = put_string(f->out, p, "program", ev->program, strlen(ev->program));
	}
	return put_netns(f, p);
}

static char *put_protocol(char *p, uint8_t family, const struct ct_tuple *t)
{
	if (family == AF_INET || family == AF_INET6)
		p = PUT_WORD(p, "family", family == AF_INET ? "ipv4" : "ipv6");
	if (t->has & CT_T_PROTO) {
		p = PUT_WORD(p, "proto", ct_proto(t->l4)->name);
		p = PUT_NUMBER(p, "protonum", t->l4);
	}
	return p;
}

static char *put_labels(struct fmt *f, char *p, const struct nl_attr *labels)
{
	p = PUT(p, "\"labels\":[");
	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = f->labels ? f->labels->name[bit] : NULL;

		if (!ct_label_test(labels, bit))
			continue;
		if (name) {
			out_end(f->out, p);
			string(f->out, name, strlen(name));
			p = out_room(f->out, OBJECT_ROOM);
		} else {
			p = put_u32(p, bit);
		}
		*p++ = ',';
	}
	p = put_close(p, ']');
	return put_comma(p);
}

/* The object "tcp", "sctp" or "dccp", unless it would be empty. */
static char *put_info(char *p, const struct ct_entry *e)
{
	char *start = p;

	switch (e->info) {
	case CT_INFO_TCP:
		p = PUT(p, "\"tcp\":{");
		if (e->has & CT_HAS_WSCALE) {
			p = PUT_NUMBER(p, "orig_wscale", e->wscale[CT_ORIG]);
			p = PUT_NUMBER(p, "reply_wscale", e->wscale[CT_REPLY]);
		}
		if (e->has & CT_HAS_TCP_FLAGS) {
			p = put_bits(PUT_KEY(p, "orig_flags"), e->tcp_flags[CT_ORIG],
				     names_tcp_flags, NAMES_TCP_FLAGS);
			p = put_bits(PUT_KEY(p, "reply_flags"), e->tcp_flags[CT_REPLY],
				     names_tcp_flags, NAMES_TCP_FLAGS);
		}
		break;
	case CT_INFO_SCTP:
		p = PUT(p, "\"sctp\":{");
		if (e->has & CT_HAS_VTAG) {
			p = PUT_NUMBER(p, "orig_vtag", e->vtag[CT_ORIG]);
			p = PUT_NUMBER(p, "reply_vtag", e->vtag[CT_REPLY]);
		}
		break;
	case CT_INFO_DCCP:
		p = PUT(p, "\"dccp\":{");
		if (e->has & CT_HAS_ROLE)
			p = PUT_WORD(p, "role", e->role ? "server" : "client");
		break;
	default:
		return p;
	}
	if (p[-1] != ',')
		return start; /* nothing in it */
	p = put_close(p, '}');
	return put_comma(p);
}

static char *put_state(char *p, const struct ct_entry *e)
{
	const struct ct_name *state = ct_entry_state(e);

	return state ? PUT(put_name(PUT(p, "\"state\":\""), state), "\",")
		     : PUT_NUMBER(p, "state", e->state);
}

static void json_entry(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev)
{
	char *p = open_object(f);

	if (ev)
		p = put_event(p, ev, e->has & CT_HAS_EVENT_TIME ? e->event_time : ev->time);
	p = put_protocol(p, e->family, &e->orig);
	if (e->has & CT_HAS_TIMEOUT)
		p = PUT_NUMBER(p, "timeout", e->timeout);
	if (e->has & CT_HAS_STATE)
		p = put_state(p, e);
	if (e->has & CT_HAS_STATUS)
		p = put_bits(PUT_KEY(p, "status"), e->status, names_status, NAMES_STATUS);
	if (e->has & CT_HAS_ORIG)
		p = put_direction(p, e, CT_ORIG);
	if (e->has & CT_HAS_REPLY)
		p = put_direction(p, e, CT_REPLY);
	if (e->has & CT_HAS_MARK)
		p = PUT_NUMBER(p, "mark", e->mark);
	if (e->has & CT_HAS_ZONE)
		p = PUT_NUMBER(p, "zone", e->zone);
	if (e->has & CT_HAS_SECCTX)
		p = put_string(f->out, p, "secctx", e->secctx.p, e->secctx.len);
	if (e->has & CT_HAS_HELPER)
		p = put_string(f->out, p, "helper", e->helper.p, e->helper.len);
	if (e->has & CT_HAS_LABELS)
		p = put_labels(f, p, &e->labels);
	if (e->has & CT_HAS_USE)
		p = PUT_NUMBER(p, "use", e->use);
	if (e->has & CT_HAS_ID)
		p = PUT_NUMBER(p, "id", e->id);
	if (e->has & CT_HAS_START)
		p = put_time(PUT_KEY(p, "start"), e->start);
	if (e->has & CT_HAS_STOP)
		p = put_time(PUT_KEY(p, "stop"), e->stop);
	if (e->has & CT_HAS_START && e->has & CT_HAS_STOP)
		p = put_comma(put_duration(PUT_KEY(p, "duration"), e->start, e->stop));
	p = put_info(p, e);
	if (e->has & CT_HAS_MASTER)
		p = put_tuple(p, "master", &e->master);
	close_object(f, put_origin(f, p, ev));
}

static __attribute__((cold)) void json_expect(struct fmt *f, const struct ct_expect *x,
					      const struct fmt_event *ev)
{
	char *p = open_object(f);

	if (ev)
		p = put_event(p, ev, ev->time);
	if (x->has & CT_EXP_HAS_TIMEOUT)
		p = PUT_NUMBER(p, "timeout", x->timeout);
	p = put_protocol(p, x->family, &x->tuple);
	if (x->has & CT_EXP_HAS_TUPLE)
		p = put_tuple(p, "tuple", &x->tuple);
	if (x->has & CT_EXP_HAS_MASK)
		p = put_tuple(p, "mask", &x->mask);
	if (x->has & CT_EXP_HAS_MASTER)
		p = put_tuple(p, "master", &x->master);
	if (x->has & CT_EXP_HAS_NAT) {
		p = PUT_NUMBER(PUT(p, "\"nat\":{"), "dir", x->nat_dir);
		p = put_close(put_keys(p, &x->nat), '}');
		*p++ = ',';
	}
	if (x->has & CT_EXP_HAS_CLASS)
		p = PUT_NUMBER(p, "class", x->exp_class);
	if (x->has & CT_EXP_HAS_FLAGS)
		p = put_bits(PUT_KEY(p, "flags"), x->flags, names_expect_flags, NAMES_EXPECT_FLAGS);
	if (x->has & CT_EXP_HAS_HELPER)
		p = put_string(f->out, p, "helper", x->helper.p, x->helper.len);
	if (x->has & CT_EXP_HAS_FN)
		p = put_string(f->out, p, "function", x->fn.p, x->fn.len);
	if (x->has & CT_EXP_HAS_ZONE)
		p = PUT_NUMBER(p, "zone", x->zone);
	if (x->has & CT_EXP_HAS_ID)
		p = PUT_NUMBER(p, "id", x->id);
	close_object(f, put_origin(f, p, ev));
}

static __attribute__((cold)) void json_stats(struct fmt *f, bool expect, const struct ct_stats *s)
{
	char *p = open_object(f);

	p = s->cpu == CT_STATS_ALL ? PUT_WORD(p, "cpu", "all") : PUT_NUMBER(p, "cpu", s->cpu);
	for (unsigned i = 0; i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		if (name) {
			p = put_str(PUT(p, "\""), name);
		} else {
			p = put_u32(PUT(p, "\"unknown"), s->counter[i].type);
		}
		p = put_comma(put_u64(PUT(p, "\":"), s->counter[i].value));
	}
	close_object(f, put_netns(f, p));
}

static __attribute__((cold)) void json_count(struct fmt *f, const char *table, uint32_t entries,
					     uint32_t limit)
{
	char *p;

	f->table = table;
	p = PUT_NUMBER(open_object(f), "entries", entries);
	if (limit) {
		uint64_t tenths = (uint64_t)entries * 1000 / limit;

		p = PUT_NUMBER(p, "limit", limit);
		p = put_u64(PUT_KEY(p, "percent"), tenths / 10);
		*p++ = '.';
		p = put_comma(put_u64(p, tenths % 10));
	}
	close_object(f, put_netns(f, p));
}

static void json_sync(struct fmt *f, bool end, uint64_t time)
{
	char *p = PUT_WORD(open_object(f), "event", end ? "sync_end" : "sync_start");

	if (!end && f->events)
		p = PUT_NUMBER(p, "events", f->events - 1);
	close_object(f, put_netns(f, put_time(PUT_KEY(p, "time"), time)));
}

static void json_lost(struct fmt *f, int64_t count, uint64_t time)
{
	char *p = PUT_WORD(open_object(f), "event", "lost");

	if (count >= 0)
		p = PUT_NUMBER(p, "count", (uint64_t)count);
	close_object(f, put_netns(f, put_time(PUT_KEY(p, "time"), time)));
}

/* The sum of the groups that --limit leaves out. */
static void json_other(struct fmt *f, const struct groups *g, const struct group_values *other)
{
	char *p = PUT(open_object(f), "\"other\":true,");

	for (unsigned c = groups_fields(g); c < groups_columns(g); c++) {
		p = put_str(PUT(p, "\""), groups_column(g, c));
		p = put_comma(put_u64(PUT(p, "\":"), other->value[c - groups_fields(g)]));
	}
	close_object(f, p);
}

static __attribute__((cold)) void json_groups(struct fmt *f, const struct groups *g, unsigned width)
{
	const struct group_report *r = groups_about(g);
	struct group_values other;

	(void)width;
	if (r) {
		char *p = PUT_WORD(open_object(f), "event", "report");

		p = PUT_NUMBER(p, "milliseconds", r->span / (NSEC / 1000));
		if (r->lost >= 0)
			p = PUT_NUMBER(p, "lost", (uint64_t)r->lost);
		p = PUT_NUMBER(p, "groups", groups_rows(g));
		close_object(f, put_time(PUT_KEY(p, "time"), r->time));
	}
	for (uint64_t i = 0; i < groups_rows(g); i++) {
		const struct group_row *row = groups_row(g, i);
		char *p = open_object(f);

		for (unsigned c = 0; c < groups_columns(g); c++) {
			if (!group_has(g, row, c))
				continue;
			*p++ = '"';
			p = PUT(groups_put_identifier(p, g, c), "\":");
			if (!groups_is_number(g, c))
				*p++ = '"';
			p = group_put(p, g, row, c);
			if (!groups_is_number(g, c))
				*p++ = '"';
			*p++ = ',';
		}
		close_object(f, p);
	}
	if (groups_other(g, &other))
		json_other(f, g, &other);
}

static __attribute__((cold)) void json_check(struct fmt *f, const struct ct_check *k)
{
	out_end(f->out, put_netns(f, PUT(out_room(f->out, OBJECT_ROOM), "{")));
	check_json(f, k);
}

const struct fmt_ops fmt_json = {
	.name = "json",
	.is = FMT_NAMES_LABELS | FMT_TELLS_NETNS | FMT_TELLS_DELTA,
	.entry = json_entry,
	.expect = json_expect,
	.stats = json_stats,
	.count = json_count,
	.sync = json_sync,
	.lost = json_lost,
	.groups = WITH_GROUP ? json_groups : NULL,
	.check = WITH_CHECK ? json_check : NULL,
	.end = json_end,
};
