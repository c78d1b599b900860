/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "kmd-stub/display.h"

struct stream {
    uint8_t bytes[8192];
    size_t len;
};

static void put(struct stream *stream, const uint32_t *words, size_t count)
{
    memcpy(stream->bytes + stream->len, words, count * 4);
    stream->len += count * 4;
}

static void put_scanout(struct stream *stream, uint32_t output, uint32_t width, uint32_t height)
{
    uint32_t words[] = { VIT_DISPLAY_SCANOUT, 0, 12, output, width, height };
    put(stream, words, 6);
}

static void put_update(struct stream *stream, uint32_t output, const uint32_t rect[4])
{
    uint32_t words[] = { VIT_DISPLAY_UPDATE, 0, 20 + rect[2] * rect[3] * 4, output, rect[0],
        rect[1], rect[2], rect[3] };
    put(stream, words, 8);
    for (uint32_t i = 0; i < rect[2] * rect[3] * 4; i++) {
        stream->bytes[stream->len++] = (uint8_t)(i + 1);
    }
}

static struct vit_display *create(void)
{
    struct vit_display *display = NULL;
    cr_assert_eq(vit_display_create(NULL, NULL, &display), VIT_OK);
    return display;
}

static enum vit_status feed(struct vit_display *display, const struct stream *stream)
{
    return vit_display_feed(display, stream->bytes, stream->len);
}

/* What a stream alone comes to. */
static enum vit_status outcome(const struct stream *stream)
{
    struct vit_display *display = create();
    enum vit_status status = feed(display, stream);
    vit_display_destroy(display);
    return status;
}

static void expect_picture(const struct vit_display *display)
{
    struct vit_display_picture picture;
    cr_assert_eq(vit_display_picture(display, 1, &picture), VIT_OK);
    cr_assert_eq(picture.width, 4);
    cr_assert_eq(picture.height, 3);
    cr_assert_eq(picture.updates, 1);
    for (unsigned y = 0; y < 3; y++) {
        for (unsigned x = 0; x < 16; x++) {
            bool inside = y >= 1 && x >= 4 && x < 12;
            uint8_t expected = inside ? (uint8_t)((y - 1) * 8 + x - 4 + 1) : 0;
            cr_assert_eq(picture.pixels[y * 16 + x], expected, "row %u byte %u", y, x);
        }
    }
}

static struct stream good_stream(void)
{
    struct stream stream = { .len = 0 };
    put_scanout(&stream, 1, 4, 3);
    put_update(&stream, 1, (const uint32_t[]){ 1, 1, 2, 2 });
    return stream;
}

Test(display, keeps_the_picture_of_an_update)
{
    struct stream stream = good_stream();
    struct vit_display *display = create();
    cr_assert_eq(feed(display, &stream), VIT_OK);
    expect_picture(display);
    vit_display_destroy(display);
}

Test(display, takes_pieces_of_any_size)
{
    struct stream stream = good_stream();
    for (size_t piece = 1; piece < stream.len; piece++) {
        struct vit_display *display = create();
        for (size_t at = 0; at < stream.len; at += piece) {
            size_t len = stream.len - at < piece ? stream.len - at : piece;
            cr_assert_eq(vit_display_feed(display, stream.bytes + at, len), VIT_OK);
        }
        expect_picture(display);
        vit_display_destroy(display);
    }
}

Test(display, a_stream_that_ends_anywhere_shows_nothing_yet)
{
    struct stream stream = good_stream();
    for (size_t len = 0; len < stream.len; len++) {
        struct vit_display *display = create();
        struct vit_display_picture picture;
        cr_assert_eq(vit_display_feed(display, stream.bytes, len), VIT_OK);
        cr_assert_eq(vit_display_picture(display, 1, &picture), VIT_E_STATE);
        vit_display_destroy(display);
    }
}

Test(display, nothing_is_shown_before_an_update_and_after_switching_off)
{
    struct vit_display *display = create();
    struct vit_display_picture picture;
    cr_assert_eq(vit_display_picture(display, 1, &picture), VIT_E_STATE);
    cr_assert_eq(vit_display_picture(display, VIT_DISPLAY_MAX_OUTPUTS, &picture), VIT_E_ARG);
    struct stream stream = good_stream();
    put_scanout(&stream, 1, 0, 0);
    cr_assert_eq(feed(display, &stream), VIT_OK);
    cr_assert_eq(vit_display_picture(display, 1, &picture), VIT_E_STATE);
    vit_display_destroy(display);
}

Test(display, outputs_do_not_share_a_picture)
{
    struct stream stream = good_stream();
    put_scanout(&stream, 0, 2, 1);
    put_update(&stream, 0, (const uint32_t[]){ 0, 0, 2, 1 });
    struct vit_display *display = create();
    cr_assert_eq(feed(display, &stream), VIT_OK);
    expect_picture(display);
    struct vit_display_picture picture;
    cr_assert_eq(vit_display_picture(display, 0, &picture), VIT_OK);
    cr_assert_eq(picture.width, 2);
    vit_display_destroy(display);
}

Test(display, a_rectangle_outside_its_output_is_refused)
{
    static const uint32_t rects[][4] = { { 3, 0, 2, 1 }, { 0, 2, 1, 2 }, { 4, 0, 1, 1 },
        { 0, 3, 1, 1 }, { 0, 0, 5, 1 }, { 0, 0, 1, 4 }, { UINT32_MAX, 0, 1, 1 },
        { 0, UINT32_MAX, 1, 1 }, { 0, 0, 0, 1 }, { 0, 0, 1, 0 } };
    for (size_t i = 0; i < sizeof(rects) / sizeof(rects[0]); i++) {
        struct stream stream = { .len = 0 };
        put_scanout(&stream, 1, 4, 3);
        put_update(&stream, 1, rects[i]);
        cr_expect_eq(outcome(&stream), VIT_E_PROTOCOL, "rectangle %zu", i);
    }
}

Test(display, an_update_without_a_scanout_is_refused)
{
    struct stream stream = { .len = 0 };
    put_update(&stream, 0, (const uint32_t[]){ 0, 0, 1, 1 });
    cr_assert_eq(outcome(&stream), VIT_E_PROTOCOL);
}

Test(display, a_size_that_does_not_fit_its_message_is_refused)
{
    static const uint32_t heads[][8] = {
        { VIT_DISPLAY_SCANOUT, 0, 11 },
        { VIT_DISPLAY_SCANOUT, 0, 13 },
        { VIT_DISPLAY_CURSOR_POS, 0, 8 },
        { VIT_DISPLAY_CURSOR_UPDATE, 0, 20 },
        { VIT_DISPLAY_SET_PROTOCOL_FEATURES, 0, 4 },
        { VIT_DISPLAY_UPDATE, 0, 19 },
        { VIT_DISPLAY_GET_DISPLAY_INFO, 0, 1 },
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct stream stream = { .len = 0 };
        put(&stream, heads[i], 3);
        cr_expect_eq(outcome(&stream), VIT_E_PROTOCOL, "head %zu", i);
    }
    struct stream stream = { .len = 0 };
    put_scanout(&stream, 1, 4, 3);
    uint32_t update[] = { VIT_DISPLAY_UPDATE, 0, 20 + 4 + 1, 1, 0, 0, 1, 1 };
    put(&stream, update, 8);
    cr_expect_eq(outcome(&stream), VIT_E_PROTOCOL);
}

Test(display, an_output_or_size_beyond_the_limits_is_refused)
{
    static const uint32_t sizes[][3] = { { 16, 4, 4 }, { UINT32_MAX, 4, 4 }, { 0, 8193, 1 },
        { 0, 1, 8193 }, { 0, 0, 4 }, { 0, 4, 0 }, { 0, UINT32_MAX, UINT32_MAX } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct stream stream = { .len = 0 };
        put_scanout(&stream, sizes[i][0], sizes[i][1], sizes[i][2]);
        cr_expect_eq(outcome(&stream), VIT_E_PROTOCOL, "scanout %zu", i);
    }
}

Test(display, an_unknown_request_ends_the_stream_for_good)
{
    struct vit_display *display = create();
    struct stream stream = { .len = 0 };
    put(&stream, (const uint32_t[]){ 99, 0, 0 }, 3);
    cr_assert_eq(feed(display, &stream), VIT_E_PROTOCOL);
    stream.len = 0;
    put_scanout(&stream, 0, 1, 1);
    cr_assert_eq(feed(display, &stream), VIT_E_PROTOCOL);
    vit_display_destroy(display);
}

Test(display, memory_of_another_process_was_never_agreed_on)
{
    struct stream stream = { .len = 0 };
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_DMABUF_SCANOUT, 0, 40 }, 3);
    cr_assert_eq(outcome(&stream), VIT_E_PROTOCOL);
}

static enum vit_status note_request(void *context, uint32_t request, const uint8_t *payload,
        size_t len)
{
    (void)payload;
    uint32_t *seen = context;
    *seen = *seen * 100 + request * 10 + (uint32_t)len;
    return request == VIT_DISPLAY_GET_EDID ? VIT_E_IO : VIT_OK;
}

Test(display, requests_go_to_who_can_answer)
{
    struct vit_display *display = NULL;
    uint32_t seen = 0;
    cr_assert_eq(vit_display_create(note_request, &seen, &display), VIT_OK);
    struct stream stream = { .len = 0 };
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_GET_PROTOCOL_FEATURES, 0, 0 }, 3);
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_GET_DISPLAY_INFO, 0, 0 }, 3);
    cr_assert_eq(feed(display, &stream), VIT_OK);
    cr_assert_eq(seen, 1030);
    stream.len = 0;
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_GET_EDID, 0, 4, 0 }, 4);
    cr_assert_eq(feed(display, &stream), VIT_E_IO);
    uint32_t before = seen;
    cr_assert_eq(feed(display, &stream), VIT_E_PROTOCOL, "over for good");
    cr_assert_eq(seen, before);
    vit_display_destroy(display);

    stream.len = 0;
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_GET_DISPLAY_INFO, 0, 0 }, 3);
    cr_assert_eq(outcome(&stream), VIT_E_PROTOCOL, "nobody can answer");
}

Test(display, a_cursor_is_passed_over)
{
    struct vit_display *display = create();
    static uint8_t cursor[64 * 64 * 4];
    struct stream stream = { .len = 0 };
    put(&stream,
            (const uint32_t[]){ VIT_DISPLAY_CURSOR_UPDATE, 0, 20 + sizeof(cursor), 0, 1, 2, 3, 4 },
            8);
    cr_assert_eq(feed(display, &stream), VIT_OK);
    cr_assert_eq(vit_display_feed(display, cursor, sizeof(cursor)), VIT_OK);
    stream.len = 0;
    put(&stream, (const uint32_t[]){ VIT_DISPLAY_CURSOR_POS, 0, 12, 0, 5, 6 }, 6);
    struct stream good = good_stream();
    cr_assert_eq(feed(display, &stream), VIT_OK);
    cr_assert_eq(feed(display, &good), VIT_OK);
    expect_picture(display);
    vit_display_destroy(display);
}
