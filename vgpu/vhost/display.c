/* SPDX-License-Identifier: MIT */
#include "vgpu/vhost/display.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "vgpu/display.h"
#include "vgpu/vhost/answer.h"

/* The device sends pictures in stripes that are much shorter; a longer message is nobody's. */
static const size_t message_max_len = 128u << 20;

enum {
    WINDOW = 64,        /* pieces of a message in one system call */
    STEP_LEN = 1 << 17, /* bytes that are kept before the socket is tried again */
    HEAD_LEN = VGPU_DISPLAY_HEADER_LEN + 4, /* is always kept: what it is, and for which output */
};

/* Who reads a picture reads on: that is quicker than to keep it, and nobody waits longer. In all, and
 * for one who does not read. */
#define PATIENCE_NS UINT64_C(2000000)
#define STALL_NS 300000

struct vhost_display {
    struct event_base *base;
    struct vhost_display_user user;
    int socket; /* -1: not connected */
    struct event *writable;
    struct event *readable;
    uint8_t *rest; /* of the message that the socket did not take at once */
    size_t rest_len, rest_at, rest_capacity;
    size_t rest_first; /* what was sent before it was copied is not there */

    struct event *limit; /* of a question */
    bool asked;          /* and no answer yet */
    bool owes_question;  /* the socket did not take it */
    bool mute;           /* did not answer in time */
    struct vhost_answer answer;
};

/* Pictures are not for whoever gets the memory next. */
static void drop_rest(struct vhost_display *display)
{
    if (display->rest_len != 0) {
        vit_wipe(display->rest + display->rest_first, display->rest_len - display->rest_first);
    }
    display->rest_len = 0;
    display->rest_at = 0;
}

static void tell_modes(struct vhost_display *display, const struct vgpu_mode *modes, unsigned count)
{
    display->asked = false;
    display->owes_question = false;
    event_del(display->limit);
    display->user.modes(display->user.context, modes, count);
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
    display->answer = (struct vhost_answer){ .len = 0 };
    display->mute = false;
    if (display->asked) {
        tell_modes(display, NULL, 0);
    }
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

static void on_limit(evutil_socket_t fd, short events, void *context)
{
    (void)fd;
    (void)events;
    struct vhost_display *display = context;
    if (display->asked) {
        vit_log(VIT_LOG_INFO, "the display does not tell its modes");
        display->mute = true;
        tell_modes(display, NULL, 0);
    }
}

/* A header alone; behind what is being sent. */
static void send_question(struct vhost_display *display)
{
    if (!display->owes_question || display->rest_len != 0) {
        return;
    }
    uint32_t message[] = { VGPU_DISPLAY_GET_DISPLAY_INFO, 0, 0 };
    struct iovec part = { message, sizeof(message) };
    display->owes_question = vhost_display_send(display, &part, 1) == VIT_E_BUSY;
}

enum vit_status vhost_display_ask_modes(struct vhost_display *display)
{
    static const struct timeval limit = { .tv_usec = 200000 };
    if (display->socket < 0 || display->mute) {
        return VIT_E_GONE;
    }
    if (!display->asked) {
        display->asked = true;
        display->owes_question = true;
        event_add(display->limit, &limit);
        send_question(display);
    }
    /* No more, if the socket was lost just now. */
    return display->asked ? VIT_E_BUSY : VIT_E_GONE;
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
    send_question(display);
    display->user.drained(display->user.context);
}

static enum vit_status take_answers(struct vhost_display *display, const uint8_t *bytes, size_t len)
{
    struct vgpu_mode modes[VGPU_MAX_OUTPUTS];
    while (len > 0) {
        size_t used;
        enum vit_status status = vhost_answer_take(&display->answer, bytes, len, &used, modes);
        if (status != VIT_OK) {
            return status;
        }
        display->mute = false;
        tell_modes(display, modes, VGPU_MAX_OUTPUTS);
        bytes += used;
        len -= used;
    }
    return VIT_OK;
}

static void on_readable(evutil_socket_t fd, short events, void *context)
{
    (void)events;
    struct vhost_display *display = context;
    uint8_t bytes[512];
    ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && would_block()) {
        return;
    }
    if (got <= 0 || take_answers(display, bytes, (size_t)got) == VIT_E_PROTOCOL) {
        disconnect(display);
    }
}

enum vit_status vhost_display_create(struct event_base *base, const struct vhost_display_user *user,
        struct vhost_display **display)
{
    struct vhost_display *created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->base = base;
    created->user = *user;
    created->socket = -1;
    created->limit = evtimer_new(base, on_limit, created);
    if (created->limit == NULL) {
        free(created);
        return VIT_E_NOMEM;
    }
    *display = created;
    return VIT_OK;
}

void vhost_display_destroy(struct vhost_display *display)
{
    if (display == NULL) {
        return;
    }
    disconnect(display);
    event_free(display->limit);
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

/* A message to be sent, and where in it what was sent ends. */
struct outgoing {
    const struct iovec *parts;
    size_t count;
    size_t len, at;
};

static size_t total_len(const struct iovec *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].iov_len;
    }
    return len;
}

/* Describes bytes [from, to); returns how many pieces that takes, WINDOW at most. */
static size_t look_at(const struct outgoing *message, size_t from, size_t to,
        struct iovec pieces[WINDOW])
{
    size_t count = 0;
    size_t start = 0;
    for (size_t i = 0; i < message->count && start < to && count < WINDOW; i++) {
        size_t end = start + message->parts[i].iov_len;
        if (end > from) {
            size_t skip = from > start ? from - start : 0;
            size_t last = end < to ? end : to;
            pieces[count++] = (struct iovec){ (uint8_t *)message->parts[i].iov_base + skip,
                last - start - skip };
        }
        start = end;
    }
    return count;
}

/* As many of the bytes before to as the socket takes now. VIT_E_GONE: it is lost. */
static enum vit_status send_some(struct vhost_display *display, struct outgoing *message, size_t to)
{
    struct iovec pieces[WINDOW];
    while (message->at < to) {
        struct msghdr msg = { .msg_iov = pieces,
            .msg_iovlen = look_at(message, message->at, to, pieces) };
        ssize_t sent = sendmsg(display->socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && would_block()) {
            return VIT_OK;
        }
        if (sent < 0) {
            lose(display);
            return VIT_E_GONE;
        }
        message->at += (size_t)sent;
    }
    return VIT_OK;
}

static bool is_read(const struct vhost_display *display)
{
    struct pollfd socket = { .fd = display->socket, .events = POLLOUT };
    const struct timespec limit = { .tv_nsec = STALL_NS };
    return ppoll(&socket, 1, &limit, NULL) == 1;
}

static enum vit_status send_to_reader(struct vhost_display *display, struct outgoing *message)
{
    const uint64_t end = vit_now_ns() + PATIENCE_NS;
    enum vit_status status;
    do {
        status = send_some(display, message, message->len);
    } while (status == VIT_OK && message->at < message->len && vit_now_ns() < end &&
            is_read(display));
    return status;
}

static void copy_out(const struct outgoing *message, size_t from, size_t to, uint8_t *out)
{
    struct iovec pieces[WINDOW];
    while (from < to) {
        size_t count = look_at(message, from, to, pieces);
        for (size_t i = 0; i < count; i++) {
            memcpy(out, pieces[i].iov_base, pieces[i].iov_len);
            out += pieces[i].iov_len;
            from += pieces[i].iov_len;
        }
    }
}

static enum vit_status make_room(struct vhost_display *display, size_t len)
{
    if (len <= display->rest_capacity) {
        return VIT_OK;
    }
    uint8_t *grown = realloc(display->rest, len);
    if (grown == NULL) {
        return VIT_E_NOMEM;
    }
    display->rest = grown;
    display->rest_capacity = len;
    return VIT_OK;
}

/* Keeps what the socket does not take. From the end on, so that meanwhile the beginning goes on its
 * way and whoever reads has something to do. */
static enum vit_status keep(struct vhost_display *display, struct outgoing *message)
{
    size_t first = message->len;
    copy_out(message, 0, first < HEAD_LEN ? first : HEAD_LEN, display->rest);
    while (first > message->at) {
        size_t left = first - message->at;
        size_t next = first - (left < STEP_LEN ? left : STEP_LEN);
        copy_out(message, next, first, display->rest + next);
        first = next;
        display->rest_first = first;
        display->rest_len = message->len;
        VIT_TRY(send_some(display, message, first));
    }
    display->rest_at = message->at;
    if (message->at == message->len) {
        drop_rest(display);
        return VIT_OK;
    }
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
    struct outgoing message = { parts, count, total_len(parts, count), 0 };
    if (message.len > message_max_len) {
        return VIT_E_ARG;
    }
    VIT_TRY(make_room(display, message.len));
    enum vit_status status = send_to_reader(display, &message);
    if (status == VIT_OK && message.at < message.len) {
        status = keep(display, &message);
    }
    return status == VIT_E_GONE ? VIT_OK : status;
}

void vhost_display_blacken(struct vhost_display *display, unsigned output)
{
    const size_t pixels = VGPU_DISPLAY_HEADER_LEN + VGPU_DISPLAY_UPDATE_LEN;
    if (display->rest_len <= pixels) {
        return;
    }
    uint32_t request;
    uint32_t shown;
    memcpy(&request, display->rest, sizeof(request));
    memcpy(&shown, display->rest + VGPU_DISPLAY_HEADER_LEN, sizeof(shown));
    if (request == VGPU_DISPLAY_UPDATE && shown == output) {
        vit_wipe(display->rest + pixels, display->rest_len - pixels);
    }
}
