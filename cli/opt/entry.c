/* Options about what an entry carries besides its tuples: status, states, mark, labels, helper. */
#include <string.h>

#include "cli/opt/opt.h"
#include "ct/proto.h"
#include "ct/with.h"
#include "fmt/names.h"

#define BIT(flag) __builtin_ctz(flag)

/* The status words: numbers of bits, whose names output shares, and words of their own. */
enum { UNREPLIED = NAMES_STATUS, UNSET, SNAT, DNAT };
static const uint8_t statuses[] = {BIT(IPS_ASSURED),
				   BIT(IPS_SEEN_REPLY),
				   UNREPLIED,
				   UNSET,
				   BIT(IPS_FIXED_TIMEOUT),
				   BIT(IPS_EXPECTED),
				   BIT(IPS_CONFIRMED),
				   BIT(IPS_SRC_NAT),
				   BIT(IPS_DST_NAT),
				   BIT(IPS_OFFLOAD),
				   BIT(IPS_HW_OFFLOAD),
				   BIT(IPS_HELPER),
				   BIT(IPS_DYING),
				   SNAT,
				   DNAT};

const char *word_status(const struct option *o, size_t i)
{
	static const char own[][10] = {"UNREPLIED", "UNSET", "SNAT", "DNAT"};

	(void)o;
	if (i >= sizeof(statuses))
		return NULL;
	return statuses[i] >= UNREPLIED ? own[statuses[i] - UNREPLIED]
					: names_status[statuses[i]].text;
}

static struct ct_bits status_bits(unsigned status)
{
	uint32_t bit = status == SNAT	? IPS_SRC_NAT
		       : status == DNAT ? IPS_DST_NAT
					: UINT32_C(1) << status % 32;

	return status == UNREPLIED ? (struct ct_bits){0, IPS_SEEN_REPLY}
	       : status == UNSET   ? (struct ct_bits){0, CT_STATUS_UNSET}
				   : (struct ct_bits){bit, bit};
}

/* One word of a list that must hold as a whole. "!UNSET" is no statement about single bits, so it
 * becomes a negated test of its own. */
static int one_status(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_STATUS};
	str word = piece;
	bool inverted = *piece.p == '!';
	size_t i;

	if (inverted)
		word = (str){piece.p + 1, piece.len - 1};
	if (!opt_word(p, t, word, &i))
		return EXIT_USAGE;
	c.bits = status_bits(statuses[i]);
	if (inverted && c.bits.mask == CT_STATUS_UNSET && !opt_sets(p, t))
		c.negate = true;
	else if (inverted)
		c.bits.value ^= c.bits.mask;
	return opt_value(p, t, &c);
}

int opt_status(struct parser *p, const struct token *t)
{
	struct ct_filter *f = &p->context->filter;
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
			return token_error(p, t, "!UNSET must stand alone in a negated list");
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
	struct ct_cond c = {.field = CT_F_CTSTATE};
	size_t i;

	if (!opt_word(p, t, piece, &i))
		return EXIT_USAGE;
	if (WITH_HELP && i >= CT_STATE_NONE)
		token_note(p, t, " %s: such packets have no entry, so nothing matches",
			   word_told(t->opt, i));
	c.range.lo = i > CT_STATE_NONE ? CT_STATE_NONE : i;
	return opt_value(p, t, &c);
}

int opt_ctstate(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_ctstate);
}

const char *word_state(const struct option *o, size_t i)
{
	(void)o;
	return ct_proto_state_name(i);
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

	if (!ct_parse_bits(piece, &c.bits))
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

	if (!ct_parse_number(ct_str_of(t->arg), UINT32_MAX, &v))
		return token_error(p, t, "\"%s\" is not a number of 32 bits", t->arg);
	c.negate = !v;
	if (WITH_HELP && v)
		token_note(p, t,
			   ": no kernel reports the numeric secmark any more, so nothing matches");
	return opt_value(p, t, &c);
}

/* A label, or VALUE/MASK of all of them, in addition to those before. */
static int one_label(struct parser *p, const struct token *t, str piece)
{
	int bit = ct_label_bit(&p->context->labels, piece.p, piece.len);
	bool clears = t->opt->field == CT_SPEC_LABEL_DEL;
	struct ct_labels value = {{0}}, mask = {{0}};

	if (bit >= 0)
		value.word[bit / 32] = mask.word[bit / 32] = UINT32_C(1) << bit % 32;
	else if (!WITH_CREATE || clears || !ct_parse_labels(piece, &value, &mask))
		return bad_piece(p, t, piece,
				 "a label: neither a name of the label file nor a bit number "
				 "(0 to 127) nor VALUE/MASK");
	for (unsigned w = 0; w < CT_LABEL_BITS / 32; w++) {
		uint32_t *v = &p->labels.labels.value.word[w], *m = &p->labels.labels.mask.word[w];

		value.word[w] &= clears ? 0 : UINT32_MAX;
		if ((*v ^ value.word[w]) & *m & mask.word[w])
			return token_error(p, t, "\"%s\" contradicts itself", t->arg);
		*v |= value.word[w];
		*m |= mask.word[w];
	}
	return 0;
}

/* All labels of one option together: they must all be as said. */
int opt_labels(struct parser *p, const struct token *t)
{
	struct ct_cond *c = &p->labels;
	int err;

	*c = (struct ct_cond){.field = t->opt->field};
	if (p->cmd->verb != V_DELETE) /* who asks for labels sees them */
		p->cmd->fmt_flags |= FMT_LABELS;
	if (!t->arg) {
		memset(&c->labels.mask, 0xff, sizeof(c->labels.mask));
		return opt_value(p, t, c);
	}
	if (opt_load_labels(p))
		return EXIT_USAGE;
	err = each_piece(p, t, one_label);
	return err ? err : opt_value(p, t, c);
}

const char *word_tcp_flag(const struct option *o, size_t i)
{
	(void)o;
	return i < NAMES_TCP_FLAGS ? names_tcp_flags[i].text : NULL;
}

int no_packet_flags(struct parser *p, const struct token *t)
{
	return token_error(
		p, t,
		"connection tracking keeps no flags of packets: --state selects; its own "
		"flags are joined by +, MASK,COMP");
}

static bool add_tcp_flag(struct parser *p, const struct token *t, str word, uint32_t *flags)
{
	uint64_t v;
	size_t i;

	if (ct_parse_number(word, UINT8_MAX, &v)) {
		*flags |= (uint32_t)v;
		return true;
	}
	for (const char *of = "SYN\0ACK\0FIN\0RST\0URG\0PSH\0ALL\0NONE\0"; *of;
	     of += strlen(of) + 1)
		if (ct_str_is(word, of))
			return !no_packet_flags(p, t);
	if (!opt_word(p, t, word, &i))
		return false;
	*flags |= 1u << i;
	return true;
}

/* MASK,COMP: the next two pieces of *rest. */
static int tcp_flag_pair(struct parser *p, const struct token *t, uint8_t field, str *rest)
{
	str part, word;
	struct ct_cond c = {.field = field};
	uint32_t *side[] = {&c.bits.mask, &c.bits.value};

	for (unsigned i = 0; i < 2; i++) {
		if (!ct_next_piece(rest, ',', &part))
			return token_error(p, t, "\"%s\" lacks the part after the comma: MASK,COMP",
					   t->arg);
		while (ct_next_piece(&part, '+', &word))
			if (!add_tcp_flag(p, t, word, side[i]))
				return EXIT_USAGE;
	}
	if (c.bits.value & ~c.bits.mask)
		return token_error(p, t, "\"%s\" compares flags outside its mask", t->arg);
	return opt_value(p, t, &c);
}

/* Where flags are set, a second pair is the reply's. */
int opt_tcp_flags(struct parser *p, const struct token *t)
{
	str rest = ct_str_of(t->arg);
	int err = tcp_flag_pair(p, t, CT_F_TCP_FLAGS, &rest);

	if (!err && rest.p && opt_sets(p, t))
		err = tcp_flag_pair(p, t, CT_SPEC_REPLY_TCP_FLAGS, &rest);
	if (!err && rest.p)
		err = token_error(p, t, "\"%s\" has more than MASK,COMP", t->arg);
	return err;
}

/* The largest that TCP has (RFC 7323). */
#define WSCALE_MAX 14

int opt_wscale(struct parser *p, const struct token *t)
{
	str rest = ct_str_of(t->arg), orig = {0}, reply = {0};
	struct ct_cond c = {.field = CT_SPEC_WSCALE};
	uint64_t v[2];

	ct_next_piece(&rest, ',', &orig);
	ct_next_piece(&rest, ',', &reply);
	if (rest.p || !ct_parse_number(orig, WSCALE_MAX, &v[0]) ||
	    !ct_parse_number(reply, WSCALE_MAX, &v[1]))
		return token_error(p, t, "\"%s\" is not two numbers up to %d, ORIG,REPLY", t->arg,
				   WSCALE_MAX);
	c.range.lo = c.range.hi = v[0] << 8 | v[1];
	return opt_value(p, t, &c);
}

int opt_role(struct parser *p, const struct token *t)
{
	struct ct_cond c = {.field = CT_F_ROLE};
	size_t i;

	if (!opt_word(p, t, ct_str_of(t->arg), &i))
		return EXIT_USAGE;
	c.range = (struct ct_range){i, i};
	return opt_value(p, t, &c);
}

static int one_helper(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = CT_F_HELPER, .name = piece};

	if (piece.len > 15)
		return bad_piece(p, t, piece, "a helper: names have at most 15 characters");
	for (size_t i = 0; word_told(t->opt, i); i++) /* as the kernel spells it */
		if (ct_str_is(piece, word_told(t->opt, i)))
			c.name = ct_str_of(word_told(t->opt, i));
	return opt_value(p, t, &c);
}

int opt_helper(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_helper);
}
