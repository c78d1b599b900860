/* SPDX-License-Identifier: MIT */
#include "vgpu/virtq.h"

#include <endian.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

enum { DESCRIPTOR_LEN = 16, RING_HEADER_LEN = 4, USED_ENTRY_LEN = 8 };

struct descriptor {
    uint64_t address;
    uint32_t len;
    uint16_t flags, next;
};

/* Where the descriptors of a chain lie: the ring's own table or an indirect one. */
struct source {
    const uint8_t *descriptors;
    uint32_t count;
};

static uint16_t load16(const uint8_t *at)
{
    return le16toh(__atomic_load_n((const uint16_t *)(const void *)at, __ATOMIC_ACQUIRE));
}

static void store16(uint8_t *at, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)at, htole16(value), __ATOMIC_RELEASE);
}

static bool aligned(const void *pointer, uintptr_t to)
{
    return ((uintptr_t)pointer & (to - 1)) == 0;
}

static bool ring_size_valid(uint16_t size)
{
    return size > 0 && size <= VGPU_RING_MAX && (size & (size - 1)) == 0;
}

enum vit_status vgpu_virtq_start(struct vgpu_virtq *queue, const struct vgpu_memory *memory,
        const struct vgpu_ring *ring, uint64_t features)
{
    *queue = (struct vgpu_virtq){ .memory = memory, .ring = *ring };
    if (!ring_size_valid(ring->size)) {
        return VIT_E_ARG;
    }
    queue->event_index = (features >> VIRTIO_RING_F_EVENT_IDX & 1) != 0;
    queue->indirect = (features >> VIRTIO_RING_F_INDIRECT_DESC & 1) != 0;
    uint64_t event_len = queue->event_index ? 2 : 0;
    uint64_t size = ring->size;
    queue->descriptors = vgpu_memory_user(memory, ring->descriptors, size * DESCRIPTOR_LEN);
    queue->available =
            vgpu_memory_user(memory, ring->available, RING_HEADER_LEN + size * 2 + event_len);
    queue->used = vgpu_memory_user(memory, ring->used,
            RING_HEADER_LEN + size * USED_ENTRY_LEN + event_len);
    if (queue->descriptors == NULL || queue->available == NULL || queue->used == NULL ||
            !aligned(queue->descriptors, DESCRIPTOR_LEN) || !aligned(queue->available, 2) ||
            !aligned(queue->used, 4)) {
        return VIT_E_ARG;
    }
    queue->used_index = load16(queue->used + 2);
    queue->told_index = queue->used_index;
    queue->running = true;
    return VIT_OK;
}

uint16_t vgpu_virtq_stop(struct vgpu_virtq *queue)
{
    queue->running = false;
    return queue->ring.base;
}

static enum vit_status broken(struct vgpu_virtq *queue, const char *why)
{
    vit_log(VIT_LOG_ERROR, "virtqueue is broken: %s", why);
    queue->broken = true;
    return VIT_E_PROTOCOL;
}

static struct descriptor read_descriptor(const struct source *source, uint16_t index)
{
    uint8_t copy[DESCRIPTOR_LEN];
    memcpy(copy, source->descriptors + (size_t)index * DESCRIPTOR_LEN, sizeof(copy));
    /* The copy is what counts from here on, whatever the guest writes. */
    atomic_signal_fence(memory_order_seq_cst);
    struct vit_reader in;
    vit_reader_init(&in, copy, sizeof(copy));
    struct descriptor descriptor = { .address = vit_get_u64(&in) };
    descriptor.len = vit_get_u32(&in);
    descriptor.flags = vit_get_u16(&in);
    descriptor.next = vit_get_u16(&in);
    return descriptor;
}

/* NULL: taken; else what is wrong. */
static const char *take_piece(const struct vgpu_virtq *queue, const struct descriptor *descriptor,
        struct vgpu_chain *chain)
{
    size_t count = chain->in_count + chain->out_count;
    bool writable = (descriptor->flags & VRING_DESC_F_WRITE) != 0;
    if (count == VGPU_CHAIN_MAX) {
        return "chain of too many pieces";
    }
    if (!writable && chain->out_count > 0) {
        return "readable piece behind a writable one";
    }
    void *base = vgpu_memory_guest(queue->memory, descriptor->address, descriptor->len);
    if (base == NULL) {
        return descriptor->len == 0 ? "empty piece" : "piece outside guest memory";
    }
    chain->pieces[count] = (struct iovec){ base, descriptor->len };
    *(writable ? &chain->out_count : &chain->in_count) += 1;
    *(writable ? &chain->out_len : &chain->in_len) += descriptor->len;
    return NULL;
}

static const char *walk(const struct vgpu_virtq *queue, const struct source *source,
        struct descriptor descriptor, struct vgpu_chain *chain)
{
    for (uint32_t taken = 1;; taken++) {
        if ((descriptor.flags & VRING_DESC_F_INDIRECT) != 0) {
            return "indirect table inside a chain";
        }
        const char *wrong = take_piece(queue, &descriptor, chain);
        if (wrong != NULL || (descriptor.flags & VRING_DESC_F_NEXT) == 0) {
            return wrong;
        }
        if (taken == source->count) {
            return "chain longer than its table";
        }
        if (descriptor.next >= source->count) {
            return "next descriptor outside its table";
        }
        descriptor = read_descriptor(source, descriptor.next);
    }
}

static const char *walk_indirect(const struct vgpu_virtq *queue, const struct descriptor *head,
        struct vgpu_chain *chain)
{
    if (!queue->indirect) {
        return "indirect table, not negotiated";
    }
    if ((head->flags & VRING_DESC_F_NEXT) != 0) {
        return "indirect table inside a chain";
    }
    if (head->len == 0 || head->len % DESCRIPTOR_LEN != 0 ||
            head->len / DESCRIPTOR_LEN > UINT16_MAX) {
        return "indirect table of a wrong length";
    }
    struct source table = { vgpu_memory_guest(queue->memory, head->address, head->len),
        head->len / DESCRIPTOR_LEN };
    if (table.descriptors == NULL) {
        return "indirect table outside guest memory";
    }
    return walk(queue, &table, read_descriptor(&table, 0), chain);
}

static uint16_t available_count(const struct vgpu_virtq *queue)
{
    return (uint16_t)(load16(queue->available + 2) - queue->ring.base);
}

enum vit_status vgpu_virtq_pop(struct vgpu_virtq *queue, struct vgpu_chain *chain)
{
    if (queue->broken) {
        return VIT_E_PROTOCOL;
    }
    uint16_t waiting = queue->running ? available_count(queue) : 0;
    if (waiting == 0) {
        return VIT_E_BUSY;
    }
    if ((uint32_t)waiting + queue->in_flight > queue->ring.size) {
        return broken(queue, "available index jumped");
    }
    size_t slot = queue->ring.base & (queue->ring.size - 1u);
    uint16_t head = load16(queue->available + RING_HEADER_LEN + slot * 2);
    if (head >= queue->ring.size) {
        return broken(queue, "head outside the descriptor table");
    }
    chain->head = head;
    chain->in_count = chain->out_count = 0;
    chain->in_len = chain->out_len = 0;
    struct source table = { queue->descriptors, queue->ring.size };
    struct descriptor first = read_descriptor(&table, head);
    const char *wrong = (first.flags & VRING_DESC_F_INDIRECT) != 0
            ? walk_indirect(queue, &first, chain)
            : walk(queue, &table, first, chain);
    if (wrong != NULL) {
        return broken(queue, wrong);
    }
    queue->ring.base++;
    queue->in_flight++;
    return VIT_OK;
}

void vgpu_virtq_unpop(struct vgpu_virtq *queue)
{
    queue->ring.base--;
    queue->in_flight--;
}

void vgpu_virtq_push(struct vgpu_virtq *queue, uint16_t head, uint32_t len)
{
    if (!queue->running || queue->broken) {
        return;
    }
    size_t slot = queue->used_index & (queue->ring.size - 1u);
    uint8_t *entry = queue->used + RING_HEADER_LEN + slot * USED_ENTRY_LEN;
    vit_store_le32(entry, head);
    vit_store_le32(entry + 4, len);
    queue->used_index++;
    queue->in_flight--;
    store16(queue->used + 2, queue->used_index);
}

bool vgpu_virtq_arm(struct vgpu_virtq *queue)
{
    if (!queue->running || queue->broken) {
        return false;
    }
    if (queue->event_index) {
        size_t event = RING_HEADER_LEN + (size_t)queue->ring.size * USED_ENTRY_LEN;
        store16(queue->used + event, queue->ring.base);
        atomic_thread_fence(memory_order_seq_cst);
    }
    return available_count(queue) != 0;
}

/* Where the driver wants the next interrupt: it looked at everything before. */
static uint16_t wanted_event(const struct vgpu_virtq *queue)
{
    return load16(queue->available + RING_HEADER_LEN + (size_t)queue->ring.size * 2);
}

uint16_t vgpu_virtq_unseen(const struct vgpu_virtq *queue)
{
    if (!queue->running || queue->broken || !queue->event_index) {
        return 0;
    }
    uint16_t unseen = (uint16_t)(queue->used_index - wanted_event(queue));
    return unseen <= queue->ring.size ? unseen : 0;
}

bool vgpu_virtq_wants_interrupt(struct vgpu_virtq *queue)
{
    uint16_t before = queue->told_index;
    uint16_t now = queue->used_index;
    bool told = queue->told;
    if (!queue->running || before == now) {
        return false;
    }
    queue->told_index = now;
    queue->told = true;
    atomic_thread_fence(memory_order_seq_cst);
    if (!queue->event_index) {
        return (load16(queue->available) & VRING_AVAIL_F_NO_INTERRUPT) == 0;
    }
    uint16_t event = wanted_event(queue);
    return !told || (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}
