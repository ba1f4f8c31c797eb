/* From tokens to a command: legality, values, and checks of the whole line. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/opt/opt.h"
#include "ct/lines.h"
#include "ct/proto.h"
#include "ct/with.h"
#include "ct/words.h"
#include "fmt/format.h"

/* "-o help" needs no command. */
static bool asks_for_formats(const struct parser *p)
{
	return p->ntokens == 1 && p->context->tokens[0].opt->parse == opt_output &&
	       p->context->tokens[0].arg && !strcasecmp(p->context->tokens[0].arg, "help");
}

/* Finds the one command and takes it over. */
static int find_command(struct parser *p)
{
	struct token *command = NULL;

	for (unsigned i = 0; i < p->ntokens; i++)
		if (p->context->tokens[i].opt->verb &&
		    !option_next(&p->context->index, p->context->tokens[i].opt)) {
			p->nverbs++;
			p->verbs |= p->context->tokens[i].opt->verb;
		}
	for (unsigned i = 0; i < p->ntokens; i++) {
		struct token *t = &p->context->tokens[i];
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
	if (WITH_LOAD && p->context->conditions && !command) {
		p->cmd->verb = V_LIST;
		return 0;
	}
	if (!command && asks_for_formats(p)) {
		p->cmd->verb = V_HELP;
		return 0;
	}
	p->context->no_command = !command;
	if (!command)
		return p->ntokens ? parse_error(p, "no command given: -L lists, -h helps")
				  : EXIT_USAGE;
	p->cmd->verb = command->opt->verb;
	if (command->negate)
		return token_error(p, command, "a command cannot be negated");
	return command->opt->parse(p, command);
}

/* True when an option stands at an earlier place, too. */
static bool stands_before(const struct parser *p, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (p->context->tokens[k].opt == p->context->tokens[i].opt)
			return true;
	return false;
}

/* The timeout of a deletion. Saved deletions have one, so that they can be made creations. */
static int check_deletion(struct parser *p, const struct token *t)
{
	return p->context->in_file ? 0
				   : token_error(p, t,
						 "does not go with -D: --expires selects by the "
						 "time left");
}

static int check_legal(struct parser *p)
{
	const struct cmd *c = p->cmd;

	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->context->tokens[i];
		const struct option *o = t->opt;
		bool ct = c->table != CT_TABLE_EXPECT, exp = c->table == CT_TABLE_EXPECT;
		bool ignored = c->verb == V_DELETE && o->parse == opt_timeout;

		if (WITH_LOAD && p->context->conditions && o->group != GROUP_SELECT)
			return token_error(p, t, "this file holds conditions alone");
		if (o->verb)
			continue;
		if (ignored && check_deletion(p, t))
			return EXIT_USAGE;
		exp |= c->table == CT_TABLE_ALL;
		if (c->verb == V_FLUSH && o->group == GROUP_SELECT && o->field != CT_F_FAMILY)
			return token_error(
				p, t, "-F empties the table: -D deletes what conditions select");
		if (o->field == CT_F_OUT && t->word[1] == 'o' && !(o->select & c->verb))
			return token_error(p, t,
					   "\"%s\" is no format (-o help lists them), and this "
					   "command takes no interface",
					   t->arg);
		if (ct && !ignored && !((o->select | o->set) & c->verb))
			return token_error(p, t, "does not go with this command");
		if (exp && !ignored && !(o->expect & c->verb))
			return token_error(p, t,
					   "does not go with this command on the table expect");
		if (o->arg == ARG_REQUIRED && !t->arg)
			return token_error(p, t, "needs an argument (%s)", option_meta(o));
		if (o->arg == ARG_REQUIRED && !*t->arg)
			return token_error(p, t, "the argument is empty");
		if (t->negate && (c->verb == V_FLUSH || o->group != GROUP_SELECT ||
				  o->set & c->verb || o->arg == ARG_NONE ||
				  o->field == CT_SPEC_MASK_SRC || o->field == CT_SPEC_MASK_DST))
			return token_error(p, t, "cannot be negated here");
		if (o->once && stands_before(p, i))
			return token_error(p, t, "is given twice");
	}
	return 0;
}

static int parse_values(struct parser *p, bool early)
{
	const struct token *t = p->context->tokens, *end = t + p->ntokens;

	for (; t < end; t++) {
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
		const struct token *t = &p->context->tokens[i];

		if (t->negate)
			continue; /* what the protocol lacks is not what is negated: true */
		if ((t->opt->keys && t->opt->keys != p->proto->keys) ||
		    (t->opt->info && t->opt->info != p->proto->info))
			return token_error(p, t, "does not go with -p %s", p->proto->name);
	}
	return 0;
}

/* --mask-src and --mask-dst: the older way to say -s ADDR/MASK. */
static int apply_masks(struct parser *p)
{
	struct ct_filter *f = &p->context->filter;

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

/* The field of the other direction that corresponds to an address or a port; CT_F_NONE if it is
 * neither. */
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
	return CT_F_NONE;
}

/* Applies the words that concern every condition of the line: --any, -U reply, -f inet. */
static int apply_words(struct parser *p)
{
	struct ct_filter *f = &p->context->filter;
	bool used = false;
	uint32_t n = 0;

	if (!p->any && !p->cmd->reply && !p->both)
		return 0;
	for (uint32_t i = 0; i < f->nconds; i++) {
		struct ct_cond c = f->cond[i];
		uint8_t other = mirrored(c.field);

		if (other != CT_F_NONE) {
			c.any = p->any;
			used |= p->any;
			if (p->cmd->reply)
				c.field = other;
		}
		if (!p->both || c.field != CT_F_FAMILY || c.negate)
			f->cond[n++] = c;
	}
	f->nconds = n;
	return p->any && !used ? parse_error(p, "--any needs an address or a port") : 0;
}

/* True when some condition is on this field. */
static bool selects_by(const struct parser *p, uint8_t field)
{
	const struct ct_filter *f = &p->context->filter;

	for (uint32_t i = 0; i < f->nconds; i++)
		if (f->cond[i].field == field)
			return true;
	return false;
}

/* Refuses options that do not go together. */
static int check_together(struct parser *p)
{
	const struct cmd *c = p->cmd;
	bool grouped = c->group.n;

	if (selects_by(p, CT_F_ANY_NAT) &&
	    (selects_by(p, CT_F_SRC_NAT) || selects_by(p, CT_F_DST_NAT)))
		return parse_error(p, "--any-nat does not go with --src-nat or --dst-nat");
	if (WITH_ROUTE && p->keeps && !selects_by(p, CT_F_NAT_GONE))
		return parse_error(p, "--keep goes with --nat-gone");
	if (!c->format->entry && c->verb & V_PRINT && !grouped)
		return parse_error(p, "-o %s is for -S, -C and --group", c->format->name);
	if (grouped && !c->format->groups)
		return parse_error(p, "--group goes with plain, json, jsonl, prometheus");
	if (c->zero && (c->limit || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "-z goes with -L conntrack, without --limit");
	if (grouped && (c->zero || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "--group goes with a list of the conntrack table alone");
	if (c->watch && (c->jump || c->zero || !(c->format->is & FMT_IS_DEFAULT) ||
			 (c->verb == V_LIST && c->table != CT_TABLE_CONNTRACK)))
		return parse_error(p,
				   "--watch goes with text of the conntrack table, without -z, -j");
	if (c->jump && (c->zero || grouped || !(c->format->is & FMT_IS_DEFAULT)))
		return parse_error(p,
				   "--jump hands entries on instead of printing them: without -o, "
				   "-z and --group");
	if (WITH_CHECK && c->verb == V_CHECK && !c->format->check)
		return parse_error(p, "--check goes with text and -o json");
	if (WITH_GROUP && c->has_above && (c->watch || c->table == CT_TABLE_ALL))
		return parse_error(p, "--above goes with one table, without --watch");
	if (WITH_GROUP && c->total && (c->watch || c->format->is & FMT_WANTS_TABLES))
		return parse_error(p, "--total goes without --watch and -o prometheus");
	if (grouped && c->sort >= SORT_EXPIRES)
		return parse_error(p, "groups have no time of their own: sort by flows, packets, "
				      "bytes");
	if (!grouped && c->sort == SORT_FLOWS)
		return parse_error(p, "--sort flows goes with --group");
	if (c->sort && (c->zero || c->table != CT_TABLE_CONNTRACK))
		return parse_error(p, "--sort goes with a list of the conntrack table alone");
	return 0;
}

static int compile_filter(struct parser *p)
{
	switch (ct_filter_compile(&p->context->filter)) {
	case 0:
		return 0;
	case -EAFNOSUPPORT:
		return parse_error(p, "the addresses and families given leave no common family");
	default:
		return parse_error(p, "out of memory");
	}
}

/* The conditions of one line. Sets the error, without the line's place. */
static __attribute__((cold)) int one_selection(struct parser *p, struct opt_context *x,
					       const struct ct_words *words, unsigned long line)
{
	struct cmd c;

	if (cmd_parse(&c, x, words->n, words->v))
		return parse_error(p, "%s", x->err);
	if (x->note[0])
		memcpy(p->context->note, x->note, sizeof(x->note));
	switch (ct_selections_add(&p->context->selections, c.filter, line)) {
	case 0:
		return 0;
	case -EINVAL:
		return parse_error(
			p, "--helper, --in, --out, --mac, --nat-gone, --age, --bytes and --packets "
			   "go beside --from, not into its file");
	}
	return parse_error(p, "out of memory");
}

static __attribute__((cold)) int read_selections(struct parser *p, const struct token *t)
{
	struct ct_selections *s = &p->context->selections;
	struct opt_context x = {.labelmap = p->context->labelmap, .conditions = true};
	struct ct_lines in = {.fd = STDIN_FILENO};
	char why[sizeof(x.err)], *text;
	struct ct_words words = {0};
	unsigned long line = 0;
	int err = 0;

	if (strcmp(t->arg, "-") != 0)
		in.fd = open(t->arg, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in.fd < 0)
		return token_error(p, t, "%s: %s", t->arg, error_text(errno));
	while (!err && ++line && (text = ct_lines_next(&in))) {
		const char *wrong = ct_split_line(&words, text);

		if (wrong)
			err = parse_error(p, "%s", wrong);
		else if (words.n)
			err = one_selection(p, &x, &words, line);
	}
	if (err) {
		memcpy(why, p->context->err, sizeof(why));
		parse_error(p, "%s:%lu: %s", t->arg, line, why);
	} else if (in.err) {
		err = token_error(p, t, "%s: %s", t->arg, error_text(-in.err));
	} else if (!s->n) { /* nothing is not everything */
		err = token_error(p, t, "%s lists nothing", t->arg);
	}
	if (in.fd != STDIN_FILENO)
		close(in.fd);
	ct_lines_free(&in);
	free(words.v);
	opt_context_free(&x);
	p->context->filter.selections = s;
	p->context->filter.unselected = t->negate;
	return err;
}

/* Says where the values of what is to be made, changed or got go. */
static void begin_spec(struct parser *p)
{
	struct cmd *c = p->cmd;

	p->spec.update = c->verb == V_UPDATE;
	p->spec.reply = c->reply;
	p->spec.create = &c->create;
	p->spec.change = p->spec.update ? &c->change : &c->create.change;
	p->spec.expect = &c->expect;
}

/* Makes the entry, the expectation, the change or the tuple of all that options have set. */
static int make_whole(struct parser *p)
{
	struct cmd *c = p->cmd;
	bool expect = c->table == CT_TABLE_EXPECT;
	int err = 0;

	if (expect && c->verb & (V_GET | V_DELETE) && !c->filter->ntests)
		return parse_error(p,
				   "give conditions that name expectations; -F expect removes all");
	if (WITH_CREATE && c->verb & (V_CREATE | V_ADD))
		err = expect ? ct_spec_expect(&p->spec) : ct_spec_create(&p->spec);
	else if (WITH_CREATE && c->verb == V_UPDATE && !p->spec.fields)
		return parse_error(p, "-U needs something to set: -m, -t, -u, --state, "
				      "--tcp-flags, --label-add, --label-del");
	else if (WITH_CREATE && c->verb == V_UPDATE)
		err = ct_spec_change(&p->spec);
	else if (c->verb == V_GET && !expect)
		err = ct_spec_tuple(&p->spec, &c->tuple, &c->tuple_reply, &c->zone);
	return err ? spec_error(p) : 0;
}

static __attribute__((hot)) int parse(struct parser *p, int argc, char *const argv[])
{
	int err = 0;

	if (!WITH_LOAD || !template_match(p, argc, argv)) {
		err = tokenize(p, argc, argv);
		if (!err)
			err = find_command(p);
		if (!err)
			err = check_legal(p);
		if (WITH_LOAD && !err)
			template_keep(p, argc, argv);
	}
	begin_spec(p);
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
		err = compile_filter(p);
	if (!err)
		err = make_whole(p);
	if (WITH_LOAD && !err && p->from)
		err = read_selections(p, p->from);
	return err;
}

/* Makes room for as many tokens as there are words and bundled letters. */
static bool make_room(struct opt_context *x, int argc)
{
	if (x->room <= argc + BUNDLED) {
		free(x->tokens);
		x->room = argc + 2 * BUNDLED;
		x->tokens = malloc((size_t)x->room * sizeof(*x->tokens));
		if (!x->tokens)
			x->room = 0;
	}
	return x->tokens;
}

__attribute__((hot)) int cmd_parse(struct cmd *c, struct opt_context *x, int argc,
				   char *const argv[])
{
	struct parser p = {.cmd = c, .context = x};

	*c = (struct cmd){.filter = &x->filter, .labels = &x->labels, .format = &fmt_text};
	ct_filter_reset(&x->filter);
	opt_forget_lists(x);
	opt_forget_template(x);
	if (x->labels_lent)
		opt_forget_labels(x);
	x->labels_lent = x->labels_used = x->no_command = false;
	x->note[0] = x->err[0] = 0;
	option_index(&x->index, option_row(0));
	return make_room(x, argc) ? parse(&p, argc, argv) : parse_error(&p, "out of memory");
}

void opt_context_free(struct opt_context *x)
{
	ct_filter_free(&x->filter);
	opt_forget_labels(x);
	opt_forget_lists(x);
	opt_forget_template(x);
	free(x->tokens);
	x->tokens = NULL;
	x->room = 0;
}
