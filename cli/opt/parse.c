/* From tokens to a command: legality, values, and what can only be told at the end. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "cli/opt/take.h"
#include "ct/proto.h"
#include "fmt/format.h"

/* "-o help" needs no command. */
static bool asks_for_formats(const struct parser *p)
{
	return p->ntokens == 1 && p->kept->tokens[0].opt->parse == take_output &&
	       p->kept->tokens[0].arg && !strcasecmp(p->kept->tokens[0].arg, "help");
}

/* Finds the one command and takes it over. */
static int find_command(struct parser *p)
{
	struct token *command = NULL;

	for (unsigned i = 0; i < p->ntokens; i++)
		if (p->kept->tokens[i].opt->verb &&
		    !option_next(&p->kept->index, p->kept->tokens[i].opt))
			p->nverbs++;
	for (unsigned i = 0; i < p->ntokens; i++) {
		struct token *t = &p->kept->tokens[i];
		int err = token_resolve(p, t);

		if (err)
			return err;
		if (!t->opt->verb)
			continue;
		if (command)
			return parse_error(p, "%.*s and %.*s are two commands: give one",
					   command->len, command->word, t->len, t->word);
		command = t;
	}
	if (!command && asks_for_formats(p)) {
		p->cmd->verb = V_HELP;
		return 0;
	}
	p->cmd->no_command = !command;
	if (!command)
		return p->ntokens ? parse_error(p, "no command given: -L lists, -h helps")
				  : EXIT_USAGE;
	p->cmd->verb = command->opt->verb;
	if (command->negate)
		return token_error(p, command, "a command cannot be negated");
	return command->opt->parse(p, command);
}

static int check_legal(struct parser *p)
{
	const struct cmd *c = p->cmd;

	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];
		const struct option *o = t->opt;
		bool ct = c->table != CT_TABLE_EXPECT, exp = c->table == CT_TABLE_EXPECT;

		if (o->verb)
			continue;
		exp |= c->table == CT_TABLE_ALL;
		if (c->verb == V_FLUSH && o->group == GROUP_SELECT && o->field != CT_F_FAMILY)
			return token_error(
				p, t, "-F empties the table: -D deletes what conditions select");
		if (ct && !((o->sel | o->set) & c->verb))
			return token_error(p, t, "does not go with this command");
		if (exp && !(o->exp & c->verb))
			return token_error(p, t,
					   "does not go with this command on the table expect");
		if (o->arg == ARG_REQUIRED && !t->arg)
			return token_error(p, t, "needs an argument (%s)", option_meta(o));
		if (o->arg == ARG_REQUIRED && !*t->arg)
			return token_error(p, t, "its argument is empty");
		if (t->negate &&
		    (c->verb == V_FLUSH || o->group != GROUP_SELECT || o->set & c->verb ||
		     o->arg == ARG_NONE || o->field == CT_F_MASK_SRC || o->field == CT_F_MASK_DST))
			return token_error(p, t, "cannot be negated here");
	}
	return 0;
}

static int parse_values(struct parser *p, bool early)
{
	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];
		int err;

		if (t->opt->verb || t->opt->early != early)
			continue;
		err = t->opt->parse(p, t);
		if (err)
			return err;
	}
	return 0;
}

/* Options of a protocol's own beside another protocol. */
static int check_protocol(struct parser *p)
{
	for (unsigned i = 0; p->proto && i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];

		if (t->negate)
			continue; /* what the protocol lacks is not what is negated: true */
		if ((t->opt->keys && t->opt->keys != p->proto->keys) ||
		    (t->opt->info && t->opt->info != p->proto->info))
			return token_error(p, t, "%s has nothing of the kind", p->proto->name);
	}
	return 0;
}

/* --mask-src and --mask-dst: the older way to say -s ADDR/MASK. */
static int apply_masks(struct parser *p)
{
	struct ct_filter *f = &p->cmd->sel;

	for (unsigned dst = 0; dst < 2; dst++) {
		uint8_t field = dst ? CT_F_ORIG_DST : CT_F_ORIG_SRC;
		bool used = false;

		for (uint32_t i = 0; p->mask_l3[dst] && i < f->nconds; i++) {
			struct ct_net *net = &f->cond[i].net;

			if (f->cond[i].field != field || net->l3 != p->mask_l3[dst])
				continue;
			used = true;
			for (unsigned k = 0; k < sizeof(net->mask.b); k++) {
				net->mask.b[k] &= p->mask[dst].b[k];
				net->addr.b[k] &= net->mask.b[k];
			}
		}
		if (p->mask_l3[dst] && !used)
			return parse_error(p, "--mask-%s needs --%s with an address of its family",
					   dst ? "dst" : "src", dst ? "dst" : "src");
	}
	return 0;
}

/* What the other direction calls this address or port; CT_F_NEVER if it is neither. */
static uint8_t mirrored(uint8_t field)
{
	static const uint8_t pairs[][2] = {
		{CT_F_ORIG_SRC, CT_F_REPLY_SRC},
		{CT_F_ORIG_DST, CT_F_REPLY_DST},
		{CT_F_ORIG_SPORT, CT_F_REPLY_SPORT},
		{CT_F_ORIG_DPORT, CT_F_REPLY_DPORT},
	};

	for (unsigned i = 0; i < sizeof(pairs) / 2; i++)
		for (unsigned k = 0; k < 2; k++)
			if (pairs[i][k] == field)
				return pairs[i][!k];
	return CT_F_NEVER;
}

/* What concerns every condition on the line: --any, -U reply, -f inet. */
static int apply_words(struct parser *p)
{
	struct ct_filter *f = &p->cmd->sel;
	bool used = false;
	uint32_t n = 0;

	if (!p->any && !p->cmd->reply && !p->both)
		return 0;
	for (uint32_t i = 0; i < f->nconds; i++) {
		struct ct_cond c = f->cond[i];
		uint8_t other = mirrored(c.field);

		if (other != CT_F_NEVER) {
			c.any = p->any;
			used |= p->any;
			if (p->cmd->reply)
				c.field = other;
		}
		if (!p->both || c.field != CT_F_FAMILY || c.negate)
			f->cond[n++] = c;
	}
	f->nconds = n;
	return p->any && !used ? parse_error(p, "--any needs an address or a port to look for") : 0;
}

/* What goes together only in some ways. */
static int check_together(struct parser *p)
{
	const struct cmd *c = p->cmd;
	bool grouped = c->group.n;

	if (!c->format->entry && c->verb & V_PRINT && !grouped)
		return parse_error(p, "-o %s is for -S, -C and --group", c->format->name);
	if (grouped && !c->format->groups)
		return parse_error(p, "--group goes with text, JSON and metrics");
	if (c->zero && (c->limit || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "-z goes with a whole list of the conntrack table");
	if (grouped && (c->zero || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "--group goes with a list of the conntrack table alone");
	if (c->watch && (c->jump || c->zero || !(c->format->is & FMT_IS_DEFAULT) ||
			 (c->verb == V_LIST && c->table != CT_TABLE_CONNTRACK)))
		return parse_error(p,
				   "--watch goes with text of the conntrack table: no -o, -z, -j");
	if (c->jump && (c->zero || grouped || !(c->format->is & FMT_IS_DEFAULT)))
		return parse_error(p,
				   "--jump hands entries on instead of printing them: no -o, -z, "
				   "--group");
	if (grouped && c->sort == SORT_EXPIRES)
		return parse_error(p,
				   "groups have no time to expire: --sort flows, packets, bytes");
	if (!grouped && c->sort == SORT_FLOWS)
		return parse_error(p, "--sort flows goes with --group");
	if (c->sort && (c->zero || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "--sort goes with a list of the conntrack table alone");
	return 0;
}

static int compile(struct parser *p, struct ct_filter *f)
{
	switch (ct_filter_compile(f)) {
	case 0:
		return 0;
	case -EAFNOSUPPORT:
		return parse_error(p, "the addresses and families given leave no common family");
	default:
		return parse_error(p, "out of memory");
	}
}

static int parse(struct parser *p, int argc, char *const argv[])
{
	int err = 0;

	if (!token_same_shape(p, argc, argv)) {
		err = tokenize(p, argc, argv);
		if (!err)
			err = find_command(p);
		if (!err)
			err = check_legal(p);
		if (!err)
			token_keep_shape(p, argc, argv);
	}
	if (!err)
		err = parse_values(p, true);
	if (!err)
		err = parse_values(p, false);
	if (!err)
		err = check_protocol(p);
	if (!err)
		err = check_together(p);
	if (!err)
		err = apply_masks(p);
	if (!err)
		err = apply_words(p);
	if (!err)
		err = compile(p, &p->cmd->sel);
	if (!err)
		err = compile(p, &p->cmd->set);
	if (!err)
		err = cmd_build(p->cmd);
	return err;
}

/* Makes sure of the index and of room for as many tokens as there are words. */
static bool keep(struct cmd *c, int argc)
{
	if (!c->kept)
		c->kept = calloc(1, sizeof(*c->kept));
	if (!c->kept)
		return false;
	option_index(&c->kept->index, option_row(0));
	if (c->kept->room <= argc) {
		free(c->kept->tokens);
		c->kept->room = argc + 32;
		c->kept->tokens = malloc((size_t)c->kept->room * sizeof(*c->kept->tokens));
		if (!c->kept->tokens)
			c->kept->room = 0;
	}
	return c->kept->tokens;
}

int cmd_parse(struct cmd *c, int argc, char *const argv[])
{
	struct parser p = {.cmd = c};

	c->verb = 0;
	c->table = CT_TABLE_CONNTRACK;
	c->reply = false;
	c->file = c->netns = c->jump_arg = c->policy = NULL;
	c->jump = NULL;
	c->watch = 0;
	c->color = COLOR_AUTO;
	c->quiet = c->none_ok = c->dry_run = c->carry_on = c->zero = false;
	c->events = 0;
	c->rcvbuf = 0;
	c->on_loss = LOSS_WARN;
	c->sync = c->reliable = false;
	c->limit = 0;
	c->group.n = 0;
	c->sort = SORT_NONE;
	c->reverse = false;
	c->no_command = false;
	c->help_formats = false;
	c->help_verbs = 0;
	c->format = &fmt_text;
	c->fmt_flags = 0;
	c->note[0] = c->err[0] = 0;
	if (c->labels_lent)
		cmd_forget_labels(c);
	c->labels_lent = c->labels_used = false;
	ct_filter_reset(&c->sel);
	ct_filter_reset(&c->set);
	if (!keep(c, argc))
		return parse_error(&p, "out of memory");
	p.kept = c->kept;
	return parse(&p, argc, argv);
}

void cmd_free(struct cmd *c)
{
	ct_filter_free(&c->sel);
	ct_filter_free(&c->set);
	cmd_forget_labels(c);
	if (c->kept)
		free(c->kept->tokens);
	free(c->kept);
	c->kept = NULL;
}
