/* The words of a line of text. */
#ifndef CT_WORDS_H
#define CT_WORDS_H

#include <stdbool.h>

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

/* Splits a line into words, in place; they live as long as the line. Blanks separate them, double
 * quotes and the backslash quote, and # where the first word would begin makes the rest a comment.
 * Returns NULL, or why the line is wrong. */
const char *ct_split_line(struct ct_words *w, char *line);

#ifdef __cplusplus
}
#endif

#endif
