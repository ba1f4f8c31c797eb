/*
 * Unit tests in plain C. A test is a program that makes its checks and ends main() with
 * "return UNIT_END();". A failed check says where and what, and the program goes on. The value
 * that the code under test gave comes first, the one that is right second.
 */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CHECK(cond)		    unit_check(__FILE__, __LINE__, (cond), #cond)
#define FAIL(text)		    unit_check(__FILE__, __LINE__, false, text)
#define CHECK_INT(a, b)		    unit_int(__FILE__, __LINE__, #a, (intmax_t)(a), (intmax_t)(b))
#define CHECK_STR(a, b)		    unit_str(__FILE__, __LINE__, #a, (a), (b))
#define CHECK_MEM(a, alen, b, blen) unit_mem(__FILE__, __LINE__, #a, (a), (alen), (b), (blen))
#define UNIT_END()		    unit_end()

static unsigned unit_passed, unit_failed;

/* Counts a check. Returns true where it failed, and has then printed the first line about it. */
static inline bool unit_count(const char *file, int line, bool good, const char *what)
{
	if (good) {
		unit_passed++;
		return false;
	}
	unit_failed++;
	printf("%s:%d: %s\n", file, line, what);
	return true;
}

static inline void unit_check(const char *file, int line, bool good, const char *what)
{
	unit_count(file, line, good, what);
}

static inline void unit_int(const char *file, int line, const char *what, intmax_t got,
			    intmax_t want)
{
	if (unit_count(file, line, got == want, what))
		printf("\tgot  %" PRIdMAX " (0x%" PRIxMAX ")\n\twant %" PRIdMAX " (0x%" PRIxMAX
		       ")\n",
		       got, (uintmax_t)got, want, (uintmax_t)want);
}

/* NULL equals only NULL. */
static inline void unit_str(const char *file, int line, const char *what, const char *got,
			    const char *want)
{
	bool good = got && want ? !strcmp(got, want) : got == want;

	if (unit_count(file, line, good, what))
		printf("\tgot  \"%s\"\n\twant \"%s\"\n", got ? got : "(null)",
		       want ? want : "(null)");
}

/* Marks the bytes that differ from the other side's. */
static inline void unit_hexdump(const char *side, const void *data, size_t len, const void *other,
				size_t other_len)
{
	const uint8_t *p = data, *q = other;

	printf("\t%s %zu bytes, * where they differ:", side, len);
	for (size_t i = 0; i < len; i++) {
		if (i % 16 == 0)
			printf("\n\t%04zx", i);
		printf("%c%02x", i < other_len && p[i] == q[i] ? ' ' : '*', p[i]);
	}
	putchar('\n');
}

static inline void unit_mem(const char *file, int line, const char *what, const void *got,
			    size_t got_len, const void *want, size_t want_len)
{
	bool good = got_len == want_len && (!got_len || !memcmp(got, want, got_len));

	if (unit_count(file, line, good, what)) {
		unit_hexdump("got ", got, got_len, want, want_len);
		unit_hexdump("want", want, want_len, got, got_len);
	}
}

/* Prints the summary, which test/run reads. Returns the exit code. */
static inline int unit_end(void)
{
	printf("%u passed, %u failed\n", unit_passed, unit_failed);
	return unit_failed != 0;
}

#endif
