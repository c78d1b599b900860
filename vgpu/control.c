/* SPDX-License-Identifier: MIT */
#include "vgpu/control.h"

#include <linux/virtio_gpu.h>

#include "base/log.h"
#include "vgpu/iov.h"

enum { HEADER_LEN = sizeof(struct virtio_gpu_ctrl_hdr) };

/* Commands by type; len is the least length of a request, its header included. */
static const struct command_row {
    uint32_t type;
    uint32_t len;
    vgpu_command_fn *handler;
} commands[] = {
    { VIRTIO_GPU_CMD_GET_DISPLAY_INFO, HEADER_LEN, vgpu_command_display_info },
    { VIRTIO_GPU_CMD_GET_EDID, sizeof(struct virtio_gpu_cmd_get_edid), vgpu_command_edid },
    { VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, sizeof(struct virtio_gpu_resource_create_2d),
            vgpu_command_create_2d },
    { VIRTIO_GPU_CMD_RESOURCE_UNREF, sizeof(struct virtio_gpu_resource_unref), vgpu_command_unref },
    { VIRTIO_GPU_CMD_SET_SCANOUT, sizeof(struct virtio_gpu_set_scanout), vgpu_command_set_scanout },
    { VIRTIO_GPU_CMD_RESOURCE_FLUSH, sizeof(struct virtio_gpu_resource_flush), vgpu_command_flush },
    { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, sizeof(struct virtio_gpu_transfer_to_host_2d),
            vgpu_command_transfer_2d },
    { VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, sizeof(struct virtio_gpu_resource_attach_backing),
            vgpu_command_attach_backing },
    { VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, sizeof(struct virtio_gpu_resource_detach_backing),
            vgpu_command_detach_backing },
    { VIRTIO_GPU_CMD_GET_CAPSET_INFO, sizeof(struct virtio_gpu_get_capset_info),
            vgpu_command_capset_info },
    { VIRTIO_GPU_CMD_GET_CAPSET, sizeof(struct virtio_gpu_get_capset), vgpu_command_capset },
    { VIRTIO_GPU_CMD_CTX_CREATE, sizeof(struct virtio_gpu_ctx_create),
            vgpu_command_context_create },
    { VIRTIO_GPU_CMD_CTX_DESTROY, sizeof(struct virtio_gpu_ctx_destroy),
            vgpu_command_context_destroy },
    { VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource),
            vgpu_command_context_attach },
    { VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, sizeof(struct virtio_gpu_ctx_resource),
            vgpu_command_context_detach },
    { VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, sizeof(struct virtio_gpu_resource_create_3d),
            vgpu_command_create_3d },
    { VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d),
            vgpu_command_transfer_to_3d },
    { VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, sizeof(struct virtio_gpu_transfer_host_3d),
            vgpu_command_transfer_from_3d },
    { VIRTIO_GPU_CMD_SUBMIT_3D, sizeof(struct virtio_gpu_cmd_submit), vgpu_command_submit },
};

uint32_t vgpu_response_type(enum vit_status status)
{
    switch (status) {
    case VIT_OK:
        return VIRTIO_GPU_RESP_OK_NODATA;
    case VIT_E_NOMEM:
    case VIT_E_LIMIT:
        return VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY;
    case VIT_E_ARG:
    case VIT_E_PROTOCOL:
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    default:
        return VIRTIO_GPU_RESP_ERR_UNSPEC;
    }
}

static const struct command_row *find_row(uint32_t type)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].type == type) {
            return &commands[i];
        }
    }
    return NULL;
}

static uint32_t read_header(struct vgpu_command *command)
{
    size_t len = vgpu_iov_read(command->chain->pieces, command->chain->in_count, 0, command->fixed,
            sizeof(command->fixed));
    vit_reader_init(&command->body, command->fixed, len);
    uint32_t type = vit_get_u32(&command->body);
    command->flags = vit_get_u32(&command->body);
    command->fence_id = vit_get_u64(&command->body);
    command->context_id = vit_get_u32(&command->body);
    vit_get_skip(&command->body, 4);
    return type;
}

static uint32_t execute(struct vgpu_command *command, uint32_t type)
{
    const struct command_row *row = find_row(type);
    if (row == NULL) {
        return VIRTIO_GPU_RESP_ERR_UNSPEC;
    }
    if (command->chain->in_len < row->len) {
        return VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER;
    }
    return row->handler(command);
}

static bool is_fenced(const struct vgpu_command *command)
{
    return (command->flags & VIRTIO_GPU_FLAG_FENCE) != 0;
}

/* Returns the bytes written. */
static uint32_t write_answer(const struct vgpu_command *command, uint32_t type)
{
    const struct vgpu_chain *chain = command->chain;
    size_t payload_len = command->payload_len;
    if (chain->out_len < HEADER_LEN + payload_len) {
        type = VIRTIO_GPU_RESP_ERR_UNSPEC;
        payload_len = 0;
    }
    uint8_t header[HEADER_LEN];
    struct vit_writer out;
    vit_writer_init(&out, header, sizeof(header));
    vit_put_u32(&out, type);
    vit_put_u32(&out, is_fenced(command) ? VIRTIO_GPU_FLAG_FENCE : 0);
    vit_put_u64(&out, is_fenced(command) ? command->fence_id : 0);
    vit_put_u32(&out, is_fenced(command) ? command->context_id : 0);
    vit_put_zeros(&out, 4);
    const struct iovec *pieces = vgpu_chain_out(chain);
    size_t len = vgpu_iov_write(pieces, chain->out_count, 0, header, sizeof(header));
    len += vgpu_iov_write(pieces, chain->out_count, HEADER_LEN, command->payload, payload_len);
    return (uint32_t)len;
}

/* A submission that the engine finished later. Its answer already says that it was taken. */
static void submission_done(struct vgpu_completion *completion, enum vit_status status)
{
    struct vgpu_fence *fence = (struct vgpu_fence *)(void *)completion;
    if (status != VIT_OK) {
        uint8_t type[4];
        vit_store_le32(type, vgpu_response_type(status));
        (void)vgpu_iov_write(fence->type, fence->type_count, 0, type, sizeof(type));
    }
    vgpu_fence_done(fence, HEADER_LEN);
}

/* Is the display asked first, and its answer waited for? */
static bool waits_for_modes(struct vgpu_device *device, uint32_t type)
{
    struct vgpu_host *host = device->host;
    if (type != VIRTIO_GPU_CMD_GET_DISPLAY_INFO || host->impl->ask_modes == NULL) {
        return false;
    }
    if (device->modes_state == VGPU_MODES_FRESH) {
        device->modes_state = VGPU_MODES_KNOWN;
        return false;
    }
    bool asked = host->impl->ask_modes(host) == VIT_E_BUSY;
    device->modes_state = asked ? VGPU_MODES_ASKED : VGPU_MODES_KNOWN;
    return asked;
}

/* false: there is nothing to wait for. */
static bool waits_for_renderer(struct vgpu_command *command, struct vgpu_fence *fence, uint32_t len)
{
    struct vgpu_device *device = command->device;
    if (!command->rendered ||
            device->renderer->impl->fence(device->renderer, device->render_fence + 1) != VIT_OK) {
        return false;
    }
    device->render_fence++;
    vgpu_fence_done_at(fence, len, device->render_fence);
    return true;
}

static bool serve_whole(struct vgpu_command *command)
{
    struct vgpu_device *device = command->device;
    uint32_t type = read_header(command);
    if (waits_for_modes(device, type)) {
        return false;
    }
    struct vgpu_fence *fence =
            is_fenced(command) ? vgpu_fences_add(&device->fences, command->chain) : NULL;
    command->completion = &device->unfenced;
    if (fence != NULL) {
        fence->completion.done = submission_done;
        command->completion = &fence->completion;
    }
    uint32_t len = write_answer(command, execute(command, type));
    if (fence == NULL) {
        vgpu_virtq_push(&device->queues[VGPU_QUEUE_CONTROL], command->chain->head, len);
    } else if (!command->pending && !waits_for_renderer(command, fence, len)) {
        vgpu_fence_done(fence, len);
    }
    return true;
}

bool vgpu_control_serve(struct vgpu_device *device, const struct vgpu_chain *chain)
{
    if (chain->out_len < HEADER_LEN || chain->in_len < HEADER_LEN) {
        struct vgpu_virtq *queue = &device->queues[VGPU_QUEUE_CONTROL];
        if (!queue->told_of_odd) {
            vit_log(VIT_LOG_WARNING, "control request without a header or room for an answer");
        }
        queue->told_of_odd = true; /* or a guest could fill the log */
        vgpu_virtq_push(queue, chain->head, 0);
        return true;
    }
    struct vgpu_command command;
    command.device = device;
    command.chain = chain;
    command.pending = false;
    command.rendered = false;
    command.payload = NULL;
    command.payload_len = 0;
    return serve_whole(&command);
}

/* The guest's driver leaves no room for an answer. */
void vgpu_cursor_serve(struct vgpu_device *device, const struct vgpu_chain *chain)
{
    struct vgpu_virtq *queue = &device->queues[VGPU_QUEUE_CURSOR];
    struct vgpu_command command = { .device = device, .chain = chain };
    uint32_t len = 0;
    if (chain->in_len >= HEADER_LEN) {
        uint32_t type = read_header(&command);
        bool update = type == VIRTIO_GPU_CMD_UPDATE_CURSOR;
        bool known = update || type == VIRTIO_GPU_CMD_MOVE_CURSOR;
        uint32_t answer = known ? vgpu_command_cursor(&command, update)
                                : (uint32_t)VIRTIO_GPU_RESP_ERR_UNSPEC;
        len = chain->out_len >= HEADER_LEN ? write_answer(&command, answer) : 0;
    }
    vgpu_virtq_push(queue, chain->head, len);
}
