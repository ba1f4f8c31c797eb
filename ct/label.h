/* The label file: names for the 128 bits of a connection's label. */
#ifndef CT_LABEL_H
#define CT_LABEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_LABEL_BITS 128
#define CT_LABEL_FILE "/etc/xtables/connlabel.conf"

struct ct_labelmap {
	char *text;			 /* the file, NULs where names end */
	const char *name[CT_LABEL_BITS]; /* NULL where a bit has no name */
};

/* Label bits as the kernel takes them: 32-bit words in host order, bit n in word n / 32. */
struct ct_labels {
	uint32_t word[CT_LABEL_BITS / 32];
};

/* Reads a label file: lines "BIT NAME", empty lines and those that start with # skipped. The first
 * name of a bit counts. Returns 0, a negative errno from opening or reading it, or the number of
 * the first line that is no such pair. Names live until ct_labelmap_free(). */
int ct_labelmap_load(struct ct_labelmap *m, const char *path);

/* Parses text (len bytes, changed in place, text[len] must be writable); for ct_labelmap_load(). */
int ct_labelmap_parse(struct ct_labelmap *m, char *text, size_t len);

/* The bit of a label: its number in decimal, else its name (len bytes) in the map. -1 if neither.
 * m may be NULL. */
int ct_label_bit(const struct ct_labelmap *m, const char *name, size_t len);

/* Frees what loading allocated; harmless on a zeroed map. */
void ct_labelmap_free(struct ct_labelmap *m);

#ifdef __cplusplus
}
#endif

#endif
