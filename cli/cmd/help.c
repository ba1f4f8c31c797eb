/* Help, from the option table. */
#include <string.h>
#include <unistd.h>

#include "cli/opt/opt.h"
#include "cli/cmd/run.h"
#include "ct/text.h"
#include "ct/proto.h"
#include "fmt/format.h"
#include "fmt/value.h"

/* Columns: where an option's help begins, and where a line ends. */
#define LEFT  34
#define WIDTH 98

/* The words that an option's argument may be, behind a line that has come to column. */
static void print_words(struct out *out, const struct option *o, size_t column)
{
	word_fn *words = option_lists[o->words];
	char text[80];
	const char *word;
	size_t n;

	for (size_t i = 0; words && (word = words(o, i)); i++) {
		n = format(text, sizeof(text), "%s%s", i ? ", " : ": ", word);
		if (column + n > WIDTH) {
			n = format(text, sizeof(text), "%s\n%-34s%s", i ? "," : ":", "", word);
			column = LEFT + strlen(word);
		} else {
			column += n;
		}
		out_bytes(out, text, n);
	}
}

static void print_row(struct out *out, const struct option *o)
{
	str rest = ct_str_of(o->names), name;
	char left[80], line[160];
	size_t n;

	n = o->letter ? format(left, sizeof(left), "  -%c", o->letter)
		      : format(left, sizeof(left), "    ");
	while (ct_next_piece(&rest, ' ', &name) && name.len)
		n += format(left + n, sizeof(left) - n, "%s--%.*s",
			    n > 4 || o->letter ? ", " : "  ", (int)name.len, name.p);
	if (*option_meta(o))
		format(left + n, sizeof(left) - n, "%s%s%s", o->arg == ARG_OPTIONAL ? " [" : " ",
		       option_meta(o), o->arg == ARG_OPTIONAL ? "]" : "");
	n = format(line, sizeof(line), "%-33s %s", left, option_help(o));
	out_bytes(out, line, n);
	if (WITH_HELP && !o->verb)
		print_words(out, o, n);
	out_str(out, "\n");
}

static const char *const titles[] = {
	[GROUP_COMMAND] = "Commands:", [GROUP_SELECT] = "Selecting:",
	[GROUP_CHANGE] = "Changing:",  [GROUP_EXPECT] = "Expectations:",
	[GROUP_EVENT] = "Events:",     [GROUP_OUTPUT] = "Output:",
	[GROUP_OTHER] = "Other:",
};

static const char examples[] =
	TEXT("\nExamples:\n"
	     "  conntrack -L                               list the table\n"
	     "  conntrack -E -s 192.0.2.7 -o timestamp     watch one address, with times\n"
	     "  conntrack -D -s 192.0.2.7                  delete the flows of one source\n"
	     "\nLists are A,B,C or @FILE, which has one value a line.\n"
	     "--help COMMAND explains a command's options, --help all all of them, --help -p PROTO "
	     "a protocol's.\n");

/* Letter and name of an option, as short as they can be told; starts a line when one is full. */
static unsigned print_name(struct out *out, const struct option *o, unsigned column)
{
	char text[40];
	size_t n = o->letter ? format(text, sizeof(text), " -%c", o->letter) : 0;

	if (*o->names)
		n += format(text + n, sizeof(text) - n, "%s --%.*s", n ? "," : "",
			    (int)strcspn(o->names, " "), o->names);
	if (!column || column + n > 78) {
		out_str(out, column ? "\n " : " ");
		column = 1;
	}
	out_bytes(out, text, n);
	return column + (unsigned)n;
}

/* The commands that are in this build. */
static uint16_t present(void)
{
	const struct option *o;
	uint16_t verbs = 0;

	for (size_t i = 0; (o = option_row(i)); i++)
		verbs |= o->parse != opt_absent ? o->verb : 0;
	return verbs;
}

/* The options of some commands, with a line each or, told briefly, by name only. */
static void print_options(struct out *out, uint16_t verbs, bool brief)
{
	verbs &= present();
	out_str(out, "Usage: conntrack COMMAND [TABLE] [OPTION]...\n");
	for (unsigned group = 0; group <= GROUP_OTHER; group++) {
		bool names = !WITH_HELP || (brief && group != GROUP_COMMAND);
		const struct option *o;
		unsigned column = 0;
		bool titled = false;

		for (size_t i = 0; (o = option_row(i)); i++) {
			if (o->group != group || o->parse == opt_absent ||
			    !((o->verb | o->select | o->set | o->expect) & verbs))
				continue;
			if (!titled) {
				out_str(out, "\n");
				out_str(out, titles[group]);
				out_str(out, "\n");
			}
			titled = true;
			if (names)
				column = print_name(out, o, column);
			else
				print_row(out, o);
		}
		if (column)
			out_str(out, "\n");
	}
	out_str(out, "\nTables");
	print_words(out, option_row(0), strlen("Tables"));
	out_str(out, "; the first is the default\n");
}

static void print_help(struct out *out)
{
	char text[600];

	_Static_assert(sizeof(examples) <= sizeof(text), "they have room");
	print_options(out, UINT16_MAX, true);
	if (WITH_HELP)
		out_bytes(out, text, format(text, sizeof(text), "%s", examples));
}

/* Prints the options and states that only this protocol has. */
static void print_protocol(struct out *out, const struct ct_proto *p)
{
	const struct option *o;
	unsigned column = 0;
	char line[80];

	format(line, sizeof(line), "\nOf %s:\n", p->name);
	out_str(out, line);
	for (size_t i = 0; (o = option_row(i)); i++)
		if (o->parse != opt_absent &&
		    ((o->keys && o->keys == p->keys) || (o->info && o->info == p->info))) {
			if (WITH_HELP)
				print_row(out, o);
			else
				column = print_name(out, o, column);
		}
	if (column)
		out_str(out, "\n");
	for (unsigned i = 0; i < p->nstates; i++) {
		out_str(out, i ? ", " : "  States: ");
		out_str(out, p->states[i].text);
	}
	if (p->nstates)
		out_str(out, "\n");
}

/* The names of values that templates of entries take. */
static void print_values(struct out *out)
{
	char name[VALUE_NAME];
	enum value_of of;
	size_t column = 0;

	out_str(out, "\nNames for format=:\n");
	for (unsigned i = 0; value_name(i, name, &of); i++) {
		if (of == VALUE_EXPECT)
			continue;
		column += strlen(name) + 1;
		if (column > 78) {
			out_str(out, "\n");
			column = strlen(name) + 1;
		}
		out_str(out, " ");
		out_str(out, name);
	}
	out_str(out, "\n");
}

static void print_formats(struct out *out)
{
	const struct fmt_word *w;
	char line[160];

	for (size_t i = 0; (w = fmt_word(i)); i++) {
		if (w->format && !w->ops) /* left out of this build */
			continue;
		format(line, sizeof(line), "  %-12s %s\n", w->name, w->help);
		out_str(out, line);
	}
	if (WITH_TEMPLATE)
		print_values(out);
}

int run_help(struct session *s)
{
	const struct ct_cond *proto = ct_filter_single(s->cmd->filter, CT_F_PROTO);

	if (s->cmd->help_formats)
		print_formats(s->out);
	else if (s->cmd->verb == V_VERSION)
		out_str(s->out, "conntrack v" VERSION " (" PROGRAM ")\n");
	else if (s->cmd->help_verbs)
		print_options(s->out, s->cmd->help_verbs, false);
	else
		print_help(s->out);
	if (proto)
		print_protocol(s->out, ct_proto((uint8_t)proto->range.lo));
	return 0;
}
