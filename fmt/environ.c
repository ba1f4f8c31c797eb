#include "fmt/environ.h"

#include <sys/socket.h>

#include "ct/proto.h"
#include "fmt/names.h"
#include "fmt/num.h"

#define NAME_MAX_BYTES	128
#define LABEL_MAX_BYTES 64

/* Begins a variable. There is room: values are bounded. */
static char *begin(struct environ_vars *v, const char *prefix, const char *name)
{
	char *p = v->var[v->n++] = v->p;

	p = put_str(put_str(PUT(p, ENVIRON_PREFIX), prefix), name);
	*p++ = '=';
	return p;
}

static void end(struct environ_vars *v, char *p)
{
	*p++ = 0;
	debug_assert(p <= v->text + ENVIRON_ROOM);
	v->p = p;
}

static void put_string(struct environ_vars *v, const char *name, const char *s, size_t n)
{
	end(v, put_mem(begin(v, "", name), s, n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES));
}

static void put_word(struct environ_vars *v, const char *name, const char *word)
{
	end(v, put_str(begin(v, "", name), word));
}

static void put_number(struct environ_vars *v, const char *prefix, const char *name, uint64_t n)
{
	end(v, put_u64(begin(v, prefix, name), n));
}

static void put_tuple(struct environ_vars *v, const char *prefix, const struct ct_tuple *t)
{
	if (t->has & CT_T_SRC)
		end(v, put_addr(begin(v, prefix, "SRC"), t->l3, &t->src));
	if (t->has & CT_T_DST)
		end(v, put_addr(begin(v, prefix, "DST"), t->l3, &t->dst));
	if (t->has & CT_T_SPORT)
		put_number(v, prefix, "SPORT", t->sport);
	if (t->has & CT_T_DPORT)
		put_number(v, prefix, "DPORT", t->dport);
}

/* Labels by name, or by number where they have none, joined by commas; as many as there is room
 * for. */
static void put_labels(struct environ_vars *v, const struct ct_labelmap *m,
		       const struct nl_attr *labels)
{
	char *start = begin(v, "", "LABELS"), *p = start;

	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = m->name[bit];

		if (!ct_label_test(labels, bit) || p > v->text + ENVIRON_ROOM - 256)
			continue;
		if (p != start)
			*p++ = ',';
		p = name ? put_mem(p, name, strnlen(name, LABEL_MAX_BYTES)) : put_u32(p, bit);
	}
	end(v, p);
}

static void put_counters(struct environ_vars *v, const struct ct_entry *e)
{
	if (!(e->has & (CT_HAS_COUNTERS_ORIG | CT_HAS_COUNTERS_REPLY)))
		return;
	put_number(v, "", "PACKETS", ct_entry_sum(e, e->packets));
	put_number(v, "", "BYTES", ct_entry_sum(e, e->bytes));
}

void environ_set(struct environ_vars *v, const struct ct_entry *e, const struct fmt_event *ev,
		 const struct ct_labelmap *labels)
{
	const struct ct_name *state = e->has & CT_HAS_STATE ? ct_entry_state(e) : NULL;
	const struct ct_proto *proto = ct_proto(e->orig.l4);

	v->p = v->text;
	v->n = 0;
	put_word(v, "EVENT", ev ? names_event[ev->kind].word : "list");
	put_word(v, "FAMILY", e->family == AF_INET6 ? "ipv6" : "ipv4");
	if (e->orig.has & CT_T_PROTO && proto->num == e->orig.l4)
		put_word(v, "PROTO", proto->name);
	else if (e->orig.has & CT_T_PROTO)
		put_number(v, "", "PROTO", e->orig.l4);
	if (state)
		put_word(v, "STATE", state->text);
	put_tuple(v, "", &e->orig);
	put_tuple(v, "REPLY_", &e->reply);
	if (e->has & CT_HAS_MARK)
		put_number(v, "", "MARK", e->mark);
	if (e->has & CT_HAS_ZONE)
		put_number(v, "", "ZONE", e->zone);
	if (e->has & CT_HAS_ID)
		put_number(v, "", "ID", e->id);
	put_counters(v, e);
	if (e->has & CT_HAS_HELPER)
		put_string(v, "HELPER", e->helper.p, e->helper.len);
	if (e->has & CT_HAS_LABELS)
		put_labels(v, labels, &e->labels);
}
