/* SPDX-License-Identifier: MIT */
#include "opm/monitor.h"

#include <stdlib.h>

#include "opm/export.h"

/* Below it a number; no object lies there. */
enum { FIRST_ADDRESS = 65536 };

#define MONITOR_MAGIC 0x564d4f4eu

struct monitor {
    uint32_t magic;
    UINT output;
    struct opm_adapter *adapter;
};

OPM_EXPORT HRESULT VitrineOpmMonitor(const struct vitrine_host_tables *tables, UINT output,
        HMONITOR *hMonitor)
{
    if (tables == NULL || hMonitor == NULL) {
        return E_INVALIDARG;
    }
    struct monitor *monitor = calloc(1, sizeof(*monitor));
    if (monitor == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = opm_adapter_borrow(tables, &monitor->adapter);
    if (FAILED(hr)) {
        free(monitor);
        return hr;
    }
    monitor->magic = MONITOR_MAGIC;
    monitor->output = output;
    *hMonitor = monitor;
    return S_OK;
}

static struct monitor *find(HMONITOR handle)
{
    struct monitor *monitor = handle;
    uintptr_t address = (uintptr_t)handle;
    if (address < FIRST_ADDRESS || address % _Alignof(struct monitor) != 0) {
        return NULL;
    }
    return monitor->magic == MONITOR_MAGIC ? monitor : NULL;
}

OPM_EXPORT void VitrineOpmDropMonitor(HMONITOR hMonitor)
{
    struct monitor *monitor = find(hMonitor);
    if (monitor == NULL) {
        return;
    }
    monitor->magic = 0;
    opm_adapter_unref(monitor->adapter);
    free(monitor);
}

HRESULT opm_monitor_resolve(HMONITOR handle, struct opm_adapter **adapter, UINT *output)
{
    uintptr_t number = (uintptr_t)handle;
    if (number < FIRST_ADDRESS) {
        *output = number == 0 ? 0 : (UINT)number - 1;
        return opm_adapter_open(adapter);
    }
    const struct monitor *monitor = find(handle);
    if (monitor == NULL) {
        return E_INVALIDARG;
    }
    *output = monitor->output;
    *adapter = opm_adapter_ref(monitor->adapter);
    return S_OK;
}
