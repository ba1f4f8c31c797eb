/* The time. */
#ifndef CLI_SYS_CLOCK_H
#define CLI_SYS_CLOCK_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds by a clock: CLOCK_REALTIME (since the epoch), CLOCK_MONOTONIC. The small binary does
 * without the C library's way around the system call, as it asks once for many entries. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

#if defined(SMALL) && defined(__LP64__)
	syscall(SYS_clock_gettime, clock, &ts);
#else
	clock_gettime(clock, &ts);
#endif
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#endif
