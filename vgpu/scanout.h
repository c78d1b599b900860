/* SPDX-License-Identifier: MIT */
/**
 * The outputs: which resource each shows, and what of its picture the
 * display has not got yet. A protected resource is shown when the level in force suffices; else the
 * output is black at once, and shows the picture again when the level returns.
 */
#ifndef VGPU_SCANOUT_H
#define VGPU_SCANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vgpu/device.h"
#include "vgpu/display.h"
#include "vgpu/protection.h"
#include "vgpu/rect.h"
#include "vgpu/renderer.h"
#include "vgpu/resource.h"

/* What the display has, or is owed by the damage. */
enum vgpu_face { VGPU_FACE_UNKNOWN, VGPU_FACE_PICTURE, VGPU_FACE_BLACK };

struct vgpu_output {
    struct vgpu_resource *resource; /* reference; NULL: off */
    uint8_t *shadow; /* of a rendered one, as flushed: B, G, R, X; as large as the output */
    size_t shadow_len;
    struct vgpu_rect source; /* the part of the resource that is shown */
    uint32_t width, height;  /* as the display knows it or is owed; 0: off */
    bool owes_size;
    bool waits_for_flush; /* another resource was set: whole picture at the next flush */
    enum vgpu_face face;
    struct vgpu_rect damage; /* owed; in the output */
};

struct vgpu_outputs {
    struct vgpu_host *host; /* borrowed */
    unsigned count;
    struct vgpu_protection *protection; /* borrowed; says what may be seen where */
    struct vgpu_renderer *renderer;     /* borrowed; NULL: none */
    struct vgpu_output list[VGPU_MAX_OUTPUTS];
    struct iovec parts[VGPU_DISPLAY_PARTS];
};

void vgpu_outputs_init(struct vgpu_outputs *outputs, struct vgpu_host *host, unsigned count,
        struct vgpu_protection *protection, struct vgpu_renderer *renderer);

/* Shows a part of a resource on an output from the next flush on; NULL: turns it off.
 * @return VIT_E_ARG no such output, no picture, outside of it; VIT_E_LIMIT too large for the
 *         renderer's picture to be kept; VIT_E_NOMEM */
VIT_RESULT vgpu_outputs_set(struct vgpu_outputs *outputs, uint32_t index,
        struct vgpu_resource *resource, const struct vgpu_rect *source);
/* The guest finished drawing here. @return VIT_E_ARG outside the resource */
VIT_RESULT vgpu_outputs_flush(struct vgpu_outputs *outputs, struct vgpu_resource *resource,
        const struct vgpu_rect *rect);
/* Its bytes or its needs changed without a flush. */
void vgpu_outputs_changed(struct vgpu_outputs *outputs, const struct vgpu_resource *resource);
/* It goes: outputs that show it are turned off. */
void vgpu_outputs_forget(struct vgpu_outputs *outputs, const struct vgpu_resource *resource);
/* All off; levels stay, they are the host's. */
void vgpu_outputs_reset(struct vgpu_outputs *outputs);

/* Sends what is owed, as far as the display takes it. */
void vgpu_outputs_draw(struct vgpu_outputs *outputs);

#endif
