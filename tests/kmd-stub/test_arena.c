/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "kmd-stub/arena.h"

enum { PAGES = 16, PAGE = VIT_ARENA_PAGE };

static struct vit_arena *create(void)
{
    struct vit_arena *arena = NULL;
    cr_assert_eq(vit_arena_create(PAGES * PAGE, &arena), VIT_OK);
    return arena;
}

static uint64_t alloc(struct vit_arena *arena, uint64_t len)
{
    uint64_t offset = 0;
    cr_assert_eq(vit_arena_alloc(arena, len, &offset), VIT_OK);
    return offset;
}

Test(arena, hands_out_whole_pages_and_never_offset_0)
{
    struct vit_arena *arena = create();
    uint64_t first = alloc(arena, 1);
    uint64_t second = alloc(arena, PAGE + 1);
    uint64_t third = alloc(arena, PAGE);
    cr_assert_eq(first, PAGE);
    cr_assert_eq(second, 2 * PAGE);
    cr_assert_eq(third, 4 * PAGE);
    vit_arena_destroy(arena);
}

Test(arena, refuses_nothing_and_too_much)
{
    struct vit_arena *arena = create();
    uint64_t offset = 77;
    cr_assert_eq(vit_arena_alloc(arena, 0, &offset), VIT_E_ARG);
    cr_assert_eq(vit_arena_alloc(arena, PAGES * PAGE, &offset), VIT_E_LIMIT);
    cr_assert_eq(vit_arena_alloc(arena, UINT64_MAX, &offset), VIT_E_LIMIT);
    cr_assert_eq(offset, 77);
    cr_assert_eq(alloc(arena, (PAGES - 1) * PAGE), PAGE);
    cr_assert_eq(vit_arena_alloc(arena, 1, &offset), VIT_E_LIMIT);
    vit_arena_destroy(arena);
}

Test(arena, what_was_freed_is_gone_from_memory)
{
    struct vit_arena *arena = create();
    uint64_t offset = alloc(arena, 3 * PAGE);
    memset(vit_arena_at(arena, offset), 0xa5, 3 * PAGE);
    vit_arena_free(arena, offset, 3 * PAGE);
    uint8_t *memory = vit_arena_at(arena, offset);
    for (unsigned i = 0; i < 3 * PAGE; i++) {
        cr_assert_eq(memory[i], 0);
    }
    vit_arena_destroy(arena);
}

/* Every order of freeing three neighbours ends with one hole. */
Test(arena, joins_neighbours_that_are_free)
{
    static const unsigned orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
        { 2, 0, 1 }, { 2, 1, 0 } };
    for (unsigned i = 0; i < 6; i++) {
        struct vit_arena *arena = create();
        uint64_t offsets[3];
        for (unsigned j = 0; j < 3; j++) {
            offsets[j] = alloc(arena, 5 * PAGE);
        }
        for (unsigned j = 0; j < 3; j++) {
            vit_arena_free(arena, offsets[orders[i][j]], 5 * PAGE);
        }
        cr_assert_eq(alloc(arena, (PAGES - 1) * PAGE), PAGE, "order %u", i);
        vit_arena_destroy(arena);
    }
}

Test(arena, many_holes_are_found_and_closed_again)
{
    struct vit_arena *arena = NULL;
    enum { COUNT = 500 };
    cr_assert_eq(vit_arena_create((COUNT + 1) * PAGE, &arena), VIT_OK);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(alloc(arena, PAGE), (i + 1) * PAGE);
    }
    for (unsigned i = 0; i < COUNT; i += 2) {
        vit_arena_free(arena, (i + 1) * PAGE, PAGE);
    }
    uint64_t offset;
    cr_assert_eq(vit_arena_alloc(arena, 2 * PAGE, &offset), VIT_E_LIMIT);
    for (unsigned i = 1; i < COUNT; i += 2) {
        vit_arena_free(arena, (i + 1) * PAGE, PAGE);
    }
    cr_assert_eq(alloc(arena, COUNT * PAGE), PAGE);
    vit_arena_destroy(arena);
}

Test(arena, its_file_cannot_shrink_under_a_device)
{
    struct vit_arena *arena = create();
    cr_assert_eq(vit_arena_size(arena), PAGES * PAGE);
    cr_assert_neq(ftruncate(vit_arena_fd(arena), PAGE), 0);
    cr_assert(fcntl(vit_arena_fd(arena), F_GETFD) & FD_CLOEXEC);
    vit_arena_destroy(arena);
}
