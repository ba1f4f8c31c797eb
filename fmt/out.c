#include "fmt/out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fmt/num.h"

_Static_assert(OUT_SLACK >= PUT_SLACK, "see fmt/num.h");

void out_init(struct out *o, int fd)
{
	o->fd = fd;
	o->err = 0;
	o->p = o->buf;
}

int out_flush(struct out *o)
{
	const char *p = o->buf;

	while (!o->err && p < o->p) {
		ssize_t n = write(o->fd, p, (size_t)(o->p - p));

		if (n >= 0) {
			p += n;
		} else if (errno == EAGAIN) {
			/* Somebody made the shared descriptor non-blocking; wait all the same. */
			struct pollfd fd = {.fd = o->fd, .events = POLLOUT};

			(void)poll(&fd, 1, -1);
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

	for (; n; s++, n--) {
		unsigned char c = (unsigned char)*s;
		char *p = out_room(o, 4);

		if (c > 0x1f && c < 0x7f && c != '\\') {
			*p++ = (char)c;
		} else {
			*p++ = '\\';
			*p++ = 'x';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
		out_end(o, p);
	}
}

void out_u64(struct out *o, uint64_t v)
{
	out_end(o, put_u64(out_room(o, PUT_U64_MAX), v));
}
