/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "tools/vitrine/clip.h"

enum { HEADER_LEN = 432, FRAME_LEN = 48 + 4 * 4 * 4 };

static struct clip_header header;
static const struct clip_frame first = { .index = 0, .wrapped_key = { 1 }, .iv = { 2 } };

static FILE *make_clip(void)
{
    uint8_t pixels[64];
    memset(pixels, 0xab, sizeof(pixels));
    header = (struct clip_header){ .rate_numerator = 30,
        .rate_denominator = 1,
        .frame_count = 1,
        .key_count = 1,
        .leaf_digest = { 3 },
        .block = { 4 },
        .shown_digest = { 5 } };
    cr_assert_eq(vit_surface_init(&header.surface, VIT_FORMAT_BGRA, 4, 4), VIT_OK);
    FILE *file = tmpfile();
    cr_assert_eq(clip_write_header(file, &header), VIT_OK);
    cr_assert_eq(clip_write_frame(file, &header, &first, pixels), VIT_OK);
    rewind(file);
    return file;
}

static enum vit_status read_all(FILE *file)
{
    struct clip_header got;
    struct clip_frame frame;
    uint8_t pixels[64];
    VIT_TRY(clip_read_header(file, &got));
    return clip_read_frame(file, &got, 0, &frame, pixels);
}

/* The clip with one byte changed. */
static FILE *damaged(size_t at, uint8_t flip)
{
    FILE *file = make_clip();
    fseek(file, (long)at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte ^ flip, file);
    rewind(file);
    return file;
}

Test(clip, is_read_as_it_was_written)
{
    VIT_AUTO(stream) file = make_clip();
    struct clip_header got;
    struct clip_frame frame;
    uint8_t pixels[64];
    cr_assert(clip_is(file));
    cr_assert_eq(clip_read_header(file, &got), VIT_OK);
    cr_assert_eq(got.surface.size, 64);
    cr_assert_eq(got.frame_count, 1);
    cr_assert_arr_eq(got.block, header.block, CLIP_BLOCK_LEN);
    cr_assert_arr_eq(got.leaf_digest, header.leaf_digest, VIT_SHA256_LEN);
    cr_assert_arr_eq(got.shown_digest, header.shown_digest, VIT_SHA256_LEN);
    cr_assert_eq(clip_read_frame(file, &got, 0, &frame, pixels), VIT_OK);
    cr_assert_arr_eq(frame.wrapped_key, first.wrapped_key, 16);
    cr_assert_arr_eq(frame.iv, first.iv, 16);
    cr_assert_eq(pixels[63], 0xab);
}

Test(clip, every_truncation_is_refused)
{
    uint8_t bytes[HEADER_LEN + FRAME_LEN];
    VIT_AUTO(stream) whole = make_clip();
    cr_assert_eq(fread(bytes, 1, sizeof(bytes), whole), sizeof(bytes));
    cr_assert_eq(fgetc(whole), EOF);
    for (size_t len = 0; len < sizeof(bytes); len++) {
        VIT_AUTO(stream) cut = tmpfile();
        cr_assert_eq(fwrite(bytes, 1, len, cut), len);
        rewind(cut);
        cr_assert_eq(read_all(cut), VIT_E_REFUSED, "length %zu", len);
    }
}

Test(clip, a_header_that_does_not_agree_is_refused)
{
    /* magic, version, format, width, frames, keys, size, reserved */
    static const struct {
        size_t at;
        uint8_t flip;
    } places[] = { { 0, 1 }, { 7, 1 }, { 8, 2 }, { 12, 64 }, { 16, 1 }, { 20, 1 }, { 24, 30 },
        { 28, 1 }, { 32, 1 }, { 36, 1 }, { 40, 1 }, { 431, 1 } };
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct clip_header got;
        VIT_AUTO(stream) file = damaged(places[i].at, places[i].flip);
        cr_assert_eq(clip_read_header(file, &got), VIT_E_REFUSED, "byte %zu", places[i].at);
    }
}

Test(clip, a_frame_out_of_order_or_of_another_size_is_refused)
{
    static const size_t places[] = { HEADER_LEN, HEADER_LEN + 4, HEADER_LEN + 40 };
    for (unsigned i = 0; i < 3; i++) {
        VIT_AUTO(stream) file = damaged(places[i], 1);
        cr_assert_eq(read_all(file), VIT_E_REFUSED, "byte %zu", places[i]);
    }
}

Test(clip, no_side_of_a_picture_can_be_absurd)
{
    struct clip_header got;
    VIT_AUTO(stream) file = damaged(19, 0x80);
    cr_assert_eq(clip_read_header(file, &got), VIT_E_REFUSED);
}

Test(clip, another_file_is_not_one)
{
    VIT_AUTO(stream) file = tmpfile();
    fputs("RIFF", file);
    rewind(file);
    cr_assert_not(clip_is(file));
}
