/* SPDX-License-Identifier: MIT */
#include "kmd-stub/arena.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/secret.h"

struct range {
    uint64_t offset, len;
};

/* Free ranges, sorted by offset, never adjacent; there is always room for one more entry than
 * allocations could make, so that freeing cannot fail. */
struct vit_arena {
    int fd;
    uint8_t *base;
    uint64_t size;
    struct range *holes;
    size_t hole_count, hole_capacity;
    size_t live_count;
};

static uint64_t round_up(uint64_t len)
{
    return (len + VIT_ARENA_PAGE - 1) & ~(uint64_t)(VIT_ARENA_PAGE - 1);
}

static enum vit_status map_memory(struct vit_arena *arena, uint64_t size)
{
    arena->fd = memfd_create("vitrine-arena", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (arena->fd < 0 || ftruncate(arena->fd, (off_t)size) != 0) {
        return VIT_E_NOMEM;
    }
    /* A device process that maps the file must not be made to fault. */
    if (fcntl(arena->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return VIT_E_NOMEM;
    }
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, arena->fd, 0);
    if (base == MAP_FAILED) {
        return VIT_E_NOMEM;
    }
    arena->base = base;
    arena->size = size;
    (void)madvise(base, size, MADV_DONTDUMP);
    (void)madvise(base, size, MADV_DONTFORK);
    return VIT_OK;
}

static enum vit_status reserve_holes(struct vit_arena *arena, size_t count)
{
    if (count <= arena->hole_capacity) {
        return VIT_OK;
    }
    size_t capacity = arena->hole_capacity == 0 ? 32 : arena->hole_capacity * 2;
    struct range *holes = realloc(arena->holes, capacity * sizeof(*holes));
    if (holes == NULL) {
        return VIT_E_NOMEM;
    }
    arena->holes = holes;
    arena->hole_capacity = capacity;
    return VIT_OK;
}

enum vit_status vit_arena_create(uint64_t size, struct vit_arena **out)
{
    assert(size % VIT_ARENA_PAGE == 0 && size >= 2 * VIT_ARENA_PAGE);
    VIT_AUTO(arena) arena = calloc(1, sizeof(*arena));
    if (arena == NULL) {
        return VIT_E_NOMEM;
    }
    arena->fd = -1;
    VIT_TRY(map_memory(arena, size));
    VIT_TRY(reserve_holes(arena, 2));
    arena->holes[0] = (struct range){ VIT_ARENA_PAGE, size - VIT_ARENA_PAGE };
    arena->hole_count = 1;

    *out = arena;
    arena = NULL;
    return VIT_OK;
}

void vit_arena_destroy(struct vit_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    if (arena->base != NULL) {
        munmap(arena->base, arena->size);
    }
    if (arena->fd >= 0) {
        close(arena->fd);
    }
    free(arena->holes);
    free(arena);
}

int vit_arena_fd(const struct vit_arena *arena)
{
    return arena->fd;
}

uint64_t vit_arena_size(const struct vit_arena *arena)
{
    return arena->size;
}

uint8_t *vit_arena_at(const struct vit_arena *arena, uint64_t offset)
{
    return arena->base + offset;
}

static void remove_hole(struct vit_arena *arena, size_t index)
{
    size_t behind = arena->hole_count - index - 1;
    memmove(&arena->holes[index], &arena->holes[index + 1], behind * sizeof(struct range));
    arena->hole_count--;
}

enum vit_status vit_arena_alloc(struct vit_arena *arena, uint64_t len, uint64_t *offset)
{
    if (len == 0) {
        return VIT_E_ARG;
    }
    if (len > arena->size) {
        return VIT_E_LIMIT;
    }
    VIT_TRY(reserve_holes(arena, arena->live_count + 2));
    uint64_t needed = round_up(len);
    for (size_t i = 0; i < arena->hole_count; i++) {
        struct range *hole = &arena->holes[i];
        if (hole->len < needed) {
            continue;
        }
        *offset = hole->offset;
        hole->offset += needed;
        hole->len -= needed;
        if (hole->len == 0) {
            remove_hole(arena, i);
        }
        arena->live_count++;
        return VIT_OK;
    }
    return VIT_E_LIMIT;
}

/* Index of the first hole behind the offset. */
static size_t find_behind(const struct vit_arena *arena, uint64_t offset)
{
    size_t low = 0, high = arena->hole_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (arena->holes[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_hole(struct vit_arena *arena, uint64_t offset, uint64_t len)
{
    size_t at = find_behind(arena, offset);
    struct range *before = at > 0 ? &arena->holes[at - 1] : NULL;
    struct range *behind = at < arena->hole_count ? &arena->holes[at] : NULL;
    bool joins_before = before != NULL && before->offset + before->len == offset;
    bool joins_behind = behind != NULL && offset + len == behind->offset;
    if (joins_before) {
        before->len += len + (joins_behind ? behind->len : 0);
        if (joins_behind) {
            remove_hole(arena, at);
        }
        return;
    }
    if (joins_behind) {
        behind->offset = offset;
        behind->len += len;
        return;
    }
    assert(arena->hole_count < arena->hole_capacity);
    memmove(&arena->holes[at + 1], &arena->holes[at],
            (arena->hole_count - at) * sizeof(struct range));
    arena->holes[at] = (struct range){ offset, len };
    arena->hole_count++;
}

void vit_arena_free(struct vit_arena *arena, uint64_t offset, uint64_t len)
{
    uint64_t rounded = round_up(len);
    if (madvise(arena->base + offset, rounded, MADV_REMOVE) != 0) {
        vit_wipe(arena->base + offset, rounded);
    }
    add_hole(arena, offset, rounded);
    arena->live_count--;
}
