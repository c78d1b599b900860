/* SPDX-License-Identifier: MIT */
/**
 * A submission: envelope, then messages, as the payload of VIRTIO_GPU_CMD_SUBMIT_3D. The low byte
 * of the magic is outside virgl's command numbers, which tells the two apart.
 *
 * envelope (48 bytes)   u32 magic, u16 version, u16 0, u32 length, u32 message count, u64 sequence,
 *                       u32 reply resource, u32 reply capacity, u64 reply offset, u64 0
 * message header (8)    u16 op, u16 0, u32 body length
 * reply (32 + bodies)   u64 sequence, u32 status, u32 index of the failed message, u32 body length,
 *                       u32 0, u64 0, then the reply bodies in message order
 *
 * The device writes the reply into the context's guest-backed reply resource, its sequence last.
 * Messages are done in order; the first that fails ends the submission.
 */
#ifndef WIRE_ENVELOPE_H
#define WIRE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "wire/message.h"

enum { VIT_WIRE_VERSION = 1 };
#define VIT_WIRE_MAGIC 0x565449e1u

enum {
    VIT_ENVELOPE_LEN = 48,
    VIT_MESSAGE_HEADER_LEN = 8,
    VIT_REPLY_HEADER_LEN = 32,
    /* Longest submission, envelope included, and most messages in it. */
    VIT_SUBMISSION_MAX_LEN = 256 * 1024,
    VIT_SUBMISSION_MAX_COUNT = 4096,
    /* Largest reply: one DIRECT message. */
    VIT_REPLY_MAX_LEN = VIT_REPLY_HEADER_LEN + VIT_REPLY_BODY_MAX_LEN,
};

struct vit_envelope {
    uint32_t length; /* envelope and messages */
    uint32_t count;
    uint64_t sequence; /* not 0 */
    uint32_t reply_resource;
    uint32_t reply_capacity;
    uint64_t reply_offset; /* multiple of 8 */
};

struct vit_reply {
    uint64_t sequence;
    enum vit_status status;
    uint32_t failed_index;
    uint32_t body_len;
};

void vit_put_envelope(struct vit_writer *out, const struct vit_envelope *envelope);
/* @return VIT_E_PROTOCOL magic, version, lengths, reserved fields */
VIT_RESULT vit_get_envelope(struct vit_reader *in, struct vit_envelope *envelope);

struct vit_message {
    const struct vit_op_info *info;
    const uint8_t *body; /* borrowed, info->request_len bytes */
};

/* @return VIT_E_PROTOCOL unknown op, wrong body length, reserved field, short */
VIT_RESULT vit_get_message(struct vit_reader *in, struct vit_message *message);

/* The reply header without its sequence, which is stored last. */
void vit_put_reply(struct vit_writer *out, const struct vit_reply *reply);
/* @return VIT_E_PROTOCOL a status outside the list, a body longer than what is left */
VIT_RESULT vit_get_reply(struct vit_reader *in, struct vit_reply *reply);

#endif
