/* Network namespaces. */
#ifndef CLI_SYS_NETNS_H
#define CLI_SYS_NETNS_H

#include <stdbool.h>
#include <stdint.h>

/* The request for the kind of a namespace, of <linux/nsfs.h>. */
#ifndef NS_GET_NSTYPE /* 4.11 */
#define NS_GET_NSTYPE _IO(0xb7, 3)
#endif

/* The word for all of them. */
#define NETNS_ALL "all"

/* True when all words between commas can name network namespaces: a process id, a path, or a name
 * with a letter. */
bool netns_words(const char *words);

/* Network namespaces, each once, held open so that none goes away. Starts as {0}. */
struct netns_list {
	struct netns {
		uint64_t inode;
		int fd;
		char *word; /* by which it was found */
		bool seen;  /* by the last netns_list() */
	} * ns;
	unsigned n;
	int home;     /* with several: the one that the process was in */
	bool several; /* they may be */
	bool hidden;  /* there are processes whose namespaces must not be seen */
};

/* Opens the namespaces of the words between commas: of process ids, of names under /run/netns, of
 * paths; or for NETNS_ALL those of all such names, docker's, and those of all processes. Memory
 * and descriptors last until the process ends. On a list that has some, those that have come are
 * added, and words that name none are passed over. Returns 0, -EPERM when that is not permitted, or
 * another negative errno when there is none; *why is then what is wrong, in words that last until
 * the next call. */
int netns_list(struct netns_list *l, const char *words, const char **why);

/* Closes the i-th, whose place the last one takes. */
void netns_forget(struct netns_list *l, unsigned i);

/* Moves the process into the namespace that is open as fd. Returns as netns_list(). */
int netns_enter(int fd, const char **why);

#endif
