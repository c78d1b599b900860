/* SPDX-License-Identifier: MIT */
/**
 * A fuzzer is one file fuzz_NAME.c with one function that takes one input and must live: libFuzzer
 * calls it with inputs of its own, replay.c with those of corpus/NAME, which other compilers can
 * build too. What it needs again and again it makes at its first call and keeps.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* For what must hold whatever came in. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
