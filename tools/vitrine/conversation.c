/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/conversation.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"

enum { HEADER_LEN = 8, SEND_LIMIT_MS = 10000 };

static bool make_address(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(address->sun_path, path);
    return true;
}

static int give(int *fd)
{
    int result = *fd;
    *fd = -1;
    return result;
}

/* A virtio-serial port leads out of a guest. */
static bool is_port(const char *path)
{
    struct stat state;
    return stat(path, &state) == 0 && S_ISCHR(state.st_mode);
}

int conversation_connect(const char *path)
{
    if (is_port(path)) {
        return open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
    struct sockaddr_un address;
    VIT_AUTO(fd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !make_address(path, &address) ||
            connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return -1;
    }
    return give(&fd);
}

int conversation_listen(const char *path)
{
    struct sockaddr_un address;
    VIT_AUTO(fd) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !make_address(path, &address)) {
        return -1;
    }
    mode_t before = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(before);
    if (bound != 0 || listen(fd, 1) != 0) {
        return -1;
    }
    return give(&fd);
}

static enum vit_status wait_for(int socket, short events, int limit_ms)
{
    struct pollfd entry = { .fd = socket, .events = events };
    int ready = poll(&entry, 1, limit_ms);
    if (ready < 0) {
        return errno == EINTR ? VIT_OK : VIT_E_IO;
    }
    return ready == 0 ? VIT_E_TIMEOUT : VIT_OK;
}

/* A port is no socket; no signal comes of writing to it. */
static ssize_t send_some(int socket, const char *bytes, size_t len)
{
    ssize_t sent = send(socket, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 && errno == ENOTSOCK ? write(socket, bytes, len) : sent;
}

static ssize_t receive_some(int socket, char *bytes, size_t len)
{
    ssize_t got = recv(socket, bytes, len, MSG_DONTWAIT);
    return got < 0 && errno == ENOTSOCK ? read(socket, bytes, len) : got;
}

static enum vit_status send_all(int socket, const void *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t sent = send_some(socket, (const char *)bytes + at, len - at);
        if (sent >= 0) {
            at += (size_t)sent;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return VIT_E_GONE;
        }
        VIT_TRY(wait_for(socket, POLLOUT, SEND_LIMIT_MS));
    }
    return VIT_OK;
}

enum vit_status conversation_send(int socket, enum conversation_type type, const void *head,
        size_t head_len, const void *body, size_t body_len)
{
    uint8_t header[HEADER_LEN];
    if (head_len > CONVERSATION_MAX_LEN || body_len > CONVERSATION_MAX_LEN - head_len) {
        return VIT_E_ARG;
    }
    vit_store_le32(header, (uint32_t)type);
    vit_store_le32(header + 4, (uint32_t)(head_len + body_len));
    VIT_TRY(send_all(socket, header, sizeof(header)));
    VIT_TRY(send_all(socket, head, head_len));
    return send_all(socket, body, body_len);
}

enum vit_status conversation_read(int socket, int limit_ms, void *body, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = receive_some(socket, (char *)body + at, len - at);
        if (got > 0) {
            at += (size_t)got;
            continue;
        }
        if (got == 0) {
            return VIT_E_GONE;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return VIT_E_GONE;
        }
        VIT_TRY(wait_for(socket, POLLIN, limit_ms));
    }
    return VIT_OK;
}

enum vit_status conversation_next(int socket, int limit_ms, uint32_t *type, uint32_t *len)
{
    uint8_t header[HEADER_LEN];
    VIT_TRY(conversation_read(socket, limit_ms, header, sizeof(header)));
    *type = vit_load_le32(header);
    *len = vit_load_le32(header + 4);
    return *len <= CONVERSATION_MAX_LEN ? VIT_OK : VIT_E_PROTOCOL;
}
