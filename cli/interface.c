/* --in and --out: what they need before a command runs. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"
#include "ct/route.h"
#include "fmt/format.h"

#define FIELDS (UINT64_C(1) << CT_F_IN | UINT64_C(1) << CT_F_OUT)

bool interface_exists(struct nl_str name)
{
	char text[IF_NAMESIZE];

	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	return text[name.len - 1] == '+' || if_nametoindex(text);
}

/* A misspelt name would match nothing, and its negation everything. */
static int check_name(const struct run *r, struct nl_str name)
{
	bool follow = r->cmd->verb == V_EVENT;

	if (interface_exists(name))
		return 0;
	warn(r, "there is no interface %.*s%s", (int)name.len, name.p, follow ? ", so far" : "");
	return follow ? 0 : EXIT_USAGE;
}

int run_interfaces(struct run *r)
{
	struct ct_filter *f = &r->cmd->sel;
	int err = 0;

	f->routes = NULL;
	if (!WITH_ROUTE || !(f->fields & FIELDS))
		return 0;
	for (uint32_t i = 0; i < f->nconds; i++)
		if (f->cond[i].field == CT_F_IN || f->cond[i].field == CT_F_OUT) {
			err = check_name(r, f->cond[i].name);
			if (err)
				return err;
		}
	if (!r->lookups->routes) {
		r->lookups->routes = calloc(1, sizeof(struct ct_routes));
		err = r->lookups->routes ? ct_routes_open(r->lookups->routes) : -ENOMEM;
	}
	if (err) {
		warn(r, "cannot look up routes: %s", error_text(-err));
		return EXIT_REFUSED;
	}
	ct_routes_forget(r->lookups->routes);
	f->routes = r->lookups->routes;
	return 0;
}

int run_interfaces_end(struct run *r, int code)
{
	const struct ct_routes *routes = r->cmd->sel.routes;

	if (!routes || !routes->err)
		return code;
	warn(r, "cannot look up a route, entries were passed over: %s", error_text(-routes->err));
	return EXIT_REFUSED;
}
