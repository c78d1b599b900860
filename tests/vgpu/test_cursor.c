/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "vgpu/cursor.h"
#include "vgpu/display.h"

enum { MESSAGES = 8, HEAD_WORDS = 8 };

static struct {
    struct vgpu_host host;
    bool busy;
    unsigned count;
    uint32_t heads[MESSAGES][HEAD_WORDS]; /* as far as they go */
    uint8_t pixels[VGPU_CURSOR_LEN];
} display;

static struct vgpu_cursors cursors;

static void interrupt(struct vgpu_host *host, unsigned queue)
{
    (void)host;
    (void)queue;
}

static enum vit_status take(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    (void)host;
    if (display.busy) {
        return VIT_E_BUSY;
    }
    cr_assert_lt(display.count, MESSAGES);
    memcpy(display.heads[display.count++], parts[0].iov_base, parts[0].iov_len);
    if (count == 2) {
        cr_assert_eq(parts[1].iov_len, VGPU_CURSOR_LEN);
        memcpy(display.pixels, parts[1].iov_base, VGPU_CURSOR_LEN);
    }
    return VIT_OK;
}

static void init(void)
{
    static const struct vgpu_host_impl impl = { interrupt, take, NULL, NULL };
    display.host.impl = &impl;
    vgpu_cursors_init(&cursors, &display.host, 2, NULL);
}

TestSuite(cursor, .init = init);

static struct vgpu_resource *make(enum vgpu_resource_kind kind, uint32_t width, uint32_t height)
{
    struct vit_surface surface;
    struct vgpu_resource *resource;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRA, width, height), VIT_OK);
    cr_assert_eq(vgpu_resource_create(1, kind, &surface, &resource), VIT_OK);
    if (resource->storage != NULL) {
        memset(resource->storage, 0x42, resource->storage_len);
    }
    return resource;
}

static void expect(unsigned index, const uint32_t *words, size_t count)
{
    cr_assert_lt(index, display.count);
    cr_assert_arr_eq(display.heads[index], words, count * sizeof(*words));
}

Test(cursor, a_picture_goes_out_with_its_place)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_IMAGE, 64, 64);
    cr_assert_eq(vgpu_cursor_move(&cursors, 1, 10, 20), VIT_OK);
    cr_assert_eq(vgpu_cursor_set(&cursors, 1, picture, 3, 4), VIT_OK);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 1);
    const uint32_t words[] = { VGPU_DISPLAY_CURSOR_UPDATE, 0, 20 + VGPU_CURSOR_LEN, 1, 10, 20, 3,
        4 };
    expect(0, words, 8);
    cr_assert_eq(display.pixels[0], 0x42);
    cr_assert_eq(display.pixels[VGPU_CURSOR_LEN - 1], 0x42);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 1, "once");
    vgpu_resource_unref(picture);
}

Test(cursor, it_moves_and_hides)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_IMAGE, 64, 64);
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, picture, 0, 0), VIT_OK);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(vgpu_cursor_move(&cursors, 0, 7, 8), VIT_OK);
    vgpu_cursors_draw(&cursors);
    const uint32_t moved[] = { VGPU_DISPLAY_CURSOR_POS, 0, 12, 0, 7, 8 };
    expect(1, moved, 6);
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, NULL, 0, 0), VIT_OK);
    vgpu_cursors_draw(&cursors);
    const uint32_t hidden[] = { VGPU_DISPLAY_CURSOR_POS_HIDE, 0, 12, 0, 7, 8 };
    expect(2, hidden, 6);
    vgpu_resource_unref(picture);
}

Test(cursor, a_busy_display_gets_the_last_of_all)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_IMAGE, 64, 64);
    display.busy = true;
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, picture, 0, 0), VIT_OK);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(vgpu_cursor_move(&cursors, 0, 1, 1), VIT_OK);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(vgpu_cursor_move(&cursors, 0, 2, 2), VIT_OK);
    display.busy = false;
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 1);
    const uint32_t words[] = { VGPU_DISPLAY_CURSOR_UPDATE, 0, 20 + VGPU_CURSOR_LEN, 0, 2, 2 };
    expect(0, words, 6);
    vgpu_resource_unref(picture);
}

Test(cursor, a_reset_hides_it)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_IMAGE, 64, 64);
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, picture, 0, 0), VIT_OK);
    vgpu_cursors_draw(&cursors);
    vgpu_cursors_reset(&cursors);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 2);
    cr_assert_eq(display.heads[1][0], VGPU_DISPLAY_CURSOR_POS_HIDE);
    vgpu_cursors_reset(&cursors);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 2, "nothing more to hide");
    vgpu_resource_unref(picture);
}

/* A cursor is seen on every screen, whatever its level. */
Test(cursor, a_protected_picture_is_none)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_PROTECTED, 64, 64);
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, picture, 0, 0), VIT_E_DENIED);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 0);
    vgpu_resource_unref(picture);
}

Test(cursor, other_sizes_and_outputs_are_refused)
{
    struct vgpu_resource *picture = make(VGPU_RESOURCE_IMAGE, 64, 32);
    cr_assert_eq(vgpu_cursor_set(&cursors, 0, picture, 0, 0), VIT_E_ARG);
    cr_assert_eq(vgpu_cursor_set(&cursors, 2, NULL, 0, 0), VIT_E_ARG);
    cr_assert_eq(vgpu_cursor_move(&cursors, 2, 0, 0), VIT_E_ARG);
    vgpu_cursors_draw(&cursors);
    cr_assert_eq(display.count, 0);
    vgpu_resource_unref(picture);
}
