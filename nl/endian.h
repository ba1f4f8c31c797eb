/* Big-endian integers at any alignment, by value in host order. */
#ifndef NL_ENDIAN_H
#define NL_ENDIAN_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* By the compiler alone: <endian.h> has be16toh() only where the including program asks for it. */
#define NL_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static inline uint16_t nl_get_be16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return NL_BIG_ENDIAN ? v : __builtin_bswap16(v);
}

static inline uint32_t nl_get_be32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return NL_BIG_ENDIAN ? v : __builtin_bswap32(v);
}

static inline uint64_t nl_get_be64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return NL_BIG_ENDIAN ? v : __builtin_bswap64(v);
}

#ifdef __cplusplus
}
#endif

#endif
