/* Words: lines of load files cut into words, words turned into tokens, names into options. */
#include <stdlib.h>

#include "cli/opt/opt.h"
#include "ct/text.h"
#include "ct/words.h"
#include "unit.h"

/* Splits a line and joins its words by |, behind what is wrong. */
static const char *split(const char *line)
{
	static char text[256], copy[256];
	struct ct_words w = {0};
	const char *why;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	why = ct_split_line(&w, copy, strlen(copy));
	n += (size_t)snprintf(text, sizeof(text), "%s", why ? why : "");
	for (int i = 0; !why && i < w.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "|" : "", w.v[i]);
	free(w.v);
	return text;
}

static void test_split(void)
{
	static const char *const lines[][2] = {
		{"", ""},
		{" \t\r", ""},
		{"-D", "-D"},
		{"  -D -s\t10.0.0.1 \r", "-D|-s|10.0.0.1"},
		{"# -F", ""},
		{" #-F", ""},
		{"-D #", "-D|#"},
		{"-D# -F", "-D#|-F"},
		{"\"a b\" c", "a b|c"},
		{"a\"b c\"d", "ab cd"},
		{"\"\" x", "|x"},
		{"\"\"", ""},
		{"a\\ b", "a b"},
		{"\\\"a\\\"", "\"a\""},
		{"\"a\\\"b\"", "a\"b"},
		{"\\\\", "\\"},
		{"\\# x", "#|x"},
		{"\"# x\"", "# x"},
		{"a\001b", "a\001b"},
		{"\"a", "a double quote is not closed"},
		{"a \"b\" \"", "a double quote is not closed"},
		{"a\\", "a backslash at the end of the line has nothing to quote"},
		{"\"a\\", "a backslash at the end of the line has nothing to quote"},
	};
	struct ct_words w = {0};
	char many[600], nuls[] = "a\0b \0";

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK_STR(split(lines[i][0]), lines[i][1]);
	for (unsigned i = 0; i < 200; i++)
		memcpy(many + i * 3, "ab ", 3);
	many[599] = 0;
	CHECK(!ct_split_line(&w, many, 599));
	CHECK_INT(w.n, 200);
	CHECK_STR(w.v[199], "ab");
	CHECK(!ct_split_line(&w, many, 2)); /* cut short by now: the first word is left */
	CHECK_INT(w.n, 1);
	/* a NUL does not end a line */
	CHECK(!ct_split_line(&w, nuls, 5));
	CHECK_INT(w.n, 2);
	CHECK_STR(w.v[0], "a\001b");
	CHECK_STR(w.v[1], "\001");
	free(w.v);
}

static struct opt_context context;

/* The first long name of an option, NULL of none. */
static const char *name_of(const struct option *o)
{
	static char name[32];

	if (!o)
		return NULL;
	option_name(o, name, sizeof(name));
	return name;
}

static const char *find(const char *name)
{
	str first, other;

	return name_of(option_long(&context.index, name, strlen(name), &first, &other));
}

static void test_lookup(void)
{
	const struct option_index *ix = &context.index;
	const struct option *o;
	str first, other;

	option_index(&context.index, option_row(0));
	/* exact, by any of its names, though others begin with it */
	CHECK_STR(find("src"), "--src");
	CHECK_STR(find("orig-src"), "--src");
	CHECK_STR(find("out"), "--out");
	CHECK_STR(find("mark"), "--mark");
	/* cut short */
	CHECK_STR(find("outp"), "--output");
	CHECK_STR(find("dum"), "--list");
	CHECK_STR(find("protonu"), "--proto");
	/* of one option, though by two names */
	CHECK_STR(find("prot"), "--proto");
	/* ambiguous */
	CHECK(!option_long(ix, "reply-", 6, &first, &other));
	CHECK(ct_str_is(first, "reply-src") && ct_str_is(other, "reply-vtag"));
	CHECK(!option_long(ix, "la", 2, &first, &other));
	CHECK(ct_str_is(first, "label") && ct_str_is(other, "labelmap"));
	/* each name as it begins so, not the first one of its option */
	CHECK(!option_long(ix, "orig-", 5, &first, &other));
	CHECK(ct_str_is(first, "orig-src") && other.len > 5 && !memcmp(other.p, "orig-", 5));
	/* none */
	CHECK(!option_long(ix, "nosuch", 6, &first, &other));
	CHECK(!first.p && !other.p);
	CHECK(!option_long(ix, "", 0, &first, &other));
	CHECK(!option_long(ix, "srcs", 4, &first, &other));
	CHECK_STR(name_of(option_long(ix, "src=1", 3, &first, &other)), "--src");
	/* near misses: a letter changed, left out, added, two swapped; two of them; too far */
	CHECK_STR(name_of(option_near(ix, "dprot", 5)), "--dport");
	CHECK_STR(name_of(option_near(ix, "helpor", 6)), "--helper");
	CHECK_STR(name_of(option_near(ix, "timout", 6)), "--timeout");
	CHECK_STR(name_of(option_near(ix, "lables", 6)), "--label");
	CHECK(!option_near(ix, "nothinglikeit", 13));
	CHECK(!option_near(ix, "xx", 2));
	/* letters */
	CHECK_STR(name_of(option_letter(ix, 's')), "--src");
	CHECK(!option_next(ix, option_letter(ix, 's')));
	o = option_letter(ix, 'o');
	CHECK_STR(name_of(o), "--output");
	CHECK_STR(name_of(option_next(ix, o)), "--out");
	CHECK(!option_next(ix, option_next(ix, o)));
	CHECK(!option_letter(ix, 'X'));
	CHECK(!option_letter(ix, 0));
	CHECK(!option_letter(ix, '\377'));
	/* fields: the row that sets, where the command sets */
	CHECK_STR(name_of(option_of_field(ix, CT_F_LABEL, V_UPDATE)), "--label-add");
	CHECK_STR(name_of(option_of_field(ix, CT_F_LABEL, V_LIST)), "--label");
}

/* The tokens of a line that is cut at spaces, as "name=argument" and so on, or the error. */
static const char *tokens(const char *line)
{
	static char text[512], copy[256];
	static struct token room[32];
	struct cmd c = {0};
	struct parser p = {.cmd = &c, .context = &context, .tokens = room};
	char *argv[32], *save;
	int argc = 0;
	size_t n = 0;

	context.err[0] = text[0] = 0;
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	if (tokenize(&p, argc, argv))
		return context.err;
	for (unsigned i = 0; i < p.ntokens; i++) {
		struct token *t = &room[i];

		if (token_resolve(&p, t))
			return context.err;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s%s%s", i ? " " : "",
				      t->negate ? "!" : "", name_of(t->opt), t->arg ? "=" : "",
				      t->arg ? t->arg : "");
	}
	return text;
}

static void test_tokens(void)
{
	static const char *const lines[][2] = {
		{"", ""},
		{"-L", "--list"},
		{"-Lexpect -s10.0.0.1", "--list=expect --src=10.0.0.1"},
		{"-L=expect", "--list=expect"},
		{"-L expect", "--list=expect"},
		{"-L -s 10.0.0.1", "--list --src=10.0.0.1"},
		{"-s -1", "--src=-1"},
		{"--src=a=b", "--src=a=b"},
		{"--src=", "--src="},
		{"--list -p tcp ! --dport 80", "--list --proto=tcp !--dport=80"},
		{"-L ! -s x", "--list !--src=x"},
		{"-n", "--src-nat"},
		{"-n 10.0.0.1", "--src-nat=10.0.0.1"},
		{"-n blue", "--netns=blue"},
		{"-i 7", "--id=7"},
		{"-i 99999999999", "--id=99999999999"},
		{"-i eth9", "--in=eth9"},
		{"-o js", "--output=js"},
		{"-o eth9", "--out=eth9"},
		{"-o xml,eth9", "--out=xml,eth9"},
		{"-j", "--any-nat"},
		{"-j count", "--jump=count"},
		{"-o a/b", "-o: \"a/b\" fits neither --output nor --out"},
		{"eth9", "\"eth9\" is left over: no option takes it"},
		{"-L x y", "\"y\" is left over: no option takes it"},
		{"-", "\"-\" is left over: no option takes it"},
		{"-L !", "\"!\" is left over: it goes before an option"},
		{"! ! -s", "\"!\" is left over: no option takes it"},
		{"-X", "unknown option \"-X\""},
		{"--nothinglikeit", "unknown option \"--nothinglikeit\""},
		{"--dprot 1", "unknown option \"--dprot\": did you mean --dport?"},
		{"--la x", "\"--la\" is ambiguous: --label or --labelmap"},
		{"-z7", "unknown option \"-7\""},
		{"-z=7", "-z: takes no argument, but \"7\" is attached"},
		{"--zero=7", "--zero: takes no argument, but \"7\" is attached"},
	};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CHECK_STR(tokens(lines[i][0]), lines[i][1]);
}

/* Each word that the table lists is one that its option takes. */
static void test_words(void)
{
	const struct option *o;
	struct opt_context x = {0};
	const char *word;
	struct cmd c;

	for (size_t i = 0; (o = option_row(i)); i++)
		for (size_t k = 0; o->words && (word = option_lists[o->words](o, k)); k++) {
			char text[64], letter[] = {'-', o->letter, 0};
			char *argv[8], name[32];
			int argc = 0, err;

			option_name(o, name, sizeof(name));
			if (!o->verb)
				argv[argc++] = o->select & V_LIST ? "-L" : "-E";
			argv[argc++] = o->verb && o->letter == 'c' ? letter : name;
			argv[argc++] = text;
			snprintf(text, sizeof(text), "%s", word);
			if (o->field == CT_F_TCP_FLAGS)
				snprintf(text, sizeof(text), "%s,0", word);
			if (!strcmp(name, "--jump") && !strcmp(word, "mark"))
				snprintf(text, sizeof(text), "mark=1");
			if (!strcmp(name, "--jump") && !strcmp(word, "exec"))
				snprintf(text, sizeof(text), "exec=/bin/true");
			if (!strcmp(word, "format="))
				strcat(text, "src");
			if (strstr(word, "flows") || !strcmp(word, "prometheus")) {
				argv[argc++] = "--group";
				argv[argc++] = "src";
			}
			err = cmd_parse(&c, &x, argc, argv);
			/* Commands that need more than a table say so, and of nothing else. */
			if (err && o->verb & (V_GET | V_DELETE | V_CREATE | V_ADD | V_UPDATE))
				CHECK(strstr(x.err, "needed") || strstr(x.err, "needs") ||
				      strstr(x.err, "give conditions"));
			else
				CHECK_STR(x.err, "");
		}
	opt_context_free(&x);
}

/* The request that a line makes, or what else it leads to; 0 when it is wrong. */
static size_t meaning(struct opt_context *x, const char *text, size_t len, uint32_t *request)
{
	static char lines[2][700];
	static unsigned turn;
	char *line = lines[turn++ % 2]; /* the line before is gone */
	struct nl_buf b;
	struct cmd c;

	memset(lines, 'x', sizeof(lines));
	memcpy(line, text, len);
	line[len] = 0;
	nl_buf_init(&b, request, 1024);
	if (cmd_parse_line(&c, x, line, len) || !c.verb)
		return 0;
	if (c.verb & (V_CREATE | V_ADD)) {
		CHECK_INT(c.table == CT_TABLE_EXPECT ? ct_encode_create_expect(&b, 1, &c.expect)
						     : ct_encode_create(&b, 1, &c.create),
			  0);
		if (c.policy)
			nl_put_raw(&b, c.policy, (uint32_t)strlen(c.policy));
	} else {
		nl_put_raw(&b, c.filter->cond, c.filter->nconds * (uint32_t)sizeof(struct ct_cond));
		nl_put_raw(&b, &c.change.mark, sizeof(c.change.mark));
		nl_put_raw(&b, &c.change.status, sizeof(c.change.status));
	}
	nl_put_raw(&b, &c.verb, sizeof(c.verb));
	nl_put_raw(&b, &c.fmt_flags, sizeof(c.fmt_flags));
	return b.len;
}

/* Checks that a line means the same as by itself. True when it is right and means something. */
static bool means_the_same(struct opt_context *used, const char *line, size_t len)
{
	struct opt_context fresh = {.in_file = true};
	static uint32_t want[256], got[256];
	size_t n = meaning(&fresh, line, len, want);

	CHECK_INT(meaning(used, line, len, got), n);
	CHECK(!memcmp(want, got, n));
	CHECK_STR(used->err, fresh.err);
	CHECK_STR(used->note, fresh.note);
	opt_context_free(&fresh);
	return n > 0;
}

#define NEW "-I -s 10.0.0.1 -d 10.0.0.2 "
#define UDP NEW "-p udp --sport 1 --dport 2 -t 9 --helper "
#define FAR "                                                                                    "

/* A line of a file means the same behind any other lines, whose like is not looked at again. */
static void test_alike(void)
{
	static const char *const lines[] = {
		NEW "-p tcp --sport 1 --dport 2 -t 9 --state ESTABLISHED -u ASSURED",
		NEW "-p tcp --sport 1 --dport 2 -t 9 --state ESTABLISHED -u ASSURED",
		NEW "-p tcp --sport 300 --dport 2 -t 9 --state ESTABLISHED -u ASSURED",
		NEW "-p tcp --sport 4 --dport 2 -t 10 --state ESTABLISHED -u ASSURED",
		NEW "-p tcp --sport 4 --dport 2 -t 10 --state LISTEN -u ASSURED,SEEN_REPLY",
		NEW "-p tcp --sport 4 --dport 2 -t 10 --state CLOSED -u ASSURED", /* wrong */
		NEW "-p tcp --sport 5 --dport 2 -t 10 --state CLOSE -u ASSURED",
		"-I -s 10.0.0.3 -d ::1 -p tcp --sport 4 --dport 2 -t 10 --state CLOSE -u ASSURED",
		"-I -s ::2 -d ::1 -p tcp --sport 4 --dport 2 -t 10 --state CLOSE -u ASSURED",
		"-I -s ::2:80 -d ::1 -p tcp --sport 4 --dport 2 -t x --state CLOSE -u DYING",
		/* states are those of the protocol, which differs */
		NEW "-p sctp --sport 4 --dport 2 -t 1 --state ESTABLISHED --orig-vtag 1 "
		    "--reply-vtag 2",
		NEW "-p dccp --sport 4 --dport 2 -t 1 --state OPEN --orig-vtag 1 --reply-vtag 2",
		NEW "-p sctp --sport 4 --dport 2 -t 1 --state CLOSED --orig-vtag 1 --reply-vtag 2",
		NEW "-p sctp --sport 5 --dport 2 -t 1 --state CLOSED --orig-vtag 1 --reply-vtag 2",
		/* what others lie in, and what commands keep of their words */
		NEW "-p udp --sport=1 --dport=2 -t 9 --helper ftp",
		NEW "-p udp --sport=2 --dport=2 -t 9 --helper ftp",
		NEW "-p udp --sport=3 --dport=2 -t 9 --helper tftp",
		NEW "-p udp --sport=4 --dport=2 -t 9 --helper sip",
		NEW "-p udp --sport=4 --dport= -t 9 --helper sip",
		NEW "-p udp --sport=4 --dport -t 9 --helper sip",
		NEW "-p udp --sport 1 --dport 2 -t policy",
		NEW "-p udp --sport 2 --dport 2 -t policy",
		NEW "-p udp --sport 3 --dport 2 -t other",
		NEW "-p udp --sport 3 --dport 2 -t 7",
		/* blanks, quotes and what looks like an option */
		NEW "-p udp  --sport 3 --dport 2 -t 7\r",
		NEW "-p udp  --sport 4 --dport 2 -t 7\r",
		NEW "-p udp  --sport 4 --dport 2 -t 7",
		NEW "-p udp  --sport 4 --dport 2 -t 7 \t",
		NEW "-p udp  --sport 4 --dport 2 -t \"7\"",
		NEW "-p udp  --sport 4 --dport 2 -t 7\\7",
		NEW "-p udp  --sport 4 --dport 2 -t \"7",
		NEW "-p udp  --sport 4 --dport 2 -t",
		NEW "-p udp  --sport -4 --dport ! -t 7",
		NEW "-p udp --sport 1 --dport 2 -t 9 # no comment",
		"# " NEW "-p udp --sport 1 --dport 2 -t 9",
		"",
		PROGRAM " -D -s 10.0.0.1 -p tcp",
		PROGRAM " -D -s 10.0.0.2 -p tcp",
		PROGRAM " -D -s 10.0.0.2 -p udp ! -d 10.0.0.0/8,::1",
		PROGRAM " -D -s 10.0.0.3,::1 -p udp ! -d 10.0.0.0/8,::1",
		PROGRAM " -D -s 10.0.0.3 -p udp ! -d ::1",
		PROGRAM,
		/* conditions and what to set, notes, labels */
		"-U -p tcp -m 1 -u ASSURED",
		"-U -p tcp -m 2 -u ASSURED",
		"-U -p udp -m 3/7 -u SEEN_REPLY",
		"-U -p tcp -m 3/7 -u CONFIRMED",
		"-U -p tcp -m 2,3 -u CONFIRMED",
		"-D -c 7 -p tcp",
		"-D -c 7 -p udp",
		"-D -f bridge -p udp",
		"-D -f bridge -p tcp",
		"-D -f inet -p tcp --mask-src 255.0.0.0",
		NEW "-p udp --sport 1 --dport 2 -t 9 --label-add 1,2",
		NEW "-p udp --sport 2 --dport 2 -t 9 --label-add 1,2",
		NEW "-p udp --sport 2 --dport 2 -t 9 --label-add 3 --labelmap /dev/null",
		NEW "-p udp --sport 3 --dport 2 -t 9 --label-add 3 --labelmap /dev/null",
		NEW "-p udp --sport 4 --dport 2 -t 9 --label-add 3 --labelmap /dev/nothing",
		NEW "-p udp --sport 4 --dport 2 -t 9 --label-add 3",
		NEW "-p udp --sport 3 --dport 2 -t 9 -g 10.0.0.3:4 -w 5 -m 0x10",
		NEW "-p udp --sport 3 --dport 2 -t 9 -g 10.0.0.3 -w 6 -m 0x20/0x30",
		NEW "-p udp --sport 3 --dport 2 -t 9 -r 10.0.0.3 -w 6 -m 0x20",
		NEW "-f bridge -p udp --sport 1 --dport 2 -t 9",
		NEW "-f bridge -p udp --sport 2 --dport 2 -t 9",
		NEW "-f bridge -p udp --sport 3 --dport 2 -t 9",
		"-zI -s 10.0.0.3",
		"-zI -s 10.0.0.4",
		"-I expect -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 1 --dport 2 --tuple-src 10.0.0.1 "
		"--tuple-dst 10.0.0.3 --tuple-port-dst 4 -t 9",
		"-I expect -s 10.0.0.1 -d 10.0.0.2 -p tcp --sport 9 --dport 2 --tuple-src 10.0.0.4 "
		"--tuple-dst 10.0.0.3 --tuple-port-dst 5 -t 9",
	};
	/* NULs in and around arguments, and blanks that make a line longer than templates. */
	static const struct nl_str odd[] = {
		{UDP "f\0p", sizeof(UDP "f\0p") - 1},
		{UDP "ftp\0", sizeof(UDP "ftp\0") - 1},
		{UDP "\0", sizeof(UDP "\0") - 1},
		{UDP FAR FAR FAR FAR FAR FAR "ftp", sizeof(UDP FAR FAR FAR FAR FAR FAR "ftp") - 1},
	};
	const unsigned n = sizeof(lines) / sizeof(lines[0]);
	struct opt_context used = {.in_file = true};
	unsigned right = 0;

	/* Each line twice, and one between that makes another template. */
	for (unsigned step = 1; step < 4; step++)
		for (unsigned i = 0; i < 3 * n; i++) {
			const char *line =
				step > 1 && i % 3 == 2 ? lines[i / 3 * step % n] : lines[i / 3];

			right += means_the_same(&used, line, strlen(line));
		}
	CHECK(right > 3 * n);
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		CHECK(means_the_same(&used, UDP "ftp", sizeof(UDP "ftp") - 1));
		CHECK(means_the_same(&used, UDP "sip", sizeof(UDP "sip") - 1));
		CHECK(means_the_same(&used, odd[i].p, odd[i].len));
	}
	opt_context_free(&used);
}

int main(void)
{
	test_split();
	test_lookup();
	test_tokens();
	test_words();
	test_alike();
	return UNIT_END();
}
