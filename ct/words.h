/* The words of a line of text. */
#ifndef CT_WORDS_H
#define CT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* True for what stands between words of a line. */
static inline bool ct_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Starts as {0}; v is freed by free(3). */
struct ct_words {
	char **v;
	int n, room;
};

/* The first byte of text that ends a word or has a meaning of its own in a line: a blank, a double
 * quote, a backslash, or the NUL at the end. */
char *ct_word_end(char *text);

/* Splits a line of len bytes and a NUL into words, in place; they live as long as the line. Blanks
 * separate them, double quotes and the backslash quote, and # where the first word would begin
 * makes the rest a comment. NULs in it become \001. Returns NULL, or why the line is wrong. */
const char *ct_split_line(struct ct_words *w, char *line, size_t len);

/* True when at most limit letters have to be changed, dropped, added or swapped with the next to
 * make the nx bytes at x the ny bytes at y. */
bool ct_words_near(const char *x, size_t nx, const char *y, size_t ny, unsigned limit);

#ifdef __cplusplus
}
#endif

#endif
