/* SPDX-License-Identifier: MIT */
/**
 * A vhost-user back-end for one front-end (QEMU, or our own "vhost:" link): it turns the socket's
 * messages into calls of the device, eventfds into kicks, and interrupts into eventfds.
 */
#ifndef VGPU_VHOST_BACKEND_H
#define VGPU_VHOST_BACKEND_H

#include <event2/event.h>

#include "base/cleanup.h"
#include "vgpu/device.h"

struct vhost_backend;

/* closed is called once, when the front-end is gone or broke the protocol; the back-end may be
 * destroyed in it. */
VIT_RESULT vhost_backend_create(struct event_base *base, const struct vgpu_config *config,
        void (*closed)(void *context), void *context, struct vhost_backend **backend);
void vhost_backend_destroy(struct vhost_backend *backend);
VIT_DEFINE_AUTO(vhost_backend, struct vhost_backend *, vhost_backend_destroy)

/* Takes the socket of a front-end. @return VIT_E_BUSY there is one already (the socket is closed) */
VIT_RESULT vhost_backend_connect(struct vhost_backend *backend, int socket);

/* Borrowed. */
struct vgpu_device *vhost_backend_device(struct vhost_backend *backend);

#endif
