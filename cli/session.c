#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/jump/jump.h"
#include "cli/policy.h"
#include "cli/sys/confine.h"
#include "cli/sys/terminal.h"
#include "ct/file.h"
#include "ct/host.h"
#include "ct/netns.h"
#include "ct/proc.h"
#include "ct/route.h"
#include "ct/tracking.h"
#include "fmt/format.h"

/* Output up to this size stayed in the classic tool's buffer until all was done. */
#define SHORT_OUTPUT 4096

/* True when output and messages go to the same pipe or file. */
static bool shares_output(void)
{
	struct ct_inode out, err;

	return WITH_HELP && ct_inode(STDOUT_FILENO, &out) && ct_inode(STDERR_FILENO, &err) &&
	       out.number == err.number && out.device == err.device && !isatty(STDOUT_FILENO);
}

/* True when callers look for the summary in the first line: output that shares its pipe or file
 * with messages is short, and no document. */
static bool summary_first(const struct session *s)
{
	return s->shared && !s->about.line && !s->screen && !s->fmt.begun && !s->out->written &&
	       s->out->p - s->out->buf <= SHORT_OUTPUT;
}

int session_finish(struct session *s)
{
	if (s->fmt.ops->end && !s->many)
		s->fmt.ops->end(&s->fmt);
	return !summary_first(s) && out_flush(s->out) ? EXIT_REFUSED : 0;
}

static bool is_set(const char *value)
{
	return value && *value;
}

/* True when text may have colours (https://no-color.org), which programs that read a terminal would
 * not understand: without being asked for there are none. */
static bool colored(const struct session *s)
{
	const char *when = getenv("CONNTRACK_COLOR");
	bool wanted = s->cmd->color == COLOR_AUTO ||
		      (s->cmd->color == COLOR_UNSET && when && !strcmp(when, "auto"));

	return s->cmd->color == COLOR_ALWAYS ||
	       (wanted && !is_set(getenv("NO_COLOR")) && terminal_drawable(s->out->fd));
}

void session_format(struct session *s)
{
	const struct cmd *c = s->cmd;

	s->fmt = (struct fmt){
		.out = s->out,
		.ops = c->format,
		.flags = c->fmt_flags | (colored(s) ? FMT_COLOR : 0) |
			 (c->verb & (V_EVENT | V_CHECK) ? FMT_LINES : 0) |
			 (c->many ? FMT_NETNS : 0) |
			 (c->fmt_flags & FMT_SHORT && isatty(s->out->fd) ? FMT_ALIGNED : 0),
		.labels = c->labels,
		.netns = c->netns,
		.template = c->template,
		.deleting = c->verb == V_DELETE,
		.bare = c->verb & (V_DELETE | V_UPDATE),
	};
	if (!(s->fmt.flags & (FMT_TIMESTAMP | FMT_KTIMESTAMP)) && !s->view)
		return;
	if (!s->lookups->has_zone)
		zone_load(&s->lookups->zone); /* reads a file, which later is not allowed */
	s->lookups->has_zone = true;
	s->fmt.zone = &s->lookups->zone;
}

void session_command(struct session *s, const struct cmd *c)
{
	s->cmd = c;
	s->about.verb = (uint16_t)c->verb;
	s->about.table = (uint8_t)c->table;
	s->quiet = c->quiet;
	s->dry_run = c->dry_run;
	s->carry_on = c->carry_on;
	s->limit = c->limit;
}

int session_open(struct session *s)
{
	int err = ct_open(s->ct);

	s->ct->no_pushdown = getenv("CONNTRACK_NO_PUSHDOWN") != NULL;
	return err;
}

static int8_t read_switch(const char *name)
{
	uint64_t v;

	return ct_proc_sysctl(name, &v) ? v != 0 : -1;
}

/* Reads what messages of c, or of a line that it loads, may tell. */
static void read_facts(struct lookups *l, const struct cmd *c)
{
	uint64_t counters = UINT64_C(1) << CT_F_BYTES | UINT64_C(1) << CT_F_PACKETS;

	l->acct = l->timestamp = -1;
	if (c->verb == V_LOAD || c->filter->fields & counters || c->watch || c->rounds || c->sort)
		l->acct = read_switch("acct");
	if (c->verb == V_LOAD || c->fmt_flags & FMT_KTIMESTAMP || c->sort == SORT_NEW ||
	    c->filter->fields >> CT_F_AGE & 1)
		l->timestamp = read_switch("timestamp");
	l->legacy = !WITH_HELP || !(c->verb & (V_LIST | V_EVENT)) ||
		    !ct_filter_is_empty(c->filter) || ct_has_legacy_tables();
	if (WITH_POLICY && c->filter->fields >> CT_F_IDLE & 1)
		timeouts_read(l);
}

/* Gives up what no command needs from here on. Programs that --jump exec runs may need it; help and
 * version read nothing that others write. */
static void drop_privileges(const struct cmd *c)
{
	if ((!WITH_JUMP || !c->jump || !c->jump->programs) && !(c->verb & (V_HELP | V_VERSION)))
		confine((c->verb & (V_EVENT | V_COUNT | V_STATS | V_LOAD | V_UPDATE | V_CHECK) ||
					 c->watch /* conditions that are typed may name files */
				 ? CONFINE_LOOK_UP
				 : 0) |
			(c->verb & V_EVENT && !c->jump ? CONFINE_LOOK_AROUND : 0) |
			(c->verb & V_EVENT && c->many ? CONFINE_ENTER : 0));
}

/* Closes what is of one namespace. */
static void close_session(struct session *s)
{
	struct ct_routes **routes = &s->lookups->routes;

	ct_close(s->ct);
	if (*routes)
		nl_close(&(*routes)->sock);
	free(*routes);
	*routes = NULL;
}

/* Ends a command that has run in several namespaces. Returns the exit code. */
static int finish_all(struct session *s, int code)
{
	const struct cmd *c = s->cmd;
	bool list = c->verb == V_LIST;

	s->many = false;
	s->about.netns = NULL;
	if (session_finish(s))
		return EXIT_REFUSED;
	for (unsigned expect = 0; expect < 2 && c->verb & (V_LIST | V_DELETE); expect++) {
		s->about.table = expect ? CT_TABLE_EXPECT : CT_TABLE_CONNTRACK;
		if (!c->quiet && (c->table == CT_TABLE_ALL || s->about.table == c->table))
			summary_of(&s->about, s->shown[expect], list ? "shown" : "deleted",
				   s->dry_run);
		list |= s->shown[expect] || c->none_ok;
	}
	return c->verb == V_DELETE && !list ? EXIT_REFUSED : code;
}

/* Runs in the namespaces that were asked for; in the last one all is given up that others need. */
static int run(struct session *s, int (*driver)(struct session *s))
{
	const struct cmd *c = s->cmd;
	static struct ct_netns_list l; /* lasts as long as the process */
	const char *why;
	int err = c->netns ? ct_netns_list(&l, c->netns, &why) : 0, code = 0;
	const unsigned n = c->netns ? l.n : 1; /* -E adds others while it runs in the last one */

	s->many = c->many;
	s->spaces = &l;
	for (unsigned i = 0; !err && i < n && !s->out->err; i++) {
		if (c->netns) {
			err = ct_netns_enter(l.ns[i].fd, &why);
			s->fmt.netns = l.ns[i].word;
		}
		if (err)
			break;
		s->about.netns = c->many ? s->fmt.netns : NULL;
		read_facts(s->lookups, c);
		if (i + 1 == n)
			drop_privileges(c);
		code |= driver(s);
		close_session(s);
		if (code && c->verb == V_EVENT)
			break; /* it follows all or none */
	}
	if (err) {
		warn(NULL, "--netns %s: %s", c->netns, why ? why : error_text(-err));
		return code || err == -EPERM ? EXIT_REFUSED : EXIT_USAGE;
	}
	if (WITH_NETNS && l.hidden)
		warn(NULL, "--netns: namespaces of some processes must not be seen");
	return WITH_NETNS && c->many ? finish_all(s, code ? EXIT_REFUSED : 0) : code;
}

int session(const struct cmd *c, int (*driver)(struct session *s))
{
	static struct ct_handle handle; /* large; on the stack each end would take a page */
	static struct out out;
	struct lookups lookups = {NULL};
	struct session s = {.ct = &handle, .out = &out, .lookups = &lookups};
	int code;

	handle.sock.fd = -1;
	handle.interrupted = false;
	out_init(&out, STDOUT_FILENO);
	s.shared = shares_output(); /* which may not be asked later */
	session_command(&s, c);
	session_format(&s);
	code = run(&s, driver);
	if (WITH_ROUTE) {
		ct_hosts_free(lookups.own);
		ct_hosts_free(lookups.neighbors);
	}
	free(lookups.policy);
	free(lookups.timeouts);
	out_flush(&out);
	if (out.err == -EPIPE)
		return EXIT_REFUSED; /* nobody reads any more: no reason to talk */
	if (out.err) {
		warn(NULL, "cannot write to standard output: %s", error_text(-out.err));
		return EXIT_REFUSED;
	}
	return code;
}
