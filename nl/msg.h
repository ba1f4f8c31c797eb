/*
 * Building netlink messages, one or many, in a buffer of the caller's.
 *
 * Overflow is sticky: once something did not fit, every later put does nothing and nl_end() says
 * so. A caller therefore checks once per message.
 */
#ifndef NL_MSG_H
#define NL_MSG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Messages under construction: data is the caller's storage, aligned to 4 bytes. */
struct nl_buf {
	uint8_t *data;
	uint32_t size; /* bytes of storage */
	uint32_t len;  /* bytes used by all messages */
	uint32_t msg;  /* offset of the message being built */
	int err;       /* 0 or -EMSGSIZE, sticky until nl_abort() */
};

/* Starts with no message. The storage must outlive the buffer. */
void nl_buf_init(struct nl_buf *b, void *storage, uint32_t size);

/* Begins a message. flags get NLM_F_REQUEST added; seq is echoed in every answer. */
void nl_begin(struct nl_buf *b, uint16_t type, uint16_t flags, uint32_t seq);

/* The same, with room for len bytes behind the header, a multiple of 4, to be filled. Returns NULL
 * when they do not fit. */
void *nl_begin_whole(struct nl_buf *b, uint16_t type, uint16_t flags, uint32_t seq, uint32_t len);

/* The bytes of the nfnetlink family header (struct nfgenmsg). */
#define NL_NFGEN_LEN 4

/* Puts the nfnetlink family header: address family, version byte and res_id (host order). */
void nl_put_nfgen(struct nl_buf *b, uint8_t family, uint8_t version, uint16_t res_id);

/* Puts bytes without an attribute header, padded to 4: another family's header. */
void nl_put_raw(struct nl_buf *b, const void *data, uint32_t len);

/* Room for len bytes of attributes, a multiple of 4, to be filled with attributes whose layout is
 * known. Returns NULL when they do not fit. */
void *nl_put_whole(struct nl_buf *b, uint32_t len);

/* Put one attribute. Integers are given in host order and written big-endian. */
void nl_put(struct nl_buf *b, uint16_t type, const void *data, uint32_t len);
void nl_put_u8(struct nl_buf *b, uint16_t type, uint8_t v);
void nl_put_be16(struct nl_buf *b, uint16_t type, uint16_t v);
void nl_put_be32(struct nl_buf *b, uint16_t type, uint32_t v);
void nl_put_be64(struct nl_buf *b, uint16_t type, uint64_t v);
/* Puts a string of len bytes and its terminating NUL. */
void nl_put_str(struct nl_buf *b, uint16_t type, const char *s, uint32_t len);

/* Opens a nested attribute (NLA_F_NESTED set); returns what nl_nest_end() wants. */
uint32_t nl_nest(struct nl_buf *b, uint16_t type);
void nl_nest_end(struct nl_buf *b, uint32_t nest);

/* Ends the message and writes its length. Returns 0, or the sticky -EMSGSIZE, and then the whole
 * message is taken out again, those before it stay, and the error is cleared. */
int nl_end(struct nl_buf *b);

/* Takes the message being built out again and clears the sticky error. */
void nl_abort(struct nl_buf *b);

#ifdef __cplusplus
}
#endif

#endif
