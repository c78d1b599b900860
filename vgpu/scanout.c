/* SPDX-License-Identifier: MIT */
#include "vgpu/scanout.h"

#include <stdlib.h>

#include "vgpu/rendered.h"

enum {
    PIXEL_LEN = 4,
    BLACK_LEN = 65536,
    PIECES = VGPU_DISPLAY_PARTS - 1,
    STRIPE_LEN = 16 << 20, /* pixels of one message, in bytes: what the host may have to keep */
    SHADOW_MAX_LEN = 256 << 20,
    SHADOWS_MAX_LEN = 512 << 20, /* of all outputs */
};

static uint8_t *black_bytes(void)
{
    /* Never written; struct iovec has no const. */
    static const uint8_t zeros[BLACK_LEN];
    return (uint8_t *)(uintptr_t)zeros;
}

void vgpu_outputs_init(struct vgpu_outputs *outputs, struct vgpu_host *host, unsigned count,
        struct vgpu_protection *protection, struct vgpu_renderer *renderer)
{
    *outputs = (struct vgpu_outputs){ .host = host,
        .count = count,
        .protection = protection,
        .renderer = renderer };
}

static struct vgpu_rect whole(const struct vgpu_output *output)
{
    return (struct vgpu_rect){ 0, 0, output->width, output->height };
}

static void draw_all(struct vgpu_output *output)
{
    output->waits_for_flush = false;
    output->damage = whole(output);
}

static void set_size(struct vgpu_outputs *outputs, struct vgpu_output *output, uint32_t width,
        uint32_t height)
{
    if (output->width == width && output->height == height) {
        return;
    }
    output->width = width;
    output->height = height;
    output->owes_size = true;
    output->face = VGPU_FACE_UNKNOWN;
    vgpu_protection_set_size(outputs->protection, (unsigned)(output - outputs->list), width,
            height);
}

static void turn_off(struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    vgpu_resource_unref(output->resource);
    output->resource = NULL;
    free(output->shadow);
    output->shadow = NULL;
    output->shadow_len = 0;
    output->damage = (struct vgpu_rect){ 0, 0, 0, 0 };
    set_size(outputs, output, 0, 0);
}

static bool is_rendered(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_RENDERED;
}

static bool can_show(const struct vgpu_resource *resource, const struct vgpu_rect *source)
{
    const struct vit_surface *surface = &resource->surface;
    bool picture = surface->format == VIT_FORMAT_BGRA || surface->format == VIT_FORMAT_BGRX ||
            vgpu_rendered_is_picture(resource);
    return picture && resource->kind != VGPU_RESOURCE_BUFFER && !vgpu_rect_empty(source) &&
            vgpu_rect_inside(source, surface->width, surface->height);
}

static size_t shadows_len(const struct vgpu_outputs *outputs)
{
    size_t len = 0;
    for (unsigned i = 0; i < outputs->count; i++) {
        len += outputs->list[i].shadow_len;
    }
    return len;
}

/* The shadow lasts from picture to picture of one size. */
static enum vit_status make_shadow(const struct vgpu_outputs *outputs, struct vgpu_output *output,
        const struct vgpu_rect *source)
{
    uint64_t len = (uint64_t)source->width * source->height * PIXEL_LEN;
    if (len == output->shadow_len) {
        return VIT_OK;
    }
    size_t others_len = shadows_len(outputs) - output->shadow_len;
    if (len > SHADOW_MAX_LEN || len > SHADOWS_MAX_LEN - others_len) {
        return VIT_E_LIMIT;
    }
    uint8_t *shadow = calloc(1, (size_t)len);
    if (shadow == NULL) {
        return VIT_E_NOMEM;
    }
    free(output->shadow);
    output->shadow = shadow;
    output->shadow_len = (size_t)len;
    return VIT_OK;
}

enum vit_status vgpu_outputs_set(struct vgpu_outputs *outputs, uint32_t index,
        struct vgpu_resource *resource, const struct vgpu_rect *source)
{
    if (index >= outputs->count || (resource != NULL && !can_show(resource, source))) {
        return VIT_E_ARG;
    }
    struct vgpu_output *output = &outputs->list[index];
    if (resource == NULL) {
        turn_off(outputs, output);
        return VIT_OK;
    }
    if (is_rendered(resource)) {
        VIT_TRY(make_shadow(outputs, output, source));
    }
    vgpu_resource_ref(resource);
    vgpu_resource_unref(output->resource);
    output->resource = resource;
    output->source = *source;
    output->damage = (struct vgpu_rect){ 0, 0, 0, 0 };
    output->waits_for_flush = true;
    set_size(outputs, output, source->width, source->height);
    return VIT_OK;
}

static void fetch(const struct vgpu_outputs *outputs, struct vgpu_output *output,
        const struct vgpu_rect *area)
{
    size_t stride = (size_t)output->width * PIXEL_LEN;
    uint8_t *pixels = output->shadow + area->y * stride + (size_t)area->x * PIXEL_LEN;
    const struct vgpu_rect rect = { output->source.x + area->x, output->source.y + area->y,
        area->width, area->height };
    vgpu_rendered_read(outputs->renderer, output->resource, &rect, pixels, (uint32_t)stride);
}

static void flush_output(const struct vgpu_outputs *outputs, struct vgpu_output *output,
        const struct vgpu_rect *rect)
{
    if (output->waits_for_flush) {
        draw_all(output);
        if (is_rendered(output->resource)) {
            fetch(outputs, output, &output->damage);
        }
        return;
    }
    if (output->face == VGPU_FACE_BLACK) {
        return; /* black does not change */
    }
    struct vgpu_rect seen = vgpu_rect_intersect(&output->source, rect);
    if (vgpu_rect_empty(&seen)) {
        return;
    }
    seen.x -= output->source.x;
    seen.y -= output->source.y;
    if (is_rendered(output->resource)) {
        fetch(outputs, output, &seen);
    }
    output->damage = vgpu_rect_join(&output->damage, &seen);
}

enum vit_status vgpu_outputs_flush(struct vgpu_outputs *outputs, struct vgpu_resource *resource,
        const struct vgpu_rect *rect)
{
    if (!vgpu_rect_inside(rect, resource->surface.width, resource->surface.height)) {
        return VIT_E_ARG;
    }
    for (unsigned i = 0; i < outputs->count; i++) {
        if (outputs->list[i].resource == resource) {
            flush_output(outputs, &outputs->list[i], rect);
        }
    }
    return VIT_OK;
}

void vgpu_outputs_changed(struct vgpu_outputs *outputs, const struct vgpu_resource *resource)
{
    for (unsigned i = 0; i < outputs->count; i++) {
        if (outputs->list[i].resource == resource) {
            draw_all(&outputs->list[i]);
        }
    }
}

void vgpu_outputs_forget(struct vgpu_outputs *outputs, const struct vgpu_resource *resource)
{
    for (unsigned i = 0; i < outputs->count; i++) {
        if (outputs->list[i].resource == resource) {
            turn_off(outputs, &outputs->list[i]);
        }
    }
}

void vgpu_outputs_reset(struct vgpu_outputs *outputs)
{
    for (unsigned i = 0; i < outputs->count; i++) {
        turn_off(outputs, &outputs->list[i]);
    }
}

static enum vgpu_face wanted_face(const struct vgpu_outputs *outputs,
        const struct vgpu_output *output)
{
    const struct vgpu_resource *resource = output->resource;
    unsigned index = (unsigned)(output - outputs->list);
    bool allowed = resource->kind != VGPU_RESOURCE_PROTECTED ||
            vgpu_protection_allows(outputs->protection, index, resource->needs_hdcp);
    return allowed ? VGPU_FACE_PICTURE : VGPU_FACE_BLACK;
}

static void choose_face(const struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    enum vgpu_face wanted = wanted_face(outputs, output);
    bool holds_back = output->waits_for_flush && wanted == VGPU_FACE_PICTURE;
    if (output->face != wanted && !holds_back) {
        output->face = wanted;
        if (wanted == VGPU_FACE_BLACK && outputs->host->impl->blacken != NULL) {
            outputs->host->impl->blacken(outputs->host, (unsigned)(output - outputs->list));
        }
        draw_all(output);
    }
}

/* Fills parts with the first rows of the damage; returns their number. */
static uint32_t gather_black(struct vgpu_outputs *outputs, const struct vgpu_rect *damage,
        size_t *count)
{
    uint64_t row_len = (uint64_t)damage->width * PIXEL_LEN;
    uint64_t rows = (uint64_t)PIECES * BLACK_LEN / row_len;
    rows = rows < damage->height ? rows : damage->height;
    *count = 1;
    for (uint64_t left = rows * row_len; left > 0;) {
        size_t len = left < BLACK_LEN ? (size_t)left : BLACK_LEN;
        outputs->parts[(*count)++] = (struct iovec){ black_bytes(), len };
        left -= len;
    }
    return (uint32_t)rows;
}

static uint32_t min_rows(uint32_t rows, size_t most)
{
    return rows < most ? rows : (uint32_t)most;
}

static uint8_t *first_pixel(const struct vgpu_output *output, uint64_t *pitch)
{
    const struct vgpu_rect *damage = &output->damage;
    if (is_rendered(output->resource)) {
        *pitch = (uint64_t)output->width * PIXEL_LEN;
        return output->shadow + damage->y * *pitch + (uint64_t)damage->x * PIXEL_LEN;
    }
    *pitch = output->resource->surface.pitch;
    return output->resource->storage + ((uint64_t)output->source.y + damage->y) * *pitch +
            ((uint64_t)output->source.x + damage->x) * PIXEL_LEN;
}

static uint32_t gather_picture(struct vgpu_outputs *outputs, const struct vgpu_output *output,
        size_t *count)
{
    const struct vgpu_rect *damage = &output->damage;
    uint64_t pitch;
    size_t row_len = (size_t)damage->width * PIXEL_LEN;
    uint8_t *first = first_pixel(output, &pitch);
    uint32_t rows = min_rows(damage->height, STRIPE_LEN / row_len);
    if (row_len == pitch) {
        outputs->parts[1] = (struct iovec){ first, row_len * rows };
        *count = 2;
        return rows;
    }
    rows = min_rows(rows, PIECES);
    for (uint32_t row = 0; row < rows; row++) {
        outputs->parts[1 + row] = (struct iovec){ first + row * pitch, row_len };
    }
    *count = 1 + rows;
    return rows;
}

/* Sends the first rows of the damage and takes them off it. */
static enum vit_status draw_rows(struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    size_t count = 0;
    struct vgpu_rect part = output->damage;
    part.height = output->face == VGPU_FACE_BLACK ? gather_black(outputs, &output->damage, &count)
                                                  : gather_picture(outputs, output, &count);
    uint32_t index = (uint32_t)(output - outputs->list);
    VIT_TRY(vgpu_display_update(outputs->host, index, &part, outputs->parts, count));
    output->damage.y += part.height;
    output->damage.height -= part.height;
    return VIT_OK;
}

static enum vit_status draw_damage(struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    enum vit_status status = VIT_OK;
    vgpu_resource_lock(output->resource);
    while (status == VIT_OK && !vgpu_rect_empty(&output->damage)) {
        status = draw_rows(outputs, output);
    }
    vgpu_resource_unlock(output->resource);
    return status;
}

static enum vit_status send_size(struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    if (!output->owes_size) {
        return VIT_OK;
    }
    uint32_t index = (uint32_t)(output - outputs->list);
    VIT_TRY(vgpu_display_scanout(outputs->host, index, output->width, output->height));
    output->owes_size = false;
    return VIT_OK;
}

static enum vit_status draw_output(struct vgpu_outputs *outputs, struct vgpu_output *output)
{
    VIT_TRY(send_size(outputs, output));
    return output->resource == NULL ? VIT_OK : draw_damage(outputs, output);
}

void vgpu_outputs_draw(struct vgpu_outputs *outputs)
{
    for (unsigned i = 0; i < outputs->count; i++) {
        struct vgpu_output *output = &outputs->list[i];
        if (output->resource != NULL) {
            choose_face(outputs, output);
        }
        enum vit_status status = draw_output(outputs, output);
        if (status != VIT_OK && status != VIT_E_BUSY) {
            /* Nobody looks: there is nothing to keep for later. */
            output->owes_size = false;
            output->damage = (struct vgpu_rect){ 0, 0, 0, 0 };
        }
    }
}
