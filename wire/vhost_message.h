/* SPDX-License-Identifier: MIT */
/** One vhost-user message with its file descriptors, read from and written to a socket. */
#ifndef WIRE_VHOST_MESSAGE_H
#define WIRE_VHOST_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "wire/vhost_user.h"

struct vhost_message {
    struct vhost_header header;
    union vhost_payload payload;
    int fds[VHOST_MAX_FDS]; /* owned; -1: none or taken */
    size_t fd_count;
};

void vhost_message_init(struct vhost_message *message);
/* Closes descriptors that nobody took. */
void vhost_message_finish(struct vhost_message *message);
/* Moves a descriptor out; -1 when there is none. */
int vhost_message_take_fd(struct vhost_message *message, size_t index);

/**
 * Reads one message; waits at most two seconds for one that began.
 *
 * @return VIT_E_GONE      the other end closed
 *         VIT_E_PROTOCOL  version, size, truncated descriptors
 *         VIT_E_TIMEOUT   it began and did not end
 */
VIT_RESULT vhost_message_read(int socket, struct vhost_message *message);
VIT_RESULT vhost_message_write(int socket, const struct vhost_header *header, const void *payload,
        const int *fds, size_t fd_count);

#endif
