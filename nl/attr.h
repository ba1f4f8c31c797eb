/*
 * Netlink attributes, read where they lie.
 *
 *   | length 2 | type 2 | payload ... | pad to 4 |
 *
 * Length (header included) and type are in host order. The two top bits of the type are flags.
 * Nothing here copies or keeps a payload: what nl_next() returns points into the message and
 * lives as long as the message's buffer, that is until the next receive into it.
 */
#ifndef NL_ATTR_H
#define NL_ATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nl/endian.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One attribute: its type without flag bits, its payload and the payload's length in bytes. */
struct nl_attr {
	const uint8_t *data;
	uint32_t len;
	uint32_t type;
};

/* The attributes between p (at an attribute header) and end. */
struct nl_iter {
	const uint8_t *p;
	const uint8_t *end;
};

/* The attributes of a message behind a family header of hdrlen bytes (4 for nfnetlink). A message
 * too short for its headers has none. h->nlmsg_len must have been checked against the buffer. */
static inline struct nl_iter nl_attrs(const struct nlmsghdr *h, size_t hdrlen)
{
	const uint8_t *base = (const uint8_t *)h;
	size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(hdrlen);
	struct nl_iter it;

	if (h->nlmsg_len < skip)
		skip = h->nlmsg_len;
	it.p = base + skip;
	it.end = base + h->nlmsg_len;
	return it;
}

/* The attributes nested in a. */
static inline struct nl_iter nl_nested(const struct nl_attr *a)
{
	struct nl_iter it = {a->data, a->data + a->len};

	return it;
}

/* Steps to the next attribute. False at the end, and at the first attribute that claims less than
 * a header or more than what is left: what follows such an attribute cannot be trusted. */
static inline bool nl_next(struct nl_iter *it, struct nl_attr *a)
{
	struct nlattr head;
	/* Behind a header; below 0 where there is none, or the last one lacked its padding. */
	ptrdiff_t left = it->end - it->p - (ptrdiff_t)sizeof(head);
	uint32_t len;

	if (left < 0)
		return false;
	memcpy(&head, it->p, sizeof(head));
	len = head.nla_len - (uint32_t)sizeof(head); /* a length below a header's becomes huge */
	if (len > (size_t)left)
		return false;
	a->data = it->p + sizeof(head);
	a->len = len;
	a->type = head.nla_type & NLA_TYPE_MASK;
	it->p += NLA_ALIGN(head.nla_len);
	return true;
}

/* 0 when the four bytes at p are the header of an attribute of this length (header included) and
 * type, flags and all. For attributes whose layout is known: the values of all their headers, put
 * together by |, are compared at once. */
static inline uint32_t nl_head_differs(const uint8_t *p, uint16_t len, uint16_t type)
{
	const struct nlattr head = {len, type};
	uint32_t is, want;

	memcpy(&is, p, sizeof(is));
	memcpy(&want, &head, sizeof(want));
	return is ^ want;
}

/* Finds the first attribute of this type with a payload of at least minlen bytes. Shorter ones are
 * passed over: kernels without unaligned access send empty pads whose numbers collide. */
bool nl_find(struct nl_iter it, uint16_t type, uint16_t minlen, struct nl_attr *a);

/* The same, for the hot path. */
static inline bool nl_find_inline(struct nl_iter it, uint32_t type, uint32_t minlen,
				  struct nl_attr *a)
{
	while (nl_next(&it, a))
		if (a->type == type && a->len >= minlen)
			return true;
	return false;
}

/* Typed getters: the value in host order, at any alignment. False, and *v untouched, when the
 * payload is too short; a longer one is read as the kernel reads it, by its first bytes. */
static inline bool nl_u8(const struct nl_attr *a, uint8_t *v)
{
	if (a->len < sizeof(*v))
		return false;
	*v = a->data[0];
	return true;
}

static inline bool nl_be16(const struct nl_attr *a, uint16_t *v)
{
	if (a->len < sizeof(*v))
		return false;
	*v = nl_get_be16(a->data);
	return true;
}

static inline bool nl_be32(const struct nl_attr *a, uint32_t *v)
{
	if (a->len < sizeof(*v))
		return false;
	*v = nl_get_be32(a->data);
	return true;
}

static inline bool nl_be64(const struct nl_attr *a, uint64_t *v)
{
	if (a->len < sizeof(*v))
		return false;
	*v = nl_get_be64(a->data);
	return true;
}

/* A string inside a message: not terminated, valid as long as the message's buffer. */
struct nl_str {
	const char *p;
	uint32_t len;
};

/* The attribute as a string, cut at its first NUL or at its end. */
static inline struct nl_str nl_string(const struct nl_attr *a)
{
	const void *nul = memchr(a->data, 0, a->len);
	struct nl_str s = {(const char *)a->data, a->len};

	if (nul)
		s.len = (uint32_t)((const char *)nul - s.p);
	return s;
}

#ifdef __cplusplus
}
#endif

#endif
