#include "ct/once.h"

#include <string.h>

void ct_once_reset(struct ct_once *o)
{
	o->n = 0;
	memset(o->last, 0, sizeof(o->last));
}

bool ct_once_add(struct ct_once *o, uint32_t id, const struct nl_attr *tuple)
{
	uint64_t key = id * UINT64_C(0x9e3779b97f4a7c15), word[2];
	uint32_t *last;

	/* The id alone may be that of two entries among millions. Eight bytes that would not make a
	 * whole step are left out in front, where two headers are. */
	for (unsigned i = tuple->len & 8; i + sizeof(word) <= tuple->len; i += sizeof(word)) {
		memcpy(word, tuple->data + i, sizeof(word));
		key = (key ^ word[0]) * UINT64_C(0x9e3779b97f4a7c15) ^ word[1];
		key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	}
	key ^= key >> 32;
	last = &o->last[key % CT_ONCE_ROOM];
	for (uint32_t i = *last; i && o->n - i < CT_ONCE_ROOM; i = o->prev[i % CT_ONCE_ROOM])
		if (o->key[i % CT_ONCE_ROOM] == key)
			return false;
	o->n++;
	o->key[o->n % CT_ONCE_ROOM] = key;
	o->prev[o->n % CT_ONCE_ROOM] = *last;
	*last = o->n;
	return true;
}
