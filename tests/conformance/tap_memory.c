/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/mman.h>

#include "tests/conformance/tap_private.h"

enum { PAGE_LEN = 4096 };

bool tap_guarded_init(struct tap_guarded *guarded, size_t len)
{
    size_t mapped = (len + PAGE_LEN - 1) / PAGE_LEN * PAGE_LEN;
    uint8_t *start = mmap(NULL, mapped + PAGE_LEN, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *guarded = (struct tap_guarded){ .start = NULL };
    if (start == MAP_FAILED) {
        return false;
    }
    *guarded = (struct tap_guarded){ start, mapped, start + mapped - len };
    return mprotect(start + mapped, PAGE_LEN, PROT_NONE) == 0;
}

void tap_guarded_finish(struct tap_guarded *guarded)
{
    if (guarded->start != NULL) {
        munmap(guarded->start, guarded->mapped + PAGE_LEN);
    }
    *guarded = (struct tap_guarded){ .start = NULL };
}

void tap_guarded_protect(const struct tap_guarded *guarded, bool accessible)
{
    (void)mprotect(guarded->start, guarded->mapped,
            accessible ? PROT_READ | PROT_WRITE : PROT_NONE);
}

static bool init_one(const struct tap_context *context, struct tap_lent *lent)
{
    return tap_guarded_init(&lent->commands, context->len) &&
            tap_guarded_init(&lent->allocations,
                    context->allocation_count * sizeof(D3DDDI_ALLOCATIONLIST)) &&
            tap_guarded_init(&lent->patches,
                    context->patch_count * sizeof(D3DDDI_PATCHLOCATIONLIST));
}

static void protect_one(const struct tap_lent *lent, bool accessible)
{
    tap_guarded_protect(&lent->commands, accessible);
    tap_guarded_protect(&lent->allocations, accessible);
    tap_guarded_protect(&lent->patches, accessible);
}

bool tap_lent_init(struct tap_context *context)
{
    for (unsigned i = 0; i < TAP_BUFFERS; i++) {
        if (!init_one(context, &context->lent[i])) {
            return false;
        }
        protect_one(&context->lent[i], i == 0);
    }
    context->current = 0;
    return true;
}

void tap_lent_finish(struct tap_context *context)
{
    for (unsigned i = 0; i < TAP_BUFFERS; i++) {
        tap_guarded_finish(&context->lent[i].commands);
        tap_guarded_finish(&context->lent[i].allocations);
        tap_guarded_finish(&context->lent[i].patches);
    }
}

void tap_lent_turn(struct tap_context *context)
{
    protect_one(&context->lent[context->current], false);
    context->current = (context->current + 1) % TAP_BUFFERS;
    protect_one(&context->lent[context->current], true);
}

void tap_shadows_out(struct tap *tap)
{
    for (size_t i = 0; i < tap->allocation_count; i++) {
        const struct tap_allocation *allocation = &tap->allocations[i];
        if (allocation->shadow.data != NULL) {
            memcpy(allocation->real, allocation->shadow.data, allocation->shadow_len);
        }
    }
}

void tap_shadows_in(struct tap *tap)
{
    for (size_t i = 0; i < tap->allocation_count; i++) {
        const struct tap_allocation *allocation = &tap->allocations[i];
        if (allocation->shadow.data != NULL) {
            memcpy(allocation->shadow.data, allocation->real, allocation->shadow_len);
        }
    }
}
