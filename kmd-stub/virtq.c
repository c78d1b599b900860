/* SPDX-License-Identifier: MIT */
#include "kmd-stub/virtq.h"

#include <assert.h>
#include <endian.h>
#include <stddef.h>

struct vit_virtq_layout vit_virtq_layout(uint16_t size)
{
    uint32_t available = (uint32_t)(size * sizeof(struct vring_desc));
    uint32_t available_end = available + 4 + 2u * size + 2;
    uint32_t used = (available_end + 63u) & ~63u;
    uint32_t used_end = used + 4 + (uint32_t)(size * sizeof(struct vring_used_elem)) + 2;
    return (struct vit_virtq_layout){ 0, available, used, used_end };
}

static uint16_t *used_event(struct vit_virtq *queue)
{
    return &queue->available->ring[queue->size];
}

static const uint16_t *available_event(const struct vit_virtq *queue)
{
    return (const uint16_t *)(const void *)&queue->used->ring[queue->size];
}

static uint16_t device_index(const struct vit_virtq *queue)
{
    return le16toh(__atomic_load_n(&queue->used->idx, __ATOMIC_ACQUIRE));
}

void vit_virtq_init(struct vit_virtq *queue, void *memory, uint16_t size, bool event_index)
{
    assert(size > 0 && size <= VIT_VIRTQ_MAX_SIZE && (size & (size - 1)) == 0);
    struct vit_virtq_layout layout = vit_virtq_layout(size);
    uint8_t *base = memory;
    *queue = (struct vit_virtq){
        .descriptors = (struct vring_desc *)(void *)(base + layout.descriptors),
        .available = (struct vring_avail *)(void *)(base + layout.available),
        .used = (struct vring_used *)(void *)(base + layout.used),
        .size = size,
        .event_index = event_index,
    };
    vit_virtq_disarm(queue);
}

void vit_virtq_publish(struct vit_virtq *queue, uint16_t head)
{
    assert(head < queue->size && !queue->with_device[head]);
    queue->with_device[head] = true;
    queue->available->ring[queue->next_available & (queue->size - 1)] = htole16(head);
    queue->next_available++;
    __atomic_store_n(&queue->available->idx, htole16(queue->next_available), __ATOMIC_RELEASE);
}

bool vit_virtq_kick_wanted(struct vit_virtq *queue)
{
    uint16_t old = queue->kicked;
    if (old == queue->next_available) {
        return false;
    }
    queue->kicked = queue->next_available;
    /* The device looks at the index after it has written its event or flag. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (queue->event_index) {
        uint16_t event = le16toh(__atomic_load_n(available_event(queue), __ATOMIC_RELAXED));
        return vring_need_event(event, queue->next_available, old) != 0;
    }
    uint16_t flags = le16toh(__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED));
    return (flags & VRING_USED_F_NO_NOTIFY) == 0;
}

enum vit_status vit_virtq_take(struct vit_virtq *queue, uint16_t *head, uint32_t *written)
{
    if (device_index(queue) == queue->next_used) {
        return VIT_E_BUSY;
    }
    struct vring_used_elem element = queue->used->ring[queue->next_used & (queue->size - 1)];
    uint32_t id = le32toh(element.id);
    if (id >= queue->size || !queue->with_device[id]) {
        return VIT_E_PROTOCOL;
    }
    queue->with_device[id] = false;
    queue->next_used++;
    *head = (uint16_t)id;
    *written = le32toh(element.len);
    return VIT_OK;
}

bool vit_virtq_arm(struct vit_virtq *queue)
{
    __atomic_store_n(used_event(queue), htole16(queue->next_used), __ATOMIC_RELAXED);
    __atomic_store_n(&queue->available->flags, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return device_index(queue) != queue->next_used;
}

void vit_virtq_disarm(struct vit_virtq *queue)
{
    /* One behind: the index passes it only after a whole round of 65536 entries. */
    uint16_t behind = (uint16_t)(queue->next_used - 1);
    __atomic_store_n(used_event(queue), htole16(behind), __ATOMIC_RELAXED);
    uint16_t flags = queue->event_index ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
    __atomic_store_n(&queue->available->flags, htole16(flags), __ATOMIC_RELAXED);
}
