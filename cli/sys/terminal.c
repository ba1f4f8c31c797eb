#define _GNU_SOURCE
#include "cli/sys/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/sys/signal.h"

/* The other screen, no cursor, an empty window: a vt100 knows the last part alone, Linux's console
 * the last two. Likewise the way back, the other way round; the line below the window's last one is
 * for those that have one screen. */
#define ENTER	    "\033[?1049h\033[?25l\033[H\033[J"
#define LEAVE	    "\033[m\033[999;1H\033[K\n\033[?25h\033[?1049l"
#define LEN_SCREEN  8 /* of the sequence for the other screen */
#define LEN_CURSOR  6
#define LEN(string) (sizeof(string) - 1)

static struct {
	volatile sig_atomic_t taken;
	int fd;
	unsigned less; /* bytes of ENTER and LEAVE that the terminal does not know */
	struct termios before;
} terminal;

static bool begins(const char *word, const char *with)
{
	return !strncmp(word, with, strlen(with));
}

bool terminal_drawable(int fd)
{
	const char *type = getenv("TERM");

	return type && *type && strcmp(type, "dumb") != 0 && isatty(fd);
}

/* True when another job has the terminal. A terminal that controls no session has no jobs. */
static bool in_background(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	return foreground >= 0 && foreground != getpgrp();
}

int terminal_enter(int fd)
{
	const char *term = getenv("TERM"), *type = term ? term : "";
	struct termios raw;

	/* This changes nothing, and stops a job in the background until it is in the foreground. */
	signal(SIGTTOU, SIG_DFL);
	while (tcflow(fd, TCOON))
		if (errno != EINTR)
			return -errno;
	if (in_background(fd))
		return -EIO;
	if (!terminal.taken && tcgetattr(fd, &terminal.before))
		return -errno;
	raw = terminal.before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	terminal.fd = fd;
	terminal.less = begins(type, "vt1")	? LEN_SCREEN + LEN_CURSOR
			: begins(type, "linux") ? LEN_SCREEN
						: 0;
	terminal.taken = true;
	if (tcsetattr(fd, TCSANOW, &raw))
		return -errno;
	return write(fd, &ENTER[terminal.less], LEN(ENTER) - terminal.less) < 0 ? -errno : 0;
}

void terminal_leave(void)
{
	struct pollfd p = {.fd = terminal.fd, .events = POLLOUT};

	if (!terminal.taken)
		return;
	terminal.taken = false;
	/* One that is stuck is not waited for: what it has not taken is dropped. */
	if (!poll(&p, 1, 100)) {
		tcflush(p.fd, TCOFLUSH);
		poll(&p, 1, 0);
	}
	if (p.revents & POLLOUT)
		(void)!write(p.fd, LEAVE, LEN(LEAVE) - terminal.less);
	/* In the background, where a signal reached us, the settings are another's. */
	if (!in_background(p.fd)) {
		tcsetattr(p.fd, TCSANOW, &terminal.before);
		tcflush(p.fd, TCIFLUSH);
	}
}

static void on_end(int sig)
{
	terminal_leave();
	signal(sig, SIG_DFL);
	raise(sig);
}

void terminal_guard(void)
{
	static const uint32_t others = /* that end nothing, or cannot be caught */
		UINT32_C(1) << SIGKILL | UINT32_C(1) << SIGSTOP | UINT32_C(1) << SIGCHLD |
		UINT32_C(1) << SIGCONT | UINT32_C(1) << SIGURG | UINT32_C(1) << SIGWINCH |
		UINT32_C(1) << SIGTSTP | UINT32_C(1) << SIGTTIN | UINT32_C(1) << SIGTTOU;
	struct sigaction old;

	for (int sig = 1; sig <= 64; sig++)
		if ((sig > 31 || !(others >> sig & 1)) && !sigaction(sig, NULL, &old) &&
		    old.sa_handler == SIG_DFL)
			signal(sig, on_end);
}

void terminal_size(unsigned *columns, unsigned *rows)
{
	struct winsize size;

	if (ioctl(terminal.fd, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	*columns = size.ws_col;
	*rows = size.ws_row;
}

/* The next byte that is typed within so many milliseconds; KEY_NONE: there is none. */
static int next_byte(int ms)
{
	struct pollfd p = {.fd = terminal.fd, .events = POLLIN};
	unsigned char c;

	if (poll(&p, 1, ms) != 1)
		return KEY_NONE;
	return read(p.fd, &c, 1) == 1 ? c : KEY_END_OF_INPUT;
}

int terminal_key(int ms)
{
	struct pollfd p = {.fd = terminal.fd, .events = POLLIN};
	int c, first = 0;

	signal_wait(&p, 1, ms);
	c = next_byte(0);
	if (c != KEY_ESCAPE)
		return c;
	/* The bytes of a key come at once, though over a slow line. */
	c = next_byte(100);
	if (c <= 0)
		return KEY_ESCAPE;
	if (c != '[' && c != 'O')
		return KEY_NONE;
	while ((c = next_byte(100)) > 0 && c < '@')
		first = first ? first : c;
	return c <= 0 ? c : 0x100 | (c == '~' ? first : c);
}

void terminal_forget(void)
{
	tcflush(terminal.fd, TCIFLUSH);
}
