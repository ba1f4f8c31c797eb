#include "cli/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/idle.h"
#include "ct/policy.h"
#include "ct/proto.h"
#include "fmt/format.h"

static const char *family_name(const struct ct_policy *p)
{
	return p->l3 == AF_INET6 ? "ipv6" : "ipv4";
}

static const char *proto_name(const struct ct_policy *p)
{
	return p->l4 == 255 ? "generic" : ct_proto(p->l4)->name;
}

/* Reads the policy of that name into *found, and the names of all into text. An error is in *err.
 */
static bool read_policies(const char *name, struct ct_policy *found, char *text, size_t size,
			  struct nl_err *err)
{
	struct ct_handle ct; /* the others may be in the middle of a batch */
	struct ct_policy p;
	struct ct_policies l;
	bool known = false;
	size_t n = 0;

	*text = 0;
	if (nl_fail(err, ct_open(&ct)))
		return false;
	ct_policy_begin(&l, &ct);
	while (ct_policy_next(&l, &p) > 0) {
		if (!known && !strcmp(p.name, name)) {
			*found = p;
			known = true;
		}
		n += format(text + n, size - n, "%s%s (%s %s)", n ? ", " : "", p.name,
			    family_name(&p), proto_name(&p));
	}
	*err = l.reply.err;
	ct_close(&ct);
	return known && !err->err;
}

/* Finds the policy, or tells why it cannot. */
static int find(struct session *s)
{
	struct ct_policy *found = s->lookups->policy;
	const char *name = s->cmd->policy;
	struct nl_err err;
	char text[400];

	found->name[0] = 0;
	if (read_policies(name, found, text, sizeof(text), &err))
		return 0;
	if (err.err == -EINVAL)
		warn(&s->about,
		     "--timeout %s: this kernel has no timeout policies: load the module "
		     "nfnetlink_cttimeout",
		     name);
	else if (err.err)
		return kernel_error(&s->about, "look up timeout policies", &err);
	else if (*text)
		warn(&s->about, "--timeout: there is no policy %s; this kernel has %s", name, text);
	else
		warn(&s->about,
		     "--timeout: there is no policy %s, and no other (nfct(8) and nft(8) make "
		     "them)",
		     name);
	return EXIT_USAGE;
}

/* True when the policy that was found last is the one that is wanted. */
static bool found(const struct session *s)
{
	return s->lookups->policy && !strcmp(s->lookups->policy->name, s->cmd->policy);
}

bool policy_known(const struct session *s, struct ct_create *entry, const struct ct_policy **policy)
{
	struct ct_change *c;

	*policy = NULL;
	if (!WITH_POLICY || !s->cmd->policy)
		return true;
	if (!found(s))
		return false;
	*policy = s->lookups->policy;
	if (!entry)
		return true;
	c = &entry->change;
	return ct_policy_timeout(*policy, entry->orig.l3, entry->orig.l4, c->state, c->status,
				 &c->timeout);
}

int policy_find(struct session *s, struct ct_create *entry, const struct ct_policy **policy)
{
	int code;

	if (policy_known(s, entry, policy))
		return 0;
	if (!s->lookups->policy)
		s->lookups->policy = calloc(1, sizeof(*s->lookups->policy));
	if (!s->lookups->policy)
		return system_error(&s->about, "look up timeout policies", -ENOMEM);
	code = found(s) ? 0 : find(s);
	if (code || policy_known(s, entry, policy))
		return code;
	warn(&s->about, "--timeout: the policy %s is for %s %s, not for this entry's protocol",
	     s->cmd->policy, family_name(s->lookups->policy), proto_name(s->lookups->policy));
	return EXIT_USAGE;
}

void timeouts_read(struct lookups *l)
{
	l->timeouts = malloc(sizeof(*l->timeouts));
	if (l->timeouts)
		ct_timeouts_read(l->timeouts);
}

int timeouts_begin(struct session *s)
{
	struct ct_policy any;
	struct nl_err err;
	char text[200];

	if (!WITH_POLICY || !(s->filter.fields >> CT_F_IDLE & 1))
		return 0;
	if (!s->lookups->timeouts)
		timeouts_read(s->lookups); /* a line of a load file */
	s->filter.timeouts = s->lookups->timeouts;
	if (!s->filter.timeouts)
		return system_error(&s->about, "read timeouts", -ENOMEM);
	read_policies("", &any, text, sizeof(text), &err);
	if (err.err && err.err != -EINVAL)
		return kernel_error(&s->about, "look up timeout policies", &err);
	if (err.err || !*text)
		return 0;
	warn(&s->about, "--idle: there are timeout policies, and entries do not tell theirs: %s",
	     text);
	return EXIT_REFUSED;
}
