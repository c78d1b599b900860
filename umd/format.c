/* SPDX-License-Identifier: MIT */
#include "umd/format.h"

static enum vit_format texture_format(DXGI_FORMAT format, bool primary)
{
    switch (format) {
    case DXGI_FORMAT_B8G8R8A8_UNORM:
        return primary ? VIT_FORMAT_BGRX : VIT_FORMAT_BGRA; /* a display ignores the fourth byte */
    case DXGI_FORMAT_B8G8R8X8_UNORM:
        return VIT_FORMAT_BGRX;
    case DXGI_FORMAT_NV12:
        return VIT_FORMAT_NV12;
    default:
        return 0;
    }
}

static bool is_flat(const D3D11DDIARG_CREATERESOURCE *create)
{
    return create->MipLevels == 1 && create->ArraySize == 1 && create->SampleDesc.Count <= 1;
}

enum vit_status umd_surface_init(struct vit_surface *surface,
        const D3D11DDIARG_CREATERESOURCE *create)
{
    const D3D10DDI_MIPINFO *size = create->pMipInfoList;
    if (size == NULL) {
        return VIT_E_ARG;
    }
    if (create->ResourceDimension == D3D10DDIRESOURCE_BUFFER) {
        return vit_surface_init(surface, VIT_FORMAT_BYTES, size->TexelWidth, 1);
    }
    if (create->ResourceDimension != D3D10DDIRESOURCE_TEXTURE2D || !is_flat(create)) {
        return VIT_E_UNSUPPORTED;
    }
    return vit_surface_init(surface, texture_format(create->Format, create->pPrimaryDesc != NULL),
            size->TexelWidth, size->TexelHeight);
}

bool umd_formats_alike(enum vit_format a, enum vit_format b)
{
    bool a_pixels = a == VIT_FORMAT_BGRA || a == VIT_FORMAT_BGRX;
    bool b_pixels = b == VIT_FORMAT_BGRA || b == VIT_FORMAT_BGRX;
    return a == b || (a_pixels && b_pixels);
}

bool umd_surface_alike(const struct vit_surface *a, const struct vit_surface *b)
{
    return umd_formats_alike(a->format, b->format) && a->width == b->width &&
            a->height == b->height;
}

struct umd_region umd_region_all(const struct vit_surface *surface)
{
    return (struct umd_region){ 0, 0, surface->width, surface->height };
}

/* Nothing fits that begins or ends there. */
static uint32_t coordinate(LONG value)
{
    return value >= 0 ? (uint32_t)value : UINT32_MAX;
}

bool umd_region_of_box(const struct vit_surface *surface, const D3D10_DDI_BOX *box,
        struct umd_region *region)
{
    if (box == NULL) {
        *region = umd_region_all(surface);
        return true;
    }
    D3D10_DDI_BOX copy = *box;
    if (copy.left >= copy.right || copy.top >= copy.bottom || copy.front >= copy.back) {
        return false;
    }
    bool is_buffer = surface->format == VIT_FORMAT_BYTES;
    *region = (struct umd_region){
        .left = coordinate(copy.left),
        .top = is_buffer ? 0 : coordinate(copy.top),
        .right = coordinate(copy.right),
        .bottom = is_buffer ? 1 : coordinate(copy.bottom),
    };
    return true;
}

bool umd_region_fits(const struct vit_surface *surface, const struct umd_region *region)
{
    bool inside = region->left < region->right && region->right <= surface->width &&
            region->top < region->bottom && region->bottom <= surface->height;
    uint32_t corners = region->left | region->top | region->right | region->bottom;
    return inside && (surface->format != VIT_FORMAT_NV12 || corners % 2 == 0);
}

static uint32_t pixel_len(enum vit_format format)
{
    return format == VIT_FORMAT_BGRA || format == VIT_FORMAT_BGRX ? 4 : 1;
}

unsigned umd_region_planes(const struct vit_surface *surface, const struct umd_region *region,
        struct umd_plane planes[UMD_MAX_PLANES])
{
    uint32_t len = pixel_len(surface->format);
    uint32_t rows = region->bottom - region->top;
    uint64_t left = (uint64_t)region->left * len;
    planes[0] = (struct umd_plane){
        .offset = (uint64_t)region->top * surface->pitch + left,
        .row_len = (region->right - region->left) * len,
        .rows = rows,
    };
    if (surface->format != VIT_FORMAT_NV12) {
        return 1;
    }
    /* Two bytes for two pixels, half as many rows. */
    planes[1] = (struct umd_plane){
        .offset = (uint64_t)(surface->height + region->top / 2) * surface->pitch + left,
        .row_len = planes[0].row_len,
        .rows = rows / 2,
        .source_row = rows,
    };
    return 2;
}
