/* SPDX-License-Identifier: MIT */
/* A defect on purpose: one byte behind a heap block. The sanitizer run must see it. */
#include <stdlib.h>

int main(int argc, char **argv)
{
    (void)argv;
    size_t size = 16 + (size_t)argc;
    volatile char *memory = malloc(size);
    if (memory == NULL) {
        return 1;
    }
    memory[size] = 1;
    free((void *)memory);
    return 0;
}
