#define _GNU_SOURCE
#include "ct/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers lack statx(2) before 4.11. Where it is, it needs less of the C library than struct stat.
 */
#if defined(SYS_statx) && defined(STATX_INO)
bool ct_inode(int fd, struct ct_inode *inode)
{
	struct statx st;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_INO, &st))
		return false;
	inode->device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	inode->number = st.stx_ino;
	return true;
}
#else
#include <sys/stat.h>
bool ct_inode(int fd, struct ct_inode *inode)
{
	struct stat st;

	if (fstat(fd, &st))
		return false;
	inode->device = st.st_dev;
	inode->number = st.st_ino;
	return true;
}
#endif

/* Reads the rest of a file. *text is to be freed in any case. */
static int read_all(int fd, size_t max, char **text, size_t *len)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (*len + 1 >= room) {
			char *more;

			if (room > max)
				return -EFBIG;
			room = room ? room * 2 : 4096;
			more = realloc(*text, room);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		n = read(fd, *text + *len, room - *len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			(*text)[*len] = 0;
			return n < 0 ? -errno : 0;
		}
		*len += (size_t)n;
	}
}

int ct_file_read(const char *path, size_t max, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err;

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	err = read_all(fd, max, text, len);
	close(fd);
	if (!err && *len > max)
		err = -EFBIG;
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

struct ct_files {
	struct ct_files *next;
	const char *path;
	char *text;
	size_t len;
};

int ct_files_read(struct ct_files **files, const char *path, size_t max, struct nl_str *text)
{
	struct ct_files *f = *files;
	int err;

	while (f && strcmp(f->path, path) != 0)
		f = f->next;
	if (!f) {
		f = calloc(1, sizeof(*f));
		err = f ? ct_file_read(path, max, &f->text, &f->len) : -ENOMEM;
		if (err) {
			free(f);
			return err;
		}
		for (size_t i = 0; i < f->len; i++)
			if (!f->text[i])
				f->text[i] = '\001';
		f->path = path;
		f->next = *files;
		*files = f;
	}
	*text = (struct nl_str){f->text, (uint32_t)f->len};
	return 0;
}

void ct_files_free(struct ct_files **files)
{
	while (*files) {
		struct ct_files *f = *files;

		*files = f->next;
		free(f->text);
		free(f);
	}
}
