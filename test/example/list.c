/* Lists the TCP connections to a port: list PORT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ct/entry.h"
#include "ct/proto.h"
#include "ct/table.h"

static void show(const struct nlmsghdr *h)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	const struct ct_name *state;
	struct ct_entry e;

	if (ct_entry_decode(&e, h))
		return;
	state = e.has & CT_HAS_STATE ? ct_entry_state(&e) : NULL;
	inet_ntop(e.orig.l3, e.orig.src.b, src, sizeof(src));
	inet_ntop(e.orig.l3, e.orig.dst.b, dst, sizeof(dst));
	printf("%s %u -> %s %u %s\n", src, e.orig.sport, dst, e.orig.dport,
	       state ? state->text : "");
}

int main(int argc, char **argv)
{
	static struct ct_cond proto, port; /* zeroed; so is the filter, without a condition */
	static struct ct_filter f;
	static struct ct_handle c;
	const struct nlmsghdr *h;
	struct ct_list l;
	struct nl_err err;

	if (argc != 2)
		return 2;
	proto.field = CT_F_PROTO;
	proto.range.lo = proto.range.hi = CT_PROTO_TCP;
	port.field = CT_F_ORIG_DPORT;
	port.range.lo = port.range.hi = strtoul(argv[1], NULL, 10);
	if (!nl_fail(&err, ct_filter_add(&f, &proto)) && !nl_fail(&err, ct_filter_add(&f, &port)) &&
	    !nl_fail(&err, ct_filter_compile(&f)) && !nl_fail(&err, ct_open(&c))) {
		ct_list_begin(&l, &c, CT_TABLE_CONNTRACK, &f);
		while (ct_list_receive(&l) > 0)
			while ((h = ct_list_next(&l)))
				show(h);
		err = l.reply.err;
		ct_close(&c);
	}
	ct_filter_free(&f);
	if (err.err)
		fprintf(stderr, "list: %s %s\n", strerror(-err.err), err.text);
	else if (c.interrupted)
		fprintf(stderr, "list: the table changed meanwhile: entries may be missing\n");
	return err.err ? 1 : 0;
}
