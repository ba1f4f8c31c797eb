#include "ct/form.h"

#include <string.h>

#include "ct/words.h"

/* As memcmp(3), for what is mostly equal and has a few dozen bytes. */
static __attribute__((noinline)) bool equal(const char *a, const char *b, size_t n)
{
	uint64_t x, y;

	for (; n >= sizeof(x); n -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(x));
		if (x != y)
			return false;
	}
	for (; n; n--)
		if (*a++ != *b++)
			return false;
	return true;
}

bool ct_form_fits(const struct ct_form *f, uint32_t slots, char *line, size_t len,
		  struct ct_place *place)
{
	const char *same = f->line, *stop = line + len;
	size_t n;

	for (; slots; slots &= slots - 1) {
		unsigned i = (unsigned)__builtin_ctz(slots);
		char *word;

		n = (size_t)(f->line + f->at[i] - same);
		if (n >= (size_t)(stop - line) || !equal(line, same, n))
			return false;
		same += n + f->n[i];
		word = line + n;
		line = ct_word_end(word);
		if (line == word)
			return false;
		place[i] = (struct ct_place){word, line};
	}
	/* Behind a word there is a blank, or the end of the line. */
	n = (size_t)(f->line + f->len - same);
	return n == (size_t)(stop - line) && equal(line, same, n);
}
