/* A binary heap in an array: the item that comes last in the order is in front. */
#ifndef FMT_HEAP_H
#define FMT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct heap {
	void *item;  /* the caller's array */
	size_t n;    /* items */
	size_t size; /* of one, in bytes, a multiple of 4 */
	/* True when a comes after b; false for equals. */
	bool (*after)(const void *a, const void *b, const void *arg);
	const void *arg;
};

/* Restore the heap after its last item was added, or its first item was replaced. */
void heap_added(const struct heap *h);
void heap_replaced(const struct heap *h);

/* Makes a heap of items in any order. */
void heap_make(const struct heap *h);

/* Puts the items of a heap in order, the first one in front; it is no heap any more. */
void heap_sort(const struct heap *h);

#endif
