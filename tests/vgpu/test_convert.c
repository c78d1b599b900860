/* SPDX-License-Identifier: MIT */
#include "vgpu/convert.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vgpu/engine_rig.h"
#include "vgpu/pixels.h"

enum { SOURCE = 10, TARGET = 11 };

static struct rig rig;

static void start(void)
{
    rig_init(&rig);
}

static void stop(void)
{
    rig_finish(&rig);
}

TestSuite(convert, .init = start, .fini = stop);

static struct vit_rect rect(uint32_t left, uint32_t top, uint32_t width, uint32_t height)
{
    return (struct vit_rect){ left, top, left + width, top + height };
}

static enum vit_status convert(struct vit_rect from, struct vit_rect to)
{
    struct vit_msg_convert msg = { SOURCE, TARGET, from, to };
    return rig_convert(&rig, rig.a, &msg);
}

static struct vgpu_resource *source(enum vit_format format, uint32_t width, uint32_t height,
        uint8_t **bytes)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, format, width, height), VIT_OK);
    *bytes = malloc(surface.size);
    rig_random(*bytes, surface.size, width);
    return rig_image(&rig, rig.a, SOURCE, format, width, height, *bytes);
}

static uint8_t *target(enum vit_format format, uint32_t width, uint32_t height)
{
    struct vgpu_resource *resource = rig_image(&rig, rig.a, TARGET, format, width, height, NULL);
    return resource->backing[0].iov_base;
}

/* BT.709, limited range, as the standard writes it. */
static double channel(double value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static void exact(double y, double u, double v, double bgr[3])
{
    double grey = (y - 16) * 255 / 219;
    double cb = (u - 128) * 255 / 224, cr = (v - 128) * 255 / 224;
    double red = grey + 2 * (1 - 0.2126) * cr;
    double blue = grey + 2 * (1 - 0.0722) * cb;
    double green = (grey - 0.2126 * red - 0.0722 * blue) / 0.7152;
    bgr[0] = channel(blue);
    bgr[1] = channel(green);
    bgr[2] = channel(red);
}

static void assert_near(const uint8_t *pixel, double y, double u, double v, double tolerance)
{
    double bgr[3];
    exact(y, u, v, bgr);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(fabs(pixel[i] - bgr[i]) <= tolerance, "%g %g %g, channel %u: %u, not %g", y, u, v,
                i, pixel[i], bgr[i]);
    }
    cr_assert_eq(pixel[3], 255);
}

Test(convert, yuv_is_within_one_of_the_formula_for_every_value)
{
    enum { COUNT = 256 };
    uint8_t y[COUNT], u[COUNT], v[COUNT], out[COUNT * 4];
    for (unsigned i = 0; i < COUNT; i++) {
        y[i] = (uint8_t)i;
    }
    for (unsigned cb = 0; cb < 256; cb += 3) {
        for (unsigned cr = 0; cr < 256; cr++) {
            memset(u, (int)cb, COUNT);
            memset(v, (int)cr, COUNT);
            vgpu_pixels_yuv_to_bgrx(y, u, v, out, COUNT);
            for (unsigned i = 0; i < COUNT; i++) {
                assert_near(out + i * 4, i, cb, cr, 1);
            }
        }
    }
}

Test(convert, knows_black_white_and_grey)
{
    const uint8_t y[3] = { 16, 235, 126 }, chroma[3] = { 128, 128, 128 };
    const uint8_t expected[12] = { 0, 0, 0, 255, 255, 255, 255, 255, 128, 128, 128, 255 };
    uint8_t out[12];
    vgpu_pixels_yuv_to_bgrx(y, chroma, chroma, out, 3);
    cr_assert_arr_eq(out, expected, sizeof(out));
}

static void assert_nv12(uint32_t width, uint32_t height, enum vit_format format)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_NV12, width, height, &in);
    uint8_t *out = target(format, width, height);
    cr_assert_eq(convert(rect(0, 0, width, height), rect(0, 0, width, height)), VIT_OK);
    for (uint32_t row = 0; row < height; row++) {
        for (uint32_t column = 0; column < width; column++) {
            const uint8_t *uv = in + (size_t)width * (height + row / 2) + column / 2 * 2;
            assert_near(out + ((size_t)row * width + column) * 4, in[(size_t)row * width + column],
                    uv[0], uv[1], 1);
        }
    }
    free(in);
}

Test(convert, nv12_to_bgrx)
{
    assert_nv12(64, 34, VIT_FORMAT_BGRX);
}

Test(convert, nv12_to_bgra)
{
    assert_nv12(62, 2, VIT_FORMAT_BGRA);
}

Test(convert, nv12_in_many_steps)
{
    assert_nv12(640, 362, VIT_FORMAT_BGRX);
}

Test(convert, bgra_to_bgrx_keeps_colours_exactly)
{
    enum { WIDTH = 37, HEIGHT = 11 };
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRA, WIDTH, HEIGHT, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, WIDTH, HEIGHT);
    cr_assert_eq(convert(rect(0, 0, WIDTH, HEIGHT), rect(0, 0, WIDTH, HEIGHT)), VIT_OK);
    for (unsigned i = 0; i < WIDTH * HEIGHT; i++) {
        cr_assert_arr_eq(out + i * 4, in + i * 4, 3);
        cr_assert_eq(out[i * 4 + 3], 255);
    }
    free(in);
}

Test(convert, bgra_to_bgra_keeps_alpha)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRA, 16, 16, &in);
    uint8_t *out = target(VIT_FORMAT_BGRA, 16, 16);
    cr_assert_eq(convert(rect(0, 0, 16, 16), rect(0, 0, 16, 16)), VIT_OK);
    cr_assert_arr_eq(out, in, 16 * 16 * 4);
    free(in);
}

Test(convert, bgrx_to_bgra_is_opaque)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRX, 16, 16, &in);
    uint8_t *out = target(VIT_FORMAT_BGRA, 32, 32);
    cr_assert_eq(convert(rect(0, 0, 16, 16), rect(0, 0, 32, 32)), VIT_OK);
    for (unsigned i = 0; i < 32 * 32; i++) {
        cr_assert_eq(out[i * 4 + 3], 255);
    }
    free(in);
}

Test(convert, writes_its_rectangle_only)
{
    uint8_t *in, untouched[4];
    (void)source(VIT_FORMAT_BGRX, 16, 16, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, 20, 20);
    memset(out, 0x11, 20 * 20 * 4);
    memset(untouched, 0x11, sizeof(untouched));
    cr_assert_eq(convert(rect(3, 5, 8, 7), rect(2, 4, 8, 7)), VIT_OK);
    for (unsigned row = 0; row < 20; row++) {
        for (unsigned column = 0; column < 20; column++) {
            const uint8_t *pixel = out + (row * 20 + column) * 4;
            bool inside = column >= 2 && column < 10 && row >= 4 && row < 11;
            const uint8_t *expected = inside ? in + ((row + 1) * 16 + column + 1) * 4 : untouched;
            cr_assert_arr_eq(pixel, expected, 3, "%u, %u", column, row);
        }
    }
    free(in);
}

Test(convert, nv12_takes_the_chroma_of_its_rectangle)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_NV12, 16, 16, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, 4, 6);
    cr_assert_eq(convert(rect(6, 8, 4, 6), rect(0, 0, 4, 6)), VIT_OK);
    for (unsigned row = 0; row < 6; row++) {
        for (unsigned column = 0; column < 4; column++) {
            const uint8_t *uv = in + 16 * (16 + (row + 8) / 2) + (column + 6) / 2 * 2;
            assert_near(out + (row * 4 + column) * 4, in[16 * (row + 8) + column + 6], uv[0], uv[1],
                    1);
        }
    }
    free(in);
}

/* Bilinear between centres, in doubles. */
static double sample(const uint8_t *plane, size_t pitch, unsigned step, uint32_t width,
        uint32_t height, double x, double y)
{
    x = x < 0 ? 0 : x > width - 1 ? width - 1 : x;
    y = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
    uint32_t left = (uint32_t)x, top = (uint32_t)y;
    uint32_t right = left + 1 < width ? left + 1 : left;
    uint32_t bottom = top + 1 < height ? top + 1 : top;
    double a = x - left, b = y - top;
    return (1 - b) *
            ((1 - a) * plane[top * pitch + left * step] + a * plane[top * pitch + right * step]) +
            b *
            ((1 - a) * plane[bottom * pitch + left * step] +
                    a * plane[bottom * pitch + right * step]);
}

static double centre(uint32_t at, uint32_t from, uint32_t to)
{
    return (at + 0.5) * from / to - 0.5;
}

/* Weights are 1/256: two of them, times differences up to 255, and the rounding. */
#define SCALE_TOLERANCE 2.6

static void assert_scales_bgrx(uint32_t width, uint32_t height, uint32_t to_width,
        uint32_t to_height)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRX, width, height, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, to_width, to_height);
    cr_assert_eq(convert(rect(0, 0, width, height), rect(0, 0, to_width, to_height)), VIT_OK);
    for (uint32_t row = 0; row < to_height; row++) {
        for (uint32_t column = 0; column < to_width; column++) {
            for (unsigned i = 0; i < 3; i++) {
                double expected = sample(in + i, (size_t)width * 4, 4, width, height,
                        centre(column, width, to_width), centre(row, height, to_height));
                uint8_t got = out[((size_t)row * to_width + column) * 4 + i];
                cr_assert(fabs(got - expected) <= SCALE_TOLERANCE, "%u, %u: %u, not %g", column,
                        row, got, expected);
            }
        }
    }
    free(in);
}

Test(convert, scales_up)
{
    assert_scales_bgrx(7, 5, 33, 21);
}

Test(convert, scales_down)
{
    assert_scales_bgrx(40, 30, 17, 7);
}

Test(convert, scales_one_side)
{
    assert_scales_bgrx(16, 16, 16, 40);
}

Test(convert, scales_a_single_pixel)
{
    assert_scales_bgrx(1, 1, 9, 9);
}

Test(convert, scales_to_a_single_pixel)
{
    assert_scales_bgrx(64, 64, 1, 1);
}

Test(convert, scales_nv12)
{
    enum { WIDTH = 20, HEIGHT = 14, TO_WIDTH = 33, TO_HEIGHT = 25 };
    uint8_t *in;
    (void)source(VIT_FORMAT_NV12, WIDTH, HEIGHT, &in);
    /* Without extremes, so that clamping hides no difference. */
    for (unsigned i = 0; i < WIDTH * HEIGHT * 3 / 2; i++) {
        in[i] = (uint8_t)(i < WIDTH * HEIGHT ? 100 + in[i] / 8 : 120 + in[i] / 16);
    }
    memcpy(vgpu_context_resource(rig.a, SOURCE)->backing[0].iov_base, in, WIDTH * HEIGHT * 3 / 2);
    uint8_t *out = target(VIT_FORMAT_BGRX, TO_WIDTH, TO_HEIGHT);
    cr_assert_eq(convert(rect(0, 0, WIDTH, HEIGHT), rect(0, 0, TO_WIDTH, TO_HEIGHT)), VIT_OK);
    const uint8_t *uv = in + WIDTH * HEIGHT;
    for (uint32_t row = 0; row < TO_HEIGHT; row++) {
        for (uint32_t column = 0; column < TO_WIDTH; column++) {
            double y = sample(in, WIDTH, 1, WIDTH, HEIGHT, centre(column, WIDTH, TO_WIDTH),
                    centre(row, HEIGHT, TO_HEIGHT));
            double x_chroma = centre(column, WIDTH / 2, TO_WIDTH);
            double y_chroma = centre(row, HEIGHT / 2, TO_HEIGHT);
            double u = sample(uv, WIDTH, 2, WIDTH / 2, HEIGHT / 2, x_chroma, y_chroma);
            double v = sample(uv + 1, WIDTH, 2, WIDTH / 2, HEIGHT / 2, x_chroma, y_chroma);
            assert_near(out + ((size_t)row * TO_WIDTH + column) * 4, y, u, v, 4);
        }
    }
    free(in);
}

Test(convert, scaled_of_one_colour_stays_that_colour)
{
    uint8_t in[16 * 8 * 4];
    for (unsigned i = 0; i < sizeof(in); i++) {
        in[i] = "\x12\xfe\x80\xff"[i % 4];
    }
    rig_image(&rig, rig.a, SOURCE, VIT_FORMAT_BGRX, 16, 8, in);
    uint8_t *out = target(VIT_FORMAT_BGRX, 31, 77);
    cr_assert_eq(convert(rect(0, 0, 16, 8), rect(0, 0, 31, 77)), VIT_OK);
    for (unsigned i = 0; i < 31 * 77; i++) {
        cr_assert_arr_eq(out + i * 4, in, 4);
    }
}

/* Nothing from beside the source rectangle shines in. */
Test(convert, scales_inside_its_rectangle)
{
    uint8_t in[16 * 16 * 4];
    memset(in, 0xff, sizeof(in));
    for (unsigned row = 4; row < 8; row++) {
        memset(in + (row * 16 + 4) * 4, 0x20, 4 * 4);
    }
    rig_image(&rig, rig.a, SOURCE, VIT_FORMAT_BGRX, 16, 16, in);
    uint8_t *out = target(VIT_FORMAT_BGRX, 23, 23);
    cr_assert_eq(convert(rect(4, 4, 4, 4), rect(0, 0, 23, 23)), VIT_OK);
    for (unsigned i = 0; i < 23 * 23; i++) {
        cr_assert_arr_eq(out + i * 4, "\x20\x20\x20\xff", 4);
    }
}

/* Pages in pieces: the same picture. */
static void assert_pieces_make_no_difference(enum vit_format format, struct vit_rect to)
{
    enum { WIDTH = 36, HEIGHT = 22, TO = 50 };
    uint8_t *in, got[TO * TO * 4], expected[TO * TO * 4];
    struct vit_rect from = rect(2, 4, 30, 16);
    (void)source(format, WIDTH, HEIGHT, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, TO, TO);
    cr_assert_eq(convert(from, to), VIT_OK);
    memcpy(expected, out, sizeof(expected));

    rig_scattered(&rig, rig.a, 20, format, WIDTH, HEIGHT, in, 17);
    struct vgpu_resource *scattered =
            rig_scattered(&rig, rig.a, 21, VIT_FORMAT_BGRX, TO, TO, NULL, 23);
    struct vit_msg_convert msg = { 20, 21, from, to };
    cr_assert_eq(rig_convert(&rig, rig.a, &msg), VIT_OK);
    rig_bytes(scattered, got, sizeof(got));
    cr_assert_arr_eq(got, expected, sizeof(got));
    free(in);
}

Test(convert, gathers_nv12_from_pieces)
{
    assert_pieces_make_no_difference(VIT_FORMAT_NV12, rect(3, 5, 30, 16));
}

Test(convert, gathers_scaled_nv12_from_pieces)
{
    assert_pieces_make_no_difference(VIT_FORMAT_NV12, rect(1, 2, 48, 47));
}

Test(convert, gathers_bgra_from_pieces)
{
    assert_pieces_make_no_difference(VIT_FORMAT_BGRA, rect(3, 5, 30, 16));
}

Test(convert, gathers_scaled_bgra_from_pieces)
{
    assert_pieces_make_no_difference(VIT_FORMAT_BGRA, rect(1, 2, 48, 47));
}

/* Guest memory at both ends: the same picture as between the device's own. */
static void assert_guest_memory_makes_no_difference(enum vit_format format, struct vit_rect to)
{
    enum { WIDTH = 36, HEIGHT = 22, TO = 50 };
    uint8_t *in, got[TO * TO * 4], expected[TO * TO * 4];
    struct vit_rect from = rect(2, 4, 30, 16);
    (void)source(format, WIDTH, HEIGHT, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, TO, TO);
    cr_assert_eq(convert(from, to), VIT_OK);
    memcpy(expected, out, sizeof(expected));

    rig_picture(&rig, rig.a, 20, format, WIDTH, HEIGHT, in, 4096);
    struct vgpu_resource *picture =
            rig_picture(&rig, rig.a, 21, VIT_FORMAT_BGRX, TO, TO, NULL, 4096);
    struct vit_msg_convert msg = { 20, 21, from, to };
    cr_assert_eq(rig_convert(&rig, rig.a, &msg), VIT_OK);
    rig_bytes(picture, got, sizeof(got));
    cr_assert_arr_eq(got, expected, sizeof(got));
    memset(out, 0, sizeof(expected));
    msg.destination = TARGET;
    cr_assert_eq(rig_convert(&rig, rig.a, &msg), VIT_OK);
    cr_assert_arr_eq(out, expected, sizeof(expected));
    free(in);
}

Test(convert, takes_nv12_from_guest_memory)
{
    assert_guest_memory_makes_no_difference(VIT_FORMAT_NV12, rect(3, 5, 30, 16));
}

Test(convert, scales_nv12_from_guest_memory)
{
    assert_guest_memory_makes_no_difference(VIT_FORMAT_NV12, rect(1, 2, 48, 47));
}

Test(convert, takes_bgra_from_guest_memory)
{
    assert_guest_memory_makes_no_difference(VIT_FORMAT_BGRA, rect(3, 5, 30, 16));
}

/* Clear content is nobody's: no label comes along, and it stays in once it is there. */
Test(convert, fills_a_protected_picture_from_guest_memory_without_a_label)
{
    uint8_t in[16 * 16 * 4], got[sizeof(in)];
    rig_random(in, sizeof(in), 3);
    rig_picture(&rig, rig.a, SOURCE, VIT_FORMAT_BGRA, 16, 16, in, 64);
    struct vgpu_resource *protected_one =
            rig_protected(&rig, rig.a, TARGET, VIT_FORMAT_BGRX, 16, 16);
    cr_assert_eq(convert(rect(0, 0, 16, 16), rect(0, 0, 16, 16)), VIT_OK);
    cr_assert_eq(protected_one->label.session, 0);
    rig_bytes(protected_one, got, sizeof(got));
    for (unsigned i = 0; i < 16 * 16; i++) {
        cr_assert_arr_eq(got + i * 4, in + i * 4, 3);
    }
    struct vit_msg_convert back = { TARGET, SOURCE, rect(0, 0, 16, 16), rect(0, 0, 16, 16) };
    cr_assert_eq(rig_convert(&rig, rig.a, &back), VIT_E_DENIED);
}

Test(convert, refuses_bytes_without_a_format)
{
    struct vit_rect all = rect(0, 0, 16, 16);
    rig_buffer(&rig, rig.a, SOURCE, NULL, 16 * 16 * 4);
    target(VIT_FORMAT_BGRX, 16, 16);
    cr_assert_eq(convert(all, all), VIT_E_UNSUPPORTED);
}

Test(convert, refuses_guest_memory_that_does_not_cover_the_picture)
{
    struct vit_rect all = rect(0, 0, 16, 16);
    struct vgpu_resource *from =
            rig_picture(&rig, rig.a, SOURCE, VIT_FORMAT_NV12, 16, 16, NULL, 384);
    struct vgpu_resource *to =
            rig_picture(&rig, rig.a, TARGET, VIT_FORMAT_BGRX, 16, 16, NULL, 1024);
    from->backing[0].iov_len--;
    from->backing_len--;
    cr_assert_eq(convert(all, all), VIT_E_ARG);
    from->backing[0].iov_len++;
    from->backing_len++;
    to->backing[0].iov_len--;
    to->backing_len--;
    cr_assert_eq(convert(all, all), VIT_E_ARG);
    to->backing[0].iov_len++;
    to->backing_len++;
    cr_assert_eq(convert(all, all), VIT_OK);
    vgpu_resource_detach_backing(from);
    cr_assert_eq(convert(all, all), VIT_E_ARG);
}

Test(convert, refuses_formats_it_does_not_know)
{
    struct vit_rect all = rect(0, 0, 16, 16);
    static const struct {
        enum vit_format from, to;
        enum vit_status status;
    } cases[] = {
        { VIT_FORMAT_BGRX, VIT_FORMAT_NV12, VIT_E_UNSUPPORTED },
        { VIT_FORMAT_NV12, VIT_FORMAT_NV12, VIT_E_UNSUPPORTED },
        { VIT_FORMAT_BYTES, VIT_FORMAT_BGRX, VIT_E_UNSUPPORTED },
        { VIT_FORMAT_BGRX, VIT_FORMAT_BYTES, VIT_E_UNSUPPORTED },
        { VIT_FORMAT_BGRX, VIT_FORMAT_BGRX, VIT_OK },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct vgpu_convert convert_all = { all, all };
        const struct vit_surface from = { cases[i].from, 16, 16, 64, 1024 };
        const struct vit_surface to = { cases[i].to, 16, 16, 64, 1024 };
        cr_assert_eq(vgpu_convert_check(&convert_all, &from, &to), cases[i].status, "case %zu", i);
    }
}

Test(convert, refuses_rectangles_that_are_not_there)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRX, 16, 8, &in);
    target(VIT_FORMAT_BGRX, 16, 8);
    static const struct vit_rect bad[] = {
        { 0, 0, 0, 8 },
        { 0, 0, 16, 0 },
        { 4, 0, 3, 8 },
        { 0, 4, 16, 3 },
        { 0, 0, 17, 8 },
        { 0, 0, 16, 9 },
        { 16, 0, 17, 8 },
        { 0, 8, 16, 9 },
        { 0, 0, UINT32_MAX, 8 },
        { UINT32_MAX, 0, 4, 8 },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(convert(bad[i], rect(0, 0, 16, 8)), VIT_E_ARG, "from, case %zu", i);
        cr_assert_eq(convert(rect(0, 0, 16, 8), bad[i]), VIT_E_ARG, "to, case %zu", i);
    }
    cr_assert_eq(convert(rect(0, 0, 16, 8), rect(0, 0, 16, 8)), VIT_OK);
    free(in);
}

Test(convert, refuses_odd_rectangles_in_nv12)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_NV12, 16, 8, &in);
    target(VIT_FORMAT_BGRX, 16, 8);
    cr_assert_eq(convert(rect(1, 0, 2, 2), rect(0, 0, 3, 3)), VIT_E_ARG);
    cr_assert_eq(convert(rect(0, 1, 2, 2), rect(0, 0, 3, 3)), VIT_E_ARG);
    cr_assert_eq(convert(rect(0, 0, 3, 2), rect(0, 0, 3, 3)), VIT_E_ARG);
    cr_assert_eq(convert(rect(0, 0, 2, 3), rect(0, 0, 3, 3)), VIT_E_ARG);
    cr_assert_eq(convert(rect(2, 2, 2, 2), rect(1, 1, 3, 3)), VIT_OK);
    free(in);
}

Test(convert, refuses_a_source_that_is_its_destination)
{
    uint8_t *in;
    (void)source(VIT_FORMAT_BGRX, 16, 16, &in);
    struct vit_msg_convert msg = { SOURCE, SOURCE, rect(0, 0, 4, 4), rect(8, 8, 4, 4) };
    cr_assert_eq(rig_convert(&rig, rig.a, &msg), VIT_E_ARG);
    free(in);
}

Test(convert, refuses_pages_that_do_not_cover_the_picture)
{
    uint8_t *in;
    struct vgpu_resource *from = source(VIT_FORMAT_BGRX, 16, 16, &in);
    target(VIT_FORMAT_BGRX, 16, 16);
    from->backing[0].iov_len -= 1;
    from->backing_len -= 1;
    cr_assert_eq(convert(rect(0, 0, 4, 4), rect(0, 0, 4, 4)), VIT_E_ARG);
    free(in);
}

/* Geometry that a thread remembers is not taken for another one's. */
Test(convert, scales_differently_one_after_the_other)
{
    uint8_t *in, first[48 * 48 * 4], second[48 * 48 * 4];
    struct vit_rect all = rect(0, 0, 16, 16), part = rect(0, 0, 12, 16);
    struct vit_rect to = rect(0, 0, 48, 48), other = rect(0, 0, 31, 48);
    (void)source(VIT_FORMAT_BGRX, 16, 16, &in);
    uint8_t *out = target(VIT_FORMAT_BGRX, 48, 48);
    cr_assert_eq(convert(all, to), VIT_OK);
    memcpy(first, out, sizeof(first));
    cr_assert_eq(convert(part, to), VIT_OK);
    memcpy(second, out, sizeof(second));
    cr_assert_arr_neq(second, first, sizeof(first));

    cr_assert_eq(convert(part, other), VIT_OK);
    cr_assert_eq(convert(part, to), VIT_OK);
    cr_assert_arr_eq(out, second, sizeof(second));
    cr_assert_eq(convert(all, other), VIT_OK);
    cr_assert_eq(convert(all, to), VIT_OK);
    cr_assert_arr_eq(out, first, sizeof(first));
    free(in);
}

/* What a step leaves in the thread's working memory. */
Test(convert, leaves_no_content_behind)
{
    static struct vgpu_scratch scratch, zero;
    uint8_t *in;
    struct vgpu_resource *from = source(VIT_FORMAT_NV12, 32, 32, &in);
    target(VIT_FORMAT_BGRX, 64, 64);
    const struct vgpu_convert all = { rect(0, 0, 32, 32), rect(0, 0, 64, 64) };
    cr_assert_eq(vgpu_convert_rows(&all, from, vgpu_context_resource(rig.a, TARGET), 0, 64,
                         &scratch),
            VIT_OK);
    memset(scratch.taps, 0, sizeof(scratch.taps));
    memset(scratch.chroma_taps, 0, sizeof(scratch.chroma_taps));
    scratch.taps_from = scratch.taps_to = 0;
    cr_assert(memcmp(&scratch, &zero, sizeof(zero)) == 0);
    free(in);
}
