/* An error on its way up: what went wrong, with the kernel's own words for it. */
#ifndef NL_ERR_H
#define NL_ERR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The kernel's errors are 0 to this one (its -MAX_ERRNO). */
#define NL_ERR_LEAST (-4095)

struct nl_err {
	int err;	 /* 0, or a negative errno */
	uint32_t offset; /* in the request, of the attribute that is at fault; 0: not told */
	uint16_t attr;	 /* that attribute's type, 0: not known */
	char text[120];	 /* the kernel's words (Linux 4.12 and newer), or empty */
};

/* Sets an error (negative errno, or 0) about which the kernel has said nothing. Returns it. */
static inline int nl_fail(struct nl_err *e, int err)
{
	e->err = err;
	e->offset = 0;
	e->attr = 0;
	e->text[0] = 0;
	return err;
}

#ifdef __cplusplus
}
#endif

#endif
