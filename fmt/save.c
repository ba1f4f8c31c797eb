/* Commands that make the entries again; in load files, and of events. */
#include <sys/socket.h>

#include "ct/proto.h"
#include "ct/spec.h"
#include "fmt/fmt.h"
#include "fmt/names.h"
#include "fmt/num.h"

/* The parts of bounded length take less than this, all together. */
#define LINE_ROOM 2048

static char *put_opt(char *p, const char *opt, uint32_t v)
{
	p = put_str(p, opt);
	p = put_u32(p, v);
	*p++ = ' ';
	return p;
}

static char *put_addr_opt(char *p, const char *opt, uint8_t l3, const struct ct_addr *addr)
{
	p = put_addr(put_str(p, opt), l3, addr);
	*p++ = ' ';
	return p;
}

/* The status bits that a command can set. That an entry has got a helper by hand goes without
 * saying where the line names one. */
static char *put_status(char *p, const struct ct_entry *e)
{
	uint32_t status = e->has & CT_HAS_STATUS ? e->status : 0;

	status &= IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT |
		  (e->has & CT_HAS_HELPER ? 0 : IPS_HELPER);
	p = PUT(p, "-u ");
	p = status ? put_names(p, status, names_status, NAMES_STATUS) : PUT(p, "UNSET");
	*p++ = ' ';
	return p;
}

/* "-n ADDR:PORT": an address, with what stands behind it: none when it is negative. */
static char *put_addr_port(char *p, const char *opt, uint8_t l3, const struct ct_addr *addr,
			   int32_t port)
{
	bool brackets = port >= 0 && l3 == AF_INET6;

	p = put_str(p, opt);
	if (brackets)
		*p++ = '[';
	p = put_addr(p, l3, addr);
	if (brackets)
		*p++ = ']';
	if (port >= 0) {
		*p++ = ':';
		p = put_u32(p, (uint32_t)port);
	}
	*p++ = ' ';
	return p;
}

/* The port of the reply, or its ICMP id, that stands behind an address that NAT has changed: the
 * kernel would be free to choose another. Only ports can be selected by. */
static int32_t nat_port(const struct ct_tuple *r, uint16_t port, bool make)
{
	if (r->has & CT_T_ICMP_ID)
		return make ? r->icmp_id : -1;
	return ct_proto(r->l4)->keys == CT_KEYS_PORTS && r->has & CT_T_SPORT ? port : -1;
}

/* The addresses of both directions. A reply address that NAT has changed is given as NAT. */
static char *put_addrs(char *p, const struct ct_entry *e, bool make)
{
	uint32_t status = e->has & CT_HAS_STATUS ? e->status : 0;
	const struct ct_tuple *r = &e->reply;
	bool other_id = make && r->has & CT_T_ICMP_ID && r->icmp_id != e->orig.icmp_id &&
			!(status & (IPS_SRC_NAT | IPS_DST_NAT));

	p = put_addr_opt(p, "-s ", e->orig.l3, &e->orig.src);
	p = put_addr_opt(p, "-d ", e->orig.l3, &e->orig.dst);
	if (status & IPS_DST_NAT)
		p = put_addr_port(p, "-g ", r->l3, &r->src, nat_port(r, r->sport, make));
	else
		p = put_addr_opt(p, "-r ", r->l3, &r->src);
	if (status & IPS_SRC_NAT)
		p = put_addr_port(p, "-n ", r->l3, &r->dst, nat_port(r, r->dport, make));
	else
		p = put_addr_port(p, "-q ", r->l3, &r->dst, other_id ? r->icmp_id : -1);
	return p;
}

/* The protocol and its keys. The kernel wants ports, which it ignores, even to make an entry of a
 * protocol that it does not track. */
static char *put_proto(char *p, const struct ct_entry *e, bool make)
{
	const struct ct_proto *proto = ct_proto(e->orig.l4);
	const struct ct_tuple *t = &e->orig, *r = &e->reply;

	p = PUT(p, "-p ");
	p = proto->keys || proto->nstates ? put_str(p, proto->name) : put_u32(p, t->l4);
	*p++ = ' ';
	switch (proto->keys) {
	case CT_KEYS_PORTS:
		if (!(t->has & CT_T_SPORT)) {
			p = make ? PUT(p, "--sport 0 --dport 0 ") : p;
			break;
		}
		p = put_opt(p, "--sport ", t->sport);
		p = put_opt(p, "--dport ", t->dport);
		p = put_opt(p, "--reply-port-src ", r->sport);
		p = put_opt(p, "--reply-port-dst ", r->dport);
		break;
	case CT_KEYS_GRE:
		p = put_opt(p, "--srckey ", t->sport);
		p = put_opt(p, "--dstkey ", t->dport);
		p = put_opt(p, "--reply-key-src ", r->sport);
		p = put_opt(p, "--reply-key-dst ", r->dport);
		break;
	case CT_KEYS_ICMP:
		p = put_opt(p, "--icmp-type ", t->icmp_type);
		p = put_opt(p, "--icmp-code ", t->icmp_code);
		p = put_opt(p, "--icmp-id ", t->icmp_id);
		break;
	case CT_KEYS_ICMPV6:
		p = put_opt(p, "--icmpv6-type ", t->icmp_type);
		p = put_opt(p, "--icmpv6-code ", t->icmp_code);
		p = put_opt(p, "--icmpv6-id ", t->icmp_id);
		break;
	}
	return p;
}

/* The flags that a saved entry gets unless they are those of every entry made by hand, and the
 * window scales, without which windows would look too small. */
static char *put_tcp(char *p, const struct ct_entry *e)
{
	uint8_t created = ct_spec_tcp_flags(e->state);
	uint8_t orig = e->tcp_flags[CT_ORIG] & CT_TCP_SETTABLE;
	uint8_t reply = e->tcp_flags[CT_REPLY] & CT_TCP_SETTABLE;

	if (orig != created || reply != created) {
		p = put_u32(PUT(p, "--tcp-flags "), CT_TCP_SETTABLE);
		*p++ = ',';
		p = put_u32(p, orig);
		if (reply != orig) {
			*p++ = ',';
			p = put_u32(p, CT_TCP_SETTABLE);
			*p++ = ',';
			p = put_u32(p, reply);
		}
		*p++ = ' ';
	}
	if (orig & reply & CT_TCP_WSCALE && e->has & CT_HAS_WSCALE) {
		p = put_u32(PUT(p, "--wscale "), e->wscale[CT_ORIG]);
		*p++ = ',';
		p = put_u32(p, e->wscale[CT_REPLY]);
		*p++ = ' ';
	}
	return p;
}

/* The protocol's state and, but for an update, which would select by that, what goes with it. */
static char *put_info(char *p, const struct ct_entry *e, bool make, bool del)
{
	const struct ct_name *state = e->has & CT_HAS_STATE ? ct_entry_state(e) : NULL;

	if (!state && make && e->orig.l4 == CT_PROTO_TCP)
		p = PUT(p, "--state ESTABLISHED "); /* offloaded, or it would not be made */
	if (state) {
		p = put_name(PUT(p, "--state "), state);
		*p++ = ' ';
	}
	if (!make && !del)
		return p;
	if (make && e->has & CT_HAS_STATE && e->has & CT_HAS_TCP_FLAGS)
		p = put_tcp(p, e);
	if (e->has & CT_HAS_VTAG) {
		p = put_opt(p, "--orig-vtag ", e->vtag[CT_ORIG]);
		p = put_opt(p, "--reply-vtag ", e->vtag[CT_REPLY]);
	}
	if (e->has & CT_HAS_ROLE)
		p = e->role ? PUT(p, "--role server ") : PUT(p, "--role client ");
	return p;
}

static bool plain_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || strchr("\"\\#,", s[i]))
			return false;
	return n;
}

/* Labels by name, or by number where the name needs quotes or means another bit. An entry that
 * exists loses its other labels. */
static char *put_labels(struct fmt *f, char *p, const struct nl_attr *labels)
{
	bool any = false;

	p = PUT(p, "--label-del ");

	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = f->labels ? f->labels->name[bit] : NULL;

		if (!ct_label_test(labels, bit))
			continue;
		p = any ? PUT(p, ",") : PUT(p, "--label-add ");
		any = true;
		if (!name || name[strspn(name, "0123456789")] == 0 ||
		    !plain_word(name, strlen(name)) ||
		    ct_label_bit(f->labels, name, strlen(name)) != (int)bit) {
			p = put_u32(p, bit);
			continue;
		}
		out_end(f->out, p);
		out_str(f->out, name);
		p = out_room(f->out, LINE_ROOM);
	}
	if (any)
		*p++ = ' ';
	return p;
}

/* True when the tuple has addresses, protocol and keys. Of a protocol that it does not track, the
 * kernel leaves out both ports. */
static bool complete(const struct ct_tuple *t)
{
	uint16_t base = CT_T_SRC | CT_T_DST | CT_T_PROTO, keys = ct_tuple_keys(t->l4);

	if ((t->has & base) != base)
		return false;
	return (t->has & keys) == keys ||
	       (keys == CT_T_PORTS && !(t->has & keys) && ct_proto(t->l4)->keys == CT_KEYS_PORTS);
}

/* True when NAT has given a tunnel other keys, which only the kernel's helper for it can do. */
static bool keys_translated(const struct ct_entry *e)
{
	return e->has & CT_HAS_STATUS && e->status & (IPS_SRC_NAT | IPS_DST_NAT) &&
	       ct_proto(e->orig.l4)->keys == CT_KEYS_GRE &&
	       (e->orig.sport != e->reply.dport || e->orig.dport != e->reply.sport);
}

/* True when the kernel has handed the flow to a fast path and tells neither time left nor state. */
static bool offloaded(const struct ct_entry *e)
{
	return e->has & CT_HAS_STATUS && e->status & (IPS_OFFLOAD | IPS_HW_OFFLOAD);
}

/* True when the reply is of the type that answers the original direction, of whatever id. */
static bool answers(const struct ct_entry *e)
{
	struct ct_tuple answer;

	return ct_tuple_invert(&answer, &e->orig) &&
	       (!(e->orig.has & CT_T_ICMP_TYPE) ||
		(answer.icmp_type == e->reply.icmp_type && answer.icmp_code == e->reply.icmp_code));
}

/* Returns why no command can name the entry, or update it, NULL: one can. */
static const char *why_no_update(const struct ct_entry *e, bool del)
{
	if (!(e->has & CT_HAS_ORIG) || !(e->has & CT_HAS_REPLY))
		return "a direction is missing";
	if (!complete(&e->orig) || !complete(&e->reply) ||
	    (e->orig.has ^ e->reply.has) & (CT_T_PORTS | CT_T_PROTO) || e->orig.l4 != e->reply.l4)
		return "its keys are missing";
	if (!del && e->info && e->info != ct_proto(e->orig.l4)->info)
		return "its protocol state is another protocol's";
	if (!del && e->has & CT_HAS_STATE && !ct_entry_state(e))
		return "its protocol state has no name";
	return NULL;
}

/* Returns why no command can make the entry, which one can update; NULL: one can. */
static const char *why_no_make(const struct ct_entry *e)
{
	const struct ct_proto *proto = ct_proto(e->orig.l4);

	if (!offloaded(e) && !(e->has & CT_HAS_TIMEOUT))
		return "its timeout is missing";
	if (!offloaded(e) && proto->info == CT_INFO_TCP && !(e->has & CT_HAS_STATE))
		return "its protocol state is missing";
	if (proto->info == CT_INFO_SCTP && e->has & CT_HAS_STATE && !(e->has & CT_HAS_VTAG))
		return "its verification tags are missing";
	if (e->has & CT_HAS_HELPER && !plain_word(e->helper.p, e->helper.len))
		return "its helper's name is no word";
	if (proto->keys == (e->orig.l3 == AF_INET ? CT_KEYS_ICMPV6 : CT_KEYS_ICMP))
		return "its protocol is not of its address family";
	if (!answers(e))
		return "its reply is no answer";
	if (!!(e->has & CT_HAS_ZONE) + !!(e->orig.has & CT_T_ZONE) + !!(e->reply.has & CT_T_ZONE) >
	    1)
		return "it has several zones";
	return keys_translated(e) ? "NAT has changed its keys" : NULL;
}

/* True when an update can be said as a creation, which holds also where the entry's own has not
 * been seen: the kernel tells of a protocol's state only when it changes. */
static bool tells_all(const struct ct_entry *e)
{
	return (e->has & CT_HAS_STATE || offloaded(e) || !ct_proto(e->orig.l4)->nstates) &&
	       !why_no_make(e);
}

/* The time left; of an offloaded entry, that which it gets when the kernel takes the flow back. A
 * line that updates leaves a timeout alone that is fixed. */
static char *put_timeout(char *p, const struct ct_entry *e, bool make, bool del)
{
	if (e->has & CT_HAS_TIMEOUT) {
		if (make || del || !(e->has & CT_HAS_STATUS) || !(e->status & IPS_FIXED_TIMEOUT))
			p = put_opt(p, "-t ", e->timeout);
	} else if (make) {
		p = put_opt(p, "-t ", e->orig.l4 == CT_PROTO_TCP ? 432000 : 120);
	}
	return p;
}

/* The zone; none is said, too, where the line would else select in every zone. */
static char *put_zones(char *p, const struct ct_entry *e, bool make)
{
	bool one_way = (e->orig.has | e->reply.has) & CT_T_ZONE;

	if (e->has & CT_HAS_ZONE)
		p = put_opt(p, "-w ", e->zone);
	else if (!make && !one_way)
		p = PUT(p, "-w 0 ");
	if (e->orig.has & CT_T_ZONE)
		p = put_opt(p, "--orig-zone ", e->orig.zone);
	if (e->reply.has & CT_T_ZONE)
		p = put_opt(p, "--reply-zone ", e->reply.zone);
	return p;
}

static void save_entry(struct fmt *f, const struct ct_entry *e, const struct fmt_event *ev)
{
	bool del = ev ? ev->kind == FMT_DESTROY : f->deleting;
	bool update = !del && ev && ev->kind == FMT_UPDATE;
	const char *why = why_no_update(e, del);
	char *p = out_room(f->out, LINE_ROOM);
	bool make = !why && !del && (!update || tells_all(e));

	if (make && !update)
		why = why_no_make(e);
	if (why) {
		p = put_str(PUT(p, "# entry left out, no command can make it: "), why);
		*p++ = '\n';
		out_end(f->out, p);
		return;
	}
	p = del ? PUT(p, "-D ") : make ? PUT(p, "-A ") : PUT(p, "-U ");
	/* That of a deletion, which ignores it, is for who makes it a creation. */
	p = put_timeout(p, e, make, del);
	if (!del)
		p = put_status(p, e);
	p = put_zones(p, e, make);
	p = put_proto(put_addrs(p, e, make), e, make);
	/* The state at which an entry was deleted by command; an event's is that of its end, in
	 * which no other machine has it. */
	if (!ev || !del)
		p = put_info(p, e, make, del);
	if (!del) {
		if (e->has & CT_HAS_MARK) /* 0, too: an entry that exists may have another */
			p = put_opt(p, "-m ", e->mark);
		if (e->has & CT_HAS_LABELS)
			p = put_labels(f, p, &e->labels);
		if (make && e->has & CT_HAS_HELPER) {
			p = put_mem(PUT(p, "--helper "), e->helper.p, e->helper.len);
			*p++ = ' ';
		}
	}
	p[-1] = '\n';
	out_end(f->out, p);
}

/* Returns why no command can make or name the expectation; NULL: one can. */
static const char *why_no_expect_command(const struct ct_expect *x, bool del)
{
	const uint32_t need = CT_EXP_HAS_MASTER | CT_EXP_HAS_TUPLE | CT_EXP_HAS_MASK;

	if ((x->has & need) != need || !complete(&x->master) || !complete(&x->tuple) ||
	    !complete(&x->mask) || ct_proto(x->tuple.l4)->keys != CT_KEYS_PORTS ||
	    (x->master.has & x->tuple.has & x->mask.has & CT_T_PORTS) != CT_T_PORTS ||
	    x->mask.l3 != x->tuple.l3)
		return "its keys are missing";
	if (x->master.l4 != x->tuple.l4)
		return "it is of another protocol than its master";
	if (x->has & CT_EXP_HAS_NAT)
		return "it has NAT";
	if (x->has & CT_EXP_HAS_CLASS && x->exp_class)
		return "it has a class";
	if (x->has & CT_EXP_HAS_FLAGS && x->flags)
		return "it has flags";
	if (x->has & CT_EXP_HAS_HELPER && x->helper.len && !plain_word(x->helper.p, x->helper.len))
		return "its helper's name is no word";
	if (del && x->has & CT_EXP_HAS_ZONE)
		return "it has a zone"; /* which selects no expectation */
	return NULL;
}

static void save_expect(struct fmt *f, const struct ct_expect *x, const struct fmt_event *ev)
{
	bool del = ev ? ev->kind == FMT_DESTROY : f->deleting;
	const char *why = why_no_expect_command(x, del);
	const struct ct_tuple *m = &x->master, *t = &x->tuple;
	char *p = out_room(f->out, LINE_ROOM);

	if (why) {
		p = put_str(PUT(p, "# expectation left out, no command can make it: "), why);
		*p++ = '\n';
		out_end(f->out, p);
		return;
	}
	p = del ? PUT(p, "-D expect ") : PUT(p, "-I expect ");
	if (!del && x->has & CT_EXP_HAS_TIMEOUT)
		p = put_opt(p, "-t ", x->timeout ? x->timeout : 1);
	if (x->has & CT_EXP_HAS_ZONE)
		p = put_opt(p, "-w ", x->zone);
	p = put_addr_opt(p, "-s ", m->l3, &m->src);
	p = put_addr_opt(p, "-d ", m->l3, &m->dst);
	p = PUT(p, "-p ");
	p = put_str(p, ct_proto(m->l4)->name);
	p = put_opt(put_opt(p, " --sport ", m->sport), "--dport ", m->dport);
	p = put_addr_opt(p, "--tuple-src ", t->l3, &t->src);
	p = put_addr_opt(p, "--tuple-dst ", t->l3, &t->dst);
	p = put_opt(put_opt(p, "--tuple-port-src ", t->sport), "--tuple-port-dst ", t->dport);
	if (!del) {
		p = put_addr_opt(p, "--mask-src ", x->mask.l3, &x->mask.src);
		p = put_addr_opt(p, "--mask-dst ", x->mask.l3, &x->mask.dst);
		p = put_opt(p, "--mask-port-src ", x->mask.sport);
		p = put_opt(p, "--mask-port-dst ", x->mask.dport);
		if (x->has & CT_EXP_HAS_HELPER && x->helper.len) {
			p = put_mem(PUT(p, "--helper "), x->helper.p, x->helper.len);
			*p++ = ' ';
		}
	}
	p[-1] = '\n';
	out_end(f->out, p);
}

static void save_sync(struct fmt *f, bool end, uint64_t time)
{
	(void)time;
	out_str(f->out, end ? FMT_SYNC_END "\n" : FMT_SYNC_START "\n");
}

const struct fmt_ops fmt_save = {
	.name = "save",
	.is = FMT_IS_ALONE | FMT_NAMES_LABELS,
	.entry = save_entry,
	.expect = save_expect,
	.sync = save_sync,
};
