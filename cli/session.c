#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/sys/confine.h"
#include "cli/jump/jump.h"
#include "cli/sys/netns.h"
#include "ct/route.h"
#include "fmt/format.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void run_end(struct run *r)
{
	if (r->fmt.ops->end)
		r->fmt.ops->end(&r->fmt);
}

/* Whether text may have colours (https://no-color.org). */
static bool colored(const struct run *r)
{
	const char *no = getenv("NO_COLOR");

	return r->cmd->color == COLOR_ALWAYS ||
	       (r->cmd->color == COLOR_AUTO && !(no && *no) && isatty(r->out->fd));
}

void run_format(struct run *r)
{
	r->fmt = (struct fmt){
		.out = r->out,
		.ops = r->cmd->format,
		.flags = r->cmd->fmt_flags | (colored(r) ? FMT_COLOR : 0) |
			 (r->cmd->verb == V_EVENT ? FMT_LINES : 0),
		.labels = &r->cmd->labels,
		.netns = r->cmd->netns,
		.deleting = r->cmd->verb == V_DELETE,
	};
	if (!(r->fmt.flags & (FMT_TIMESTAMP | FMT_KTIMESTAMP)))
		return;
	if (!r->lookups->has_zone)
		zone_load(&r->lookups->zone); /* reads a file, which later is not allowed */
	r->lookups->has_zone = true;
	r->fmt.zone = &r->lookups->zone;
}

void run_confine(struct run *r)
{
	if (WITH_JUMP && r->cmd->jump == &jump_exec)
		return;
	confine(r->cmd->verb & (V_EVENT | V_COUNT | V_STATS | V_LOAD));
}

int run_open(struct run *r)
{
	int err = ct_open(r->ct);

	run_confine(r);
	r->ct->no_pushdown = getenv("CONNTRACK_NO_PUSHDOWN") != NULL;
	return err;
}

int session(struct cmd *c, int (*driver)(struct run *r))
{
	struct ct_handle handle;
	struct out out;
	struct lookups lookups = {NULL};
	struct run r = {.cmd = c, .ct = &handle, .out = &out, .lookups = &lookups};
	const char *why;
	int code, err;

	handle.sock.fd = -1;
	handle.sock.text[0] = 0;
	handle.sock.intr = false;
	out_init(&out, STDOUT_FILENO);
	run_format(&r);
	err = c->netns ? netns_enter(c->netns, &why) : 0;
	if (err)
		warn(NULL, "--netns %s: %s", c->netns, why);
	code = !err ? driver(&r) : err == -EPERM ? EXIT_REFUSED : EXIT_USAGE;
	ct_close(&handle);
	if (lookups.routes)
		nl_close(&lookups.routes->sock);
	free(lookups.routes);
	free(lookups.policy);
	out_flush(&out);
	if (out.err == -EPIPE)
		return EXIT_REFUSED; /* nobody reads any more: no reason to talk */
	if (out.err) {
		warn(NULL, "standard output: %s", error_text(-out.err));
		return EXIT_REFUSED;
	}
	return code;
}
