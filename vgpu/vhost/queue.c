/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/queue.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"

static bool is_empty_here(const struct vhost_queue *queue)
{
    const struct vhost_guest_memory *memory = queue->memory;
    for (size_t i = 0; i < memory->count; i++) {
        uint64_t offset = queue->ring.available - memory->regions[i].user_address;
        if (offset < memory->regions[i].size && memory->regions[i].size - offset >= 4) {
            uint16_t available;
            memcpy(&available, (const char *)memory->regions[i].mapping + offset + 2, 2);
            return available == queue->ring.base;
        }
    }
    return false;
}

/* A front-end whose memory is private to it kicks, but its ring stays empty here. One kick comes from
 * the front-end itself, when it hands the ring over. */
static void look_for_unshared_memory(struct vhost_queue *queue)
{
    if (queue->looked_at) {
        return;
    }
    if (!is_empty_here(queue)) {
        queue->looked_at = true;
    } else if (++queue->empty_kicks > 1) {
        vit_log(VIT_LOG_ERROR,
                "guest memory is not shared: queue %u was kicked but is empty here; start QEMU with "
                "memory-backend-memfd,share=on",
                queue->index);
        queue->looked_at = true;
    }
}

void vhost_queue_drop_kick(struct vhost_queue *queue)
{
    if (queue->kicked != NULL) {
        event_free(queue->kicked);
        queue->kicked = NULL;
    }
    if (queue->kick >= 0) {
        close(queue->kick);
        queue->kick = -1;
    }
}

static void on_kick(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    struct vhost_queue *queue = context;
    uint64_t count;
    struct iovec place = { &count, sizeof(count) };
    /* Never waits, whatever the front-end did to the description that it shares with us. */
    ssize_t got = preadv2(fd, &place, 1, -1, RWF_NOWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        /* It would be readable for ever. */
        vit_log(VIT_LOG_ERROR, "queue %u: its kick is no eventfd, or ended: dropped", queue->index);
        vhost_queue_drop_kick(queue);
        return;
    }
    look_for_unshared_memory(queue);
    vgpu_device_kick(queue->device, queue->index);
}

void vhost_queue_stop(struct vhost_queue *queue)
{
    if (!queue->started) {
        return;
    }
    queue->ring.base = vgpu_device_stop_queue(queue->device, queue->index);
    queue->started = false;
}

enum vit_status vhost_queue_start(struct vhost_queue *queue)
{
    bool wanted = queue->addressed && queue->kick >= 0 && queue->enabled && queue->ring.size != 0;
    if (!wanted || queue->started) {
        return VIT_OK;
    }
    VIT_TRY(vgpu_device_start_queue(queue->device, queue->index, &queue->ring));
    queue->started = true;
    queue->looked_at = false;
    queue->empty_kicks = 0;
    /* Kicks may have come before the ring was ours. */
    vgpu_device_kick(queue->device, queue->index);
    return VIT_OK;
}

void vhost_queue_interrupt(struct vhost_queue *queue)
{
    const uint64_t one = 1;
    struct pollfd ready = { .fd = queue->call, .events = POLLOUT };
    /* A full counter is still a pending interrupt; a write to it would wait if the front-end made
     * the description that it shares with us a waiting one. */
    if (queue->call < 0 || poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
        return;
    }
    if (write(queue->call, &one, sizeof(one)) < 0 && errno != EAGAIN) {
        vit_log(VIT_LOG_ERROR, "queue %u: its call takes no interrupt: dropped", queue->index);
        close(queue->call);
        queue->call = -1;
    }
}

void vhost_queue_init(struct vhost_queue *queue, unsigned index, struct event_base *base,
        struct vgpu_device *device, const struct vhost_guest_memory *memory)
{
    *queue = (struct vhost_queue){ .base = base,
        .device = device,
        .memory = memory,
        .index = index,
        .kick = -1,
        .call = -1 };
}

void vhost_queue_reset(struct vhost_queue *queue)
{
    vhost_queue_stop(queue);
    vhost_queue_drop_kick(queue);
    if (queue->call >= 0) {
        close(queue->call);
    }
    vhost_queue_init(queue, queue->index, queue->base, queue->device, queue->memory);
}

enum vit_status vhost_queue_set_kick(struct vhost_queue *queue, int fd)
{
    vhost_queue_drop_kick(queue);
    queue->kick = fd;
    (void)evutil_make_socket_nonblocking(fd);
    queue->kicked = event_new(queue->base, fd, EV_READ | EV_PERSIST, on_kick, queue);
    if (queue->kicked == NULL || event_add(queue->kicked, NULL) != 0) {
        return VIT_E_NOMEM;
    }
    return vhost_queue_start(queue);
}

void vhost_queue_set_call(struct vhost_queue *queue, int fd)
{
    if (queue->call >= 0) {
        close(queue->call);
    }
    queue->call = fd;
    if (fd >= 0) {
        (void)evutil_make_socket_nonblocking(fd);
        /* What was used before this descriptor came may have gone unnoticed. */
        vhost_queue_interrupt(queue);
    }
}
