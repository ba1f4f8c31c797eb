#include "cli/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt/cmd.h"
#include "cli/sys/confine.h"
#include "ct/meaning.h"
#include "ct/with.h"
#include "fmt/format.h"

/* Lines that callers know from conntrack-tools begin with its name, and the version. */
#define CLASSIC "conntrack v" VERSION " (conntrack-tools): "

static bool keeping;
static char kept[800];

/* Ends the line of n bytes and writes it; there is room for one more. Words of the command line and
 * names from files come back in messages: nothing in them may drive the terminal. */
static void say(char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] < ' ' || line[i] >= 0x7f)
			line[i] = '?';
	line[n] = WITH_WATCH && keeping ? 0 : '\n';
	if (!line[n++])
		memcpy(kept, line, n);
	while (line[n - 1] && write(STDERR_FILENO, line, n) < 0 && errno == EINTR)
		;
}

void message_keep(bool keep)
{
	keeping = keep;
	if (!keep && kept[0])
		say(kept, strlen(kept));
	kept[0] = 0;
}

const char *message_kept(void)
{
	size_t classic = strlen(CLASSIC);

	if (!kept[0])
		return NULL;
	return kept + (memcmp(kept, CLASSIC, classic) ? strlen(PROGRAM ": ") : classic);
}

/* A line with the place in the load file behind its head, if s, which may be NULL, has one. */
static void tell(const char *head, const struct subject *s, const char *text, va_list args)
{
	char line[800];
	size_t n = format(line, sizeof(line) - 1, "%s", head);

	if (WITH_NETNS && s && s->netns)
		n += format(line + n, sizeof(line) - 1 - n, "netns %.300s: ", s->netns);
	if (WITH_LOAD && s && s->line) {
		n += format(line + n, sizeof(line) - 1 - n, "%.300s:%lu", s->file, s->line);
		if (s->last > s->line)
			n += format(line + n, sizeof(line) - 1 - n, "-%lu", s->last);
		n += format(line + n, sizeof(line) - 1 - n, ": ");
	}
	n += format_va(line + n, sizeof(line) - 1 - n, text, args);
	say(line, n);
}

#define TELL(head, s, text)                                                                        \
	do {                                                                                       \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, text);                                                              \
		tell(head, s, text, args);                                                         \
		va_end(args);                                                                      \
	} while (0)

void warn(const struct subject *s, const char *text, ...)
{
	TELL(PROGRAM ": ", s, text);
}

void summary(const char *text, ...)
{
	TELL(CLASSIC, NULL, text);
}

int refuse(const struct subject *s, const char *text, ...)
{
	TELL(CLASSIC "Operation failed: ", s, text);
	return EXIT_REFUSED;
}

void summary_of(const struct subject *s, uint64_t n, const char *done, bool would)
{
	summary("%llu %s %s %s.", (unsigned long long)n,
		s->table == CT_TABLE_EXPECT ? "expectations" : "flow entries",
		would ? "would be" : "have been", done);
}

/* The request that a command makes of the kernel, for the meaning of its errors. */
static unsigned operation_of(uint16_t verb)
{
	return verb & V_GET	 ? CT_OP_GET
	       : verb & V_DELETE ? CT_OP_DELETE
	       : verb & V_UPDATE ? CT_OP_UPDATE
	       : verb & V_ADD	 ? CT_OP_ADD
	       : verb & V_CREATE ? CT_OP_CREATE
				 : CT_OP_OTHER;
}

/* The reason why the kernel refuses everything, and what to do about it. */
static const char *refusal(void)
{
	return confine_net_admin()
		       ? TEXT("Operation not permitted: CAP_NET_ADMIN does not count in a user "
			      "namespace "
			      "that does not own the network namespace: be root in the one that "
			      "does")
		       : TEXT("Operation not permitted: CAP_NET_ADMIN is needed: be root; docker, "
			      "podman: --cap-add NET_ADMIN; Kubernetes: "
			      "securityContext.capabilities.add "
			      "NET_ADMIN");
}

int kernel_error(const struct subject *s, const char *tried, const struct nl_err *error)
{
	const char *text = error->text, *meaning;
	int err = error->err;

	if (err == -EINVAL && ct_missing())
		err = -ENOPROTOOPT;
	meaning = WITH_HELP && err == -EPERM && ct_forbidden()
			  ? refusal()
			  : ct_meaning(err, operation_of(s->verb), s->table == CT_TABLE_EXPECT);
	if (!meaning)
		meaning = error_text(-err);
	if (*text && error->attr)
		return refuse(s, "%s (cannot %s; the kernel: %s, attribute %u)", meaning, tried,
			      text, error->attr);
	return refuse(s, "%s (cannot %s%s%s)", meaning, tried, *text ? "; the kernel: " : "", text);
}

int system_error(const struct subject *s, const char *tried, int err)
{
	struct nl_err error;

	nl_fail(&error, err);
	return kernel_error(s, tried, &error);
}
