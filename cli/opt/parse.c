/* From tokens to a command. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/opt/opt.h"
#include "ct/lines.h"
#include "ct/with.h"
#include "fmt/format.h"

/* Nothing at all, or "-o help", needs no command. */
static bool asks_for_help(const struct parser *p)
{
	return !p->ntokens || (p->ntokens == 1 && p->tokens[0].opt->parse == opt_output &&
			       p->tokens[0].arg && !strcasecmp(p->tokens[0].arg, "help"));
}

/* Finds the one command and takes it over. */
static int find_command(struct parser *p)
{
	struct token *command = NULL;

	for (unsigned i = 0; i < p->ntokens; i++)
		if (p->tokens[i].opt->verb && !option_next(&p->context->index, p->tokens[i].opt)) {
			p->nverbs++;
			p->verbs |= p->tokens[i].opt->verb;
		}
	for (unsigned i = 0; i < p->ntokens; i++) {
		struct token *t = &p->tokens[i];
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
	if ((WITH_LOAD || WITH_WATCH) && p->context->conditions && !command) {
		p->cmd->verb = V_LIST;
		return 0;
	}
	if (!command && asks_for_help(p)) {
		p->cmd->verb = V_HELP;
		return 0;
	}
	if (!command)
		return parse_error(p, "no command given: -L lists, -h helps");
	p->cmd->verb = command->opt->verb;
	if (command->negate)
		return token_error(p, command, "a command cannot be negated");
	return command->opt->parse(p, command);
}

/* The values of those tokens that are again, or of the others; those that others depend on first.
 */
static int parse_values(struct parser *p, bool again)
{
	const struct token *t, *end = p->tokens + p->ntokens;
	int err = 0;

	for (unsigned late = 0; late < 2; late++)
		for (t = p->tokens; t < end && !err; t++)
			if (t->again == again && !t->opt->verb && t->opt->early != late)
				err = t->opt->parse(p, t);
	return err;
}

/* --mask-src and --mask-dst: the older way to say -s ADDR/MASK. */
static __attribute__((cold)) int apply_masks(struct parser *p)
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
static __attribute__((cold)) int one_selection(struct parser *p, struct opt_context *x, char *text,
					       size_t len, unsigned long line)
{
	struct cmd c;

	if (cmd_parse_line(&c, x, text, len))
		return parse_error(p, "%s", x->err);
	if (!c.verb)
		return 0;
	if (x->note[0])
		memcpy(p->context->note, x->note, sizeof(x->note));
	switch (ct_selections_add(&p->context->selections, c.filter, line)) {
	case 0:
		return 0;
	case -EINVAL:
		return parse_error(p, "--helper, --in, --out, --mac, --nat-gone, --local, --age, "
				      "--idle, --bytes and "
				      "--packets go beside --from, not into its file");
	}
	return parse_error(p, "out of memory");
}

static __attribute__((cold)) int read_selections(struct parser *p, const struct token *t)
{
	struct ct_selections *s = &p->context->selections;
	struct opt_context x = {.labelmap = p->context->labelmap, .conditions = true};
	struct ct_lines in = {.fd = STDIN_FILENO};
	char why[sizeof(x.err)], *text;
	unsigned long line = 0;
	size_t len;
	int err = 0;

	if (strcmp(t->arg, "-") != 0)
		in.fd = open(t->arg, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in.fd < 0)
		return token_error(p, t, "%s: %s", t->arg, error_text(errno));
	while (!err && ++line && (text = ct_lines_next(&in, &len)))
		err = one_selection(p, &x, text, len, line);
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
	opt_context_free(&x);
	p->context->filter.selections = s;
	p->context->filter.unselected = t->negate;
	return err;
}

/* Applies --set-mark and --set-zone of the load to a line. Lines under --set-zone name the same
 * zone all, or entries that differ in it alone would be taken for one. */
static __attribute__((cold)) int apply_load(struct parser *p, const struct cmd *load)
{
	const struct ct_change *set = &load->create.change;
	struct ct_cond zone = {.field = CT_F_ZONE, .range = {load->zone, load->zone}};
	struct opt_context *x = p->context;
	struct ct_change *ch = p->spec.change;
	bool creates = p->cmd->verb & (V_CREATE | V_ADD);
	int own = !p->zone && creates ? 1 : p->zone;

	if (set->has & CT_HAS_MARK && (creates || ch->has & CT_HAS_MARK)) {
		ch->mark = (ch->mark & ~set->mark_mask) ^ set->mark;
		ch->mark_mask |= set->mark_mask;
		ch->has |= CT_HAS_MARK;
	}
	if (load->zone < 0)
		return 0;
	if (p->cmd->verb == V_FLUSH || (p->cmd->table == CT_TABLE_EXPECT && !creates))
		return parse_error(p, "this line is about all zones, and --set-zone about one");
	if (own && x->zone && own != x->zone)
		return parse_error(p, "a line before this is of zone %d: --set-zone takes one",
				   x->zone - 1);
	x->zone = own ? own : x->zone;
	if (creates ? ct_spec_set(&p->spec, &zone) : ct_filter_add(&x->filter, &zone))
		return parse_error(p, "out of memory");
	return 0;
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

	if (expect && c->verb == V_GET && !c->filter->ntests)
		return parse_error(p, "give conditions that name expectations");
	if (WITH_CREATE && c->verb & (V_CREATE | V_ADD))
		err = expect ? ct_spec_expect(&p->spec) : ct_spec_create(&p->spec);
	else if (WITH_CREATE && c->verb == V_UPDATE && !p->spec.fields)
		return parse_error(p, "-U needs something to set: -m, -t, -u, --state, "
				      "--tcp-flags, --label-add, --label-del");
	else if (WITH_CREATE && c->verb == V_UPDATE)
		err = ct_spec_change(&p->spec);
	else if (WITH_LOAD && c->verb == V_LOAD)
		c->zone = ct_spec_has(&p->spec, CT_F_ZONE) ? p->spec.zone : -1;
	else if (c->verb == V_GET && !expect)
		err = ct_spec_tuple(&p->spec, &c->tuple, &c->tuple_reply, &c->zone);
	return err ? spec_error(p) : 0;
}

/* All that follows from the tokens. */
static int parse_rest(struct parser *p)
{
	const struct cmd *load = p->context->load;
	int err = check_protocol(p);

	if (WITH_LOAD && !err && load)
		err = apply_load(p, load);
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

/* Forgets the command before. */
static void renew(struct opt_context *x)
{
	ct_filter_reset(&x->filter);
	opt_forget_lists(x);
	opt_forget_template(x);
	if (x->labels_lent)
		opt_forget_labels(x);
	x->labels_lent = x->labels_used = false;
	x->note[0] = x->err[0] = 0;
}

static void begin(struct parser *p, struct cmd *c, struct opt_context *x)
{
	*p = (struct parser){.cmd = c, .context = x};
	*c = (struct cmd){.filter = &x->filter, .labels = &x->labels, .format = &fmt_text};
	renew(x);
}

static __attribute__((cold)) int parse_words(struct parser *p, int argc, char *const argv[])
{
	int err;

	option_index(&p->context->index, option_row(0));
	p->context->index.lists = option_lists;
	if (!make_room(p->context, argc))
		return parse_error(p, "out of memory");
	p->tokens = p->context->tokens;
	err = tokenize(p, argc, argv);
	if (!err)
		err = find_command(p);
	if (!err)
		err = check_legal(p);
	if (err)
		return err;
	begin_spec(p);
	err = parse_values(p, false);
	return err ? err : parse_rest(p);
}

int cmd_parse(struct cmd *c, struct opt_context *x, int argc, char *const argv[])
{
	struct parser p;
	int program;

	begin(&p, c, x);
	program = argc && !strcmp(argv[0], PROGRAM);
	return parse_words(&p, argc - program, argv + program);
}

/* Begins a line that is like the template, before any of its values. */
static __attribute__((cold)) void begin_alike(struct parser *p, struct cmd *c,
					      struct opt_context *x, struct line_template *s)
{
	begin(p, c, x);
	p->tokens = s->tokens;
	p->ntokens = s->ntokens;
	c->verb = s->verb;
	c->table = s->table;
	c->reply = s->reply;
	begin_spec(p);
}

/* Goes on from what the equal parts of lines that are like the template have led to. They are
 * parsed with each line anew when others depend on one that varies, or when they have led to
 * something that is not in the parser and the command. */
static void resume(struct parser *p, struct cmd *c, struct opt_context *x, struct line_template *s)
{
	bool again = false;

	if (s->begun) {
		*p = s->parser;
		*c = s->cmd;
		p->cmd = c;
		begin_spec(p);
		renew(x);
		return;
	}
	begin_alike(p, c, x, s);
	for (unsigned i = 0; i < s->ntokens; i++) {
		const struct option *o = s->tokens[i].opt;

		s->tokens[i].again = s->varies >> i & 1;
		again |= s->tokens[i].again && (o->early || o->group == GROUP_OUTPUT);
	}
	if (again || parse_values(p, false) || x->filter.nconds || x->lists || x->labels_lent ||
	    x->format || x->note[0]) {
		for (unsigned i = 0; i < s->ntokens; i++)
			s->tokens[i].again = true;
		begin_alike(p, c, x, s);
	}
	while (p->ntokens && !p->tokens->again) {
		p->tokens++;
		p->ntokens--;
	}
	while (p->ntokens && !p->tokens[p->ntokens - 1].again)
		p->ntokens--;
	s->parser = *p;
	s->cmd = *c;
	s->begun = true;
}

static __attribute__((cold)) int parse_line(struct parser *p, char *line, size_t len)
{
	struct ct_words *w = &p->context->words;
	const char *why;
	int program, err;

	template_note(p->context, line, len);
	why = ct_split_line(w, line, len);
	if (why)
		return parse_error(p, "%s", why);
	program = p->context->in_file && w->n && !strcmp(w->v[0], PROGRAM);
	if (w->n == program)
		return 0;
	err = parse_words(p, w->n - program, w->v + program);
	if (!err)
		template_keep(p, line);
	return err;
}

int cmd_parse_line(struct cmd *c, struct opt_context *x, char *line, size_t len)
{
	struct line_template *s = template_match(x, line, len);
	struct parser p;

	if (s) {
		resume(&p, c, x, s);
		if (!parse_values(&p, true) && !parse_rest(&p))
			return 0;
		template_undo(s); /* the order of words counts for what is wrong */
	}
	begin(&p, c, x);
	return parse_line(&p, line, len);
}

void opt_context_free(struct opt_context *x)
{
	ct_filter_free(&x->filter);
	opt_forget_labels(x);
	opt_forget_lists(x);
	opt_forget_template(x);
	free(x->lines);
	free(x->words.v);
	free(x->tokens);
	x->lines = NULL;
	x->words = (struct ct_words){0};
	x->tokens = NULL;
	x->room = 0;
}
