/* -I, -A: create. */
#include "cli/cmd/create.h"

#include <errno.h>

#include "cli/cmd/run.h"
#include "cli/policy.h"
#include "ct/item.h"
#include "ct/with.h"

static void failed(const struct ct_creation *item, const struct nlmsghdr *request,
		   const struct nl_err *err, void *arg)
{
	struct creations *c = arg;
	struct subject about = {
		.verb = item->update ? V_ADD : V_CREATE,
		.table = ct_is_expect(request) ? CT_TABLE_EXPECT : CT_TABLE_CONNTRACK,
		.file = c->session->about.file,
		.line = item->tag,
	};
	struct nl_str helper = ct_helper_of(request);

	if (WITH_LOAD && c->replica)
		ct_replica_refused(c->replica, request);
	if (err->err == -EOPNOTSUPP && helper.len)
		refuse(&about,
		       "the kernel has no helper %.*s for this protocol (load the module "
		       "nf_conntrack_%.*s), or the entry exists without it (cannot create)",
		       (int)helper.len, helper.p, (int)helper.len, helper.p);
	else
		kernel_error(&about, "create", err);
}

static void fixed(const struct ct_creation *item, const struct nlmsghdr *request, void *arg)
{
	struct creations *c = arg;
	struct subject about = {.verb = V_ADD, .file = c->session->about.file, .line = item->tag};

	(void)request;
	warn(&about, "the entry exists, its timeout is fixed: all but that is as asked for");
}

int creations_open(struct creations *c, struct session *s)
{
	int err;

	c->session = s;
	c->replica = NULL;
	c->creator.carry_on = s->carry_on;
	c->creator.failed = failed;
	c->creator.fixed = fixed;
	c->creator.arg = c;
	err = ct_creator_open(&c->creator);
	return err ? system_error(&s->about, "create", err) : 0;
}

int creations_flush(struct creations *c)
{
	return ct_creator_flush(&c->creator) ? EXIT_REFUSED : 0;
}

static int add_entry(struct creations *c, struct session *s)
{
	const struct ct_create *entry = &s->cmd->create;
	const struct ct_policy *policy;
	struct ct_create timed;
	int code;

	if (s->cmd->policy) {
		timed = *entry;
		entry = &timed;
		/* Messages about the lines before this one come first. */
		code = policy_known(s, &timed, &policy) ? 0 : creations_flush(c);
		if (!code)
			code = policy_find(s, &timed, &policy);
		if (code)
			return code;
	}
	return ct_creator_add(&c->creator, entry, s->cmd->verb == V_ADD, s->about.line);
}

int creations_add(struct creations *c, struct session *s)
{
	int err = s->cmd->table == CT_TABLE_EXPECT
			  ? ct_creator_add_expect(&c->creator, &s->cmd->expect, c->replica,
						  s->about.line)
			  : add_entry(c, s);

	if (err == -ECANCELED)
		return EXIT_REFUSED; /* an earlier one has failed, and been told of */
	return err < 0 ? system_error(&s->about, "create", err) : err;
}

void creations_close(struct creations *c)
{
	ct_creator_close(&c->creator);
}

/* The reply that NAT makes, as far as it was asked for. */
static void translate(struct ct_create *c)
{
	for (unsigned dst = 0; dst < 2; dst++) {
		const struct ct_net *to = &c->nat[dst];

		if (!c->has_nat[dst])
			continue;
		if (to->l3)
			*(dst ? &c->reply.src : &c->reply.dst) = to->addr;
		if (to->has_port && c->reply.has & CT_T_ICMP_ID)
			c->reply.icmp_id = to->port;
		else if (to->has_port)
			*(dst ? &c->reply.sport : &c->reply.dport) = to->port;
	}
}

int creation_show(struct session *s)
{
	struct ct_create entry = s->cmd->create;
	const struct fmt_event made = {.kind = FMT_NEW};
	const struct ct_policy *policy;
	uint32_t request[NL_BATCH_ROOM / 4];
	struct nl_buf b;
	int err, code = policy_find(s, &entry, &policy);

	if (code)
		return code;
	translate(&entry);
	nl_buf_init(&b, (void *)request, sizeof(request));
	err = s->cmd->table == CT_TABLE_EXPECT ? ct_encode_create_expect(&b, 0, &s->cmd->expect)
					       : ct_encode_create(&b, 0, &entry);
	if (err)
		return system_error(&s->about, "create", err);
	session_format(s);
	if (!s->quiet)
		fmt_show(&s->fmt, (const struct nlmsghdr *)request, &made);
	return 0;
}

int run_create(struct session *s)
{
	struct creations c;
	int code = creations_open(&c, s);

	if (code)
		return code;
	code = creations_add(&c, s);
	if (!code)
		code = creations_flush(&c);
	creations_close(&c);
	if (!code && !s->quiet)
		summary_of(&s->about, c.creator.done, s->cmd->verb == V_ADD ? "added" : "created",
			   false);
	return code;
}
