/* SPDX-License-Identifier: MIT */
#include "tests/conformance/texture.h"

D3D10DDI_HRESOURCE texture_create(struct rig *rig, const struct texture *texture)
{
    struct vit_device *device = rig->device;
    bool is_buffer = texture->format == DXGI_FORMAT_UNKNOWN;
    D3D10DDI_MIPINFO mip = { texture->width, texture->height, 1, texture->width, texture->height,
        1 };
    D3D10_DDIARG_SUBRESOURCE_UP data = { .pSysMem = (VOID *)(UINT_PTR)texture->data,
        .SysMemPitch = texture->pitch };
    D3D11DDIARG_CREATERESOURCE create = {
        .pMipInfoList = &mip,
        .pInitialDataUP = texture->data != NULL ? &data : NULL,
        .ResourceDimension = is_buffer ? D3D10DDIRESOURCE_BUFFER : D3D10DDIRESOURCE_TEXTURE2D,
        .Usage = texture->usage,
        .BindFlags = texture->bind,
        .MapFlags = texture->access,
        .Format = texture->format,
        .SampleDesc = { .Count = 1 },
        .MipLevels = 1,
        .ArraySize = 1,
    };
    SIZE_T size = device->funcs.pfnCalcPrivateResourceSize(device->handle, &create);
    D3D10DDI_HRESOURCE resource = { rig_memory(rig, size) };
    device->funcs.pfnCreateResource(device->handle, &create, resource,
            (D3D10DDI_HRTRESOURCE){ rig });
    expect_accepted(device, "CreateResource");
    return resource;
}

void texture_destroy(struct rig *rig, D3D10DDI_HRESOURCE resource)
{
    rig->device->funcs.pfnDestroyResource(rig->device->handle, resource);
    expect_accepted(rig->device, "DestroyResource");
}

D3D10DDI_HRESOURCE texture_staging(struct rig *rig, DXGI_FORMAT format, UINT width, UINT height)
{
    return texture_create(rig,
            &(struct texture){ .usage = D3D10_DDI_USAGE_STAGING,
                    .access = D3D10_DDI_CPU_ACCESS_READ | D3D10_DDI_CPU_ACCESS_WRITE,
                    .format = format,
                    .width = width,
                    .height = height });
}

D3D10DDI_MAPPED_SUBRESOURCE texture_map(struct rig *rig, D3D10DDI_HRESOURCE resource,
        D3D10_DDI_MAP how)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped = { .pData = NULL };
    rig->device->funcs.pfnStagingResourceMap(rig->device->handle, resource, 0, how, 0, &mapped);
    expect_accepted(rig->device, "StagingResourceMap");
    cr_assert_not_null(mapped.pData, "StagingResourceMap gave no address");
    return mapped;
}

void texture_unmap(struct rig *rig, D3D10DDI_HRESOURCE resource)
{
    rig->device->funcs.pfnStagingResourceUnmap(rig->device->handle, resource, 0);
    expect_accepted(rig->device, "StagingResourceUnmap");
}
