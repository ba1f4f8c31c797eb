/* Refuses options that a command does not take, or that do not go together. */
#include <sys/socket.h>

#include "cli/opt/opt.h"
#include "ct/event.h"
#include "ct/netns.h"
#include "ct/proto.h"
#include "ct/with.h"
#include "fmt/format.h"

/* True when an option stands at an earlier place, too. */
static bool stands_before(const struct parser *p, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (p->tokens[k].opt == p->tokens[i].opt)
			return true;
	return false;
}

/* A timeout where entries are selected. Saved deletions have one, to be made creations. */
static int check_timeout(struct parser *p, const struct token *t)
{
	if (t->arg && *t->arg > '9')
		return token_error(p, t,
				   "no kernel tells by which policy an entry got its timeout");
	if (p->context->in_file && p->cmd->verb == V_DELETE)
		return 0;
	return token_error(p, t, "selects no entries: --expires does, by the time left");
}

int check_legal(struct parser *p)
{
	const struct cmd *c = p->cmd;

	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->tokens[i];
		const struct option *o = t->opt;
		bool ct = c->table != CT_TABLE_EXPECT, exp = c->table == CT_TABLE_EXPECT;
		bool ignored = o->parse == opt_timeout &&
			       c->verb & (V_LIST | V_DELETE | V_EVENT | V_COUNT);

		if ((WITH_LOAD || WITH_WATCH) && p->context->conditions && o->group != GROUP_SELECT)
			return token_error(p, t, "only conditions go here");
		if (o->verb)
			continue;
		if (ignored && check_timeout(p, t))
			return EXIT_USAGE;
		exp |= c->table == CT_TABLE_ALL;
		if (c->verb == V_FLUSH && o->group == GROUP_SELECT && o->field != CT_F_FAMILY &&
		    o->field != CT_F_MARK)
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
		if (t->negate &&
		    (c->verb == V_FLUSH || o->group != GROUP_SELECT || o->set & c->verb ||
		     (o->arg == ARG_NONE && o->field != CT_F_LOCAL) ||
		     o->field == CT_SPEC_MASK_SRC || o->field == CT_SPEC_MASK_DST))
			return token_error(p, t, "cannot be negated here");
		if (o->once && stands_before(p, i))
			return token_error(p, t, "is given twice");
	}
	return 0;
}

/* Options of a protocol's own beside another protocol. */
int check_protocol(struct parser *p)
{
	for (unsigned i = 0; p->proto && i < p->ntokens; i++) {
		const struct token *t = &p->tokens[i];

		if (t->negate)
			continue; /* what the protocol lacks is not what is negated: true */
		if ((t->opt->keys && t->opt->keys != p->proto->keys &&
		     (t->opt->keys != CT_KEYS_ICMP || p->proto->keys != CT_KEYS_ICMPV6)) ||
		    (t->opt->info && t->opt->info != p->proto->info))
			return token_error(p, t, "does not go with -p %s", p->proto->name);
	}
	return 0;
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

/* Several namespaces are gone through one by one, but for events, and each line tells its own. */
static int check_many(struct parser *p)
{
	/* These depend on a namespace's interfaces, addresses, neighbours and policies. */
	static const uint8_t its_own[] = {CT_F_IN,	 CT_F_OUT,  CT_F_MAC,
					  CT_F_NAT_GONE, CT_F_IDLE, CT_F_LOCAL};
	const struct cmd *c = p->cmd;
	bool change = c->verb & (V_DELETE | V_FLUSH), refused = false;

	for (unsigned i = 0; c->verb == V_EVENT && i < sizeof(its_own); i++)
		refused |= selects_by(p, its_own[i]);
	if (!(c->verb & (V_LIST | V_COUNT | V_STATS | V_DELETE | V_FLUSH | V_CHECK | V_EVENT)) ||
	    !(c->format->is & FMT_TELLS_NETNS) || c->watch || c->jump || c->group.n || c->sort ||
	    refused)
		return parse_error(p, "this does not go with several namespaces");
	if (change && !c->yes && !c->dry_run && !strcmp(c->netns, CT_NETNS_ALL))
		return parse_error(p, "-n all: -D and -F want --yes or --dry-run");
	return 0;
}

/* Rounds of --watch for programs are those of the events' stream, with the ends between them. */
static void watch_by_events(struct cmd *c)
{
	if (!WITH_EVENT || !c->watch || c->verb != V_LIST || c->table != CT_TABLE_CONNTRACK ||
	    !(c->format->is & FMT_TELLS_DELTA) || c->group.n || c->sort || c->jump || c->zero)
		return;
	c->verb = V_EVENT;
	c->events = CT_EV_DESTROY;
	c->sync = true;
	c->rounds = c->watch;
	c->watch = 0;
}

int check_together(struct parser *p)
{
	const struct cmd *c = p->cmd;
	bool grouped = c->group.n;

	watch_by_events(p->cmd);
	if (selects_by(p, CT_F_ANY_NAT) &&
	    (selects_by(p, CT_F_SRC_NAT) || selects_by(p, CT_F_DST_NAT)))
		return parse_error(p, "--any-nat does not go with --src-nat or --dst-nat");
	if (WITH_NETNS && c->many && check_many(p))
		return EXIT_USAGE;
	if (WITH_ROUTE && p->keeps && !selects_by(p, CT_F_NAT_GONE))
		return parse_error(p, "--keep goes with --nat-gone");
	if (!c->format->entry && c->verb & V_PRINT && !grouped)
		return parse_error(p, "-o %s is for -S, -C and --group", c->format->name);
	if (c->verb == V_EVENT && grouped != (c->every != 0))
		return parse_error(p, "-E takes --group and --every together");
	if (c->every && (c->sync || c->on_loss == LOSS_RESYNC))
		return parse_error(p, "--every counts events: without --sync and resync");
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
