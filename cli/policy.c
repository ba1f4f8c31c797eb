/* --timeout NAME: the policy of that name, or an error that says which there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/session.h"
#include "ct/policy.h"
#include "ct/proto.h"
#include "fmt/format.h"

struct finding {
	const char *name;
	struct ct_policy *found; /* its name is empty until then */
	char text[400];		 /* those that there are */
	size_t n;
};

static int one_policy(const struct ct_policy *p, void *arg)
{
	struct finding *f = arg;
	const char *proto = p->l4 == 255 ? "generic" : ct_proto(p->l4)->name;

	/* To the end in any case: a socket left in the middle of a dump is good for no other. */
	if (!strcmp(p->name, f->name))
		*f->found = *p;
	f->n += format(f->text + f->n, sizeof(f->text) - f->n, "%s%s (%s %s)", f->n ? ", " : "",
		       p->name, p->l3 == AF_INET6 ? "ipv6" : "ipv4", proto);
	return 0;
}

/* Finds the policy, or says why not. */
static int find(struct run *r)
{
	struct finding f = {.name = r->cmd->policy, .found = r->lookups->policy};
	struct ct_handle ct; /* the others may be in the middle of a batch */
	int err;

	r->lookups->policy->name[0] = 0;
	err = ct_open(&ct);
	if (!err)
		err = ct_policies(&ct, one_policy, &f);
	ct_close(&ct);
	if (!err && r->lookups->policy->name[0])
		return 0;
	if (err == -EINVAL)
		warn(r,
		     "--timeout %s: this kernel has no timeout policies: load the module "
		     "nfnetlink_cttimeout",
		     f.name);
	else if (err)
		return kernel_error(r, "look up timeout policies", err);
	else if (f.n)
		warn(r, "--timeout: there is no policy %s; there are %s", f.name, f.text);
	else
		warn(r, "--timeout: there is no policy %s, nor any other (nfct(8) makes them)",
		     f.name);
	return EXIT_USAGE;
}

/* The policy that was found last is the one that is wanted. */
static bool found(const struct run *r)
{
	return r->lookups->policy && !strcmp(r->lookups->policy->name, r->cmd->policy);
}

bool run_policy_fits(const struct run *r)
{
	struct ct_create *e = &r->cmd->create;
	struct cmd *c = r->cmd;

	if (!WITH_POLICY || !c->policy)
		return true;
	if (!found(r))
		return false;
	c->change.policy = r->lookups->policy; /* an update: by each entry's state */
	return c->verb == V_UPDATE ||
	       ct_policy_timeout(r->lookups->policy, e->orig.l3, e->orig.l4, e->change.state,
				 e->change.status, &e->change.timeout);
}

int run_policy(struct run *r)
{
	struct cmd *c = r->cmd;
	int code;

	if (run_policy_fits(r))
		return 0;
	if (!r->lookups->policy)
		r->lookups->policy = calloc(1, sizeof(*r->lookups->policy));
	if (!r->lookups->policy)
		return kernel_error(r, "look up timeout policies", -ENOMEM);
	code = found(r) ? 0 : find(r);
	if (code || run_policy_fits(r))
		return code;
	warn(r, "--timeout: the policy %s is of %s %s, not of this flow's protocol", c->policy,
	     r->lookups->policy->l3 == AF_INET6 ? "ipv6" : "ipv4",
	     r->lookups->policy->l4 == 255 ? "generic" : ct_proto(r->lookups->policy->l4)->name);
	return EXIT_USAGE;
}
