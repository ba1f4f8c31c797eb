/* The values of entries and expectations by name: those that JSON has, under the same names. */
#ifndef FMT_VALUE_H
#define FMT_VALUE_H

#include "fmt/fmt.h"

/* The meaning of a name: where a value is and how it is written. */
struct value {
	uint8_t kind; /* 0: there is none */
	uint8_t has;  /* the number of its bit in has of the entry, the expectation or the tuple */
	uint8_t base; /* where the tuple is that it is of; 0: it is of none */
	uint8_t of;   /* enum value_of */
	uint16_t offset; /* where it is, in the tuple or in the entry or expectation */
};

/* Whose values: also the index of what is found by a name. */
enum value_of { VALUE_ENTRY, VALUE_EXPECT, VALUE_BOTH };

/* The longest name, with its NUL. */
#define VALUE_NAME 20

/* A value takes less, but for strings from outside. */
#define VALUE_ROOM 256

/* Writes the i-th of all names at name, and says whose it is. A name that means one thing of
 * entries and another of expectations comes twice. Returns false past the last. */
bool value_name(unsigned i, char name[VALUE_NAME], enum value_of *of);

/* Finds what a name, without regard to case, means of entries and of expectations, v[VALUE_ENTRY]
 * and v[VALUE_EXPECT]. Returns whether it means anything. */
bool value_find(struct value v[2], struct nl_str name);

/* Writes the value of item, a struct ct_entry or ct_expect as v was found for, at p, where
 * f->out has VALUE_ROOM: as JSON has it, but without quotes, lists joined by commas, and strings
 * from outside escaped for a terminal. ev is NULL for what is listed. Returns the end, in f->out,
 * or NULL where the item has no such value or it is empty. */
char *value_put(struct fmt *f, char *p, const void *item, struct value v,
		const struct fmt_event *ev);

#endif
