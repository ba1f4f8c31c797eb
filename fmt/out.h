/*
 * The output buffer.
 *
 * Bytes are collected and written in large pieces. After the first error nothing more is written
 * and everything is thrown away, so that writers need not check: the buffer's owner asks for the
 * error at the end.
 */
#ifndef FMT_OUT_H
#define FMT_OUT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef DEBUG
#include <assert.h>
#define debug_assert(cond) assert(cond)
#else
#define debug_assert(cond) ((void)0)
#endif

#define OUT_SIZE 65536

/* Functions that put something into the room may write so many bytes behind what they put. */
#define OUT_SLACK 20

struct out {
	char *p; /* where the next byte goes */
	int fd;
	int err;      /* 0, or the negative errno of the first write that failed */
	bool written; /* something has left the buffer */
	/* NULL, or what a signal handler sets: from then on a reader that takes nothing for a while
	 * is an error, -EINTR. */
	const volatile sig_atomic_t *stop;
#ifdef DEBUG
	char *promised; /* the end of the room that was made last */
#endif
	char buf[OUT_SIZE + OUT_SLACK];
};

/* Starts empty, writing to fd, which stays the caller's. */
void out_init(struct out *o, int fd);

/* Writes what is buffered. Returns o->err. */
int out_flush(struct out *o);

/* Makes room for n bytes at o->p, n <= OUT_SIZE, flushing if need be. Returns o->p, to be filled
 * and then moved on by out_end(). Debug builds (-DDEBUG) check that what was written fits. */
static inline char *out_room(struct out *o, size_t n)
{
	if ((size_t)(o->buf + OUT_SIZE - o->p) < n)
		out_flush(o);
#ifdef DEBUG
	o->promised = o->p + n;
#endif
	return o->p;
}

/* Appends what was written from o->p up to p, into the room that out_room() has made. */
static inline void out_end(struct out *o, char *p)
{
	debug_assert(p >= o->p && p <= o->promised);
	o->p = p;
}

/* Appends n bytes, any number of them. */
void out_bytes(struct out *o, const char *s, size_t n);

/* Appends a terminated string. */
void out_str(struct out *o, const char *s);

/* Appends a string from outside for a terminal or a log: bytes that are not printable ASCII, and
 * the backslash, become \xNN. */
void out_safe(struct out *o, const char *s, size_t n);

/* Appends a decimal number. */
void out_u64(struct out *o, uint64_t v);

#endif
