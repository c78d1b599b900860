/* SPDX-License-Identifier: MIT */
/* Copies between resources, done by the device. Protected goes to protected only. */
#ifndef UMD_COPY_H
#define UMD_COPY_H

#include "d3d10umddi.h"
#include "umd/format.h"

struct umd_device;
struct umd_resource;

/**
 * May content of source go into destination? Takes the label along when so.
 *
 * @return VIT_E_DENIED  out of the protected world, or into another session's picture
 *         VIT_E_STATE   one of them is mapped
 */
VIT_RESULT umd_copy_allowed(const struct umd_resource *destination,
        const struct umd_resource *source);
void umd_copy_label(struct umd_resource *destination, const struct umd_resource *source);

/* Queues the copy; both regions fit and have one size, the formats are alike. Any error of
 * umd_copy_allowed() and of the command stream. */
VIT_RESULT umd_copy_region(struct umd_device *device, struct umd_resource *destination,
        const struct umd_region *destination_region, struct umd_resource *source,
        const struct umd_region *source_region);

VOID APIENTRY umd_resource_copy(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        D3D10DDI_HRESOURCE hSrcResource);
VOID APIENTRY umd_resource_copy_region(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        UINT dst_subresource, UINT x, UINT y, UINT z, D3D10DDI_HRESOURCE hSrcResource,
        UINT src_subresource, const D3D10_DDI_BOX *box, UINT copy_flags);

#endif
