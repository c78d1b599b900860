/* SPDX-License-Identifier: MIT */
/* A defect on purpose, behind four bytes that a fuzzer only finds by its coverage: tests/fuzz/run looks
 * whether it is seen. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(4);
    FUZZ_CHECK(copy != NULL);
    if (len >= 4 && data[0] == 'F' && data[1] == 'U' && data[2] == 'Z' && data[3] == 'Z') {
        ((volatile uint8_t *)copy)[len] = 1; /* volatile: or nobody would need it */
    }
    free(copy);
    return 0;
}
