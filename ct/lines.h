/* A file or a pipe, line by line. */
#ifndef CT_LINES_H
#define CT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory grows with the longest line. All but fd, idle and arg starts as 0. */
struct ct_lines {
	int fd;
	/* Called before a file that has nothing to read yet is waited for; false goes no further.
	 */
	bool (*idle)(void *arg);
	void *arg;
	int err; /* a negative errno: the file could not be read to its end */
	char *buf;
	size_t room, start, end; /* unread bytes lie from start to end */
	bool eof;
};

/* The next line, of *len bytes, terminated, its newline gone; NULL at the end, after an error, or
 * when idle() has returned false. It may hold NULs. It lives until the next call. */
char *ct_lines_next(struct ct_lines *l, size_t *len);

/* Frees the memory; the file stays open. */
void ct_lines_free(struct ct_lines *l);

#ifdef __cplusplus
}
#endif

#endif
