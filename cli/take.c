/* Taking the arguments of options over into the command. */
#include <net/if.h>
#include <strings.h>
#include <sys/socket.h>

#include "cli/take.h"
#include "cli/value.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/print.h"

static struct ct_filter *target(struct parser *p, const struct token *t)
{
	bool making = p->cmd->verb & (V_CREATE | V_ADD);

	return making || t->opt->set & p->cmd->verb ? &p->cmd->set : &p->cmd->sel;
}

static int add(struct parser *p, const struct token *t, struct ct_cond *c)
{
	c->negate = t->negate;
	if (ct_filter_add(target(p, t), c))
		return token_error(p, t, "out of memory");
	return 0;
}

/* Calls one() for each piece of a comma list, which must not be empty. */
int each_piece(struct parser *p, const struct token *t,
	       int (*one)(struct parser *p, const struct token *t, str piece))
{
	str rest = {t->arg, (uint32_t)strlen(t->arg)}, piece;

	while (next_piece(&rest, ',', &piece)) {
		int err = piece.len ? one(p, t, piece)
				    : token_error(p, t, "\"%s\" has an empty item", t->arg);

		if (err)
			return err;
	}
	return 0;
}

int bad_piece(struct parser *p, const struct token *t, str piece, const char *what)
{
	return token_error(p, t, "\"%.*s\" is not %s", (int)piece.len, piece.p, what);
}

/* --- commands --- */

static const struct {
	const char *name;
	uint16_t verbs;
} tables[] = {
	[CT_TABLE_CONNTRACK] = {"conntrack", V_LIST | V_GET | V_DELETE | V_CREATE | V_ADD |
						     V_UPDATE | V_EVENT | V_FLUSH | V_COUNT |
						     V_STATS},
	[CT_TABLE_EXPECT] = {"expect", V_LIST | V_GET | V_DELETE | V_CREATE | V_EVENT | V_FLUSH |
					       V_COUNT | V_STATS},
	[CT_TABLE_DYING] = {"dying", V_LIST},
	[CT_TABLE_UNCONFIRMED] = {"unconfirmed", V_LIST},
	[CT_TABLE_ALL] = {"all", V_LIST | V_COUNT | V_FLUSH | V_EVENT},
};

static bool is_prefix(const char *arg, const char *word)
{
	return *arg && !strncasecmp(arg, word, strlen(arg));
}

int take_table(struct parser *p, const struct token *t)
{
	if (!t->arg)
		return 0;
	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (!is_prefix(t->arg, tables[i].name))
			continue;
		if (!(tables[i].verbs & t->opt->verb))
			return token_error(p, t, "does not go with the table %s", tables[i].name);
		p->cmd->table = (enum ct_table)i;
		return 0;
	}
	if (t->opt->verb & (V_CREATE | V_ADD | V_UPDATE) &&
	    (is_prefix(t->arg, "orig") || is_prefix(t->arg, "reply"))) {
		p->cmd->reply = is_prefix(t->arg, "reply");
		return 0;
	}
	return token_error(p, t, "unknown table \"%s\": conntrack, expect, dying, unconfirmed, all",
			   t->arg);
}

/* --help COMMAND: by any name or letter. */
int take_help(struct parser *p, const struct token *t)
{
	const char *arg = t->arg ? t->arg : "all";
	const struct option *o;

	if (t->opt->verb == V_VERSION || !t->arg)
		return 0;
	p->cmd->help_verbs = UINT16_MAX;
	for (size_t i = 0; (o = option_row(i)); i++) {
		str rest = {o->names, (uint32_t)strlen(o->names)}, name;

		while (o->verb && next_piece(&rest, ' ', &name))
			if (str_is(name, arg) || (arg[0] == o->letter && !arg[1])) {
				p->cmd->help_verbs = o->verb;
				return 0;
			}
	}
	return strcasecmp(arg, "all") != 0
		       ? token_error(p, t, "\"%s\" is no command: list, get, delete ..., or all",
				     arg)
		       : 0;
}

/* --- selecting --- */

static int one_net(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_net(piece, &c.net))
		return bad_piece(p, t, piece, "an address, ADDR[:PORT][/MASK]");
	if (c.net.has_port && p->cmd->table == CT_TABLE_EXPECT)
		return bad_piece(p, t, piece, "an address alone, as expectations need it");
	return add(p, t, &c);
}

int take_nets(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_net);
}

static int one_port(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_range(piece, UINT16_MAX, &c.range))
		return bad_piece(p, t, piece, "a port or a range of ports (0 to 65535)");
	return add(p, t, &c);
}

int take_ports(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_port);
}

static int one_proto(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_PROTO};
	uint8_t num;

	if (!parse_proto(piece, &num))
		return bad_piece(p, t, piece, "a protocol's name or number (0 to 255)");
	c.range = (struct ct_range){num, num};
	if (!t->negate)
		p->proto = p->protos++ ? NULL : ct_proto(num);
	return add(p, t, &c);
}

int take_protos(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_proto);
}

int take_family(struct parser *p, const struct token *t)
{
	static const struct {
		const char *name;
		uint8_t family;
	} names[] = {
		{"ipv4", AF_INET}, {"ip", AF_INET},	{"ipv6", AF_INET6},
		{"ip6", AF_INET6}, {"inet", AF_UNSPEC}, {"bridge", AF_BRIDGE},
	};
	struct ct_cond c = {.field = CT_F_FAMILY};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t family = names[i].family;

		if (strcasecmp(t->arg, names[i].name) != 0)
			continue;
		if (family == AF_BRIDGE)
			print(p->cmd->note, sizeof(p->cmd->note),
			      "%.*s bridge: the kernel keeps bridged connections under their IP "
			      "family; IPv4 and IPv6 are meant",
			      t->len, t->word);
		if (family != AF_INET && family != AF_INET6) {
			/* Both: every entry is, and none is not. */
			p->both |= !t->negate;
			if (!t->negate)
				return 0;
			return ct_filter_add(target(p, t), &(struct ct_cond){.field = CT_F_NEVER})
				       ? token_error(p, t, "out of memory")
				       : 0;
		}
		c.range = (struct ct_range){family, family};
		return add(p, t, &c);
	}
	return token_error(p, t, "unknown family \"%s\": ipv4, ipv6, inet, bridge", t->arg);
}

bool fits_net(const struct parser *p, const char *arg)
{
	struct ct_net net;
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;

	(void)p;
	return !next_piece(&rest, ',', &piece) || parse_net(piece, &net);
}

int take_nat(struct parser *p, const struct token *t)
{
	struct ct_cond any = {.field = (uint8_t)t->opt->field};

	return t->arg ? take_nets(p, t) : add(p, t, &any);
}

int take_any(struct parser *p, const struct token *t)
{
	(void)t;
	p->any = true;
	return 0;
}

/* On expectations the mask of the expected tuple; else what -s and -d without a mask are under. */
int take_mask_addr(struct parser *p, const struct token *t)
{
	unsigned dst = t->opt->field == CT_F_MASK_DST;

	if (p->cmd->table == CT_TABLE_EXPECT)
		return take_nets(p, t);
	p->mask_l3[dst] = AF_UNSPEC;
	if (!parse_addr((str){t->arg, (uint32_t)strlen(t->arg)}, &p->mask_l3[dst], &p->mask[dst]))
		return token_error(p, t, "\"%s\" is not a netmask", t->arg);
	return 0;
}

/* A list of numbers and ranges, none above max. */
static int parse_numbers(struct parser *p, const struct token *t, uint64_t max)
{
	str rest = {t->arg, (uint32_t)strlen(t->arg)}, piece;
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	while (next_piece(&rest, ',', &piece)) {
		if (!parse_range(piece, max, &c.range))
			return token_error(p, t, "\"%.*s\" is not a number up to %llu",
					   (int)piece.len, piece.p, (unsigned long long)max);
		if (add(p, t, &c))
			return EXIT_USAGE;
	}
	return 0;
}

int take_u8(struct parser *p, const struct token *t)
{
	return parse_numbers(p, t, UINT8_MAX);
}

int take_u16(struct parser *p, const struct token *t)
{
	return parse_numbers(p, t, UINT16_MAX);
}

int take_u32(struct parser *p, const struct token *t)
{
	return parse_numbers(p, t, UINT32_MAX);
}

static const struct {
	const char *name;
	uint8_t v4, v6; /* 255: not a type of that protocol */
} icmp_types[] = {
	{"echo-reply", 0, 129},
	{"echo-request", 8, 128},
	{"timestamp-request", 13, 255},
	{"timestamp-reply", 14, 255},
	{"info-request", 15, 255},
	{"info-reply", 16, 255},
	{"address-mask-request", 17, 255},
	{"address-mask-reply", 18, 255},
	{"ni-query", 255, 139},
	{"ni-reply", 255, 140},
};

static int one_icmp_type(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};
	bool v6 = c.field == CT_F_ICMPV6_TYPE;

	for (unsigned i = 0; i < sizeof(icmp_types) / sizeof(icmp_types[0]); i++) {
		uint8_t type = v6 ? icmp_types[i].v6 : icmp_types[i].v4;

		if (type != 255 && str_is(piece, icmp_types[i].name)) {
			c.range = (struct ct_range){type, type};
			return add(p, t, &c);
		}
	}
	if (!parse_range(piece, UINT8_MAX, &c.range))
		return bad_piece(p, t, piece, "a type's name or number (0 to 255)");
	return add(p, t, &c);
}

int take_icmp_type(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_icmp_type);
}

static const struct {
	const char *name;
	struct ct_bits bits;
} statuses[] = {
	{"ASSURED", {IPS_ASSURED, IPS_ASSURED}},
	{"SEEN_REPLY", {IPS_SEEN_REPLY, IPS_SEEN_REPLY}},
	{"UNREPLIED", {0, IPS_SEEN_REPLY}},
	{"UNSET", {0, IPS_UNSET}},
	{"FIXED_TIMEOUT", {IPS_FIXED_TIMEOUT, IPS_FIXED_TIMEOUT}},
	{"EXPECTED", {IPS_EXPECTED, IPS_EXPECTED}},
	{"CONFIRMED", {IPS_CONFIRMED, IPS_CONFIRMED}},
	{"SRC_NAT", {IPS_SRC_NAT, IPS_SRC_NAT}},
	{"DST_NAT", {IPS_DST_NAT, IPS_DST_NAT}},
	{"OFFLOAD", {IPS_OFFLOAD, IPS_OFFLOAD}},
	{"HW_OFFLOAD", {IPS_HW_OFFLOAD, IPS_HW_OFFLOAD}},
	{"HELPER", {IPS_HELPER, IPS_HELPER}},
	{"DYING", {IPS_DYING, IPS_DYING}},
};

/* One word of a list that must hold as a whole. "!UNSET" is no statement about single bits, so it
 * becomes a negated test of its own. */
static int one_status(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_STATUS, .negate = t->negate};
	str word = piece;
	bool inverted = *piece.p == '!';

	if (inverted)
		word = (str){piece.p + 1, piece.len - 1};
	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!str_is(word, statuses[i].name))
			continue;
		c.bits = statuses[i].bits;
		if (inverted && c.bits.mask == IPS_UNSET && target(p, t) == &p->cmd->sel)
			c.negate = !c.negate;
		else if (inverted)
			c.bits.value ^= c.bits.mask;
		return ct_filter_add(target(p, t), &c) ? token_error(p, t, "out of memory") : 0;
	}
	return bad_piece(p, t, word,
			 "a status: ASSURED, SEEN_REPLY, UNREPLIED, UNSET, FIXED_TIMEOUT, "
			 "EXPECTED, CONFIRMED, SRC_NAT, DST_NAT, OFFLOAD, HW_OFFLOAD, HELPER, "
			 "DYING");
}

int take_status(struct parser *p, const struct token *t)
{
	struct ct_filter *f = target(p, t);
	uint32_t first = f->nconds;
	int err = each_piece(p, t, one_status);
	struct ct_cond *all;

	if (err || !t->negate)
		return err;
	/* ! -u A,B: not all of them, which must then be one condition. */
	if (f->nconds == first + 1)
		return 0;
	all = &f->cond[first];
	for (uint32_t i = first; i < f->nconds; i++) {
		if (!f->cond[i].negate)
			return token_error(p, t,
					   "!UNSET cannot stand beside others in a negated list");
		if ((all->bits.value ^ f->cond[i].bits.value) & all->bits.mask &
		    f->cond[i].bits.mask)
			return token_error(p, t, "\"%s\" contradicts itself", t->arg);
		all->bits.value |= f->cond[i].bits.value;
		all->bits.mask |= f->cond[i].bits.mask;
	}
	f->nconds = first + 1;
	return 0;
}

static int one_ctstate(struct parser *p, const struct token *t, str piece)
{
	static const char *const names[] = {
		[CT_STATE_NEW] = "NEW",
		[CT_STATE_ESTABLISHED] = "ESTABLISHED",
		[CT_STATE_RELATED] = "RELATED",
		[CT_STATE_SNAT] = "SNAT",
		[CT_STATE_DNAT] = "DNAT",
		[CT_STATE_NONE] = "INVALID",
		[CT_STATE_NONE + 1] = "UNTRACKED",
	};
	struct ct_cond c = {.field = CT_F_CTSTATE};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_is(piece, names[i]))
			continue;
		if (i >= CT_STATE_NONE)
			print(p->cmd->note, sizeof(p->cmd->note),
			      "%.*s %s: such packets have no entry, so nothing matches", t->len,
			      t->word, names[i]);
		c.range.lo = i > CT_STATE_NONE ? CT_STATE_NONE : i;
		return add(p, t, &c);
	}
	return bad_piece(p, t, piece,
			 "a state: NEW, ESTABLISHED, RELATED, SNAT, DNAT, INVALID, UNTRACKED");
}

int take_ctstate(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_ctstate);
}

/* Without -p a name means the state of every protocol that has it. */
static int one_state(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_STATE};
	const struct ct_proto *row;
	char name[24];
	bool known = false;

	if (piece.len >= sizeof(name))
		return bad_piece(p, t, piece, "a state");
	memcpy(name, piece.p, piece.len);
	name[piece.len] = 0;
	for (size_t i = 0; (row = ct_proto_row(i)); i++) {
		int state = row->nstates && (!p->proto || p->proto == row)
				    ? ct_proto_state(row, name)
				    : -1;

		if (state < 0)
			continue;
		c.states[row->info] = (uint16_t)(1 << state);
		known = true;
	}
	if (!known)
		return token_error(p, t, "\"%s\" is not a state of %s", name,
				   p->proto ? p->proto->name : "any protocol");
	return add(p, t, &c);
}

int take_state(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_state);
}

static int one_mark(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_MARK};

	if (!parse_bits(piece, &c.bits))
		return bad_piece(p, t, piece, "a mark, VALUE[/MASK] of 32 bits");
	return add(p, t, &c);
}

int take_mark(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_mark);
}

int take_secmark(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_NEVER};
	uint64_t v;

	if (!parse_number((str){t->arg, (uint32_t)strlen(t->arg)}, UINT32_MAX, &v))
		return token_error(p, t, "\"%s\" is not a number of 32 bits", t->arg);
	print(p->cmd->note, sizeof(p->cmd->note),
	      "%.*s: no kernel reports the numeric secmark any more, so nothing matches", t->len,
	      t->word);
	return add(p, t, &c);
}

/* All labels of one option together: they must all be set. */
int take_labels(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};
	str rest = {t->arg, t->arg ? (uint32_t)strlen(t->arg) : 0}, piece;

	if (p->cmd->verb != V_DELETE) /* who asks for labels sees them */
		p->cmd->fmt_flags |= FMT_LABELS;
	if (!t->arg) {
		memset(&c.labels, 0xff, sizeof(c.labels));
		return add(p, t, &c);
	}
	if (cmd_labels(p->cmd))
		return EXIT_USAGE;
	while (next_piece(&rest, ',', &piece)) {
		int bit = ct_label_bit(&p->cmd->labels, piece.p, piece.len);

		if (bit < 0)
			return bad_piece(p, t, piece,
					 "a label: neither a name of the label file nor a bit "
					 "number (0 to 127)");
		c.labels.word[bit / 32] |= UINT32_C(1) << bit % 32;
	}
	return add(p, t, &c);
}

bool fits_number(const struct parser *p, const char *arg)
{
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;
	struct ct_range r;

	(void)p;
	return next_piece(&rest, ',', &piece) && parse_range(piece, UINT32_MAX, &r);
}

bool fits_alone(const struct parser *p, const char *arg)
{
	(void)arg;
	return !p->nverbs;
}

static int one_tcp_flag(str word, uint32_t *flags)
{
	static const char *const names[] = {"wscale",  "sack",	 "close",     "liberal",
					    "unacked", "maxack", "challenge", "simopen"};
	uint64_t v;

	if (parse_number(word, UINT8_MAX, &v)) {
		*flags |= (uint32_t)v;
		return 0;
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(word, names[i])) {
			*flags |= 1u << i;
			return 0;
		}
	return -1;
}

int take_tcp_flags(struct parser *p, const struct token *t)
{
	str rest = {t->arg, (uint32_t)strlen(t->arg)}, part, word;
	struct ct_cond c = {.field = CT_F_TCP_FLAGS};
	uint32_t *side[] = {&c.bits.mask, &c.bits.value};

	for (unsigned i = 0; i < 2; i++) {
		if (!next_piece(&rest, ',', &part))
			return token_error(p, t, "\"%s\" lacks the part after the comma: MASK,COMP",
					   t->arg);
		while (next_piece(&part, '+', &word))
			if (one_tcp_flag(word, side[i]))
				return bad_piece(
					p, t, word,
					"a TCP flag: a number, or wscale, sack, close, liberal, "
					"unacked, maxack, challenge, simopen");
	}
	if (rest.p)
		return token_error(p, t, "\"%s\" has more than MASK,COMP", t->arg);
	if (c.bits.value & ~c.bits.mask)
		return token_error(p, t, "\"%s\" compares flags outside its mask", t->arg);
	return add(p, t, &c);
}

int take_role(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_ROLE};
	bool server = !strcasecmp(t->arg, "server");

	if (!server && strcasecmp(t->arg, "client") != 0)
		return token_error(p, t, "\"%s\" is not a role: client, server", t->arg);
	c.range = (struct ct_range){server, server};
	return add(p, t, &c);
}

static int one_helper(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_HELPER, .name = piece};

	if (piece.len > 15)
		return bad_piece(p, t, piece, "a helper: names have at most 15 characters");
	return add(p, t, &c);
}

int take_helper(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_helper);
}

/* Names as the kernel takes them (dev_valid_name()), with a + that means any end. */
static bool interface_name(str s)
{
	if (!s.len || s.len >= IF_NAMESIZE || (s.len < 3 && !memcmp(s.p, "..", s.len)))
		return false;
	for (uint32_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || strchr("/:", s.p[i]))
			return false;
	return true;
}

/* In another network namespace, interfaces can only be looked for once we are there. */
static bool in_netns(const struct parser *p)
{
	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];

		if (t->opt->parse == take_netns ||
		    (t->word[1] == 'n' && t->arg && !fits_net(p, t->arg)))
			return true;
	}
	return false;
}

bool fits_interface(const struct parser *p, const char *arg)
{
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;
	char name[IF_NAMESIZE];

	while (next_piece(&rest, ',', &piece)) {
		if (!interface_name(piece))
			return false;
		memcpy(name, piece.p, piece.len);
		name[piece.len] = 0;
		if (name[piece.len - 1] != '+' && !if_nametoindex(name) && !in_netns(p))
			return false;
	}
	return arg;
}

static int one_interface(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field, .name = piece};

	if (!interface_name(piece))
		return bad_piece(p, t, piece, "the name of an interface");
	return add(p, t, &c);
}

int take_interface(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_interface);
}

int take_amounts(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_amount((str){t->arg, (uint32_t)strlen(t->arg)}, &c.range))
		return token_error(p, t, "\"%s\" is not MIN or MIN:MAX with suffixes k, M, G",
				   t->arg);
	return add(p, t, &c);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int take_timeout(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_EXPIRES};

	if (!parse_number((str){t->arg, (uint32_t)strlen(t->arg)}, UINT32_MAX, &c.range.lo)) {
		if (!is_letter(*t->arg) || p->cmd->table == CT_TABLE_EXPECT)
			return token_error(p, t, "\"%s\" is not a number of seconds%s", t->arg,
					   p->cmd->table == CT_TABLE_EXPECT
						   ? ""
						   : ", nor the name of a timeout policy");
		p->cmd->policy = t->arg; /* its seconds are found once the netns has been entered */
		c.range.lo = 0;
	}
	c.range.hi = c.range.lo;
	return add(p, t, &c);
}
