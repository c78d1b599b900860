/* SPDX-License-Identifier: MIT */
/**
 * The near end of the vhost-user-gpu display socket. A message is sent without blocking: what the
 * socket does not take at once is kept and sent when it can, and meanwhile the display is busy.
 */
#ifndef VGPU_VHOST_DISPLAY_H
#define VGPU_VHOST_DISPLAY_H

#include <event2/event.h>
#include <sys/uio.h>

#include "base/status.h"

struct vhost_display;

/* drained is called when a busy display takes messages again. */
VIT_RESULT vhost_display_create(struct event_base *base, void (*drained)(void *context),
        void *context, struct vhost_display **display);
void vhost_display_destroy(struct vhost_display *display);

/* Takes the socket; -1: none any more. */
VIT_RESULT vhost_display_connect(struct vhost_display *display, int socket);

/* One whole message. VIT_E_BUSY: not now. Without a socket it vanishes: nobody looks. */
VIT_RESULT vhost_display_send(struct vhost_display *display, const struct iovec *parts,
        size_t count);

/* What was begun and not sent yet of a picture of this output goes out black. */
void vhost_display_blacken(struct vhost_display *display, unsigned output);

#endif
