/* SPDX-License-Identifier: MIT */
/* Commands about outputs. */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>

#include "vgpu/edid.h"

enum { EDID_FIELD_LEN = sizeof(((struct virtio_gpu_resp_edid *)NULL)->edid) };

static void put_mode(struct vit_writer *out, const struct vgpu_mode *mode)
{
    vit_put_u32(out, 0);
    vit_put_u32(out, 0);
    vit_put_u32(out, mode->width);
    vit_put_u32(out, mode->height);
    vit_put_u32(out, mode->width != 0 ? 1 : 0);
    vit_put_u32(out, 0);
}

uint32_t vgpu_command_display_info(struct vgpu_command *command)
{
    const struct vgpu_device *device = command->device;
    struct vit_writer out;
    vit_writer_init(&out, command->answer, sizeof(command->answer));
    for (unsigned i = 0; i < VIRTIO_GPU_MAX_SCANOUTS; i++) {
        put_mode(&out, &device->modes[i]);
    }
    command->payload = command->answer;
    command->payload_len = out.at;
    return VIRTIO_GPU_RESP_OK_DISPLAY_INFO;
}

/* The field for the block has room for extensions, and the guest expects all of it. */
uint32_t vgpu_command_edid(struct vgpu_command *command)
{
    const struct vgpu_device *device = command->device;
    uint32_t output = vit_get_u32(&command->body);
    if (output >= device->outputs.count) {
        return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
    }
    uint8_t edid[VGPU_EDID_LEN];
    vgpu_edid_make(device->modes[output].width, device->modes[output].height, output + 1, edid);
    struct vit_writer out;
    vit_writer_init(&out, command->answer, sizeof(command->answer));
    vit_put_u32(&out, sizeof(edid));
    vit_put_u32(&out, 0);
    vit_put_bytes(&out, edid, sizeof(edid));
    vit_put_zeros(&out, EDID_FIELD_LEN - sizeof(edid));
    command->payload = command->answer;
    command->payload_len = out.at;
    return VIRTIO_GPU_RESP_OK_EDID;
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

uint32_t vgpu_command_cursor(struct vgpu_command *command, bool with_picture)
{
    struct vgpu_device *device = command->device;
    struct vit_reader *body = &command->body;
    uint32_t output = vit_get_u32(body);
    uint32_t x = vit_get_u32(body);
    uint32_t y = vit_get_u32(body);
    vit_get_skip(body, 4);
    uint32_t id = vit_get_u32(body);
    uint32_t hot_x = vit_get_u32(body);
    uint32_t hot_y = vit_get_u32(body);
    if (!vit_reader_ok(body)) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    if (vgpu_cursor_move(&device->cursors, output, x, y) != VIT_OK) {
        return VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID;
    }
    if (!with_picture) {
        return VIRTIO_GPU_RESP_OK_NODATA;
    }
    struct vgpu_resource *resource = vgpu_objects_resource(&device->objects, id);
    if (resource == NULL && id != 0) {
        return VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID;
    }
    return vgpu_response_type(vgpu_cursor_set(&device->cursors, output, resource, hot_x, hot_y));
}
