#include "cli/option.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "cli/value.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "ct/uapi.h"
#include "fmt/print.h"

#define SELECT	 (V_LIST | V_DELETE | V_UPDATE | V_EVENT | V_COUNT)
#define QUERY	 (SELECT & ~V_UPDATE) /* what -U sets, the others select by */
#define CHANGE	 (V_CREATE | V_ADD | V_UPDATE)
#define TUPLE	 .sel = SELECT | V_GET, .set = V_CREATE | V_ADD
#define PRINT	 (V_LIST | V_GET | V_DELETE | V_UPDATE | V_EVENT)
#define LABELLED (PRINT | V_CREATE | V_ADD)
#define EXPECTED (V_LIST | V_GET | V_DELETE | V_CREATE | V_EVENT)

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
static int each_piece(struct parser *p, const struct token *t,
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

static int bad(struct parser *p, const struct token *t, str piece, const char *what)
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

static int parse_table(struct parser *p, const struct token *t)
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

static int parse_help(struct parser *p, const struct token *t)
{
	(void)p;
	(void)t;
	return 0;
}

/* --- selecting --- */

static int one_net(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_net(piece, &c.net))
		return bad(p, t, piece, "an address, ADDR[:PORT][/MASK]");
	return add(p, t, &c);
}

static int parse_nets(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_net);
}

static int one_port(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_range(piece, UINT16_MAX, &c.range))
		return bad(p, t, piece, "a port or a range of ports (0 to 65535)");
	return add(p, t, &c);
}

static int parse_ports(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_port);
}

static int one_proto(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_PROTO};
	uint8_t num;

	if (!parse_proto(piece, &num))
		return bad(p, t, piece, "a protocol's name or number (0 to 255)");
	c.range = (struct ct_range){num, num};
	if (!t->negate)
		p->proto = p->protos++ ? NULL : ct_proto(num);
	return add(p, t, &c);
}

static int parse_protos(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_proto);
}

static int parse_family(struct parser *p, const struct token *t)
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

		if (strcasecmp(t->arg, names[i].name))
			continue;
		if (family == AF_BRIDGE)
			print(p->cmd->note, sizeof(p->cmd->note),
			      "%.*s bridge: the kernel keeps bridged connections under their IP "
			      "family; IPv4 and IPv6 are meant",
			      t->len, t->word);
		if (family != AF_INET && family != AF_INET6)
			return 0;
		c.range = (struct ct_range){family, family};
		return add(p, t, &c);
	}
	return token_error(p, t, "unknown family \"%s\": ipv4, ipv6, inet, bridge", t->arg);
}

static bool fits_net(const struct parser *p, const char *arg)
{
	struct ct_net net;
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;

	(void)p;
	return !next_piece(&rest, ',', &piece) || parse_net(piece, &net);
}

static int parse_nat(struct parser *p, const struct token *t)
{
	struct ct_cond any = {.field = (uint8_t)t->opt->field};

	return t->arg ? parse_nets(p, t) : add(p, t, &any);
}

static int parse_any(struct parser *p, const struct token *t)
{
	(void)t;
	p->any = true;
	return 0;
}

/* On expectations the mask of the expected tuple; else what -s and -d without a mask are under. */
static int parse_mask_addr(struct parser *p, const struct token *t)
{
	unsigned dst = t->opt->field == CT_F_MASK_DST;

	if (p->cmd->table == CT_TABLE_EXPECT)
		return parse_nets(p, t);
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

static int parse_u8(struct parser *p, const struct token *t)
{
	return parse_numbers(p, t, UINT8_MAX);
}

static int parse_u16(struct parser *p, const struct token *t)
{
	return parse_numbers(p, t, UINT16_MAX);
}

static int parse_u32(struct parser *p, const struct token *t)
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
		return bad(p, t, piece, "a type's name or number (0 to 255)");
	return add(p, t, &c);
}

static int parse_icmp_type(struct parser *p, const struct token *t)
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
	bool not = *piece.p == '!';

	if (not )
		word = (str){piece.p + 1, piece.len - 1};
	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!str_is(word, statuses[i].name))
			continue;
		c.bits = statuses[i].bits;
		if (not &&word.len == 5 && !c.bits.value && target(p, t) == &p->cmd->sel)
			c.negate = true;
		else if (not )
			c.bits.value ^= c.bits.mask;
		return ct_filter_add(target(p, t), &c) ? token_error(p, t, "out of memory") : 0;
	}
	return bad(p, t, word,
		   "a status: ASSURED, SEEN_REPLY, UNREPLIED, UNSET, FIXED_TIMEOUT, "
		   "EXPECTED, CONFIRMED, SRC_NAT, DST_NAT, OFFLOAD, HW_OFFLOAD, HELPER, "
		   "DYING");
}

static int parse_status(struct parser *p, const struct token *t)
{
	struct ct_filter *f = target(p, t);
	uint32_t first = f->nconds;
	int err = each_piece(p, t, one_status);
	struct ct_cond *all;

	/* ! -u A,B: not all of them. One condition then, or nothing that could be said so. */
	if (err || !t->negate)
		return err;
	all = &f->cond[first];
	for (uint32_t i = first + 1; i < f->nconds; i++) {
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
	return bad(p, t, piece,
		   "a state: NEW, ESTABLISHED, RELATED, SNAT, DNAT, INVALID, UNTRACKED");
}

static int parse_ctstate(struct parser *p, const struct token *t)
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
		return bad(p, t, piece, "a state");
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

static int parse_state(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_state);
}

static int one_mark(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_MARK};

	if (!parse_bits(piece, &c.bits))
		return bad(p, t, piece, "a mark, VALUE[/MASK] of 32 bits");
	return add(p, t, &c);
}

static int parse_mark(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_mark);
}

static int parse_secmark(struct parser *p, const struct token *t)
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
static int parse_labels(struct parser *p, const struct token *t)
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
			return bad(p, t, piece,
				   "a label: neither a name of the label file nor a bit "
				   "number (0 to 127)");
		c.labels.word[bit / 32] |= UINT32_C(1) << bit % 32;
	}
	return add(p, t, &c);
}

static bool fits_number(const struct parser *p, const char *arg)
{
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;
	struct ct_range r;

	(void)p;
	return next_piece(&rest, ',', &piece) && parse_range(piece, UINT32_MAX, &r);
}

static bool fits_alone(const struct parser *p, const char *arg)
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

static int parse_tcp_flags(struct parser *p, const struct token *t)
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
				return bad(p, t, word,
					   "a TCP flag: a number, or wscale, sack, close, liberal, "
					   "unacked, maxack, challenge, simopen");
	}
	if (rest.p)
		return token_error(p, t, "\"%s\" has more than MASK,COMP", t->arg);
	if (c.bits.value & ~c.bits.mask)
		return token_error(p, t, "\"%s\" compares flags outside its mask", t->arg);
	return add(p, t, &c);
}

static int parse_role(struct parser *p, const struct token *t)
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
		return bad(p, t, piece, "a helper: names have at most 15 characters");
	return add(p, t, &c);
}

static int parse_helper(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_helper);
}

static int parse_amounts(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};

	if (!parse_amount((str){t->arg, (uint32_t)strlen(t->arg)}, &c.range))
		return token_error(p, t, "\"%s\" is not MIN or MIN:MAX with suffixes k, M, G",
				   t->arg);
	return add(p, t, &c);
}

static int parse_timeout(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_EXPIRES};

	if (!parse_number((str){t->arg, (uint32_t)strlen(t->arg)}, UINT32_MAX, &c.range.lo))
		return token_error(p, t, "\"%s\" is not a number of seconds", t->arg);
	c.range.hi = c.range.lo;
	return add(p, t, &c);
}

static int one_event(struct parser *p, const struct token *t, str piece)
{
	static const struct {
		const char *name;
		unsigned events;
	} names[] = {
		{"ALL",
		 CT_EV_NEW | CT_EV_UPDATE | CT_EV_DESTROY | CT_EV_EXP_NEW | CT_EV_EXP_DESTROY},
		{"NEW", CT_EV_NEW | CT_EV_EXP_NEW},
		{"UPDATES", CT_EV_UPDATE},
		{"UPDATE", CT_EV_UPDATE},
		{"DESTROY", CT_EV_DESTROY | CT_EV_EXP_DESTROY},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_is(piece, names[i].name)) {
			p->cmd->events |= names[i].events;
			return 0;
		}
	return bad(p, t, piece, "an event: ALL, NEW, UPDATES, DESTROY");
}

static int parse_events(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_event);
}

static int parse_rcvbuf(struct parser *p, const struct token *t)
{
	uint64_t v;

	if (!parse_number((str){t->arg, (uint32_t)strlen(t->arg)}, INT32_MAX, &v) || !v)
		return token_error(p, t, "\"%s\" is not a number of bytes (1 to 2147483647)",
				   t->arg);
	p->cmd->rcvbuf = (int)v;
	return 0;
}

static int parse_on_loss(struct parser *p, const struct token *t)
{
	static const char *const names[] = {
		[LOSS_WARN] = "warn", [LOSS_EXIT] = "exit", [LOSS_RESYNC] = "resync"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcasecmp(t->arg, names[i])) {
			p->cmd->on_loss = (enum on_loss)i;
			return 0;
		}
	return token_error(p, t, "\"%s\" is none of warn, exit, resync", t->arg);
}

static int parse_limit(struct parser *p, const struct token *t)
{
	if (!parse_number((str){t->arg, (uint32_t)strlen(t->arg)}, UINT64_MAX / 16,
			  &p->cmd->limit) ||
	    !p->cmd->limit)
		return token_error(p, t, "\"%s\" is not a number above 0", t->arg);
	return 0;
}

static int parse_flag(struct parser *p, const struct token *t)
{
	bool *const flags[] = {&p->cmd->quiet,	  &p->cmd->none_ok, &p->cmd->dry_run,
			       &p->cmd->carry_on, &p->cmd->zero,    &p->cmd->sync,
			       &p->cmd->reliable};

	*flags[t->opt->field] = true;
	return 0;
}

static int parse_file(struct parser *p, const struct token *t)
{
	p->cmd->file = t->arg;
	return t->arg ? 0 : token_error(p, t, "needs an argument (FILE, or - for standard input)");
}

/* --- output --- */

/* Everything -o takes. Formats exclude each other, and save all else. */
static const struct {
	const char *name;
	unsigned flag;
	const struct fmt_ops *format;
	const char *help;
} formats[] = {
	{"plain", 0, NULL, "one line an entry"},
	{"extended", FMT_EXTENDED, NULL, "with the layer 3 protocol in front"},
	{"id", FMT_ID, NULL, "with the entry's id"},
	{"timestamp", FMT_TIMESTAMP, NULL, "with the time of the event in front"},
	{"ktimestamp", FMT_KTIMESTAMP, NULL, "with the times of start and stop"},
	{"labels", FMT_LABELS, NULL, "with the labels"},
	{"userspace", 0, NULL, "accepted; events are always marked"},
	{"save", 0, &fmt_save, "commands that make the entries again; alone"},
	{"xml", 0, &fmt_xml, "XML, as the classic tool writes it"},
	{"json", 0, &fmt_json, "a JSON array; events: an object a line"},
	{"jsonl", FMT_LINES, &fmt_json, "JSON, one object a line"},
};

#define NFORMATS (sizeof(formats) / sizeof(formats[0]))

/* The row that a word means, cut short perhaps. */
static int find_format(str word, unsigned *row)
{
	unsigned found = 0;

	for (unsigned i = 0; i < NFORMATS; i++) {
		if (word.len > strlen(formats[i].name) ||
		    strncasecmp(word.p, formats[i].name, word.len) != 0)
			continue;
		*row = i;
		if (str_is(word, formats[i].name))
			return 1;
		found++;
	}
	return (int)found;
}

static int one_format(struct parser *p, const struct token *t, str piece)
{
	struct cmd *c = p->cmd;
	unsigned row = 0;
	int found = find_format(piece, &row);

	if (found != 1)
		return token_error(p, t, "%s format \"%.*s\": -o help lists them",
				   found ? "ambiguous" : "unknown", (int)piece.len, piece.p);
	if (formats[row].format) {
		if (c->format != &fmt_text && (c->format != formats[row].format ||
					       formats[row].flag != (c->fmt_flags & FMT_LINES)))
			return token_error(p, t, "two formats exclude each other");
		c->format = formats[row].format;
	}
	c->fmt_flags |= formats[row].flag;
	if (c->format == &fmt_save && c->fmt_flags & ~FMT_LABELS)
		return token_error(p, t, "save goes with no other format");
	/* Formats for programs name labels unasked. */
	return c->fmt_flags & FMT_LABELS || c->format == &fmt_save || c->format == &fmt_json
		       ? cmd_labels(c)
		       : 0;
}

static int parse_output(struct parser *p, const struct token *t)
{
	const struct fmt_ops *f;
	bool expect = p->cmd->table == CT_TABLE_EXPECT || p->cmd->table == CT_TABLE_ALL;
	int err;

	if (!strcasecmp(t->arg, "help")) {
		p->cmd->verb = V_HELP;
		p->cmd->help_formats = true;
		return 0;
	}
	err = each_piece(p, t, one_format);
	if (err)
		return err;
	f = p->cmd->format;
	if ((p->cmd->verb == V_STATS && !f->stats) || (p->cmd->verb == V_COUNT && !f->count) ||
	    (p->cmd->verb & PRINT && ((expect && !f->expect) || !f->entry)))
		return token_error(p, t, "the format %s does not go with this command", f->name);
	return 0;
}

const char *option_format(size_t i, const char **help)
{
	if (i >= NFORMATS)
		return NULL;
	*help = formats[i].help;
	return formats[i].name;
}

static int parse_labelmap(struct parser *p, const struct token *t)
{
	p->cmd->labelmap_path = t->arg;
	return cmd_labels(p->cmd);
}

/* --- the table --- */

#define COMMAND(v, l, n, a, f, m, h)                                                               \
	{                                                                                          \
		.verb = v, .letter = l, .names = n, .arg = a, .group = GROUP_COMMAND, .parse = f,  \
		.meta = m, .help = h                                                               \
	}

/* Shorthands for what many rows share. */
#define ADDR_ROW(n, l, f, h)                                                                       \
	{                                                                                          \
		.names = n, .letter = l, .arg = ARG_REQUIRED, .group = GROUP_SELECT, TUPLE,        \
		.field = f, .parse = parse_nets, .meta = "ADDR[:PORT][/MASK]", .help = h           \
	}
#define KEY_ROW(n, k, f, p, m, h)                                                                  \
	{                                                                                          \
		.names = n, .arg = ARG_REQUIRED, .group = GROUP_SELECT, .keys = k, TUPLE,          \
		.field = f, .parse = p, .meta = m, .help = h                                       \
	}
#define SELECT_ROW(n, l, f, p, m, h)                                                               \
	{                                                                                          \
		.names = n, .letter = l, .arg = ARG_REQUIRED, .group = GROUP_SELECT,               \
		.sel = SELECT, .field = f, .parse = p, .meta = m, .help = h                        \
	}
#define NAT_ROW(n, l, f, s, h)                                                                     \
	{                                                                                          \
		.names = n, .letter = l, .arg = ARG_OPTIONAL, .group = GROUP_SELECT,               \
		.sel = SELECT, .set = s, .field = f, .fits = fits_net, .parse = parse_nat,         \
		.meta = "ADDR[:PORT]", .help = h                                                   \
	}
#define EXPECT_ROW(n, f, p, m, h)                                                                  \
	{                                                                                          \
		.names = n, .arg = ARG_REQUIRED, .group = GROUP_EXPECT, .exp = EXPECTED,           \
		.field = f, .parse = p, .meta = m, .help = h                                       \
	}
#define FLAG_ROW(n, l, f, s, e, h)                                                                 \
	{                                                                                          \
		.names = n, .letter = l, .group = GROUP_OUTPUT, .sel = s, .exp = e, .field = f,    \
		.parse = parse_flag, .help = h                                                     \
	}

static const struct option options[] = {
	COMMAND(V_LIST, 'L', "list dump", ARG_OPTIONAL, parse_table, "TABLE", "list entries"),
	COMMAND(V_GET, 'G', "get", ARG_OPTIONAL, parse_table, "TABLE",
		"show the one entry with this tuple"),
	COMMAND(V_DELETE, 'D', "delete", ARG_OPTIONAL, parse_table, "TABLE",
		"delete every matching entry, and show each"),
	COMMAND(V_CREATE, 'I', "create", ARG_OPTIONAL, parse_table, "TABLE|orig|reply",
		"create; an existing entry is an error"),
	COMMAND(V_ADD, 'A', "add", ARG_OPTIONAL, parse_table, "TABLE|orig|reply",
		"create; an existing entry is updated"),
	COMMAND(V_UPDATE, 'U', "update", ARG_OPTIONAL, parse_table, "TABLE|orig|reply",
		"update every matching entry, and show each"),
	COMMAND(V_EVENT, 'E', "event", ARG_OPTIONAL, parse_table, "TABLE",
		"follow events until interrupted"),
	COMMAND(V_FLUSH, 'F', "flush", ARG_OPTIONAL, parse_table, "TABLE", "empty the table"),
	COMMAND(V_COUNT, 'C', "count counter", ARG_OPTIONAL, parse_table, "TABLE",
		"print the number of entries"),
	{.verb = V_COUNT,
	 .letter = 'c',
	 .names = "",
	 .arg = ARG_OPTIONAL,
	 .group = GROUP_COMMAND,
	 .fits = fits_alone,
	 .parse = parse_table,
	 .meta = "TABLE",
	 .help = "the same, where no other command is given"},
	COMMAND(V_STATS, 'S', "stats", ARG_OPTIONAL, parse_table, "TABLE",
		"print the kernel's counters, per CPU"),
	{.verb = V_LOAD,
	 .letter = 'R',
	 .names = "load-file",
	 .arg = ARG_REQUIRED,
	 .group = GROUP_COMMAND,
	 .parse = parse_file,
	 .meta = "FILE|-",
	 .help = "run the commands in a file, one a line"},
	COMMAND(V_HELP, 'h', "help", ARG_NONE, parse_help, NULL, "print this help"),
	COMMAND(V_VERSION, 'V', "version", ARG_NONE, parse_help, NULL, "print the version"),

	{"src orig-src", 's', ARG_REQUIRED, GROUP_SELECT, TUPLE, .exp = EXPECTED,
	 .field = CT_F_ORIG_SRC, .parse = parse_nets, .meta = "ADDR[:PORT][/MASK]",
	 .help = "original source"},
	{"dst orig-dst", 'd', ARG_REQUIRED, GROUP_SELECT, TUPLE, .exp = EXPECTED,
	 .field = CT_F_ORIG_DST, .parse = parse_nets, .meta = "ADDR[:PORT][/MASK]",
	 .help = "original destination"},
	ADDR_ROW("reply-src", 'r', CT_F_REPLY_SRC, "reply source"),
	ADDR_ROW("reply-dst", 'q', CT_F_REPLY_DST, "reply destination"),
	{"mask-src", 0, ARG_REQUIRED, GROUP_SELECT, .sel = SELECT, .exp = V_CREATE,
	 .field = CT_F_MASK_SRC, .parse = parse_mask_addr, .meta = "MASK",
	 .help = "netmask for -s; of an expected source"},
	{"mask-dst", 0, ARG_REQUIRED, GROUP_SELECT, .sel = SELECT, .exp = V_CREATE,
	 .field = CT_F_MASK_DST, .parse = parse_mask_addr, .meta = "MASK",
	 .help = "netmask for -d; of an expected destination"},
	{"any", 0, ARG_NONE, GROUP_SELECT, .sel = SELECT, .parse = parse_any,
	 .help = "addresses and ports match in any position"},
	{"proto protonum", 'p', ARG_REQUIRED, GROUP_SELECT, TUPLE, .early = true, .exp = EXPECTED,
	 .parse = parse_protos, .meta = "PROTO", .field = CT_F_PROTO,
	 .help = "layer-4 protocol, by name or number"},
	{"family", 'f', ARG_REQUIRED, GROUP_SELECT, .sel = SELECT | V_GET | V_FLUSH,
	 .set = V_CREATE | V_ADD, .exp = EXPECTED | V_COUNT, .parse = parse_family,
	 .meta = "FAMILY", .field = CT_F_FAMILY, .help = "ipv4, ipv6, inet for both"},
	{"sport orig-port-src", 0, ARG_REQUIRED, GROUP_SELECT, CT_KEYS_PORTS, TUPLE,
	 .exp = EXPECTED, .field = CT_F_ORIG_SPORT, .parse = parse_ports, .meta = "PORT[:PORT]",
	 .help = "original source port"},
	{"dport orig-port-dst", 0, ARG_REQUIRED, GROUP_SELECT, CT_KEYS_PORTS, TUPLE,
	 .exp = EXPECTED, .field = CT_F_ORIG_DPORT, .parse = parse_ports, .meta = "PORT[:PORT]",
	 .help = "original destination port"},
	KEY_ROW("reply-port-src", CT_KEYS_PORTS, CT_F_REPLY_SPORT, parse_ports, "PORT[:PORT]",
		"reply source port"),
	KEY_ROW("reply-port-dst", CT_KEYS_PORTS, CT_F_REPLY_DPORT, parse_ports, "PORT[:PORT]",
		"reply destination port"),
	{"state", 0, ARG_REQUIRED, GROUP_SELECT, .sel = QUERY, .set = CHANGE, .field = CT_F_STATE,
	 .parse = parse_state, .meta = "STATE", .help = "state of TCP, SCTP or DCCP"},
	SELECT_ROW("ctstate", 0, CT_F_CTSTATE, parse_ctstate, "STATE",
		   "NEW, ESTABLISHED, RELATED, SNAT, DNAT"),
	{"status", 'u', ARG_REQUIRED, GROUP_SELECT, .sel = QUERY, .set = CHANGE,
	 .field = CT_F_STATUS, .parse = parse_status, .meta = "STATUS",
	 .help = "ASSURED, SEEN_REPLY, UNREPLIED ..., !NAME"},
	{"mark", 'm', ARG_REQUIRED, GROUP_SELECT, .sel = QUERY, .set = CHANGE, .field = CT_F_MARK,
	 .parse = parse_mark, .meta = "VALUE[/MASK]", .help = "mark; on -I -A -U: set it"},
	{"secmark", 'c', ARG_REQUIRED, GROUP_SELECT, .sel = SELECT, .fits = fits_number,
	 .parse = parse_secmark, .meta = "NUMBER", .help = "obsolete: no kernel reports it"},
	SELECT_ROW("label", 'l', CT_F_LABEL, parse_labels, "NAME", "all of these labels are set"),
	{"zone", 'w', ARG_REQUIRED, GROUP_SELECT, TUPLE, .exp = EXPECTED, .field = CT_F_ZONE,
	 .parse = parse_u16, .meta = "ZONE", .help = "zone of both directions, 0: none"},
	KEY_ROW("orig-zone", 0, CT_F_ORIG_ZONE, parse_u16, "ZONE",
		"zone of the original direction"),
	KEY_ROW("reply-zone", 0, CT_F_REPLY_ZONE, parse_u16, "ZONE", "zone of the reply direction"),
	{"id", 'i', ARG_REQUIRED, GROUP_SELECT, .sel = SELECT, .exp = EXPECTED & ~V_CREATE,
	 .field = CT_F_ID, .parse = parse_u32, .meta = "ID", .help = "entry id"},
	NAT_ROW("src-nat", 'n', CT_F_SRC_NAT, V_CREATE | V_ADD, "source NAT, to this address"),
	NAT_ROW("dst-nat", 'g', CT_F_DST_NAT, V_CREATE | V_ADD, "destination NAT, to this address"),
	NAT_ROW("any-nat", 'j', CT_F_ANY_NAT, 0, "either"),
	{"tcp-flags", 0, ARG_REQUIRED, GROUP_SELECT, .info = CT_INFO_TCP, .sel = QUERY,
	 .set = CHANGE, .field = CT_F_TCP_FLAGS, .parse = parse_tcp_flags, .meta = "MASK,COMP",
	 .help = "TCP conntrack flags of either direction"},
	KEY_ROW("icmp-type", CT_KEYS_ICMP, CT_F_ICMP_TYPE, parse_icmp_type, "TYPE", "ICMP type"),
	KEY_ROW("icmp-code", CT_KEYS_ICMP, CT_F_ICMP_CODE, parse_u8, "CODE", "ICMP code"),
	KEY_ROW("icmp-id", CT_KEYS_ICMP, CT_F_ICMP_ID, parse_u16, "ID", "ICMP id"),
	KEY_ROW("icmpv6-type", CT_KEYS_ICMPV6, CT_F_ICMPV6_TYPE, parse_icmp_type, "TYPE",
		"ICMPv6 type"),
	KEY_ROW("icmpv6-code", CT_KEYS_ICMPV6, CT_F_ICMPV6_CODE, parse_u8, "CODE", "ICMPv6 code"),
	KEY_ROW("icmpv6-id", CT_KEYS_ICMPV6, CT_F_ICMPV6_ID, parse_u16, "ID", "ICMPv6 id"),
	KEY_ROW("srckey orig-key-src", CT_KEYS_GRE, CT_F_ORIG_SRCKEY, parse_u16, "KEY",
		"GRE source key"),
	KEY_ROW("dstkey orig-key-dst", CT_KEYS_GRE, CT_F_ORIG_DSTKEY, parse_u16, "KEY",
		"GRE destination key"),
	KEY_ROW("reply-key-src", CT_KEYS_GRE, CT_F_REPLY_SRCKEY, parse_u16, "KEY",
		"GRE source key of the reply"),
	KEY_ROW("reply-key-dst", CT_KEYS_GRE, CT_F_REPLY_DSTKEY, parse_u16, "KEY",
		"GRE destination key of the reply"),
	{"orig-vtag", 0, ARG_REQUIRED, GROUP_SELECT, .info = CT_INFO_SCTP, .sel = SELECT,
	 .set = V_CREATE | V_ADD, .field = CT_F_ORIG_VTAG, .parse = parse_u32, .meta = "TAG",
	 .help = "SCTP verification tag"},
	{"reply-vtag", 0, ARG_REQUIRED, GROUP_SELECT, .info = CT_INFO_SCTP, .sel = SELECT,
	 .set = V_CREATE | V_ADD, .field = CT_F_REPLY_VTAG, .parse = parse_u32, .meta = "TAG",
	 .help = "SCTP verification tag of the reply"},
	{"role", 0, ARG_REQUIRED, GROUP_SELECT, .info = CT_INFO_DCCP, .sel = SELECT,
	 .set = V_CREATE | V_ADD, .field = CT_F_ROLE, .parse = parse_role, .meta = "ROLE",
	 .help = "DCCP role: client, server"},
	{"helper", 0, ARG_REQUIRED, GROUP_SELECT, .sel = SELECT, .set = V_CREATE | V_ADD,
	 .exp = EXPECTED, .field = CT_F_HELPER, .parse = parse_helper, .meta = "NAME",
	 .help = "helper attached"},
	SELECT_ROW("bytes", 0, CT_F_BYTES, parse_amounts, "MIN[:MAX]",
		   "bytes of both directions; k, M, G"),
	SELECT_ROW("packets", 0, CT_F_PACKETS, parse_amounts, "MIN[:MAX]",
		   "packets of both directions"),
	SELECT_ROW("expires", 0, CT_F_EXPIRES, parse_amounts, "MIN[:MAX]", "seconds left"),

	{"timeout", 't', ARG_REQUIRED, GROUP_CHANGE, .set = CHANGE, .exp = V_CREATE,
	 .field = CT_F_EXPIRES, .parse = parse_timeout, .meta = "SECONDS", .help = "time left"},
	{"label-add", 0, ARG_REQUIRED, GROUP_CHANGE, .set = CHANGE, .field = CT_F_LABEL,
	 .parse = parse_labels, .meta = "NAME", .help = "set these labels"},
	{"label-del", 0, ARG_OPTIONAL, GROUP_CHANGE, .set = V_UPDATE, .field = CT_F_LABEL_DEL,
	 .parse = parse_labels, .meta = "NAME", .help = "clear these labels, or all"},
	EXPECT_ROW("tuple-src", CT_F_EXPECT_SRC, parse_nets, "ADDR[/MASK]", "expected source"),
	EXPECT_ROW("tuple-dst", CT_F_EXPECT_DST, parse_nets, "ADDR", "expected destination"),
	EXPECT_ROW("tuple-port-src", CT_F_EXPECT_SPORT, parse_ports, "PORT",
		   "expected source port"),
	EXPECT_ROW("tuple-port-dst", CT_F_EXPECT_DPORT, parse_ports, "PORT",
		   "expected destination port"),
	{"mask-port-src", 0, ARG_REQUIRED, GROUP_EXPECT, .exp = V_CREATE, .field = CT_F_MASK_SPORT,
	 .parse = parse_u16, .meta = "MASK", .help = "mask of the expected source port"},
	{"mask-port-dst", 0, ARG_REQUIRED, GROUP_EXPECT, .exp = V_CREATE, .field = CT_F_MASK_DPORT,
	 .parse = parse_u16, .meta = "MASK", .help = "mask of the expected destination port"},

	{"output", 'o', ARG_REQUIRED, GROUP_OUTPUT, .sel = PRINT | V_STATS | V_COUNT,
	 .exp = PRINT | V_STATS | V_COUNT, .parse = parse_output, .meta = "FORMAT",
	 .help = "xml, json, save ...; -o help lists them"},
	FLAG_ROW("zero", 'z', 4, V_LIST, 0, "zero the counters of the entries shown"),
	{"limit", 0, ARG_REQUIRED, GROUP_OUTPUT, .sel = V_LIST | V_EVENT, .exp = V_LIST | V_EVENT,
	 .parse = parse_limit, .meta = "N", .help = "stop after N"},
	{"event-mask", 'e', ARG_REQUIRED, GROUP_EVENT, .sel = V_EVENT, .exp = V_EVENT,
	 .parse = parse_events, .meta = "EVENT", .help = "ALL, NEW, UPDATES, DESTROY"},
	{"buffer-size", 'b', ARG_REQUIRED, GROUP_EVENT, .sel = V_EVENT, .exp = V_EVENT,
	 .parse = parse_rcvbuf, .meta = "BYTES", .help = "receive buffer, default 8 MiB"},
	{"on-loss", 0, ARG_REQUIRED, GROUP_EVENT, .sel = V_EVENT, .exp = V_EVENT,
	 .parse = parse_on_loss, .meta = "ACTION", .help = "warn, exit, or resync"},
	{"sync", 0, ARG_NONE, GROUP_EVENT, .sel = V_EVENT, .exp = V_EVENT, .field = 5,
	 .parse = parse_flag, .help = "list the table first, as SYNC events"},
	{"reliable", 0, ARG_NONE, GROUP_EVENT, .sel = V_EVENT, .exp = V_EVENT, .field = 6,
	 .parse = parse_flag, .help = "have DESTROY events held back until delivered"},
	FLAG_ROW("quiet", 0, 0, V_DELETE | V_UPDATE | V_CREATE | V_ADD | V_LOAD | V_LIST,
		 V_DELETE | V_CREATE | V_LIST, "no summary; -D and -U show no entries"),
	FLAG_ROW("none-ok", 0, 1, V_DELETE | V_UPDATE | V_GET, V_DELETE | V_GET,
		 "finding nothing is success"),
	FLAG_ROW("dry-run", 0, 2, V_DELETE | V_UPDATE | V_FLUSH | V_LOAD, V_DELETE | V_FLUSH,
		 "show what would change, change nothing"),
	FLAG_ROW("continue", 0, 3, V_LOAD, 0, "go on after a line that fails"),
	{"labelmap", 0, ARG_REQUIRED, GROUP_OTHER, .early = true,
	 .sel = LABELLED | V_COUNT | V_LOAD, .exp = LABELLED | V_COUNT, .parse = parse_labelmap,
	 .meta = "PATH", .help = "label names, instead of " CT_LABEL_FILE},
};

#define NOPTIONS (sizeof(options) / sizeof(options[0]))

const struct option *option_row(size_t i)
{
	return i < NOPTIONS ? &options[i] : NULL;
}

static unsigned hash(const char *name, size_t len)
{
	unsigned h = 0;

	for (size_t i = 0; i < len; i++)
		h = h * 31 + (unsigned char)name[i];
	return h % OPTION_SLOTS;
}

void option_index(struct option_index *ix)
{
	_Static_assert(NOPTIONS < OPTION_SLOTS / 2, "the index wants empty slots");

	if (ix->made)
		return;
	*ix = (struct option_index){.made = true};
	for (size_t i = NOPTIONS; i-- > 0;) {
		str rest = {options[i].names, (uint32_t)strlen(options[i].names)}, word;
		uint8_t *head = &ix->letter[options[i].letter & 127];

		ix->next[i] = *head;
		*head = (uint8_t)(i + 1);
		while (next_piece(&rest, ' ', &word)) {
			unsigned slot = hash(word.p, word.len);

			while (ix->row[slot])
				slot = (slot + 1) % OPTION_SLOTS;
			ix->row[slot] = (uint8_t)(i + 1);
			ix->name[slot] = word.p;
		}
	}
	ix->letter[0] = 0;
}

const struct option *option_letter(const struct option_index *ix, char letter)
{
	uint8_t row = letter > 0 ? ix->letter[(unsigned char)letter] : 0;

	return row ? &options[row - 1] : NULL;
}

const struct option *option_next(const struct option_index *ix, const struct option *o)
{
	uint8_t row = o->letter ? ix->next[o - options] : 0;

	return row ? &options[row - 1] : NULL;
}

static bool same_name(const char *name, const char *in_table, size_t len)
{
	return !strncmp(name, in_table, len) && (in_table[len] == ' ' || !in_table[len]);
}

const struct option *option_long(const struct option_index *ix, const char *name, size_t len,
				 const struct option **first, const struct option **other)
{
	*first = *other = NULL;
	if (!len)
		return NULL;
	for (unsigned slot = hash(name, len); ix->row[slot]; slot = (slot + 1) % OPTION_SLOTS)
		if (same_name(name, ix->name[slot], len))
			return &options[ix->row[slot] - 1];
	for (size_t i = 0; i < NOPTIONS; i++) {
		str rest = {options[i].names, (uint32_t)strlen(options[i].names)}, word;

		while (next_piece(&rest, ' ', &word)) {
			if (word.len < len || memcmp(word.p, name, len) != 0)
				continue;
			if (!*first)
				*first = &options[i];
			else if (*first != &options[i])
				*other = &options[i];
		}
	}
	return *other ? NULL : *first;
}

const struct option *option_of_field(uint16_t field)
{
	for (size_t i = 0; i < NOPTIONS; i++)
		if (!options[i].verb && options[i].parse != parse_flag && options[i].field == field)
			return &options[i];
	return &options[0];
}

void option_name(const struct option *o, char *name, size_t size)
{
	size_t len = strcspn(o->names, " ");

	if (len)
		print(name, size, "--%.*s", (int)len, o->names);
	else
		print(name, size, "-%c", o->letter);
}
