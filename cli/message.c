#include "cli/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/opt/cmd.h"
#include "fmt/format.h"

/* Ends the line of n bytes and writes it; there is room for one more. Words of the command line and
 * names from files come back in messages: nothing in them may drive the terminal. */
static void say(char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] < ' ' || line[i] >= 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	while (write(STDERR_FILENO, line, n) < 0 && errno == EINTR)
		;
}

void warn(const struct subject *s, const char *text, ...)
{
	char line[800];
	size_t n = format(line, sizeof(line) - 1, PROGRAM ": ");
	va_list args;

	if (s && s->line)
		n = format(line, sizeof(line) - 1, PROGRAM ": %.300s:%lu: ", s->file, s->line);
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

#define MAKING (V_CREATE | V_ADD)
#define CT     1
#define EXPECT 2

/* The meaning of an error on some commands and tables, and what to do about it. The words "such
 * conntrack doesn't exist" and "Such conntrack exists, try -U to update" are what scripts look for.
 */
static const struct {
	int err;
	uint16_t verbs, tables;
	const char *text;
} meanings[] = {
	{EEXIST, MAKING, CT, "Such conntrack exists, try -U to update"},
	{EEXIST, MAKING, EXPECT, "such expectation exists"},
	{EALREADY, V_ADD, CT, "the entry exists with other NAT: delete it, and create it anew"},
	{ENOENT, V_GET | V_UPDATE | V_DELETE, CT, "such conntrack doesn't exist"},
	{ENOENT, V_GET | V_DELETE, EXPECT, "such expectation doesn't exist"},
	{ENOENT, MAKING, EXPECT, "there is no master conntrack with this tuple"},
	{ENOENT, MAKING, CT, "the master conntrack doesn't exist"},
	{ENOMEM, MAKING, CT, "the table is full: net.netfilter.nf_conntrack_max is the limit"},
	{ENFILE, MAKING, CT, "the table is full: net.netfilter.nf_conntrack_max is the limit"},
	{EMFILE, MAKING, EXPECT,
	 "the table is full: net.netfilter.nf_conntrack_expect_max, or the "
	 "helper's own limit"},
	{ENOSPC, MAKING, CT,
	 "no room: the hash chain is too long, or there are labels, and no rule "
	 "uses labels (nft: ct label set)"},
	{ENOSPC, V_UPDATE, CT,
	 "the entry cannot have labels: no rule used labels (nft: ct label set) "
	 "when it was created; the other values have been set"},
	{EBUSY, MAKING | V_UPDATE, CT,
	 "the kernel cannot change the status or the helper of the entry to "
	 "this"},
	{EBUSY, MAKING, EXPECT, "it clashes with another expectation"},
	{EOPNOTSUPP, MAKING, CT,
	 "the kernel lacks the helper (load the module nf_conntrack_NAME) or "
	 "NAT for this"},
	{EOPNOTSUPP, V_UPDATE, CT, "the kernel cannot change this on an existing entry"},
	{EOPNOTSUPP, MAKING, EXPECT, "the master conntrack has no helper: create it with --helper"},
	{EINVAL, MAKING | V_UPDATE, CT, "the kernel refuses these values"},
	{EINVAL, MAKING, EXPECT, "the kernel refuses these values"},
	{EPROTOTYPE, V_UPDATE, CT, "the timeout policy is of another protocol"},
	{ERANGE, MAKING | V_UPDATE, CT, "a value is out of the kernel's range"},
	{EPERM, V_UPDATE | V_ADD, CT,
	 "the timeout is fixed (FIXED_TIMEOUT), or CAP_NET_ADMIN is missing"},
	{ETIME, MAKING | V_UPDATE, CT, "the entry has expired meanwhile: give a longer timeout"},
	{ETIMEDOUT, MAKING | V_UPDATE, CT,
	 "the entry has expired meanwhile: give a longer timeout"},
	{EPERM, UINT16_MAX, CT | EXPECT,
	 "Operation not permitted: CAP_NET_ADMIN is needed, try as "
	 "root"},
	{EPROTONOSUPPORT, UINT16_MAX, CT | EXPECT,
	 "this kernel has no nfnetlink: load the module "
	 "nfnetlink, or set CONFIG_NETFILTER_NETLINK"},
	{EAFNOSUPPORT, UINT16_MAX, CT | EXPECT, "this kernel has no netlink"},
	{ENOPROTOOPT, UINT16_MAX, CT | EXPECT,
	 "this kernel lacks ctnetlink: load the module "
	 "nf_conntrack_netlink, or set CONFIG_NF_CT_NETLINK"},
	{EOPNOTSUPP, UINT16_MAX, CT | EXPECT, "this kernel does not support this"},
	{EINVAL, UINT16_MAX, CT | EXPECT, "this kernel does not support this"},
	{ENOTUNIQ, UINT16_MAX, CT,
	 "by each of its tuples the kernel finds another entry: this one cannot be named"},
	{ESTALE, V_UPDATE, CT,
	 "the kernel's hash table has been resized meanwhile: entries that come after those have "
	 "been left alone"},
	{ENOBUFS, UINT16_MAX, CT | EXPECT,
	 "the kernel dropped answers for lack of buffer space: try "
	 "again"},
	{EIO, UINT16_MAX, CT | EXPECT, "the kernel did not answer"},
};

int kernel_error(const struct subject *s, const char *tried, const struct nl_err *error)
{
	uint16_t table = s->table == CT_TABLE_EXPECT ? EXPECT : CT;
	const char *text = error->text, *meaning;
	int err = error->err;

	if (err == -EINVAL && ct_missing())
		err = -ENOPROTOOPT;
	meaning = error_text(-err);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].err == -err && meanings[i].verbs & s->verb &&
		    meanings[i].tables & table) {
			meaning = meanings[i].text;
			break;
		}
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
