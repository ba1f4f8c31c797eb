#include "ct/policy.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <sys/socket.h>

#include "ct/proto.h"
#include "ct/uapi.h"
#include "nl/msg.h"

#define POLICY_MSG(type) ((NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8) | (type))
#define GENERIC		 255

#define OBJECT_MSG(type) ((NFNL_SUBSYS_NFTABLES << 8) | (type))

/* The attributes of a policy: its protocols, and its values in a nest. Those of an object have
 * numbers that are less by one. */
static void decode_values(struct ct_policy *p, struct nl_iter it, bool object)
{
	struct nl_iter values;
	struct nl_attr a, v;

	while (nl_next(&it, &a)) {
		switch (a.type + object) {
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
}

/* Decodes a policy's message. False when it is no policy, or has no name. */
static bool decode(struct ct_policy *p, const struct nlmsghdr *h)
{
	bool object = h->nlmsg_type == OBJECT_MSG(NFT_MSG_NEWOBJ);
	struct nl_iter it = nl_attrs(h, NL_NFGEN_LEN);
	struct nl_attr a;
	struct nl_str name;
	uint32_t type;

	*p = (struct ct_policy){.name = ""};
	if (!object && h->nlmsg_type != POLICY_MSG(IPCTNL_MSG_TIMEOUT_NEW))
		return false;
	if (nl_find(it, object ? NFTA_OBJ_NAME : CTA_TIMEOUT_NAME, 1, &a)) {
		name = nl_string(&a);
		if (object && name.len >= sizeof(p->name)) /* they may be longer: it shall count */
			name.len = sizeof(p->name) - 1;
		if (name.len < sizeof(p->name))
			memcpy(p->name, name.p, name.len);
	}
	if (object && (!nl_find(it, NFTA_OBJ_TYPE, 4, &a) || !nl_be32(&a, &type) ||
		       type != NFT_OBJECT_CT_TIMEOUT || !nl_find(it, NFTA_OBJ_DATA, 0, &a)))
		return false;
	decode_values(p, object ? nl_nested(&a) : it, object);
	return p->name[0];
}

static void ask(struct ct_policies *l, struct nl_sock *s, void *buf, size_t size)
{
	uint16_t type =
		l->objects ? OBJECT_MSG(NFT_MSG_GETOBJ) : POLICY_MSG(IPCTNL_MSG_TIMEOUT_GET);
	uint32_t req[8];
	struct nl_buf b;

	nl_buf_init(&b, req, sizeof(req));
	nl_begin(&b, type, NLM_F_DUMP, ++s->seq);
	nl_put_nfgen(&b, AF_UNSPEC, NFNETLINK_V0, 0);
	nl_end(&b);
	nl_reply_begin(&l->reply, s, b.data, b.len, buf, size);
}

void ct_policy_begin(struct ct_policies *l, struct ct_handle *c)
{
	l->objects = l->any = false;
	ask(l, &c->sock, c->buf, sizeof(c->buf));
}

int ct_policy_next(struct ct_policies *l, struct ct_policy *p)
{
	struct nl_reply *r = &l->reply;
	const struct nlmsghdr *h;
	int err;

	for (;;) {
		while ((h = nl_reply_next(r)))
			if (decode(p, h))
				return l->any = true;
		err = nl_reply_receive(r);
		if (err > 0)
			continue;
		if (l->objects || (err && err != -EINVAL))
			break;
		l->err = err;
		l->objects = true;
		ask(l, r->sock, r->buf, r->size);
	}
	/* Without nf_tables, or before it had objects, it is -EINVAL. */
	return l->objects && (!err || err == -EINVAL) ? nl_fail(&r->err, l->any ? 0 : l->err) : err;
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
