/* SPDX-License-Identifier: MIT */
/* Commands about contexts: capset, life, resources attached, submissions. */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>

#include "vgpu/iov.h"
#include "wire/capset.h"

uint32_t vgpu_command_capset_info(struct vgpu_command *command)
{
    if (vit_get_u32(&command->body) != 0) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    struct vit_writer out;
    vit_writer_init(&out, command->answer, sizeof(command->answer));
    vit_put_u32(&out, VIT_CAPSET_ID);
    vit_put_u32(&out, VIT_CAPSET_VERSION);
    vit_put_u32(&out, (uint32_t)command->device->capset_len);
    vit_put_u32(&out, 0);
    command->payload = command->answer;
    command->payload_len = out.at;
    return VIRTIO_GPU_RESP_OK_CAPSET_INFO;
}

uint32_t vgpu_command_capset(struct vgpu_command *command)
{
    uint32_t id = vit_get_u32(&command->body);
    uint32_t version = vit_get_u32(&command->body);
    if (id != VIT_CAPSET_ID || version > VIT_CAPSET_VERSION) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    command->payload = command->device->capset;
    command->payload_len = command->device->capset_len;
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

uint32_t vgpu_command_context_attach(struct vgpu_command *command)
{
    struct vgpu_objects *objects = &command->device->objects;
    struct vgpu_context *context = named_context(command);
    struct vgpu_resource *resource = vgpu_objects_resource(objects, vit_get_u32(&command->body));
    if (context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    return vgpu_response_type(vgpu_objects_attach(objects, context, resource));
}

uint32_t vgpu_command_context_detach(struct vgpu_command *command)
{
    struct vgpu_objects *objects = &command->device->objects;
    struct vgpu_context *context = named_context(command);
    struct vgpu_resource *resource = vgpu_objects_resource(objects, vit_get_u32(&command->body));
    if (context == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID;
    }
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    vgpu_context_detach(context, resource->id);
    if (resource->kind == VGPU_RESOURCE_PROTECTED) {
        vgpu_outputs_changed(&command->device->outputs, resource); /* wiped, if it was its own */
    }
    return VIRTIO_GPU_RESP_OK_NODATA;
}

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
    if (len > sizeof(device->submission) || len > chain->in_len - offset) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    (void)vgpu_iov_read(chain->pieces, chain->in_count, offset, device->submission, len);
    if (len < 4 || vit_load_le32(device->submission) != VIT_WIRE_MAGIC) {
        return VIRTIO_GPU_RESP_ERR_UNSPEC;
    }
    enum vit_status status =
            vgpu_engine_submit(context, device->submission, len, command->completion);
    command->pending = status == VIT_E_BUSY;
    return vgpu_response_type(command->pending ? VIT_OK : status);
}
