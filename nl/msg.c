#include "nl/msg.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>

void nl_buf_init(struct nl_buf *b, void *storage, uint32_t size)
{
	*b = (struct nl_buf){.data = storage, .size = size};
}

/* Room for len bytes and their padding, which is zeroed; NULL once the buffer has overflown. */
static inline void *reserve(struct nl_buf *b, uint32_t len)
{
	uint32_t aligned = NLMSG_ALIGN(len);
	uint8_t *p = b->data + b->len;

	if (b->err || aligned < len || aligned > b->size - b->len) {
		b->err = -EMSGSIZE;
		return NULL;
	}
	if (aligned > len)
		memset(p + aligned - NLMSG_ALIGNTO, 0, NLMSG_ALIGNTO);
	b->len += aligned;
	return p;
}

/* Copies whole words, as most attributes have them, one by one. */
static inline void copy(uint8_t *to, const uint8_t *from, uint32_t len)
{
	for (; len >= 4; len -= 4, to += 4, from += 4)
		memcpy(to, from, 4);
	for (; len; len--)
		*to++ = *from++;
}

/* Puts a header, whose size the compiler knows. */
static inline void put_header(struct nl_buf *b, const void *head, uint32_t len)
{
	void *p = reserve(b, len);

	if (p)
		memcpy(p, head, len);
}

void *nl_begin_whole(struct nl_buf *b, uint16_t type, uint16_t flags, uint32_t seq, uint32_t len)
{
	struct nlmsghdr head = {
		.nlmsg_type = type,
		.nlmsg_flags = flags | NLM_F_REQUEST,
		.nlmsg_seq = seq,
	};
	uint8_t *p;

	b->msg = b->len;
	p = reserve(b, (uint32_t)sizeof(head) + len);
	if (!p)
		return NULL;
	memcpy(p, &head, sizeof(head));
	return p + sizeof(head);
}

void nl_begin(struct nl_buf *b, uint16_t type, uint16_t flags, uint32_t seq)
{
	nl_begin_whole(b, type, flags, seq, 0);
}

void nl_put_nfgen(struct nl_buf *b, uint8_t family, uint8_t version, uint16_t res_id)
{
	struct nfgenmsg head = {
		.nfgen_family = family,
		.version = version,
		.res_id = htobe16(res_id),
	};

	put_header(b, &head, sizeof(head));
}

void nl_put_raw(struct nl_buf *b, const void *data, uint32_t len)
{
	void *p = reserve(b, len);

	if (p)
		copy(p, data, len);
}

void *nl_put_whole(struct nl_buf *b, uint32_t len)
{
	return reserve(b, len);
}

void nl_put(struct nl_buf *b, uint16_t type, const void *data, uint32_t len)
{
	struct nlattr head = {.nla_type = type};
	uint8_t *p;

	if (len > UINT16_MAX - sizeof(head)) {
		b->err = -EMSGSIZE;
		return;
	}
	head.nla_len = (uint16_t)(sizeof(head) + len);
	p = reserve(b, head.nla_len);
	if (!p)
		return;
	memcpy(p, &head, sizeof(head));
	copy(p + sizeof(head), data, len);
}

/* An attribute of at most four bytes, which lie at the top of v: most are. */
static void put_word(struct nl_buf *b, uint16_t type, uint16_t len, uint32_t v)
{
	struct nlattr head = {(uint16_t)(sizeof(head) + len), type};
	uint8_t *p = reserve(b, sizeof(head) + sizeof(v));

	v = htobe32(v);
	if (!p)
		return;
	memcpy(p, &head, sizeof(head));
	memcpy(p + sizeof(head), &v, sizeof(v));
}

void nl_put_u8(struct nl_buf *b, uint16_t type, uint8_t v)
{
	put_word(b, type, sizeof(v), (uint32_t)v << 24);
}

void nl_put_be16(struct nl_buf *b, uint16_t type, uint16_t v)
{
	put_word(b, type, sizeof(v), (uint32_t)v << 16);
}

void nl_put_be32(struct nl_buf *b, uint16_t type, uint32_t v)
{
	put_word(b, type, sizeof(v), v);
}

void nl_put_be64(struct nl_buf *b, uint16_t type, uint64_t v)
{
	v = htobe64(v);
	nl_put(b, type, &v, sizeof(v));
}

void nl_put_str(struct nl_buf *b, uint16_t type, const char *s, uint32_t len)
{
	struct nlattr head = {.nla_type = type};
	uint8_t *p;

	if (len >= UINT16_MAX - sizeof(head)) {
		b->err = -EMSGSIZE;
		return;
	}
	head.nla_len = (uint16_t)(sizeof(head) + len + 1);
	p = reserve(b, head.nla_len);
	if (!p)
		return;
	memcpy(p, &head, sizeof(head));
	memcpy(p + sizeof(head), s, len);
	p[sizeof(head) + len] = 0;
}

uint32_t nl_nest(struct nl_buf *b, uint16_t type)
{
	const struct nlattr head = {.nla_len = sizeof(head), .nla_type = type | NLA_F_NESTED};
	uint32_t nest = b->len;

	put_header(b, &head, sizeof(head));
	return nest;
}

void nl_nest_end(struct nl_buf *b, uint32_t nest)
{
	uint16_t len;

	if (b->err)
		return;
	if (b->len - nest > UINT16_MAX) {
		b->err = -EMSGSIZE;
		return;
	}
	len = (uint16_t)(b->len - nest);
	memcpy(b->data + nest + offsetof(struct nlattr, nla_len), &len, sizeof(len));
}

int nl_end(struct nl_buf *b)
{
	uint32_t len = b->len - b->msg;
	int err = b->err;

	if (err) {
		nl_abort(b);
		return err;
	}
	memcpy(b->data + b->msg + offsetof(struct nlmsghdr, nlmsg_len), &len, sizeof(len));
	return 0;
}

void nl_abort(struct nl_buf *b)
{
	b->len = b->msg;
	b->err = 0;
}
