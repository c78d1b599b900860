/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vgpu/guest.h"
#include "vgpu/device_state.h"
#include "vgpu/label.h"

enum {
    OK = VIRTIO_GPU_RESP_OK_NODATA,
    BAD_SCANOUT = VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID,
    BAD_RESOURCE = VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID,
    BAD_PARAMETER = VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER,
    WIDTH = 64,
    HEIGHT = 48,
    IMAGE = 1,     /* an image of that size, */
    PROTECTED = 2, /* and a protected resource, of context 1 */
};

static struct guest guest;
static uint8_t *pixels; /* of the image's backing */

static uint8_t pixel_of(size_t at, uint8_t seed)
{
    return (uint8_t)(at * 31 + at / 256 + seed);
}

static void fill(uint8_t *bytes, uint8_t seed)
{
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        bytes[i] = pixel_of(i, seed);
    }
}

static struct vgpu_resource *resource(uint32_t id)
{
    return vgpu_objects_resource(&guest.device->objects, id);
}

/* As the engine would after a DecryptionBlt of a session. */
static void fill_protected(uint8_t seed)
{
    fill(resource(PROTECTED)->storage, seed);
}

static void open_with(const struct vgpu_config *config)
{
    guest_open(&guest, config, VIT_CUSTODY_DRIVER);
    cr_assert_eq(guest_context_create(&guest, 1), OK);
    uint64_t address = guest_alloc(&guest, WIDTH * HEIGHT * 4);
    pixels = guest_at(&guest, address);
    fill(pixels, 1);
    cr_assert_eq(guest_create_image(&guest, IMAGE, VIT_FORMAT_BGRX, WIDTH, HEIGHT), OK);
    cr_assert_eq(guest_back(&guest, IMAGE, address, WIDTH * HEIGHT * 4), OK);
    cr_assert_eq(guest_transfer(&guest, IMAGE, 0, 0, 0, WIDTH, HEIGHT), OK);
    guest_make_protected(&guest, 1, PROTECTED, VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    fill_protected(2);
}

static void set_up(void)
{
    open_with(&(struct vgpu_config){ .outputs = 2, .inline_len = SIZE_MAX });
}

static void tear_down(void)
{
    guest_close(&guest);
}

TestSuite(scanout, .init = set_up, .fini = tear_down);

static void reopen(bool require_hdcp)
{
    tear_down();
    open_with(&(struct vgpu_config){ .outputs = 2,
            .inline_len = SIZE_MAX,
            .require_hdcp = require_hdcp });
}

static void show(uint32_t output, uint32_t id)
{
    cr_assert_eq(guest_set_scanout(&guest, output, id, 0, 0, WIDTH, HEIGHT), OK);
}

static void flush(uint32_t id)
{
    cr_assert_eq(guest_flush(&guest, id, 0, 0, WIDTH, HEIGHT), OK);
}

static void set_level(unsigned output, enum vgpu_level level)
{
    cr_assert_eq(vgpu_device_set_level(guest.device, output, level), VIT_OK);
}

static void shows(unsigned output, uint8_t seed)
{
    const struct guest_picture *picture = &guest.pictures[output];
    cr_assert_eq(picture->width, WIDTH);
    cr_assert_eq(picture->height, HEIGHT);
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        cr_assert_eq(picture->pixels[i], pixel_of(i, seed), "byte %zu", i);
    }
}

static void is_black(unsigned output)
{
    const struct guest_picture *picture = &guest.pictures[output];
    cr_assert_eq(picture->width, WIDTH);
    for (size_t i = 0; i < WIDTH * HEIGHT * 4; i++) {
        cr_assert_eq(picture->pixels[i], 0, "byte %zu", i);
    }
}

static void is_off(unsigned output)
{
    cr_assert_eq(guest.pictures[output].width, 0);
    cr_assert_eq(guest.pictures[output].height, 0);
    cr_assert_null(guest.device->outputs.list[output].resource);
}

Test(scanout, shows_an_image_when_it_is_flushed)
{
    show(0, IMAGE);
    cr_assert_eq(guest.pictures[0].sizes, 1);
    cr_assert_eq(guest.pictures[0].updates, 0, "nothing before the flush");
    flush(IMAGE);
    shows(0, 1);
    cr_assert_eq(guest.pictures[0].updates, 1, "whole rows go as one message");
    cr_assert_eq(guest.pictures[1].sizes, 0, "the other output is not concerned");
}

Test(scanout, shows_what_was_transferred_and_not_the_backing)
{
    show(0, IMAGE);
    fill(pixels, 9);
    flush(IMAGE);
    shows(0, 1);
    cr_assert_eq(guest_transfer(&guest, IMAGE, 0, 0, 0, WIDTH, HEIGHT), OK);
    flush(IMAGE);
    shows(0, 9);
}

Test(scanout, sends_only_the_damage)
{
    show(0, IMAGE);
    flush(IMAGE);
    fill(resource(IMAGE)->storage, 5);
    cr_assert_eq(guest_flush(&guest, IMAGE, 10, 20, 7, 9), OK);
    const struct guest_picture *picture = &guest.pictures[0];
    cr_assert_eq(picture->updates, 2);
    cr_assert_eq(picture->x, 10);
    cr_assert_eq(picture->y, 20);
    cr_assert_eq(picture->last_width, 7);
    cr_assert_eq(picture->last_height, 9);
    for (size_t y = 0; y < HEIGHT; y++) {
        for (size_t x = 0; x < WIDTH; x++) {
            bool inside = x >= 10 && x < 17 && y >= 20 && y < 29;
            size_t at = (y * WIDTH + x) * 4;
            cr_assert_eq(picture->pixels[at], pixel_of(at, inside ? 5 : 1));
        }
    }
    cr_assert_eq(guest_flush(&guest, IMAGE, 10, 20, 0, 0), OK);
    cr_assert_eq(picture->updates, 2, "an empty flush sends nothing");
}

Test(scanout, shows_a_part_of_a_resource)
{
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, 8, 4, 32, 16), OK);
    flush(IMAGE);
    const struct guest_picture *picture = &guest.pictures[0];
    cr_assert_eq(picture->width, 32);
    cr_assert_eq(picture->height, 16);
    for (size_t y = 0; y < 16; y++) {
        for (size_t x = 0; x < 32; x++) {
            cr_assert_eq(picture->pixels[(y * 32 + x) * 4],
                    pixel_of(((y + 4) * WIDTH + x + 8) * 4, 1));
        }
    }
    unsigned updates = picture->updates;
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, 0, WIDTH, 4), OK);
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, 0, 8, HEIGHT), OK);
    cr_assert_eq(picture->updates, updates, "damage beside the part is not seen");
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, 0, 9, 5), OK);
    cr_assert_eq(picture->last_width, 1);
    cr_assert_eq(picture->last_height, 1);
}

/* More rows than one message has parts. */
Test(scanout, sends_a_tall_part_in_several_messages)
{
    enum { TALL = 3000 };
    cr_assert_eq(guest_create_image(&guest, 7, VIT_FORMAT_BGRX, 8, TALL), OK);
    uint8_t *storage = resource(7)->storage;
    for (size_t i = 0; i < 8 * TALL * 4; i++) {
        storage[i] = pixel_of(i, 3);
    }
    cr_assert_eq(guest_set_scanout(&guest, 0, 7, 1, 0, 4, TALL), OK);
    cr_assert_eq(guest_flush(&guest, 7, 0, 0, 8, TALL), OK);
    const struct guest_picture *picture = &guest.pictures[0];
    cr_assert_eq(picture->updates, 3);
    for (size_t y = 0; y < TALL; y++) {
        for (size_t x = 0; x < 4 * 4; x++) {
            cr_assert_eq(picture->pixels[y * 16 + x], pixel_of(y * 32 + 4 + x, 3));
        }
    }
}

Test(scanout, one_resource_can_be_on_two_outputs)
{
    show(0, IMAGE);
    show(1, IMAGE);
    flush(IMAGE);
    shows(0, 1);
    shows(1, 1);
}

Test(scanout, another_resource_of_the_same_size_needs_no_new_size)
{
    cr_assert_eq(guest_create_image(&guest, 7, VIT_FORMAT_BGRA, WIDTH, HEIGHT), OK);
    fill(resource(7)->storage, 7);
    show(0, IMAGE);
    flush(IMAGE);
    show(0, 7);
    shows(0, 1);
    cr_assert_eq(guest_flush(&guest, 7, 0, 0, 1, 1), OK);
    shows(0, 7);
    cr_assert_eq(guest.pictures[0].sizes, 1);
    cr_assert_eq(guest.pictures[0].updates, 2);
}

Test(scanout, resource_0_turns_an_output_off)
{
    show(0, IMAGE);
    flush(IMAGE);
    cr_assert_eq(guest_set_scanout(&guest, 0, 0, 0, 0, 0, 0), OK);
    is_off(0);
    unsigned updates = guest.pictures[0].updates;
    flush(IMAGE);
    cr_assert_eq(guest.pictures[0].updates, updates);
}

Test(scanout, refuses_outputs_resources_and_parts_that_are_not_there)
{
    cr_assert_eq(guest_set_scanout(&guest, 2, IMAGE, 0, 0, WIDTH, HEIGHT), BAD_SCANOUT);
    cr_assert_eq(guest_set_scanout(&guest, UINT32_MAX, 0, 0, 0, 0, 0), BAD_SCANOUT);
    cr_assert_eq(guest_set_scanout(&guest, 0, 99, 0, 0, WIDTH, HEIGHT), BAD_RESOURCE);
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, 1, 0, WIDTH, HEIGHT), BAD_PARAMETER);
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, 0, 1, WIDTH, HEIGHT), BAD_PARAMETER);
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, UINT32_MAX, 0, 2, 1), BAD_PARAMETER);
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, 0, 0, 0, HEIGHT), BAD_PARAMETER);
    cr_assert_eq(guest_set_scanout(&guest, 0, IMAGE, 0, 0, WIDTH, 0), BAD_PARAMETER);
    cr_assert_eq(guest_flush(&guest, 99, 0, 0, 1, 1), BAD_RESOURCE);
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, 0, WIDTH + 1, 1), BAD_PARAMETER);
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, UINT32_MAX, 1, 2), BAD_PARAMETER);
    cr_assert_eq(guest.pictures[0].sizes, 0);
}

Test(scanout, refuses_what_is_no_picture_for_a_display)
{
    cr_assert_eq(guest_create_buffer(&guest, 7, 4096), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 7, 0, 0, 64, 1), BAD_PARAMETER);
    guest_make_protected(&guest, 1, 8, VIT_FORMAT_NV12, WIDTH, HEIGHT);
    cr_assert_eq(guest_set_scanout(&guest, 0, 8, 0, 0, WIDTH, HEIGHT), BAD_PARAMETER);
    cr_assert_eq(guest_create_protected(&guest, 9, VIT_FORMAT_BYTES, 4096, 1), OK);
    cr_assert_eq(guest_set_scanout(&guest, 0, 9, 0, 0, 64, 1), BAD_PARAMETER);
}

Test(scanout, an_output_whose_resource_goes_is_off)
{
    show(0, IMAGE);
    show(1, IMAGE);
    flush(IMAGE);
    cr_assert_eq(guest_unref(&guest, IMAGE), OK);
    is_off(0);
    is_off(1);
}

/* Levels */

Test(scanout, shows_a_protected_resource_that_needs_nothing)
{
    show(0, PROTECTED);
    flush(PROTECTED);
    shows(0, 2);
    set_level(0, VGPU_LEVEL_LOST);
    shows(0, 2);
}

Test(scanout, is_black_at_once_without_the_level_that_is_needed)
{
    static const enum vgpu_level levels[] = { VGPU_LEVEL_NONE, VGPU_LEVEL_LOST,
        VGPU_LEVEL_REVOKED };
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        reopen(false);
        resource(PROTECTED)->needs_hdcp = true;
        set_level(0, VGPU_LEVEL_HDCP);
        show(0, PROTECTED);
        flush(PROTECTED);
        shows(0, 2);
        set_level(0, levels[i]);
        is_black(0);
        flush(PROTECTED);
        is_black(0);
        set_level(0, VGPU_LEVEL_HDCP);
        shows(0, 2);
    }
}

Test(scanout, is_black_from_the_beginning_without_the_level)
{
    resource(PROTECTED)->needs_hdcp = true;
    show(0, IMAGE);
    flush(IMAGE);
    show(0, PROTECTED);
    is_black(0);
    flush(PROTECTED);
    is_black(0);
}

Test(scanout, the_picture_that_returns_is_the_newest_one)
{
    resource(PROTECTED)->needs_hdcp = true;
    set_level(0, VGPU_LEVEL_HDCP);
    show(0, PROTECTED);
    flush(PROTECTED);
    set_level(0, VGPU_LEVEL_NONE);
    unsigned updates = guest.pictures[0].updates;
    fill_protected(8);
    flush(PROTECTED);
    cr_assert_eq(guest.pictures[0].updates, updates, "black does not change");
    set_level(0, VGPU_LEVEL_HDCP);
    shows(0, 8);
}

static unsigned blackened[2];

static void count_blackened(struct vgpu_host *host, unsigned output)
{
    (void)host;
    blackened[output]++;
}

Test(scanout, the_host_blackens_what_it_keeps_when_the_level_goes)
{
    struct vgpu_host_impl impl = *guest.host.impl;
    impl.blacken = count_blackened;
    guest.host.impl = &impl;
    resource(PROTECTED)->needs_hdcp = true;
    set_level(0, VGPU_LEVEL_HDCP);
    show(0, PROTECTED);
    flush(PROTECTED);
    cr_assert_eq(blackened[0], 0);
    set_level(0, VGPU_LEVEL_LOST);
    cr_assert_eq(blackened[0], 1);
    set_level(0, VGPU_LEVEL_HDCP);
    cr_assert_eq(blackened[0], 1);
    cr_assert_eq(blackened[1], 0);
}

Test(scanout, a_very_large_picture_goes_in_stripes)
{
    enum { LARGE = 77, LARGE_SIDE = 2560 };
    cr_assert_eq(guest_create_protected(&guest, LARGE, VIT_FORMAT_BGRX, LARGE_SIDE, LARGE_SIDE),
            OK);
    cr_assert_eq(guest_attach(&guest, 1, LARGE), OK);
    memset(resource(LARGE)->storage, 0x33, (size_t)LARGE_SIDE * LARGE_SIDE * 4);
    cr_assert_eq(guest_set_scanout(&guest, 0, LARGE, 0, 0, LARGE_SIDE, LARGE_SIDE), OK);
    unsigned before = guest.pictures[0].updates;
    cr_assert_eq(guest_flush(&guest, LARGE, 0, 0, LARGE_SIDE, LARGE_SIDE), OK);
    cr_assert_eq(guest.pictures[0].updates - before, 2, "25 MiB");
    const uint8_t *shown = guest.pictures[0].pixels;
    for (size_t i = 0; i < (size_t)LARGE_SIDE * LARGE_SIDE; i += LARGE_SIDE / 2) {
        cr_assert_eq(shown[i * 4], 0x33, "pixel %zu", i);
    }
}

Test(scanout, levels_are_each_outputs_own)
{
    resource(PROTECTED)->needs_hdcp = true;
    set_level(1, VGPU_LEVEL_HDCP);
    show(0, PROTECTED);
    show(1, PROTECTED);
    flush(PROTECTED);
    is_black(0);
    shows(1, 2);
}

Test(scanout, a_device_can_require_hdcp_of_all_protected_content)
{
    reopen(true);
    show(0, PROTECTED);
    flush(PROTECTED);
    is_black(0);
    set_level(0, VGPU_LEVEL_HDCP);
    shows(0, 2);
    show(1, IMAGE);
    flush(IMAGE);
    shows(1, 1);
}

Test(scanout, an_unprotected_picture_follows_black)
{
    resource(PROTECTED)->needs_hdcp = true;
    show(0, PROTECTED);
    is_black(0);
    show(0, IMAGE);
    flush(IMAGE);
    shows(0, 1);
}

Test(scanout, a_need_that_comes_later_makes_it_black)
{
    show(0, PROTECTED);
    flush(PROTECTED);
    shows(0, 2);
    resource(PROTECTED)->needs_hdcp = true;
    vgpu_outputs_changed(&guest.device->outputs, resource(PROTECTED));
    vgpu_device_poll(guest.device);
    is_black(0);
}

Test(scanout, a_wiped_resource_is_black_without_a_flush)
{
    show(0, PROTECTED);
    flush(PROTECTED);
    shows(0, 2);
    cr_assert_eq(guest_detach(&guest, 1, PROTECTED), OK);
    is_black(0);
}

Test(scanout, a_part_of_a_tall_picture_turns_black_as_a_whole)
{
    enum { TALL = 2000 };
    guest_make_protected(&guest, 1, 7, VIT_FORMAT_BGRX, 1000, TALL);
    memset(resource(7)->storage, 0xee, 1000 * TALL * 4);
    cr_assert_eq(guest_set_scanout(&guest, 0, 7, 10, 0, 900, TALL), OK);
    cr_assert_eq(guest_flush(&guest, 7, 0, 0, 1000, TALL), OK);
    cr_assert_eq(guest.pictures[0].pixels[900 * TALL * 4 - 1], 0xee);
    resource(7)->needs_hdcp = true;
    set_level(0, VGPU_LEVEL_LOST);
    for (size_t i = 0; i < 900 * TALL * 4; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], 0);
    }
}

/* More black than one message has parts. */
Test(scanout, a_large_picture_turns_black_in_several_messages)
{
    enum { WIDE = 16384, TALL = 1100 };
    guest_make_protected(&guest, 1, 7, VIT_FORMAT_BGRX, WIDE, TALL);
    resource(7)->needs_hdcp = true;
    cr_assert_eq(guest_set_scanout(&guest, 0, 7, 0, 0, WIDE, TALL), OK);
    cr_assert_eq(guest.pictures[0].updates, 2);
    for (size_t i = 0; i < (size_t)WIDE * TALL * 4; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], 0);
    }
}

Test(scanout, black_of_another_size_is_drawn_anew)
{
    resource(PROTECTED)->needs_hdcp = true;
    show(0, PROTECTED);
    is_black(0);
    cr_assert_eq(guest_set_scanout(&guest, 0, PROTECTED, 0, 0, 20, 10), OK);
    cr_assert_eq(guest.pictures[0].width, 20);
    for (size_t i = 0; i < 20 * 10 * 4; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], 0);
    }
}

Test(scanout, refuses_outputs_and_levels_that_are_not_there)
{
    enum vgpu_level level = VGPU_LEVEL_LOST;
    cr_assert_eq(vgpu_device_set_level(guest.device, 2, VGPU_LEVEL_HDCP), VIT_E_ARG);
    cr_assert_eq(vgpu_device_set_level(guest.device, 0, (enum vgpu_level)4), VIT_E_ARG);
    cr_assert_eq(vgpu_device_get_level(guest.device, 2, &level), VIT_E_ARG);
    cr_assert_eq(level, VGPU_LEVEL_LOST);
    cr_assert_eq(vgpu_device_get_level(guest.device, 0, &level), VIT_OK);
    cr_assert_eq(level, VGPU_LEVEL_NONE);
    set_level(0, VGPU_LEVEL_REVOKED);
    cr_assert_eq(vgpu_device_get_level(guest.device, 0, &level), VIT_OK);
    cr_assert_eq(level, VGPU_LEVEL_REVOKED);
}

/* A display that is slow */

Test(scanout, a_busy_display_gets_a_fresh_picture_later)
{
    guest.display_busy = true;
    show(0, IMAGE);
    flush(IMAGE);
    cr_assert_eq(guest.pictures[0].sizes, 0);
    fill(resource(IMAGE)->storage, 6);
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest.pictures[0].sizes, 0);
    guest.display_busy = false;
    vgpu_device_poll(guest.device);
    shows(0, 6);
    cr_assert_eq(guest.pictures[0].updates, 1);
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest.pictures[0].updates, 1, "owed once");
}

Test(scanout, a_busy_display_gets_all_damage_as_one)
{
    show(0, IMAGE);
    flush(IMAGE);
    guest.display_busy = true;
    fill(resource(IMAGE)->storage, 6);
    cr_assert_eq(guest_flush(&guest, IMAGE, 0, 0, 8, HEIGHT), OK);
    cr_assert_eq(guest_flush(&guest, IMAGE, WIDTH - 8, 0, 8, HEIGHT), OK);
    guest.display_busy = false;
    vgpu_device_poll(guest.device);
    shows(0, 6);
    cr_assert_eq(guest.pictures[0].updates, 2);
}

Test(scanout, what_became_black_meanwhile_never_reaches_a_busy_display)
{
    resource(PROTECTED)->needs_hdcp = true;
    set_level(0, VGPU_LEVEL_HDCP);
    guest.display_busy = true;
    show(0, PROTECTED);
    flush(PROTECTED);
    set_level(0, VGPU_LEVEL_LOST);
    guest.display_busy = false;
    vgpu_device_poll(guest.device);
    is_black(0);
    cr_assert_eq(guest.pictures[0].updates, 1);
}

/* Becomes busy between two messages of one picture. */
Test(scanout, a_picture_in_several_messages_is_continued)
{
    enum { TALL = 3000 };
    cr_assert_eq(guest_create_image(&guest, 7, VIT_FORMAT_BGRX, 8, TALL), OK);
    memset(resource(7)->storage, 0xcd, 8 * TALL * 4);
    guest.display_room = 2; /* the size, and one part */
    cr_assert_eq(guest_set_scanout(&guest, 0, 7, 0, 0, 4, TALL), OK);
    cr_assert_eq(guest_flush(&guest, 7, 0, 0, 8, TALL), OK);
    cr_assert_eq(guest.pictures[0].updates, 1);
    guest.display_busy = false;
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest.pictures[0].updates, 3);
    for (size_t i = 0; i < 4 * TALL * 4; i++) {
        cr_assert_eq(guest.pictures[0].pixels[i], 0xcd);
    }
}

Test(scanout, an_output_that_goes_off_owes_no_picture)
{
    guest.display_busy = true;
    show(0, IMAGE);
    flush(IMAGE);
    cr_assert_eq(guest_unref(&guest, IMAGE), OK);
    guest.display_busy = false;
    vgpu_device_poll(guest.device);
    cr_assert_eq(guest.pictures[0].updates, 0);
    is_off(0);
}
