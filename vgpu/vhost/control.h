/* SPDX-License-Identifier: MIT */
/**
 * The control socket, for the host only: one JSON object a line, in the manner of QMP.
 *
 *   {"execute": "query-status"}
 *   {"execute": "set-level", "arguments": {"output": 0, "level": "hdcp"}}
 *
 * Levels: "none", "hdcp", "lost", "revoked". Answers: {"return": ...} or {"error": {"desc": ...}}.
 */
#ifndef VGPU_VHOST_CONTROL_H
#define VGPU_VHOST_CONTROL_H

#include <event2/event.h>

#include "base/status.h"
#include "vgpu/device.h"

struct vhost_control;

/* Takes the listening socket; the device is borrowed. */
VIT_RESULT vhost_control_create(struct event_base *base, int listening, struct vgpu_device *device,
        struct vhost_control **control);
void vhost_control_destroy(struct vhost_control *control);

#endif
