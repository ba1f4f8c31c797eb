#include "cli/interface.h"

#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt/opt.h"
#include "ct/host.h"
#include "ct/route.h"
#include "ct/text.h"
#include "fmt/format.h"
#include "nl/route.h"

#define FIELDS (UINT64_C(1) << CT_F_IN | UINT64_C(1) << CT_F_OUT)

/* True when there is such an interface here; one whose name ends in + there may be. */
static bool interface_exists(struct nl_str name)
{
	char text[IF_NAMESIZE];
	struct nl_sock sock;
	bool exists;

	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	if (text[name.len - 1] == '+' || nl_open(&sock, NETLINK_ROUTE))
		return true;
	exists = nl_interface_index(&sock, text) > 0;
	nl_close(&sock);
	return exists;
}

/* A misspelt name would match nothing, and its negation everything. A misspelt format behind -o is
 * read as a name, too. */
static int check_name(const struct session *s, const struct ct_cond *c)
{
	bool follow = s->cmd->verb == V_EVENT, named = false;
	bool format_meant = c->field == CT_F_OUT && s->cmd->out_by_letter;
	const char *rest = "", *word;
	char formats[200];

	if (interface_exists(c->name) || s->lenient)
		return 0;
	word_list(formats, sizeof(formats), word_output, NULL);
	for (size_t i = 0; c->field == CT_F_OUT && (word = word_output(NULL, i)); i++)
		named |= ct_str_is(c->name, word);
	if (follow)
		rest = TEXT(" yet: its flows will match once it exists");
	else if (named && !format_meant)
		rest = ": --output has formats";
	if (format_meant)
		warn(&s->about, "-o: there is neither a format (%s) nor an interface %.*s%s",
		     formats, (int)c->name.len, c->name.p, rest);
	else
		warn(&s->about, "there is no interface %.*s%s", (int)c->name.len, c->name.p, rest);
	return follow ? 0 : EXIT_USAGE;
}

/* A name behind -o that is a format cut short, and an interface as well, could mean either. */
static int check_format(const struct session *s)
{
	const struct nl_str *name = &s->cmd->short_format;

	if (!name->len || !interface_exists(*name))
		return 0;
	warn(&s->about,
	     "-o %.*s is an interface (--out) and a format cut short (--output): say which",
	     (int)name->len, name->p);
	return EXIT_USAGE;
}

static bool groups_by(const struct session *s, uint8_t field)
{
	const struct group_spec *g = &s->cmd->group;

	for (unsigned i = 0; i < g->n; i++)
		if (g->field[i] == field)
			return true;
	return false;
}

/* Reads addresses into *hosts where a condition needs them: without any, everything would be to
 * others. Returns 0 or the exit code, the reason told. */
static int read_hosts(struct session *s, bool neighbors, struct ct_hosts **hosts)
{
	const uint64_t own = UINT64_C(1) << CT_F_NAT_GONE | UINT64_C(1) << CT_F_LOCAL;
	int err = -ENOMEM;

	if (!WITH_ROUTE || (!(s->filter.fields & (neighbors ? UINT64_C(1) << CT_F_MAC : own)) &&
			    !(neighbors && groups_by(s, GROUP_MAC))))
		return 0;
	if (!*hosts)
		*hosts = calloc(1, sizeof(**hosts));
	if (*hosts)
		err = ct_hosts_read(*hosts, neighbors);
	if (!err)
		return 0;
	warn(&s->about, "cannot read the %s: %s",
	     neighbors ? "neighbour table" : "addresses of this host", error_text(-err));
	return EXIT_REFUSED;
}

int interfaces_renew(struct session *s)
{
	struct lookups *l = s->lookups;
	int err;

	if (WITH_ROUTE && s->filter.routes)
		ct_routes_forget(s->filter.routes);
	err = read_hosts(s, false, &l->own);
	if (!err)
		err = read_hosts(s, true, &l->neighbors);
	s->filter.own = l->own;
	s->filter.neighbors = l->neighbors;
	return err;
}

int interfaces_begin(struct session *s)
{
	struct ct_filter *f = &s->filter;
	int err = WITH_ROUTE ? check_format(s) : 0;

	*f = *s->cmd->filter;
	f->routes = NULL;
	if (!err)
		err = interfaces_renew(s);
	if (err)
		return err;
	if (!WITH_ROUTE ||
	    (!(f->fields & FIELDS) && !groups_by(s, GROUP_IN) && !groups_by(s, GROUP_OUT)))
		return 0;
	for (uint32_t i = 0; i < f->nconds; i++)
		if (f->cond[i].field == CT_F_IN || f->cond[i].field == CT_F_OUT) {
			err = check_name(s, &f->cond[i]);
			if (err)
				return err;
		}
	if (!s->lookups->routes) {
		s->lookups->routes = calloc(1, sizeof(struct ct_routes));
		err = s->lookups->routes ? ct_routes_open(s->lookups->routes) : -ENOMEM;
	}
	if (err) {
		warn(&s->about, "cannot look up routes: %s", error_text(-err));
		return EXIT_REFUSED;
	}
	ct_routes_forget(s->lookups->routes);
	s->lookups->routes->link_local = false;
	f->routes = s->lookups->routes;
	return 0;
}

int interfaces_end(const struct session *s, int code)
{
	const struct ct_routes *routes = s->filter.routes;

	if (!WITH_ROUTE || !routes)
		return code;
	if (routes->link_local && s->filter.fields & FIELDS && !s->screen)
		warn(&s->about, "--in, --out: flows of link-local addresses were passed over: the "
				"table does not tell on which link they are");
	if (!routes->err)
		return code;
	warn(&s->about, "cannot look up a route: %s; entries may be missing",
	     error_text(-routes->err));
	return EXIT_REFUSED;
}
