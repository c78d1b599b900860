/* SPDX-License-Identifier: MIT */
/**
 * The command stream of a device's one context: QUEUED messages in the command buffer that the
 * kernel lent, the allocations they name, and where ids belong. It is submitted by a flush, or when
 * it is full; nothing is allocated on the way.
 */
#ifndef UMD_COMMANDS_H
#define UMD_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "d3dumddi.h"
#include "wire/message.h"

struct umd_device;
struct umd_resource;

struct umd_commands {
    struct vit_writer out; /* over the command buffer */
    D3DDDI_ALLOCATIONLIST *allocations;
    D3DDDI_PATCHLOCATIONLIST *patches;
    uint32_t allocation_capacity, allocation_count;
    uint32_t patch_capacity, patch_count;
    uint32_t message_count;
    uint64_t batch; /* names the submission being built; from 1 */
};

/* Takes over what the kernel lends. @return VIT_E_GONE too small to work with */
VIT_RESULT umd_commands_init(struct umd_commands *commands, const D3DDDICB_CREATECONTEXT *context);

/* Makes room for one message of that op, submitting what is there if need be. The next begin of it
 * succeeds. */
VIT_RESULT umd_commands_reserve(struct umd_device *device, enum vit_op op);

/**
 * Makes room for one message, submitting what is there if need be, and notes the resources it
 * names. On VIT_OK the caller puts exactly that message into commands.out.
 *
 * @param source, destination  read and written by the message
 */
VIT_RESULT umd_commands_begin(struct umd_device *device, enum vit_op op,
        struct umd_resource *source, struct umd_resource *destination);

/* Does anything unsubmitted name the resource? */
bool umd_commands_use(const struct umd_commands *commands, const struct umd_resource *resource);

/* Submits what is there, then starts the completion events that waited for it. Whatever the
 * kernel did not take is dropped, and the error says so. Nothing there: VIT_OK. */
VIT_RESULT umd_flush(struct umd_device *device);

/* The same before something is destroyed: nothing unsubmitted may name it. */
void umd_drain(struct umd_device *device);

/* The same, but the kernel is asked even when there is nothing to submit. */
VIT_RESULT umd_flush_always(struct umd_device *device);

#endif
