/* SPDX-License-Identifier: MIT */
/* A defect on purpose: memory that nobody frees. The sanitizer run must see it. */
#include <stdlib.h>
#include <string.h>

static void lose_memory(size_t size)
{
    char *volatile memory = malloc(size);
    if (memory != NULL) {
        memset(memory, 1, size);
    }
    memory = NULL;
}

int main(void)
{
    lose_memory(1000);
    return 0;
}
