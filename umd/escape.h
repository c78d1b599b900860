/* SPDX-License-Identifier: MIT */
/**
 * Session control: one DIRECT message and its answer by pfnEscapeCb. What is in the command buffer
 * is submitted first, so that the device meets everything in the order of the calls.
 */
#ifndef UMD_ESCAPE_H
#define UMD_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

#include "d3dumddi.h"
#include "wire/message.h"
#include "wire/kmd.h"

struct umd_device;

/* One to send. Build: begin, put the message, call. */
struct umd_escape {
    uint8_t block[VIT_ESCAPE_MAX_LEN];
    struct vit_writer out;
};

/* a, b: allocations for the message's resource fields, 0: none. */
void umd_escape_begin(struct umd_escape *escape, enum vit_op op, D3DKMT_HANDLE a, D3DKMT_HANDLE b);

/**
 * @param reply  written on VIT_OK only
 * @return VIT_E_GONE the device is removed; VIT_E_STATE also: the device lost the session; else
 *         what the device answered
 */
VIT_RESULT umd_escape_call(struct umd_device *device, struct umd_escape *escape, void *reply,
        size_t reply_len);

#endif
