/* SPDX-License-Identifier: MIT */
#include "kmd-stub/vhost.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/virtio_gpu.h>

#include "base/log.h"
#include "kmd-stub/display.h"
#include "wire/vhost_message.h"

enum { DISPLAY_CHUNK_LEN = 256 * 1024 };

struct vhost {
    struct vit_transport base;
    int socket;
    int kick[VIT_TRANSPORT_QUEUES], call[VIT_TRANSPORT_QUEUES];
    int display_socket;
    struct vit_display *display;
    bool gone;
    uint8_t chunk[DISPLAY_CHUNK_LEN]; /* of the display's stream */
};

static struct vhost *of_transport(struct vit_transport *transport)
{
    return (struct vhost *)transport;
}

static enum vit_status say(struct vhost *vhost, uint32_t request, uint32_t flags,
        const void *payload, uint32_t len, const int *fds, size_t fd_count)
{
    struct vhost_header header = { request, VHOST_VERSION | flags, len };
    return vhost_message_write(vhost->socket, &header, payload, fds, fd_count);
}

/* The reply to a request, whose payload is at least len bytes. */
static enum vit_status hear(struct vhost *vhost, uint32_t request, struct vhost_message *reply,
        uint32_t len)
{
    vhost_message_init(reply);
    enum vit_status status = vhost_message_read(vhost->socket, reply);
    vhost_message_finish(reply);
    VIT_TRY(status);
    bool fits = reply->header.request == request && (reply->header.flags & VHOST_REPLY) != 0 &&
            reply->header.size >= len;
    return fits ? VIT_OK : VIT_E_PROTOCOL;
}

static enum vit_status ask_number(struct vhost *vhost, uint32_t request, uint64_t *number)
{
    struct vhost_message reply;
    VIT_TRY(say(vhost, request, 0, NULL, 0, NULL, 0));
    VIT_TRY(hear(vhost, request, &reply, sizeof(*number)));
    *number = reply.payload.number;
    return VIT_OK;
}

static enum vit_status tell_number(struct vhost *vhost, uint32_t request, uint64_t number)
{
    return say(vhost, request, 0, &number, sizeof(number), NULL, 0);
}

/* Told and acknowledged: 0 is done, anything else a refusal. */
static enum vit_status tell_surely(struct vhost *vhost, uint32_t request, const void *payload,
        uint32_t len, const int *fds, size_t fd_count)
{
    struct vhost_message reply;
    VIT_TRY(say(vhost, request, VHOST_NEED_REPLY, payload, len, fds, fd_count));
    VIT_TRY(hear(vhost, request, &reply, sizeof(uint64_t)));
    return reply.payload.number == 0 ? VIT_OK : VIT_E_PROTOCOL;
}

static enum vit_status ask_config(struct vhost *vhost)
{
    struct virtio_gpu_config config;
    struct vhost_config question = { .size = sizeof(config) };
    const uint32_t len = 12 + sizeof(config);
    struct vhost_message reply;
    VIT_TRY(say(vhost, VHOST_GET_CONFIG, 0, &question, len, NULL, 0));
    VIT_TRY(hear(vhost, VHOST_GET_CONFIG, &reply, len));
    memcpy(&config, reply.payload.config.bytes, sizeof(config));
    vhost->base.capset_count = le32toh(config.num_capsets);
    return VIT_OK;
}

static enum vit_status ask_device(struct vhost *vhost)
{
    const uint64_t protocol = UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES;
    const uint64_t wanted =
            UINT64_C(1) << VHOST_PROTOCOL_F_CONFIG | UINT64_C(1) << VHOST_PROTOCOL_F_REPLY_ACK;
    uint64_t features, extras;
    VIT_TRY(ask_number(vhost, VHOST_GET_FEATURES, &features));
    if ((features & protocol) == 0) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(ask_number(vhost, VHOST_GET_PROTOCOL_FEATURES, &extras));
    if ((extras & wanted) != wanted) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(tell_number(vhost, VHOST_SET_PROTOCOL_FEATURES, wanted));
    VIT_TRY(say(vhost, VHOST_SET_OWNER, 0, NULL, 0, NULL, 0));
    vhost->base.features = features & ~protocol;
    return ask_config(vhost);
}

static enum vit_status start_display(struct vhost *vhost)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return VIT_E_IO;
    }
    vhost->display_socket = ends[0];
    VIT_AUTO(fd) theirs = ends[1];
    return tell_surely(vhost, VHOST_GPU_SET_SOCKET, NULL, 0, &theirs, 1);
}

static enum vit_status start_memory(struct vhost *vhost, const struct vit_transport_memory *memory)
{
    struct vhost_memory table = {
        .count = 1,
        .regions = { { .guest_address = 0,
                .size = memory->size,
                .user_address = (uint64_t)(uintptr_t)memory->base } },
    };
    uint32_t len = offsetof(struct vhost_memory, regions) + sizeof(struct vhost_region);
    return tell_surely(vhost, VHOST_SET_MEM_TABLE, &table, len, &memory->fd, 1);
}

static enum vit_status tell_ring_fd(struct vhost *vhost, uint32_t request, unsigned index, int fd)
{
    uint64_t number = index;
    return tell_surely(vhost, request, &number, sizeof(number), &fd, 1);
}

static enum vit_status start_queue(struct vhost *vhost, unsigned index,
        const struct vit_transport_memory *memory, const struct vit_transport_queue *queue)
{
    uint64_t base = (uint64_t)(uintptr_t)memory->base;
    struct vhost_vring_state size = { index, queue->size }, first = { index, 0 }, on = { index, 1 };
    struct vhost_vring_addr addr = { .index = index,
        .descriptors = base + queue->descriptors,
        .used = base + queue->used,
        .available = base + queue->available };
    vhost->kick[index] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    vhost->call[index] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (vhost->kick[index] < 0 || vhost->call[index] < 0) {
        return VIT_E_IO;
    }
    VIT_TRY(tell_surely(vhost, VHOST_SET_VRING_NUM, &size, sizeof(size), NULL, 0));
    VIT_TRY(tell_surely(vhost, VHOST_SET_VRING_BASE, &first, sizeof(first), NULL, 0));
    VIT_TRY(tell_surely(vhost, VHOST_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0));
    VIT_TRY(tell_ring_fd(vhost, VHOST_SET_VRING_CALL, index, vhost->call[index]));
    VIT_TRY(tell_ring_fd(vhost, VHOST_SET_VRING_KICK, index, vhost->kick[index]));
    return tell_surely(vhost, VHOST_SET_VRING_ENABLE, &on, sizeof(on), NULL, 0);
}

static enum vit_status start(struct vit_transport *transport, uint64_t features,
        const struct vit_transport_memory *memory,
        const struct vit_transport_queue queues[VIT_TRANSPORT_QUEUES])
{
    struct vhost *vhost = of_transport(transport);
    VIT_TRY(tell_number(vhost, VHOST_SET_FEATURES,
            features | UINT64_C(1) << VHOST_F_PROTOCOL_FEATURES));
    VIT_TRY(start_display(vhost));
    VIT_TRY(start_memory(vhost, memory));
    for (unsigned i = 0; i < VIT_TRANSPORT_QUEUES; i++) {
        VIT_TRY(start_queue(vhost, i, memory, &queues[i]));
    }
    return VIT_OK;
}

static enum vit_status kick(struct vit_transport *transport, unsigned queue)
{
    const uint64_t one = 1;
    struct vhost *vhost = of_transport(transport);
    /* A full counter is still a pending kick. */
    if (write(vhost->kick[queue], &one, sizeof(one)) < 0 && errno != EAGAIN) {
        return VIT_E_GONE;
    }
    return vhost->gone ? VIT_E_GONE : VIT_OK;
}

static void lose_display(struct vhost *vhost, const char *why)
{
    vit_log(VIT_LOG_WARNING, "vhost: the display stream ends: %s", why);
    close(vhost->display_socket);
    vhost->display_socket = -1;
}

/* Takes all that is there, so that the device never waits for its display. */
static void drain_display(struct vhost *vhost)
{
    while (vhost->display_socket >= 0) {
        ssize_t got = recv(vhost->display_socket, vhost->chunk, sizeof(vhost->chunk), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (got <= 0) {
            lose_display(vhost, got == 0 ? "closed" : strerror(errno));
            return;
        }
        if (vit_display_feed(vhost->display, vhost->chunk, (size_t)got) != VIT_OK) {
            lose_display(vhost, "not the protocol");
        }
    }
}

static void drain_call(const struct vhost *vhost, unsigned queue)
{
    uint64_t count;
    /* Empty is as good as drained. */
    (void)!read(vhost->call[queue], &count, sizeof(count));
}

static enum vit_status take(struct vhost *vhost, const struct pollfd entries[4])
{
    if (entries[0].revents != 0) {
        drain_call(vhost, VIT_TRANSPORT_CONTROL);
    }
    if (entries[1].revents != 0) {
        drain_call(vhost, VIT_TRANSPORT_CURSOR);
    }
    if (entries[2].revents != 0) {
        drain_display(vhost);
    }
    /* The device says nothing unasked: what comes here is the end of it. */
    vhost->gone = vhost->gone || entries[3].revents != 0;
    return vhost->gone ? VIT_E_GONE : VIT_OK;
}

static enum vit_status wait_device(struct vit_transport *transport, uint64_t limit_ns)
{
    struct vhost *vhost = of_transport(transport);
    struct pollfd entries[4] = {
        { .fd = vhost->call[VIT_TRANSPORT_CONTROL], .events = POLLIN },
        { .fd = vhost->call[VIT_TRANSPORT_CURSOR], .events = POLLIN },
        { .fd = vhost->display_socket, .events = POLLIN },
        { .fd = vhost->socket, .events = POLLIN | POLLRDHUP },
    };
    struct timespec limit = { (time_t)(limit_ns / 1000000000u), (long)(limit_ns % 1000000000u) };
    int ready = ppoll(entries, 4, &limit, NULL);
    if (ready < 0 && errno != EINTR) {
        return VIT_E_IO;
    }
    if (ready == 0) {
        return limit_ns == 0 ? VIT_OK : VIT_E_TIMEOUT;
    }
    return ready < 0 ? VIT_OK : take(vhost, entries);
}

static enum vit_status set_level(struct vit_transport *transport, unsigned output,
        const char *level)
{
    /* Only the host of a device may: by its control socket. */
    (void)transport;
    (void)output;
    (void)level;
    return VIT_E_UNSUPPORTED;
}

static enum vit_status set_monitor(struct vit_transport *transport, unsigned output,
        const char *command)
{
    (void)transport;
    (void)output;
    (void)command;
    return VIT_E_UNSUPPORTED;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* Stopping each ring makes the device let go of the memory before it is unmapped here. */
static void stop_queues(struct vhost *vhost)
{
    for (unsigned i = 0; i < VIT_TRANSPORT_QUEUES && !vhost->gone; i++) {
        struct vhost_vring_state state = { .index = i };
        struct vhost_message reply;
        if (vhost->kick[i] < 0) {
            continue;
        }
        drain_display(vhost);
        vhost->gone =
                say(vhost, VHOST_GET_VRING_BASE, 0, &state, sizeof(state), NULL, 0) != VIT_OK ||
                hear(vhost, VHOST_GET_VRING_BASE, &reply, sizeof(state)) != VIT_OK;
    }
}

static void destroy(struct vit_transport *transport)
{
    struct vhost *vhost = of_transport(transport);
    stop_queues(vhost);
    for (unsigned i = 0; i < VIT_TRANSPORT_QUEUES; i++) {
        close_if_open(vhost->kick[i]);
        close_if_open(vhost->call[i]);
    }
    close_if_open(vhost->display_socket);
    close_if_open(vhost->socket);
    vit_display_destroy(vhost->display);
    free(vhost);
}

static const struct vit_transport_impl impl = {
    .name = "vhost",
    .start = start,
    .kick = kick,
    .wait = wait_device,
    .set_level = set_level,
    .set_monitor = set_monitor,
    .destroy = destroy,
};

static void destroy_vhost(struct vhost *vhost)
{
    destroy(&vhost->base);
}
VIT_DEFINE_AUTO(vhost, struct vhost *, destroy_vhost)

static enum vit_status connect_to(const char *path, struct vit_open_error *error, int *fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (*path == '\0' || strlen(path) >= sizeof(address.sun_path)) {
        return vit_open_fail(error, VIT_E_ARG, "link \"vhost:%s\": not a socket's path", path);
    }
    strcpy(address.sun_path, path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || connect(*fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return vit_open_fail(error, VIT_E_IO, "link \"vhost:%s\": %s", path, strerror(errno));
    }
    return VIT_OK;
}

static const char *refusal(enum vit_status status)
{
    return status == VIT_E_GONE       ? "the device refuses: does it serve somebody else?"
            : status == VIT_E_TIMEOUT ? "the device does not answer"
                                      : "not a vhost-user device with a configuration";
}

enum vit_status vit_vhost_open(const char *path, struct vit_open_error *error,
        struct vit_transport **transport)
{
    VIT_AUTO(vhost) vhost = calloc(1, sizeof(*vhost));
    if (vhost == NULL) {
        return VIT_E_NOMEM;
    }
    vhost->base.impl = &impl;
    vhost->base.display_rest_ns = 50000000u;
    vhost->socket = vhost->display_socket = -1;
    for (unsigned i = 0; i < VIT_TRANSPORT_QUEUES; i++) {
        vhost->kick[i] = vhost->call[i] = -1;
    }
    VIT_TRY(connect_to(path, error, &vhost->socket));
    VIT_TRY(vit_display_create(NULL, NULL, &vhost->display));
    enum vit_status status = ask_device(vhost);
    if (status != VIT_OK) {
        return vit_open_fail(error, status, "link \"vhost:%s\": %s", path, refusal(status));
    }
    vhost->base.display = vhost->display;

    *transport = &vhost->base;
    vhost = NULL;
    return VIT_OK;
}
