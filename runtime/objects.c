/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "runtime/ddi.h"
#include "runtime/objects.h"

static void describe_use(enum vit_resource_use use, D3D11DDIARG_CREATERESOURCE *create,
        DXGI_DDI_PRIMARY_DESC *primary)
{
    switch (use) {
    case VIT_USE_STAGING:
        create->Usage = D3D10_DDI_USAGE_STAGING;
        create->MapFlags = D3D10_DDI_CPU_ACCESS_READ | D3D10_DDI_CPU_ACCESS_WRITE;
        return;
    case VIT_USE_DEFAULT:
        create->BindFlags = D3D10_DDI_BIND_SHADER_RESOURCE;
        return;
    case VIT_USE_PROTECTED:
        create->BindFlags = D3D10_DDI_BIND_RENDER_TARGET | D3D10_DDI_BIND_SHADER_RESOURCE;
        create->MiscFlags = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT;
        return;
    case VIT_USE_PROTECTED_PRIMARY:
        create->MiscFlags = D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT;
        /* fallthrough */
    case VIT_USE_PRIMARY:
        create->BindFlags = D3D10_DDI_BIND_PRESENT | D3D10_DDI_BIND_RENDER_TARGET;
        create->pPrimaryDesc = primary;
    }
}

static HRESULT create_resource(struct vit_resource *resource, enum vit_resource_use use,
        UINT source)
{
    struct vit_device *device = resource->device;
    D3D10DDI_MIPINFO mip = { resource->width, resource->height, 1, resource->width,
        resource->height, 1 };
    DXGI_DDI_PRIMARY_DESC primary = { .VidPnSourceId = source,
        .ModeDesc = { .Width = resource->width,
                .Height = resource->height,
                .Format = resource->format } };
    D3D11DDIARG_CREATERESOURCE create = {
        .pMipInfoList = &mip,
        .ResourceDimension = resource->format == DXGI_FORMAT_UNKNOWN ? D3D10DDIRESOURCE_BUFFER
                                                                     : D3D10DDIRESOURCE_TEXTURE2D,
        .Usage = D3D10_DDI_USAGE_DEFAULT,
        .Format = resource->format,
        .SampleDesc = { .Count = 1 },
        .MipLevels = 1,
        .ArraySize = 1,
    };
    describe_use(use, &create, &primary);
    resource->handle.pDrvPrivate =
            vit_private_memory(device->funcs.pfnCalcPrivateResourceSize(device->handle, &create));
    if (resource->handle.pDrvPrivate == NULL) {
        return E_OUTOFMEMORY;
    }
    uint32_t before = device->error_count;
    device->funcs.pfnCreateResource(device->handle, &create, resource->handle,
            (D3D10DDI_HRTRESOURCE){ resource });
    if (device->error_count == before) {
        return S_OK;
    }
    /* A handle whose creation reported an error is never destroyed. */
    free(resource->handle.pDrvPrivate);
    resource->handle.pDrvPrivate = NULL;
    return vit_device_take_error(device);
}

static HRESULT create(struct vit_device *device, enum vit_resource_use use, UINT source,
        DXGI_FORMAT format, UINT width, UINT height, struct vit_resource **resource)
{
    VIT_AUTO(resource) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    created->device = device;
    created->format = format;
    created->width = width;
    created->height = height;
    HRESULT hr = create_resource(created, use, source);
    if (FAILED(hr)) {
        return hr;
    }
    *resource = created;
    created = NULL;
    return S_OK;
}

HRESULT vit_resource_create(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height, struct vit_resource **resource)
{
    return create(device, use, 0, format, width, height, resource);
}

HRESULT vit_primary_create(struct vit_device *device, enum vit_resource_use use, UINT source,
        UINT width, UINT height, struct vit_resource **resource)
{
    return create(device, use, source, DXGI_FORMAT_B8G8R8X8_UNORM, width, height, resource);
}

void vit_resource_destroy(struct vit_resource *resource)
{
    if (resource == NULL) {
        return;
    }
    if (resource->handle.pDrvPrivate != NULL) {
        resource->device->funcs.pfnDestroyResource(resource->device->handle, resource->handle);
        free(resource->handle.pDrvPrivate);
    }
    free(resource);
}

HRESULT vit_resource_map(const struct vit_resource *resource, D3D10_DDI_MAP how,
        D3D10DDI_MAPPED_SUBRESOURCE *mapped)
{
    struct vit_device *device = resource->device;
    uint32_t before = device->error_count;
    device->funcs.pfnStagingResourceMap(device->handle, resource->handle, 0, how, 0, mapped);
    return device->error_count == before ? S_OK : vit_device_take_error(device);
}

void vit_resource_unmap(const struct vit_resource *resource)
{
    resource->device->funcs.pfnStagingResourceUnmap(resource->device->handle, resource->handle, 0);
}

HRESULT vit_session_create(struct vit_device *device, struct vit_session **session)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = {
        .CryptoType = D3D11_1DDI_CRYPTO_TYPE_AES128_CTR,
        .KeyExchangeType = D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP,
    };
    VIT_AUTO(session) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    created->device = device;
    void *memory = vit_private_memory(device->video.pfnCalcPrivateCryptoSessionSize(device->handle,
            &create));
    if (memory == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT hr = device->video.pfnCreateCryptoSession(device->handle, &create,
            (D3D11_1DDI_HCRYPTOSESSION){ memory }, (D3D11_1DDI_HRTCRYPTOSESSION){ created });
    if (FAILED(hr)) {
        free(memory);
        return hr;
    }
    created->handle.pDrvPrivate = memory;
    *session = created;
    created = NULL;
    return S_OK;
}

void vit_session_destroy(struct vit_session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->handle.pDrvPrivate != NULL) {
        session->device->video.pfnDestroyCryptoSession(session->device->handle, session->handle);
        free(session->handle.pDrvPrivate);
    }
    free(session);
}

HRESULT vit_session_certificate(struct vit_device *device, uint8_t **chain, UINT *len)
{
    const D3D11_1DDI_CERTIFICATE_INFO info = {
        .CertificateType = D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION,
        .CryptoSessionType = D3D11_1DDI_CRYPTO_TYPE_AES128_CTR,
    };
    return vit_device_certificate(device, &info, chain, len);
}

HRESULT vit_event_create(struct vit_device *device, struct vit_event **event)
{
    D3D10DDIARG_CREATEQUERY create = { .Query = D3D10DDI_QUERY_EVENT };
    VIT_AUTO(event) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return E_OUTOFMEMORY;
    }
    created->device = device;
    void *memory =
            vit_private_memory(device->funcs.pfnCalcPrivateQuerySize(device->handle, &create));
    if (memory == NULL) {
        return E_OUTOFMEMORY;
    }
    uint32_t before = device->error_count;
    device->funcs.pfnCreateQuery(device->handle, &create, (D3D10DDI_HQUERY){ memory },
            (D3D10DDI_HRTQUERY){ created });
    if (device->error_count != before) {
        free(memory);
        return vit_device_take_error(device);
    }
    created->handle.pDrvPrivate = memory;
    *event = created;
    created = NULL;
    return S_OK;
}

void vit_event_destroy(struct vit_event *event)
{
    if (event == NULL) {
        return;
    }
    if (event->handle.pDrvPrivate != NULL) {
        event->device->funcs.pfnDestroyQuery(event->device->handle, event->handle);
        free(event->handle.pDrvPrivate);
    }
    free(event);
}

/* TRUE: ready; a report other than "still drawing" ends the wait. */
static HRESULT poll_event(struct vit_event *event)
{
    struct vit_device *device = event->device;
    BOOL done = FALSE;
    uint32_t before = device->error_count;
    device->funcs.pfnQueryGetData(device->handle, event->handle, &done, sizeof(done), 0);
    if (device->error_count == before) {
        return S_OK;
    }
    return vit_device_take_error(device);
}

HRESULT vit_event_wait(struct vit_event *event, uint32_t limit_ms)
{
    uint64_t deadline = vit_now_ns() + (uint64_t)limit_ms * 1000000u;
    event->device->funcs.pfnQueryEnd(event->device->handle, event->handle);
    HRESULT hr = poll_event(event);
    while (hr == DXGI_DDI_ERR_WASSTILLDRAWING && vit_now_ns() < deadline) {
        poll(NULL, 0, 1);
        hr = poll_event(event);
    }
    return hr;
}
