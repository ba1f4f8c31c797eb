/*
 * Load files: cut into lines and words, and each line parsed and built as -R does it, with nothing
 * sent to a kernel. The file comes in pieces; lines and words are what a simpler reader says.
 */
#include <poll.h>
#include <sys/types.h>

#include "cli/opt/parse.h"
#include "ct/table.h"

int fuzz_poll(struct pollfd *fd, nfds_t n, int timeout);
int fuzz_parse_line(struct cmd *c, struct opt_context *x, char *line, size_t len);
int fuzz_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit, struct nl_err *err);

/* Functions that would open files or sockets, or write to stderr, are replaced. */
#define read	      fuzz_read
#define poll	      fuzz_poll
#define ct_lines_next fuzz_lines_next
#define ct_lines_free fuzz_lines_free
#include "ct/lines.c"
#undef read
#undef poll

#define session_format	fuzz_session_format
#define ct_count	fuzz_count
#define warn		fuzz_warn
#define creations_add	fuzz_creations_add
#define creations_flush fuzz_creations_flush
#define creations_open	fuzz_creations_open
#define creations_close fuzz_creations_close
#define dispatch	fuzz_dispatch
#define creation_show	fuzz_creation_show
#define cmd_parse_line	fuzz_parse_line
#include "cli/cmd/load.c"
#undef ct_count
#undef cmd_parse_line

#define ct_labelmap_load fuzz_labelmap_load
int fuzz_labelmap_load(struct ct_labelmap *m, const char *path);
#include "cli/opt/label.c"

#include "fuzz.h"

#define OUTER_LABELS "the label file beside -R"

static const uint8_t *file, *file_end;
static struct loader loader;
static unsigned complaints, commands;

ssize_t fuzz_read(int fd, void *buf, size_t size)
{
	size_t n = (size_t)(file_end - file);

	MUST(fd == -1 && size);
	if (n > 1)
		n = 1 + (size_t)(*file * 7 % 50) % n;
	n = n < size ? n : size;
	memcpy(buf, file, n);
	file += n;
	return (ssize_t)n;
}

/* The bit that is called "web" in the label file of this name. */
static unsigned web_bit(const char *path)
{
	unsigned sum = 0;

	while (*path)
		sum = sum * 31 + (uint8_t)*path++;
	return sum % CT_LABEL_BITS;
}

/* Every file can be read, but for those whose name begins with an n. */
int fuzz_labelmap_load(struct ct_labelmap *m, const char *path)
{
	char *text = malloc(32);
	size_t n;
	int err;

	MUST(text && !m->text);
	n = (size_t)snprintf(text, 32, "%u web\n", web_bit(path));
	if (*path == 'n') {
		free(text);
		return -ENOENT;
	}
	err = ct_labelmap_parse(m, text, n);
	m->text = text;
	return err;
}

/* The label names at hand are those of the line's own file or, without one, of the whole load's. */
static void check_labels(const struct cmd *c)
{
	const struct opt_context *x = &loader.context;
	const char *path = c->labelmap ? c->labelmap : OUTER_LABELS;

	MUST(x->labelmap && !strcmp(x->labelmap, OUTER_LABELS));
	for (unsigned bit = 0; x->labels_loaded && bit < CT_LABEL_BITS; bit++)
		MUST(bit == web_bit(path)
			     ? x->labels.name[bit] && !strcmp(x->labels.name[bit], "web")
			     : !x->labels.name[bit]);
}

/* Now and then the file has to be waited for. */
int fuzz_poll(struct pollfd *fd, nfds_t n, int timeout)
{
	MUST(fd->fd == -1 && fd->events == POLLIN && n == 1);
	return timeout || (file_end - file) & 1;
}

void fuzz_warn(const struct subject *s, const char *text, ...)
{
	va_list args;

	MUST(s && s->line && text);
	va_start(args, text);
	if (strcmp(text, "%s") != 0 || va_arg(args, const char *) != loader.context.note)
		complaints++;
	va_end(args);
}

int fuzz_creations_open(struct creations *c, struct session *s)
{
	c->session = s;
	return 0;
}

void fuzz_creations_close(struct creations *c)
{
	(void)c;
}

int fuzz_creations_flush(struct creations *c)
{
	(void)c;
	return 0;
}

static void encode_creation(const struct session *s)
{
	const struct cmd *cmd = s->cmd;
	uint32_t store[NL_BATCH_ROOM / 4];
	struct nl_buf b;

	MUST(cmd->verb & (V_CREATE | V_ADD));
	check_labels(cmd);
	nl_buf_init(&b, store, sizeof(store)); /* as much as a batch has for each */
	if (cmd->table == CT_TABLE_EXPECT)
		MUST(!ct_encode_create_expect(&b, 1, &cmd->expect));
	else
		MUST(!ct_encode_create(&b, 1, &cmd->create));
	MUST(fuzz_request(&b));
}

int fuzz_creations_add(struct creations *c, struct session *s)
{
	encode_creation(s);
	c->creator.done++;
	commands++;
	return 0;
}

int fuzz_creation_show(struct session *s)
{
	MUST(s->dry_run);
	encode_creation(s);
	return 0;
}

void fuzz_session_format(struct session *s)
{
	MUST(s->cmd == &loader.cmd || s->cmd == &loader.walk.cmd);
}

/* A table of any size. */
int fuzz_count(struct ct_handle *c, uint32_t *entries, uint32_t *limit, struct nl_err *err)
{
	(void)c;
	*entries = *limit = (uint32_t)(file_end - file) * 16;
	return nl_fail(err, 0);
}

/* Lines that waited for others: all at once, or one. */
static void check_walk(const struct cmd *c)
{
	const struct walk *w = &loader.walk;
	const struct ct_selection *one = NULL;
	uint32_t n = 0;

	MUST(c->filter == &w->filter && w->lines.n && w->lines.n <= WALK_MAX);
	while ((one = ct_selections_next(&w->lines, one))) {
		MUST(ct_selection_tag(one) >= w->first && ct_selection_tag(one) <= w->last);
		n++;
	}
	MUST(n == w->lines.n && (!c->filter->selections || c->filter->selections == &w->lines));
	MUST(!(c->filter->fields & CT_SELECT_NEVER));
}

int fuzz_dispatch(struct session *s)
{
	MUST(s->cmd->verb & (V_UPDATE | V_DELETE | V_FLUSH));
	if (s->cmd == &loader.walk.cmd)
		check_walk(s->cmd);
	else
		check_labels(s->cmd);
	commands += !s->dry_run;
	return 0;
}

/* A line means the same as its words by themselves. */
static void check_parse(const struct cmd *c, char *line, size_t len, int err)
{
	struct opt_context x = {.labelmap = OUTER_LABELS, .in_file = true};
	const struct opt_context *used = &loader.context;
	struct ct_words w = {0};
	uint32_t store[2][NL_BATCH_ROOM / 4];
	struct nl_buf b[2];
	struct cmd fresh;
	int program;

	if (ct_split_line(&w, line, len)) {
		MUST(err == EXIT_USAGE);
	} else {
		program = w.n && !strcmp(w.v[0], PROGRAM);
		if (w.n == program) {
			MUST(!err && !c->verb);
		} else {
			MUST(cmd_parse(&fresh, &x, w.n - program, w.v + program) == err);
			MUST(!strcmp(x.err, used->err) && !strcmp(x.note, used->note));
			MUST(err || (fresh.verb == c->verb && fresh.table == c->table));
		}
		if (w.n > program && !err && c->verb & (V_CREATE | V_ADD)) {
			const struct cmd *both[] = {c, &fresh};

			for (unsigned i = 0; i < 2; i++) {
				nl_buf_init(&b[i], store[i], sizeof(store[i]));
				MUST(!(c->table == CT_TABLE_EXPECT
					       ? ct_encode_create_expect(&b[i], 1, &both[i]->expect)
					       : ct_encode_create(&b[i], 1, &both[i]->create)));
			}
			MUST(b[0].len == b[1].len && !memcmp(store[0], store[1], b[0].len));
		} else if (w.n > program && !err) {
			MUST(ct_same_change(&c->change, &fresh.change));
			MUST(c->filter->nconds == fresh.filter->nconds &&
			     c->filter->fields == fresh.filter->fields);
		}
	}
	opt_context_free(&x);
	free(w.v);
}

int fuzz_parse_line(struct cmd *c, struct opt_context *x, char *line, size_t len)
{
	char *copy = malloc(len + 1);
	int err;

	MUST(copy);
	memcpy(copy, line, len + 1);
	err = cmd_parse_line(c, x, line, len);
	check_parse(c, copy, len, err);
	free(copy);
	return err;
}

/* The words that ct_split_line() should make of a line: words, each with its NUL, in out. -1 if it
 * is wrong. */
static int simple_split(const char *s, char *out)
{
	bool inside = false, quoted = false;
	int n = 0;

	for (; *s; s++) {
		if (!quoted && strchr(" \t\r", *s)) {
			if (inside)
				*out++ = 0;
			inside = false;
			continue;
		}
		if (!inside && !n && *s == '#')
			return 0;
		n += !inside;
		inside = true;
		if (*s == '"')
			quoted = !quoted;
		else if (*s != '\\')
			*out++ = *s;
		else if (*++s)
			*out++ = *s;
		else
			return -1;
	}
	*out = 0;
	return quoted ? -1 : n;
}

static void check_lines(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *words = malloc(size + 1);
	struct ct_lines in = {.fd = -1};
	struct ct_words w = {0};

	MUST(line && words);
	for (const uint8_t *p = data, *end = data + size; p < end;) {
		const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);
		size_t got_len;
		char *got = ct_lines_next(&in, &got_len), *word = words;
		const char *why;
		int n;

		memcpy(line, p, len);
		line[len] = 0;
		MUST(got && got_len == len && !memcmp(got, line, len + 1));
		for (size_t i = 0; i < len; i++)
			line[i] = line[i] ? line[i] : '\001';
		n = simple_split(line, words);
		why = ct_split_line(&w, got, len);
		MUST(why ? n < 0 : n == w.n);
		for (int i = 0; i < n; i++) {
			MUST(!strcmp(w.v[i], word));
			word += strlen(word) + 1;
		}
		p += len + !!nl;
	}
	MUST(!ct_lines_next(&in, &in.end) && !in.err);
	ct_lines_free(&in);
	free(w.v);
	free(line);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cmd outer;
	struct session whole;
	static struct out out;
	int code;

	file = data;
	file_end = data + size;
	check_lines(data, size);
	file = data;
	complaints = commands = 0;
	memset(&loader, 0, sizeof(loader));
	outer = (struct cmd){.verb = V_LOAD, .carry_on = size & 1, .dry_run = size & 2};
	out_init(&out, -1);
	whole = (struct session){.cmd = &outer, .out = &out, .about.file = "file"};
	whole.carry_on = outer.carry_on;
	whole.dry_run = outer.dry_run;
	loader.line = whole;
	loader.context.labelmap = OUTER_LABELS;
	loader.context.in_file = true;
	creations_open(&loader.creations, &loader.line);
	loader.whole = &whole;
	loader.in = (struct ct_lines){.fd = -1, .idle = finish_idle, .arg = &loader};
	code = load_lines(&loader);
	MUST(code == 0 || code == EXIT_REFUSED || code == EXIT_USAGE);
	/* Something was wrong exactly when that was told. */
	MUST(!code == !complaints && (complaints < 2 || loader.line.carry_on));
	if (code == EXIT_USAGE)
		MUST(!commands);
	opt_context_free(&loader.context);
	ct_lines_free(&loader.in);
	ct_selections_free(&loader.walk.lines);
	ct_filter_free(&loader.walk.filter);
	return 0;
}
