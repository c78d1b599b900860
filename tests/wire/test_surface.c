/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "wire/surface.h"

Test(surface, bgra_has_four_bytes_a_pixel)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRA, 3, 5), VIT_OK);
    cr_assert_eq(surface.pitch, 12);
    cr_assert_eq(surface.size, 60);
}

Test(surface, nv12_is_one_and_a_half_planes)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_NV12, 1920, 1080), VIT_OK);
    cr_assert_eq(surface.pitch, 1920);
    cr_assert_eq(surface.size, 1920 * 1080 * 3 / 2);
}

Test(surface, nv12_refuses_odd_sides)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_NV12, 3, 4), VIT_E_ARG);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_NV12, 4, 3), VIT_E_ARG);
}

Test(surface, refuses_sides_of_zero_and_beyond_the_limit)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, 0, 1), VIT_E_ARG);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, 1, 0), VIT_E_ARG);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, VIT_SURFACE_MAX_SIDE, 1), VIT_OK);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRX, VIT_SURFACE_MAX_SIDE + 1, 1),
            VIT_E_ARG);
}

Test(surface, the_largest_does_not_overflow)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BGRA, VIT_SURFACE_MAX_SIDE,
                         VIT_SURFACE_MAX_SIDE),
            VIT_OK);
    cr_assert_eq(surface.size, 1ull << 30);
}

Test(surface, a_buffer_is_one_row)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BYTES, 4097, 1), VIT_OK);
    cr_assert_eq(surface.size, 4097);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BYTES, 4097, 2), VIT_E_ARG);
    cr_assert_eq(vit_surface_init(&surface, VIT_FORMAT_BYTES, VIT_BUFFER_MAX_LEN + 1, 1),
            VIT_E_ARG);
}

Test(surface, refuses_a_format_outside_the_list)
{
    struct vit_surface surface;
    cr_assert_eq(vit_surface_init(&surface, 67, 4, 4), VIT_E_UNSUPPORTED);
}
