/* SPDX-License-Identifier: MIT */
/**
 * The far end of the vhost-user-gpu display protocol, standing where a virtual machine's display
 * stands: takes the bytes of the stream, in pieces of any size, and keeps each output's picture.
 *
 * The sender is not trusted: what it says is checked before anything is allocated or written.
 */
#ifndef KMD_STUB_DISPLAY_H
#define KMD_STUB_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/status.h"

/* Numbers of the protocol; all fields are u32 in the machine's byte order. */
enum vit_display_request {
    VIT_DISPLAY_GET_PROTOCOL_FEATURES = 1,
    VIT_DISPLAY_SET_PROTOCOL_FEATURES = 2,
    VIT_DISPLAY_GET_DISPLAY_INFO = 3,
    VIT_DISPLAY_CURSOR_POS = 4,
    VIT_DISPLAY_CURSOR_POS_HIDE = 5,
    VIT_DISPLAY_CURSOR_UPDATE = 6,
    VIT_DISPLAY_SCANOUT = 7,
    VIT_DISPLAY_UPDATE = 8,
    VIT_DISPLAY_DMABUF_SCANOUT = 9,
    VIT_DISPLAY_DMABUF_UPDATE = 10,
    VIT_DISPLAY_GET_EDID = 11,
};

enum {
    VIT_DISPLAY_HEADER_LEN = 12, /* request, flags, payload size */
    VIT_DISPLAY_REPLY_FLAG = 1 << 2,
    VIT_DISPLAY_MAX_OUTPUTS = 16,
    VIT_DISPLAY_MAX_SIDE = 8192,
};

/* Called for requests that want an answer (1, 3, 11); payload is borrowed. */
typedef enum vit_status vit_display_asked_fn(void *context, uint32_t request,
        const uint8_t *payload, size_t len);

struct vit_display;

/* @param asked  NULL: requests that want an answer are VIT_E_PROTOCOL */
VIT_RESULT vit_display_create(vit_display_asked_fn *asked, void *context,
        struct vit_display **display);
void vit_display_destroy(struct vit_display *display);
VIT_DEFINE_AUTO(display, struct vit_display *, vit_display_destroy)

/* An update for whose output there is no memory is lost, and nothing else.
 *
 * @return VIT_E_PROTOCOL bytes that are no message, a picture outside its output (nothing more is
 *         taken from this sender); what asked returned */
VIT_RESULT vit_display_feed(struct vit_display *display, const void *bytes, size_t len);

/* Between two messages? */
bool vit_display_idle(const struct vit_display *display);

struct vit_display_picture {
    uint32_t width, height;
    const uint8_t *pixels; /* B, G, R, X without padding; borrowed until the next feed */
    uint64_t updates;      /* of this output, so far */
};

/* @return VIT_E_ARG no such output; VIT_E_STATE nothing shown */
VIT_RESULT vit_display_picture(const struct vit_display *display, uint32_t output,
        struct vit_display_picture *picture);

#endif
