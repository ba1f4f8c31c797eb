/*
 * malloc(3) for the small static binary: a tenth of the size of the C library's own.
 *
 * Blocks come in sizes of powers of two and are cut from large pieces; a freed one waits for the
 * next of its size. The large ones are mappings of their own, which the kernel moves when they
 * grow. One thread. Compiled in only where SMALL is defined.
 */
#ifdef SMALL
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PIECE	(UINT32_C(1) << 16)
#define LARGEST 15 /* of the blocks that are cut from pieces, as a power of two */

/* In front of each block. */
struct head {
	size_t size; /* of the block, this included; a power of two, or that of a mapping */
	struct head *next;
};

static struct head *unused[LARGEST + 1];
static char *piece, *piece_end;

static void *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The power of two that holds n bytes and a head. */
static unsigned class_of(size_t n)
{
	unsigned k = 5;

	while (k <= LARGEST && ((size_t)1 << k) - sizeof(struct head) < n)
		k++;
	return k;
}

static struct head *cut(unsigned k)
{
	size_t size = (size_t)1 << k;
	struct head *h = unused[k];

	if (h) {
		unused[k] = h->next;
		return h;
	}
	if ((size_t)(piece_end - piece) < size) {
		piece = map(PIECE); /* what is left of the old one is lost */
		piece_end = piece ? piece + PIECE : NULL;
		if (!piece)
			return NULL;
	}
	h = (struct head *)piece;
	piece += size;
	h->size = size;
	return h;
}

/* Not called malloc, or the compiler would make calloc() of what calloc() does with it. */
static void *take(size_t n)
{
	unsigned k = class_of(n);
	struct head *h;

	if (k <= LARGEST) {
		h = cut(k);
	} else {
		if (n > PTRDIFF_MAX - sizeof(*h))
			return NULL;
		h = map(n + sizeof(*h));
		if (h)
			h->size = n + sizeof(*h);
	}
	return h ? h + 1 : NULL;
}

void *malloc(size_t n)
{
	return take(n);
}

void free(void *p)
{
	struct head *h;
	unsigned k;

	if (!p)
		return;
	h = (struct head *)p - 1;
	k = class_of(h->size - sizeof(*h));
	if (k > LARGEST) {
		munmap(h, h->size);
		return;
	}
	h->next = unused[k];
	unused[k] = h;
}

void *calloc(size_t n, size_t size)
{
	void *p = size && n > PTRDIFF_MAX / size ? NULL : take(n * size);

	if (p && class_of(n * size) <= LARGEST)
		memset(p, 0,
		       n * size); /* a mapping is zeroed, and takes no memory before it is used */
	return p;
}

void *realloc(void *old, size_t n)
{
	struct head *h;
	void *p;

	if (!old)
		return take(n);
	h = (struct head *)old - 1;
	if (h->size <= (size_t)1 << LARGEST && h->size - sizeof(*h) >= n)
		return old;
	if (h->size > (size_t)1 << LARGEST && class_of(n) > LARGEST) {
		if (n > PTRDIFF_MAX - sizeof(*h))
			return NULL;
		h = mremap(h, h->size, n + sizeof(*h), MREMAP_MAYMOVE);
		if (h == MAP_FAILED)
			return NULL;
		h->size = n + sizeof(*h);
		return h + 1;
	}
	p = take(n);
	if (p) {
		memcpy(p, old, h->size - sizeof(*h) < n ? h->size - sizeof(*h) : n);
		free(old);
	}
	return p;
}
#endif
