#include "ct/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
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

/* The line is "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode". */
static bool is_socket(const char *line, struct ct_proc_socket *s)
{
	static const uint8_t base[] = {16, 10, 10, 16, 10, 10, 10, 10, 10, 10};
	uint64_t column[sizeof(base)];

	for (unsigned i = 0; i < sizeof(base); i++)
		if (!ct_proc_number(ct_proc_word(line, i), base[i], &column[i]))
			return false;
	if (column[1] != NETLINK_NETFILTER ||
	    (s->portid ? column[2] != s->portid : !(column[3] & s->groups)))
		return false;
	s->groups = (uint32_t)column[3];
	s->drops = (uint32_t)column[8];
	s->inode = column[9];
	return true;
}

int ct_proc_netlink(struct ct_proc_socket *s)
{
	int fd = open("/proc/net/netlink", O_RDONLY | O_CLOEXEC);
	bool found = false;
	char text[4096];
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (!found && ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0 ||
			  (n < 0 && errno == EINTR))) {
		char *line = text, *end;

		len += n > 0 ? (size_t)n : 0;
		text[len] = 0;
		while (!found && (end = strchr(line, '\n'))) {
			*end = 0;
			found = is_socket(line, s);
			line = end + 1;
		}
		len = strlen(line);
		memmove(text, line, len);
	}
	close(fd);
	return found;
}
