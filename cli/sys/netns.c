#define _GNU_SOURCE
#include "cli/sys/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ct/with.h"
#include "fmt/format.h"

/* Headers lack statx(2) before 4.11. */
#if defined(SYS_statx) && defined(STATX_INO)
#define numbers		   statx /* which needs less of the C library than struct stat */
#define ask_number(fd, st) syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_INO, st)
#else
#include <sys/stat.h>
struct numbers {
	uint64_t stx_ino;
};
static void ask_number(int fd, struct numbers *st)
{
	struct stat s;

	if (!fstat(fd, &s))
		st->stx_ino = s.st_ino;
}
#endif

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

#define NAMED	"/run/netns/"
#define DOCKERS "/var/run/docker/netns/"
#define PROC	"/proc/"

static bool is_pid(const char *word)
{
	return *word && !word[strspn(word, DIGITS)];
}

static bool is_path(const char *word)
{
	return strchr(word, '/');
}

bool netns_words(const char *words)
{
	for (;;) {
		size_t len = strcspn(words, ","), letter = strcspn(words, LETTERS ",");
		bool path = strcspn(words, "/,") < len;

		if (path ? *words != '/' && *words != '.'
			 : strspn(words, LETTERS DIGITS "_.-+@") < len ||
				    (letter == len && strspn(words, DIGITS) < len) || !len)
			return false;
		words += len;
		if (!*words++)
			return true;
	}
}

static const char *absent(const char *word)
{
	return is_path(word)  ? "there is no such file"
	       : is_pid(word) ? "there is no such process, or no /proc"
			      : "there is no such name under /run/netns";
}

/* Opens the namespace of a word. Returns a descriptor, or a negative errno and sets *why. */
static int open_netns(const char *word, const char **why)
{
	char path[PATH_MAX];
	int fd, err;

	*why = "too long"; /* cut, it could name another one */
	if (strlen(word) > sizeof(path) - sizeof(PROC "/ns/net"))
		return -ENAMETOOLONG;
	format(path, sizeof(path),
	       is_path(word)  ? "%s"
	       : is_pid(word) ? PROC "%s/ns/net"
			      : NAMED "%s",
	       word);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	err = errno;
	*why = err == ENOENT ? absent(word)
	       : WITH_HELP && err == EACCES && is_pid(word)
		       ? "not permitted: CAP_SYS_PTRACE over that process is needed"
		       : error_text(err);
	return err == EACCES ? -EPERM : -err;
}

static const char no_netns[] = "it is not a network namespace";

int netns_enter(int fd, const char **why)
{
	int err = setns(fd, CLONE_NEWNET) < 0 ? errno : 0;

	*why = err == EPERM ? "not permitted: CAP_SYS_ADMIN is needed, try as root"
	       : err == EINVAL || err == EBADF || err == ENOTTY ? no_netns
								: error_text(err);
	return -err;
}

/* Adds the namespace of a word, unless the list has it. Returns 0 or a negative errno. */
static int add(struct netns_list *l, const char *word, const char **why)
{
	int fd = open_netns(word, why), type;
	struct netns *ns;
	struct numbers st = {0};

	if (fd < 0)
		return fd;
	/* Before Linux 4.11 the kernel tells neither kind nor number: of a single one setns(2)
	 * tells the kind. */
	type = WITH_NETNS ? ioctl(fd, NS_GET_NSTYPE) : CLONE_NEWNET;
	if (type != CLONE_NEWNET && (type >= 0 || l->several)) {
		close(fd);
		*why = no_netns;
		return -EINVAL;
	}
	if (WITH_NETNS)
		ask_number(fd, &st);
	for (unsigned i = 0; WITH_NETNS && i < l->n; i++)
		if (l->ns[i].inode == st.stx_ino) {
			l->ns[i].seen = true;
			return close(fd);
		}
	*why = error_text(ENOMEM);
	ns = realloc(l->ns, (l->n + 1) * sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	l->ns = ns;
	ns[l->n] = (struct netns){st.stx_ino, fd, strdup(word), true};
	return ns[l->n++].word ? 0 : -ENOMEM;
}

/* Adds those of a folder; what has gone, or is none, is passed over. Names are told as such where
 * netns_list() takes them for no other. Returns 0 or a negative errno. */
static int add_folder(struct netns_list *l, const char *folder, const char **why)
{
	bool proc = folder[1] == PROC[1], named = folder[1] == NAMED[1];
	DIR *dir = opendir(folder);
	const struct dirent *d;
	int err = 0;

	while (dir && err != -ENOMEM && err != -EMFILE && (d = readdir(dir))) {
		const char *name = d->d_name;
		bool pid = is_pid(name);
		char path[PATH_MAX];

		if (proc ? !pid : *name == '.')
			continue;
		format(path, sizeof(path), "%s%s", folder, name);
		err = add(l, proc || (named && !pid && netns_words(name)) ? name : path, why);
		l->hidden |= err == -EPERM;
	}
	if (dir)
		closedir(dir);
	return err == -ENOMEM || err == -EMFILE ? err : 0;
}

void netns_forget(struct netns_list *l, unsigned i)
{
	close(l->ns[i].fd);
	free(l->ns[i].word);
	l->ns[i] = l->ns[--l->n];
}

int netns_list(struct netns_list *l, const char *words, const char **why)
{
	static const char *const folders[] = {NAMED, DOCKERS, PROC};
	uint64_t limit[2]; /* of descriptors: the present one, and the most that may be */
	bool again = l->n;
	int err = 0;

	if (!WITH_NETNS)
		return add(l, words, why);
	for (unsigned i = 0; i < l->n; i++)
		l->ns[i].seen = false;
	l->several = strchr(words, ',') || !strcmp(words, NETNS_ALL);
	if (!again && !syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit)) {
		limit[0] = limit[1];
		syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, limit, NULL);
	}
	if (!again && l->several)
		l->home = open(PROC "self/ns/net", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; !strcmp(words, NETNS_ALL) && !err; i++) {
		if (i == sizeof(folders) / sizeof(folders[0]))
			return 0;
		err = add_folder(l, folders[i], why);
	}
	while ((!err || again) && *words) {
		size_t len = strcspn(words, ",");
		char word[PATH_MAX];

		format(word, sizeof(word), "%.*s", (int)len, words);
		err = add(l, word, why);
		words += len + (words[len] == ',');
	}
	return err;
}
