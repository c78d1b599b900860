/* SPDX-License-Identifier: MIT */
#include "crypto/memory.h"

#include <openssl/crypto.h>
#include <stdint.h>
#include <string.h>

/* OpenSSL's hooks carry no context: the process has one such slab, set once. */
static struct vit_slab *process_slab;

/* In front of each block, so that it can be grown and freed. Keeps the block aligned. */
struct head {
    size_t size;
    uint64_t padding;
};

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size == 0 || size > SIZE_MAX / 2) {
        return NULL;
    }
    struct head *head = vit_slab_alloc(process_slab, sizeof(*head) + size);
    if (head == NULL) {
        return NULL;
    }
    head->size = size;
    return head + 1;
}

static void release(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    if (memory != NULL) {
        struct head *head = (struct head *)memory - 1;
        vit_slab_free(process_slab, head, sizeof(*head) + head->size);
    }
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
    if (memory == NULL) {
        return allocate(size, file, line);
    }
    if (size == 0) {
        release(memory, file, line);
        return NULL;
    }
    size_t old_size = ((struct head *)memory - 1)->size;
    void *grown = allocate(size, file, line);
    if (grown == NULL) {
        return NULL;
    }
    memcpy(grown, memory, old_size < size ? old_size : size);
    release(memory, file, line);
    return grown;
}

enum vit_status vit_openssl_use_slab(struct vit_slab *slab)
{
    process_slab = slab;
    return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1 ? VIT_OK : VIT_E_STATE;
}
