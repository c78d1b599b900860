/* SPDX-License-Identifier: MIT */
/**
 * What comes back on the display socket: messages of the vhost-user-gpu protocol, taken from
 * whatever pieces they arrive in. Only answers about modes are looked at.
 */
#ifndef VGPU_VHOST_ANSWER_H
#define VGPU_VHOST_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "vgpu/device.h"
#include "vgpu/display.h"

enum { VHOST_MODES_ANSWER_LEN = 24 + VGPU_MAX_OUTPUTS * 24 };

struct vhost_answer {
    uint8_t bytes[VGPU_DISPLAY_HEADER_LEN + VHOST_MODES_ANSWER_LEN];
    size_t len;
    uint64_t skip; /* bytes of a message that nobody wants */
};

/* Takes bytes; *used of them, up to the end of one answer.
 * @return VIT_OK modes[VGPU_MAX_OUTPUTS] are there, 0 by 0 where nothing is connected; VIT_E_BUSY
 *         more is needed; VIT_E_PROTOCOL */
VIT_RESULT vhost_answer_take(struct vhost_answer *answer, const uint8_t *bytes, size_t len,
        size_t *used, struct vgpu_mode *modes);

#endif
