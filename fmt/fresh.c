#include "fmt/fresh.h"

#include <string.h>

void fresh_begin(struct fresh *f)
{
	f->n = f->set[f->at] = 0;
	memset(f->bit[f->at], 0, sizeof(f->bit[0]));
}

void fresh_add(struct fresh *f, uint32_t id)
{
	uint32_t hash = id * UINT32_C(0x9e3779b1) >> 12, mask = UINT32_C(1) << hash % 32;

	f->n += !(f->bit[!f->at][hash / 32] & mask);
	f->set[f->at] += !(f->bit[f->at][hash / 32] & mask);
	f->bit[f->at][hash / 32] |= mask;
}

uint64_t fresh_end(struct fresh *f)
{
	uint32_t clear = FRESH_BITS - f->set[!f->at];

	f->at = !f->at;
	return (uint64_t)f->n * FRESH_BITS / (clear + !clear);
}
