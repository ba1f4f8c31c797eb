/*
 * The terminal, while a command has its whole window and its keys.
 *
 * It is restored whatever ends the process (SIGKILL apart), and while the process is stopped from
 * it. There is one: a process has one terminal.
 */
#ifndef CLI_SYS_TERMINAL_H
#define CLI_SYS_TERMINAL_H

#include <stdbool.h>

/* Keys beyond characters. Page up and down, home and end are as xterm and vt220 send them. */
enum {
	KEY_END_OF_INPUT = -1,
	KEY_NONE,
	KEY_ESCAPE = 27,
	KEY_UP = 0x100 | 'A',
	KEY_DOWN = 0x100 | 'B',
	KEY_RIGHT = 0x100 | 'C',
	KEY_LEFT = 0x100 | 'D',
	KEY_PAGE_UP = 0x100 | '5',
	KEY_PAGE_DOWN = 0x100 | '6',
};

/* True when fd is a terminal that does more than print lines: TERM in the environment is neither
 * empty nor "dumb". */
bool terminal_drawable(int fd);

/* Takes the terminal fd: no echo, keys at once, its other screen where TERM has one, no cursor.
 * Waits, stopped, while the process is in the background. When it is taken already, that is done
 * once more: for a process that was stopped and did not know. Returns 0 or a negative errno. */
int terminal_enter(int fd);

/* Gives it back as it was, without what was typed and not read. Safe in signal handlers; harmless
 * when it is not taken. */
void terminal_leave(void);

/* From here on terminal_leave() comes before any signal that ends the process, unless it is caught
 * or ignored already. */
void terminal_guard(void);

/* The size of its window; 80 columns and 24 rows where it does not tell, as on a serial line. */
void terminal_size(unsigned *columns, unsigned *rows);

/* Waits for a key: ms milliseconds at most (-1: for ever), and no longer than until a signal comes.
 * Returns a character, KEY_*, or KEY_NONE. */
int terminal_key(int ms);

/* Forgets what was typed and not read. */
void terminal_forget(void);

#endif
