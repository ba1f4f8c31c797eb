/* Taking over what an entry carries besides its tuples: status, states, mark, labels, helper. */
#include <strings.h>

#include "cli/opt/opt.h"
#include "ct/proto.h"
#include "fmt/format.h"

static const struct {
	const char *name;
	struct ct_bits bits;
} statuses[] = {
	{"ASSURED", {IPS_ASSURED, IPS_ASSURED}},
	{"SEEN_REPLY", {IPS_SEEN_REPLY, IPS_SEEN_REPLY}},
	{"UNREPLIED", {0, IPS_SEEN_REPLY}},
	{"UNSET", {0, CT_STATUS_UNSET}},
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
	struct ct_cond c = {.field = CT_F_STATUS};
	str word = piece;
	bool inverted = *piece.p == '!';

	if (inverted)
		word = (str){piece.p + 1, piece.len - 1};
	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (!str_is(word, statuses[i].name))
			continue;
		c.bits = statuses[i].bits;
		if (inverted && c.bits.mask == CT_STATUS_UNSET && !opt_sets(p, t))
			c.negate = true;
		else if (inverted)
			c.bits.value ^= c.bits.mask;
		return opt_value(p, t, &c);
	}
	return bad_piece(p, t, word,
			 "a status: ASSURED, SEEN_REPLY, UNREPLIED, UNSET, FIXED_TIMEOUT, "
			 "EXPECTED, CONFIRMED, SRC_NAT, DST_NAT, OFFLOAD, HW_OFFLOAD, HELPER, "
			 "DYING");
}

int opt_status(struct parser *p, const struct token *t)
{
	struct ct_filter *f = p->cmd->filter;
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
			format(p->context->note, sizeof(p->context->note),
			       "%.*s %s: such packets have no entry, so nothing matches", t->len,
			       t->word, names[i]);
		c.range.lo = i > CT_STATE_NONE ? CT_STATE_NONE : i;
		return opt_value(p, t, &c);
	}
	return bad_piece(p, t, piece,
			 "a state: NEW, ESTABLISHED, RELATED, SNAT, DNAT, INVALID, UNTRACKED");
}

int opt_ctstate(struct parser *p, const struct token *t)
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
	return opt_value(p, t, &c);
}

int opt_state(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_state);
}

static int one_mark(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_MARK};

	if (!parse_bits(piece, &c.bits))
		return bad_piece(p, t, piece, "a mark, VALUE[/MASK] of 32 bits");
	return opt_value(p, t, &c);
}

int opt_mark(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_mark);
}

int opt_secmark(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_NEVER};
	uint64_t v;

	if (!parse_number(str_of(t->arg), UINT32_MAX, &v))
		return token_error(p, t, "\"%s\" is not a number of 32 bits", t->arg);
	format(p->context->note, sizeof(p->context->note),
	       "%.*s: no kernel reports the numeric secmark any more, so nothing matches", t->len,
	       t->word);
	return opt_value(p, t, &c);
}

/* All labels of one option together: they must all be set. */
int opt_labels(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field};
	str rest = str_of(t->arg), piece;

	if (p->cmd->verb != V_DELETE) /* who asks for labels sees them */
		p->cmd->fmt_flags |= FMT_LABELS;
	if (!t->arg) {
		memset(&c.labels, 0xff, sizeof(c.labels));
		return opt_value(p, t, &c);
	}
	if (opt_load_labels(p))
		return EXIT_USAGE;
	while (next_piece(&rest, ',', &piece)) {
		int bit = ct_label_bit(&p->context->labels, piece.p, piece.len);

		if (bit < 0)
			return bad_piece(p, t, piece,
					 "a label: neither a name of the label file nor a bit "
					 "number (0 to 127)");
		c.labels.word[bit / 32] |= UINT32_C(1) << bit % 32;
	}
	return opt_value(p, t, &c);
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

int opt_tcp_flags(struct parser *p, const struct token *t)
{
	str rest = str_of(t->arg), part, word;
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
	return opt_value(p, t, &c);
}

int opt_role(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_ROLE};
	bool server = !strcasecmp(t->arg, "server");

	if (!server && strcasecmp(t->arg, "client") != 0)
		return token_error(p, t, "\"%s\" is not a role: client, server", t->arg);
	c.range = (struct ct_range){server, server};
	return opt_value(p, t, &c);
}

static int one_helper(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_HELPER, .name = piece};

	if (piece.len > 15)
		return bad_piece(p, t, piece, "a helper: names have at most 15 characters");
	return opt_value(p, t, &c);
}

int opt_helper(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_helper);
}
