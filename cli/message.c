#include "cli/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt/cmd.h"
#include "cli/sys/confine.h"
#include "ct/meaning.h"
#include "ct/with.h"
#include "fmt/format.h"

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
	return kept[0] ? kept + strlen(PROGRAM ": ") : NULL;
}

void warn(const struct subject *s, const char *text, ...)
{
	char line[800];
	size_t n = format(line, sizeof(line) - 1, PROGRAM ": ");
	va_list args;

	if (WITH_LOAD && s && s->line)
		n = format(line, sizeof(line) - 1, PROGRAM ": %.300s:%lu: ", s->file, s->line);
	if (WITH_LOAD && s && s->line && s->last > s->line)
		n = format(line, sizeof(line) - 1, PROGRAM ": %.300s:%lu-%lu: ", s->file, s->line,
			   s->last);
	va_start(args, text);
	n += format_va(line + n, sizeof(line) - 1 - n, text, args);
	va_end(args);
	say(line, n);
}

void summary(const char *text, ...)
{
	char line[160];
	size_t n = format(line, sizeof(line) - 1, "conntrack v" VERSION " (" PROGRAM "): ");
	va_list args;

	va_start(args, text);
	n += format_va(line + n, sizeof(line) - 1 - n, text, args);
	va_end(args);
	say(line, n);
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
		       ? "Operation not permitted: CAP_NET_ADMIN does not count in a user "
			 "namespace "
			 "that does not own the network namespace: be root in the one that does"
		       : "Operation not permitted: CAP_NET_ADMIN is needed: be root; docker, "
			 "podman: --cap-add NET_ADMIN; Kubernetes: "
			 "securityContext.capabilities.add "
			 "NET_ADMIN";
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
		warn(s, "cannot %s: %s (the kernel: %s, attribute %u)", tried, meaning, text,
		     error->attr);
	else
		warn(s, "cannot %s: %s%s%s%s", tried, meaning, *text ? " (the kernel: " : "", text,
		     *text ? ")" : "");
	return EXIT_REFUSED;
}

int system_error(const struct subject *s, const char *tried, int err)
{
	struct nl_err error;

	nl_fail(&error, err);
	return kernel_error(s, tried, &error);
}
