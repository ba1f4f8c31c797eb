#include "ct/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int ct_proc_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1 &&
	       ((n = read(fd, text + len, size - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
		len += n > 0 ? (size_t)n : 0;
	n = n < 0 ? -errno : 0;
	close(fd);
	text[len] = 0;
	return n < 0 ? (int)n : (int)len;
}

const char *ct_proc_word(const char *line, unsigned n)
{
	line += strspn(line, " \t\n");
	while (n--) {
		line += strcspn(line, " \t\n");
		line += strspn(line, " \t\n");
	}
	return line;
}

bool ct_proc_number(const char *s, unsigned base, uint64_t *v)
{
	const char *p = s;

	for (*v = 0;; p++) {
		unsigned digit = (unsigned)*p - '0';

		if (digit > 9)
			digit = ((unsigned)*p | 32) - 'a' + 10;
		if (digit >= base || (digit > 9 && (*p | 32) < 'a'))
			return p != s;
		*v = *v * base + digit;
	}
}

bool ct_proc_value(const char *path, uint64_t *v)
{
	char text[32] = "";

	return ct_proc_read(path, text, sizeof(text)) >= 0 && ct_proc_number(text, 10, v);
}

bool ct_proc_sysctl(const char *name, uint64_t *v)
{
	static const char prefix[] = "/proc/sys/net/netfilter/nf_conntrack_";
	char path[sizeof(prefix) + 32];
	size_t n = strlen(name);

	if (n > 32)
		return false;
	memcpy(path, prefix, sizeof(prefix) - 1);
	memcpy(path + sizeof(prefix) - 1, name, n + 1);
	return ct_proc_value(path, v);
}
