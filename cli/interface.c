/* --in and --out: what they need before a command runs. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "ct/route.h"
#include "fmt/print.h"

#define FIELDS (UINT64_C(1) << CT_F_IN | UINT64_C(1) << CT_F_OUT)

/* A misspelt name would match nothing, and its negation everything. */
static int check_name(const struct run *r, const struct nl_str *name)
{
	char text[IF_NAMESIZE];

	if (name->p[name->len - 1] == '+')
		return 0;
	memcpy(text, name->p, name->len);
	text[name->len] = 0;
	if (if_nametoindex(text))
		return 0;
	complain(r, "there is no interface %s%s", text, r->cmd->verb == V_EVENT ? ", so far" : "");
	return r->cmd->verb == V_EVENT ? 0 : EXIT_USAGE;
}

int run_interfaces(struct run *r)
{
	struct ct_filter *f = &r->cmd->sel;
	int err = 0;

	f->routes = NULL;
	if (!(f->fields & FIELDS))
		return 0;
	for (uint32_t i = 0; i < f->nconds; i++)
		if (f->cond[i].field == CT_F_IN || f->cond[i].field == CT_F_OUT) {
			err = check_name(r, &f->cond[i].name);
			if (err)
				return err;
		}
	if (!*r->routes) {
		*r->routes = calloc(1, sizeof(**r->routes));
		err = *r->routes ? ct_routes_open(*r->routes) : -ENOMEM;
	}
	if (err) {
		complain(r, "cannot look up routes: %s", error_text(-err));
		return EXIT_REFUSED;
	}
	ct_routes_forget(*r->routes);
	f->routes = *r->routes;
	return 0;
}

int run_interfaces_end(struct run *r, int code)
{
	const struct ct_routes *routes = r->cmd->sel.routes;

	if (!routes || !routes->err)
		return code;
	complain(r, "cannot look up a route, entries were passed over: %s",
		 error_text(-routes->err));
	return EXIT_REFUSED;
}
