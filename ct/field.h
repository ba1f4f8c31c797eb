/* Where the fields of a filter lie in a message, and reading them there: for what tests them, for
 * the index of filters, and for the compiler of programs. */
#ifndef CT_FIELD_H
#define CT_FIELD_H

#include "ct/filter.h"

/* Attribute types from the top down (0: not that deep) and the value's width. */
struct ct_field_path {
	uint8_t top, nest, leaf;
	uint8_t width;	/* bytes of the big-endian integer; 0: no integer */
	uint8_t common; /* CT_AT_*, CT_TUPLE_AT_*: where it lies in the common layout; 0: nowhere */
	uint8_t keys;	/* enum ct_keys that the entry's protocol must have; 0: any. Ports and GRE's
			 * call keys share their attributes */
};

/* By field (enum ct_field); top 0 for a field that has no attribute of its own. */
extern const struct ct_field_path ct_field_paths[CT_F_COUNT];

/* Finds the attribute at a path, at least width bytes long. */
bool ct_field_find(const struct nlmsghdr *h, const struct ct_field_path *p, struct nl_attr *a);

/* The number at the field's path. False when the entry of the message has none. */
bool ct_field_number(const struct nlmsghdr *h, uint8_t field, uint64_t *v);

/* The zone of both directions, 0 for an entry without any; false where one direction has one. */
bool ct_field_zone(const struct nlmsghdr *h, uint64_t *v);

/* The zone of one direction alone, by CT_F_ORIG_ZONE or CT_F_REPLY_ZONE; 0 where there is none. */
uint16_t ct_field_zone_of(const struct nlmsghdr *h, uint8_t field);

/* The mark; 0 where there is none, as events leave it out then. */
uint32_t ct_field_mark(const struct nlmsghdr *h);

/* One end of a tuple, where it lies in a message. */
struct ct_end {
	struct nl_attr tuple; /* of length 0: there is none */
	const uint8_t *addr;
	uint8_t l3; /* of the address; 0: there is none */
	bool dst;
};

/* The end that an address of either direction is (CT_F_ORIG_SRC ...). */
void ct_field_end(struct ct_end *e, const struct nlmsghdr *h, uint8_t field);

/* The number that an entry has in a field that is one or, of an address, that stands for it. False
 * when a condition on one value would not hold, as the entry has none. */
bool ct_field_value(const struct nlmsghdr *h, uint8_t field, uint64_t *v);

/* The number that stands for an address of family l3 (not 0); others may have the same. */
uint64_t ct_field_address(uint8_t l3, const uint8_t *addr);

#endif
