#define _GNU_SOURCE
#include "ct/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ct/file.h"
#include "ct/with.h"

#define DIGITS "0123456789"

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

bool ct_netns_words(const char *words)
{
	for (;;) {
		const char *word = words;
		bool path = false, letter = false, number = true, odd = false;

		for (; *words && *words != ','; words++) {
			bool is_letter = (unsigned)(*words | 32) - 'a' < 26;

			path |= *words == '/';
			letter |= is_letter;
			number &= (unsigned)*words - '0' < 10;
			odd |= !is_letter && !strchr(DIGITS "_.-+@", *words);
		}
		if (path ? *word != '/' && *word != '.'
			 : odd || word == words || !(letter || number))
			return false;
		if (!*words++)
			return true;
	}
}

static const char *absent(const char *word)
{
	return is_path(word)  ? TEXT("there is no such file")
	       : is_pid(word) ? TEXT("there is no such process, or no /proc")
			      : TEXT("there is no such name under /run/netns");
}

/* Puts three texts, of which the second has n bytes, together. False when they have no room. */
static bool join(char path[PATH_MAX], const char *a, const char *b, size_t n, const char *c)
{
	size_t before = strlen(a), behind = strlen(c);

	if (before + n + behind >= PATH_MAX)
		return false;
	memcpy(path, a, before);
	memcpy(path + before, b, n);
	memcpy(path + before + n, c, behind + 1);
	return true;
}

/* Opens the namespace of a word. Returns a descriptor, or a negative errno and sets *why. */
static int open_netns(const char *word, const char **why)
{
	bool pid = is_pid(word); /* and so no path */
	const char *folder = is_path(word) ? "" : pid ? PROC : NAMED;
	char path[PATH_MAX];
	int fd, err;

	*why = "too long";
	if (!join(path, folder, word, strlen(word), pid ? "/ns/net" : ""))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	err = errno;
	*why = err == ENOENT ? absent(word)
	       : WITH_HELP && err == EACCES && pid
		       ? TEXT("not permitted: CAP_SYS_PTRACE over that process is needed")
		       : NULL;
	return err == EACCES ? -EPERM : -err;
}

static const char no_netns[] = TEXT("it is not a network namespace");

int ct_netns_enter(int fd, const char **why)
{
	int err = setns(fd, CLONE_NEWNET) < 0 ? errno : 0;

	*why = err == EPERM ? TEXT("not permitted: CAP_SYS_ADMIN is needed, try as root")
	       : err == EINVAL || err == EBADF || err == ENOTTY ? no_netns
								: NULL;
	return -err;
}

/* Adds the namespace of a word, unless the list has it. Returns 0 or a negative errno. */
static int add(struct ct_netns_list *l, const char *word, const char **why)
{
	int fd = open_netns(word, why), type;
	struct netns *ns;
	struct ct_inode inode = {0};

	if (fd < 0)
		return fd;
	/* Before Linux 4.11 the kernel tells neither kind nor number: of a single one setns(2)
	 * tells the kind. */
	type = WITH_NETNS ? ioctl(fd, CT_NETNS_KIND) : CLONE_NEWNET;
	if (type != CLONE_NEWNET && (type >= 0 || l->several)) {
		close(fd);
		*why = no_netns;
		return -EINVAL;
	}
	if (WITH_NETNS)
		ct_inode(fd, &inode);
	for (unsigned i = 0; WITH_NETNS && i < l->n; i++)
		if (l->ns[i].inode == inode.number) {
			l->ns[i].seen = true;
			return close(fd);
		}
	*why = NULL;
	ns = realloc(l->ns, (l->n + 1) * sizeof(*ns));
	if (!ns)
		return -ENOMEM;
	l->ns = ns;
	ns[l->n] = (struct netns){inode.number, fd, strdup(word), true};
	return ns[l->n++].word ? 0 : -ENOMEM;
}

/* Adds those of a folder; what has gone, or is none, is passed over. Names are told as such where
 * ct_netns_list() takes them for no other. Returns 0 or a negative errno. */
static int add_folder(struct ct_netns_list *l, const char *folder, const char **why)
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
		if (!join(path, folder, name, strlen(name), ""))
			continue;
		err = add(l, proc || (named && !pid && ct_netns_words(name)) ? name : path, why);
		l->hidden |= err == -EPERM;
	}
	if (dir)
		closedir(dir);
	return err == -ENOMEM || err == -EMFILE ? err : 0;
}

void ct_netns_forget(struct ct_netns_list *l, unsigned i)
{
	close(l->ns[i].fd);
	free(l->ns[i].word);
	l->ns[i] = l->ns[--l->n];
}

int ct_netns_list(struct ct_netns_list *l, const char *words, const char **why)
{
	static const char *const folders[] = {NAMED, DOCKERS, PROC};
	uint64_t limit[2]; /* of descriptors: the present one, and the most that may be */
	bool again = l->n;
	int err = 0;

	if (!WITH_NETNS)
		return add(l, words, why);
	for (unsigned i = 0; i < l->n; i++)
		l->ns[i].seen = false;
	l->several = strchr(words, ',') || !strcmp(words, CT_NETNS_ALL);
	if (!again && !syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit)) {
		limit[0] = limit[1];
		syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, limit, NULL);
	}
	if (!again && l->several)
		l->home = open(PROC "self/ns/net", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; !strcmp(words, CT_NETNS_ALL) && !err; i++) {
		if (i == sizeof(folders) / sizeof(folders[0]))
			return 0;
		err = add_folder(l, folders[i], why);
	}
	while ((!err || again) && *words) {
		size_t len = strcspn(words, ",");
		char word[PATH_MAX];

		*why = "too long"; /* cut, it could name another one */
		err = join(word, "", words, len, "") ? add(l, word, why) : -ENAMETOOLONG;
		words += len + (words[len] == ',');
	}
	return err;
}
