/* Signals that end a command which runs until it is stopped. */
#ifndef CLI_SYS_SIGNAL_H
#define CLI_SYS_SIGNAL_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* The caught signal that came last, 0: none so far. Those of signal_job and SIGCHLD do not show
 * here: they only end a wait. */
extern volatile sig_atomic_t signal_caught;

/* The one of SIGTSTP and SIGCONT that came last, if they are caught, or SIGWINCH if there was none
 * of them; who has seen it makes it 0. */
extern volatile sig_atomic_t signal_job;

/* Catches a signal. The second one of a kind has its usual effect (these apart): a reader of
 * ours that is stuck must not make us immortal. SIGHUP and SIGTSTP stay ignored where they are, as
 * nohup(1) and shells without jobs want. */
void signal_catch(int sig);

/* Waits until one of n descriptors is ready, for ms milliseconds at most (-1: for ever), or until a
 * signal has been caught; returns at once if that was before. Sets what they are ready for, nothing
 * where a signal came. */
void signal_wait(struct pollfd *p, unsigned n, int ms);

#endif
