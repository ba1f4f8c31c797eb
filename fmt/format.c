#include "fmt/format.h"

#include <stdbool.h>
#include <string.h>

#include "ct/with.h"
#include "fmt/num.h"
#include "fmt/tokens.h"

struct sink {
	char *p, *end; /* end: where the NUL would go at the latest */
};

static void put(struct sink *s, const char *text, size_t n)
{
	size_t room = (size_t)(s->end - s->p);

	n = n < room ? n : room;
	memcpy(s->p, text, n);
	s->p += n;
}

#ifdef SQUEEZED
/* Puts a text of this program, with the pieces that its bytes above 0x7f stand for. */
static void put_text(struct sink *s, const char *text, size_t n)
{
	for (; n--; text++) {
		const char *piece = text;
		size_t len = 1;

		if (*text & 0x80) {
			piece = TOKENS;
			for (unsigned i = *text & 0x7f; i--;)
				piece += strlen(piece) + 1;
			len = strlen(piece);
		}
		put(s, piece, len);
	}
}

/* Puts a text that the program has brought with it, which lies where the linker says, see end(3),
 * or one from outside, which never does. */
static void put_string(struct sink *s, const char *text, size_t n)
{
	extern char __executable_start[], edata[];
	uintptr_t start = (uintptr_t)__executable_start;

	if ((uintptr_t)text - start < (uintptr_t)edata - start)
		put_text(s, text, n);
	else
		put(s, text, n);
}
#else
#define put_text   put
#define put_string put
#endif

static unsigned number(const char **fmt)
{
	unsigned n = 0;

	while (**fmt >= '0' && **fmt <= '9')
		n = n * 10 + (unsigned)(*(*fmt)++ - '0');
	return n;
}

/* Puts one conversion; fmt points behind its %. Returns where fmt goes on. */
static const char *convert(struct sink *s, const char *fmt, va_list *args)
{
	char digits[PUT_U64_MAX + 1], *end = digits;
	size_t width = 0, most = SIZE_MAX, n;
	unsigned longs = 0;
	const char *text;
	int v;

	if (*fmt == '-') {
		fmt++;
		width = number(&fmt);
	}
	if (*fmt == '.' && *++fmt == '*') {
		v = va_arg(*args, int);
		most = v < 0 ? SIZE_MAX : (size_t)v;
		fmt++;
	} else if (fmt[-1] == '.') {
		most = number(&fmt);
	}
	for (; *fmt == 'l'; fmt++)
		longs++;
	switch (*fmt++) {
	case 's':
		text = va_arg(*args, const char *);
		n = strnlen(text, most);
		put_string(s, text, n);
		for (; n < width; n++)
			put(s, " ", 1);
		return fmt;
	case 'c':
		*end++ = (char)va_arg(*args, int);
		break;
	case 'd':
		v = va_arg(*args, int);
		if (v < 0)
			*end++ = '-';
		end = put_u32(end, v < 0 ? 0 - (unsigned)v : (unsigned)v);
		break;
	case 'u':
		end = put_u64(end, longs == 0	? va_arg(*args, unsigned)
				   : longs == 1 ? va_arg(*args, unsigned long)
						: va_arg(*args, unsigned long long));
		break;
	default:
		*end++ = fmt[-1];
	}
	put(s, digits, (size_t)(end - digits));
	return fmt;
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink s = {buf, buf + size - 1};
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		size_t n = strcspn(fmt, "%");

		put_text(&s, fmt, n);
		fmt += n;
		if (*fmt)
			fmt = convert(&s, fmt + 1, &copy);
	}
	va_end(copy);
	*s.p = 0;
	return (size_t)(s.p - buf);
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = format_va(buf, size, fmt, args);
	va_end(args);
	return n;
}

#ifdef SMALL
#include <errno.h>

const char *error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} texts[] = {
		{EPERM, TEXT("Operation not permitted")},
		{ENOENT, TEXT("No such file or directory")},
		{EIO, TEXT("Input/output error")},
		{ENXIO, TEXT("No such device or address")},
		{EBADF, TEXT("Bad file descriptor")},
		{ENOMEM, TEXT("Out of memory")},
		{EACCES, TEXT("Permission denied")},
		{EBUSY, TEXT("Resource busy")},
		{EEXIST, TEXT("File exists")},
		{ENODEV, TEXT("No such device")},
		{ENOTDIR, TEXT("Not a directory")},
		{EISDIR, TEXT("Is a directory")},
		{EINVAL, TEXT("Invalid argument")},
		{EMFILE, TEXT("Too many open files")},
		{ENFILE, TEXT("Too many open files in system")},
		{EFBIG, TEXT("File too large")},
		{ENOSPC, TEXT("No space left on device")},
		{ENOEXEC, TEXT("Not an executable program")},
		{ELOOP, TEXT("Symbolic link loop")},
		{ENAMETOOLONG, TEXT("Filename too long")},
		{EDQUOT, TEXT("Quota exceeded")},
		{EOPNOTSUPP, TEXT("Not supported")},
		{ENOBUFS, TEXT("No buffer space available")},
		{EMSGSIZE, TEXT("Message too large")},
		{EBADMSG, TEXT("Bad message")},
	};
	static char other[20];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			return texts[i].text;
	format(other, sizeof(other), "error %d", err);
	return other;
}
#else
const char *error_text(int err)
{
	return strerror(err);
}
#endif
