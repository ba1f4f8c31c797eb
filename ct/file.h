/* Files of text, read as a whole; and which file a descriptor is of. */
#ifndef CT_FILE_H
#define CT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl/attr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a file of at most max bytes. *text is terminated, and freed by free(3); *len is its length.
 * Returns 0 or a negative errno, -EFBIG for a longer one; then there is nothing to free. */
int ct_file_read(const char *path, size_t max, char **text, size_t *len);

/* Files that were read, kept until they are freed; NULL: none. */
struct ct_files;

/* The text of a file, which is read once, as pipes can be; path must stay. NULs in it become
 * \001. Returns as ct_file_read(). */
int ct_files_read(struct ct_files **files, const char *path, size_t max, struct nl_str *text);

/* Frees them all, and makes *files NULL. */
void ct_files_free(struct ct_files **files);

/* A file, whatever it is called. */
struct ct_inode {
	uint64_t device, number;
};

/* The file of a descriptor. False where that cannot be told: statx(2) came with Linux 4.11. */
bool ct_inode(int fd, struct ct_inode *inode);

#ifdef __cplusplus
}
#endif

#endif
