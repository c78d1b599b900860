/* SPDX-License-Identifier: MIT */
#include "kmd-stub/sync.h"

#include <stdalign.h>

#include "kmd-stub/context.h"
#include "kmd-stub/event.h"
#include "kmd-stub/status.h"

static bool signal_fits(const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data)
{
    D3DDDICB_SIGNALFLAGS flags = { .EnqueueCpuEvent = 1 };
    return data->Flags.Value == flags.Value && data->ObjectCount == 0 &&
            data->BroadcastContextCount == 0 && data->CpuEventHandle != NULL &&
            (uintptr_t)data->CpuEventHandle % alignof(struct vit_kmd_event) == 0;
}

HRESULT vit_kmd_signal2(HANDLE hDevice, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL || !signal_fits(data) ||
            vit_kmd_context_find(device, data->hContext) == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    enum vit_status status = vit_kmd_event_add(device, data->CpuEventHandle);
    return status == VIT_OK ? S_OK : E_OUTOFMEMORY;
}

HRESULT vit_kmd_wait2(HANDLE hDevice, const D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL || data->ObjectCount != 0 ||
            vit_kmd_context_find(device, data->hContext) == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    enum vit_status status = vit_kmd_device_progress(device, data->FenceValue);
    return vit_kmd_result(status == VIT_E_TIMEOUT ? VIT_OK : status);
}
