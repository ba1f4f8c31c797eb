/* XML, as the classic tool writes it, but always well-formed and with the right states. */
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/fmt.h"
#include "fmt/names.h"
#include "fmt/num.h"

/* The parts of bounded length take less than this, all together. */
#define FLOW_ROOM 4096

/* <name>number</name> */
#define PUT_TAG(p, name, v) PUT(put_u64(PUT(p, "<" name ">"), v), "</" name ">")

/* Writes text from outside: markup is escaped, a byte that XML has no character for becomes a
 * question mark. */
static void escape(struct out *o, const char *s, size_t n)
{
	for (; n; s++, n--) {
		unsigned char c = (unsigned char)*s;
		char *p = out_room(o, 8);

		switch (c) {
		case '<':
			p = PUT(p, "&lt;");
			break;
		case '>':
			p = PUT(p, "&gt;");
			break;
		case '&':
			p = PUT(p, "&amp;");
			break;
		case '"':
			p = PUT(p, "&quot;");
			break;
		case '\'':
			p = PUT(p, "&apos;");
			break;
		default:
			*p = (char)c;
			if (c < 0x20 || c > 0x7e)
				*p = '?';
			p++;
		}
		out_end(o, p);
	}
}

static char *put_text(struct out *o, char *p, const char *name, const char *s, size_t len)
{
	*p++ = '<';
	p = put_str(p, name);
	*p++ = '>';
	out_end(o, p);
	escape(o, s, len);
	p = put_str(PUT(out_room(o, FLOW_ROOM), "</"), name);
	*p++ = '>';
	return p;
}

/* Begins the document before its first element; a document without elements is empty. With f->bare
 * there is none: callers of -D and -U have one of their own. */
static char *open_root(struct fmt *f, char *p, const char *root)
{
	if (f->begun || f->bare)
		return p;
	f->begun = true;
	f->state.text = root;
	p = PUT(p, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<");
	p = put_str(p, root);
	return PUT(p, ">\n");
}

static void xml_end(struct fmt *f)
{
	if (!f->begun)
		return;
	out_str(f->out, "</");
	out_str(f->out, f->state.text);
	out_str(f->out, ">\n");
}

static char *put_flow_tag(char *p, const struct fmt_event *ev)
{
	if (!ev)
		return PUT(p, "<flow>");
	return PUT(put_str(PUT(p, "<flow type=\""), names_event[ev->kind].word), "\">");
}

static char *put_layer3(char *p, uint8_t l3)
{
	p = put_u32(PUT(p, "<layer3 protonum=\""), l3);
	return l3 == AF_INET6 ? PUT(p, "\" protoname=\"ipv6\">") : PUT(p, "\" protoname=\"ipv4\">");
}

static char *put_layer4(char *p, uint8_t l4)
{
	const char *name = ct_proto(l4)->name;

	p = put_u32(PUT(p, "<layer4 protonum=\""), l4);
	p = put_str(PUT(p, "\" protoname=\""), name);
	return PUT(p, "\">");
}

static char *put_addrs(char *p, const struct ct_tuple *t)
{
	if (t->has & CT_T_SRC)
		p = PUT(put_addr(PUT(p, "<src>"), t->l3, &t->src), "</src>");
	if (t->has & CT_T_DST)
		p = PUT(put_addr(PUT(p, "<dst>"), t->l3, &t->dst), "</dst>");
	return p;
}

static char *put_keys(char *p, const struct ct_tuple *t)
{
	if ((t->has & CT_T_PORTS) == CT_T_PORTS && ct_proto(t->l4)->keys == CT_KEYS_GRE) {
		p = PUT(put_hex(PUT(p, "<srckey>0x"), t->sport), "</srckey>");
		return PUT(put_hex(PUT(p, "<dstkey>0x"), t->dport), "</dstkey>");
	}
	if (t->has & CT_T_SPORT)
		p = PUT_TAG(p, "sport", t->sport);
	if (t->has & CT_T_DPORT)
		p = PUT_TAG(p, "dport", t->dport);
	if (t->has & CT_T_ICMP_TYPE)
		p = PUT_TAG(p, "type", t->icmp_type);
	if (t->has & CT_T_ICMP_CODE)
		p = PUT_TAG(p, "code", t->icmp_code);
	if (t->has & CT_T_ICMP_ID)
		p = PUT_TAG(p, "id", t->icmp_id);
	return p;
}

static char *put_direction(char *p, const struct ct_entry *e, enum ct_dir dir)
{
	const struct ct_tuple *t = dir == CT_ORIG ? &e->orig : &e->reply;
	uint32_t counted = dir == CT_ORIG ? CT_HAS_COUNTERS_ORIG : CT_HAS_COUNTERS_REPLY;

	p = dir == CT_ORIG ? PUT(p, "<meta direction=\"original\">")
			   : PUT(p, "<meta direction=\"reply\">");
	p = PUT(put_addrs(put_layer3(p, t->l3), t), "</layer3>");
	p = PUT(put_keys(put_layer4(p, t->l4), t), "</layer4>");
	if (t->has & CT_T_ZONE)
		p = PUT_TAG(p, "zone", t->zone);
	if (e->has & counted) {
		p = PUT_TAG(PUT(p, "<counters>"), "packets", e->packets[dir]);
		p = PUT(PUT_TAG(p, "bytes", e->bytes[dir]), "</counters>");
	}
	return PUT(p, "</meta>");
}

static char *put_state(char *p, const struct ct_entry *e)
{
	const struct ct_name *name = ct_entry_state(e);

	p = PUT(p, "<state>");
	p = name ? put_name(p, name) : put_u32(p, e->state);
	return PUT(p, "</state>");
}

static char *put_labels(struct fmt *f, char *p, const struct nl_attr *labels)
{
	p = PUT(p, "<labels>");
	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = f->labels ? f->labels->name[bit] : NULL;

		if (!ct_label_test(labels, bit))
			continue;
		p = name ? put_text(f->out, p, "label", name, strlen(name))
			 : PUT_TAG(p, "label", bit);
		out_end(f->out, p);
		p = out_room(f->out, FLOW_ROOM);
	}
	return PUT(p, "</labels>");
}

static char *put_times(struct fmt *f, char *p, const struct ct_entry *e)
{
	if (!(e->has & CT_HAS_START))
		return p;
	if (f->flags & FMT_KTIMESTAMP) {
		p = PUT_TAG(PUT(p, "<timestamp>"), "start", e->start);
		if (e->has & CT_HAS_STOP)
			p = PUT_TAG(p, "stop", e->stop);
		p = PUT(p, "</timestamp>");
	}
	/* Unlike that of text: of an entry that has ended, the whole seconds of the difference. */
	return PUT_TAG(p, "deltatime",
		       e->has & CT_HAS_STOP && e->stop > e->start ? (e->stop - e->start) / NSEC
								  : fmt_age(f, e));
}

static char *put_when(struct fmt *f, char *p, uint64_t ns)
{
	int64_t t = (int64_t)(ns / NSEC);
	struct date d;

	date_of(&d, t + zone_offset(f->zone, t));
	p = PUT_TAG(PUT(p, "<when>"), "hour", d.hour);
	p = PUT(put_two(PUT(p, "<min>"), d.minute), "</min>");
	p = PUT(put_two(PUT(p, "<sec>"), d.second), "</sec>");
	p = PUT_TAG(p, "wday", d.weekday + 1);
	p = PUT_TAG(p, "day", d.day);
	p = PUT_TAG(p, "month", d.month);
	p = PUT_TAG(p, "year", (unsigned)d.year);
	return PUT(p, "</when>");
}

static char *put_independent(struct fmt *f, char *p, const struct ct_entry *e)
{
	p = PUT(p, "<meta direction=\"independent\">");
	if (e->has & CT_HAS_STATE)
		p = put_state(p, e);
	if (e->has & CT_HAS_TIMEOUT)
		p = PUT_TAG(p, "timeout", e->timeout);
	if (e->has & CT_HAS_MARK)
		p = PUT_TAG(p, "mark", e->mark);
	if (e->has & CT_HAS_LABELS && f->flags & FMT_LABELS)
		p = put_labels(f, p, &e->labels);
	if (e->has & CT_HAS_SECMARK)
		p = PUT_TAG(p, "secmark", e->secmark);
	if (e->has & CT_HAS_SECCTX)
		p = put_text(f->out, p, "secctx", e->secctx.p, e->secctx.len);
	if (e->has & CT_HAS_ZONE)
		p = PUT_TAG(p, "zone", e->zone);
	if (e->has & CT_HAS_USE)
		p = PUT_TAG(p, "use", e->use);
	if (e->has & CT_HAS_ID)
		p = PUT_TAG(p, "id", e->id);
	if (e->has & CT_HAS_STATUS && e->status & IPS_ASSURED)
		p = PUT(p, "<assured/>");
	if (e->has & CT_HAS_STATUS && !(e->status & IPS_SEEN_REPLY))
		p = PUT(p, "<unreplied/>");
	return PUT(put_times(f, p, e), "</meta>");
}

static void xml_entry(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev)
{
	char *p = open_root(f, out_room(f->out, FLOW_ROOM), "conntrack");

	p = put_flow_tag(p, ev);
	if (e->has & CT_HAS_ORIG)
		p = put_direction(p, e, CT_ORIG);
	if (e->has & CT_HAS_REPLY)
		p = put_direction(p, e, CT_REPLY);
	p = put_independent(f, p, e);
	if (ev && f->flags & FMT_TIMESTAMP)
		p = put_when(f, p, e->has & CT_HAS_EVENT_TIME ? e->event_time : ev->time);
	if (e->has & CT_HAS_HELPER)
		p = put_text(f->out, p, "helper", e->helper.p, e->helper.len);
	out_end(f->out, PUT(p, "</flow>\n"));
}

/* The addresses or the ports of the three tuples, by part(). */
static char *put_three(char *p, const struct ct_expect *x,
		       char *(*part)(char *p, const struct ct_tuple *t))
{
	if (x->has & CT_EXP_HAS_TUPLE)
		p = PUT(part(PUT(p, "<expected>"), &x->tuple), "</expected>");
	if (x->has & CT_EXP_HAS_MASK)
		p = PUT(part(PUT(p, "<mask>"), &x->mask), "</mask>");
	if (x->has & CT_EXP_HAS_MASTER)
		p = PUT(part(PUT(p, "<master>"), &x->master), "</master>");
	return p;
}

static __attribute__((cold)) void xml_expect(struct fmt *f, const struct ct_expect *x,
					     const struct fmt_event *ev)
{
	char *p = open_root(f, out_room(f->out, FLOW_ROOM), "expect");

	p = put_layer3(put_flow_tag(p, ev), x->tuple.l3);
	p = PUT(put_three(p, x, put_addrs), "</layer3>");
	p = PUT(put_three(put_layer4(p, x->tuple.l4), x, put_keys), "</layer4><meta>");
	if (x->has & CT_EXP_HAS_HELPER && x->helper.len)
		p = put_text(f->out, p, "helper-name", x->helper.p, x->helper.len);
	if (x->has & CT_EXP_HAS_TIMEOUT)
		p = PUT_TAG(p, "timeout", x->timeout);
	if (x->has & CT_EXP_HAS_CLASS)
		p = PUT_TAG(p, "class", x->exp_class);
	if (x->has & CT_EXP_HAS_ZONE)
		p = PUT_TAG(p, "zone", x->zone);
	if (x->has & CT_EXP_HAS_FLAGS && x->flags)
		p = PUT_TAG(p, "flags", x->flags);
	if (x->has & CT_EXP_HAS_NAT) {
		p = PUT_TAG(PUT(p, "<nat>"), "dir", x->nat_dir);
		p = PUT(put_keys(put_addrs(p, &x->nat), &x->nat), "</nat>");
	}
	if (x->has & CT_EXP_HAS_FN && x->fn.len)
		p = put_text(f->out, p, "function", x->fn.p, x->fn.len);
	if (f->flags & FMT_TIMESTAMP)
		p = put_when(f, p, ev ? ev->time : f->now);
	out_end(f->out, PUT(p, "</meta></flow>\n"));
}

static __attribute__((cold)) void xml_stats(struct fmt *f, bool expect, const struct ct_stats *s)
{
	char *p = open_root(f, out_room(f->out, FLOW_ROOM), "stats");

	p = PUT(p, "<cpu number=\"");
	p = s->cpu == CT_STATS_ALL ? PUT(p, "all") : put_u32(p, s->cpu);
	p = PUT(p, "\">");
	for (unsigned i = 0; i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		name = name ? name : "unknown";
		p = put_str(PUT(p, "<"), name);
		p = put_u64(PUT(p, ">"), s->counter[i].value);
		p = PUT(put_str(PUT(p, "</"), name), ">");
	}
	out_end(f->out, PUT(p, "</cpu>\n"));
}

/* The document has no markers: SYNC flows are marked each. */
static void xml_sync(struct fmt *f, bool end, uint64_t time)
{
	(void)f;
	(void)end;
	(void)time;
}

const struct fmt_ops fmt_xml = {
	.name = "xml",
	.entry = xml_entry,
	.expect = xml_expect,
	.stats = xml_stats,
	.sync = xml_sync,
	.end = xml_end,
};
