#include "ct/name.h"

#include <errno.h>
#include <string.h>

#include "ct/item.h"
#include "ct/uapi.h"

uint16_t ct_name_tuple_zone(const struct nl_attr *tuple)
{
	struct nl_attr a;
	uint16_t zone = 0;

	if (!ct_tuple_is_common(tuple) && nl_find(nl_nested(tuple), CTA_TUPLE_ZONE, 2, &a))
		nl_be16(&a, &zone);
	return zone;
}

/* The zone of both directions, 0: none. */
static uint16_t zone_of_both(const struct nlmsghdr *h)
{
	struct nl_attr a;
	uint16_t zone = 0;

	if (nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_ZONE, 2, &a))
		nl_be16(&a, &zone);
	return zone;
}

uint16_t ct_name_zone(const struct nlmsghdr *h)
{
	uint16_t zone = zone_of_both(h);
	struct nl_attr orig;

	return zone || !nl_find(nl_attrs(h, NL_NFGEN_LEN), CTA_TUPLE_ORIG, 0, &orig)
		       ? zone
		       : ct_name_tuple_zone(&orig);
}

/* Puts a tuple in a zone of the direction that type says, whatever its zone was: of two attributes
 * of one type the last one counts. */
static bool put_tuple(struct nl_buf *b, uint16_t type, const struct nl_attr *tuple, uint16_t zone)
{
	uint32_t nest = nl_nest(b, type);

	nl_put_raw(b, tuple->data, tuple->len);
	nl_put_be16(b, CTA_TUPLE_ZONE, zone);
	nl_nest_end(b, nest);
	return true;
}

bool ct_name_put(struct nl_buf *b, const struct nlmsghdr *h, unsigned name)
{
	uint16_t type = name >= CT_NAME_REPLY ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG, zone;
	struct nl_attr tuple;

	if (h->nlmsg_len < NLMSG_HDRLEN + NL_NFGEN_LEN ||
	    !nl_find(nl_attrs(h, NL_NFGEN_LEN), type, 1, &tuple))
		return false;
	if (name == CT_NAME_EXACT)
		return put_tuple(b, CTA_TUPLE_REPLY, &tuple, CT_ZONE_UNUSED);
	if (name == CT_NAME_ORIG_ZONE)
		return put_tuple(b, type, &tuple, ct_name_zone(h));
	zone = zone_of_both(h);
	if (name == CT_NAME_REPLY_ZONE)
		return zone ? put_tuple(b, type, &tuple, zone)
			    : put_tuple(b, CTA_TUPLE_ORIG, &tuple, CT_ZONE_UNUSED);
	nl_put(b, type | NLA_F_NESTED, tuple.data, tuple.len);
	if (zone)
		nl_put_be16(b, CTA_ZONE, zone);
	return true;
}

static void begin_get(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h)
{
	nl_begin(b, CT_MSG(IPCTNL_MSG_CT_GET), 0, seq);
	nl_put_nfgen(b, ((const struct nfgenmsg *)NLMSG_DATA(h))->nfgen_family, NFNETLINK_V0, 0);
}

/* A zone that is not this one, and that hardly anybody uses. */
static uint16_t other_zone(uint16_t zone, unsigned look)
{
	uint16_t other = (uint16_t)(CT_ZONE_UNUSED - 2 * look);

	return other == zone ? other - 1 : other;
}

int ct_name_put_mirror(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name,
		       unsigned look)
{
	uint16_t both = zone_of_both(h), type = CTA_TUPLE_REPLY, zone = other_zone(both, look);
	bool differs = both; /* from the names that come before it */
	struct nl_attr tuple;

	switch (name) {
	case CT_NAME_ORIG_ZONE:
		type = CTA_TUPLE_ORIG;
		zone = other_zone(ct_name_zone(h), look);
		differs = true;
		break;
	case CT_NAME_ORIG: /* looks at the reply direction, in the zone of both */
		zone = both;
		break;
	case CT_NAME_REPLY: /* in a zone of both, it finds what cannot be looked for */
		differs = !both;
		break;
	}
	if (!differs ||
	    !nl_find(nl_attrs(h, NL_NFGEN_LEN),
		     name >= CT_NAME_REPLY ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG, 1, &tuple))
		return -EINVAL;
	begin_get(b, seq, h);
	put_tuple(b, type, &tuple, zone);
	return nl_end(b);
}

/* Puts a request for the entry of that name. */
static int put_get(struct nl_buf *b, uint32_t seq, const struct nlmsghdr *h, unsigned name)
{
	begin_get(b, seq, h);
	if (ct_name_put(b, h, name))
		return nl_end(b);
	nl_abort(b);
	return -EINVAL;
}

/* Sends the one request that was put with the result put. True when it finds h itself. Its error
 * goes to *err. */
static bool finds(struct nl_batch *b, int put, void *in, size_t size, const struct nlmsghdr *h,
		  struct nl_err *err)
{
	uint32_t found[NL_BATCH_ROOM / 4];

	return !nl_batch_single(b, put, in, size, found, err) && found[0] &&
	       ct_same_item((const struct nlmsghdr *)found, h);
}

/* True when an entry has no mirror image by this name, but perhaps itself. One that a look finds by
 * the zone that it looks in is none: then another zone tells. */
static bool is_alone(struct nl_batch *b, void *in, size_t size, const struct nlmsghdr *h,
		     unsigned name, struct nl_err *err)
{
	for (unsigned look = 0; look < CT_NAME_LOOKS; look++) {
		int put = ct_name_put_mirror(&b->buf, nl_batch_seq(b), h, name, look);

		if (finds(b, put, in, size, h, err) || err->err == -ENOENT)
			return true;
		if (err->err)
			return false;
	}
	return false;
}

int ct_name_find(struct nl_batch *b, void *in, size_t size, const struct nlmsghdr *h, uint8_t *name,
		 struct nl_err *err)
{
	for (*name = CT_NAME_ORIG_ZONE; *name < CT_NAMES; ++*name) {
		if (is_alone(b, in, size, h, *name, err)) {
			int put = put_get(&b->buf, nl_batch_seq(b), h, *name);

			if (finds(b, put, in, size, h, err) || err->err)
				return err->err;
		} else if (err->err && err->err != -EINVAL) {
			return err->err;
		}
	}
	return nl_fail(err, -ENOTUNIQ);
}
