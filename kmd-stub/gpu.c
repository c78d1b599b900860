/* SPDX-License-Identifier: MIT */
#include "kmd-stub/gpu.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"

#define FEATURE(bit) (UINT64_C(1) << (bit))

enum { CURSOR_QUEUE_SIZE = 16 };

static enum vit_status lose(struct vit_gpu *gpu, const char *why)
{
    if (!gpu->gone) {
        vit_log(VIT_LOG_ERROR, "kmd-stub: device lost: %s", why);
    }
    gpu->gone = true;
    return VIT_E_GONE;
}

static uint64_t slot_offset(const struct vit_gpu *gpu, unsigned slot)
{
    return gpu->slots_offset + (uint64_t)slot * VIT_GPU_SLOT_LEN;
}

static void *slot_request(const struct vit_gpu *gpu, unsigned slot)
{
    return vit_arena_at(gpu->arena, slot_offset(gpu, slot) + VIT_GPU_REQUEST_AT);
}

static const uint8_t *slot_response(const struct vit_gpu *gpu, unsigned slot)
{
    return vit_arena_at(gpu->arena, slot_offset(gpu, slot) + VIT_GPU_RESPONSE_AT);
}

static void put_descriptor(struct vring_desc *descriptor, uint64_t address, uint32_t len,
        uint16_t flags, uint16_t next)
{
    *descriptor =
            (struct vring_desc){ htole64(address), htole32(len), htole16(flags), htole16(next) };
}

/* Slot i owns descriptor i and an indirect table of two, or descriptors 2i and 2i + 1. */
static uint16_t slot_head(const struct vit_gpu *gpu, unsigned slot)
{
    return (uint16_t)(gpu->indirect ? slot : slot * 2);
}

static void describe(struct vit_gpu *gpu, unsigned slot, uint32_t request_len, uint64_t response,
        uint32_t response_len)
{
    uint64_t offset = slot_offset(gpu, slot);
    uint16_t head = slot_head(gpu, slot);
    struct vring_desc *table = &gpu->control.descriptors[head];
    uint16_t second = (uint16_t)(head + 1);
    if (gpu->indirect) {
        put_descriptor(table, offset, 2 * sizeof(*table), VRING_DESC_F_INDIRECT, 0);
        table = (struct vring_desc *)(void *)vit_arena_at(gpu->arena, offset);
        second = 1;
    }
    put_descriptor(&table[0], offset + VIT_GPU_REQUEST_AT, request_len, VRING_DESC_F_NEXT, second);
    put_descriptor(&table[1], response, response_len, VRING_DESC_F_WRITE, 0);
}

static enum vit_status choose_features(struct vit_gpu *gpu, uint64_t *features)
{
    uint64_t needed = FEATURE(VIRTIO_F_VERSION_1) | FEATURE(VIRTIO_GPU_F_VIRGL);
    uint64_t wanted = FEATURE(VIRTIO_RING_F_EVENT_IDX) | FEATURE(VIRTIO_RING_F_INDIRECT_DESC);
    uint64_t offered = gpu->transport->features;
    if ((offered & needed) != needed) {
        return VIT_E_UNSUPPORTED;
    }
    *features = needed | (offered & wanted);
    gpu->indirect = (*features & FEATURE(VIRTIO_RING_F_INDIRECT_DESC)) != 0;
    return VIT_OK;
}

static struct vit_transport_queue place_queue(uint64_t offset, uint16_t size)
{
    struct vit_virtq_layout layout = vit_virtq_layout(size);
    return (struct vit_transport_queue){ size, offset + layout.descriptors,
        offset + layout.available, offset + layout.used };
}

enum vit_status vit_gpu_init(struct vit_gpu *gpu, struct vit_transport *transport,
        struct vit_arena *arena)
{
    *gpu = (struct vit_gpu){ .transport = transport, .arena = arena };
    uint64_t features = 0;
    VIT_TRY(choose_features(gpu, &features));
    uint64_t cursor_offset = 0;
    VIT_TRY(vit_arena_alloc(arena, vit_virtq_layout(VIT_GPU_QUEUE_SIZE).len, &gpu->ring_offset));
    VIT_TRY(vit_arena_alloc(arena, vit_virtq_layout(CURSOR_QUEUE_SIZE).len, &cursor_offset));
    VIT_TRY(vit_arena_alloc(arena, VIT_GPU_SLOTS * VIT_GPU_SLOT_LEN, &gpu->slots_offset));

    vit_virtq_init(&gpu->control, vit_arena_at(arena, gpu->ring_offset), VIT_GPU_QUEUE_SIZE,
            (features & FEATURE(VIRTIO_RING_F_EVENT_IDX)) != 0);
    for (unsigned i = 0; i < VIT_GPU_SLOTS; i++) {
        gpu->free_slots[i] = (uint16_t)(VIT_GPU_SLOTS - 1 - i);
    }
    gpu->free_count = VIT_GPU_SLOTS;

    struct vit_transport_memory memory = { vit_arena_fd(arena), vit_arena_at(arena, 0),
        vit_arena_size(arena) };
    struct vit_transport_queue queues[VIT_TRANSPORT_QUEUES] = {
        place_queue(gpu->ring_offset, VIT_GPU_QUEUE_SIZE),
        place_queue(cursor_offset, CURSOR_QUEUE_SIZE),
    };
    return transport->impl->start(transport, features, &memory, queues);
}

static enum vit_status response_status(uint32_t type)
{
    switch (type) {
    case VIRTIO_GPU_RESP_ERR_OUT_OF_MEMORY:
        return VIT_E_LIMIT;
    case VIRTIO_GPU_RESP_ERR_UNSPEC:
        return VIT_E_REFUSED;
    case VIRTIO_GPU_RESP_ERR_INVALID_SCANOUT_ID:
    case VIRTIO_GPU_RESP_ERR_INVALID_RESOURCE_ID:
    case VIRTIO_GPU_RESP_ERR_INVALID_CONTEXT_ID:
    case VIRTIO_GPU_RESP_ERR_INVALID_PARAMETER:
        return VIT_E_ARG;
    default:
        return VIT_E_PROTOCOL;
    }
}

static bool fence_fits(const struct vit_gpu_slot *slot, const struct virtio_gpu_ctrl_hdr *header)
{
    bool fenced = (le32toh(header->flags) & VIRTIO_GPU_FLAG_FENCE) != 0;
    return slot->fence == 0 || (fenced && le64toh(header->fence_id) == slot->fence);
}

/* What a response says; VIT_E_PROTOCOL: nothing that a device may say. */
static enum vit_status check_response(const struct vit_gpu_slot *slot, const uint8_t *response,
        uint32_t expected)
{
    struct virtio_gpu_ctrl_hdr header;
    if (slot->written < sizeof(header)) {
        return VIT_E_PROTOCOL;
    }
    memcpy(&header, response, sizeof(header));
    if (!fence_fits(slot, &header)) {
        return VIT_E_PROTOCOL;
    }
    uint32_t type = le32toh(header.type);
    return type == expected ? VIT_OK : response_status(type);
}

static void free_slot(struct vit_gpu *gpu, unsigned slot)
{
    gpu->slots[slot].state = VIT_SLOT_FREE;
    gpu->free_slots[gpu->free_count++] = (uint16_t)slot;
}

static enum vit_status finish_submission(struct vit_gpu *gpu, unsigned index)
{
    struct vit_gpu_slot *slot = &gpu->slots[index];
    /* Wrapped keys and initial vectors do not stay in memory that the device shares. */
    vit_wipe(slot_request(gpu, index), slot->request_len);
    enum vit_status status =
            check_response(slot, slot_response(gpu, index), VIRTIO_GPU_RESP_OK_NODATA);
    free_slot(gpu, index);
    gpu->finished++;
    gpu->in_flight--;
    /* Why a submission was refused is in its reply; without one the wait for it ends in time. */
    return status == VIT_E_PROTOCOL ? lose(gpu, "its answer to a submission is none") : VIT_OK;
}

/* A head that the queue gives back is one that was published, so a slot's. */
static enum vit_status take_back(struct vit_gpu *gpu, uint16_t head, uint32_t written)
{
    unsigned index = gpu->indirect ? head : head / 2u;
    assert(index < VIT_GPU_SLOTS && gpu->slots[index].state == VIT_SLOT_SENT);
    gpu->slots[index].written = written;
    gpu->slots[index].state = VIT_SLOT_DONE;
    return gpu->slots[index].submission ? finish_submission(gpu, index) : VIT_OK;
}

/* Nobody sleeps meanwhile. */
static enum vit_status reap(struct vit_gpu *gpu)
{
    for (bool any = false;; any = true) {
        uint16_t head = 0;
        uint32_t written = 0;
        enum vit_status status = vit_virtq_take(&gpu->control, &head, &written);
        if (status == VIT_E_BUSY) {
            if (any) {
                vit_virtq_disarm(&gpu->control); /* tells the device what was looked at */
            }
            return VIT_OK;
        }
        if (status != VIT_OK) {
            return lose(gpu, "its used ring is not one");
        }
        VIT_TRY(take_back(gpu, head, written));
    }
}

/* Sleeps until a used ring may have moved. */
static enum vit_status sleep_once(struct vit_gpu *gpu, uint64_t limit_ns)
{
    struct vit_transport *transport = gpu->transport;
    enum vit_status status = VIT_OK;
    if (limit_ns == 0 || !vit_virtq_arm(&gpu->control)) {
        status = transport->impl->wait(transport, limit_ns);
    }
    if (limit_ns != 0) {
        vit_virtq_disarm(&gpu->control);
    }
    return status == VIT_OK || status == VIT_E_TIMEOUT ? status : lose(gpu, "its process ended");
}

static uint64_t left_until(uint64_t deadline)
{
    uint64_t now = vit_now_ns();
    return now < deadline ? deadline - now : 0;
}

enum vit_status vit_gpu_wait(struct vit_gpu *gpu, uint64_t limit_ns)
{
    if (gpu->gone) {
        return VIT_E_GONE;
    }
    uint64_t before = gpu->finished;
    VIT_TRY(reap(gpu));
    if (gpu->finished != before) {
        return VIT_OK;
    }
    uint64_t deadline = limit_ns == 0 ? 0 : vit_now_ns() + limit_ns;
    uint64_t left = limit_ns;
    do {
        enum vit_status status = sleep_once(gpu, left);
        if (status == VIT_E_GONE) {
            return status;
        }
        VIT_TRY(reap(gpu));
        left = deadline == 0 ? 0 : left_until(deadline);
    } while (gpu->finished == before && left > 0);
    return gpu->finished != before ? VIT_OK : VIT_E_TIMEOUT;
}

static enum vit_status kick(struct vit_gpu *gpu)
{
    if (!vit_virtq_kick_wanted(&gpu->control)) {
        return VIT_OK;
    }
    struct vit_transport *transport = gpu->transport;
    enum vit_status status = transport->impl->kick(transport, VIT_TRANSPORT_CONTROL);
    return status == VIT_OK ? VIT_OK : lose(gpu, "its process ended");
}

static enum vit_status take_slot(struct vit_gpu *gpu, unsigned *slot)
{
    if (gpu->gone) {
        return VIT_E_GONE;
    }
    if (gpu->free_count == 0) {
        VIT_TRY(reap(gpu));
    }
    if (gpu->free_count == 0) {
        return VIT_E_BUSY;
    }
    *slot = gpu->free_slots[--gpu->free_count];
    gpu->slots[*slot] = (struct vit_gpu_slot){ .state = VIT_SLOT_FILLED };
    return VIT_OK;
}

static void publish(struct vit_gpu *gpu, unsigned slot)
{
    gpu->slots[slot].state = VIT_SLOT_SENT;
    vit_virtq_publish(&gpu->control, slot_head(gpu, slot));
}

enum vit_status vit_gpu_submit(struct vit_gpu *gpu, uint32_t context, const void *bytes, size_t len)
{
    struct virtio_gpu_cmd_submit header = { .size = htole32((uint32_t)len) };
    if (len > VIT_GPU_REQUEST_MAX_LEN - sizeof(header)) {
        return VIT_E_LIMIT;
    }
    unsigned index;
    VIT_TRY(take_slot(gpu, &index));
    struct vit_gpu_slot *slot = &gpu->slots[index];
    slot->submission = true;
    slot->fence = ++gpu->last_fence;
    slot->request_len = (uint32_t)(sizeof(header) + len);

    header.hdr = (struct virtio_gpu_ctrl_hdr){
        .type = htole32(VIRTIO_GPU_CMD_SUBMIT_3D),
        .flags = htole32(VIRTIO_GPU_FLAG_FENCE),
        .fence_id = htole64(slot->fence),
        .ctx_id = htole32(context),
    };
    uint8_t *request = slot_request(gpu, index);
    memcpy(request, &header, sizeof(header));
    memcpy(request + sizeof(header), bytes, len);
    describe(gpu, index, slot->request_len, slot_offset(gpu, index) + VIT_GPU_RESPONSE_AT,
            VIT_GPU_RESPONSE_LEN);
    publish(gpu, index);
    gpu->in_flight++;
    VIT_TRY(kick(gpu));
    return reap(gpu);
}

/* A slot, waited for when all are in flight. */
static enum vit_status wait_for_slot(struct vit_gpu *gpu, unsigned *index)
{
    for (;;) {
        enum vit_status status = take_slot(gpu, index);
        if (status != VIT_E_BUSY) {
            return status;
        }
        status = vit_gpu_wait(gpu, VIT_GPU_LIMIT_NS);
        if (status != VIT_OK) {
            return lose(gpu, "no submission came back in time");
        }
    }
}

enum vit_status vit_gpu_add(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t type,
        size_t len, void **request)
{
    assert(len >= sizeof(struct virtio_gpu_ctrl_hdr) && len <= VIT_GPU_REQUEST_MAX_LEN);
    if (batch->count == VIT_GPU_BATCH_MAX) {
        return VIT_E_LIMIT;
    }
    unsigned index = 0;
    VIT_TRY(wait_for_slot(gpu, &index));
    struct virtio_gpu_ctrl_hdr *header = slot_request(gpu, index);
    memset(header, 0, len);
    header->type = htole32(type);
    gpu->slots[index].request_len = (uint32_t)len;
    describe(gpu, index, (uint32_t)len, slot_offset(gpu, index) + VIT_GPU_RESPONSE_AT,
            VIT_GPU_RESPONSE_LEN);
    batch->slots[batch->count++] = (uint16_t)index;
    *request = header;
    return VIT_OK;
}

static bool batch_done(const struct vit_gpu *gpu, const struct vit_gpu_batch *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        if (gpu->slots[batch->slots[i]].state != VIT_SLOT_DONE) {
            return false;
        }
    }
    return true;
}

/* Sends what the batch holds and waits for all of it, however much else completes meanwhile. */
static enum vit_status exchange(struct vit_gpu *gpu, const struct vit_gpu_batch *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        publish(gpu, batch->slots[i]);
    }
    VIT_TRY(kick(gpu));
    VIT_TRY(reap(gpu));
    if (batch_done(gpu, batch)) {
        return VIT_OK;
    }
    uint64_t deadline = vit_now_ns() + VIT_GPU_LIMIT_NS;
    do {
        enum vit_status status = sleep_once(gpu, left_until(deadline));
        if (status == VIT_E_GONE) {
            return status;
        }
        VIT_TRY(reap(gpu));
        if (batch_done(gpu, batch)) {
            return VIT_OK;
        }
    } while (left_until(deadline) > 0);
    return lose(gpu, "a command got no answer in time");
}

enum vit_status vit_gpu_run(struct vit_gpu *gpu, struct vit_gpu_batch *batch)
{
    if (gpu->gone) {
        return VIT_E_GONE;
    }
    VIT_TRY(exchange(gpu, batch));
    enum vit_status first = VIT_OK;
    for (unsigned i = 0; i < batch->count; i++) {
        unsigned index = batch->slots[i];
        enum vit_status status = check_response(&gpu->slots[index], slot_response(gpu, index),
                VIRTIO_GPU_RESP_OK_NODATA);
        first = first == VIT_OK ? status : first;
        free_slot(gpu, index);
    }
    batch->count = 0;
    return first == VIT_E_PROTOCOL ? lose(gpu, "it gave an answer that is none") : first;
}

enum vit_status vit_gpu_ask(struct vit_gpu *gpu, struct vit_gpu_batch *batch, uint32_t expected,
        uint64_t response, uint32_t response_len)
{
    if (gpu->gone) {
        return VIT_E_GONE;
    }
    assert(batch->count == 1);
    unsigned index = batch->slots[0];
    struct vit_gpu_slot *slot = &gpu->slots[index];
    describe(gpu, index, slot->request_len, response, response_len);
    VIT_TRY(exchange(gpu, batch));
    enum vit_status status = check_response(slot, vit_arena_at(gpu->arena, response), expected);
    if (status == VIT_OK && slot->written != response_len) {
        status = VIT_E_PROTOCOL;
    }
    free_slot(gpu, index);
    return status;
}
