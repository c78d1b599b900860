/* SPDX-License-Identifier: MIT */
#include "umd/dxgi.h"

#include "umd/copy.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/resource.h"

static struct umd_device *get_device(DXGI_DDI_HDEVICE hDevice)
{
    return umd_device_get((D3D10DDI_HDEVICE){ (VOID *)hDevice });
}

static struct umd_resource *get_resource(const struct umd_device *device,
        DXGI_DDI_HRESOURCE hResource)
{
    return umd_resource_get(device, (D3D10DDI_HRESOURCE){ (VOID *)hResource });
}

static HRESULT present_to_kernel(struct umd_device *device, const struct umd_resource *source,
        const struct umd_resource *destination, VOID *dxgi_context)
{
    enum vit_status status = umd_flush(device);
    if (status != VIT_OK) {
        return umd_hresult(status);
    }
    DXGIDDICB_PRESENT arguments = {
        .hSrcAllocation = source->allocation,
        .hDstAllocation = destination != NULL ? destination->allocation : 0,
        .pDXGIContext = dxgi_context,
        .hContext = device->context,
    };
    return device->dxgi_callbacks->pfnPresentCb(device->runtime, &arguments);
}

HRESULT APIENTRY umd_dxgi_present(DXGI_DDI_ARG_PRESENT *present)
{
    struct umd_device *device = present != NULL ? get_device(present->hDevice) : NULL;
    if (device == NULL || device->dxgi_callbacks == NULL ||
            device->dxgi_callbacks->pfnPresentCb == NULL) {
        return E_INVALIDARG;
    }
    struct umd_resource *source = get_resource(device, present->hSurfaceToPresent);
    struct umd_resource *destination = get_resource(device, present->hDstResource);
    if (source == NULL || source->mapped || present->SrcSubResourceIndex != 0 ||
            (present->hDstResource != 0 && destination == NULL)) {
        return E_INVALIDARG;
    }
    return present_to_kernel(device, source, destination, present->pDXGIContext);
}

/* What moves is the picture with all that is known of it; sizes and kinds are the same. */
static void move_identity(struct umd_resource *to, const struct umd_resource *from)
{
    to->allocation = from->allocation;
    to->label = from->label;
    to->batch = from->batch;
    to->list_index = from->list_index;
}

static bool can_rotate(const struct umd_device *device, const DXGI_DDI_HRESOURCE *handles,
        UINT count)
{
    const struct umd_resource *first = count != 0 ? get_resource(device, handles[0]) : NULL;
    if (first == NULL) {
        return false;
    }
    for (UINT i = 0; i < count; i++) {
        const struct umd_resource *resource = get_resource(device, handles[i]);
        if (resource == NULL || resource->mapped || resource->kind != first->kind ||
                resource->surface.format != first->surface.format ||
                !umd_surface_alike(&resource->surface, &first->surface)) {
            return false;
        }
    }
    return true;
}

HRESULT APIENTRY umd_dxgi_rotate(DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *rotate)
{
    struct umd_device *device = rotate != NULL ? get_device(rotate->hDevice) : NULL;
    if (device == NULL || rotate->pResources == NULL ||
            !can_rotate(device, rotate->pResources, rotate->Resources)) {
        return E_INVALIDARG;
    }
    struct umd_resource *to = get_resource(device, rotate->pResources[0]);
    struct umd_resource first = *to;
    for (UINT i = 1; i < rotate->Resources; i++) {
        struct umd_resource *from = get_resource(device, rotate->pResources[i]);
        move_identity(to, from);
        to = from;
    }
    move_identity(to, &first);
    return S_OK;
}

static bool is_picture(const struct umd_resource *resource)
{
    return resource->surface.format != VIT_FORMAT_BYTES;
}

/* NV12 is a source only; what is not turned or resolved is converted and scaled at once. */
static enum vit_status convert(struct umd_device *device, struct umd_resource *destination,
        const struct umd_region *to, struct umd_resource *source, const struct umd_region *from)
{
    VIT_TRY(umd_copy_allowed(destination, source));
    VIT_TRY(umd_commands_begin(device, VIT_OP_CONVERT, source, destination));
    vit_put_convert(&device->commands.out,
            &(struct vit_msg_convert){
                    .source_rect = { from->left, from->top, from->right, from->bottom },
                    .destination_rect = { to->left, to->top, to->right, to->bottom },
            });
    umd_copy_label(destination, source);
    return VIT_OK;
}

static bool same_size(const struct umd_region *a, const struct umd_region *b)
{
    return a->right - a->left == b->right - b->left && a->bottom - a->top == b->bottom - b->top;
}

static enum vit_status blt(struct umd_device *device, struct umd_resource *destination,
        const struct umd_region *to, struct umd_resource *source, const struct umd_region *from)
{
    if (!is_picture(source) || !is_picture(destination) || source == destination ||
            !umd_region_fits(&source->surface, from) ||
            !umd_region_fits(&destination->surface, to)) {
        return VIT_E_ARG;
    }
    if (source->surface.format == destination->surface.format && same_size(from, to)) {
        return umd_copy_region(device, destination, to, source, from);
    }
    if (destination->surface.format == VIT_FORMAT_NV12) {
        return VIT_E_UNSUPPORTED;
    }
    return convert(device, destination, to, source, from);
}

HRESULT APIENTRY umd_dxgi_blt1(DXGI_DDI_ARG_BLT1 *arguments)
{
    struct umd_device *device = arguments != NULL ? get_device(arguments->hDevice) : NULL;
    if (device == NULL) {
        return E_INVALIDARG;
    }
    struct umd_resource *source = get_resource(device, arguments->hSrcResource);
    struct umd_resource *destination = get_resource(device, arguments->hDstResource);
    if (source == NULL || destination == NULL || arguments->SrcSubresource != 0 ||
            arguments->DstSubresource != 0) {
        return E_INVALIDARG;
    }
    if (arguments->Flags.Resolve != 0 || arguments->Rotate > DXGI_DDI_MODE_ROTATION_IDENTITY) {
        return E_NOTIMPL;
    }
    struct umd_region from = { arguments->SrcLeft, arguments->SrcTop, arguments->SrcRight,
        arguments->SrcBottom };
    struct umd_region to = { arguments->DstLeft, arguments->DstTop, arguments->DstRight,
        arguments->DstBottom };
    return umd_hresult(blt(device, destination, &to, source, &from));
}

HRESULT APIENTRY umd_dxgi_blt(DXGI_DDI_ARG_BLT *arguments)
{
    struct umd_device *device = arguments != NULL ? get_device(arguments->hDevice) : NULL;
    struct umd_resource *source =
            device != NULL ? get_resource(device, arguments->hSrcResource) : NULL;
    if (source == NULL) {
        return E_INVALIDARG;
    }
    DXGI_DDI_ARG_BLT1 whole = {
        .hDevice = arguments->hDevice,
        .hDstResource = arguments->hDstResource,
        .DstSubresource = arguments->DstSubresource,
        .DstLeft = arguments->DstLeft,
        .DstTop = arguments->DstTop,
        .DstRight = arguments->DstRight,
        .DstBottom = arguments->DstBottom,
        .hSrcResource = arguments->hSrcResource,
        .SrcSubresource = arguments->SrcSubresource,
        .SrcRight = source->surface.width,
        .SrcBottom = source->surface.height,
        .Flags = arguments->Flags,
        .Rotate = arguments->Rotate,
    };
    return umd_dxgi_blt1(&whole);
}
