/* The words of a line of a load file. */
#ifndef CLI_OPT_SPLIT_H
#define CLI_OPT_SPLIT_H

/* Starts as {0}; v is freed by free(3). */
struct words {
	char **v;
	int n, room;
};

/* Splits a line into words, in place; they live as long as the line. Blanks separate them, double
 * quotes and the backslash quote, and # where the first word would begin makes the rest a comment.
 * Returns NULL, or why the line is wrong. */
const char *split_line(struct words *w, char *line);

#endif
