/* From words to a command. */
#ifndef CLI_OPT_PARSE_H
#define CLI_OPT_PARSE_H

#include "cli/opt/cmd.h"
#include "ct/select.h"
#include "ct/words.h"

struct ct_files;
struct line_template;
struct option;
struct template_step;
struct token;

/* An index of the option table by name: made once, so that lines need not search the table. Rows
 * are stored as number + 1, 0 being none. */
#define OPTION_SLOTS 256

struct option_index {
	const struct option *rows; /* NULL: not made yet */
	/* Of words, by enum words: of each the i-th one, or NULL past the end; NULL: no list. */
	const char *(*const *lists)(const struct option *o, size_t i);
	size_t nrows;
	uint8_t letter[128];
	uint8_t next[OPTION_SLOTS]; /* by row: the next one with the same letter */
	uint8_t row[OPTION_SLOTS];  /* of a long name, by its hash */
	const char *name[OPTION_SLOTS];
};

/* Outlives the command: memory that the next one uses again, label names, the parse cache, and the
 * messages about the command parsed last. Starts as {0}. */
struct opt_context {
	const char *labelmap; /* path of the label file; NULL: the default, which may be absent */
	struct ct_labelmap labels;
	bool in_file;		/* lines of a load file are parsed, where -t on -D says nothing */
	bool conditions;	/* conditions alone are parsed, of --from or typed */
	const struct cmd *load; /* whose --set-zone or --set-mark lines are under, or NULL */
	int zone;		/* with --set-zone: that of the lines so far, + 1; 0: not told */
	bool labels_loaded;
	bool labels_used; /* by the command parsed last */
	bool labels_lent; /* they are that command's own, by its --labelmap */

	struct ct_files *lists; /* that the command parsed last has named by @FILE */

	struct template_step *format; /* likewise, by -o format= */

	struct ct_selections selections; /* likewise, by --from */

	struct ct_filter filter;
	struct option_index index;
	struct line_template *lines; /* LINE_TEMPLATES of them; NULL: no line has been parsed */
	unsigned oldest;	     /* of them */
	struct ct_words words;	     /* of a line */
	struct token *tokens;
	int room; /* for tokens */

	char note[160]; /* something to say on stderr though nothing is wrong, or empty */
	char err[512];	/* why parsing failed, without "conntrack: ", or empty */
};

/* Parses the words of a command line, argv[0] left aside, into c, all of which is set anew. What c
 * points to lives in the words and in x, until the next call with x. Returns 0, or EXIT_USAGE with
 * x->err set; then c must not be run. */
int cmd_parse(struct cmd *c, struct opt_context *x, int argc, char *const argv[]);

/* Parses a line of a file, of len bytes and a NUL, which is cut into words. Returns as cmd_parse();
 * c->verb is 0 for a line without words. c lives as long as the line. */
int cmd_parse_line(struct cmd *c, struct opt_context *x, char *line, size_t len);

/* Frees what parsing allocated. */
void opt_context_free(struct opt_context *x);

#endif
