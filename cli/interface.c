/* --in and --out: names of interfaces, and what they need before a command runs. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/take.h"
#include "ct/route.h"
#include "fmt/print.h"

#define FIELDS (UINT64_C(1) << CT_F_IN | UINT64_C(1) << CT_F_OUT)

/* Names as the kernel takes them (dev_valid_name()), with a + that means any end. */
static bool interface_name(str s)
{
	if (!s.len || s.len >= IF_NAMESIZE || (s.len < 3 && !memcmp(s.p, "..", s.len)))
		return false;
	for (uint32_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || strchr("/:", s.p[i]))
			return false;
	return true;
}

/* In another network namespace, interfaces can only be looked for once we are there. */
static bool in_netns(const struct parser *p)
{
	for (unsigned i = 0; i < p->ntokens; i++) {
		const struct token *t = &p->kept->tokens[i];

		if (t->opt->parse == take_netns ||
		    (t->word[1] == 'n' && t->arg && !fits_net(p, t->arg)))
			return true;
	}
	return false;
}

/* Whether there is such an interface here; one that ends in + there may be. */
static bool exists(str name)
{
	char text[IF_NAMESIZE];

	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	return text[name.len - 1] == '+' || if_nametoindex(text);
}

bool fits_interface(const struct parser *p, const char *arg)
{
	str rest = {arg, arg ? (uint32_t)strlen(arg) : 0}, piece;

	while (next_piece(&rest, ',', &piece))
		if (!interface_name(piece) || !(exists(piece) || in_netns(p)))
			return false;
	return arg;
}

static int one_interface(struct parser *p, const struct token *t, str piece)
{
	struct ct_cond c = {.field = (uint8_t)t->opt->field, .name = piece};

	if (!interface_name(piece))
		return bad_piece(p, t, piece, "the name of an interface");
	return take_cond(p, t, &c);
}

int take_interface(struct parser *p, const struct token *t)
{
	return each_piece(p, t, one_interface);
}

/* A misspelt name would match nothing, and its negation everything. */
static int check_name(const struct run *r, str name)
{
	bool follow = r->cmd->verb == V_EVENT;

	if (exists(name))
		return 0;
	complain(r, "there is no interface %.*s%s", (int)name.len, name.p,
		 follow ? ", so far" : "");
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
		complain(r, "cannot look up routes: %s", error_text(-err));
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
	complain(r, "cannot look up a route, entries were passed over: %s",
		 error_text(-routes->err));
	return EXIT_REFUSED;
}
