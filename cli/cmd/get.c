/* -G: the one entry that has a tuple, or the expectations that match. */
#include <errno.h>

#include "cli/cmd/run.h"
#include "cli/sys/clock.h"

int run_get(struct session *s)
{
	const struct cmd *c = s->cmd;
	const struct nlmsghdr *h;
	uint64_t shown = 0;
	struct ct_list l;
	int err = session_open(s);

	if (err)
		return system_error(&s->about, "get", err);
	s->fmt.now = clock_ns(CLOCK_REALTIME);
	/* The kernel also finds an entry by the tuple of its other direction: the filter tells. */
	if (c->table == CT_TABLE_EXPECT)
		ct_list_begin(&l, s->ct, c->table, &s->filter);
	else
		ct_list_one(&l, s->ct, &c->tuple, c->tuple_reply, c->zone, &s->filter);
	while (ct_list_receive(&l) > 0)
		while ((h = ct_list_next(&l)))
			shown += !fmt_show(&s->fmt, h, NULL);
	if (!l.reply.err.err && !shown)
		nl_fail(&l.reply.err, -ENOENT);
	if (l.reply.err.err && !(l.reply.err.err == -ENOENT && c->none_ok))
		return kernel_error(&s->about, "get", &l.reply.err);
	if (session_finish(s))
		return EXIT_REFUSED;
	summary_of(&s->about, shown, "shown", false);
	return 0;
}
