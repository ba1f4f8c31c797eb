#include "fmt/heap.h"

#include <stdint.h>
#include <string.h>

static char *at(const struct heap *h, size_t i)
{
	return (char *)h->item + i * h->size;
}

static bool after(const struct heap *h, size_t a, size_t b)
{
	return h->after(at(h, a), at(h, b), h->arg);
}

static void swap(const struct heap *h, size_t a, size_t b)
{
	char *p = at(h, a), *q = at(h, b);
	uint32_t x, y; /* a 64-bit number is aligned to 4 bytes on i386 */

	for (size_t i = 0; i < h->size; i += sizeof(x)) {
		memcpy(&x, p + i, sizeof(x));
		memcpy(&y, q + i, sizeof(y));
		memcpy(p + i, &y, sizeof(y));
		memcpy(q + i, &x, sizeof(x));
	}
}

/* Moves item i of the first n down to its place. */
static void down(const struct heap *h, size_t i, size_t n)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && after(h, child + 1, child))
			child++;
		if (!after(h, child, i))
			return;
		swap(h, i, child);
	}
}

void heap_added(const struct heap *h)
{
	for (size_t i = h->n - 1; i && after(h, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(h, i, (i - 1) / 2);
}

void heap_replaced(const struct heap *h)
{
	down(h, 0, h->n);
}

void heap_make(const struct heap *h)
{
	for (size_t i = h->n / 2; i-- > 0;)
		down(h, i, h->n);
}

void heap_sort(const struct heap *h)
{
	for (size_t end = h->n; end-- > 1;) {
		swap(h, 0, end);
		down(h, 0, end);
	}
}
