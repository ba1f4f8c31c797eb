#include "fmt/out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fmt/num.h"

/* After o->stop: the milliseconds that a reader has to take something, and bytes to be written at
 * once. */
#define STOP_MS	   1500
#define STOP_PIECE 4096

_Static_assert(OUT_SLACK >= PUT_SLACK, "see fmt/num.h");

void out_init(struct out *o, int fd)
{
	o->fd = fd;
	o->err = 0;
	o->stop = NULL;
	o->written = false;
	o->p = o->buf;
}

int out_flush(struct out *o)
{
	const char *p = o->buf;

	while (!o->err && p < o->p) {
		struct pollfd fd = {.fd = o->fd, .events = POLLOUT};
		size_t len = (size_t)(o->p - p);
		ssize_t n;

		if (o->stop && *o->stop) {
			/* A pipe that has room at all takes this much without waiting. */
			len = len < STOP_PIECE ? len : STOP_PIECE;
			if (!poll(&fd, 1, STOP_MS)) {
				o->err = -EINTR;
				break;
			}
		}
		n = write(o->fd, p, len);
		if (n >= 0) {
			p += n;
			o->written = true;
		} else if (errno == EAGAIN) {
			/* Somebody made the shared descriptor non-blocking; wait all the same. */
			if (poll(&fd, 1, o->stop ? STOP_MS : -1) < 0 && errno != EINTR)
				o->err = -errno;
		} else if (errno != EINTR) {
			o->err = -errno;
		}
	}
	o->p = o->buf;
	return o->err;
}

void out_bytes(struct out *o, const char *s, size_t n)
{
	while (n) {
		size_t room = (size_t)(o->buf + OUT_SIZE - o->p);
		size_t part = n < room ? n : room;

		memcpy(o->p, s, part);
		o->p += part;
		s += part;
		n -= part;
		if (n)
			out_flush(o);
	}
}

void out_str(struct out *o, const char *s)
{
	out_bytes(o, s, strlen(s));
}

void out_safe(struct out *o, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	while (n) {
		char *p = out_room(o, 4 * 64);

		for (unsigned i = 0; n && i < 64; i++, n--) {
			unsigned char c = (unsigned char)*s++;

			if (c <= 0x1f || c >= 0x7f || c == '\\') {
				*p++ = '\\';
				*p++ = 'x';
				*p++ = hex[c >> 4];
				c = (unsigned char)hex[c & 15];
			}
			*p++ = (char)c;
		}
		out_end(o, p);
	}
}

void out_u64(struct out *o, uint64_t v)
{
	out_end(o, put_u64(out_room(o, PUT_U64_MAX), v));
}
