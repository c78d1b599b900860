/* SPDX-License-Identifier: MIT */
#include "vgpu/secret_page.h"

#include <string.h>

#include "base/secret.h"

static size_t take(struct vgpu_resource *resource, uint64_t offset, uint8_t *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        uint64_t part;
        uint8_t *piece = vgpu_resource_piece(resource, offset + done, len - done, &part);
        if (piece == NULL) {
            break;
        }
        memcpy(out + done, piece, (size_t)part);
        vit_wipe(piece, (size_t)part);
        done += (size_t)part;
    }
    return done;
}

enum vit_status vgpu_secret_page_take(struct vgpu_context *context, uint32_t resource_id,
        uint64_t offset, uint8_t *out, size_t len)
{
    struct vgpu_resource *resource = vgpu_context_resource(context, resource_id);
    if (resource == NULL || resource->kind != VGPU_RESOURCE_BUFFER) {
        return VIT_E_ARG;
    }
    vgpu_resource_lock(resource);
    bool covers = vgpu_resource_covers(resource, offset, len);
    size_t done = covers ? take(resource, offset, out, len) : 0;
    vgpu_resource_unlock(resource);
    return done == len ? VIT_OK : VIT_E_ARG;
}
