/* SPDX-License-Identifier: MIT */
/**
 * The adapter: what the driver learns once of the device behind it (page "Initializing
 * Communication with the Direct3D Version 11 DDI"). Read only after OpenAdapter10_2, but for
 * what devices leave to it; the devices made on it share it.
 */
#ifndef UMD_ADAPTER_H
#define UMD_ADAPTER_H

#include <stdatomic.h>

#include "base/secret.h"
#include "d3d10umddi.h"
#include "umd/custody.h"

struct umd_event;

struct umd_adapter {
    uint32_t kind;  /* UMD_KIND_ADAPTER */
    HANDLE runtime; /* hRTAdapter, for callbacks */
    struct vit_slab *slab;
    struct umd_custody custody;
    uint32_t outputs;
    uint64_t byte_limit; /* of protected memory, per device */
    /* Events of devices whose context did not go: the kernel may set them as long as there is the
     * kernel's device, which the runtime destroys before it closes the adapter. */
    _Atomic(struct umd_event *) events_left;
};

/* NULL for a handle that is no adapter. */
struct umd_adapter *umd_adapter_get(D3D10DDI_HADAPTER hAdapter);

/* The one exported symbol. */
__attribute__((visibility("default"))) HRESULT APIENTRY
OpenAdapter10_2(D3D10DDIARG_OPENADAPTER *open);

#endif
