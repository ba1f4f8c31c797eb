#define _GNU_SOURCE
#include "cli/sys/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "ct/with.h"
#include "fmt/format.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

static bool is_pid(const char *word)
{
	return *word && !word[strspn(word, DIGITS)];
}

static bool is_path(const char *word)
{
	return strchr(word, '/');
}

bool netns_word(const char *word)
{
	if (is_pid(word))
		return true;
	if (is_path(word))
		return *word == '/' || *word == '.';
	return word[strcspn(word, LETTERS)] && !word[strspn(word, LETTERS DIGITS "_.-+@")];
}

static const char *absent(const char *word)
{
	return is_path(word)  ? "there is no such file"
	       : is_pid(word) ? "there is no such process, or no /proc"
			      : "there is no such name under /run/netns";
}

int netns_enter(const char *word, const char **why)
{
	char path[PATH_MAX];
	int fd, err;

	if (is_path(word))
		format(path, sizeof(path), "%s", word);
	else if (is_pid(word))
		format(path, sizeof(path), "/proc/%s/ns/net", word);
	else
		format(path, sizeof(path), "/run/netns/%s", word);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err = errno;
		*why = err == ENOENT ? absent(word)
		       : WITH_HELP && err == EACCES && is_pid(word)
			       ? "not permitted: CAP_SYS_PTRACE over that process is needed"
			       : error_text(err);
		return err == EACCES ? -EPERM : -err;
	}
	err = setns(fd, CLONE_NEWNET) < 0 ? errno : 0;
	close(fd);
	if (err == EPERM)
		*why = "not permitted: CAP_SYS_ADMIN is needed, try as root";
	else if (err == EINVAL || err == EBADF || err == ENOTTY)
		*why = "it is not a network namespace";
	else
		*why = error_text(err);
	return -err;
}
