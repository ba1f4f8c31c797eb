/* Deletes the flows from an IPv4 address, those there are and those to come: follow ADDRESS */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "ct/apply.h"
#include "ct/entry.h"
#include "ct/event.h"
#include "ct/item.h"

/* Tells of an entry that has been deleted. */
static void deleted(const struct nlmsghdr *h, void *arg)
{
	char dst[INET6_ADDRSTRLEN];
	struct ct_entry e;

	(void)arg;
	if (ct_entry_decode(&e, h))
		return;
	inet_ntop(e.orig.l3, e.orig.dst.b, dst, sizeof(dst));
	printf("deleted: protocol %u to %s, port %u\n", e.orig.l4, dst, e.orig.dport);
}

/* Deletes the flows that are reported as new. Returns as ct_events_receive(). */
static int delete_reported(struct ct_events *e, struct ct_apply *a)
{
	static struct ct_datagrams d;
	int n = ct_events_receive(e, &d);

	for (int i = 0; i < n; i++)
		for (const struct nlmsghdr *h = NULL; (h = nl_msg_next(d.buf[i], d.len[i], h));)
			if (ct_event_kind(h) == CT_EV_NEW && ct_match(a->filter, h))
				ct_apply_add(a, h);
	ct_apply_flush(a);
	return n;
}

int main(int argc, char **argv)
{
	static struct ct_cond from; /* zeroed, as all of these */
	static struct ct_filter f;
	static struct ct_handle table;
	static struct ct_events events;
	static struct ct_apply apply;
	struct nl_err err;
	int n;

	from.field = CT_F_ORIG_SRC;
	from.net.l3 = AF_INET;
	memset(from.net.mask.b, 0xff, 4);
	if (argc != 2 || inet_pton(AF_INET, argv[1], from.net.addr.b) != 1) {
		fprintf(stderr, "usage: follow ADDRESS\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	apply.action = CT_DELETE;
	apply.filter = &f;
	apply.changed = deleted;
	if (!nl_fail(&err, ct_filter_add(&f, &from)) && !nl_fail(&err, ct_filter_compile(&f)) &&
	    !nl_fail(&err, ct_open(&table)) && !nl_fail(&err, ct_apply_open(&apply)))
		nl_fail(&err, ct_events_open(&events, CT_EV_NEW, 1 << 20, false, &f));

	/* Flows from before, and those whose events were lost, are found by a list. */
	for (events.overrun = true; !err.err; err = err.err ? err : apply.error) {
		struct pollfd p = {events.sock.fd, POLLIN, 0};

		if (!events.overrun)
			poll(&p, 1, -1);
		else
			ct_apply_table(&apply, &table, CT_TABLE_CONNTRACK, NULL, &err);
		events.overrun = false;
		while ((n = delete_reported(&events, &apply)) > 0)
			;
		if (n)
			nl_fail(&err, n);
	}
	fprintf(stderr, "follow: %s %s\n", strerror(-err.err), err.text);
	return 1;
}
