/* SPDX-License-Identifier: MIT */
/**
 * The commands of virtio-gpu: one table of type, least size and handler. Sizes are checked before a
 * handler runs; a handler returns the type of the answer.
 */
#ifndef VGPU_CONTROL_H
#define VGPU_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "vgpu/device_state.h"

/* Longest fixed part of a request, and longest answer that is made here. */
enum { VGPU_COMMAND_FIXED_LEN = 128, VGPU_ANSWER_MAX_LEN = 1032 };

struct vgpu_command {
    struct vgpu_device *device;
    const struct vgpu_chain *chain;
    struct vgpu_completion *completion; /* for the engine */

    uint32_t flags;
    uint64_t fence_id;
    uint32_t context_id;
    struct vit_reader body; /* behind the header, over fixed */

    bool pending;           /* the engine goes on with it */
    bool rendered;          /* the renderer goes on with it, behind a fence of its own */
    const uint8_t *payload; /* of the answer, behind its header: answer or borrowed */
    size_t payload_len;

    uint8_t fixed[VGPU_COMMAND_FIXED_LEN];
    uint8_t answer[VGPU_ANSWER_MAX_LEN];
};

typedef uint32_t vgpu_command_fn(struct vgpu_command *command);

/* Serves one request of a queue and gives it back, now or when its work and its fence allow. false:
 * nothing was done, and the request has to come again. */
bool vgpu_control_serve(struct vgpu_device *device, const struct vgpu_chain *chain);
void vgpu_cursor_serve(struct vgpu_device *device, const struct vgpu_chain *chain);

/* The type of the answer for a status of ours. */
uint32_t vgpu_response_type(enum vit_status status);

/* control_resource.c */
uint32_t vgpu_command_create_2d(struct vgpu_command *command);
uint32_t vgpu_command_create_3d(struct vgpu_command *command);
uint32_t vgpu_command_unref(struct vgpu_command *command);
uint32_t vgpu_command_attach_backing(struct vgpu_command *command);
uint32_t vgpu_command_detach_backing(struct vgpu_command *command);
uint32_t vgpu_command_transfer_2d(struct vgpu_command *command);
uint32_t vgpu_command_transfer_to_3d(struct vgpu_command *command);
uint32_t vgpu_command_transfer_from_3d(struct vgpu_command *command);

/* control_display.c */
uint32_t vgpu_command_display_info(struct vgpu_command *command);
uint32_t vgpu_command_edid(struct vgpu_command *command);
uint32_t vgpu_command_set_scanout(struct vgpu_command *command);
uint32_t vgpu_command_flush(struct vgpu_command *command);
/* Of the cursor queue: with a picture, or only to another place. */
uint32_t vgpu_command_cursor(struct vgpu_command *command, bool with_picture);

/* control_context.c */
uint32_t vgpu_command_capset_info(struct vgpu_command *command);
uint32_t vgpu_command_capset(struct vgpu_command *command);
uint32_t vgpu_command_context_create(struct vgpu_command *command);
uint32_t vgpu_command_context_destroy(struct vgpu_command *command);
uint32_t vgpu_command_context_attach(struct vgpu_command *command);
uint32_t vgpu_command_context_detach(struct vgpu_command *command);
uint32_t vgpu_command_submit(struct vgpu_command *command);

#endif
