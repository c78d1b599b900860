/* SPDX-License-Identifier: MIT */
#include "umd/resource.h"

#include <string.h>

#include "umd/allocation.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/upload.h"

struct umd_resource *umd_resource_get(const struct umd_device *device, D3D10DDI_HRESOURCE hResource)
{
    return umd_object_get(device, hResource.pDrvPrivate, UMD_KIND_RESOURCE);
}

static void link_protected(struct umd_device *device, struct umd_resource *resource)
{
    resource->next = device->protected_resources;
    resource->link = &device->protected_resources;
    if (resource->next != NULL) {
        resource->next->link = &resource->next;
    }
    device->protected_resources = resource;
}

static void unlink_protected(struct umd_resource *resource)
{
    *resource->link = resource->next;
    if (resource->next != NULL) {
        resource->next->link = resource->link;
    }
}

void umd_resources_forget_session(struct umd_device *device, uint64_t session)
{
    for (struct umd_resource *at = device->protected_resources; at != NULL; at = at->next) {
        if (at->label == session) {
            at->label = 0;
        }
    }
}

SIZE_T APIENTRY umd_calc_resource_size(D3D10DDI_HDEVICE hDevice,
        const D3D11DDIARG_CREATERESOURCE *create)
{
    (void)hDevice;
    (void)create;
    return sizeof(struct umd_resource);
}

/* Sharing is not offered, and what hardware protection of a later interface asks for would not be
 * kept. */
static bool flags_offered(UINT flags)
{
    const UINT refused = D3D10_DDI_RESOURCE_MISC_SHARED | D3D10_DDI_RESOURCE_MISC_REMOTE |
            D3D11_1DDI_RESOURCE_MISC_RESTRICT_SHARED_RESOURCE_DRIVER |
            D3DWDDM1_3DDI_RESOURCE_MISC_CROSS_ADAPTER | D3DWDDM1_3DDI_RESOURCE_MISC_TILED |
            D3DWDDM1_3DDI_RESOURCE_MISC_TILE_POOL | D3DWDDM2_0DDI_RESOURCE_MISC_HW_PROTECTED |
            D3DWDDM2_0DDI_RESOURCE_MISC_CONTAINS_HW_PROTECTED;
    return (flags & refused) == 0;
}

/* Can the resource be scanned out as its description asks? */
static bool primary_offered(const struct umd_device *device, const struct vit_surface *surface,
        const DXGI_DDI_PRIMARY_DESC *primary)
{
    return surface->format == VIT_FORMAT_BGRX && (primary->Flags & DXGI_DDI_PRIMARY_STEREO) == 0 &&
            primary->VidPnSourceId < device->adapter->outputs &&
            primary->ModeDesc.Rotation <= DXGI_DDI_MODE_ROTATION_IDENTITY;
}

static enum vit_allocation_kind choose_kind(const D3D11DDIARG_CREATERESOURCE *create, bool primary)
{
    if ((create->MiscFlags & D3D11_1DDI_RESOURCE_MISC_RESTRICTED_CONTENT) != 0) {
        return primary ? VIT_ALLOCATION_PROTECTED_PRIMARY : VIT_ALLOCATION_PROTECTED;
    }
    return primary ? VIT_ALLOCATION_PRIMARY : VIT_ALLOCATION_SHARED;
}

static enum vit_status allocate(struct umd_device *device, struct umd_resource *resource,
        const D3D11DDIARG_CREATERESOURCE *create, bool primary)
{
    resource->kind = choose_kind(create, primary);
    return umd_allocation_create(device, resource->kind, &resource->surface,
            primary ? create->pPrimaryDesc->VidPnSourceId : 0, &resource->allocation);
}

/* A primary that cannot be shown becomes an ordinary resource, if that was left to the driver. */
static enum vit_status allocate_primary(struct umd_device *device, struct umd_resource *resource,
        const D3D11DDIARG_CREATERESOURCE *create)
{
    DXGI_DDI_PRIMARY_DESC *primary = create->pPrimaryDesc;
    enum vit_status status = VIT_E_UNSUPPORTED;
    if (primary_offered(device, &resource->surface, primary)) {
        status = allocate(device, resource, create, true);
    }
    if (status == VIT_OK || status == VIT_E_NOMEM || status == VIT_E_GONE) {
        return status;
    }
    if ((primary->Flags & DXGI_DDI_PRIMARY_OPTIONAL) == 0) {
        return VIT_E_UNSUPPORTED;
    }
    primary->DriverFlags |= DXGI_DDI_PRIMARY_DRIVER_FLAG_NO_SCANOUT;
    return allocate(device, resource, create, false);
}

static enum vit_status fill_initially(struct umd_device *device, struct umd_resource *resource,
        const D3D11DDIARG_CREATERESOURCE *create)
{
    const D3D10_DDIARG_SUBRESOURCE_UP *data = create->pInitialDataUP;
    if (data == NULL || data->pSysMem == NULL) {
        return VIT_OK;
    }
    struct umd_region all = umd_region_all(&resource->surface);
    return umd_upload(device, resource, &all, data->pSysMem, data->SysMemPitch);
}

static enum vit_status create_resource(struct umd_device *device,
        const D3D11DDIARG_CREATERESOURCE *create, struct umd_resource *resource)
{
    struct umd_resource made = { .usage = create->Usage };
    if (!flags_offered(create->MiscFlags)) {
        return VIT_E_NOMEM; /* the one refusal that the page allows */
    }
    if (umd_surface_init(&made.surface, create) != VIT_OK) {
        return create->pPrimaryDesc != NULL ? VIT_E_UNSUPPORTED : VIT_E_NOMEM;
    }
    VIT_TRY(create->pPrimaryDesc != NULL ? allocate_primary(device, &made, create)
                                         : allocate(device, &made, create, false));
    enum vit_status status = fill_initially(device, &made, create);
    if (status != VIT_OK) {
        umd_allocation_destroy(device, made.allocation);
        return status;
    }
    made.object = (struct umd_object){ .kind = UMD_KIND_RESOURCE, .device = device };
    *resource = made;
    if (umd_resource_is_protected(resource)) {
        link_protected(device, resource);
    }
    return VIT_OK;
}

/* Only these errors are allowed here (page "Handling Errors"). */
static void report_creation(const struct umd_device *device,
        const D3D11DDIARG_CREATERESOURCE *create, enum vit_status status)
{
    if (status == VIT_OK) {
        return;
    }
    if (status == VIT_E_UNSUPPORTED && create->pPrimaryDesc != NULL) {
        umd_report_code(device, DXGI_DDI_ERR_UNSUPPORTED);
        return;
    }
    bool lost = umd_hresult(status) == D3DDDIERR_DEVICEREMOVED;
    umd_report_code(device, lost ? D3DDDIERR_DEVICEREMOVED : E_OUTOFMEMORY);
}

VOID APIENTRY umd_create_resource(D3D10DDI_HDEVICE hDevice,
        const D3D11DDIARG_CREATERESOURCE *create, D3D10DDI_HRESOURCE hResource,
        D3D10DDI_HRTRESOURCE hRTResource)
{
    (void)hRTResource;
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    if (create == NULL || hResource.pDrvPrivate == NULL) {
        umd_report_memory(device, VIT_E_NOMEM);
        return;
    }
    report_creation(device, create, create_resource(device, create, hResource.pDrvPrivate));
}

VOID APIENTRY umd_destroy_resource(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct umd_resource *resource = umd_resource_get(device, hResource);
    if (resource == NULL) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    if (resource->mapped) {
        umd_allocation_unlock(device, resource->allocation);
    }
    if (umd_commands_use(&device->commands, resource)) {
        umd_report(device, umd_flush(device));
    }
    umd_allocation_destroy(device, resource->allocation);
    if (umd_resource_is_protected(resource)) {
        unlink_protected(resource);
    }
    memset(resource, 0, sizeof(*resource));
}
