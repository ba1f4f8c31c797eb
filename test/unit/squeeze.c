/* Messages with pieces, as the static binary has them: format(), with its pieces. */
#define SQUEEZED
#define format	   squeezed_format
#define format_va  squeezed_format_va
#define error_text squeezed_error_text

#include "fmt/format.c"

#include "test/unit/unit.h"

int main(void)
{
	static const char list[] = TOKENS, ours[] = "\200\377";
	char outside[] = "\200\377", text[64], two[64];
	const char *last = list, *p = list;
	unsigned n = 0;

	for (; p < list + sizeof(list) - 1; p += strlen(p) + 1, n++)
		last = p;
	CHECK(n == 128);
	snprintf(two, sizeof(two), "%s%s", list, last);

	squeezed_format(text, sizeof(text), "\200\377");
	CHECK_STR(text, two);
	squeezed_format(text, sizeof(text), "%s", ours);
	CHECK_STR(text, two);
	squeezed_format(text, sizeof(text), "a\200%d\377%-3s.", 7, "b");
	snprintf(two, sizeof(two), "a%s7%sb  .", list, last);
	CHECK_STR(text, two);

	/* Bytes that come from outside stand for themselves. */
	squeezed_format(text, sizeof(text), "%s|%.*s", outside, 1, outside);
	CHECK_STR(text, "\200\377|\200");
	/* A piece is cut like all else. */
	squeezed_format(text, 2, "\377\200");
	CHECK(strlen(text) == 1 && *text == *last);
	return UNIT_END();
}
