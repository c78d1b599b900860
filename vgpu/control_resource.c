/* SPDX-License-Identifier: MIT */
/* Commands about resources: life, backing, transfers. */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>
#include <stdlib.h>

#include "vgpu/iov.h"
#include "vgpu/rendered.h"
#include "vgpu/transfer.h"
#include "wire/virtio_gpu.h"

static uint32_t created(uint32_t id, enum vit_status status)
{
    return id == 0 || status == VIT_E_STATE ? (uint32_t)VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID
                                            : vgpu_response_type(status);
}

static uint32_t create(struct vgpu_command *command, uint32_t id, enum vgpu_resource_kind kind,
        const struct vit_surface *surface)
{
    return created(id, vgpu_objects_create_resource(&command->device->objects, id, kind, surface));
}

uint32_t vgpu_command_create_2d(struct vgpu_command *command)
{
    uint32_t id = vit_get_u32(&command->body);
    uint32_t format = vit_get_u32(&command->body);
    uint32_t width = vit_get_u32(&command->body);
    uint32_t height = vit_get_u32(&command->body);
    struct vit_surface surface;
    if ((format != VIT_FORMAT_BGRA && format != VIT_FORMAT_BGRX) ||
            vit_surface_init(&surface, format, width, height) != VIT_OK) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    return create(command, id, VGPU_RESOURCE_IMAGE, &surface);
}

static struct vgpu_3d_resource read_create_3d(struct vit_reader *body)
{
    struct vgpu_3d_resource ask = { .id = vit_get_u32(body) };
    ask.target = vit_get_u32(body);
    ask.format = vit_get_u32(body);
    ask.bind = vit_get_u32(body);
    ask.width = vit_get_u32(body);
    ask.height = vit_get_u32(body);
    ask.depth = vit_get_u32(body);
    ask.array_size = vit_get_u32(body);
    ask.last_level = vit_get_u32(body);
    ask.samples = vit_get_u32(body);
    ask.flags = vit_get_u32(body);
    return ask;
}

static bool is_flat(const struct vgpu_3d_resource *ask)
{
    return ask->depth <= 1 && ask->array_size <= 1 && ask->last_level == 0 && ask->samples <= 1;
}

static uint32_t create_flat(struct vgpu_command *command, const struct vgpu_3d_resource *ask,
        enum vgpu_resource_kind kind)
{
    struct vit_surface surface;
    if (!is_flat(ask) ||
            vit_surface_init(&surface, ask->format, ask->width, ask->height) != VIT_OK) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    return create(command, ask->id, kind, &surface);
}

/* Guest-backed bytes, or a picture in them. */
static bool is_guest_backed(const struct vgpu_3d_resource *ask)
{
    uint32_t target = ask->format == VIT_FORMAT_BYTES ? VIT_TARGET_BUFFER : VIT_TARGET_2D;
    return ask->flags == 0 && ask->bind == VIT_BIND_STAGING && ask->target == target;
}

uint32_t vgpu_command_create_3d(struct vgpu_command *command)
{
    struct vgpu_3d_resource ask = read_create_3d(&command->body);
    if ((ask.flags & VIT_RESOURCE_FLAG_PROTECTED) != 0) {
        if (ask.flags != VIT_RESOURCE_FLAG_PROTECTED) {
            return VIRTIO_GPU_RESP_ERR_UNSPEC;
        }
        return create_flat(command, &ask, VGPU_RESOURCE_PROTECTED);
    }
    if (is_guest_backed(&ask)) {
        return create_flat(command, &ask, VGPU_RESOURCE_BUFFER);
    }
    return created(ask.id, vgpu_objects_create_rendered(&command->device->objects, &ask));
}

static struct vgpu_resource *named_resource(struct vgpu_command *command)
{
    return vgpu_objects_resource(&command->device->objects, vit_get_u32(&command->body));
}

uint32_t vgpu_command_unref(struct vgpu_command *command)
{
    struct vgpu_resource *resource = named_resource(command);
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    vgpu_outputs_forget(&command->device->outputs, resource);
    vgpu_objects_destroy_resource(&command->device->objects, resource);
    return VIRTIO_GPU_RESP_OK_NODATA;
}

enum { ENTRY_LEN = sizeof(struct virtio_gpu_mem_entry), ENTRIES_AT_ONCE = 64 };

struct backing {
    const struct vgpu_memory *memory;
    struct iovec *pieces;
    size_t count;
};

/* Pieces that follow each other in our memory become one. */
static bool add_entry(struct backing *backing, const uint8_t *bytes)
{
    struct vit_reader in;
    vit_reader_init(&in, bytes, ENTRY_LEN);
    uint64_t address = vit_get_u64(&in);
    uint32_t len = vit_get_u32(&in);
    uint8_t *base = vgpu_memory_guest(backing->memory, address, len);
    if (base == NULL) {
        return false;
    }
    struct iovec *last = backing->count > 0 ? &backing->pieces[backing->count - 1] : NULL;
    if (last != NULL && (uint8_t *)last->iov_base + last->iov_len == base) {
        last->iov_len += len;
        return true;
    }
    backing->pieces[backing->count++] = (struct iovec){ base, len };
    return true;
}

/* Requests of many entries lie in many pieces: they are taken some at a time. */
static bool add_entries(struct backing *backing, const struct vgpu_chain *chain, uint32_t count)
{
    uint8_t bytes[ENTRIES_AT_ONCE * ENTRY_LEN];
    uint64_t offset = sizeof(struct virtio_gpu_resource_attach_backing);
    for (uint32_t done = 0; done < count;) {
        uint32_t take = count - done < ENTRIES_AT_ONCE ? count - done : ENTRIES_AT_ONCE;
        (void)vgpu_iov_read(chain->pieces, chain->in_count, offset, bytes,
                (size_t)take * ENTRY_LEN);
        for (uint32_t i = 0; i < take; i++) {
            if (!add_entry(backing, bytes + (size_t)i * ENTRY_LEN)) {
                return false;
            }
        }
        offset += (uint64_t)take * ENTRY_LEN;
        done += take;
    }
    return true;
}

static uint32_t attach_entries(struct vgpu_command *command, struct vgpu_resource *resource,
        uint32_t count)
{
    struct vgpu_device *device = command->device;
    VIT_AUTO(memory) pieces = calloc(count, sizeof(struct iovec));
    if (pieces == NULL) {
        return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
    }
    struct backing backing = { &device->memory, pieces, 0 };
    if (!add_entries(&backing, command->chain, count)) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    /* What is kept is what the limits count. */
    struct iovec *kept = realloc(pieces, backing.count * sizeof(*kept));
    pieces = kept != NULL ? kept : pieces;
    enum vit_status status =
            vgpu_objects_attach_backing(&device->objects, resource, pieces, backing.count);
    if (status == VIT_OK) {
        pieces = NULL; /* the resource's now */
    }
    return vgpu_response_type(status);
}

uint32_t vgpu_command_attach_backing(struct vgpu_command *command)
{
    struct vgpu_resource *resource = named_resource(command);
    uint32_t count = vit_get_u32(&command->body);
    uint64_t room = command->chain->in_len - sizeof(struct virtio_gpu_resource_attach_backing);
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    if (count == 0 || count > room / ENTRY_LEN) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    if (!vgpu_objects_backing_fits(&command->device->objects, count)) {
        return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
    }
    /* The guest's driver gives each resource pages; those of a protected one are never used. */
    return resource->kind == VGPU_RESOURCE_PROTECTED ? (uint32_t)VIRTIO_GPU_RESP_OK_NODATA
                                                     : attach_entries(command, resource, count);
}

uint32_t vgpu_command_detach_backing(struct vgpu_command *command)
{
    struct vgpu_resource *resource = named_resource(command);
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        return VIRTIO_GPU_RESP_OK_NODATA;
    }
    if (resource->backing == NULL) {
        return VIRTIO_GPU_RESP_ERR_UNSPEC;
    }
    vgpu_objects_detach_backing(&command->device->objects, resource);
    return VIRTIO_GPU_RESP_OK_NODATA;
}

uint32_t vgpu_command_transfer_2d(struct vgpu_command *command)
{
    struct vgpu_transfer transfer = { .direction = VGPU_TO_HOST };
    transfer.rect.x = vit_get_u32(&command->body);
    transfer.rect.y = vit_get_u32(&command->body);
    transfer.rect.width = vit_get_u32(&command->body);
    transfer.rect.height = vit_get_u32(&command->body);
    transfer.offset = vit_get_u64(&command->body);
    struct vgpu_resource *resource = named_resource(command);
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    return vgpu_response_type(vgpu_transfer_run(resource, &transfer));
}

static struct vgpu_3d_transfer read_transfer_3d(struct vgpu_command *command)
{
    struct vit_reader *body = &command->body;
    struct vgpu_3d_transfer ask = { .context = command->context_id };
    ask.x = vit_get_u32(body);
    ask.y = vit_get_u32(body);
    ask.z = vit_get_u32(body);
    ask.width = vit_get_u32(body);
    ask.height = vit_get_u32(body);
    ask.depth = vit_get_u32(body);
    ask.offset = vit_get_u64(body);
    ask.resource = vit_get_u32(body);
    ask.level = vit_get_u32(body);
    ask.stride = vit_get_u32(body);
    ask.layer_stride = vit_get_u32(body);
    return ask;
}

static uint32_t transfer_rendered(struct vgpu_command *command, const struct vgpu_3d_transfer *ask)
{
    struct vgpu_device *device = command->device;
    struct vgpu_context *context = vgpu_objects_context(&device->objects, ask->context);
    if (context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    if (vgpu_context_attached(context, ask->resource) == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    enum vit_status status = vgpu_rendered_open(device->renderer, context);
    if (status == VIT_OK) {
        status = device->renderer->impl->transfer(device->renderer, ask);
        command->rendered = true;
    }
    return vgpu_response_type(status);
}

static uint32_t transfer_image(struct vgpu_resource *resource, const struct vgpu_3d_transfer *ask)
{
    if (resource->kind == VGPU_RESOURCE_IMAGE &&
            (ask->z != 0 || ask->depth != 1 || ask->level != 0)) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    const struct vgpu_transfer transfer = {
        .direction = ask->direction,
        .rect = { ask->x, ask->y, ask->width, ask->height },
        .offset = ask->offset,
        .stride = ask->stride,
    };
    return vgpu_response_type(vgpu_transfer_run(resource, &transfer));
}

static uint32_t transfer_3d(struct vgpu_command *command, enum vgpu_direction direction)
{
    struct vgpu_3d_transfer ask = read_transfer_3d(command);
    struct vgpu_resource *resource = vgpu_objects_resource(&command->device->objects, ask.resource);
    ask.direction = direction;
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    switch (resource->kind) {
    case VGPU_RESOURCE_BUFFER:
        return VIRTIO_GPU_RESP_OK_NODATA; /* the guest's pages are its bytes */
    case VGPU_RESOURCE_RENDERED:
        return transfer_rendered(command, &ask);
    default:
        return transfer_image(resource, &ask);
    }
}

uint32_t vgpu_command_transfer_to_3d(struct vgpu_command *command)
{
    return transfer_3d(command, VGPU_TO_HOST);
}

uint32_t vgpu_command_transfer_from_3d(struct vgpu_command *command)
{
    return transfer_3d(command, VGPU_FROM_HOST);
}
