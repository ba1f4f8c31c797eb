/*
 * Makes the completions of a shell from the option table: "completion bash < cli/completion.bash".
 * A run of the build, by the host's compiler; no part of the program. A line @words@ of the
 * template becomes what the argument of each option can be, @options@ the options themselves.
 *
 * The templates define what is looked up when it is completed: _conntrack_interfaces, _netns,
 * _labels, and _files for an option whose argument is a file.
 */
#include <stdio.h>
#include <string.h>

#include "cli/jump/jump.h"
#include "cli/opt/opt.h"

static enum { BASH, ZSH, FISH } shell;

/* The kind of names that are looked up for an option's argument, or NULL. */
static const char *looked_up(const struct option *o)
{
	if (o->parse == opt_interface)
		return "interfaces";
	if (o->parse == opt_netns)
		return "netns";
	if (o->parse == opt_labels)
		return "labels";
	return o->parse == opt_file || o->parse == opt_labelmap || o->parse == opt_from ? "files"
											: NULL;
}

/* The next option that this build has; NULL past the last. */
static const struct option *next_option(size_t *i)
{
	const struct option *o;

	while ((o = option_row(*i))) {
		++*i;
		if (o->parse != opt_absent)
			return o;
	}
	return NULL;
}

/* Prints the names of an option, with its letter, between separators. */
static void print_names(const struct option *o, const char *separator)
{
	str rest = ct_str_of(o->names), name;
	const char *before = "";

	if (o->letter)
		printf("-%c", o->letter);
	if (o->letter)
		before = separator;
	while (ct_next_piece(&rest, ' ', &name) && name.len) {
		printf("%s--%.*s", before, (int)name.len, name.p);
		before = separator;
	}
}

/* Prints text in single quotes. */
static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text != '\'')
			putchar(*text);
		else
			fputs(shell == FISH ? "\\'" : "'\\''", stdout);
	putchar('\'');
}

/* Prints the words that an option's argument can be. */
static void print_words(const struct option *o)
{
	word_fn *words = option_lists[o->words];
	const char *before = "", *word;
	const struct target *target;
	size_t row = 0;

	for (size_t i = 0; words && (word = words(o, i)); i++, before = " ") {
		target = o->parse == opt_jump ? jump_target(i) : NULL;
		printf("%s%s%s", before, word, target && target->meta ? "=" : "");
	}
	if (o->parse != opt_help)
		return;
	for (fputs("all", stdout); (o = next_option(&row));)
		if (o->verb && *o->names)
			printf(" %.*s", (int)strcspn(o->names, " "), o->names);
}

/* Prints the arm of a case command; a letter with several meanings is in several. */
static void print_arm(const struct option *o)
{
	const char *lookup = looked_up(o);

	if (!o->words && !lookup && (o->parse != opt_help || o->arg == ARG_NONE))
		return;
	if (shell == FISH) {
		if (lookup && !strcmp(lookup, "files"))
			fputs("complete -c conntrack -F -n '__conntrack_behind ", stdout);
		else
			fputs("complete -c conntrack -n '__conntrack_behind ", stdout);
		print_names(o, " ");
		fputs("'", stdout);
		if (!lookup) {
			fputs(" -a '", stdout);
			print_words(o);
			fputs("'", stdout);
		} else if (strcmp(lookup, "files") != 0) {
			printf(" -a '(__conntrack_%s)'", lookup);
		}
		putchar('\n');
		return;
	}
	putchar('\t');
	print_names(o, " | ");
	if (lookup) {
		printf(") _conntrack_%s", lookup);
	} else {
		fputs(") choices+=(", stdout);
		print_words(o);
		putchar(')');
	}
	puts(shell == BASH ? " ;;&" : " ;|");
}

static void print_option(const struct option *o)
{
	if (shell == BASH) {
		putchar('\t');
		print_names(o, " ");
		putchar('\n');
		return;
	}
	if (shell == FISH) {
		fputs("complete -c conntrack -n 'not __conntrack_behind_file' -a '", stdout);
		print_names(o, " ");
		fputs("' -d ", stdout);
		print_quoted(option_help(o));
		putchar('\n');
		return;
	}
	fputs("\tdescribe ", stdout);
	print_quoted(option_help(o));
	putchar(' ');
	print_names(o, " ");
	putchar('\n');
}

static void print_all(void (*print)(const struct option *o))
{
	const struct option *o;
	size_t i = 0;

	while ((o = next_option(&i)))
		print(o);
}

int main(int argc, char *argv[])
{
	static const char *const shells[] = {[BASH] = "bash", [ZSH] = "zsh", [FISH] = "fish"};
	char line[512];
	unsigned i = 0;

	while (argc == 2 && i < 3 && strcmp(argv[1], shells[i]) != 0)
		i++;
	if (argc != 2 || i == 3) {
		fputs("usage: completion bash|zsh|fish < TEMPLATE\n", stderr);
		return 2;
	}
	shell = i;
	while (fgets(line, sizeof(line), stdin))
		if (!strcmp(line, "@words@\n"))
			print_all(print_arm);
		else if (!strcmp(line, "@options@\n"))
			print_all(print_option);
		else
			fputs(line, stdout);
	return ferror(stdin) || fflush(stdout);
}
