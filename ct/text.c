#include "ct/text.h"

#include <net/if.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "ct/words.h"

struct nl_str ct_str_of(const char *text)
{
	return (struct nl_str){text, text ? (uint32_t)strlen(text) : 0};
}

bool ct_next_piece(struct nl_str *rest, char separator, struct nl_str *piece)
{
	uint32_t n = 0;

	if (!rest->p)
		return false;
	while (n < rest->len && rest->p[n] != separator) /* pieces are short: quicker than a call */
		n++;
	*piece = (struct nl_str){rest->p, n};
	if (n < rest->len)
		*rest = (struct nl_str){rest->p + n + 1, rest->len - n - 1};
	else
		*rest = (struct nl_str){NULL, 0};
	return true;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

bool ct_next_line_value(struct nl_str *rest, struct nl_str *value, unsigned *line)
{
	while (ct_next_piece(rest, '\n', value)) {
		++*line;
		for (uint32_t i = 0; i < value->len; i++)
			if (value->p[i] == '#' && (!i || ct_blank(value->p[i - 1])))
				value->len = i;
		while (value->len && ct_blank(value->p[value->len - 1]))
			value->len--;
		while (value->len && ct_blank(*value->p)) {
			value->p++;
			value->len--;
		}
		if (value->len)
			return true;
	}
	return false;
}

bool ct_str_is(struct nl_str s, const char *word)
{
	uint32_t n = 0;

	while (n < s.len && word[n] && (s.p[n] == word[n] || lower(s.p[n]) == lower(word[n])))
		n++;
	return n && n == s.len && !word[n];
}

static int digit(char c, unsigned base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' ? (c | 32) - 'a' + 10 : 99;

	return v < (int)base ? v : -1;
}

static bool is_hex(struct nl_str s)
{
	return s.len > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x';
}

bool ct_parse_number(struct nl_str s, uint64_t max, uint64_t *v)
{
	unsigned base = 10;
	uint64_t n = 0;

	if (is_hex(s)) {
		base = 16;
		s.p += 2;
		s.len -= 2;
	} else if (s.len > 1 && s.p[0] == '0') {
		return false;
	}
	if (!s.len)
		return false;
	if (base == 10 && s.len < 20) { /* 19 digits do not overflow */
		for (uint32_t i = 0; i < s.len; i++) {
			unsigned d = (unsigned char)s.p[i] - (unsigned)'0';

			if (d > 9)
				return false;
			n = n * 10 + d;
		}
	} else {
		for (uint32_t i = 0; i < s.len; i++) {
			int d = digit(s.p[i], base);

			if (d < 0 || n > (max - (unsigned)d) / base)
				return false;
			n = n * base + (unsigned)d;
		}
	}
	if (n > max)
		return false;
	*v = n;
	return true;
}

bool ct_parse_range(struct nl_str s, uint64_t max, struct ct_range *r)
{
	struct nl_str low = {NULL, 0};
	char between;

	if (ct_parse_number(s, max, &r->lo)) {
		r->hi = r->lo;
		return true;
	}
	between = memchr(s.p, ':', s.len) ? ':' : '-';
	ct_next_piece(&s, between, &low);
	if (!low.len && (between == '-' || !s.len))
		return false;
	r->lo = 0;
	r->hi = max;
	return (!low.len || ct_parse_number(low, max, &r->lo)) &&
	       (!s.len || ct_parse_number(s, max, &r->hi)) && s.p && r->lo <= r->hi;
}

static bool parse_scaled(struct nl_str s, uint64_t *v)
{
	uint64_t scale = 1;

	if (s.len) {
		switch (s.p[s.len - 1]) {
		case 'k':
		case 'K':
			scale = 1000;
			break;
		case 'M':
			scale = 1000000;
			break;
		case 'G':
			scale = 1000000000;
			break;
		}
		s.len -= scale > 1;
	}
	if (!ct_parse_number(s, UINT64_MAX / scale, v))
		return false;
	*v *= scale;
	return true;
}

bool ct_parse_amount(struct nl_str s, struct ct_range *r)
{
	struct nl_str low = {NULL, 0};

	ct_next_piece(&s, ':', &low);
	if (!low.len && !s.len)
		return false;
	r->lo = 0;
	r->hi = UINT64_MAX;
	return (!low.len || parse_scaled(low, &r->lo)) && (!s.len || parse_scaled(s, &r->hi)) &&
	       r->lo <= r->hi;
}

static bool parse_wide(struct nl_str s, struct ct_labels *l)
{
	uint64_t v;

	*l = (struct ct_labels){{0}};
	if (!is_hex(s)) {
		if (!ct_parse_number(s, UINT64_MAX, &v))
			return false;
		l->word[0] = (uint32_t)v;
		l->word[1] = (uint32_t)(v >> 32);
		return true;
	}
	if (s.len > 2 + CT_LABEL_BITS / 4)
		return false;
	for (uint32_t i = 0; i < s.len - 2; i++) {
		int d = digit(s.p[s.len - 1 - i], 16);

		if (d < 0)
			return false;
		l->word[i / 8] |= (uint32_t)d << i % 8 * 4;
	}
	return true;
}

bool ct_parse_labels(struct nl_str s, struct ct_labels *value, struct ct_labels *mask)
{
	struct nl_str first;

	if (!ct_next_piece(&s, '/', &first) || !parse_wide(first, value))
		return false;
	if (!s.p) {
		memset(mask, 0xff, sizeof(*mask));
		return is_hex(first);
	}
	if (!parse_wide(s, mask))
		return false;
	for (unsigned w = 0; w < CT_LABEL_BITS / 32; w++)
		if (value->word[w] & ~mask->word[w])
			return false;
	return true;
}

static bool parse_c_number(struct nl_str s, uint64_t *v)
{
	uint64_t n = 0;

	if (s.len < 2 || s.p[0] != '0' || (s.p[1] | 32) == 'x')
		return ct_parse_number(s, UINT32_MAX, v);
	for (uint32_t i = 1; i < s.len; i++) {
		int d = digit(s.p[i], 8);

		n = n * 8 + (unsigned)d;
		if (d < 0 || n > UINT32_MAX)
			return false;
	}
	*v = n;
	return true;
}

bool ct_parse_bits(struct nl_str s, struct ct_bits *b)
{
	uint64_t value, mask = UINT32_MAX;
	struct nl_str part = {NULL, 0};

	ct_next_piece(&s, '/', &part);
	if (!parse_c_number(part, &value) || (s.p && !parse_c_number(s, &mask)))
		return false;
	*b = (struct ct_bits){(uint32_t)value, (uint32_t)mask};
	return true;
}

bool ct_parse_mac(struct nl_str s, uint64_t *v)
{
	*v = 0;
	for (uint32_t i = 0; s.len == 17 && i < 17; i++) {
		int d = i % 3 == 2 ? s.p[i] == ':' ? 0 : -1 : digit(s.p[i], 16);

		if (d < 0)
			return false;
		if (i % 3 != 2)
			*v = *v << 4 | (unsigned)d;
	}
	return s.len == 17;
}

/* Four decimal numbers up to 255 without leading zeros; as inet_pton(3), and faster. */
static bool parse_ipv4(struct nl_str s, uint8_t *b)
{
	const char *p = s.p, *end = s.p + s.len;

	for (unsigned i = 0; i < 4; i++) {
		const char *start;
		unsigned v = 0, d;

		if (i && (p == end || *p++ != '.'))
			return false;
		for (start = p; p < end && (d = (unsigned char)*p - (unsigned)'0') <= 9; p++)
			v = v * 10 + d;
		if (p == start || p - start > 3 || v > 255 || (*start == '0' && p - start > 1))
			return false;
		b[i] = (uint8_t)v;
	}
	return p == end;
}

/* Groups of up to four hexadecimal digits, one run of them left out as "::", the last two perhaps
 * written as an IPv4 address (RFC 4291, section 2.2). */
static bool parse_ipv6(struct nl_str s, uint8_t *b)
{
	enum { NO_GAP = 99 };
	const char *p = s.p, *end = s.p + s.len;
	unsigned n = 0, gap = NO_GAP; /* bytes so far; where the run was left out */

	if (s.len >= 2 && p[0] == ':' && p[1] == ':')
		p++;
	else if (s.len && *p == ':')
		return false;
	while (p < end) {
		const char *start = p;
		unsigned v = 0;

		if (*p == ':') { /* behind the colon that ended a group, or in front */
			if (gap != NO_GAP)
				return false;
			gap = n;
			if (++p == end)
				break;
			start = p;
		}
		for (; p < end && digit(*p, 16) >= 0 && p - start < 4; p++)
			v = v << 4 | (unsigned)digit(*p, 16);
		if (p < end && *p == '.' && n <= 12) {
			if (!parse_ipv4((struct nl_str){start, (uint32_t)(end - start)}, b + n))
				return false;
			n += 4;
			break;
		}
		if (p == start || n == 16 || (p < end && (*p != ':' || ++p == end)))
			return false;
		b[n++] = (uint8_t)(v >> 8);
		b[n++] = (uint8_t)v;
	}
	if (gap == NO_GAP)
		return n == 16;
	if (n == 16)
		return false;
	memmove(b + 16 - (n - gap), b + gap, n - gap);
	memset(b + gap, 0, 16 - n);
	return true;
}

bool ct_parse_addr(struct nl_str s, uint8_t *l3, struct ct_addr *addr)
{
	*addr = (struct ct_addr){{0}};
	if (*l3 != AF_INET6 && parse_ipv4(s, addr->b)) {
		*l3 = AF_INET;
		return true;
	}
	*addr = (struct ct_addr){{0}};
	if (*l3 != AF_INET && parse_ipv6(s, addr->b)) {
		*l3 = AF_INET6;
		return true;
	}
	return false;
}

bool ct_parse_ms(struct nl_str s, uint64_t *ms)
{
	struct nl_str whole;
	uint64_t digit = 0;

	if (!ct_next_piece(&s, '.', &whole) || !ct_parse_number(whole, UINT32_MAX, ms) ||
	    (s.p && (!s.len || s.len > 3)))
		return false;
	for (uint32_t i = 0; i < 3; i++) {
		if (i < s.len && !ct_parse_number((struct nl_str){s.p + i, 1}, 9, &digit))
			return false;
		*ms = *ms * 10 + (i < s.len ? digit : 0);
	}
	return true;
}

static bool parse_mask(struct nl_str s, uint8_t l3, struct ct_addr *mask)
{
	unsigned bits = ct_addr_len(l3) * 8;
	uint64_t prefix;

	if (!ct_parse_number(s, bits, &prefix))
		return ct_parse_addr(s, &l3, mask);
	*mask = (struct ct_addr){{0}};
	for (unsigned i = 0; i < prefix; i++)
		mask->b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return true;
}

bool ct_parse_net(struct nl_str s, struct ct_net *n)
{
	struct nl_str addr = {NULL, 0}, port = {NULL, 0}, mask = {NULL, 0};
	uint64_t v;

	*n = (struct ct_net){0};
	if (s.p && parse_ipv4(s, n->addr.b)) { /* most are nothing more */
		n->l3 = AF_INET;
		memset(n->mask.b, 0xff, 4);
		return true;
	}
	n->addr = (struct ct_addr){{0}};
	if (!ct_next_piece(&s, '/', &addr))
		return false;
	mask = s;
	if (addr.len && addr.p[0] == '[') {
		const char *stop = memchr(addr.p, ']', addr.len);

		if (!stop)
			return false;
		port = (struct nl_str){stop + 1, addr.len - (uint32_t)(stop + 1 - addr.p)};
		addr = (struct nl_str){addr.p + 1, (uint32_t)(stop - addr.p) - 1};
		if (!port.len || *port.p != ':')
			return false;
		port = (struct nl_str){port.p + 1, port.len - 1};
		n->l3 = AF_INET6;
	} else if (memchr(addr.p, '.', addr.len) && memchr(addr.p, ':', addr.len) &&
		   memchr(addr.p, '.', addr.len) < memchr(addr.p, ':', addr.len)) {
		port = addr;
		ct_next_piece(&port, ':', &addr);
		n->l3 = AF_INET;
	}
	if (mask.p && addr.len == 1 && *addr.p == '0') /* 0/0, as addresses may be shortened */
		n->l3 = AF_INET;
	else if (!ct_parse_addr(addr, &n->l3, &n->addr))
		return false;
	if (port.p) {
		if (!ct_parse_number(port, UINT16_MAX, &v))
			return false;
		n->port = (uint16_t)v;
		n->has_port = true;
	}
	memset(n->mask.b, 0xff, ct_addr_len(n->l3));
	if (mask.p && !parse_mask(mask, n->l3, &n->mask))
		return false;
	for (unsigned i = 0; i < sizeof(n->addr.b); i++)
		n->addr.b[i] &= n->mask.b[i];
	return true;
}

bool ct_is_interface(struct nl_str s)
{
	if (!s.len || s.len >= IF_NAMESIZE || (s.len < 3 && !memcmp(s.p, "..", s.len)))
		return false;
	for (uint32_t i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || strchr("/:", s.p[i]))
			return false;
	return true;
}
