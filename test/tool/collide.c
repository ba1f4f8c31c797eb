/*
 * collide chosen|random N
 *
 * Prints N sources, IPv6 addresses of one network. Random ones are just that. The chosen ones are
 * what an attacker would send from who knows the hash of groups (ct/hash.h), but not the seed: with
 * 0 for it, as if there were none, --group src has one slot for them all.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ct/hash.h"
#include "fmt/key.h"

#define WORDS	  (sizeof(struct group_key) / sizeof(uint64_t))
#define SAME_BITS 24 /* at the end of the hashes; a table has fewer slots */

/* The hash before ct_hash_add() gave this one for v. */
static uint64_t before(uint64_t hash, uint64_t v)
{
	uint64_t factor = ct_hash_add(0, 1), inverse;

	/* The factor is odd, so that Newton's method doubles the right bits of its inverse. */
	factor ^= factor >> 32;
	inverse = factor;
	for (int i = 0; i < 5; i++)
		inverse *= 2 - factor * inverse;
	return (hash ^ hash >> 32) * inverse ^ v;
}

static uint64_t whole(const struct group_key *k)
{
	uint64_t hash = 0, word;

	for (size_t i = 0; i < WORDS; i++) {
		memcpy(&word, (const char *)k + i * sizeof(word), sizeof(word));
		hash = ct_hash_add(hash, word);
	}
	return hash;
}

int main(int argc, char **argv)
{
	bool chosen = argc == 3 && !strcmp(argv[1], "chosen");
	struct group_key k = {.l3 = AF_INET6, .has = UINT32_C(1) << GROUP_SRC};
	uint64_t word[WORDS], hash, seed = 1;
	char text[INET6_ADDRSTRLEN];

	if (argc != 3 || (!chosen && strcmp(argv[1], "random") != 0)) {
		fprintf(stderr, "usage: collide chosen|random N\n");
		return 2;
	}
	memcpy(k.addr[0].b, "\x20\x01\x0d\xb8", 4);
	memcpy(word, &k, sizeof(k));
	for (uint64_t i = 1; i <= strtoull(argv[2], NULL, 10); i++) {
		hash = i << SAME_BITS;
		for (size_t w = WORDS - 1; w > 1; w--)
			hash = before(hash, word[w]);
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		hash = chosen ? before(hash, ct_hash_add(0, word[0])) : seed ^ seed >> 29;
		memcpy(k.addr[0].b + sizeof(hash), &hash, sizeof(hash));
		if (chosen && whole(&k) != i << SAME_BITS) {
			fprintf(stderr,
				"collide: the hash is not the one that this was made for\n");
			return 1;
		}
		puts(inet_ntop(AF_INET6, k.addr[0].b, text, sizeof(text)));
	}
	return 0;
}
