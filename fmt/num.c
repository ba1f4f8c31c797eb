#include "fmt/num.h"

#include <stdbool.h>
#include <sys/socket.h>

#include "nl/endian.h"

#define TEN(d) d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
const char put_digits[] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

/* 0 to 99 */
static inline char *put_below_100(char *p, uint32_t v)
{
	bool two = v >= 10;

	memcpy(p, put_digits + v * 2 + !two, 2);
	return p + 1 + two;
}

char *put_pairs(char *p, uint32_t v, unsigned n)
{
	for (unsigned i = n; i--; v /= 100)
		put_two(p + 2 * i, v % 100);
	return p + 2 * n;
}

/* Five digits or more. */
static __attribute__((noinline)) char *put_long(char *p, uint32_t v)
{
	p = put_u32(p, v / 10000);
	v %= 10000;
	return put_two(put_two(p, v / 100), v % 100);
}

char *put_large_u32(char *p, uint32_t v)
{
	if (v < 100)
		return put_below_100(p, v);
	return v < 10000 ? put_two(put_below_100(p, v / 100), v % 100) : put_long(p, v);
}

char *put_large_u64(char *p, uint64_t v)
{
	const uint32_t part = 100000000; /* the largest of whole pairs that fits 32 bits */

	if (v <= UINT32_MAX)
		return put_large_u32(p, (uint32_t)v);
	return put_pairs(put_large_u64(p, v / part), (uint32_t)(v % part), 4);
}

char *put_hex(char *p, uint32_t v)
{
	int shift = 28;

	while (shift > 0 && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[v >> shift & 15];
	return p;
}

#ifndef SMALLEST
/* The numbers from 0 to 255 and a dot, in four bytes, and how many of them count. The table is made
 * when the program starts, as the file that ships has no room for it. */
static char octets[256][5];

static __attribute__((constructor, cold)) void make_octets(void)
{
	for (uint32_t v = 0; v < 256; v++) {
		char *end = put_u32(octets[v], v);

		*end++ = '.';
		octets[v][4] = (char)(end - octets[v]);
	}
}

/* An octet and a dot. */
static inline char *put_octet(char *p, uint8_t v)
{
	memcpy(p, octets[v], 4);
	return p + octets[v][4];
}
#else
static inline char *put_octet(char *p, uint8_t v)
{
	p = put_u32(p, v);
	*p++ = '.';
	return p;
}
#endif

static inline char *put_ipv4(char *p, const uint8_t *b)
{
	p = put_octet(put_octet(put_octet(p, b[0]), b[1]), b[2]);
	return put_octet(p, b[3]) - 1;
}

/* The longest run of two or more zero groups, the first of equals, becomes "::". An address that
 * embeds an IPv4 address (::a.b.c.d, ::ffff:a.b.c.d) ends in that. */
static __attribute__((noinline)) char *put_ipv6(char *p, const uint8_t *b)
{
	unsigned group[8], best = 8, best_len = 1;

	for (unsigned i = 0; i < 8; i++)
		group[i] = nl_get_be16(b + i * 2);
	for (unsigned i = 0; i < 8;) {
		unsigned run = 0;

		while (i + run < 8 && !group[i + run])
			run++;
		if (run > best_len) {
			best = i;
			best_len = run;
		}
		i += run ? run : 1;
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == best) {
			*p++ = ':';
			i += best_len - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		if (i == 6 && best == 0 && (best_len == 6 || (best_len == 5 && group[5] == 0xffff)))
			return put_ipv4(p, b + 12);
		p = put_hex(p, group[i]);
	}
	return p;
}

char *put_addr(char *p, uint8_t l3, const struct ct_addr *addr)
{
	return l3 == AF_INET6 ? put_ipv6(p, addr->b) : put_ipv4(p, addr->b);
}

char *put_mac(char *p, uint64_t mac)
{
	for (int shift = 44; shift >= 0; shift -= 4) {
		*p++ = "0123456789abcdef"[mac >> shift & 15];
		if (shift && shift % 8 == 0)
			*p++ = ':';
	}
	return p;
}
