#include "fmt/short.h"

#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/num.h"

/* Columns, where they are aligned: ends of protocol, state, source and destination. */
enum { PROTO_END = 8, STATE_END = 20, SRC_END = 42, DST_END = 67, BYTES_END = 81, TIME_END = 90 };

/* Ends a word: by a blank or, aligned, by blanks up to a column of the line. */
static char *end_word(char *p, const struct fmt *f, const char *line, unsigned column)
{
	*p++ = ' ';
	while (f->flags & FMT_ALIGNED && p < line + column)
		*p++ = ' ';
	return p;
}

/* 999, 12.3k, 1.0M */
static char *put_human(char *p, uint64_t v)
{
	const char *scale = " kMGTPE";
	uint64_t tenths = v > UINT64_MAX / 10 ? UINT64_MAX : v * 10;

	while (tenths >= 10000) {
		tenths /= 1000;
		scale++;
	}
	p = put_u64(p, tenths / 10);
	if (*scale == ' ')
		return p;
	if (tenths < 1000) {
		*p++ = '.';
		*p++ = (char)('0' + tenths % 10);
	}
	*p++ = *scale;
	return p;
}

/* 4:59, 1:02:03, 4d23:59 */
static char *put_left(char *p, uint32_t seconds)
{
	uint32_t minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24) {
		p = put_u32(p, hours / 24);
		*p++ = 'd';
		p = put_two(p, hours % 24);
		*p++ = ':';
		return put_two(p, minutes % 60);
	}
	if (hours) {
		p = put_u32(p, hours);
		*p++ = ':';
		p = put_two(p, minutes % 60);
	} else {
		p = put_u32(p, minutes);
	}
	*p++ = ':';
	return put_two(p, seconds % 60);
}

/* An end of a tuple, with its port; with brackets around an IPv6 address. */
static char *put_end(char *p, const struct ct_tuple *t, bool dst)
{
	bool six = t->l3 == AF_INET6;

	if (!(t->has & (dst ? CT_T_DST : CT_T_SRC))) {
		*p++ = '-';
		return p;
	}
	if (six)
		*p++ = '[';
	p = put_addr(p, t->l3, dst ? &t->dst : &t->src);
	if (six)
		*p++ = ']';
	if (t->has & (dst ? CT_T_DPORT : CT_T_SPORT)) {
		*p++ = ':';
		p = put_u32(p, dst ? t->dport : t->sport);
	}
	return p;
}

/* A number with its name, and a blank. */
static char *put_pair(char *p, const char *name, uint32_t v)
{
	p = put_u32(put_str(p, name), v);
	*p++ = ' ';
	return p;
}

/* More of the tuple: keys of ICMP, and NAT, which shows in the reply, whose ends are the other way
 * round. */
static char *put_more(char *p, const struct ct_entry *e)
{
	if (e->orig.has & CT_T_ICMP_TYPE)
		p = put_pair(p, "type=", e->orig.icmp_type);
	if (e->orig.has & CT_T_ICMP_ID)
		p = put_pair(p, "id=", e->orig.icmp_id);
	if (!(e->has & CT_HAS_REPLY) || !(e->has & CT_HAS_STATUS))
		return p;
	if (e->status & IPS_SRC_NAT) {
		p = put_end(put_str(p, "nat "), &e->reply, true);
		*p++ = ' ';
	}
	if (e->status & IPS_DST_NAT) {
		p = put_end(put_str(p, "dnat "), &e->reply, false);
		*p++ = ' ';
	}
	return p;
}

static char *put_bytes(char *p, bool has, uint64_t bytes)
{
	if (has)
		return put_human(p, bytes);
	*p++ = '-';
	return p;
}

static char *put_status(char *p, uint32_t status)
{
	if (status & IPS_HW_OFFLOAD)
		return put_str(p, "[HW_OFFLOAD] ");
	if (status & IPS_OFFLOAD)
		return put_str(p, "[OFFLOAD] ");
	if (!(status & IPS_SEEN_REPLY))
		return put_str(p, "[UNREPLIED] ");
	return status & IPS_ASSURED ? put_str(p, "[ASSURED] ") : p;
}

char *short_flow(char *line, const struct fmt *f, const struct ct_entry *e)
{
	const struct ct_tuple *t = &e->orig;
	const struct ct_proto *proto = ct_proto(t->l4);
	const struct ct_name *state = e->has & CT_HAS_STATE ? ct_entry_state(e) : NULL;
	char *p = line;

	p = proto->num == 255 ? put_u32(p, t->l4) : put_str(p, proto->name);
	p = end_word(p, f, line, PROTO_END);
	p = put_str(p, state ? state->text : "-");
	p = put_end(end_word(p, f, line, STATE_END), t, false);
	p = put_str(end_word(p, f, line, SRC_END), "-> ");
	p = end_word(put_end(p, t, true), f, line, DST_END);
	if (!(f->flags & FMT_ALIGNED))
		p = put_more(p, e);
	p = put_bytes(p, e->has & CT_HAS_COUNTERS_ORIG, e->bytes[CT_ORIG]);
	*p++ = '/';
	p = put_bytes(p, e->has & CT_HAS_COUNTERS_REPLY, e->bytes[CT_REPLY]);
	p = end_word(p, f, line, BYTES_END);
	p = e->has & CT_HAS_TIMEOUT ? put_left(p, e->timeout) : put_str(p, "-");
	p = end_word(p, f, line, TIME_END);
	if (f->flags & FMT_ALIGNED)
		p = put_more(p, e);
	if (e->has & CT_HAS_STATUS)
		p = put_status(p, e->status);
	if (e->has & CT_HAS_ZONE)
		p = put_pair(p, "zone=", e->zone);
	if (t->has & CT_T_ZONE)
		p = put_pair(p, "zone-orig=", t->zone);
	if (e->reply.has & CT_T_ZONE)
		p = put_pair(p, "zone-reply=", e->reply.zone);
	if (e->has & CT_HAS_MARK && e->mark)
		p = put_pair(p, "mark=", e->mark);
	return p;
}
