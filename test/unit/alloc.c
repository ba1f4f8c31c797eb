/* The small binary's malloc, beside the C library's. */
#define _GNU_SOURCE
#include <stdlib.h>

void *small_malloc(size_t n);
void small_free(void *p);
void *small_calloc(size_t n, size_t size);
void *small_realloc(void *old, size_t n);

#define SMALL
#define malloc	small_malloc
#define free	small_free
#define calloc	small_calloc
#define realloc small_realloc
#include "cli/sys/malloc.c"
#undef malloc
#undef free
#undef calloc
#undef realloc

#include "unit.h"

#define BLOCKS 200

/* Each block is filled with a byte of its own: whoever writes into another's shows. */
static bool filled(const uint8_t *p, size_t n, uint8_t with)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != with)
			return false;
	return true;
}

int main(void)
{
	uint8_t *block[BLOCKS] = {NULL};
	size_t size[BLOCKS] = {0};
	unsigned wrong = 0, unaligned = 0;

	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)rand() % BLOCKS;
		size_t n = (size_t)rand() % (rand() % 50 ? 600 : 100000), kept;
		uint8_t *p;

		wrong += block[i] && !filled(block[i], size[i], (uint8_t)i);
		switch (rand() % 4) {
		case 0:
			small_free(block[i]);
			p = NULL;
			n = 0;
			break;
		case 1:
			small_free(block[i]);
			p = small_calloc(1, n);
			wrong += !p || !filled(p, n, 0);
			break;
		default:
			kept = size[i] < n ? size[i] : n;
			p = small_realloc(block[i], n);
			wrong += !p || !filled(p, kept, (uint8_t)i);
		}
		unaligned += (uintptr_t)p % 16 != 0 && sizeof(void *) == 8;
		if (p)
			memset(p, (int)i, n);
		block[i] = p;
		size[i] = n;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(unaligned, 0);
	CHECK(!small_malloc(SIZE_MAX - 8));
	CHECK(!small_calloc(SIZE_MAX / 2, 4));
	CHECK(!small_realloc(small_malloc(100000), SIZE_MAX - 8));
	CHECK(small_malloc(0));
	return UNIT_END();
}
