/* SPDX-License-Identifier: MIT */
/**
 * Checks a copied command buffer and puts resource ids into it: whole messages, only such as may be
 * queued, and each field that names a resource covered by exactly one patch location.
 */
#ifndef KMD_STUB_COMMANDS_H
#define KMD_STUB_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "include/d3dumddi.h"
#include "wire/message.h"

struct vit_kmd_commands {
    uint8_t *bytes; /* messages, back to back */
    size_t len;
    uint32_t base;                     /* where bytes began in the command buffer */
    D3DDDI_PATCHLOCATIONLIST *patches; /* sorted by the call */
    uint32_t patch_count;
    const uint32_t *resources; /* id by allocation index; 0: no allocation there */
    uint32_t resource_count;
    uint32_t message_count; /* out */
};

/* On failure bytes are half patched and of no use.
 * @return STATUS_INVALID_USER_BUFFER no whole messages, too many or none;
 *         STATUS_ILLEGAL_INSTRUCTION unknown op; STATUS_PRIVILEGED_INSTRUCTION op that is not for
 *         a queue; STATUS_INVALID_HANDLE a patch location that names no allocation;
 *         STATUS_INVALID_PARAMETER patch locations and fields do not match */
NTSTATUS vit_kmd_commands_patch(struct vit_kmd_commands *commands);

#endif
