/* Help, from the option table. */
#include <string.h>
#include <unistd.h>

#include "cli/option.h"
#include "cli/run.h"
#include "ct/proto.h"
#include "fmt/print.h"

static void print_row(struct out *out, const struct option *o)
{
	char left[64], line[160];
	size_t n;

	n = o->letter ? print(left, sizeof(left), "  -%c, ", o->letter)
		      : print(left, sizeof(left), "      ");
	if (*o->names)
		n += print(left + n, sizeof(left) - n, "--%.*s", (int)strcspn(o->names, " "),
			   o->names);
	if (*option_meta(o))
		print(left + n, sizeof(left) - n, "%s%s%s", o->arg == ARG_OPTIONAL ? " [" : " ",
		      option_meta(o), o->arg == ARG_OPTIONAL ? "]" : "");
	print(line, sizeof(line), "%-33s %s\n", left, option_help(o));
	out_str(out, line);
}

static void print_help(struct out *out)
{
	static const char *const titles[] = {
		[GROUP_COMMAND] = "Commands:",	    [GROUP_SELECT] = "Which entries:",
		[GROUP_CHANGE] = "What to change:", [GROUP_EXPECT] = "Expectations:",
		[GROUP_EVENT] = "Events:",	    [GROUP_OUTPUT] = "Output:",
		[GROUP_OTHER] = "Other:",
	};

	out_str(out, "Usage: conntrack COMMAND [TABLE] [OPTION]...\n");
	for (unsigned group = 0; group <= GROUP_OTHER; group++) {
		const struct option *o;
		bool titled = false;

		for (size_t i = 0; (o = option_row(i)); i++) {
			if (o->group != group)
				continue;
			if (!titled) {
				out_str(out, "\n");
				out_str(out, titles[group]);
				out_str(out, "\n");
			}
			titled = true;
			print_row(out, o);
		}
	}
	out_str(out, "\nTables: conntrack (the default), expect, dying, unconfirmed, all\n");
}

/* What only this protocol has. */
static void print_protocol(struct out *out, const struct ct_proto *p)
{
	const struct option *o;
	char line[80];

	print(line, sizeof(line), "\nOf %s:\n", p->name);
	out_str(out, line);
	for (size_t i = 0; (o = option_row(i)); i++)
		if ((o->keys && o->keys == p->keys) || (o->info && o->info == p->info))
			print_row(out, o);
	for (unsigned i = 0; i < p->nstates; i++) {
		out_str(out, i ? ", " : "  States: ");
		out_str(out, p->states[i]);
	}
	if (p->nstates)
		out_str(out, "\n");
}

static void print_formats(struct out *out)
{
	const char *name, *help;
	char line[160];

	for (size_t i = 0; (name = option_format(i, &help)); i++) {
		print(line, sizeof(line), "  %-12s %s\n", name, help);
		out_str(out, line);
	}
}

int run_help(struct run *r)
{
	const struct ct_cond *proto = ct_filter_single(&r->cmd->sel, CT_F_PROTO);

	if (r->cmd->help_formats)
		print_formats(r->out);
	else if (r->cmd->verb == V_VERSION)
		out_str(r->out, "conntrack v" VERSION " (" PROGRAM ")\n");
	else
		print_help(r->out);
	if (proto)
		print_protocol(r->out, ct_proto((uint8_t)proto->range.lo));
	return 0;
}

void usage(void)
{
	struct out out;

	out_init(&out, STDERR_FILENO);
	print_help(&out);
	out_flush(&out);
}
