/* SPDX-License-Identifier: MIT */
/* Commands about contexts: capset, life, resources attached, submissions. */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>
#include <stdlib.h>

#include "vgpu/iov.h"
#include "vgpu/rendered.h"
#include "wire/capset.h"

static struct vgpu_renderer_capset own_capset(const struct vgpu_device *device)
{
    return (struct vgpu_renderer_capset){ VIT_CAPSET_ID, VIT_CAPSET_VERSION, device->capset,
        device->capset_len };
}

/* Ours, then the renderer's. */
static bool capset_at(const struct vgpu_device *device, uint32_t index,
        struct vgpu_renderer_capset *capset)
{
    *capset = own_capset(device);
    if (index == 0) {
        return true;
    }
    bool found = device->renderer != NULL && index <= device->renderer->capset_count;
    if (found) {
        *capset = device->renderer->capsets[index - 1];
    }
    return found;
}

static bool capset_named(const struct vgpu_device *device, uint32_t id,
        struct vgpu_renderer_capset *capset)
{
    uint32_t index = 0;
    while (capset_at(device, index, capset)) {
        if (capset->id == id) {
            return true;
        }
        index++;
    }
    return false;
}

uint32_t vgpu_command_capset_info(struct vgpu_command *command)
{
    struct vgpu_renderer_capset capset;
    if (!capset_at(command->device, vit_get_u32(&command->body), &capset)) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    struct vit_writer out;
    vit_writer_init(&out, command->answer, sizeof(command->answer));
    vit_put_u32(&out, capset.id);
    vit_put_u32(&out, capset.version);
    vit_put_u32(&out, (uint32_t)capset.len);
    vit_put_u32(&out, 0);
    command->payload = command->answer;
    command->payload_len = out.at;
    return VIRTIO_GPU_RESP_OK_CAPSET_INFO;
}

uint32_t vgpu_command_capset(struct vgpu_command *command)
{
    uint32_t id = vit_get_u32(&command->body);
    uint32_t version = vit_get_u32(&command->body);
    struct vgpu_renderer_capset capset;
    if (!capset_named(command->device, id, &capset) || version > capset.version) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    command->payload = capset.bytes;
    command->payload_len = capset.len;
    return VIRTIO_GPU_RESP_OK_CAPSET;
}

uint32_t vgpu_command_context_create(struct vgpu_command *command)
{
    enum vit_status status =
            vgpu_objects_create_context(&command->device->objects, command->context_id);
    bool bad_id = status == VIT_E_ARG || status == VIT_E_STATE;
    return bad_id ? (uint32_t)VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID : vgpu_response_type(status);
}

static struct vgpu_context *named_context(const struct vgpu_command *command)
{
    return vgpu_objects_context(&command->device->objects, command->context_id);
}

uint32_t vgpu_command_context_destroy(struct vgpu_command *command)
{
    struct vgpu_context *context = named_context(command);
    if (context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    vgpu_objects_destroy_context(&command->device->objects, context);
    return VIRTIO_GPU_RESP_OK_NODATA;
}

/* Both must be there: VIRTIO_GPU_RESP_OK_NODATA, or what to answer. */
static uint32_t named_both(struct vgpu_command *command, struct vgpu_context **context,
        struct vgpu_resource **resource)
{
    *context = named_context(command);
    *resource = vgpu_objects_resource(&command->device->objects, vit_get_u32(&command->body));
    if (*context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    return *resource != NULL ? VIRTIO_GPU_RESP_OK_NODATA : VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
}

uint32_t vgpu_command_context_attach(struct vgpu_command *command)
{
    struct vgpu_context *context;
    struct vgpu_resource *resource;
    uint32_t found = named_both(command, &context, &resource);
    if (found != VIRTIO_GPU_RESP_OK_NODATA) {
        return found;
    }
    return vgpu_response_type(vgpu_objects_attach(&command->device->objects, context, resource));
}

uint32_t vgpu_command_context_detach(struct vgpu_command *command)
{
    struct vgpu_context *context;
    struct vgpu_resource *resource;
    uint32_t found = named_both(command, &context, &resource);
    if (found != VIRTIO_GPU_RESP_OK_NODATA) {
        return found;
    }
    vgpu_objects_detach(&command->device->objects, context, resource);
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        vgpu_outputs_changed(&command->device->outputs, resource); /* wiped, if it was its own */
    }
    return VIRTIO_GPU_RESP_OK_NODATA;
}

/* A command stream of virgl. Of a submission with our magic in front nothing is ever rendered. */
static uint32_t submit_stream(struct vgpu_command *command, struct vgpu_context *context,
        uint8_t *bytes, uint32_t len)
{
    struct vgpu_renderer *renderer = command->device->renderer;
    if (renderer == NULL) {
        return VIRTIO_GPU_RESP_ERR_UNSPEC;
    }
    if (len % sizeof(uint32_t) != 0) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    enum vit_status status = vgpu_rendered_open(renderer, context);
    if (status == VIT_OK) {
        status = renderer->impl->submit(renderer, context->id, (uint32_t *)(void *)bytes,
                len / sizeof(uint32_t));
        command->rendered = true; /* as far as it came */
    }
    return vgpu_response_type(status);
}

static uint32_t submit(struct vgpu_command *command, struct vgpu_context *context, uint8_t *bytes,
        uint32_t len)
{
    if (len < 4 || vit_load_le32(bytes) != VIT_WIRE_MAGIC) {
        return submit_stream(command, context, bytes, len);
    }
    if (len > VIT_SUBMISSION_MAX_LEN) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    enum vit_status status = vgpu_engine_submit(context, bytes, len, command->completion);
    command->pending = status == VIT_E_BUSY;
    return vgpu_response_type(command->pending ? VIT_OK : status);
}

/* Only command streams are that long. */
enum { STREAM_MAX_LEN = 16 << 20 };

uint32_t vgpu_command_submit(struct vgpu_command *command)
{
    struct vgpu_device *device = command->device;
    const struct vgpu_chain *chain = command->chain;
    uint32_t len = vit_get_u32(&command->body);
    struct vgpu_context *context = named_context(command);
    if (context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    uint64_t offset = sizeof(struct virtio_gpu_cmd_submit);
    size_t max_len = device->renderer == NULL ? VIT_SUBMISSION_MAX_LEN : STREAM_MAX_LEN;
    if (len > max_len || len > chain->in_len - offset) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    VIT_AUTO(memory) large = len > sizeof(device->submission) ? malloc(len) : NULL;
    uint8_t *bytes = large != NULL ? large : device->submission;
    if (large == NULL && len > sizeof(device->submission)) {
        return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
    }
    (void)vgpu_iov_read(chain->pieces, chain->in_count, offset, bytes, len);
    return submit(command, context, bytes, len);
}
