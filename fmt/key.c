#include "fmt/key.h"

#include <sys/socket.h>

#include "ct/host.h"
#include "ct/proto.h"
#include "ct/route.h"
#include "ct/text.h"
#include "ct/with.h"
#include "fmt/names.h"
#include "fmt/num.h"

static const char *const names[GROUP_FIELDS] = {
	[GROUP_SRC] = "src",
	[GROUP_DST] = "dst",
	[GROUP_REPLY_SRC] = "reply-src",
	[GROUP_REPLY_DST] = "reply-dst",
	[GROUP_SPORT] = "sport",
	[GROUP_DPORT] = "dport",
	[GROUP_REPLY_SPORT] = "reply-sport",
	[GROUP_REPLY_DPORT] = "reply-dport",
	[GROUP_FAMILY] = "family",
	[GROUP_PROTO] = "proto",
	[GROUP_STATE] = "state",
	[GROUP_STATUS] = "status",
	[GROUP_MARK] = "mark",
	[GROUP_ZONE] = "zone",
	[GROUP_HELPER] = "helper",
	[GROUP_OFFLOAD] = "offload",
	[GROUP_LABEL] = "label",
	[GROUP_IN] = "in",
	[GROUP_OUT] = "out",
	[GROUP_MAC] = "mac",
};

const char *group_field_name(unsigned field)
{
	return field < GROUP_FIELDS ? names[field] : NULL;
}

int group_field_find(struct nl_str s, uint8_t *prefix)
{
	uint64_t bits = 128;
	struct nl_str name;

	if (!ct_next_piece(&s, '/', &name))
		return -1;
	for (unsigned i = 0; i < GROUP_FIELDS; i++) {
		if (!ct_str_is(name, names[i]))
			continue;
		if (s.p && (i > GROUP_REPLY_DST || !ct_parse_number(s, 128, &bits)))
			return -1;
		*prefix = (uint8_t)bits;
		return (int)i;
	}
	return -1;
}

/* The network of an address. */
static void cut(struct ct_addr *to, const struct ct_addr *from, uint8_t l3, unsigned prefix)
{
	for (unsigned i = 0; i < ct_addr_len(l3) && prefix; i++) {
		unsigned bits = prefix < 8 ? prefix : 8;

		to->b[i] = (uint8_t)(from->b[i] & 0xff00 >> bits);
		prefix -= bits;
	}
}

static bool fill_addr(struct group_key *k, const struct ct_entry *e, unsigned i, uint8_t prefix)
{
	const struct ct_tuple *t = i < 2 ? &e->orig : &e->reply;

	if (!(t->has & (i % 2 ? CT_T_DST : CT_T_SRC)))
		return false;
	cut(&k->addr[i], i % 2 ? &t->dst : &t->src, t->l3, prefix);
	k->l3 = t->l3;
	return true;
}

static bool fill_port(struct group_key *k, const struct ct_entry *e, unsigned i)
{
	const struct ct_tuple *t = i < 2 ? &e->orig : &e->reply;

	if (ct_proto(t->l4)->keys != CT_KEYS_PORTS || !(t->has & (i % 2 ? CT_T_DPORT : CT_T_SPORT)))
		return false;
	k->port[i] = i % 2 ? t->dport : t->sport;
	return true;
}

/* The bits of the status that have names: those that make no difference to be seen are not told
 * apart. */
static uint32_t named_status(void)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < NAMES_STATUS; i++)
		bits |= names_status[i].len ? UINT32_C(1) << i : 0;
	return bits;
}

/* Copies the labels, as many as there are. */
static bool fill_labels(struct group_key *k, const struct ct_entry *e)
{
	bool has = e->has & CT_HAS_LABELS;

	if (has)
		memcpy(&k->labels, e->labels.data,
		       e->labels.len < sizeof(k->labels) ? e->labels.len : sizeof(k->labels));
	return has;
}

/* The interface that leads to the source of a tuple. */
static bool fill_interface(int32_t *index, struct ct_routes *routes, const struct ct_tuple *t)
{
	int32_t found =
		WITH_ROUTE && t->has & CT_T_SRC ? ct_routes_index(routes, t->l3, t->src.b) : 0;

	*index = found > 0 ? found : 0;
	return found > 0;
}

static bool fill_mac(struct group_key *k, const struct ct_hosts *neighbors,
		     const struct ct_tuple *t)
{
	const struct ct_host *host = WITH_ROUTE && neighbors && t->has & CT_T_SRC
					     ? ct_hosts_find(neighbors, t->l3, t->src.b)
					     : NULL;

	k->mac = host && host->known ? host->mac : 0;
	return k->mac;
}

/* The state as it is shown: that of the first protocol that has one of this name, as there are
 * several. */
static bool fill_state(struct group_key *k, const struct ct_entry *e)
{
	const struct ct_name *name;
	const struct ct_proto *p;

	if (!(e->has & CT_HAS_STATE))
		return false;
	name = ct_entry_state(e);
	k->state = e->state;
	for (size_t i = 0; name && !k->info && (p = ct_proto_row(i)); i++) {
		int state = ct_proto_state(p, name->text);

		if (state >= 0) {
			k->info = p->info;
			k->state = (uint8_t)state;
		}
	}
	return true;
}

/* Returns whether the entry has the field. */
static bool fill_field(struct group_key *k, const struct group_spec *spec, const struct ct_entry *e,
		       unsigned i)
{
	uint8_t field = spec->field[i], prefix = spec->prefix[i];

	switch (field) {
	case GROUP_LABEL:
		return fill_labels(k, e);
	case GROUP_IN:
		return fill_interface(&k->interface[0], spec->routes, &e->orig);
	case GROUP_OUT:
		return fill_interface(&k->interface[1], spec->routes, &e->reply);
	case GROUP_MAC:
		return fill_mac(k, spec->neighbors, &e->orig) ||
		       fill_mac(k, spec->neighbors, &e->reply);
	case GROUP_SRC:
	case GROUP_DST:
	case GROUP_REPLY_SRC:
	case GROUP_REPLY_DST:
		return fill_addr(k, e, field, prefix);
	case GROUP_SPORT:
	case GROUP_DPORT:
	case GROUP_REPLY_SPORT:
	case GROUP_REPLY_DPORT:
		return fill_port(k, e, field - GROUP_SPORT);
	case GROUP_FAMILY:
		k->l3 = e->orig.l3;
		return true;
	case GROUP_PROTO:
		k->l4 = e->orig.l4;
		return true;
	case GROUP_STATE:
		return fill_state(k, e);
	case GROUP_STATUS:
		k->status = e->status & named_status();
		return e->has & CT_HAS_STATUS;
	case GROUP_MARK:
		k->mark = e->has & CT_HAS_MARK ? e->mark : 0;
		return true;
	case GROUP_ZONE:
		k->zone = e->has & CT_HAS_ZONE ? e->zone : 0;
		return e->has & CT_HAS_ZONE || !((e->orig.has | e->reply.has) & CT_T_ZONE);
	case GROUP_HELPER:
		if (!(e->has & CT_HAS_HELPER) || e->helper.len >= GROUP_HELPER_SIZE)
			return false;
		memcpy(k->helper, e->helper.p, e->helper.len);
		return true;
	default:
		k->offload = e->status & IPS_HW_OFFLOAD ? 2 : e->status & IPS_OFFLOAD ? 1 : 0;
		return e->has & CT_HAS_STATUS;
	}
}

void group_key_fill(struct group_key *k, const struct group_spec *spec, const struct ct_entry *e)
{
	memset(k, 0, sizeof(*k)); /* padding, too */
	for (unsigned i = 0; i < spec->n; i++)
		if (fill_field(k, spec, e, i))
			k->has |= UINT32_C(1) << spec->field[i];
}

/* A name from outside: no format may be broken by it. */
static char *put_printable(char *p, const char *name)
{
	for (; *name; name++)
		*p++ = *name > ' ' && *name < 0x7f && *name != '"' && *name != '\\' ? *name : '?';
	return p;
}

/* The names of labels, or their numbers; "..." for those that the room is too small for. */
static char *put_labels(char *p, const struct ct_labelmap *m, const struct ct_labels *labels)
{
	const char *start = p;

	for (unsigned bit = 0; bit < CT_LABEL_BITS; bit++) {
		const char *name = m ? m->name[bit] : NULL;

		if (!(labels->word[bit / 32] >> bit % 32 & 1))
			continue;
		if (p != start)
			*p++ = ',';
		if (p + (name ? strlen(name) : 3) + 5 + PUT_SLACK > start + GROUP_ROOM)
			return PUT(p, "...");
		p = name ? put_printable(p, name) : put_u32(p, bit);
	}
	return p;
}

char *group_key_put(char *p, const struct group_spec *spec, const struct group_key *k, unsigned c)
{
	uint8_t field = spec->field[c];
	struct ct_entry e = {.info = k->info, .state = k->state};
	const struct ct_proto *proto;
	const struct ct_name *name;

	switch (field) {
	case GROUP_SRC:
	case GROUP_DST:
	case GROUP_REPLY_SRC:
	case GROUP_REPLY_DST:
		p = put_addr(p, k->l3, &k->addr[field]);
		if (spec->prefix[c] < ct_addr_len(k->l3) * 8) {
			*p++ = '/';
			p = put_u32(p, spec->prefix[c]);
		}
		return p;
	case GROUP_SPORT:
	case GROUP_DPORT:
	case GROUP_REPLY_SPORT:
	case GROUP_REPLY_DPORT:
		return put_u32(p, k->port[field - GROUP_SPORT]);
	case GROUP_FAMILY:
		return put_str(p, k->l3 == AF_INET6 ? "ipv6" : "ipv4");
	case GROUP_PROTO:
		proto = ct_proto(k->l4);
		return proto->num == k->l4 ? put_str(p, proto->name) : put_u32(p, k->l4);
	case GROUP_STATE:
		name = ct_entry_state(&e);
		return name ? put_name(p, name) : put_u32(p, k->state);
	case GROUP_STATUS:
		return put_names(p, k->status, names_status, NAMES_STATUS);
	case GROUP_MARK:
		return put_u32(p, k->mark);
	case GROUP_ZONE:
		return put_u32(p, k->zone);
	case GROUP_HELPER:
		return put_printable(p, k->helper);
	case GROUP_LABEL:
		return put_labels(p, spec->labels, &k->labels);
	case GROUP_MAC:
		return put_mac(p, k->mac);
	case GROUP_IN:
	case GROUP_OUT:
		return put_printable(p,
				     ct_routes_name(spec->routes, k->interface[field - GROUP_IN]));
	default:
		return put_str(p, k->offload == 2 ? "hardware" : k->offload ? "software" : "no");
	}
}
