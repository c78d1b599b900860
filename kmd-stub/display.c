/* SPDX-License-Identifier: MIT */
#include "kmd-stub/display.h"

#include <stdbool.h>
#include <string.h>

enum {
    UPDATE_HEAD_LEN = 20, /* output, x, y, width, height; pixels follow */
    SCANOUT_LEN = 12,     /* output, width, height */
    CURSOR_POS_LEN = 12,  /* output, x, y */
    CURSOR_UPDATE_LEN = CURSOR_POS_LEN + 8 + 64 * 64 * 4,
    FEATURES_LEN = 8,
    EDID_LEN = 4,
    HEAD_MAX_LEN = VIT_DISPLAY_HEADER_LEN + UPDATE_HEAD_LEN,
};

struct output {
    uint32_t width, height; /* 0: off */
    uint8_t *pixels;        /* NULL: off, or no memory for it yet */
    uint64_t updates;
};

struct rect {
    uint32_t x, y, width, height;
};

struct vit_display {
    vit_display_asked_fn *asked;
    void *context;
    struct output outputs[VIT_DISPLAY_MAX_OUTPUTS];
    bool broken;

    /* Header, and what of the payload is needed at once. */
    uint8_t head[HEAD_MAX_LEN];
    size_t head_len, head_needed;
    /* Payload behind the head: pixels of an update, or bytes to skip. */
    size_t tail_left;
    struct output *target; /* NULL: skip */
    struct rect rect;
    size_t tail_at;
};

enum vit_status vit_display_create(vit_display_asked_fn *asked, void *context,
        struct vit_display **out)
{
    struct vit_display *display = calloc(1, sizeof(*display));
    if (display == NULL) {
        return VIT_E_NOMEM;
    }
    display->asked = asked;
    display->context = context;
    display->head_needed = VIT_DISPLAY_HEADER_LEN;
    *out = display;
    return VIT_OK;
}

bool vit_display_idle(const struct vit_display *display)
{
    return display->head_len == 0 && display->tail_left == 0;
}

void vit_display_destroy(struct vit_display *display)
{
    if (display == NULL) {
        return;
    }
    for (unsigned i = 0; i < VIT_DISPLAY_MAX_OUTPUTS; i++) {
        free(display->outputs[i].pixels);
    }
    free(display);
}

static uint32_t field(const struct vit_display *display, size_t index)
{
    uint32_t value;
    memcpy(&value, display->head + index * sizeof(value), sizeof(value));
    return value;
}

/* Payload fields, behind the three of the header. */
static uint32_t payload_field(const struct vit_display *display, size_t index)
{
    return field(display, 3 + index);
}

/* Payload bytes that belong to the head of a request, and whether its whole size is right. */
static bool size_fits(uint32_t request, uint32_t size, size_t *head_payload)
{
    switch (request) {
    case VIT_DISPLAY_GET_PROTOCOL_FEATURES:
    case VIT_DISPLAY_GET_DISPLAY_INFO:
        *head_payload = 0;
        return size == 0;
    case VIT_DISPLAY_SET_PROTOCOL_FEATURES:
        *head_payload = FEATURES_LEN;
        return size == FEATURES_LEN;
    case VIT_DISPLAY_GET_EDID:
        *head_payload = EDID_LEN;
        return size == EDID_LEN;
    case VIT_DISPLAY_CURSOR_POS:
    case VIT_DISPLAY_CURSOR_POS_HIDE:
        *head_payload = CURSOR_POS_LEN;
        return size == CURSOR_POS_LEN;
    case VIT_DISPLAY_CURSOR_UPDATE:
        *head_payload = CURSOR_POS_LEN;
        return size == CURSOR_UPDATE_LEN;
    case VIT_DISPLAY_SCANOUT:
        *head_payload = SCANOUT_LEN;
        return size == SCANOUT_LEN;
    case VIT_DISPLAY_UPDATE:
        *head_payload = UPDATE_HEAD_LEN;
        return size >= UPDATE_HEAD_LEN;
    default:
        return false; /* no dmabuf was ever agreed on */
    }
}

static bool has_pixels(struct output *output)
{
    if (output->pixels == NULL) {
        output->pixels = calloc((size_t)output->width * output->height, 4);
    }
    return output->pixels != NULL;
}

static enum vit_status set_scanout(struct vit_display *display)
{
    uint32_t index = payload_field(display, 0);
    uint32_t width = payload_field(display, 1);
    uint32_t height = payload_field(display, 2);
    bool off = width == 0 && height == 0;
    if (index >= VIT_DISPLAY_MAX_OUTPUTS || width > VIT_DISPLAY_MAX_SIDE ||
            height > VIT_DISPLAY_MAX_SIDE || (!off && (width == 0 || height == 0))) {
        return VIT_E_PROTOCOL;
    }
    struct output *output = &display->outputs[index];
    free(output->pixels);
    output->pixels = NULL;
    output->width = width;
    output->height = height;
    if (!off) {
        (void)has_pixels(output); /* else tried again with each update */
    }
    return VIT_OK;
}

static bool rect_fits(const struct rect *rect, const struct output *output)
{
    return rect->width > 0 && rect->height > 0 && rect->width <= output->width &&
            rect->height <= output->height && rect->x <= output->width - rect->width &&
            rect->y <= output->height - rect->height;
}

static enum vit_status begin_skip(struct vit_display *display, size_t len)
{
    display->target = NULL;
    display->tail_left = len;
    return VIT_OK;
}

static enum vit_status begin_update(struct vit_display *display)
{
    uint32_t index = payload_field(display, 0);
    struct rect rect = { payload_field(display, 1), payload_field(display, 2),
        payload_field(display, 3), payload_field(display, 4) };
    if (index >= VIT_DISPLAY_MAX_OUTPUTS || !rect_fits(&rect, &display->outputs[index])) {
        return VIT_E_PROTOCOL;
    }
    uint64_t bytes = (uint64_t)rect.width * rect.height * 4;
    if (field(display, 2) != UPDATE_HEAD_LEN + bytes) {
        return VIT_E_PROTOCOL;
    }
    if (!has_pixels(&display->outputs[index])) {
        return begin_skip(display, bytes);
    }
    display->target = &display->outputs[index];
    display->rect = rect;
    display->tail_at = 0;
    display->tail_left = bytes;
    return VIT_OK;
}

/* The head is complete. */
static enum vit_status dispatch(struct vit_display *display)
{
    uint32_t request = field(display, 0);
    size_t payload_len = display->head_len - VIT_DISPLAY_HEADER_LEN;
    switch (request) {
    case VIT_DISPLAY_SCANOUT:
        return set_scanout(display);
    case VIT_DISPLAY_UPDATE:
        return begin_update(display);
    case VIT_DISPLAY_CURSOR_UPDATE:
        return begin_skip(display, CURSOR_UPDATE_LEN - CURSOR_POS_LEN);
    case VIT_DISPLAY_GET_PROTOCOL_FEATURES:
    case VIT_DISPLAY_GET_DISPLAY_INFO:
    case VIT_DISPLAY_GET_EDID:
        if (display->asked == NULL) {
            return VIT_E_PROTOCOL;
        }
        return display->asked(display->context, request, display->head + VIT_DISPLAY_HEADER_LEN,
                payload_len);
    default:
        return VIT_OK;
    }
}

static enum vit_status take_head(struct vit_display *display, const uint8_t **bytes, size_t *len)
{
    size_t wanted = display->head_needed - display->head_len;
    size_t taken = wanted < *len ? wanted : *len;
    memcpy(display->head + display->head_len, *bytes, taken);
    display->head_len += taken;
    *bytes += taken;
    *len -= taken;
    if (display->head_len < display->head_needed) {
        return VIT_OK;
    }
    if (display->head_needed == VIT_DISPLAY_HEADER_LEN) {
        size_t payload = 0;
        if (!size_fits(field(display, 0), field(display, 2), &payload)) {
            return VIT_E_PROTOCOL;
        }
        display->head_needed += payload;
        if (payload != 0) {
            return VIT_OK;
        }
    }
    VIT_TRY(dispatch(display));
    display->head_len = 0;
    display->head_needed = VIT_DISPLAY_HEADER_LEN;
    return VIT_OK;
}

/* As much of one row of the rectangle as is there. */
static void take_pixels(struct vit_display *display, const uint8_t *bytes, size_t len)
{
    struct output *output = display->target;
    size_t row_len = (size_t)display->rect.width * 4;
    while (len > 0) {
        size_t row = display->tail_at / row_len;
        size_t column = display->tail_at % row_len;
        size_t taken = row_len - column < len ? row_len - column : len;
        uint8_t *to = output->pixels +
                ((display->rect.y + row) * output->width + display->rect.x) * 4 + column;
        memcpy(to, bytes, taken);
        display->tail_at += taken;
        bytes += taken;
        len -= taken;
    }
}

static void take_tail(struct vit_display *display, const uint8_t **bytes, size_t *len)
{
    size_t taken = display->tail_left < *len ? display->tail_left : *len;
    if (display->target != NULL) {
        take_pixels(display, *bytes, taken);
    }
    *bytes += taken;
    *len -= taken;
    display->tail_left -= taken;
    if (display->tail_left == 0 && display->target != NULL) {
        display->target->updates++;
    }
}

enum vit_status vit_display_feed(struct vit_display *display, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    if (display->broken) {
        return VIT_E_PROTOCOL;
    }
    while (len > 0) {
        if (display->tail_left > 0) {
            take_tail(display, &bytes, &len);
            continue;
        }
        enum vit_status status = take_head(display, &bytes, &len);
        if (status != VIT_OK) {
            display->broken = true;
            return status;
        }
    }
    return VIT_OK;
}

enum vit_status vit_display_picture(const struct vit_display *display, uint32_t index,
        struct vit_display_picture *picture)
{
    if (index >= VIT_DISPLAY_MAX_OUTPUTS) {
        return VIT_E_ARG;
    }
    const struct output *output = &display->outputs[index];
    if (output->pixels == NULL || output->updates == 0) {
        return VIT_E_STATE;
    }
    *picture = (struct vit_display_picture){ output->width, output->height, output->pixels,
        output->updates };
    return VIT_OK;
}
