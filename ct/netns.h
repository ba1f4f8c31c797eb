/* Network namespaces. */
#ifndef CT_NETNS_H
#define CT_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The request for the kind of a namespace: NS_GET_NSTYPE, which headers lack before 4.11. */
#define CT_NETNS_KIND _IO(0xb7, 3)

/* The word for all of them. */
#define CT_NETNS_ALL "all"

/* True when all words between commas can name network namespaces: a process id, a path, or a name
 * with a letter. */
bool ct_netns_words(const char *words);

/* Network namespaces, each once, held open so that none goes away. Starts as {0}. */
struct ct_netns_list {
	struct netns {
		uint64_t inode;
		int fd;
		char *word; /* by which it was found */
		bool seen;  /* by the last ct_netns_list() */
	} * ns;
	unsigned n;
	int home;     /* with several: the one that the process was in */
	bool several; /* they may be */
	bool hidden;  /* there are processes whose namespaces must not be seen */
};

/* Opens the namespaces of the words between commas: of process ids, of names under /run/netns, of
 * paths; or for CT_NETNS_ALL those of all such names, docker's, and those of all processes. Memory
 * and descriptors last until the process ends. On a list that has some, those that have come are
 * added, and words that name none are passed over. Returns 0, -EPERM when that is not permitted, or
 * another negative errno when there is none; *why is then what is wrong, in words, or NULL where
 * errno says it all. */
int ct_netns_list(struct ct_netns_list *l, const char *words, const char **why);

/* Closes the i-th, whose place the last one takes. */
void ct_netns_forget(struct ct_netns_list *l, unsigned i);

/* Moves the process into the namespace that is open as fd. Returns as ct_netns_list(). */
int ct_netns_enter(int fd, const char **why);

#ifdef __cplusplus
}
#endif

#endif
