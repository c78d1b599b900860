/* SPDX-License-Identifier: MIT */
/*
 * A slab is a list of 64 KiB chunks, each cut into 4 KiB spans. A span serves one size class at a
 * time and returns to the common stock when its last slot is freed. What describes the spans lies
 * in ordinary memory, so that the secret pages hold secrets only and free ones are all zero.
 */
#include "base/secret.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/secret_pages.h"

enum {
    SPAN_LEN = 4096,
    CHUNK_SPANS = 16,
    CHUNK_LEN = SPAN_LEN * CHUNK_SPANS,
    MIN_SHIFT = 4,
    MAX_SHIFT = 12,
    CLASS_COUNT = MAX_SHIFT - MIN_SHIFT + 1,
    WORD_BITS = 64,
    MAP_WORDS = (SPAN_LEN >> MIN_SHIFT) / WORD_BITS,
};

/* Linked in the list of its class while it has both used and free slots, or in the stock. */
struct span {
    uint8_t *memory;
    struct span *next;
    struct span **link; /* what points at this one; NULL: in no list */
    uint64_t used[MAP_WORDS];
    uint16_t used_count;
    uint8_t shift;
};

struct chunk {
    uint8_t *memory;
    struct span spans[CHUNK_SPANS];
};

struct vit_slab {
    pthread_mutex_t lock;
    enum vit_pages_kind kind; /* the weakest in use */
    struct chunk **chunks;    /* sorted by address */
    size_t chunk_count;
    size_t live_count;
    struct span *stock;
    struct span *partial[CLASS_COUNT];
};

void vit_wipe(void *memory, size_t size)
{
    if (size > 0) {
        explicit_bzero(memory, size);
    }
}

static void link_span(struct span **list, struct span *span)
{
    span->next = *list;
    span->link = list;
    if (span->next != NULL) {
        span->next->link = &span->next;
    }
    *list = span;
}

static void unlink_span(struct span *span)
{
    *span->link = span->next;
    if (span->next != NULL) {
        span->next->link = span->link;
    }
    span->next = NULL;
    span->link = NULL;
}

static unsigned shift_of(size_t size)
{
    unsigned shift = MIN_SHIFT;
    while ((size_t)1 << shift < size) {
        shift++;
    }
    return shift;
}

/* How many chunks start at or below memory; the last of them is the one that may hold it. */
static size_t chunks_up_to(const struct vit_slab *slab, const uint8_t *memory)
{
    size_t low = 0;
    size_t high = slab->chunk_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((uintptr_t)slab->chunks[middle]->memory <= (uintptr_t)memory) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct span *span_of(const struct vit_slab *slab, const uint8_t *memory)
{
    size_t index = chunks_up_to(slab, memory);
    assert(index > 0);
    struct chunk *chunk = slab->chunks[index - 1];
    size_t offset = (size_t)(memory - chunk->memory);
    assert(offset < CHUNK_LEN);
    return &chunk->spans[offset / SPAN_LEN];
}

static void note_kind(struct vit_slab *slab, enum vit_pages_kind kind)
{
    if (kind < slab->kind) {
        slab->kind = kind;
    }
}

static bool insert_chunk(struct vit_slab *slab, struct chunk *chunk)
{
    struct chunk **chunks =
            reallocarray(slab->chunks, slab->chunk_count + 1, sizeof(struct chunk *));
    if (chunks == NULL) {
        return false;
    }
    slab->chunks = chunks;
    size_t index = chunks_up_to(slab, chunk->memory);
    memmove(chunks + index + 1, chunks + index,
            (slab->chunk_count - index) * sizeof(struct chunk *));
    chunks[index] = chunk;
    slab->chunk_count++;
    return true;
}

static bool add_chunk(struct vit_slab *slab)
{
    VIT_AUTO(memory) owner = calloc(1, sizeof(struct chunk));
    struct chunk *chunk = owner;
    if (chunk == NULL) {
        return false;
    }
    enum vit_pages_kind kind;
    chunk->memory = vit_pages_map(CHUNK_LEN, &kind);
    if (chunk->memory == NULL) {
        return false;
    }
    if (!insert_chunk(slab, chunk)) {
        munmap(chunk->memory, CHUNK_LEN);
        return false;
    }
    note_kind(slab, kind);
    for (size_t i = CHUNK_SPANS; i-- > 0;) {
        chunk->spans[i].memory = chunk->memory + i * SPAN_LEN;
        link_span(&slab->stock, &chunk->spans[i]);
    }
    owner = NULL; /* ownership moved to the list of chunks */
    return true;
}

enum vit_status vit_slab_create(struct vit_slab **slab)
{
    struct vit_slab *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    pthread_mutex_init(&made->lock, NULL);
    made->kind = VIT_PAGES_SECRET;
    if (!add_chunk(made)) {
        vit_slab_destroy(made);
        return VIT_E_NOMEM;
    }
    *slab = made;
    return VIT_OK;
}

void vit_slab_destroy(struct vit_slab *slab)
{
    if (slab == NULL) {
        return;
    }
    assert(slab->live_count == 0);
    for (size_t i = 0; i < slab->chunk_count; i++) {
        vit_wipe(slab->chunks[i]->memory, CHUNK_LEN);
        munmap(slab->chunks[i]->memory, CHUNK_LEN);
        free(slab->chunks[i]);
    }
    free(slab->chunks);
    pthread_mutex_destroy(&slab->lock);
    free(slab);
}

static struct span *span_with_room(struct vit_slab *slab, unsigned shift)
{
    struct span **list = &slab->partial[shift - MIN_SHIFT];
    if (*list != NULL) {
        return *list;
    }
    if (slab->stock == NULL && !add_chunk(slab)) {
        return NULL;
    }
    struct span *span = slab->stock;
    unlink_span(span);
    span->shift = (uint8_t)shift;
    link_span(list, span);
    return span;
}

static void *take_slot(struct span *span)
{
    unsigned slot_count = SPAN_LEN >> span->shift;
    unsigned word = 0;
    while (span->used[word] == UINT64_MAX) {
        word++;
    }
    unsigned slot = word * WORD_BITS + (unsigned)__builtin_ctzll(~span->used[word]);
    assert(slot < slot_count);
    span->used[word] |= (uint64_t)1 << slot % WORD_BITS;
    span->used_count++;
    if (span->used_count == slot_count) {
        unlink_span(span);
    }
    return span->memory + ((size_t)slot << span->shift);
}

static void *alloc_slot(struct vit_slab *slab, size_t size)
{
    unsigned shift = shift_of(size);
    struct span *span = span_with_room(slab, shift);
    return span == NULL ? NULL : take_slot(span);
}

static size_t whole_spans(size_t size)
{
    return (size + SPAN_LEN - 1) / SPAN_LEN * SPAN_LEN;
}

static void *alloc_large(struct vit_slab *slab, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    enum vit_pages_kind kind;
    void *memory = vit_pages_map(whole_spans(size), &kind);
    if (memory != NULL) {
        note_kind(slab, kind);
    }
    return memory;
}

void *vit_slab_alloc(struct vit_slab *slab, size_t size)
{
    pthread_mutex_lock(&slab->lock);
    void *memory = size > SPAN_LEN ? alloc_large(slab, size) : alloc_slot(slab, size);
    slab->live_count += memory != NULL;
    pthread_mutex_unlock(&slab->lock);
    return memory;
}

static void free_slot(struct vit_slab *slab, uint8_t *memory, size_t size)
{
    struct span *span = span_of(slab, memory);
    size_t slot = (size_t)(memory - span->memory) >> span->shift;
    uint64_t bit = (uint64_t)1 << slot % WORD_BITS;
    assert(span->shift == shift_of(size));
    assert(memory == span->memory + (slot << span->shift));
    assert(span->used[slot / WORD_BITS] & bit);

    span->used[slot / WORD_BITS] &= ~bit;
    span->used_count--;
    if (span->link != NULL) {
        unlink_span(span);
    }
    link_span(span->used_count == 0 ? &slab->stock : &slab->partial[span->shift - MIN_SHIFT], span);
}

void vit_slab_free(struct vit_slab *slab, void *memory, size_t size)
{
    if (memory == NULL) {
        return;
    }
    vit_wipe(memory, size);
    pthread_mutex_lock(&slab->lock);
    if (size > SPAN_LEN) {
        munmap(memory, whole_spans(size));
    } else {
        free_slot(slab, memory, size);
    }
    slab->live_count--;
    pthread_mutex_unlock(&slab->lock);
}

const char *vit_slab_kind(const struct vit_slab *slab)
{
    return slab->kind == VIT_PAGES_SECRET ? "memfd_secret" : "mlock";
}
