/*
 * Fuzzing harnesses: LLVMFuzzerTestOneInput(), for libFuzzer (make fuzz) and for AFL++
 * (afl-clang-fast -fsanitize=fuzzer). Each input is run from the same state, so that what is found
 * can be found again. What must hold is asserted, and a sanitizer watches the rest.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
