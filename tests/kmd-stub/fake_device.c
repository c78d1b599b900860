/* SPDX-License-Identifier: MIT */
#include "tests/kmd-stub/fake_device.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>

#include <linux/virtio_config.h>

#include "include/vitrine.h"
#include "wire/capset.h"

static struct fake_device *of(struct vit_transport *transport)
{
    return (struct fake_device *)transport;
}

static void *at(const struct fake_device *device, uint64_t offset, size_t len)
{
    cr_assert(offset != 0 && offset < device->memory.size && len <= device->memory.size - offset,
            "an address outside the memory");
    return device->memory.base + offset;
}

static enum vit_status start(struct vit_transport *base, uint64_t features,
        const struct vit_transport_memory *memory,
        const struct vit_transport_queue queues[VIT_TRANSPORT_QUEUES])
{
    struct fake_device *device = of(base);
    device->accepted = features;
    device->memory = *memory;
    device->queue = queues[VIT_TRANSPORT_CONTROL];
    cr_assert_eq(features & ~base->features, 0, "only what was offered");
    cr_assert_eq(device->queue.descriptors % 16, 0);
    cr_assert_eq(device->queue.available % 2, 0);
    cr_assert_eq(device->queue.used % 4, 0);
    return device->start_status;
}

/* The two descriptors of a chain, request and response. */
static void read_chain(const struct fake_device *device, uint16_t head, struct vring_desc out[2])
{
    struct vring_desc *table =
            at(device, device->queue.descriptors, device->queue.size * sizeof(*table));
    uint16_t first = head;
    if ((table[head].flags & VRING_DESC_F_INDIRECT) != 0) {
        cr_assert_neq(device->accepted & (1u << VIRTIO_RING_F_INDIRECT_DESC), 0);
        cr_assert_eq(table[head].len, 2 * sizeof(*table));
        table = at(device, table[head].addr, table[head].len);
        first = 0;
    }
    out[0] = table[first];
    cr_assert_eq(out[0].flags, VRING_DESC_F_NEXT);
    out[1] = table[out[0].next];
    cr_assert_eq(out[1].flags, VRING_DESC_F_WRITE);
}

static void use(struct fake_device *device, uint32_t head, uint32_t written)
{
    struct vring_used *used = at(device, device->queue.used, 4);
    used->ring[device->next_used % device->queue.size] = (struct vring_used_elem){ head, written };
    device->next_used++;
    __atomic_store_n(&used->idx, device->next_used, __ATOMIC_RELEASE);
}

static uint32_t answer_capset_info(const struct fake_device *device, uint8_t *response)
{
    struct virtio_gpu_resp_capset_info info = {
        .hdr = { .type = VIRTIO_GPU_RESP_OK_CAPSET_INFO },
        .capset_id = device->capset_id,
        .capset_max_version = device->capset_version,
        .capset_max_size = device->capset_len,
    };
    memcpy(response, &info, sizeof(info));
    return sizeof(info);
}

static uint32_t answer_capset(const struct fake_device *device, uint8_t *response)
{
    struct virtio_gpu_ctrl_hdr header = { .type = VIRTIO_GPU_RESP_OK_CAPSET };
    memcpy(response, &header, sizeof(header));
    memcpy(response + sizeof(header), device->capset, device->capset_len);
    return (uint32_t)sizeof(header) + device->capset_len;
}

static uint32_t answer_plain(const struct fake_device *device,
        const struct virtio_gpu_ctrl_hdr *request, uint8_t *response)
{
    struct virtio_gpu_ctrl_hdr header = {
        .type = request->type == device->refuse_type ? device->refusal : VIRTIO_GPU_RESP_OK_NODATA,
        .flags = device->fault == FAULT_NO_FENCE ? 0 : request->flags & VIRTIO_GPU_FLAG_FENCE,
        .fence_id = request->fence_id + (device->fault == FAULT_WRONG_FENCE),
        .ctx_id = request->ctx_id,
    };
    memcpy(response, &header, sizeof(header));
    return sizeof(header);
}

static uint32_t answer(const struct fake_device *device, const struct virtio_gpu_ctrl_hdr *request,
        uint8_t *response)
{
    if (request->type == device->refuse_type) {
        return answer_plain(device, request, response);
    }
    if (request->type == VIRTIO_GPU_CMD_GET_CAPSET_INFO) {
        return answer_capset_info(device, response);
    }
    if (request->type == VIRTIO_GPU_CMD_GET_CAPSET) {
        return answer_capset(device, response);
    }
    return answer_plain(device, request, response);
}

static void complete(struct fake_device *device, uint16_t head, const struct vring_desc chain[2])
{
    struct virtio_gpu_ctrl_hdr request;
    memcpy(&request, at(device, chain[0].addr, chain[0].len), sizeof(request));
    uint32_t written = answer(device, &request, at(device, chain[1].addr, chain[1].len));
    cr_assert_leq(written, chain[1].len);
    switch (device->fault) {
    case FAULT_HEAD_OUTSIDE:
        use(device, device->queue.size, written);
        return;
    case FAULT_HEAD_NOT_SENT:
        use(device, (head + 2u) % device->queue.size, written);
        return;
    case FAULT_SHORT:
        use(device, head, (uint32_t)sizeof(request) - 1);
        return;
    case FAULT_TWICE:
        use(device, head, written);
        use(device, head, written);
        return;
    default:
        use(device, head, written);
    }
}

static void keep(struct fake_device *device, const struct vring_desc *request)
{
    cr_assert_lt(device->request_count, FAKE_MAX_REQUESTS);
    struct fake_request *kept = &device->requests[device->request_count++];
    kept->len = request->len;
    size_t copied = request->len < FAKE_REQUEST_LEN ? request->len : FAKE_REQUEST_LEN;
    memcpy(kept->bytes, at(device, request->addr, request->len), copied);
    memcpy(&kept->type, kept->bytes, sizeof(kept->type));
}

static void serve(struct fake_device *device, uint16_t head)
{
    struct vring_desc chain[2];
    read_chain(device, head, chain);
    keep(device, &chain[0]);
    uint32_t type = device->requests[device->request_count - 1].type;
    if (device->hold_submissions && type == VIRTIO_GPU_CMD_SUBMIT_3D) {
        unsigned slot = (device->held_first + device->held_count++) % FAKE_MAX_REQUESTS;
        memcpy(device->held[slot], chain, sizeof(chain));
        device->held_heads[slot] = head;
        return;
    }
    complete(device, head, chain);
}

static enum vit_status kick(struct vit_transport *base, unsigned queue)
{
    struct fake_device *device = of(base);
    cr_assert_eq(queue, VIT_TRANSPORT_CONTROL);
    device->kicks++;
    if (device->kick_status != VIT_OK || device->deaf) {
        return device->kick_status;
    }
    struct vring_avail *available = at(device, device->queue.available, 4);
    while (device->next_available != __atomic_load_n(&available->idx, __ATOMIC_ACQUIRE)) {
        serve(device, available->ring[device->next_available % device->queue.size]);
        device->next_available++;
    }
    if ((device->accepted & (1u << VIRTIO_RING_F_EVENT_IDX)) != 0) {
        struct vring_used *used = at(device, device->queue.used, 4);
        uint16_t next = device->next_available;
        memcpy(&used->ring[device->queue.size], &next, sizeof(next));
    }
    return VIT_OK;
}

static enum vit_status wait_device(struct vit_transport *base, uint64_t limit_ns)
{
    struct fake_device *device = of(base);
    device->waits++;
    if (device->wait_status != VIT_OK) {
        return device->wait_status;
    }
    if (device->deaf) {
        poll(NULL, 0, (int)(limit_ns / 1000000));
        return VIT_E_TIMEOUT;
    }
    if (device->held_count == 0 || limit_ns == 0) {
        return VIT_E_TIMEOUT;
    }
    unsigned slot = device->held_first++ % FAKE_MAX_REQUESTS;
    device->held_count--;
    complete(device, device->held_heads[slot], device->held[slot]);
    return VIT_OK;
}

static enum vit_status set_level(struct vit_transport *base, unsigned output, const char *level)
{
    (void)base;
    (void)output;
    (void)level;
    return VIT_E_UNSUPPORTED;
}

static enum vit_status set_monitor(struct vit_transport *base, unsigned output, const char *command)
{
    (void)base;
    (void)output;
    (void)command;
    return VIT_E_UNSUPPORTED;
}

static void destroy(struct vit_transport *base)
{
    struct fake_device *device = of(base);
    if (device->destroyed != NULL) {
        *device->destroyed = true;
    }
    free(device);
}

static const struct vit_transport_impl impl = {
    .name = "fake",
    .start = start,
    .kick = kick,
    .wait = wait_device,
    .set_level = set_level,
    .set_monitor = set_monitor,
    .destroy = destroy,
};

struct fake_device *fake_device_create(uint64_t ring_features)
{
    struct fake_device *device = calloc(1, sizeof(*device));
    cr_assert_not_null(device);
    device->base.impl = &impl;
    device->base.features =
            (UINT64_C(1) << VIRTIO_F_VERSION_1) | (1u << VIRTIO_GPU_F_VIRGL) | ring_features;
    device->base.capset_count = 1;
    device->capset_id = VIT_CAPSET_ID;
    device->capset_version = VIT_CAPSET_VERSION;
    struct vit_capset capset = { .custody = VITRINE_CUSTODY_DEVICE,
        .outputs = 1,
        .chain = (const uint8_t *)"chain",
        .chain_len = 5 };
    size_t len = 0;
    cr_assert_eq(vit_capset_encode(&capset, device->capset, sizeof(device->capset), &len), VIT_OK);
    device->capset_len = (uint32_t)len;
    return device;
}

const struct fake_request *fake_device_last(const struct fake_device *device, uint32_t type)
{
    for (unsigned i = device->request_count; i > 0; i--) {
        if (device->requests[i - 1].type == type) {
            return &device->requests[i - 1];
        }
    }
    cr_assert_fail("no request of type %x", type);
    return NULL;
}

unsigned fake_device_count(const struct fake_device *device, uint32_t type)
{
    unsigned count = 0;
    for (unsigned i = 0; i < device->request_count; i++) {
        count += device->requests[i].type == type;
    }
    return count;
}
