/* Hashes of what others choose: with a seed that they cannot know. */
#ifndef CT_HASH_H
#define CT_HASH_H

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A number that the kernel has drawn for this process; 0 where it has not. */
static inline uint64_t ct_hash_seed(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t seed = 0;

	if (random)
		memcpy(&seed, random, sizeof(seed));
	return seed;
}

/* Adds a value to a hash, which begins as the seed. Any of its bits will do. */
static inline uint64_t ct_hash_add(uint64_t hash, uint64_t v)
{
	hash = (hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

#ifdef __cplusplus
}
#endif

#endif
