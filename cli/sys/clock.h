/* The time. */
#ifndef CLI_SYS_CLOCK_H
#define CLI_SYS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds by a clock: CLOCK_REALTIME (since the epoch), CLOCK_MONOTONIC. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#endif
