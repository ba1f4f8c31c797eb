#include "fmt/num.h"

#include <sys/socket.h>

#include "nl/endian.h"

#define TEN(d) d "0" d "1" d "2" d "3" d "4" d "5" d "6" d "7" d "8" d "9"
/* Two digits each for 0 to 99. */
static const char digits[201] =
	TEN("0") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9");

/* 0 to 99 */
static inline char *put_two(char *p, uint32_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	memcpy(p, digits + v * 2, 2);
	return p + 2;
}

/* 0 to 9999 */
static inline char *put_four(char *p, uint32_t v)
{
	if (v < 100)
		return put_two(p, v);
	p = put_two(p, v / 100);
	memcpy(p, digits + v % 100 * 2, 2);
	return p + 2;
}

char *put_u32(char *p, uint32_t v)
{
	if (v < 10000)
		return put_four(p, v);
	p = put_u32(p, v / 10000);
	v %= 10000;
	memcpy(p, digits + v / 100 * 2, 2);
	memcpy(p + 2, digits + v % 100 * 2, 2);
	return p + 4;
}

char *put_u64(char *p, uint64_t v)
{
	char tmp[PUT_U64_MAX];
	unsigned i = sizeof(tmp);

	if (v <= UINT32_MAX)
		return put_u32(p, (uint32_t)v);
	while (v) {
		tmp[--i] = (char)('0' + v % 10);
		v /= 10;
	}
	return put_mem(p, tmp + i, sizeof(tmp) - i);
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

char *put_u32_zero(char *p, uint32_t v, unsigned width)
{
	uint32_t limit = 10;

	for (unsigned i = 1; i < width; i++, limit *= 10)
		if (v < limit) {
			memset(p, '0', width - i);
			p += width - i;
			break;
		}
	return put_u32(p, v);
}

static char *put_ipv4(char *p, const uint8_t *b)
{
	p = put_four(p, b[0]);
	*p++ = '.';
	p = put_four(p, b[1]);
	*p++ = '.';
	p = put_four(p, b[2]);
	*p++ = '.';
	return put_four(p, b[3]);
}

/* The longest run of two or more zero groups, the first of equals, becomes "::". An address that
 * embeds an IPv4 address (::a.b.c.d, ::ffff:a.b.c.d) ends in that. */
static char *put_ipv6(char *p, const uint8_t *b)
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
