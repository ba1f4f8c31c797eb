/* Help, from the option table. */
#include <stdio.h>
#include <string.h>

#include "cli/option.h"
#include "cli/run.h"

static void print_row(FILE *f, const struct option *o)
{
	char left[64];
	size_t n = 0;

	if (o->letter)
		n += (size_t)snprintf(left, sizeof(left), "  -%c, ", o->letter);
	else
		n += (size_t)snprintf(left, sizeof(left), "      ");
	if (*o->names)
		n += (size_t)snprintf(left + n, sizeof(left) - n, "--%.*s",
				      (int)strcspn(o->names, " "), o->names);
	if (o->meta)
		snprintf(left + n, sizeof(left) - n, o->arg == ARG_OPTIONAL ? " [%s]" : " %s",
			 o->meta);
	fprintf(f, "%-33s %s\n", left, o->help);
}

static void print_help(FILE *f)
{
	static const char *const titles[] = {
		[GROUP_COMMAND] = "Commands:",	    [GROUP_SELECT] = "Which entries:",
		[GROUP_CHANGE] = "What to change:", [GROUP_EXPECT] = "Expectations:",
		[GROUP_OUTPUT] = "Output:",	    [GROUP_OTHER] = "Other:",
	};

	fputs("Usage: conntrack COMMAND [TABLE] [OPTION]...\n", f);
	for (unsigned group = 0; group <= GROUP_OTHER; group++) {
		const struct option *o;
		bool titled = false;

		for (size_t i = 0; (o = option_row(i)); i++) {
			if (o->group != group)
				continue;
			if (!titled)
				fprintf(f, "\n%s\n", titles[group]);
			titled = true;
			print_row(f, o);
		}
	}
	fputs("\nTables: conntrack (the default), expect, dying, unconfirmed, all\n", f);
}

static void print_formats(FILE *f)
{
	const char *name, *help;

	for (size_t i = 0; (name = option_format(i, &help)); i++)
		fprintf(f, "  %-12s %s\n", name, help);
}

int run_help(const struct cmd *c)
{
	if (c->help_formats)
		print_formats(stdout);
	else if (c->verb == V_VERSION)
		printf("conntrack v%s (%s)\n", VERSION, PROGRAM);
	else
		print_help(stdout);
	if (fflush(stdout) || ferror(stdout)) {
		complain(NULL, "standard output: cannot be written");
		return EXIT_REFUSED;
	}
	return 0;
}

void usage(void)
{
	print_help(stderr);
}
