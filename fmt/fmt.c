#include "fmt/fmt.h"

#include <linux/netfilter/nfnetlink.h>

int fmt_show(struct fmt *f, const struct nlmsghdr *h, const struct fmt_event *ev)
{
	struct ct_expect x;
	struct ct_entry e;
	int err;

	if (NFNL_SUBSYS_ID(h->nlmsg_type) == NFNL_SUBSYS_CTNETLINK_EXP) {
		err = ct_expect_decode(&x, h);
		if (!err)
			f->ops->expect(f, &x, ev);
	} else {
		err = ct_entry_decode(&e, h);
		if (!err)
			f->ops->entry(f, &e, ev);
	}
	return err;
}
