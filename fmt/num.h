/*
 * Numbers, names and addresses as text, for the hot path. Every put_ function writes at p, without
 * a terminator, and returns the end of what it wrote; the caller has made room. It may have written
 * over up to PUT_SLACK bytes behind that end: copies of a fixed size are the fast ones.
 */
#ifndef FMT_NUM_H
#define FMT_NUM_H

#include <stdint.h>
#include <string.h>

#include "ct/proto.h"
#include "ct/tuple.h"

#define PUT_SLACK    20
#define PUT_U32_MAX  10
#define PUT_U64_MAX  20
#define PUT_ADDR_MAX 45

/* Puts a string literal. */
#define PUT(p, literal) put_mem(p, literal, sizeof(literal) - 1)

/* Puts n bytes. */
static inline char *put_mem(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

/* Puts a string, without its terminating NUL. */
static inline char *put_str(char *p, const char *s)
{
	if (__builtin_constant_p(strlen(s)))
		return put_mem(p, s, strlen(s));
	while (*s) /* names are short: quicker than two calls */
		*p++ = *s++;
	return p;
}

/* Puts a name. */
static inline char *put_name(char *p, const struct ct_name *name)
{
	memcpy(p, name, sizeof(*name));
	return p + name->len;
}

/* Put a number in decimal: PUT_U32_MAX or PUT_U64_MAX bytes at most. */
char *put_large_u32(char *p, uint32_t v);
char *put_large_u64(char *p, uint64_t v);

/* The same; most numbers have one digit. */
static inline char *put_u32(char *p, uint32_t v)
{
	if (v > 9)
		return put_large_u32(p, v);
	*p = (char)('0' + v);
	return p + 1;
}

static inline char *put_u64(char *p, uint64_t v)
{
	if (v > 9)
		return put_large_u64(p, v);
	*p = (char)('0' + v);
	return p + 1;
}

/* Puts a MAC address, a number of 48 bits, as aa:bb:cc:dd:ee:ff. */
char *put_mac(char *p, uint64_t mac);

/* Puts a number in lower-case hexadecimal without leading zeros: 8 bytes at most. */
char *put_hex(char *p, uint32_t v);

/* Puts a number in decimal with 2 * n digits, filled with zeros; it has no more. */
char *put_pairs(char *p, uint32_t v, unsigned n);

/* Two digits each for 0 to 99. */
extern const char put_digits[];

/* Puts a number below 100 with two digits. */
static inline char *put_two(char *p, uint32_t v)
{
	memcpy(p, put_digits + v * 2, 2);
	return p + 2;
}

/* Puts an address, 4 or 16 bytes in network order, as inet_ntop(3) writes it: PUT_ADDR_MAX bytes at
 * most. l3 is AF_INET or AF_INET6. */
char *put_addr(char *p, uint8_t l3, const struct ct_addr *addr);

#endif
