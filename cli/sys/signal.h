/* Signals that end a command which runs until it is stopped. */
#ifndef CLI_SYS_SIGNAL_H
#define CLI_SYS_SIGNAL_H

#include <signal.h>
#include <stdint.h>

/* The caught signal that came last, 0: none so far. SIGWINCH and SIGCHLD do not show here: they
 * only end a wait. */
extern volatile sig_atomic_t signal_caught;

/* Catches a signal. The second one of a kind has its usual effect (those two apart): a reader of
 * ours that is stuck must not make us immortal. SIGHUP stays ignored where it is, as nohup(1)
 * wants. */
void signal_catch(int sig);

/* Gives a signal its usual effect back. */
void signal_release(int sig);

/* Waits until fd (-1: none) can be read, for ms milliseconds at most (-1: for ever), or until a
 * signal has been caught; returns at once if that was before. */
void signal_wait(int fd, int ms);

#endif
