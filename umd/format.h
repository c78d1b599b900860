/* SPDX-License-Identifier: MIT */
/**
 * What a resource description and a box mean in bytes. A surface of wire/surface.h has one or two
 * planes with a common pitch; a box cuts a rectangle of rows out of each.
 */
#ifndef UMD_FORMAT_H
#define UMD_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "d3d10umddi.h"
#include "wire/surface.h"

/* @return VIT_E_UNSUPPORTED not a buffer nor a 2D texture of a format we have, with one level,
 *         one element, one sample; VIT_E_ARG sides */
VIT_RESULT umd_surface_init(struct vit_surface *surface, const D3D11DDIARG_CREATERESOURCE *create);

/* Bytes of the same layout and meaning? X stands for A. */
bool umd_formats_alike(enum vit_format a, enum vit_format b);
/* And of the same size. */
bool umd_surface_alike(const struct vit_surface *a, const struct vit_surface *b);

struct umd_region {
    uint32_t left, top, right, bottom; /* bytes of a buffer, pixels of a texture */
};

struct umd_region umd_region_all(const struct vit_surface *surface);
/* box NULL: all. @return false: empty, nothing to do */
bool umd_region_of_box(const struct vit_surface *surface, const D3D10_DDI_BOX *box,
        struct umd_region *region);
/* Inside the surface, and on even coordinates for NV12? */
bool umd_region_fits(const struct vit_surface *surface, const struct umd_region *region);

struct umd_plane {
    uint64_t offset; /* of the region's first byte, in the surface */
    uint32_t row_len;
    uint32_t rows;
    uint32_t source_row; /* first row in memory that an application lays out as the region */
};

enum { UMD_MAX_PLANES = 2 };

/* A region that fits. @return number of planes */
unsigned umd_region_planes(const struct vit_surface *surface, const struct umd_region *region,
        struct umd_plane planes[UMD_MAX_PLANES]);

#endif
