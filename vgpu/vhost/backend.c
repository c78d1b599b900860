/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/backend.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vgpu/vhost/display.h"
#include "vgpu/vhost/fault.h"
#include "vgpu/vhost/guest_memory.h"
#include "vgpu/vhost/queue.h"
#include "wire/vhost_message.h"

struct vhost_backend {
    struct vgpu_host host; /* first: the device calls back with it */
    struct event_base *base;
    struct vgpu_device *device;
    void (*closed)(void *context);
    void *context;

    int socket; /* -1: no front-end */
    struct event *readable;
    struct event *progress;
    struct event *fault; /* NULL: faults are not caught */
    struct vhost_display *display;
    struct vhost_guest_memory memory;
    struct vhost_queue queues[VGPU_QUEUE_COUNT];
    bool negotiated; /* protocol features: rings wait for SET_VRING_ENABLE */
};

static void interrupt(struct vgpu_host *host, unsigned index)
{
    struct vhost_backend *backend = (struct vhost_backend *)host;
    vhost_queue_interrupt(&backend->queues[index]);
}

static enum vit_status display(struct vgpu_host *host, const struct iovec *parts, size_t count)
{
    return vhost_display_send(((struct vhost_backend *)host)->display, parts, count);
}

static void blacken(struct vgpu_host *host, unsigned output)
{
    vhost_display_blacken(((struct vhost_backend *)host)->display, output);
}

static enum vit_status ask_modes(struct vgpu_host *host)
{
    return vhost_display_ask_modes(((struct vhost_backend *)host)->display);
}

static const struct vgpu_host_impl host_impl = { .interrupt = interrupt,
    .display = display,
    .blacken = blacken,
    .ask_modes = ask_modes };

static void display_drained(void *context)
{
    vgpu_device_poll(((struct vhost_backend *)context)->device);
}

static void display_modes(void *context, const struct vgpu_mode *modes, unsigned count)
{
    vgpu_device_set_modes(((struct vhost_backend *)context)->device, modes, count);
}

static void on_progress(evutil_socket_t fd, short events, void *context)
{
    (void)fd;
    (void)events;
    vgpu_device_poll(((struct vhost_backend *)context)->device);
}

/* Since the last call. With the touches of a front-end its faults are over: no later one pays. */
static bool take_faults(const struct vhost_backend *backend)
{
    uint64_t count;
    return backend->fault != NULL &&
            read(event_get_fd(backend->fault), &count, sizeof(count)) == sizeof(count);
}

static void disconnect(struct vhost_backend *backend)
{
    if (backend->socket < 0) {
        return;
    }
    for (unsigned i = 0; i < VGPU_QUEUE_COUNT; i++) {
        vhost_queue_reset(&backend->queues[i]);
    }
    vgpu_device_reset(backend->device);
    if (vgpu_device_set_memory(backend->device, NULL, 0) == VIT_OK) {
        vhost_guest_memory_unmap(&backend->memory);
    }
    (void)take_faults(backend);
    (void)!vhost_display_connect(backend->display, -1);
    event_free(backend->readable);
    backend->readable = NULL;
    close(backend->socket);
    backend->socket = -1;
    backend->negotiated = false;
}

static void on_fault(evutil_socket_t fd, short events, void *context)
{
    (void)fd;
    (void)events;
    struct vhost_backend *backend = context;
    /* Another event of the same round may have put another front-end in the place of that one. */
    if (!take_faults(backend) || backend->socket < 0) {
        return;
    }
    vit_log(VIT_LOG_ERROR, "the front-end is given up: it shortened the memory that it shares");
    disconnect(backend);
    backend->closed(backend->context);
}

/* Each handler reads the message's payload and says whether the message was in order. */
typedef enum vit_status handler_fn(struct vhost_backend *backend, struct vhost_message *message);

static enum vit_status reply(struct vhost_backend *backend, const struct vhost_message *message,
        const void *payload, uint32_t size)
{
    struct vhost_header header = { message->header.request, VHOST_VERSION | VHOST_REPLY, size };
    return vhost_message_write(backend->socket, &header, payload, NULL, 0);
}

static enum vit_status get_features(struct vhost_backend *backend, struct vhost_message *message)
{
    uint64_t features =
            vgpu_device_features(backend->device) | UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES;
    return reply(backend, message, &features, sizeof(features));
}

static enum vit_status set_features(struct vhost_backend *backend, struct vhost_message *message)
{
    const uint64_t protocol = UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES;
    backend->negotiated = (message->payload.number & protocol) != 0;
    for (unsigned i = 0; i < VGPU_QUEUE_COUNT; i++) {
        backend->queues[i].enabled = !backend->negotiated;
    }
    return vgpu_device_set_features(backend->device, message->payload.number & ~protocol);
}

static enum vit_status accept_silently(struct vhost_backend *backend, struct vhost_message *message)
{
    (void)backend;
    (void)message;
    return VIT_OK;
}

static enum vit_status get_protocol_features(struct vhost_backend *backend,
        struct vhost_message *message)
{
    uint64_t features =
            UINT64_C(1) << VHOST_PROTOCOL_F_CONFIG | UINT64_C(1) << VHOST_PROTOCOL_F_REPLY_ACK;
    return reply(backend, message, &features, sizeof(features));
}

static enum vit_status get_queue_num(struct vhost_backend *backend, struct vhost_message *message)
{
    uint64_t count = VGPU_QUEUE_COUNT;
    return reply(backend, message, &count, sizeof(count));
}

static enum vit_status set_mem_table(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_guest_memory fresh = { .count = 0 };
    VIT_TRY(vhost_guest_memory_map(&fresh, message));
    /* Of a guest that was paused and goes on: what it made is still there. */
    if (vhost_guest_memory_same(&backend->memory, &fresh)) {
        vhost_guest_memory_unmap(&fresh);
        return VIT_OK;
    }
    bool ran[VGPU_QUEUE_COUNT];
    for (unsigned i = 0; i < VGPU_QUEUE_COUNT; i++) {
        ran[i] = backend->queues[i].started;
        vhost_queue_stop(&backend->queues[i]);
    }
    enum vit_status status = vgpu_device_set_memory(backend->device, fresh.regions, fresh.count);
    if (status != VIT_OK) {
        vhost_guest_memory_unmap(&fresh);
        return status;
    }
    vhost_guest_memory_unmap(&backend->memory);
    backend->memory = fresh;
    for (unsigned i = 0; i < VGPU_QUEUE_COUNT && status == VIT_OK; i++) {
        status = ran[i] ? vhost_queue_start(&backend->queues[i]) : VIT_OK;
    }
    return status;
}

/* NULL for an index that is no queue's. */
static struct vhost_queue *find_queue(struct vhost_backend *backend, uint64_t index)
{
    return index < VGPU_QUEUE_COUNT ? &backend->queues[index] : NULL;
}

static enum vit_status set_vring_num(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue = find_queue(backend, message->payload.state.index);
    uint32_t size = message->payload.state.number;
    if (queue == NULL || queue->started || size == 0 || size > 32768) {
        return VIT_E_PROTOCOL;
    }
    queue->ring.size = (uint16_t)size;
    return VIT_OK;
}

static enum vit_status set_vring_addr(struct vhost_backend *backend, struct vhost_message *message)
{
    const struct vhost_vring_addr *addr = &message->payload.addr;
    struct vhost_queue *queue = find_queue(backend, addr->index);
    if (queue == NULL || queue->started) {
        return VIT_E_PROTOCOL;
    }
    queue->ring.descriptors = addr->descriptors;
    queue->ring.available = addr->available;
    queue->ring.used = addr->used;
    queue->addressed = true;
    return vhost_queue_start(queue);
}

static enum vit_status set_vring_base(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue = find_queue(backend, message->payload.state.index);
    if (queue == NULL || queue->started || message->payload.state.number > UINT16_MAX) {
        return VIT_E_PROTOCOL;
    }
    queue->ring.base = (uint16_t)message->payload.state.number;
    if (queue->index != VGPU_QUEUE_CONTROL || queue->ring.base != 0) {
        return VIT_OK;
    }
    /* Another driver begins, in the memory of the last one: nothing of that stays. */
    return vgpu_device_set_memory(backend->device, backend->memory.regions, backend->memory.count);
}

static enum vit_status get_vring_base(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue = find_queue(backend, message->payload.state.index);
    if (queue == NULL) {
        return VIT_E_PROTOCOL;
    }
    vhost_queue_stop(queue);
    vhost_queue_drop_kick(queue);
    struct vhost_vring_state state = { queue->index, queue->ring.base };
    return reply(backend, message, &state, sizeof(state));
}

/* The descriptor that the message brings for a queue; -1 when it says that it brings none. */
static enum vit_status take_ring_fd(struct vhost_backend *backend, struct vhost_message *message,
        struct vhost_queue **queue, int *fd)
{
    *queue = find_queue(backend, message->payload.number & VHOST_VRING_INDEX_MASK);
    bool brings = (message->payload.number & VHOST_VRING_NO_FD) == 0;
    if (*queue == NULL || message->fd_count != (brings ? 1 : 0)) {
        return VIT_E_PROTOCOL;
    }
    *fd = vhost_message_take_fd(message, 0);
    return VIT_OK;
}

static enum vit_status set_vring_kick(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue;
    int fd;
    VIT_TRY(take_ring_fd(backend, message, &queue, &fd));
    /* Polling rings is not offered. */
    return fd < 0 ? VIT_E_PROTOCOL : vhost_queue_set_kick(queue, fd);
}

static enum vit_status set_vring_call(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue;
    int fd;
    VIT_TRY(take_ring_fd(backend, message, &queue, &fd));
    vhost_queue_set_call(queue, fd);
    return VIT_OK;
}

static enum vit_status set_vring_err(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_queue *queue;
    VIT_AUTO(fd) fd = -1;
    return take_ring_fd(backend, message, &queue, &fd);
}

static enum vit_status set_vring_enable(struct vhost_backend *backend,
        struct vhost_message *message)
{
    struct vhost_queue *queue = find_queue(backend, message->payload.state.index);
    if (queue == NULL || message->payload.state.number > 1) {
        return VIT_E_PROTOCOL;
    }
    queue->enabled = message->payload.state.number == 1;
    if (!queue->enabled) {
        vhost_queue_stop(queue);
    }
    return vhost_queue_start(queue);
}

static enum vit_status get_config(struct vhost_backend *backend, struct vhost_message *message)
{
    struct vhost_config *config = &message->payload.config;
    uint8_t bytes[VHOST_CONFIG_MAX_LEN] = { 0 };
    uint64_t end = (uint64_t)config->offset + config->size;
    if (message->header.size < 12 || end > sizeof(bytes) ||
            message->header.size != 12 + config->size) {
        return VIT_E_PROTOCOL;
    }
    vgpu_device_config(backend->device, bytes);
    memcpy(config->bytes, bytes + config->offset, config->size);
    return reply(backend, message, config, message->header.size);
}

static enum vit_status gpu_set_socket(struct vhost_backend *backend, struct vhost_message *message)
{
    int fd = vhost_message_take_fd(message, 0);
    if (fd < 0) {
        return VIT_E_PROTOCOL;
    }
    return vhost_display_connect(backend->display, fd);
}

/* answers: the handler replies itself. min_len: payload bytes that must be there. fd_count: most
 * descriptors that may come. */
static const struct {
    handler_fn *handle;
    bool answers;
    uint16_t min_len;
    uint8_t fd_count;
} table[VHOST_REQUEST_COUNT] = {
    [VHOST_GET_FEATURES] = { get_features, true, 0, 0 },
    [VHOST_SET_FEATURES] = { set_features, false, 8, 0 },
    [VHOST_SET_OWNER] = { accept_silently, false, 0, 0 },
    [VHOST_RESET_OWNER] = { accept_silently, false, 0, 0 },
    [VHOST_SET_MEM_TABLE] = { set_mem_table, false, 8, VHOST_MAX_REGIONS },
    [VHOST_SET_VRING_NUM] = { set_vring_num, false, 8, 0 },
    [VHOST_SET_VRING_ADDR] = { set_vring_addr, false, 40, 0 },
    [VHOST_SET_VRING_BASE] = { set_vring_base, false, 8, 0 },
    [VHOST_GET_VRING_BASE] = { get_vring_base, true, 8, 0 },
    [VHOST_SET_VRING_KICK] = { set_vring_kick, false, 8, 1 },
    [VHOST_SET_VRING_CALL] = { set_vring_call, false, 8, 1 },
    [VHOST_SET_VRING_ERR] = { set_vring_err, false, 8, 1 },
    [VHOST_GET_PROTOCOL_FEATURES] = { get_protocol_features, true, 0, 0 },
    [VHOST_SET_PROTOCOL_FEATURES] = { accept_silently, false, 8, 0 },
    [VHOST_GET_QUEUE_NUM] = { get_queue_num, true, 0, 0 },
    [VHOST_SET_VRING_ENABLE] = { set_vring_enable, false, 8, 0 },
    [VHOST_GET_CONFIG] = { get_config, true, 12, 0 },
    [VHOST_SET_CONFIG] = { accept_silently, false, 12, 0 },
    [VHOST_GPU_SET_SOCKET] = { gpu_set_socket, false, 0, 1 },
};

static enum vit_status serve(struct vhost_backend *backend, struct vhost_message *message)
{
    uint32_t request = message->header.request;
    if (request >= VHOST_REQUEST_COUNT || table[request].handle == NULL) {
        vit_log(VIT_LOG_ERROR, "front-end: request %u is not known", request);
        return VIT_E_PROTOCOL;
    }
    if (message->header.size < table[request].min_len ||
            message->fd_count > table[request].fd_count) {
        vit_log(VIT_LOG_ERROR, "front-end: request %u has %u bytes and %zu descriptors", request,
                message->header.size, message->fd_count);
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(table[request].handle(backend, message));
    if (table[request].answers || (message->header.flags & VHOST_NEED_REPLY) == 0) {
        return VIT_OK;
    }
    const uint64_t done = 0;
    return reply(backend, message, &done, sizeof(done));
}

static void on_readable(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    struct vhost_backend *backend = context;
    struct vhost_message message;
    vhost_message_init(&message);
    enum vit_status status = vhost_message_read(fd, &message);
    if (status == VIT_OK) {
        status = serve(backend, &message);
    }
    uint32_t request = message.header.request;
    vhost_message_finish(&message);
    if (status == VIT_OK) {
        return;
    }
    if (status == VIT_E_GONE) {
        vit_log(VIT_LOG_INFO, "the front-end went");
    } else {
        vit_log(VIT_LOG_ERROR, "the front-end is given up: request %u: %s", request,
                vit_status_name(status));
    }
    disconnect(backend);
    backend->closed(backend->context);
}

static enum vit_status watch_faults(struct vhost_backend *backend)
{
    if (vhost_fault_fd() < 0) {
        return VIT_OK;
    }
    backend->fault =
            event_new(backend->base, vhost_fault_fd(), EV_READ | EV_PERSIST, on_fault, backend);
    return backend->fault != NULL && event_add(backend->fault, NULL) == 0 ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status fill(struct vhost_backend *backend, const struct vgpu_config *config)
{
    VIT_TRY(vgpu_device_create(config, &backend->host, &backend->device));
    for (unsigned i = 0; i < VGPU_QUEUE_COUNT; i++) {
        vhost_queue_init(&backend->queues[i], i, backend->base, backend->device, &backend->memory);
    }
    const struct vhost_display_user user = { display_drained, display_modes, backend };
    VIT_TRY(vhost_display_create(backend->base, &user, &backend->display));
    backend->progress = event_new(backend->base, vgpu_device_event_fd(backend->device),
            EV_READ | EV_PERSIST, on_progress, backend);
    if (backend->progress == NULL || event_add(backend->progress, NULL) != 0) {
        return VIT_E_NOMEM;
    }
    return watch_faults(backend);
}

enum vit_status vhost_backend_create(struct event_base *base, const struct vgpu_config *config,
        void (*closed)(void *context), void *context, struct vhost_backend **backend)
{
    VIT_AUTO(vhost_backend) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->host.impl = &host_impl;
    created->base = base;
    created->closed = closed;
    created->context = context;
    created->socket = -1;
    VIT_TRY(fill(created, config));
    *backend = created;
    created = NULL;
    return VIT_OK;
}

void vhost_backend_destroy(struct vhost_backend *backend)
{
    if (backend == NULL) {
        return;
    }
    disconnect(backend);
    if (backend->progress != NULL) {
        event_free(backend->progress);
    }
    if (backend->fault != NULL) {
        event_free(backend->fault);
    }
    vgpu_device_destroy(backend->device);
    vhost_display_destroy(backend->display);
    free(backend);
}

/* Its end may not have been seen yet: the next front-end must not suffer from that. */
static bool front_end_hung_up(const struct vhost_backend *backend)
{
    struct pollfd entry = { .fd = backend->socket, .events = POLLRDHUP };
    return backend->socket >= 0 && poll(&entry, 1, 0) == 1 &&
            (entry.revents & (POLLHUP | POLLRDHUP)) != 0;
}

enum vit_status vhost_backend_connect(struct vhost_backend *backend, int socket)
{
    if (front_end_hung_up(backend)) {
        disconnect(backend);
    }
    if (backend->socket >= 0) {
        close(socket);
        return VIT_E_BUSY;
    }
    (void)evutil_make_socket_nonblocking(socket);
    backend->socket = socket;
    backend->readable =
            event_new(backend->base, socket, EV_READ | EV_PERSIST, on_readable, backend);
    if (backend->readable == NULL) {
        close(socket);
        backend->socket = -1;
        return VIT_E_NOMEM;
    }
    /* What is no descriptor, or one that cannot be waited for, is refused here. */
    if (event_add(backend->readable, NULL) != 0) {
        event_free(backend->readable);
        backend->readable = NULL;
        close(socket);
        backend->socket = -1;
        return VIT_E_ARG;
    }
    return VIT_OK;
}

struct vgpu_device *vhost_backend_device(struct vhost_backend *backend)
{
    return backend->device;
}
