/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/display.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "vgpu/display.h"

/* The device sends pictures in stripes that are much shorter; a longer message is nobody's. */
static const size_t message_max_len = 128u << 20;

struct vhost_display {
    struct event_base *base;
    void (*drained)(void *context);
    void *context;
    int socket; /* -1: not connected */
    struct event *writable;
    struct event *readable;
    uint8_t *rest; /* of the message that the socket did not take at once */
    size_t rest_len, rest_at, rest_capacity;
};

/* Pictures are not for whoever gets the memory next. */
static void drop_rest(struct vhost_display *display)
{
    if (display->rest_len != 0) {
        vit_wipe(display->rest, display->rest_len);
    }
    display->rest_len = 0;
    display->rest_at = 0;
}

static void disconnect(struct vhost_display *display)
{
    if (display->writable != NULL) {
        event_free(display->writable);
        event_free(display->readable);
        display->writable = NULL;
        display->readable = NULL;
    }
    if (display->socket >= 0) {
        close(display->socket);
        display->socket = -1;
    }
    drop_rest(display);
}

static void lose(struct vhost_display *display)
{
    vit_log(VIT_LOG_WARNING, "display socket lost");
    disconnect(display);
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void on_writable(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    struct vhost_display *display = context;
    while (display->rest_at < display->rest_len) {
        ssize_t sent = send(fd, display->rest + display->rest_at,
                display->rest_len - display->rest_at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && would_block()) {
            return;
        }
        if (sent < 0) {
            lose(display);
            return;
        }
        display->rest_at += (size_t)sent;
    }
    drop_rest(display);
    event_del(display->writable);
    display->drained(display->context);
}

/* We ask nothing, so what comes back is an end of file, or ignored. */
static void on_readable(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    char ignored[512];
    ssize_t got = recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && !would_block())) {
        disconnect(context);
    }
}

enum vit_status vhost_display_create(struct event_base *base, void (*drained)(void *context),
        void *context, struct vhost_display **display)
{
    struct vhost_display *created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->base = base;
    created->drained = drained;
    created->context = context;
    created->socket = -1;
    *display = created;
    return VIT_OK;
}

void vhost_display_destroy(struct vhost_display *display)
{
    if (display == NULL) {
        return;
    }
    disconnect(display);
    free(display->rest);
    free(display);
}

enum vit_status vhost_display_connect(struct vhost_display *display, int socket)
{
    disconnect(display);
    if (socket < 0) {
        return VIT_OK;
    }
    display->socket = socket;
    display->writable =
            event_new(display->base, socket, EV_WRITE | EV_PERSIST, on_writable, display);
    display->readable =
            event_new(display->base, socket, EV_READ | EV_PERSIST, on_readable, display);
    if (display->writable == NULL || display->readable == NULL) {
        return VIT_E_NOMEM;
    }
    event_add(display->readable, NULL);
    return VIT_OK;
}

static size_t total_len(const struct iovec *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].iov_len;
    }
    return len;
}

/* Keeps what is behind the first skip bytes. */
static enum vit_status keep(struct vhost_display *display, const struct iovec *parts, size_t count,
        size_t len, size_t skip)
{
    if (len > display->rest_capacity) {
        uint8_t *grown = realloc(display->rest, len);
        if (grown == NULL) {
            return VIT_E_NOMEM;
        }
        display->rest = grown;
        display->rest_capacity = len;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(display->rest + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    display->rest_len = len;
    display->rest_at = skip;
    event_add(display->writable, NULL);
    return VIT_OK;
}

enum vit_status vhost_display_send(struct vhost_display *display, const struct iovec *parts,
        size_t count)
{
    if (display->socket < 0) {
        return VIT_OK;
    }
    if (display->rest_len != 0) {
        return VIT_E_BUSY;
    }
    size_t len = total_len(parts, count);
    if (len > message_max_len) {
        return VIT_E_ARG;
    }
    struct msghdr msg = { .msg_iov = (struct iovec *)(uintptr_t)parts,
        .msg_iovlen = count < IOV_MAX ? count : IOV_MAX };
    ssize_t sent = sendmsg(display->socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !would_block()) {
        lose(display);
        return VIT_OK;
    }
    size_t taken = sent < 0 ? 0 : (size_t)sent;
    return taken == len ? VIT_OK : keep(display, parts, count, len, taken);
}

void vhost_display_blacken(struct vhost_display *display, unsigned output)
{
    const size_t pixels = VGPU_DISPLAY_HEADER_LEN + VGPU_DISPLAY_UPDATE_LEN;
    if (display->rest_len <= pixels) {
        return;
    }
    uint32_t shown;
    memcpy(&shown, display->rest + VGPU_DISPLAY_HEADER_LEN, sizeof(shown));
    if (shown == output) {
        vit_wipe(display->rest + pixels, display->rest_len - pixels);
    }
}
