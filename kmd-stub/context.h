/* SPDX-License-Identifier: MIT */
/**
 * A context: command buffer and lists of one stream of submissions. All contexts of a device share
 * its order.
 */
#ifndef KMD_STUB_CONTEXT_H
#define KMD_STUB_CONTEXT_H

#include "kmd-stub/device.h"

struct vit_kmd_context {
    struct vit_kmd_device *device;
    uint32_t handle;
    uint8_t *commands; /* VIT_KMD_COMMAND_LEN bytes */
    D3DDDI_ALLOCATIONLIST *allocations;
    D3DDDI_PATCHLOCATIONLIST *patches;
    struct vit_kmd_context *next;
};

/* A live context of this device; NULL finds the default one. NULL: none. */
struct vit_kmd_context *vit_kmd_context_find(const struct vit_kmd_device *device, HANDLE hContext);
void vit_kmd_contexts_destroy(struct vit_kmd_device *device);

HRESULT vit_kmd_create_context(HANDLE hDevice, D3DDDICB_CREATECONTEXT *data);
HRESULT vit_kmd_destroy_context(HANDLE hDevice, const D3DDDICB_DESTROYCONTEXT *data);

#endif
