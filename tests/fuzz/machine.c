/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/machine.h"

#include <linux/virtio_gpu.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "wire/envelope.h"
#include "wire/surface.h"

enum {
    RING_SIZE = 16,
    RING_LEN = 2048,
    REQUEST_AT = 8192,
    ANSWER_AT = 16384,
    ANSWER_LEN = 8192,
    HEADER_LEN = sizeof(struct virtio_gpu_ctrl_hdr),
    ROUNDS = 100000, /* until a request must have been given back */
    SIDE_MASK = 511,
    AREA_MAX = 1 << 18,
};
#define USER UINT64_C(0x7f0000000000)

static void interrupt(struct vgpu_host *host, unsigned queue)
{
    (void)host;
    (void)queue;
}

static uint8_t seen_by_display;

static enum vit_status display(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    (void)host;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes = parts[i].iov_base;
        /* Both ends are read, so that a checker sees pieces that are not there. */
        seen_by_display ^= bytes[0] ^ bytes[parts[i].iov_len - 1];
    }
    return VIT_OK;
}

static const struct vgpu_host_impl host_impl = { interrupt, display, NULL, NULL };

static uint8_t *map(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FUZZ_CHECK(memory != MAP_FAILED);
    return memory;
}

static void make(struct machine *machine)
{
    uint8_t chain[16384];
    VIT_AUTO(stream) file = fopen(FUZZ_CHAIN, "re");
    FUZZ_CHECK(file != NULL);
    struct vgpu_config config = { .chain = chain,
        .chain_len = fread(chain, 1, sizeof(chain), file),
        .inline_len = SIZE_MAX,
        .inline_exchange = true,
        .session_limit = 16,
        .byte_limit = 8 << 20,
        .outputs = 2,
        .width = 64,
        .height = 64 };
    machine->host.impl = &host_impl;
    FUZZ_CHECK(vgpu_device_create(&config, &machine->host, &machine->device) == VIT_OK);
    machine->low = map(MACHINE_LOW_LEN);
    machine->high = map(MACHINE_HIGH_LEN);
}

static uint64_t ring_at(unsigned queue)
{
    return (uint64_t)queue * RING_LEN;
}

static void start_queue(struct machine *machine, unsigned queue)
{
    uint64_t at = USER + ring_at(queue);
    struct vgpu_ring ring = { .size = RING_SIZE,
        .descriptors = at,
        .available = at + 512,
        .used = at + 1024 };
    FUZZ_CHECK(vgpu_device_start_queue(machine->device, queue, &ring) == VIT_OK);
}

void machine_start(struct machine *machine)
{
    if (machine->device == NULL) {
        make(machine);
    }
    memset(machine->low, 0, MACHINE_LOW_LEN);
    memset(machine->high, 0, MACHINE_HIGH_LEN);
    machine->fence = machine->sequence = 0;
    struct vgpu_region regions[2] = {
        { 0, USER, MACHINE_LOW_LEN, machine->low },
        { MACHINE_HIGH, USER + MACHINE_HIGH, MACHINE_HIGH_LEN, machine->high },
    };
    uint64_t features = vgpu_device_features(machine->device);
    FUZZ_CHECK(vgpu_device_set_features(machine->device, features) == VIT_OK);
    FUZZ_CHECK(vgpu_device_set_memory(machine->device, regions, 2) == VIT_OK);
    for (unsigned queue = 0; queue < VGPU_QUEUE_COUNT; queue++) {
        start_queue(machine, queue);
    }
}

void machine_stop(struct machine *machine)
{
    struct vgpu_stats stats;
    vgpu_device_reset(machine->device);
    vgpu_device_stats(machine->device, &stats);
    FUZZ_CHECK(!vgpu_device_busy(machine->device));
    FUZZ_CHECK(stats.contexts == 0 && stats.resources == 0 && stats.sessions == 0 &&
            stats.protected_bytes == 0);
}

static void describe(struct machine *machine, unsigned queue, uint16_t index,
        const struct vring_desc *descriptor)
{
    memcpy(machine->low + ring_at(queue) + index * sizeof(*descriptor), descriptor,
            sizeof(*descriptor));
}

/* The chain from descriptor 0 on. */
static void put_chain(struct machine *machine, unsigned queue, size_t len,
        const struct machine_shape *shape)
{
    const uint16_t more = VRING_DESC_F_NEXT;
    uint16_t index = 0;
    size_t first = shape->first_len == 0 || shape->first_len >= len ? len : shape->first_len;
    bool answers = shape->answer_len > 0;
    struct vring_desc piece = { REQUEST_AT, (uint32_t)first, more, 1 };
    piece.flags = first < len || answers ? more : 0;
    describe(machine, queue, index++, &piece);
    if (first < len) {
        piece = (struct vring_desc){ REQUEST_AT + first, (uint32_t)(len - first), more, 2 };
        piece.flags = answers ? more : 0;
        describe(machine, queue, index++, &piece);
    }
    if (answers) {
        piece = (struct vring_desc){ ANSWER_AT, (uint32_t)shape->answer_len, VRING_DESC_F_WRITE,
            0 };
        describe(machine, queue, index, &piece);
    }
}

static uint16_t offer(struct machine *machine, unsigned queue)
{
    uint8_t *ring = machine->low + ring_at(queue);
    struct vring_avail *available = (struct vring_avail *)(void *)(ring + 512);
    const struct vring_used *used = (const struct vring_used *)(const void *)(ring + 1024);
    uint16_t before = used->idx;
    available->ring[available->idx % RING_SIZE] = 0;
    available->idx++;
    vgpu_device_kick(machine->device, queue);
    for (unsigned round = 0; used->idx == before && round < ROUNDS; round++) {
        vgpu_device_poll(machine->device);
    }
    return (uint16_t)(used->idx - before);
}

uint32_t machine_post(struct machine *machine, const uint8_t *request, size_t len,
        const struct machine_shape *shape)
{
    unsigned queue = shape->cursor ? VGPU_QUEUE_CURSOR : VGPU_QUEUE_CONTROL;
    FUZZ_CHECK(len > 0 && len <= MACHINE_REQUEST_MAX_LEN && shape->answer_len <= ANSWER_LEN);
    memcpy(machine->low + REQUEST_AT, request, len);
    vit_store_le32(machine->low + ANSWER_AT, 0);
    put_chain(machine, queue, len, shape);
    FUZZ_CHECK(offer(machine, queue) == 1);
    return shape->answer_len >= 4 ? vit_load_le32(machine->low + ANSWER_AT) : 0;
}

uint32_t machine_call(struct machine *machine, const void *request, size_t len)
{
    const struct machine_shape shape = { .answer_len = ANSWER_LEN };
    return machine_post(machine, request, len, &shape);
}

static const struct {
    uint32_t type;
    uint32_t body_len;
} commands[] = {
#define ROW(type, structure) { type, sizeof(structure) - HEADER_LEN }
    { VIRTIO_GPU_CMD_GET_DISPLAY_INFO, 0 },
    ROW(VIRTIO_GPU_CMD_RESOURCE_CREATE_2D, struct virtio_gpu_resource_create_2d),
    ROW(VIRTIO_GPU_CMD_RESOURCE_UNREF, struct virtio_gpu_resource_unref),
    ROW(VIRTIO_GPU_CMD_SET_SCANOUT, struct virtio_gpu_set_scanout),
    ROW(VIRTIO_GPU_CMD_RESOURCE_FLUSH, struct virtio_gpu_resource_flush),
    ROW(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D, struct virtio_gpu_transfer_to_host_2d),
    ROW(VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING, struct virtio_gpu_resource_attach_backing),
    ROW(VIRTIO_GPU_CMD_RESOURCE_DETACH_BACKING, struct virtio_gpu_resource_detach_backing),
    ROW(VIRTIO_GPU_CMD_GET_CAPSET_INFO, struct virtio_gpu_get_capset_info),
    ROW(VIRTIO_GPU_CMD_GET_CAPSET, struct virtio_gpu_get_capset),
    ROW(VIRTIO_GPU_CMD_CTX_CREATE, struct virtio_gpu_ctx_create),
    ROW(VIRTIO_GPU_CMD_CTX_DESTROY, struct virtio_gpu_ctx_destroy),
    ROW(VIRTIO_GPU_CMD_CTX_ATTACH_RESOURCE, struct virtio_gpu_ctx_resource),
    ROW(VIRTIO_GPU_CMD_CTX_DETACH_RESOURCE, struct virtio_gpu_ctx_resource),
    ROW(VIRTIO_GPU_CMD_RESOURCE_CREATE_3D, struct virtio_gpu_resource_create_3d),
    ROW(VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D, struct virtio_gpu_transfer_host_3d),
    ROW(VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D, struct virtio_gpu_transfer_host_3d),
    ROW(VIRTIO_GPU_CMD_SUBMIT_3D, struct virtio_gpu_cmd_submit),
    ROW(VIRTIO_GPU_CMD_UPDATE_CURSOR, struct virtio_gpu_update_cursor),
    ROW(VIRTIO_GPU_CMD_GET_EDID, struct virtio_gpu_cmd_get_edid),
#undef ROW
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

uint8_t machine_command_index(uint32_t type)
{
    uint8_t index = 0;
    while (index < COMMAND_COUNT && commands[index].type != type) {
        index++;
    }
    return index;
}

/* Large pictures are refused or take long; what is refused stays. */
static void cut_sides(uint8_t *width_at)
{
    uint32_t width = vit_load_le32(width_at), height = vit_load_le32(width_at + 4);
    if (width <= VIT_BUFFER_MAX_LEN && (uint64_t)width * height > AREA_MAX) {
        vit_store_le32(width_at, width & SIDE_MASK);
        vit_store_le32(width_at + 4, height & SIDE_MASK);
    }
}

static void cut(uint32_t type, uint8_t *body)
{
    if (type == VIRTIO_GPU_CMD_RESOURCE_CREATE_2D) {
        cut_sides(body + 8);
    } else if (type == VIRTIO_GPU_CMD_RESOURCE_CREATE_3D) {
        cut_sides(body + 16);
    }
}

uint32_t machine_command(struct machine *machine, struct vit_reader *in)
{
    uint8_t request[HEADER_LEN + 256] = { 0 };
    unsigned which = vit_get_u8(in) % (COMMAND_COUNT + 1);
    uint8_t flags = vit_get_u8(in);
    uint8_t context = vit_get_u8(in);
    size_t len = vit_get_u8(in);
    len = len < vit_reader_left(in) ? len : vit_reader_left(in);
    vit_get_bytes(in, request + HEADER_LEN, len);
    uint32_t type =
            which < COMMAND_COUNT ? commands[which].type : vit_load_le32(request + HEADER_LEN);
    size_t least = which < COMMAND_COUNT ? commands[which].body_len : 0;
    cut(type, request + HEADER_LEN);
    vit_store_le32(request, type);
    vit_store_le32(request + 4, (flags & MACHINE_FENCED) != 0 ? VIRTIO_GPU_FLAG_FENCE : 0);
    vit_store_le32(request + 8, (uint32_t)++machine->fence);
    vit_store_le32(request + 16, context);
    size_t body_len = (flags & MACHINE_CUT) != 0 || len > least ? len : least;
    const struct machine_shape shape = {
        .first_len = (flags & MACHINE_SPLIT) != 0 ? HEADER_LEN + len / 2 : 0,
        .answer_len = (flags & MACHINE_SHORT_ANSWER) != 0 ? HEADER_LEN - 1u + len % 4
                                                          : (size_t)ANSWER_LEN,
        .cursor = (flags & MACHINE_CURSOR) != 0,
    };
    return machine_post(machine, request, HEADER_LEN + body_len, &shape);
}

enum { REPLY_LEN = VIT_REPLY_MAX_LEN, REPLY_SLOT = 128 };

enum vit_status machine_submit(struct machine *machine, uint32_t context, uint32_t reply,
        uint32_t count, const uint8_t *messages, size_t len)
{
    uint8_t request[MACHINE_REQUEST_MAX_LEN] = { 0 };
    uint8_t *head = request + sizeof(struct virtio_gpu_cmd_submit);
    struct vit_envelope envelope = { .length = (uint32_t)(VIT_ENVELOPE_LEN + len),
        .count = count,
        .sequence = ++machine->sequence,
        .reply_resource = reply,
        .reply_capacity = REPLY_SLOT };
    FUZZ_CHECK((size_t)(head - request) + envelope.length <= sizeof(request));
    struct vit_writer out;
    vit_writer_init(&out, head, sizeof(request) - (size_t)(head - request));
    vit_put_envelope(&out, &envelope);
    vit_put_bytes(&out, messages, len);
    vit_store_le32(request, VIRTIO_GPU_CMD_SUBMIT_3D);
    vit_store_le32(request + 4, VIRTIO_GPU_FLAG_FENCE);
    vit_store_le32(request + 16, context);
    vit_store_le32(request + HEADER_LEN, envelope.length);
    uint32_t type = machine_call(machine, request, (size_t)(head - request) + envelope.length);
    return type == VIRTIO_GPU_RESP_OK_NODATA ? VIT_OK : VIT_E_GONE;
}
