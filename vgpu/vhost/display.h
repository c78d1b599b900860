/* SPDX-License-Identifier: MIT */
/**
 * The near end of the vhost-user-gpu display socket. A message is sent as long as it is read, for
 * some milliseconds at most; what the socket has not taken then is kept and sent when it can, and
 * meanwhile the display is busy.
 */
#ifndef VGPU_VHOST_DISPLAY_H
#define VGPU_VHOST_DISPLAY_H

#include <event2/event.h>
#include <sys/uio.h>

#include "base/status.h"
#include "vgpu/device.h"

struct vhost_display;

struct vhost_display_user {
    /* A busy display takes messages again. */
    void (*drained)(void *context);
    /* The answer to vhost_display_ask_modes(); count 0: none came in time. */
    void (*modes)(void *context, const struct vgpu_mode *modes, unsigned count);
    void *context;
};

/* user: copied. */
VIT_RESULT vhost_display_create(struct event_base *base, const struct vhost_display_user *user,
        struct vhost_display **display);
void vhost_display_destroy(struct vhost_display *display);

/* Takes the socket; -1: none any more. */
VIT_RESULT vhost_display_connect(struct vhost_display *display, int socket);

/* One whole message. VIT_E_BUSY: not now. Without a socket it vanishes: nobody looks. */
VIT_RESULT vhost_display_send(struct vhost_display *display, const struct iovec *parts,
        size_t count);

/* Asks what modes are preferred. VIT_E_BUSY: user->modes will be called, within 200 ms. VIT_E_GONE:
 * nobody is there, or who is there has never answered. */
VIT_RESULT vhost_display_ask_modes(struct vhost_display *display);

/* What was begun and not sent yet of a picture of this output goes out black. */
void vhost_display_blacken(struct vhost_display *display, unsigned output);

#endif
