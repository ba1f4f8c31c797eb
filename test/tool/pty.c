/*
 * pty [-r ROWS] [-c COLUMNS] [-b] [--] CMD ARG...
 *
 * Runs CMD as a job in a terminal of its own and, meanwhile, the commands that are the lines of
 * standard input, which may wait for what the screen shows. It is the terminal (a model of one that
 * knows what TERM=vt100, linux or xterm know, and no more) and, as far as jobs go, the shell.
 *
 *	-r, -c	the size of the window; default 24 rows, 80 columns
 *	-b	CMD begins in the background
 *
 *	wait TEXT	until a line of the screen has this extended regular expression
 *	gone TEXT	until none has
 *	marked TEXT	until a line in reverse video has it
 *	keys TEXT	types it; \e \n \\ \ooo are special
 *	size ROWS COLUMNS
 *	signal NAME	sends the process a signal, of some names or of any number
 *	stopped		until it has been stopped; the terminal is the shell's then, as it has set
 *it fg, bg		continues it running		until it neither is stopped nor has ended
 *	cooked, raw	until the terminal is as it was at first, or is not
 *	quiet		until something has been written, and nothing for a fifth of a second
 *	mark		begins to note what is written
 *	touched		prints the numbers of the rows that have been written to since, from 1
 *	written		prints the number of bytes that have been
 *	show		prints the screen, blanks at ends of lines and empty lines at its end left
 *out sh COMMAND	runs it by sh, beside end		until it has ended
 *
 * At the end it prints, a line each: "exit N" or "signal N"; "alternate" where the alternate screen
 * is still on; "hidden" where the cursor is; "reverse" where attributes are; "termios" where the
 * settings are not what they were; "input N" where N bytes that were typed would reach the shell;
 * "unknown SEQUENCE" for what that terminal does not know. Exit code 0; 1 where something was
 *waited for ten seconds in vain, which is told with the screen; 2 for a wrong command line; 77
 *without pseudo terminals.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ROWS	256
#define COLUMNS 512
#define SECONDS 10

/* --- the model --- */

struct page {
	char text[ROWS][COLUMNS];
	bool reverse[ROWS][COLUMNS];
};

static struct {
	unsigned rows, columns, row, column;
	bool wrap; /* a character was put into the last column: the next one wraps */
	bool reverse, hidden, alternate;
	bool has_cursor, has_alternate; /* what TERM knows */
	struct page page, other;
	unsigned other_row, other_column;
	bool touched[ROWS];
	unsigned long written;
	char unknown[64];
	enum { TEXT, ESCAPE, CSI } state;
	char seq[32];
	unsigned nseq;
} t;

static void clear(unsigned row, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		t.page.text[row][i] = ' ';
		t.page.reverse[row][i] = false;
	}
	t.touched[row] = true;
}

static void clear_rows(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		clear(i, 0, COLUMNS);
}

static void line_feed(void)
{
	if (t.row + 1 < t.rows) {
		t.row++;
		return;
	}
	memmove(t.page.text[0], t.page.text[1], sizeof(t.page.text[0]) * (t.rows - 1));
	memmove(t.page.reverse[0], t.page.reverse[1], sizeof(t.page.reverse[0]) * (t.rows - 1));
	for (unsigned i = 0; i < t.rows; i++)
		t.touched[i] = true;
	clear(t.rows - 1, 0, COLUMNS);
}

static void unknown(void)
{
	if (!t.unknown[0])
		snprintf(t.unknown, sizeof(t.unknown), "%s", t.seq);
}

static void put_char(char c)
{
	if (t.wrap) {
		t.column = 0;
		line_feed();
	}
	t.wrap = false;
	t.page.text[t.row][t.column] = c;
	t.page.reverse[t.row][t.column] = t.reverse;
	t.touched[t.row] = true;
	if (t.column + 1 < t.columns)
		t.column++;
	else
		t.wrap = true;
}

static void private_mode(bool on)
{
	if (t.has_cursor && !strncmp(t.seq, "[?25", 4) && t.nseq == 5) {
		t.hidden = !on;
	} else if (t.has_alternate && !strncmp(t.seq, "[?1049", 6) && t.nseq == 7) {
		if (on == t.alternate)
			return;
		t.alternate = on;
		if (on) {
			t.other = t.page;
			t.other_row = t.row;
			t.other_column = t.column;
			clear_rows(0, ROWS);
		} else {
			t.page = t.other;
			t.row = t.other_row < t.rows ? t.other_row : t.rows - 1;
			t.column = t.other_column;
		}
	} else {
		unknown();
	}
}

static void sequence(char final)
{
	unsigned a = 0, b = 0;
	char *p = t.seq + 1;

	t.wrap = false;
	if (*p == '?') {
		if (final == 'h' || final == 'l')
			private_mode(final == 'h');
		else
			unknown();
		return;
	}
	a = (unsigned)strtoul(p, &p, 10);
	if (*p == ';')
		b = (unsigned)strtoul(p + 1, &p, 10);
	if (*p != final) {
		unknown();
		return;
	}
	if (final == 'H') {
		a = a ? a : 1;
		b = b ? b : 1;
		t.row = (a < t.rows ? a : t.rows) - 1;
		t.column = (b < t.columns ? b : t.columns) - 1;
	} else if (final == 'J' && !a) {
		clear(t.row, t.column, COLUMNS);
		clear_rows(t.row + 1, ROWS);
	} else if (final == 'K' && !a) {
		clear(t.row, t.column, COLUMNS);
	} else if (final == 'm' && (!a || a == 7 || a == 1)) {
		t.reverse = a == 7;
	} else {
		unknown();
	}
}

static void feed(char c)
{
	t.written++;
	if (c == '\033') {
		t.state = ESCAPE;
		t.nseq = 0;
		return;
	}
	if (t.state != TEXT && t.nseq + 1 < sizeof(t.seq)) {
		t.seq[t.nseq++] = c;
		t.seq[t.nseq] = 0;
	}
	if (t.state == ESCAPE) {
		t.state = c == '[' ? CSI : TEXT;
		if (c != '[')
			unknown();
	} else if (t.state == CSI) {
		if (c < '@')
			return;
		t.state = TEXT;
		sequence(c);
	} else if (c == '\r') {
		t.column = 0;
		t.wrap = false;
	} else if (c == '\n') {
		line_feed();
		t.wrap = false;
	} else if (c == '\b') {
		t.column -= t.column > 0;
	} else if (c >= ' ' && c < 127) {
		put_char(c);
	} else if (c != '\a') {
		snprintf(t.seq, sizeof(t.seq), "0x%02x", (unsigned char)c);
		unknown();
	}
}

static unsigned length(unsigned row)
{
	unsigned n = t.columns;

	while (n && t.page.text[row][n - 1] == ' ')
		n--;
	return n;
}

static void show(FILE *to)
{
	unsigned rows = t.rows;

	while (rows && !length(rows - 1))
		rows--;
	for (unsigned i = 0; i < rows; i++)
		fprintf(to, "%.*s\n", (int)length(i), t.page.text[i]);
}

static bool shows(const regex_t *text, bool marked)
{
	char line[COLUMNS + 1];

	for (unsigned i = 0; i < t.rows; i++) {
		memcpy(line, t.page.text[i], length(i));
		line[length(i)] = 0;
		if ((!marked || t.page.reverse[i][0]) && !regexec(text, line, 0, NULL, 0))
			return true;
	}
	return false;
}

/* --- the job --- */

static int master, slave;
static pid_t job;
static int status; /* of the job, as wait(2) tells it, if it has ended */
static bool ended, stopped, deaf;
static bool any; /* something has been written */
static struct termios first, shell;

static void __attribute__((noreturn)) fail(int code, const char *what)
{
	fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
	exit(code);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Takes what is written and what becomes of the job, for ms milliseconds at most. Returns true when
 * something was written. */
static bool step(int ms)
{
	struct pollfd p = {.fd = master, .events = POLLIN};
	char buf[4096];
	int state;

	if (!ended && waitpid(job, &state, WNOHANG | WUNTRACED | WCONTINUED) == job) {
		stopped = WIFSTOPPED(state);
		ended = WIFEXITED(state) || WIFSIGNALED(state);
		status = state;
		if (stopped || ended) { /* the shell takes over */
			tcsetpgrp(slave, getpgrp());
			if (stopped)
				tcsetattr(slave, TCSADRAIN, &shell);
		}
	}
	if (poll(deaf ? NULL : &p, !deaf, ms) != 1)
		return false;
	ssize_t n = read(master, buf, sizeof(buf));
	for (ssize_t i = 0; i < n; i++)
		feed(buf[i]);
	any |= n > 0;
	return n > 0;
}

static bool is_cooked(void)
{
	struct termios now;

	return !tcgetattr(slave, &now) && now.c_lflag == first.c_lflag &&
	       now.c_iflag == first.c_iflag && now.c_oflag == first.c_oflag &&
	       !memcmp(now.c_cc, first.c_cc, sizeof(now.c_cc));
}

/* Types a text. */
/* All in one piece: a program that ends at the first key leaves the rest unread. */
static void type(const char *s)
{
	char keys[BUFSIZ];
	size_t n = 0;

	for (; *s && n < sizeof(keys); s++) {
		char c = *s;

		if (c == '\\' && s[1]) {
			c = *++s;
			if (c == 'e')
				c = '\033';
			else if (c == 'n')
				c = '\n';
			else if (isdigit((unsigned char)c)) {
				c = (char)strtoul(s, NULL, 8);
				s += strspn(s, "01234567") - 1;
			}
		}
		keys[n++] = c;
	}
	if (write(master, keys, n) != (ssize_t)n)
		fail(1, "typing");
}

static int signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
		{"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"TERM", SIGTERM}, {"TSTP", SIGTSTP},
		{"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"KILL", SIGKILL},
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name))
			return names[i].number;
	return atoi(name);
}

static void set_size(unsigned rows, unsigned columns)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};

	t.rows = rows ? rows : 24;
	t.columns = columns ? columns : 80;
	if (t.rows > ROWS || t.columns > COLUMNS)
		fail(2, "the window is too large");
	t.row = t.row < t.rows ? t.row : t.rows - 1;
	t.column = t.column < t.columns ? t.column : t.columns - 1;
	if (ioctl(slave, TIOCSWINSZ, &size))
		fail(1, "TIOCSWINSZ");
}

static void proceed(bool foreground)
{
	stopped = false;
	if (foreground)
		tcsetpgrp(slave, job);
	kill(-job, SIGCONT);
}

/* True when what a command waits for is there. */
static bool met(const char *command, const regex_t *text, bool quiet)
{
	return !strcmp(command, "wait")	     ? shows(text, false)
	       : !strcmp(command, "gone")    ? !shows(text, false)
	       : !strcmp(command, "marked")  ? shows(text, true)
	       : !strcmp(command, "stopped") ? stopped
	       : !strcmp(command, "running") ? !stopped && !ended
	       : !strcmp(command, "cooked")  ? is_cooked()
	       : !strcmp(command, "raw")     ? !is_cooked()
	       : !strcmp(command, "quiet")   ? quiet
					     : ended;
}

static void until(const char *command, const char *arg)
{
	uint64_t end = now_ms() + SECONDS * 1000, last = now_ms();
	regex_t text;

	if (regcomp(&text, arg, REG_EXTENDED | REG_NOSUB))
		fail(2, arg);
	while (!met(command, &text, any && now_ms() - last > 200)) {
		if (now_ms() > end) {
			fprintf(stderr, "pty: waited in vain: %s %s\n", command, arg);
			show(stderr);
			if (!ended)
				kill(-job, SIGKILL);
			exit(1);
		}
		if (step(5))
			last = now_ms();
	}
	regfree(&text);
}

static void run(char *line)
{
	static const char *const waits[] = {"wait",   "gone", "marked", "stopped", "running",
					    "cooked", "raw",  "quiet",	"end"};
	char *command = strtok(line, " "), *arg = strtok(NULL, "");
	unsigned rows, columns;

	arg = arg ? arg : "";
	if (!command)
		return;
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (!strcmp(command, waits[i])) {
			until(command, arg);
			return;
		}
	while (step(0))
		;
	if (!strcmp(command, "keys")) {
		type(arg);
	} else if (!strcmp(command, "size") && sscanf(arg, "%u %u", &rows, &columns) == 2) {
		set_size(rows, columns);
	} else if (!strcmp(command, "signal")) {
		kill(job, signal_number(arg));
	} else if (!strcmp(command, "fg") || !strcmp(command, "bg")) {
		proceed(*command == 'f');
	} else if (!strcmp(command, "mark")) {
		memset(t.touched, 0, sizeof(t.touched));
		t.written = 0;
	} else if (!strcmp(command, "touched")) {
		for (unsigned i = 0; i < t.rows; i++)
			if (t.touched[i])
				printf("%u ", i + 1);
		printf("\n");
	} else if (!strcmp(command, "written")) {
		printf("%lu\n", t.written);
	} else if (!strcmp(command, "show")) {
		show(stdout);
	} else if (!strcmp(command, "sh")) {
		char number[16];

		snprintf(number, sizeof(number), "%d", (int)job);
		setenv("JOB", number, 1);
		(void)!system(arg);
	} else if (!strcmp(command, "files")) {
		struct rlimit limit = {(rlim_t)atoi(arg), (rlim_t)atoi(arg)};

		prlimit(job, RLIMIT_NOFILE, &limit, NULL);
	} else if (!strcmp(command, "deaf") || !strcmp(command, "hear")) {
		deaf = *command == 'd';
	} else {
		errno = EINVAL;
		fail(2, command);
	}
}

static void start(char *argv[], bool background)
{
	job = fork();
	if (job < 0)
		fail(1, "fork");
	if (!job) {
		setpgid(0, 0);
		if (!background) {
			signal(SIGTTOU, SIG_IGN);
			tcsetpgrp(slave, getpgrp());
		}
		signal(SIGTTOU, SIG_DFL);
		signal(SIGTTIN, SIG_DFL);
		signal(SIGTSTP, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		for (int i = 0; i < 3; i++)
			dup2(slave, i);
		close(slave);
		close(master);
		execvp(argv[0], argv);
		fail(127, argv[0]);
	}
	setpgid(job, job);
	if (!background)
		tcsetpgrp(slave, job);
}

static void finish(void)
{
	int waiting = 0;

	while (step(0))
		;
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	if (t.alternate)
		printf("alternate\n");
	if (t.hidden)
		printf("hidden\n");
	if (t.reverse)
		printf("reverse\n");
	if (!is_cooked())
		printf("termios\n");
	shell = first;
	shell.c_lflag &= ~(tcflag_t)ICANON; /* only whole lines would count */
	tcsetattr(slave, TCSANOW, &shell);
	if (!ioctl(slave, FIONREAD, &waiting) && waiting)
		printf("input %d\n", waiting);
	if (t.unknown[0])
		printf("unknown %s\n", t.unknown);
}

int main(int argc, char *argv[])
{
	unsigned rows = 24, columns = 80;
	const char *term = getenv("TERM");
	bool background = false;
	char line[4096];
	int c;

	while ((c = getopt(argc, argv, "+r:c:b")) > 0)
		if (c == 'r')
			rows = (unsigned)atoi(optarg);
		else if (c == 'c')
			columns = (unsigned)atoi(optarg);
		else if (c == 'b')
			background = true;
		else
			return 2;
	if (optind == argc)
		return 2;
	if (setsid() < 0) { /* the leader of a group: a child is none */
		pid_t child = fork();
		int state;

		if (child > 0)
			return waitpid(child, &state, 0) == child && WIFEXITED(state)
				       ? WEXITSTATUS(state)
				       : 1;
		setsid();
	}
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		fail(77, "no pseudo terminal");
	slave = open(ptsname(master), O_RDWR | O_CLOEXEC);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		fail(77, "no pseudo terminal");
	t.has_cursor = !term || strncmp(term, "vt1", 3) != 0;
	t.has_alternate = t.has_cursor && (!term || strcmp(term, "linux") != 0);
	clear_rows(0, ROWS);
	set_size(rows, columns);
	tcgetattr(slave, &first);
	shell = first;
	start(argv + optind, background);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		run(line);
		fflush(stdout);
	}
	until("end", "");
	finish();
	return 0;
}
