/* SPDX-License-Identifier: MIT */
#include "kmd-stub/present.h"

#include "kmd-stub/allocation.h"
#include "kmd-stub/context.h"
#include "kmd-stub/status.h"

struct present {
    D3DKMT_HANDLE source, destination;
    HANDLE context;
    UINT broadcast_count;
};

static bool can_be_shown(const struct vit_kmd_allocation *allocation)
{
    return allocation->block.kind == VIT_ALLOCATION_PRIMARY ||
            allocation->block.kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static enum vit_status show(struct vit_kmd_device *device,
        const struct vit_kmd_allocation *allocation)
{
    struct vit_link *link = device->adapter->link;
    const struct vit_allocation_block *block = &allocation->block;
    struct vit_surface surface;
    VIT_TRY(vit_surface_init(&surface, block->format, block->width, block->height));
    VIT_TRY(vit_kmd_device_wait(device, allocation->last_use, UINT64_MAX));
    return vit_kmd_adapter_note(device->adapter,
            link->impl->present(link, device->context, allocation->output, &allocation->resource,
                    &surface));
}

static HRESULT present(HANDLE hDevice, const struct present *arguments)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || arguments->destination != 0 || arguments->broadcast_count != 0 ||
            vit_kmd_context_find(device, arguments->context) == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    struct vit_kmd_allocation *allocation = vit_kmd_allocation_find(device, arguments->source);
    if (allocation == NULL || !can_be_shown(allocation)) {
        return E_INVALIDARG;
    }
    return vit_kmd_result(show(device, allocation));
}

HRESULT vit_kmd_present(HANDLE hDevice, D3DDDICB_PRESENT *data)
{
    if (data == NULL) {
        return E_INVALIDARG;
    }
    return present(hDevice,
            &(struct present){ data->hSrcAllocation, data->hDstAllocation, data->hContext,
                    data->BroadcastContextCount });
}

HRESULT vit_kmd_present_dxgi(HANDLE hDevice, DXGIDDICB_PRESENT *data)
{
    if (data == NULL) {
        return E_INVALIDARG;
    }
    return present(hDevice,
            &(struct present){ data->hSrcAllocation, data->hDstAllocation, data->hContext,
                    data->BroadcastContextCount });
}
