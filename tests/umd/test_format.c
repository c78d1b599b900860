/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "umd/format.h"

static struct vit_surface surface(enum vit_format format, uint32_t width, uint32_t height)
{
    struct vit_surface made;
    cr_assert_eq(vit_surface_init(&made, format, width, height), VIT_OK);
    return made;
}

Test(format, pictures_are_alike_with_or_without_alpha)
{
    const struct vit_surface a = surface(VIT_FORMAT_BGRA, 8, 8);
    const struct vit_surface x = surface(VIT_FORMAT_BGRX, 8, 8);
    const struct vit_surface n = surface(VIT_FORMAT_NV12, 8, 8);
    const struct vit_surface larger = surface(VIT_FORMAT_BGRA, 8, 9);
    cr_assert(umd_surface_alike(&a, &x));
    cr_assert(!umd_surface_alike(&a, &n));
    cr_assert(!umd_surface_alike(&a, &larger));
}

Test(format, a_missing_box_is_everything)
{
    const struct vit_surface picture = surface(VIT_FORMAT_BGRA, 8, 6);
    struct umd_region region;
    cr_assert(umd_region_of_box(&picture, NULL, &region));
    cr_assert_eq(region.left | region.top, 0u);
    cr_assert_eq(region.right, 8u);
    cr_assert_eq(region.bottom, 6u);
    cr_assert(umd_region_fits(&picture, &region));
}

Test(format, a_box_of_a_buffer_has_no_rows)
{
    const struct vit_surface buffer = surface(VIT_FORMAT_BYTES, 100, 1);
    const D3D10_DDI_BOX box = { 10, 5, 0, 20, 7, 1 };
    struct umd_region region;
    cr_assert(umd_region_of_box(&buffer, &box, &region));
    cr_assert_eq(region.top, 0u);
    cr_assert_eq(region.bottom, 1u);
    cr_assert(umd_region_fits(&buffer, &region));
}

Test(format, a_region_must_be_inside)
{
    const struct vit_surface picture = surface(VIT_FORMAT_BGRA, 8, 6);
    const struct umd_region bad[] = { { 0, 0, 9, 6 }, { 0, 0, 8, 7 }, { 8, 0, 8, 6 },
        { 5, 0, 4, 6 }, { 0, 6, 8, 6 }, { UINT32_MAX, 0, 8, 6 }, { 0, 0, UINT32_MAX, UINT32_MAX } };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert(!umd_region_fits(&picture, &bad[i]), "%u", i);
    }
    cr_assert(umd_region_fits(&picture, &(struct umd_region){ 7, 5, 8, 6 }));
}

Test(format, a_region_of_nv12_has_even_corners)
{
    const struct vit_surface picture = surface(VIT_FORMAT_NV12, 8, 8);
    cr_assert(umd_region_fits(&picture, &(struct umd_region){ 2, 2, 4, 4 }));
    cr_assert(!umd_region_fits(&picture, &(struct umd_region){ 1, 2, 4, 4 }));
    cr_assert(!umd_region_fits(&picture, &(struct umd_region){ 2, 2, 4, 5 }));
}

Test(format, planes_of_the_largest_picture_do_not_overflow)
{
    const struct vit_surface picture = surface(VIT_FORMAT_BGRA, 16384, 16384);
    const struct umd_region last = { 16383, 16383, 16384, 16384 };
    struct umd_plane planes[UMD_MAX_PLANES];
    cr_assert_eq(umd_region_planes(&picture, &last, planes), 1u);
    cr_assert_eq(planes[0].offset, picture.size - 4);
    cr_assert_eq(planes[0].row_len, 4u);
}

Test(format, planes_of_nv12_end_where_the_surface_ends)
{
    const struct vit_surface picture = surface(VIT_FORMAT_NV12, 64, 32);
    const struct umd_region all = umd_region_all(&picture);
    struct umd_plane planes[UMD_MAX_PLANES];
    cr_assert_eq(umd_region_planes(&picture, &all, planes), 2u);
    cr_assert_eq(planes[1].offset, 64u * 32);
    cr_assert_eq(planes[1].source_row, 32u);
    cr_assert_eq(planes[1].offset + (uint64_t)planes[1].rows * picture.pitch, picture.size);
}
