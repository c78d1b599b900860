/* SPDX-License-Identifier: MIT */
/**
 * Plays the part of the Direct3D 11.1 runtime towards a user-mode driver, as thinly as possible:
 * loads driver and host library, opens adapter and devices in the published order, keeps the memory
 * that drivers ask for, and collects what they report through pfnSetErrorCb. The driver's tables
 * are there for the caller to use directly.
 *
 * One device, one thread. Later the COM interfaces of Direct3D 11 stand on this.
 */
#ifndef RUNTIME_DDI_H
#define RUNTIME_DDI_H

#include <stdint.h>

#include "base/cleanup.h"
#include <d3d10umddi.h>
#include <vitrine_host.h>

struct vit_adapter;

struct vit_adapter_config {
    const char *umd;                 /* path or soname; NULL: Vitrine's */
    const char *host;                /* path or soname; NULL: Vitrine's */
    struct vitrine_host_config link; /* version is filled in */
    /* When set, called before the driver sees the host: may put tables and handles of its own in
     * place of the host's, and forward to those. */
    void (*wrap_host)(void *context, struct vitrine_host_tables *tables);
    void *wrap_context; /* borrowed */
};

/* @param error  one line on failure, at least error_len bytes */
HRESULT vit_adapter_open(const struct vit_adapter_config *config, struct vit_adapter **adapter,
        char *error, uint32_t error_len);
/* All devices must be closed. */
void vit_adapter_close(struct vit_adapter *adapter);
VIT_DEFINE_AUTO(adapter, struct vit_adapter *, vit_adapter_close)

/* Borrowed. */
const struct vitrine_host_tables *vit_adapter_host(const struct vit_adapter *adapter);
const D3D10_2DDI_ADAPTERFUNCS *vit_adapter_funcs(const struct vit_adapter *adapter);
D3D10DDI_HADAPTER vit_adapter_handle(const struct vit_adapter *adapter);

struct vit_device {
    D3D10DDI_HDEVICE handle;
    D3D11_1DDI_DEVICEFUNCS funcs;
    D3D11_1DDI_VIDEODEVICEFUNCS video;
    DXGI1_2_DDI_BASE_FUNCTIONS dxgi;
    HANDLE hRTDevice;
    struct vit_adapter *adapter; /* borrowed */
    HRESULT error;               /* first since vit_device_take_error() */
    uint32_t error_count;
    uint32_t amortized_count; /* calls of pfnPerformAmortizedProcessingCb */
};

HRESULT vit_device_open(struct vit_adapter *adapter, struct vit_device **device);
void vit_device_close(struct vit_device *device);
VIT_DEFINE_AUTO(device, struct vit_device *, vit_device_close)

/* The first error reported since the last call; S_OK: none. */
HRESULT vit_device_take_error(struct vit_device *device);

/* What a texture or buffer is for. */
enum vit_resource_use {
    VIT_USE_STAGING,           /* system memory, mappable */
    VIT_USE_DEFAULT,           /* not mappable */
    VIT_USE_PROTECTED,         /* RESTRICTED_CONTENT */
    VIT_USE_PRIMARY,           /* can be presented */
    VIT_USE_PROTECTED_PRIMARY, /* both */
};

struct vit_resource {
    D3D10DDI_HRESOURCE handle;
    struct vit_device *device; /* borrowed */
    UINT width, height;
    DXGI_FORMAT format;
};

/* Format UNKNOWN, height 1: a buffer of width bytes. */
HRESULT vit_resource_create(struct vit_device *device, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height, struct vit_resource **resource);
/* One of the primaries, for an output by its number. */
HRESULT vit_primary_create(struct vit_device *device, enum vit_resource_use use, UINT source,
        UINT width, UINT height, struct vit_resource **resource);
void vit_resource_destroy(struct vit_resource *resource);
VIT_DEFINE_AUTO(resource, struct vit_resource *, vit_resource_destroy)

/* Map and unmap of a staging resource, by the slot that the runtime uses for it. */
HRESULT vit_resource_map(const struct vit_resource *resource, D3D10_DDI_MAP how,
        D3D10DDI_MAPPED_SUBRESOURCE *mapped);
void vit_resource_unmap(const struct vit_resource *resource);

struct vit_session {
    D3D11_1DDI_HCRYPTOSESSION handle;
    struct vit_device *device; /* borrowed */
};

/* AES128_CTR, no decoder profile, RSAES_OAEP. */
HRESULT vit_session_create(struct vit_device *device, struct vit_session **session);
void vit_session_destroy(struct vit_session *session);
VIT_DEFINE_AUTO(session, struct vit_session *, vit_session_destroy)

/* The device certificate chain for crypto sessions, allocated. */
HRESULT vit_session_certificate(struct vit_device *device, uint8_t **chain, UINT *len);

/* An authenticated channel. */
struct vit_channel_object {
    D3D11_1DDI_HAUTHCHANNEL handle;
    HANDLE hChannel;           /* its name in messages */
    struct vit_device *device; /* borrowed */
};

HRESULT vit_channel_open(struct vit_device *device, D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type,
        struct vit_channel_object **channel);
void vit_channel_close(struct vit_channel_object *channel);
VIT_DEFINE_AUTO(channel_object, struct vit_channel_object *, vit_channel_close)

/* The device certificate chain for channels of the type, allocated. */
HRESULT vit_channel_certificate(struct vit_device *device,
        D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE type, uint8_t **chain, UINT *len);

struct vit_event {
    D3D10DDI_HQUERY handle;
    struct vit_device *device; /* borrowed */
};

HRESULT vit_event_create(struct vit_device *device, struct vit_event **event);
void vit_event_destroy(struct vit_event *event);
VIT_DEFINE_AUTO(event, struct vit_event *, vit_event_destroy)
/* Ends the query and polls it for at most limit_ms. DXGI_DDI_ERR_WASSTILLDRAWING: not done. */
HRESULT vit_event_wait(struct vit_event *event, uint32_t limit_ms);

#endif
