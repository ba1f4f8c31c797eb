/* Lines that are alike but for some of their words, as those of a load file mostly are. */
#ifndef CT_FORM_H
#define CT_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So many bytes a line may have, its NUL included, and so many words that may be other ones. */
#define CT_FORM_TEXT  512
#define CT_FORM_SLOTS 32

struct ct_form {
	size_t len; /* of the line; 0: there is none */
	/* By slot, in the order of the line: where a word lies that may be another one, and its
	 * length. */
	uint16_t at[CT_FORM_SLOTS], n[CT_FORM_SLOTS];
	char line[CT_FORM_TEXT];
};

/* A word in a line. */
struct ct_place {
	char *p, *end;
};

/* True when a line of len bytes and a NUL is that of the form but for the words of these slots, as
 * bits; their places are set. Nothing is quoted in them. */
bool ct_form_fits(const struct ct_form *f, uint32_t slots, char *line, size_t len,
		  struct ct_place *place);

#ifdef __cplusplus
}
#endif

#endif
