/* SPDX-License-Identifier: MIT */
/**
 * The control socket, for the host only: one JSON object a line, in the manner of QMP.
 *
 *   {"execute": "query-status"}
 *   {"execute": "set-level", "arguments": {"output": 0, "level": "hdcp"}}
 *   {"execute": "query-monitors"}
 *   {"execute": "set-monitor", "arguments": {"output": 0, "plugged": false}}
 *   {"execute": "tamper", "arguments": {"output": 0}}
 *
 * A virtual monitor is plugged, hdcp (it has that), revoked (booleans), delay-ms (that it takes to
 * authenticate), ksv (ten hexadecimal digits, most significant first). What set-monitor does not
 * name stays.
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
