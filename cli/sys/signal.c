#define _GNU_SOURCE
#include "cli/sys/signal.h"

#include <errno.h>
#include <stdbool.h>
#include <time.h>

volatile sig_atomic_t signal_caught, signal_job;

static sigset_t caught_set;

/* True for a signal that does no more than to end a wait. */
static bool wakes(int sig)
{
	return sig == SIGWINCH || sig == SIGCHLD || sig == SIGTSTP || sig == SIGCONT;
}

static void on_signal(int sig)
{
	if (!wakes(sig))
		signal_caught = sig;
	else if (sig != SIGCHLD && (sig != SIGWINCH || !signal_job))
		signal_job = sig;
}

void signal_catch(int sig)
{
	struct sigaction act = {.sa_handler = on_signal,
				.sa_flags = wakes(sig) ? 0 : (int)SA_RESETHAND};
	struct sigaction old;

	if ((sig == SIGHUP || sig == SIGTSTP) && !sigaction(sig, NULL, &old) &&
	    old.sa_handler == SIG_IGN)
		return;
	sigaction(sig, &act, NULL);
	sigaddset(&caught_set, sig);
}

void signal_wait(struct pollfd *p, unsigned n, int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};
	bool refused = false;
	sigset_t old;

	/* Signals get through only while ppoll(2) waits: none comes between the look and the wait.
	 */
	sigprocmask(SIG_BLOCK, &caught_set, &old);
	if (!signal_caught && !signal_job && ppoll(p, n, ms < 0 ? NULL : &ts, &old) < 0 &&
	    errno != EINTR)
		refused = true;
	sigprocmask(SIG_SETMASK, &old, NULL);
	/* A sandbox may not know ppoll(2). Without any wait there would be no end of trying. */
	if (refused && poll(p, n, ms >= 0 && ms < 100 ? ms : 100) < 0 && errno != EINTR)
		signal_caught = SIGABRT;
}
