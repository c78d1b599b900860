/* SPDX-License-Identifier: MIT */
/**
 * The kernel driver's half of the Output Protection Manager: DXGK_OPM_INTERFACE, protected output
 * objects, and the context of the kernel's own in which they live on the device. The device checks
 * and signs; here are handles, the order of the handshake and, when custody is driver, the
 * unwrapping.
 */
#ifndef KMD_STUB_OPM_H
#define KMD_STUB_OPM_H

#include "base/ids.h"
#include "include/dispmprt.h"
#include "kmd-stub/link.h"
#include "kmd-stub/opm_custody.h"

struct vit_kmd_device;

/* Of an adapter. */
struct vit_kmd_opm {
    struct vit_kmd_custody custody;
    struct vit_ids objects;
    struct vit_kmd_device *device;    /* the kernel's; NULL: no object was made yet */
    struct vit_link_resource scratch; /* requests, answers, key bytes; zeros between two calls */
};

void vit_kmd_opm_init(struct vit_kmd_opm *opm);
/* Destroys what was not destroyed, and the context. The link still stands. */
void vit_kmd_opm_finish(struct vit_kmd_opm *opm);

/* DxgkDdiQueryInterface. MiniportDeviceContext is the adapter's handle. */
NTSTATUS vit_kmd_query_interface(PVOID MiniportDeviceContext, PQUERY_INTERFACE QueryInterface);

#endif
