/* Where the fields of a filter lie in a message: for the engine and the compiler of programs. */
#ifndef CT_FIELD_H
#define CT_FIELD_H

#include <stdint.h>

/* Attribute types from the top down (0: not that deep) and the value's width. */
struct ct_field_path {
	uint8_t top, nest, leaf;
	uint8_t width; /* bytes of the big-endian integer; 0: no integer */
	uint8_t keys;  /* enum ct_keys that the entry's protocol must have; 0: any. Ports and GRE's
			* call keys share their attributes */
};

/* The path of a field (enum ct_field); top 0 for a field that has no attribute of its own. */
const struct ct_field_path *ct_field_path(uint8_t field);

#endif
