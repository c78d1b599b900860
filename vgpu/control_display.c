/* SPDX-License-Identifier: MIT */
/* Commands about outputs. */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>

static void put_mode(struct vit_writer *out, const struct vgpu_device *device, bool enabled)
{
    vit_put_u32(out, 0);
    vit_put_u32(out, 0);
    vit_put_u32(out, enabled ? device->width : 0);
    vit_put_u32(out, enabled ? device->height : 0);
    vit_put_u32(out, enabled ? 1 : 0);
    vit_put_u32(out, 0);
}

uint32_t vgpu_command_display_info(struct vgpu_command *command)
{
    const struct vgpu_device *device = command->device;
    struct vit_writer out;
    vit_writer_init(&out, command->answer, sizeof(command->answer));
    for (unsigned i = 0; i < VIRTIO_GPU_MAX_SCANOUTS; i++) {
        put_mode(&out, device, i < device->outputs.count);
    }
    command->payload = command->answer;
    command->payload_len = out.at;
    return VIRTIO_GPU_RESP_OK_DISPLAY_INFO;
}

static struct vgpu_rect read_rect(struct vit_reader *body)
{
    struct vgpu_rect rect = { .x = vit_get_u32(body) };
    rect.y = vit_get_u32(body);
    rect.width = vit_get_u32(body);
    rect.height = vit_get_u32(body);
    return rect;
}

uint32_t vgpu_command_set_scanout(struct vgpu_command *command)
{
    struct vgpu_device *device = command->device;
    struct vgpu_rect rect = read_rect(&command->body);
    uint32_t output = vit_get_u32(&command->body);
    uint32_t id = vit_get_u32(&command->body);
    if (output >= device->outputs.count) {
        return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
    }
    struct vgpu_resource *resource = vgpu_objects_resource(&device->objects, id);
    if (resource == NULL && id != 0) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    return vgpu_response_type(vgpu_outputs_set(&device->outputs, output, resource, &rect));
}

uint32_t vgpu_command_flush(struct vgpu_command *command)
{
    struct vgpu_device *device = command->device;
    struct vgpu_rect rect = read_rect(&command->body);
    struct vgpu_resource *resource =
            vgpu_objects_resource(&device->objects, vit_get_u32(&command->body));
    if (resource == NULL) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    return vgpu_response_type(vgpu_outputs_flush(&device->outputs, resource, &rect));
}
