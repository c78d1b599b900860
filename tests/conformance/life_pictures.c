/* SPDX-License-Identifier: MIT */
/* Steps of a life: device, resources, queries, presentation. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/life_steps.h"

HRESULT life_map(struct life *life, D3D10_DDI_MAP how, D3D10DDI_MAPPED_SUBRESOURCE *mapped)
{
    life->tap->application = true;
    HRESULT hr = vit_resource_map(life->staging, how, mapped);
    life->tap->application = false;
    if (FAILED(hr)) {
        life_must(life, mapped->pData == NULL, "a map that failed left an address behind");
        return hr;
    }
    life_must(life,
            mapped->pData != NULL && mapped->RowPitch >= LIFE_WIDTH * 4 &&
                    mapped->DepthPitch >= mapped->RowPitch * LIFE_HEIGHT,
            "a map that worked gave no address or no pitches");
    return mapped->pData != NULL ? S_OK : LIFE_SKIPPED;
}

HRESULT life_create_device(struct life *life)
{
    return vit_device_open(life->rig->adapter, &life->device);
}

static HRESULT create(struct life *life, enum vit_resource_use use, struct vit_resource **resource)
{
    if (life->device == NULL) {
        return LIFE_SKIPPED;
    }
    return vit_resource_create(life->device, use, DXGI_FORMAT_B8G8R8X8_UNORM, LIFE_WIDTH,
            LIFE_HEIGHT, resource);
}

HRESULT life_create_staging(struct life *life)
{
    return create(life, VIT_USE_STAGING, &life->staging);
}

HRESULT life_create_picture(struct life *life)
{
    return create(life, VIT_USE_PROTECTED, &life->picture);
}

HRESULT life_create_primary(struct life *life)
{
    return create(life, VIT_USE_PROTECTED_PRIMARY, &life->primary);
}

HRESULT life_flush(struct life *life)
{
    if (life->device == NULL) {
        return LIFE_SKIPPED;
    }
    life->device->funcs.pfnFlush(life->device->handle, 0);
    HRESULT hr = life_reported(life);
    life->played &= hr == S_OK;
    return hr;
}

HRESULT life_blt(struct life *life)
{
    if (life->picture == NULL || life->primary == NULL) {
        return LIFE_SKIPPED;
    }
    DXGI_DDI_ARG_BLT blt_data = {
        .hDevice = (DXGI_DDI_HDEVICE)life->device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)life->primary->handle.pDrvPrivate,
        .DstRight = LIFE_WIDTH,
        .DstBottom = LIFE_HEIGHT,
        .hSrcResource = (DXGI_DDI_HRESOURCE)life->picture->handle.pDrvPrivate,
        .Flags = { .Convert = 1 },
    };
    return life->device->dxgi.pfnBlt(&blt_data);
}

HRESULT life_present(struct life *life)
{
    if (life->primary == NULL) {
        return LIFE_SKIPPED;
    }
    DXGI_DDI_ARG_PRESENT present_data = {
        .hDevice = (DXGI_DDI_HDEVICE)life->device->handle.pDrvPrivate,
        .hSurfaceToPresent = (DXGI_DDI_HRESOURCE)life->primary->handle.pDrvPrivate,
        .pDXGIContext = life,
        .Flags = { .Flip = 1 },
    };
    life->tap->presenting = true;
    HRESULT hr = life->device->dxgi.pfnPresent(&present_data);
    life->tap->presenting = false;
    return hr;
}

HRESULT life_create_event(struct life *life)
{
    return life->device == NULL ? LIFE_SKIPPED : vit_event_create(life->device, &life->event);
}

HRESULT life_end_event(struct life *life)
{
    if (life->event == NULL) {
        return LIFE_SKIPPED;
    }
    life->device->funcs.pfnQueryEnd(life->device->handle, life->event->handle);
    return life_reported(life);
}

HRESULT life_get_data(struct life *life)
{
    enum { TRIES = 2000 };
    HRESULT hr = LIFE_SKIPPED;
    for (int i = 0; life->event != NULL && i < TRIES; i++) {
        BOOL done = FALSE;
        life->device->funcs.pfnQueryGetData(life->device->handle, life->event->handle, &done,
                sizeof(done), 0);
        hr = life_reported(life);
        if (hr != DXGI_DDI_ERR_WASSTILLDRAWING) {
            life_must(life, FAILED(hr) || done == TRUE,
                    "QueryGetData said nothing, and the event FALSE");
            return hr;
        }
        life_must(life, done == FALSE, "QueryGetData was not ready and wrote data");
        poll(NULL, 0, 1);
    }
    return hr;
}

HRESULT life_create_plain(struct life *life)
{
    return create(life, VIT_USE_DEFAULT, &life->plain);
}

static HRESULT update(struct life *life, struct vit_resource *resource)
{
    if (resource == NULL) {
        return LIFE_SKIPPED;
    }
    life->device->funcs.pfnResourceUpdateSubresourceUP(life->device->handle, resource->handle, 0,
            NULL, life->shown, LIFE_WIDTH * 4, LIFE_LEN, 0);
    return life_reported(life);
}

HRESULT life_update_plain(struct life *life)
{
    return update(life, life->plain);
}

HRESULT life_update_picture(struct life *life)
{
    return update(life, life->picture);
}

HRESULT life_copy(struct life *life)
{
    if (life->plain == NULL || life->staging == NULL) {
        return LIFE_SKIPPED;
    }
    life->device->funcs.pfnResourceCopy(life->device->handle, life->staging->handle,
            life->plain->handle);
    return life_reported(life);
}

HRESULT life_ask_busy(struct life *life)
{
    if (life->staging == NULL) {
        return LIFE_SKIPPED;
    }
    (void)life->device->funcs.pfnResourceIsStagingBusy(life->device->handle, life->staging->handle);
    return life_reported(life);
}

/* What the application writes anew for each frame; the runtime's helper does not make such. */
static HRESULT create_by_hand(struct vit_resource *resource)
{
    struct vit_device *device = resource->device;
    D3D10DDI_MIPINFO mip = { LIFE_WIDTH, LIFE_HEIGHT, 1, LIFE_WIDTH, LIFE_HEIGHT, 1 };
    D3D11DDIARG_CREATERESOURCE create_data = {
        .pMipInfoList = &mip,
        .ResourceDimension = D3D10DDIRESOURCE_TEXTURE2D,
        .Usage = D3D10_DDI_USAGE_DYNAMIC,
        .BindFlags = D3D10_DDI_BIND_SHADER_RESOURCE,
        .MapFlags = D3D10_DDI_CPU_ACCESS_WRITE,
        .Format = DXGI_FORMAT_B8G8R8X8_UNORM,
        .SampleDesc = { .Count = 1 },
        .MipLevels = 1,
        .ArraySize = 1,
    };
    SIZE_T size = device->funcs.pfnCalcPrivateResourceSize(device->handle, &create_data);
    resource->handle.pDrvPrivate = calloc(1, size);
    device->funcs.pfnCreateResource(device->handle, &create_data, resource->handle,
            (D3D10DDI_HRTRESOURCE){ resource });
    return vit_device_take_error(device);
}

HRESULT life_create_dynamic(struct life *life)
{
    if (life->device == NULL) {
        return LIFE_SKIPPED;
    }
    struct vit_resource *resource = calloc(1, sizeof(*resource));
    resource->device = life->device;
    HRESULT hr = create_by_hand(resource);
    if (FAILED(hr)) {
        free(resource->handle.pDrvPrivate);
        free(resource);
        return hr;
    }
    life->dynamic = resource;
    return S_OK;
}

HRESULT life_map_discard(struct life *life)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    struct vit_device *device = life->device;
    if (life->dynamic == NULL) {
        return LIFE_SKIPPED;
    }
    memset(&mapped, 0xaa, sizeof(mapped));
    life->tap->application = true;
    device->funcs.pfnDynamicResourceMapDiscard(device->handle, life->dynamic->handle, 0,
            D3D10_DDI_MAP_WRITE_DISCARD, 0, &mapped);
    life->tap->application = false;
    HRESULT hr = life_reported(life);
    if (FAILED(hr)) {
        life_must(life, mapped.pData == NULL, "a map that failed left an address behind");
        return hr;
    }
    memcpy(mapped.pData, life->shown, LIFE_LEN);
    device->funcs.pfnDynamicResourceUnmap(device->handle, life->dynamic->handle, 0);
    return life_reported(life);
}

HRESULT life_copy_dynamic(struct life *life)
{
    if (life->plain == NULL || life->dynamic == NULL) {
        return LIFE_SKIPPED;
    }
    life->device->funcs.pfnResourceCopy(life->device->handle, life->plain->handle,
            life->dynamic->handle);
    return life_reported(life);
}

static HRESULT destroy_resource(struct life *life, struct vit_resource **resource)
{
    if (*resource == NULL) {
        return LIFE_SKIPPED;
    }
    vit_resource_destroy(*resource);
    *resource = NULL;
    return life_reported(life);
}

HRESULT life_destroy_dynamic(struct life *life)
{
    return destroy_resource(life, &life->dynamic);
}

HRESULT life_destroy_staging(struct life *life)
{
    return destroy_resource(life, &life->staging);
}

HRESULT life_destroy_plain(struct life *life)
{
    return destroy_resource(life, &life->plain);
}

HRESULT life_destroy_picture(struct life *life)
{
    return destroy_resource(life, &life->picture);
}

HRESULT life_destroy_primary(struct life *life)
{
    return destroy_resource(life, &life->primary);
}

HRESULT life_destroy_event(struct life *life)
{
    if (life->event == NULL) {
        return LIFE_SKIPPED;
    }
    vit_event_destroy(life->event);
    life->event = NULL;
    return life_reported(life);
}

HRESULT life_destroy_device(struct life *life)
{
    vit_device_close(life->device);
    life->device = NULL;
    return S_OK;
}
