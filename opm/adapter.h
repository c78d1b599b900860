/* SPDX-License-Identifier: MIT */
/**
 * The kernel driver that output objects stand on: a host that the program opened and keeps open, or
 * one of our own that goes with the last object. Shared by reference count; safe for several threads.
 */
#ifndef OPM_ADAPTER_H
#define OPM_ADAPTER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "include/dispmprt.h"
#include "include/vitrine_host.h"

struct opm_adapter {
    atomic_uint count;
    bool owned; /* the host */
    struct vitrine_host_tables tables;
    DXGK_OPM_INTERFACE driver;
};

/* tables stays the caller's. E_OUTOFMEMORY; ERROR_GRAPHICS_OPM_NOT_SUPPORTED: a driver without OPM. */
HRESULT opm_adapter_borrow(const struct vitrine_host_tables *tables, struct opm_adapter **adapter);
/* The link that the environment names. E_FAIL: it cannot be opened. */
HRESULT opm_adapter_open(struct opm_adapter **adapter);

struct opm_adapter *opm_adapter_ref(struct opm_adapter *adapter);
/* NULL is fine. */
void opm_adapter_unref(struct opm_adapter *adapter);
VIT_DEFINE_AUTO(opm_adapter, struct opm_adapter *, opm_adapter_unref)

#endif
