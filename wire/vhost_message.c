/* SPDX-License-Identifier: MIT */
#include "wire/vhost_message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

static const uint64_t limit_ns = 2000000000u;

void vhost_message_init(struct vhost_message *message)
{
    memset(message, 0, sizeof(*message));
    for (size_t i = 0; i < VHOST_MAX_FDS; i++) {
        message->fds[i] = -1;
    }
}

void vhost_message_finish(struct vhost_message *message)
{
    for (size_t i = 0; i < VHOST_MAX_FDS; i++) {
        if (message->fds[i] >= 0) {
            close(message->fds[i]);
            message->fds[i] = -1;
        }
    }
}

int vhost_message_take_fd(struct vhost_message *message, size_t index)
{
    if (index >= message->fd_count) {
        return -1;
    }
    int fd = message->fds[index];
    message->fds[index] = -1;
    return fd;
}

static enum vit_status wait_ready(int socket, short events, uint64_t deadline)
{
    uint64_t now = vit_now_ns();
    if (now >= deadline) {
        return VIT_E_TIMEOUT;
    }
    struct pollfd entry = { .fd = socket, .events = events };
    int ready = poll(&entry, 1, (int)((deadline - now) / 1000000u) + 1);
    if (ready < 0 && errno != EINTR) {
        return VIT_E_IO;
    }
    return VIT_OK;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Excess descriptors are closed by the kernel and seen as MSG_CTRUNC. */
static enum vit_status take_fds(struct msghdr *msg, struct vhost_message *message)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(msg); control != NULL;
            control = CMSG_NXTHDR(msg, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(message->fds, CMSG_DATA(control), count * sizeof(int));
        message->fd_count = count;
    }
    return (msg->msg_flags & MSG_CTRUNC) != 0 ? VIT_E_PROTOCOL : VIT_OK;
}

/* The header and, with its first byte, the descriptors. */
static enum vit_status read_header(int socket, struct vhost_message *message, size_t *got)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * VHOST_MAX_FDS)];
    } control;
    struct iovec part = { &message->header, sizeof(message->header) };
    struct msghdr msg = { .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control) };
    ssize_t len = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (len < 0 && would_block()) {
        *got = 0;
        return VIT_OK;
    }
    if (len <= 0) {
        return VIT_E_GONE;
    }
    *got = (size_t)len;
    return take_fds(&msg, message);
}

static enum vit_status read_rest(int socket, void *bytes, size_t len, uint64_t deadline)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = recv(socket, (char *)bytes + at, len - at, MSG_DONTWAIT);
        if (got > 0) {
            at += (size_t)got;
            continue;
        }
        if (got == 0 || !would_block()) {
            return VIT_E_GONE;
        }
        VIT_TRY(wait_ready(socket, POLLIN, deadline));
    }
    return VIT_OK;
}

enum vit_status vhost_message_read(int socket, struct vhost_message *message)
{
    uint64_t deadline = vit_now_ns() + limit_ns;
    size_t got = 0;
    while (got == 0) {
        VIT_TRY(read_header(socket, message, &got));
        if (got == 0) {
            VIT_TRY(wait_ready(socket, POLLIN, deadline));
        }
    }
    VIT_TRY(read_rest(socket, (char *)&message->header + got, sizeof(message->header) - got,
            deadline));
    if ((message->header.flags & VHOST_VERSION_MASK) != VHOST_VERSION ||
            message->header.size > sizeof(message->payload)) {
        return VIT_E_PROTOCOL;
    }
    return read_rest(socket, &message->payload, message->header.size, deadline);
}

static void put_fds(struct msghdr *msg, void *control, const int *fds, size_t count)
{
    if (count == 0) {
        return;
    }
    msg->msg_control = control;
    msg->msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *head = CMSG_FIRSTHDR(msg);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
}

static enum vit_status send_rest(int socket, const char *bytes, size_t len, uint64_t deadline)
{
    for (size_t at = 0; at < len;) {
        ssize_t sent = send(socket, bytes + at, len - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            at += (size_t)sent;
            continue;
        }
        if (!would_block()) {
            return VIT_E_GONE;
        }
        VIT_TRY(wait_ready(socket, POLLOUT, deadline));
    }
    return VIT_OK;
}

enum vit_status vhost_message_write(int socket, const struct vhost_header *header,
        const void *payload, const int *fds, size_t fd_count)
{
    char bytes[sizeof(*header) + sizeof(union vhost_payload)];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * VHOST_MAX_FDS)];
    } control = { .bytes = { 0 } };
    if (header->size > sizeof(union vhost_payload) || fd_count > VHOST_MAX_FDS) {
        return VIT_E_ARG;
    }
    size_t len = sizeof(*header) + header->size;
    memcpy(bytes, header, sizeof(*header));
    if (header->size > 0) {
        memcpy(bytes + sizeof(*header), payload, header->size);
    }
    uint64_t deadline = vit_now_ns() + limit_ns;
    ssize_t sent = -1;
    while (sent < 0) {
        struct iovec part = { bytes, len };
        struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };
        put_fds(&msg, &control, fds, fd_count);
        sent = sendmsg(socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && !would_block()) {
            return VIT_E_GONE;
        }
        if (sent < 0) {
            VIT_TRY(wait_ready(socket, POLLOUT, deadline));
        }
    }
    return send_rest(socket, bytes + sent, len - (size_t)sent, deadline);
}
