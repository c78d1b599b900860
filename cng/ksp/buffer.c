/* SPDX-License-Identifier: MIT */
#include "cng/ksp/buffer.h"

#include <stdalign.h>

#include "cng/ksp/members.h"

struct head {
    alignas(max_align_t) void (*clean)(void *memory);
};

void *vit_ksp_buffer_new(size_t size, void (*clean)(void *memory))
{
    struct head *head = calloc(1, sizeof(*head) + size);
    if (head == NULL) {
        return NULL;
    }
    head->clean = clean;
    return head + 1;
}

void vit_ksp_buffer_free(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct head *head = (struct head *)memory - 1;
    if (head->clean != NULL) {
        head->clean(memory);
    }
    free(head);
}

SECURITY_STATUS WINAPI vit_ksp_free_buffer(PVOID pvInput)
{
    if (pvInput == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    vit_ksp_buffer_free(pvInput);
    return ERROR_SUCCESS;
}
