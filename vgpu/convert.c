/* SPDX-License-Identifier: MIT */
#include "vgpu/convert.h"

#include <string.h>

#include "base/secret.h"
#include "vgpu/pixels.h"
#include "vgpu/scratch.h"

static uint32_t width_of(const struct vit_rect *rect)
{
    return rect->right - rect->left;
}

static uint32_t height_of(const struct vit_rect *rect)
{
    return rect->bottom - rect->top;
}

static bool is_inside(const struct vit_rect *rect, const struct vit_surface *surface)
{
    return rect->left < rect->right && rect->right <= surface->width && rect->top < rect->bottom &&
            rect->bottom <= surface->height;
}

static bool is_even(const struct vit_rect *rect)
{
    return ((rect->left | rect->top | rect->right | rect->bottom) & 1) == 0;
}

static bool is_bgr(enum vit_format format)
{
    return format == VIT_FORMAT_BGRA || format == VIT_FORMAT_BGRX;
}

enum vit_status vgpu_convert_check(const struct vgpu_convert *convert,
        const struct vit_surface *source, const struct vit_surface *destination)
{
    bool from_nv12 = source->format == VIT_FORMAT_NV12;
    if (!is_bgr(destination->format) || (!is_bgr(source->format) && !from_nv12)) {
        return VIT_E_UNSUPPORTED;
    }
    if (!is_inside(&convert->from, source) || !is_inside(&convert->to, destination) ||
            (from_nv12 && !is_even(&convert->from))) {
        return VIT_E_ARG;
    }
    return VIT_OK;
}

uint64_t vgpu_convert_pixels(const struct vgpu_convert *convert)
{
    return (uint64_t)width_of(&convert->from) * height_of(&convert->from) +
            (uint64_t)width_of(&convert->to) * height_of(&convert->to);
}

/* What the rows of one call share. */
struct pass {
    const struct vgpu_convert *convert;
    const struct vgpu_resource *source;
    struct vgpu_scratch *scratch;
    uint32_t from_width, to_width;
    bool scaled;
    bool keep_alpha;
};

/* A row of the source: in place, or gathered when its pages do not lie in one piece. NULL: gone */
static const uint8_t *fetch(const struct pass *pass, uint64_t offset, size_t len, unsigned which)
{
    uint64_t part;
    const uint8_t *piece = vgpu_resource_piece(pass->source, offset, len, &part);
    if (piece == NULL || part == len) {
        return piece;
    }
    uint8_t *row = pass->scratch->rows[which];
    size_t done = 0;
    while (piece != NULL) {
        memcpy(row + done, piece, (size_t)part);
        done += (size_t)part;
        if (done == len) {
            return row;
        }
        piece = vgpu_resource_piece(pass->source, offset + done, len - done, &part);
    }
    return NULL;
}

/* Between two rows of a plane, into scratch->blend. */
static bool blend(const struct pass *pass, uint64_t plane, struct vgpu_tap tap, size_t len)
{
    uint32_t pitch = pass->source->surface.pitch;
    const uint8_t *first = fetch(pass, plane + (uint64_t)tap.first * pitch, len, 0);
    const uint8_t *second = fetch(pass, plane + (uint64_t)tap.second * pitch, len, 1);
    if (first == NULL || second == NULL) {
        return false;
    }
    vgpu_pixels_blend(first, second, tap.weight, pass->scratch->blend, len);
    return true;
}

static struct vgpu_tap row_tap(const struct pass *pass, uint32_t from_len, uint32_t row)
{
    return vgpu_pixels_tap(from_len, height_of(&pass->convert->to), row);
}

static uint64_t luma_plane(const struct pass *pass)
{
    const struct vit_rect *from = &pass->convert->from;
    return (uint64_t)from->top * pass->source->surface.pitch + from->left;
}

static uint64_t chroma_plane(const struct pass *pass)
{
    const struct vit_surface *surface = &pass->source->surface;
    const struct vit_rect *from = &pass->convert->from;
    return ((uint64_t)surface->height + from->top / 2) * surface->pitch + from->left;
}

static bool nv12_row(const struct pass *pass, uint32_t row, uint8_t *out)
{
    struct vgpu_scratch *scratch = pass->scratch;
    uint32_t pitch = pass->source->surface.pitch;
    uint32_t width = pass->from_width;
    const uint8_t *y = fetch(pass, luma_plane(pass) + (uint64_t)row * pitch, width, 0);
    const uint8_t *uv = fetch(pass, chroma_plane(pass) + (uint64_t)(row / 2) * pitch, width, 1);
    if (y == NULL || uv == NULL) {
        return false;
    }
    vgpu_pixels_double_chroma(uv, scratch->u, scratch->v, width);
    vgpu_pixels_yuv_to_bgrx(y, scratch->u, scratch->v, out, width);
    return true;
}

static bool nv12_row_scaled(const struct pass *pass, uint32_t row, uint8_t *out)
{
    struct vgpu_scratch *scratch = pass->scratch;
    uint32_t height = height_of(&pass->convert->from);
    if (!blend(pass, luma_plane(pass), row_tap(pass, height, row), pass->from_width)) {
        return false;
    }
    vgpu_pixels_sample_luma(scratch->blend, scratch->taps, scratch->y, pass->to_width);
    if (!blend(pass, chroma_plane(pass), row_tap(pass, height / 2, row), pass->from_width)) {
        return false;
    }
    vgpu_pixels_sample_chroma(scratch->blend, scratch->chroma_taps, scratch->u, scratch->v,
            pass->to_width);
    vgpu_pixels_yuv_to_bgrx(scratch->y, scratch->u, scratch->v, out, pass->to_width);
    return true;
}

static uint64_t bgra_plane(const struct pass *pass)
{
    const struct vit_rect *from = &pass->convert->from;
    return (uint64_t)from->top * pass->source->surface.pitch + (uint64_t)from->left * 4;
}

static bool bgra_row(const struct pass *pass, uint32_t row, uint8_t *out)
{
    uint64_t offset = bgra_plane(pass) + (uint64_t)row * pass->source->surface.pitch;
    const uint8_t *in = fetch(pass, offset, (size_t)pass->from_width * 4, 0);
    if (in == NULL) {
        return false;
    }
    if (pass->keep_alpha) {
        memmove(out, in, (size_t)pass->from_width * 4);
    } else {
        vgpu_pixels_copy_bgrx(in, out, pass->from_width);
    }
    return true;
}

static bool bgra_row_scaled(const struct pass *pass, uint32_t row, uint8_t *out)
{
    struct vgpu_tap tap = row_tap(pass, height_of(&pass->convert->from), row);
    if (!blend(pass, bgra_plane(pass), tap, (size_t)pass->from_width * 4)) {
        return false;
    }
    vgpu_pixels_sample_bgra(pass->scratch->blend, pass->scratch->taps, out, pass->to_width);
    if (!pass->keep_alpha) {
        vgpu_pixels_copy_bgrx(out, out, pass->to_width);
    }
    return true;
}

typedef bool make_row_fn(const struct pass *pass, uint32_t row, uint8_t *out);

static make_row_fn *pick(const struct pass *pass)
{
    if (pass->source->surface.format == VIT_FORMAT_NV12) {
        return pass->scaled ? nv12_row_scaled : nv12_row;
    }
    return pass->scaled ? bgra_row_scaled : bgra_row;
}

static bool scatter(const struct vgpu_resource *destination, uint64_t offset, const uint8_t *row,
        size_t len)
{
    while (len > 0) {
        uint64_t part;
        uint8_t *out = vgpu_resource_piece(destination, offset, len, &part);
        if (out == NULL) {
            return false;
        }
        memcpy(out, row, (size_t)part);
        offset += part;
        row += part;
        len -= (size_t)part;
    }
    return true;
}

static bool make_row(const struct pass *pass, const struct vgpu_resource *destination, uint32_t row)
{
    const struct vit_rect *to = &pass->convert->to;
    uint64_t offset =
            (uint64_t)(to->top + row) * destination->surface.pitch + (uint64_t)to->left * 4;
    size_t len = (size_t)pass->to_width * 4;
    uint64_t part;
    uint8_t *out = vgpu_resource_piece(destination, offset, len, &part);
    if (out == NULL) {
        return false;
    }
    if (part == len) {
        return pick(pass)(pass, row, out);
    }
    return pick(pass)(pass, row, pass->scratch->out) &&
            scatter(destination, offset, pass->scratch->out, len);
}

static void wipe(const struct pass *pass)
{
    struct vgpu_scratch *scratch = pass->scratch;
    size_t from_len = (size_t)pass->from_width * 4;
    vit_wipe(scratch->rows[0], from_len);
    vit_wipe(scratch->rows[1], from_len);
    vit_wipe(scratch->blend, from_len * sizeof(scratch->blend[0]));
    vit_wipe(scratch->y, pass->to_width);
    vit_wipe(scratch->u, pass->to_width);
    vit_wipe(scratch->v, pass->to_width);
    vit_wipe(scratch->out, (size_t)pass->to_width * 4);
}

static void make_taps(const struct pass *pass)
{
    struct vgpu_scratch *scratch = pass->scratch;
    if (scratch->taps_from == pass->from_width && scratch->taps_to == pass->to_width) {
        return;
    }
    vgpu_pixels_taps(scratch->taps, pass->from_width, pass->to_width);
    vgpu_pixels_taps(scratch->chroma_taps, (pass->from_width + 1) / 2, pass->to_width);
    scratch->taps_from = pass->from_width;
    scratch->taps_to = pass->to_width;
}

enum vit_status vgpu_convert_rows(const struct vgpu_convert *convert,
        const struct vgpu_resource *source, const struct vgpu_resource *destination, uint32_t first,
        uint32_t count, struct vgpu_scratch *scratch)
{
    struct pass pass = {
        .convert = convert,
        .source = source,
        .scratch = scratch,
        .from_width = width_of(&convert->from),
        .to_width = width_of(&convert->to),
        .keep_alpha = source->surface.format == VIT_FORMAT_BGRA &&
                destination->surface.format == VIT_FORMAT_BGRA,
    };
    pass.scaled = pass.from_width != pass.to_width ||
            height_of(&convert->from) != height_of(&convert->to);
    if (pass.scaled) {
        make_taps(&pass);
    }
    bool made = true;
    for (uint32_t row = first; made && row < first + count; row++) {
        made = make_row(&pass, destination, row);
    }
    wipe(&pass);
    return made ? VIT_OK : VIT_E_GONE;
}
