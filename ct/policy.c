#include "ct/policy.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "ct/uapi.h"
#include "nl/msg.h"

#define POLICY_MSG(type) ((NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8) | (type))
#define GENERIC		 255

/* Decodes a policy's message. False when it has no name. */
static bool decode(struct ct_policy *p, const struct nlmsghdr *h)
{
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN), values;
	struct nl_attr a, v;
	struct nl_str s;

	*p = (struct ct_policy){.name = ""};
	while (nl_next(&it, &a)) {
		switch (a.type) {
		case CTA_TIMEOUT_NAME:
			s = nl_string(&a);
			if (s.len < sizeof(p->name))
				memcpy(p->name, s.p, s.len);
			break;
		case CTA_TIMEOUT_L3PROTO:
			nl_be16(&a, &p->l3);
			break;
		case CTA_TIMEOUT_L4PROTO:
			nl_u8(&a, &p->l4);
			break;
		case CTA_TIMEOUT_DATA:
			for (values = nl_nested(&a); nl_next(&values, &v);)
				if (v.type < CT_POLICY_VALUES && nl_be32(&v, &p->value[v.type]))
					p->has |= 1u << v.type;
			break;
		}
	}
	return p->name[0];
}

void ct_policy_begin(struct nl_reply *r, struct ct_handle *c)
{
	uint32_t req[8];
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	nl_begin(&b, POLICY_MSG(IPCTNL_MSG_TIMEOUT_GET), NLM_F_DUMP, ++c->sock.seq);
	nl_put_nfgen(&b, AF_UNSPEC, NFNETLINK_V0, 0);
	nl_end(&b);
	nl_reply_begin(r, &c->sock, b.data, b.len, c->buf, sizeof(c->buf));
}

int ct_policy_next(struct nl_reply *r, struct ct_policy *p)
{
	const struct nlmsghdr *h;
	int err;

	do {
		while ((h = nl_reply_next(r)))
			if (h->nlmsg_type == POLICY_MSG(IPCTNL_MSG_TIMEOUT_NEW) && decode(p, h))
				return 1;
		err = nl_reply_receive(r);
	} while (err > 0);
	return err;
}

/* The number of the attribute: the state where there are states, else 1, or 2 once replies have
 * been seen. */
static unsigned slot(const struct ct_policy *p, uint8_t l4, uint8_t state, uint32_t status)
{
	if (ct_proto(l4)->nstates)
		return state ? state : 1;
	return status & IPS_SEEN_REPLY && p->has & 1u << 2 ? 2 : 1;
}

bool ct_policy_timeout(const struct ct_policy *p, uint8_t l3, uint8_t l4, uint8_t state,
		       uint32_t status, uint32_t *seconds)
{
	uint8_t own = ct_proto(l4)->keys == CT_KEYS_NONE ? GENERIC : l4;
	unsigned n = slot(p, l4, state, status);

	if (p->l4 != own || ((p->l3 == AF_INET || p->l3 == AF_INET6) && p->l3 != l3) ||
	    n >= CT_POLICY_VALUES || !(p->has & 1u << n))
		return false;
	*seconds = p->value[n];
	return true;
}
