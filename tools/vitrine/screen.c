/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/screen.h"

HRESULT screen_blt(const struct vit_resource *source, const struct vit_resource *primary)
{
    DXGI_DDI_ARG_BLT blt = {
        .hDevice = (DXGI_DDI_HDEVICE)primary->device->handle.pDrvPrivate,
        .hDstResource = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
        .DstRight = primary->width,
        .DstBottom = primary->height,
        .hSrcResource = (DXGI_DDI_HRESOURCE)source->handle.pDrvPrivate,
        .Rotate = DXGI_DDI_MODE_ROTATION_IDENTITY,
    };
    blt.Flags.Convert = 1;
    return primary->device->dxgi.pfnBlt(&blt);
}

HRESULT screen_present(const struct vit_resource *primary)
{
    DXGI_DDI_ARG_PRESENT arg = {
        .hDevice = (DXGI_DDI_HDEVICE)primary->device->handle.pDrvPrivate,
        .hSurfaceToPresent = (DXGI_DDI_HRESOURCE)primary->handle.pDrvPrivate,
    };
    arg.Flags.Flip = 1;
    return primary->device->dxgi.pfnPresent(&arg);
}
