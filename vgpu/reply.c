/* SPDX-License-Identifier: MIT */
#include "vgpu/reply.h"

#include <endian.h>
#include <string.h>

enum { SEQUENCE_LEN = 8 };

/* The sequence is stored in one piece, so it must lie in one. */
static uint64_t *sequence_place(const struct vgpu_resource *resource, uint64_t offset)
{
    uint64_t len = 0;
    uint8_t *place = vgpu_resource_piece(resource, offset, SEQUENCE_LEN, &len);
    if (place == NULL || len != SEQUENCE_LEN || (uintptr_t)place % SEQUENCE_LEN != 0) {
        return NULL;
    }
    return (uint64_t *)(void *)place;
}

static bool has_place(struct vgpu_resource *resource, const struct vit_envelope *envelope)
{
    vgpu_resource_lock(resource);
    bool has = vgpu_resource_covers(resource, envelope->reply_offset, envelope->reply_capacity) &&
            sequence_place(resource, envelope->reply_offset) != NULL;
    vgpu_resource_unlock(resource);
    return has;
}

enum vit_status vgpu_reply_place(const struct vgpu_context *context,
        const struct vit_envelope *envelope, struct vgpu_resource **resource)
{
    struct vgpu_resource *found = vgpu_context_resource(context, envelope->reply_resource);
    if (found == NULL || found->kind != VGPU_RESOURCE_BUFFER ||
            found->surface.format != VIT_FORMAT_BYTES || !has_place(found, envelope)) {
        return VIT_E_ARG;
    }
    *resource = found;
    return VIT_OK;
}

static void write_bytes(struct vgpu_resource *resource, uint64_t offset, const uint8_t *bytes,
        uint64_t len)
{
    while (len > 0) {
        uint64_t part;
        uint8_t *out = vgpu_resource_piece(resource, offset, len, &part);
        if (out == NULL) {
            return;
        }
        memcpy(out, bytes, (size_t)part);
        offset += part;
        bytes += part;
        len -= part;
    }
}

void vgpu_reply_write(struct vgpu_resource *resource, const struct vit_envelope *envelope,
        const struct vit_reply *reply, const uint8_t *body)
{
    uint8_t bytes[VIT_REPLY_MAX_LEN];
    struct vit_writer out;
    vit_writer_init(&out, bytes, sizeof(bytes));
    vit_put_reply(&out, reply);
    vit_put_bytes(&out, body, reply->body_len);

    vgpu_resource_lock(resource);
    uint64_t *sequence = sequence_place(resource, envelope->reply_offset);
    if (sequence != NULL) {
        write_bytes(resource, envelope->reply_offset + SEQUENCE_LEN, bytes + SEQUENCE_LEN,
                out.at - SEQUENCE_LEN);
        __atomic_store_n(sequence, htole64(envelope->sequence), __ATOMIC_RELEASE);
    }
    vgpu_resource_unlock(resource);
}
