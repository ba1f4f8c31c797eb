/* Files of text, read as a whole. */
#ifndef CT_FILE_H
#define CT_FILE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a file of at most max bytes. *text is terminated, and freed by free(3); *len is its length.
 * Returns 0 or a negative errno, -EFBIG for a longer one; then there is nothing to free. */
int ct_file_read(const char *path, size_t max, char **text, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
