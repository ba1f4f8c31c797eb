/* Network namespaces. */
#ifndef CLI_SYS_NETNS_H
#define CLI_SYS_NETNS_H

#include <stdbool.h>

/* True when a word can name a network namespace: a process id, a path, or a name with a letter. */
bool netns_word(const char *word);

/* Moves the process into the network namespace of a process id, of a name under /run/netns, or of a
 * path. Returns 0, -EPERM when that is not permitted, or another negative errno when there is none.
 * *why is then what is wrong, in words that last until the next call. */
int netns_enter(const char *word, const char **why);

#endif
