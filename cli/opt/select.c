/* Commands, and options that select entries by what their tuples hold. */
#include <strings.h>
#include <sys/socket.h>

#include "cli/opt/opt.h"
#include "ct/etc.h"
#include "ct/text.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "fmt/format.h"

bool opt_sets(const struct parser *p, const struct token *t)
{
	return (V_CREATE | V_ADD | t->opt->set) & p->cmd->verb;
}

static int set_value(struct parser *p, const struct ct_cond *c)
{
	return ct_spec_set(&p->spec, c) ? spec_error(p) : 0;
}

static __attribute__((noinline)) int add_condition(struct parser *p, const struct token *t,
						   const struct ct_cond *c)
{
	if (ct_filter_add(&p->context->filter, c))
		return token_error(p, t, "out of memory");
	if (p->cmd->verb != V_GET || p->cmd->table == CT_TABLE_EXPECT || c->field > CT_F_ZONE)
		return 0; /* what is no part of the tuple is tested on the answer alone */
	return set_value(p, c);
}

int opt_value(struct parser *p, const struct token *t, struct ct_cond *c)
{
	c->negate ^= t->negate;
	return opt_sets(p, t) ? set_value(p, c) : add_condition(p, t, c);
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
	[CT_TABLE_ALL] = {"all", V_LIST | V_COUNT | V_DELETE | V_FLUSH | V_EVENT},
};

const char *word_table(const struct option *o, size_t i)
{
	static const char *const directions[] = {"orig", "reply"};

	for (size_t row = 0; row < sizeof(tables) / sizeof(tables[0]); row++)
		if (tables[row].verbs & o->verb && !i--)
			return tables[row].name;
	return o->verb & (V_CREATE | V_ADD | V_UPDATE) && i < 2 ? directions[i] : NULL;
}

static bool is_prefix(const char *arg, const char *word)
{
	return *arg && !strncasecmp(arg, word, strlen(arg));
}

int opt_table(struct parser *p, const struct token *t)
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
	return none_of(p, t, ct_str_of(t->arg));
}

/* --help COMMAND: by any name or letter. */
int opt_help(struct parser *p, const struct token *t)
{
	const struct option_index *ix = &p->context->index;
	const struct option *o;
	str first, other;

	if (!t->arg)
		return 0;
	if (!strcmp(t->arg, "all")) {
		p->cmd->help_verbs = UINT16_MAX;
		return 0;
	}
	o = t->arg[0] && !t->arg[1] ? option_letter(ix, t->arg[0])
				    : option_long(ix, t->arg, strlen(t->arg), &first, &other);
	if (!o || !o->verb)
		return token_error(p, t, "\"%s\" is no command: list, get, delete ..., or all",
				   t->arg);
	p->cmd->help_verbs = o->verb;
	return 0;
}

/* --- selecting --- */

static int one_net(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field};

	if (!ct_parse_net(piece, &c.net))
		return bad_piece(p, t, piece, "an address, ADDR[:PORT][/MASK]");
	if (c.net.has_port && p->cmd->table == CT_TABLE_EXPECT)
		return bad_piece(p, t, piece, "an address alone, as expectations need it");
	return opt_value(p, t, &c);
}

static int one_port(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field};

	if (t->opt->parse == opt_nets) { /* ":PORT" stands where an address may */
		unsigned to_port = c.field <= CT_F_ORIG_DST ? CT_F_ORIG_SPORT - CT_F_ORIG_SRC
							    : CT_F_REPLY_SPORT - CT_F_REPLY_SRC;

		c.field = (uint8_t)(c.field + to_port);
		if (*piece.p != ':')
			return bad_piece(p, t, piece, ":PORT, as the first one");
		piece.p++;
		piece.len--;
	}
	if (!ct_parse_ports(piece, &c.range))
		return bad_piece(p, t, piece, "a port, a service or a range of ports (0 to 65535)");
	return opt_value(p, t, &c);
}

_Static_assert(CT_F_EXPECT_SPORT - CT_F_EXPECT_SRC == CT_F_REPLY_SPORT - CT_F_REPLY_SRC,
	       "the same distance");

int opt_nets(struct parser *p, const struct token *t)
{
	return each_piece(p, t, *t->arg == ':' && t->arg[1] != ':' ? one_port : one_net);
}

int opt_ports(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_port);
}

static int one_proto(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_PROTO};
	uint8_t num;

	if (!ct_parse_proto(piece, &num))
		return bad_piece(p, t, piece, "a protocol's name or number (0 to 255)");
	c.range = (struct ct_range){num, num};
	if (!t->negate)
		p->spec.proto = p->proto = p->protos++ ? NULL : ct_proto(num);
	return opt_value(p, t, &c);
}

const char *word_proto(const struct option *o, size_t i)
{
	const struct ct_proto *row = ct_proto_row(i);

	(void)o;
	return row ? row->name : NULL;
}

int opt_protos(struct parser *p, const struct token *t)
{
	if (!t->negate && !opt_sets(p, t) && ct_str_is(ct_str_of(t->arg), "all"))
		return 0; /* as packet filters have it */
	return each_piece(p, t, one_proto);
}

static const struct {
	const char *name;
	uint8_t family;
} families[] = {
	{"ipv4", AF_INET},     {"ipv6", AF_INET6}, {"inet", AF_UNSPEC},
	{"bridge", AF_BRIDGE}, {"ip", AF_INET},	   {"ip6", AF_INET6},
};

const char *word_family(const struct option *o, size_t i)
{
	(void)o;
	return i < sizeof(families) / sizeof(families[0]) ? families[i].name : NULL;
}

int opt_family(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_FAMILY};
	uint8_t family;
	size_t i;

	if (!opt_word(p, t, ct_str_of(t->arg), &i))
		return EXIT_USAGE;
	family = families[i].family;
	if (WITH_HELP && family == AF_BRIDGE)
		token_note(p, t,
			   " bridge: the kernel keeps bridged connections under their IP "
			   "family; IPv4 and IPv6 are meant");
	if (family != AF_INET && family != AF_INET6) {
		/* Both: every entry is, and none is not. */
		p->both |= !t->negate;
		if (!t->negate)
			return 0;
		c.field = CT_F_NEVER;
		c.negate = true;
	}
	c.range = (struct ct_range){family, family};
	return opt_value(p, t, &c);
}

bool accepts_net(const struct parser *p, const char *arg)
{
	struct ct_net net;
	str piece;

	return !opt_first(p, arg, &piece) || ct_parse_net(piece, &net);
}

int opt_nat(struct parser *p, const struct token *t)
{
	struct ct_cond any = {.field = t->opt->field};

	return t->arg ? opt_nets(p, t) : opt_value(p, t, &any);
}

/* Addresses that are kept are not selected. */
int opt_keep(struct parser *p, const struct token *t)
{
	struct token others = *t;

	if (t->negate)
		return token_error(p, t, "cannot be negated here");
	others.negate = p->keeps = true;
	return opt_nets(p, &others);
}

int opt_any(struct parser *p, const struct token *t)
{
	(void)t;
	p->any = true;
	return 0;
}

/* On expectations the mask of the expected tuple; else what -s and -d without a mask are under. */
int opt_mask_addr(struct parser *p, const struct token *t)
{
	unsigned dst = t->opt->field == CT_SPEC_MASK_DST;

	if (p->cmd->table == CT_TABLE_EXPECT)
		return opt_nets(p, t);
	if (!ct_parse_addr(ct_str_of(t->arg), &p->mask_l3[dst], &p->mask[dst]))
		return token_error(p, t, "\"%s\" is not a netmask", t->arg);
	return 0;
}

static int one_mac(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_MAC};

	if (!ct_parse_mac(piece, &c.range.lo))
		return bad_piece(p, t, piece, "a MAC address, AA:BB:CC:DD:EE:FF");
	c.range.hi = c.range.lo;
	return opt_value(p, t, &c);
}

int opt_mac(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_mac);
}

static bool is_icmpv6(const struct parser *p)
{
	return p->proto && p->proto->keys == CT_KEYS_ICMPV6;
}

/* Options of ICMP select ICMPv6, too, unless -p says ICMP. */
static bool means_both(const struct parser *p, const struct token *t)
{
	return t->opt->keys == CT_KEYS_ICMP && (!p->proto || is_icmpv6(p)) && !opt_sets(p, t);
}

/* A line's own zone gives way to that of --set-zone. */
static __attribute__((cold)) int leave_zone(struct parser *p, const struct token *t,
					    const struct ct_cond *c)
{
	if (c->field != CT_F_ZONE || t->negate || c->range.lo != c->range.hi)
		return token_error(p, t, "one zone of both directions goes with --set-zone");
	p->zone = (int)c->range.lo + 1;
	return 0;
}

static int one_number(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field, .any = means_both(p, t)};

	if (!ct_parse_range(piece, p->max, &c.range))
		return token_error(p, t, "\"%.*s\" is not a number up to %u", (int)piece.len,
				   piece.p, p->max);
	if (WITH_LOAD && p->context->load && p->context->load->zone >= 0 &&
	    (c.field == CT_F_ZONE || c.field == CT_F_ORIG_ZONE || c.field == CT_F_REPLY_ZONE))
		return leave_zone(p, t, &c);
	return opt_value(p, t, &c);
}

/* Where something is made, options of ICMP are ICMPv6's beside that protocol. */
static struct token meant(const struct parser *p, const struct token *t)
{
	struct token own = *t;

	if (t->opt->keys == CT_KEYS_ICMP && is_icmpv6(p) && opt_sets(p, t))
		own.opt = option_of_field(&p->context->index,
					  t->opt->field + CT_F_ICMPV6_TYPE - CT_F_ICMP_TYPE,
					  p->cmd->verb);
	return own;
}

static int numbers(struct parser *p, const struct token *t, uint32_t max)
{
	struct token own = meant(p, t);

	p->max = max;
	return each_piece(p, &own, one_number);
}

int opt_u8(struct parser *p, const struct token *t)
{
	return numbers(p, t, UINT8_MAX);
}

int opt_u16(struct parser *p, const struct token *t)
{
	return numbers(p, t, UINT16_MAX);
}

int opt_u32(struct parser *p, const struct token *t)
{
	p->max = UINT32_MAX;
	return each_piece(p, t, one_number);
}

const char *word_icmp_type(const struct option *o, size_t i)
{
	uint8_t type;

	return ct_icmp_type(o->field == CT_F_ICMPV6_TYPE, i, &type);
}

static int one_icmp_type(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = t->opt->field, .any = means_both(p, t)};
	bool six = c.field == CT_F_ICMPV6_TYPE || is_icmpv6(p), known = false;
	const char *name;
	uint8_t type;

	if (ct_parse_range(piece, UINT8_MAX, &c.range))
		return opt_value(p, t, &c);
	if (*piece.p >= '0' && *piece.p <= '9')
		return bad_piece(p, t, piece, "a type's name or number (0 to 255)");
	for (unsigned way = six; way <= (unsigned)(six || c.any); way++)
		for (size_t i = 0; (name = ct_icmp_type(way, i, &type)); i++)
			if (ct_str_is(piece, name)) {
				struct ct_cond one = c;

				one.range.lo = one.range.hi = type;
				if (opt_value(p, t, &one))
					return EXIT_USAGE;
				known = true;
			}
	return known ? 0 : none_of(p, t, piece);
}

int opt_icmp_type(struct parser *p, const struct token *t)
{
	struct token own = meant(p, t);

	return each_piece(p, &own, one_icmp_type);
}

bool accepts_number(const struct parser *p, const char *arg)
{
	struct ct_range r;
	str piece;

	return arg && (!opt_first(p, arg, &piece) || ct_parse_range(piece, UINT64_MAX, &r));
}

bool accepts_alone(const struct parser *p, const char *arg)
{
	(void)arg;
	return !p->nverbs && !p->context->conditions;
}

int opt_amounts(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = t->opt->field};

	if (!ct_parse_amount(ct_str_of(t->arg), &c.range))
		return token_error(p, t, "\"%s\" is not MIN or MIN:MAX with suffixes k, M, G",
				   t->arg);
	return opt_value(p, t, &c);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int opt_timeout(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_EXPIRES};
	bool ignored = p->cmd->verb == V_DELETE; /* see check_timeout() */

	if (!ct_parse_number(ct_str_of(t->arg), UINT32_MAX, &c.range.lo)) {
		if (!WITH_POLICY || ignored || !is_letter(*t->arg) ||
		    p->cmd->table == CT_TABLE_EXPECT)
			return token_error(p, t,
					   "\"%s\" is not a number of seconds or, for entries, a "
					   "timeout policy",
					   t->arg);
		p->cmd->policy = t->arg; /* its seconds are found once the netns has been entered */
		c.range.lo = 0;
	}
	c.range.hi = c.range.lo;
	return ignored ? 0 : opt_value(p, t, &c);
}

int opt_from(struct parser *p, const struct token *t)
{
	if (p->context->conditions)
		return token_error(p, t, "does not go here");
	p->from = t;
	return 0;
}

int opt_absent(struct parser *p, const struct token *t)
{
	return token_error(p, t, "this build was made without this option");
}
