/*
 * Messages, in the manner of printf, for a fraction of its size: stdio would be a sixth of the
 * static binary. Entries are not written this way.
 */
#ifndef FMT_FORMAT_H
#define FMT_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* As vsnprintf(3) and snprintf(3), but for %s %.*s %.Ns %-Ns %c %d %u %lu %llu %% only. A text that
 * does not fit is cut. Return the length of the string in buf, without its NUL. size is at least 1.
 */
size_t format_va(char *buf, size_t size, const char *fmt, va_list args);
size_t format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((__format__(printf, 3, 4)));

/* Returns the text of an error (positive errno), which lives until the next call. The small binary
 * (-DSMALL) has texts of those errors that its calls bring up, and numbers for others. */
const char *error_text(int err);

#endif
