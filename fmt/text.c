/* Lines for people, as the classic tool prints them. */
#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/fmt.h"
#include "fmt/group.h"
#include "fmt/check.h"
#include "fmt/names.h"
#include "fmt/short.h"
#include "fmt/num.h"

enum { RED = '1', GREEN = '2', YELLOW = '3', CYAN = '6', FAINT = 'f' };

/* A name of at most 8 bytes, filled up to 8 columns, a space, a number, a space. */
static char *put_named(char *p, const char name[static 8], unsigned number)
{
	uint64_t columns;

	/* The letters and digits of lower-case names have the space's bit; NULs become spaces. */
	memcpy(&columns, name, 8);
	columns |= UINT64_C(0x2020202020202020);
	memcpy(p, &columns, 8);
	p[8] = ' ';
	p = put_u32(p + 9, number);
	*p++ = ' ';
	return p;
}

static char *put_family(char *p, unsigned family)
{
	static const char names[][8] = {"unknown", "ipv4", "ipv6"};

	return put_named(p, names[family == AF_INET ? 1 : family == AF_INET6 ? 2 : 0], family);
}

static inline char *put_space(char *p)
{
	*p++ = ' ';
	return p;
}

#define PUT_PAIR(p, literal, v) put_space(put_u32(PUT(p, literal), v))

static char *put_keys(char *p, const struct ct_tuple *t)
{
	if ((t->has & CT_T_PORTS) == CT_T_PORTS && ct_proto(t->l4)->keys == CT_KEYS_GRE) {
		p = put_hex(PUT(p, "srckey=0x"), t->sport);
		p = put_hex(PUT(p, " dstkey=0x"), t->dport);
		*p++ = ' ';
		return p;
	}
	if (t->has & CT_T_SPORT)
		p = PUT_PAIR(p, "sport=", t->sport);
	if (t->has & CT_T_DPORT)
		p = PUT_PAIR(p, "dport=", t->dport);
	if (t->has & CT_T_ICMP_TYPE)
		p = PUT_PAIR(p, "type=", t->icmp_type);
	if (t->has & CT_T_ICMP_CODE)
		p = PUT_PAIR(p, "code=", t->icmp_code);
	if (t->has & CT_T_ICMP_ID)
		p = PUT_PAIR(p, "id=", t->icmp_id);
	return p;
}

static inline char *put_addrs(char *p, const struct ct_tuple *t, const char *prefix)
{
	if (t->has & CT_T_SRC) {
		p = put_addr(PUT(put_str(p, prefix), "src="), t->l3, &t->src);
		*p++ = ' ';
	}
	if (t->has & CT_T_DST) {
		p = put_addr(PUT(put_str(p, prefix), "dst="), t->l3, &t->dst);
		*p++ = ' ';
	}
	return p;
}

/* Where the values of a direction begin in its text: source, destination, their ports; and where
 * the text ends. NULL for another text. */
struct spots {
	const char *src, *dst, *sport, *dport, *end;
};

/* A direction of an entry. */
static char *put_tuple(char *p, const struct ct_tuple *t, struct spots *spots)
{
	const uint16_t common = CT_T_SRC | CT_T_DST | CT_T_PROTO | CT_T_PORTS;

	spots->src = NULL;
	if (t->has != common || ct_proto(t->l4)->keys == CT_KEYS_GRE)
		return put_keys(put_addrs(p, t, ""), t);
	spots->src = p = PUT(p, "src=");
	p = put_addr(p, t->l3, &t->src);
	spots->dst = p = PUT(p, " dst=");
	p = put_addr(p, t->l3, &t->dst);
	spots->sport = p = PUT(p, " sport=");
	p = put_u32(p, t->sport);
	spots->dport = p = PUT(p, " dport=");
	p = put_u32(p, t->dport);
	spots->end = p;
	return put_space(p);
}

/* Copies a value of a text up to the next one's name. Values have at most 15 bytes. */
static inline char *put_again(char *p, const char *value, const char *next, size_t name)
{
	memcpy(p, value, 16);
	return p + (next - value) - name;
}

/* The reply. Where it is the mirror of the original direction, as without NAT it is, what has been
 * written of that is copied. */
static char *put_reply(char *p, const struct ct_entry *e, const struct spots *spots)
{
	const struct ct_tuple *o = &e->orig, *r = &e->reply;
	struct spots unused;

	if (!spots->src || o->has != r->has || o->l3 != AF_INET || r->l3 != AF_INET ||
	    nl_get_be32(o->src.b) != nl_get_be32(r->dst.b) ||
	    nl_get_be32(o->dst.b) != nl_get_be32(r->src.b) || o->sport != r->dport ||
	    o->dport != r->sport)
		return put_tuple(p, r, &unused);
	p = put_again(PUT(p, "src="), spots->dst, spots->sport, sizeof(" sport=") - 1);
	p = put_again(PUT(p, " dst="), spots->src, spots->dst, sizeof(" dst=") - 1);
	p = put_again(PUT(p, " sport="), spots->dport, spots->end, 0);
	p = put_again(PUT(p, " dport="), spots->sport, spots->dport, sizeof(" dport=") - 1);
	return put_space(p);
}

static char *put_counters(char *p, uint64_t packets, uint64_t bytes)
{
	p = put_u64(PUT(p, "packets="), packets);
	p = put_u64(PUT(p, " bytes="), bytes);
	*p++ = ' ';
	return p;
}

/* Local time, in brackets. */
static char *put_local(const struct fmt *f, char *p, const char *name, uint64_t ns)
{
	*p++ = '[';
	return PUT(put_ctime(put_str(p, name), f->zone, ns), "] ");
}

static char *put_time(char *p, uint64_t ns)
{
	*p++ = '[';
	p = put_u64(p, ns / NSEC);
	*p++ = '.';
	p = put_pairs(p, (uint32_t)(ns % NSEC / 1000), 3);
	return PUT(p, "]\t");
}

/* Switches the colour of the text that follows, with FMT_COLOR: color is the digit behind \033[3,
 * '0' for the terminal's own colour, or FAINT. */
static char *ink(char *p, const struct fmt *f, char color)
{
	if (!(f->flags & FMT_COLOR))
		return p;
	p = color == '0' || color == FAINT ? PUT(p, "\033[") : PUT(p, "\033[3");
	*p++ = color == FAINT ? '2' : color;
	*p++ = 'm';
	return p;
}

static char *put_event(char *p, const struct fmt *f, const struct fmt_event *ev, uint64_t ns)
{
	static const char inks[] = {
		[FMT_NEW] = GREEN, [FMT_UPDATE] = YELLOW, [FMT_DESTROY] = RED, [FMT_SYNC] = CYAN};

	if (f->flags & FMT_TIMESTAMP)
		p = put_time(p, ns);
	return ink(put_mem(ink(p, f, inks[ev->kind]), names_event[ev->kind].mark, 10), f, '0');
}

static char *put_state(char *p, const struct fmt *f, const struct ct_entry *e)
{
	const struct ct_name *name = ct_entry_state(e);

	p = ink(p, f, e->has & CT_HAS_STATUS && e->status & IPS_ASSURED ? GREEN : YELLOW);
	p = name ? put_name(p, name) : put_u32(p, e->state);
	p = ink(p, f, '0');
	*p++ = ' ';
	return p;
}

static char *put_age(char *p, const struct fmt *f, const struct ct_entry *e)
{
	p = put_u64(PUT(p, "delta-time="), fmt_age(f, e));
	*p++ = ' ';
	return p;
}

/* The parts from layer 3 to [ASSURED], whose length is bounded. */
static char *put_flow(char *p, const struct fmt *f, const struct ct_entry *e)
{
	struct spots spots = {NULL};

	if (f->flags & FMT_EXTENDED)
		p = put_family(p, e->family);
	if (e->orig.has & CT_T_PROTO)
		p = put_named(p, ct_proto(e->orig.l4)->name, e->orig.l4);
	if (e->has & CT_HAS_TIMEOUT) {
		p = put_u32(p, e->timeout);
		*p++ = ' ';
	}
	if (e->has & CT_HAS_STATE)
		p = put_state(p, f, e);
	if (e->has & CT_HAS_ORIG) {
		p = put_tuple(p, &e->orig, &spots);
		if (e->orig.has & CT_T_ZONE)
			p = PUT_PAIR(p, "zone-orig=", e->orig.zone);
	}
	if (e->has & CT_HAS_COUNTERS_ORIG)
		p = put_counters(p, e->packets[CT_ORIG], e->bytes[CT_ORIG]);
	if (e->has & CT_HAS_STATUS && !(e->status & IPS_SEEN_REPLY))
		p = PUT(ink(PUT(ink(p, f, RED), "[UNREPLIED]"), f, '0'), " ");
	p = ink(p, f, FAINT);
	if (e->has & CT_HAS_REPLY) {
		p = put_reply(p, e, &spots);
		if (e->reply.has & CT_T_ZONE)
			p = PUT_PAIR(p, "zone-reply=", e->reply.zone);
	}
	if (e->has & CT_HAS_COUNTERS_REPLY)
		p = put_counters(p, e->packets[CT_REPLY], e->bytes[CT_REPLY]);
	p = ink(p, f, '0');
	if (!(e->has & CT_HAS_STATUS))
		return p;
	if (e->status & IPS_HW_OFFLOAD)
		return PUT(p, "[HW_OFFLOAD] ");
	if (e->status & IPS_OFFLOAD)
		return PUT(p, "[OFFLOAD] ");
	return e->status & IPS_ASSURED ? PUT(p, "[ASSURED] ") : p;
}

/* A name from outside, which may be of any length and have any bytes. */
static char *put_safe(struct out *o, char *p, const char *name, const struct nl_str *s)
{
	p = put_str(p, name);
	out_end(o, p);
	out_safe(o, s->p, s->len);
	p = out_room(o, LINE_ROOM);
	*p++ = ' ';
	return p;
}

/* Ends the line: its parts end in a space, the line does not. */
static void end_line(struct fmt *f, char *p)
{
	if (p > f->out->buf && p[-1] == ' ')
		p--;
	*p++ = '\n';
	out_end(f->out, p);
}

static char *put_netns(const struct fmt *f, char *p)
{
	struct nl_str name;

	if (!WITH_NETNS || !(f->flags & FMT_NETNS))
		return p;
	name = (struct nl_str){f->netns, (uint32_t)strlen(f->netns)};
	return put_safe(f->out, p, "netns=", &name);
}

/* The network namespace, where there are several, and the program that caused an event by
 * ctnetlink, if one did. */
static char *put_origin(const struct fmt *f, char *p, const struct fmt_event *ev)
{
	p = put_netns(f, p);
	if (!ev || !ev->portid)
		return p;
	p = PUT_PAIR(PUT(p, "[USERSPACE] "), "portid=", ev->portid);
	if (ev->program) {
		const struct nl_str name = {ev->program, (uint32_t)strlen(ev->program)};

		p = put_safe(f->out, p, "progname=", &name);
	}
	return p;
}

/* The parts behind [ASSURED], but for those of words of -o. */
static char *put_rest(char *p, struct fmt *f, const struct ct_entry *e)
{
	if (e->has & CT_HAS_MARK)
		p = PUT_PAIR(p, "mark=", e->mark);
	if (e->has & CT_HAS_SECMARK)
		p = PUT_PAIR(p, "secmark=", e->secmark);
	if (e->has & CT_HAS_SECCTX)
		p = put_safe(f->out, p, "secctx=", &e->secctx);
	if (e->has & CT_HAS_ZONE)
		p = PUT_PAIR(p, "zone=", e->zone);
	if (e->has & CT_HAS_START) {
		p = put_age(p, f, e);
		if (f->flags & FMT_KTIMESTAMP)
			p = put_local(f, p, "start=", e->start);
	}
	if (e->has & CT_HAS_STOP && f->flags & FMT_KTIMESTAMP)
		p = put_local(f, p, "stop=", e->stop);
	if (e->has & CT_HAS_HELPER)
		p = put_safe(f->out, p, "helper=", &e->helper);
	return e->has & CT_HAS_USE ? PUT_PAIR(p, "use=", e->use) : p;
}

static void text_entry(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev)
{
	char *p = out_room(f->out, LINE_ROOM);

	if (ev)
		p = put_event(p, f, ev, e->has & CT_HAS_EVENT_TIME ? e->event_time : ev->time);
	if (WITH_SHORT && f->flags & FMT_SHORT)
		p = short_flow(p, f, e);
	else
		p = put_rest(put_flow(p, f, e), f, e);
	if (e->has & CT_HAS_ID && f->flags & FMT_ID)
		p = PUT_PAIR(p, "id=", e->id);
	if (e->has & CT_HAS_LABELS && f->flags & FMT_LABELS)
		p = put_space(put_label_names(f, PUT(p, "labels="), &e->labels));
	end_line(f, put_origin(f, p, ev));
}

static char *put_flags(char *p, uint32_t flags)
{
	char *end = put_names(p, flags, names_expect_flags, NAMES_EXPECT_FLAGS);

	return end == p ? p : PUT(end, " ");
}

static __attribute__((cold)) void text_expect(struct fmt *f, const struct ct_expect *x,
					      const struct fmt_event *ev)
{
	char *p = out_room(f->out, LINE_ROOM);

	if (ev)
		p = put_event(p, f, ev, ev->time);
	else if (f->flags & FMT_TIMESTAMP)
		p = put_time(p, f->now);
	if (f->flags & FMT_EXTENDED)
		p = put_family(p, x->family);
	if (x->has & CT_EXP_HAS_TIMEOUT) {
		p = put_u32(p, x->timeout);
		*p++ = ' ';
	}
	if (x->has & CT_EXP_HAS_TUPLE) {
		p = PUT_PAIR(p, "proto=", x->tuple.l4);
		p = put_tuple(p, &x->tuple, &(struct spots){0});
	}
	if (x->has & CT_EXP_HAS_MASK)
		p = put_keys(put_addrs(p, &x->mask, "mask-"), &x->mask);
	if (x->has & CT_EXP_HAS_MASTER)
		p = put_keys(put_addrs(p, &x->master, "master-"), &x->master);
	if (x->has & CT_EXP_HAS_ZONE)
		p = PUT_PAIR(p, "zone=", x->zone);
	if (x->has & CT_EXP_HAS_FLAGS)
		p = put_flags(p, x->flags);
	if (x->has & CT_EXP_HAS_NAT) {
		p = PUT_PAIR(p, "nat-dir=", x->nat_dir);
		p = put_keys(put_addrs(p, &x->nat, "nat-"), &x->nat);
	}
	if (x->has & CT_EXP_HAS_CLASS)
		p = PUT_PAIR(p, "class=", x->exp_class);
	if (x->has & CT_EXP_HAS_HELPER && x->helper.len)
		p = put_safe(f->out, p, "helper=", &x->helper);
	if (x->has & CT_EXP_HAS_FN && x->fn.len)
		p = put_safe(f->out, p, "function=", &x->fn);
	end_line(f, put_origin(f, p, ev));
}

static __attribute__((cold)) void text_stats(struct fmt *f, bool expect, const struct ct_stats *s)
{
	char *p = PUT(out_room(f->out, LINE_ROOM), "cpu=");

	p = s->cpu == CT_STATS_ALL ? PUT(p, "all") : put_u32(p, s->cpu);
	for (char *stop = f->out->p + 8; p < stop;)
		*p++ = ' ';
	*p++ = '\t';
	for (unsigned i = 0; i < s->n; i++) {
		const char *name = ct_stats_name(expect, s->counter[i].type);

		if (name)
			p = put_str(p, name);
		else
			p = put_u32(PUT(p, "unknown"), s->counter[i].type);
		*p++ = '=';
		p = put_u64(p, s->counter[i].value);
		*p++ = ' ';
	}
	p = put_netns(f, p);
	*p++ = '\n';
	out_end(f->out, p);
}

static void text_count(struct fmt *f, const char *table, uint32_t entries, uint32_t limit)
{
	char *p = put_u64(out_room(f->out, LINE_ROOM), entries);

	(void)table;
	(void)limit;
	*p++ = ' ';
	end_line(f, put_netns(f, p));
}

static void text_sync(struct fmt *f, bool end, uint64_t time)
{
	char *p = put_event(out_room(f->out, LINE_ROOM), f, &(struct fmt_event){FMT_SYNC}, time);

	p = end ? PUT(p, "end ") : PUT(p, "start ");
	end_line(f, put_netns(f, p));
}

const struct fmt_ops fmt_text = {
	.name = "plain",
	.is = FMT_IS_DEFAULT | FMT_TELLS_NETNS,
	.entry = text_entry,
	.expect = text_expect,
	.check = WITH_CHECK ? check_text : NULL,
	.stats = text_stats,
	.count = text_count,
	.sync = text_sync,
	.groups = WITH_GROUP ? groups_text : NULL,
};
