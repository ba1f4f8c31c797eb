/* Options that say how a command runs: events, files, output. */
#include <strings.h>
#include <sys/socket.h>

#include "cli/jump/jump.h"
#include "cli/opt/opt.h"
#include "ct/netns.h"
#include "ct/text.h"
#include "ct/event.h"
#include "ct/proto.h"
#include "fmt/format.h"

static const struct {
	const char *name;
	unsigned events;
} events[] = {
	{"ALL", CT_EV_NEW | CT_EV_UPDATE | CT_EV_DESTROY | CT_EV_EXP_NEW | CT_EV_EXP_DESTROY},
	{"NEW", CT_EV_NEW | CT_EV_EXP_NEW},
	{"UPDATES", CT_EV_UPDATE},
	{"UPDATE", CT_EV_UPDATE},
	{"DESTROY", CT_EV_DESTROY | CT_EV_EXP_DESTROY},
};

const char *word_event(const struct option *o, size_t i)
{
	(void)o;
	return i < sizeof(events) / sizeof(events[0]) ? events[i].name : NULL;
}

static int one_event(struct parser *p, const struct token *t, str piece)
{
	size_t i;

	if (!opt_word(p, t, piece, &i))
		return EXIT_USAGE;
	p->cmd->events |= events[i].events;
	return 0;
}

int opt_events(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_event);
}

int opt_rcvbuf(struct parser *p, const struct token *t)
{
	uint64_t v;

	if (!ct_parse_number(ct_str_of(t->arg), INT32_MAX, &v) || !v)
		return token_error(p, t, "\"%s\" is not a number of bytes (1 to 2147483647)",
				   t->arg);
	p->cmd->rcvbuf = (int)v;
	return 0;
}

int opt_on_loss(struct parser *p, const struct token *t)
{
	size_t i;

	if (!opt_word(p, t, ct_str_of(t->arg), &i))
		return EXIT_USAGE;
	p->cmd->on_loss = (enum on_loss)i;
	return 0;
}

int opt_color(struct parser *p, const struct token *t)
{
	size_t i = 0;

	if (t->arg && !opt_word(p, t, ct_str_of(t->arg), &i))
		return EXIT_USAGE;
	p->cmd->color = (unsigned)i + COLOR_AUTO;
	return 0;
}

int opt_limit(struct parser *p, const struct token *t)
{
	if (!ct_parse_number(ct_str_of(t->arg), UINT64_MAX / 16, &p->cmd->limit) || !p->cmd->limit)
		return token_error(p, t, "\"%s\" is not a number above 0", t->arg);
	return 0;
}

int opt_above(struct parser *p, const struct token *t)
{
	str number = ct_str_of(t->arg);
	bool percent = number.len && number.p[number.len - 1] == '%';
	uint64_t v;

	number.len -= percent;
	if (!ct_parse_number(number, percent ? 100 : UINT32_MAX, &v))
		return token_error(p, t, "\"%s\" is not a number of entries, or 0%% to 100%%",
				   t->arg);
	p->cmd->above = (uint32_t)v;
	p->cmd->has_above = true;
	p->cmd->above_percent = percent;
	return 0;
}

const char *word_group(const struct option *o, size_t i)
{
	(void)o;
	return group_field_name((unsigned)i);
}

bool accepts_group(const struct parser *p, const char *arg)
{
	str rest = ct_str_of(arg), piece;
	uint8_t prefix;

	(void)p;
	return ct_next_piece(&rest, ',', &piece) && group_field_find(piece, &prefix) >= 0;
}

static int one_group(struct parser *p, const struct token *t, str piece)
{
	struct group_spec *g = &p->cmd->group;
	uint8_t prefix = 0;
	int field = group_field_find(piece, &prefix);

	if (field < 0)
		return none_of(p, t, piece);
	for (unsigned i = 0; i < g->n; i++)
		if (g->field[i] == field)
			return token_error(p, t, "\"%.*s\" is given twice", (int)piece.len,
					   piece.p);
	g->field[g->n] = (uint8_t)field;
	g->prefix[g->n++] = prefix;
	return field == GROUP_LABEL ? opt_load_labels(p) : 0;
}

int opt_group(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_group);
}

/* TARGET[=ARG]: the target, and where its argument begins; NULL if it is none. */
static const struct target *find_target(const char *arg, const char **rest)
{
	str s = ct_str_of(arg), name;
	const struct target *target;

	if (!ct_next_piece(&s, '=', &name))
		return NULL;
	*rest = s.p;
	for (size_t i = 0; (target = jump_target(i)); i++)
		if (ct_str_is(name, target->name))
			return target;
	return NULL;
}

const char *word_jump(const struct option *o, size_t i)
{
	const struct target *target = jump_target(i);

	(void)o;
	return target ? target->name : NULL;
}

bool accepts_jump(const struct parser *p, const char *arg)
{
	const char *rest;

	(void)p;
	return find_target(arg, &rest);
}

int opt_jump(struct parser *p, const struct token *t)
{
	const char *rest, *wrong;
	const struct target *target = find_target(t->arg, &rest);

	if (!target)
		return none_of(p, t, ct_str_of(t->arg));
	if (p->cmd->jump)
		return token_error(p, t, "is given twice");
	if (!target->meta != !rest)
		return token_error(p, t,
				   rest ? "%s takes no argument" : "%s needs an argument: =%s",
				   target->name, target->meta);
	wrong = target->check && rest ? target->check(rest) : NULL;
	if (wrong)
		return token_error(p, t, "\"%s\" is not %s", rest, wrong);
	if (!target->expect && p->cmd->table != CT_TABLE_CONNTRACK)
		return token_error(p, t, "%s goes with the table conntrack only", target->name);
	p->cmd->jump = target;
	p->cmd->jump_arg = rest;
	return target->labels ? opt_load_labels(p) : 0;
}

/* Seconds, with up to three decimals. */
int opt_seconds(struct parser *p, const struct token *t)
{
	uint64_t ms = 2000;

	if (t->arg && (!ct_parse_ms(ct_str_of(t->arg), &ms) || ms < 100 || ms > 86400000))
		return token_error(p, t, "\"%s\" is not 0.1 to 86400 seconds", t->arg);
	*(uint32_t *)((char *)p->cmd + t->opt->flag) = (uint32_t)ms;
	return 0;
}

int opt_replica(struct parser *p, const struct token *t)
{
	if (t->arg && !ct_str_is(ct_str_of(t->arg), "all"))
		return token_error(p, t, "\"%s\" is not all, or nothing", t->arg);
	p->cmd->replica = t->arg ? 2 : 1;
	p->cmd->carry_on = true;
	return 0;
}

int opt_sync(struct parser *p, const struct token *t)
{
	p->cmd->sync = true;
	return t->arg ? opt_seconds(p, t) : 0;
}

/* Behind the minus the same keys, smallest first. */
const char *word_sort(const struct option *o, size_t i)
{
	static const char *const keys[] = {
		[SORT_FLOWS - 1] = "-flows", [SORT_PACKETS - 1] = "-packets",
		[SORT_BYTES - 1] = "-bytes", [SORT_EXPIRES - 1] = "-expires",
		[SORT_NEW - 1] = "-new",
	};

	(void)o;
	return i < SORT_NEW ? keys[i] + 1 : i < 2 * SORT_NEW ? keys[i - SORT_NEW] : NULL;
}

int opt_sort(struct parser *p, const struct token *t)
{
	size_t i;

	if (!opt_word(p, t, ct_str_of(t->arg), &i))
		return EXIT_USAGE;
	p->cmd->reverse = i >= SORT_NEW;
	p->cmd->sort = (enum sort_key)(i % SORT_NEW + 1);
	return 0;
}

int opt_flag(struct parser *p, const struct token *t)
{
	*(bool *)((char *)p->cmd + t->opt->flag) = true;
	return 0;
}

int opt_file(struct parser *p, const struct token *t)
{
	p->cmd->file = t->arg;
	return t->arg ? 0 : token_error(p, t, "needs an argument (FILE, or - for standard input)");
}

bool accepts_netns(const struct parser *p, const char *arg)
{
	(void)p;
	return arg && ct_netns_words(arg);
}

int opt_netns(struct parser *p, const struct token *t)
{
	p->cmd->netns = t->arg;
	p->cmd->many = WITH_NETNS && (strchr(t->arg, ',') || !strcmp(t->arg, CT_NETNS_ALL));
	return !p->cmd->many || ct_netns_words(t->arg)
		       ? 0
		       : token_error(p, t, "\"%s\" is not a list of namespaces", t->arg);
}

int opt_labelmap(struct parser *p, const struct token *t)
{
	struct opt_context *x = p->context;
	const char *outer = x->labelmap;
	int err;

	if (x->labels_used)
		return token_error(p, t, "is given twice");
	opt_forget_labels(x);
	p->cmd->labelmap = x->labelmap = t->arg;
	err = opt_load_labels(p);
	x->labelmap = outer;
	x->labels_lent = true;
	return err;
}
