/* Lines on stderr. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "ct/table.h"
#include "nl/err.h"

/* The command that a message is about, and where it stands. */
struct subject {
	uint16_t verb; /* enum verb */
	uint8_t table; /* enum ct_table */
	const char
		*netns; /* the network namespace, where there are several; NULL: no need to tell */
	const char *file;   /* the load file */
	unsigned long line; /* its line, 0: no file */
	unsigned long last; /* more than line: the last one of several */
};

/* Writes one line: "conntrack: ", the namespace, the load file's line if there is one (s may be
 * NULL), and the rest in the manner of printf. */
void warn(const struct subject *s, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* Writes one line of a refusal: "conntrack vX.Y.Z (conntrack-tools): Operation failed: ", the load
 * file's line if there is one, and the rest in the manner of printf. Returns EXIT_REFUSED. */
int refuse(const struct subject *s, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* The same of an error: what it means and what to do where that is known, what was tried (a verb in
 * the infinitive) and the kernel's own words. Returns EXIT_REFUSED. */
int kernel_error(const struct subject *s, const char *tried, const struct nl_err *err);

/* The same for an error (negative errno) about which the kernel has said nothing. */
int system_error(const struct subject *s, const char *tried, int err);

/* Writes the summary line: "conntrack vX.Y.Z (conntrack-tools): " and the rest in the manner of
 * printf. */
void summary(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* The summary of n flow entries, or expectations by the table of s, that "have been" done, or,
 * where nothing was done, "would be". */
void summary_of(const struct subject *s, uint64_t n, const char *done, bool would);

/* From here on messages are not written, but the last one is kept, or they are written again, that
 * one at once. With keep it is forgotten first. */
void message_keep(bool keep);

/* Returns the message that is kept, without the program's name, until the next one; NULL: there is
 * none. */
const char *message_kept(void);

#endif
