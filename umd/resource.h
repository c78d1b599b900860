/* SPDX-License-Identifier: MIT */
/**
 * Resources: one allocation of one subresource each. Protected ones (RESTRICTED_CONTENT) exist in
 * the device only. Which session's content a protected resource holds is remembered here as far as
 * the calls tell, to refuse early; the device's own label decides.
 */
#ifndef UMD_RESOURCE_H
#define UMD_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "d3d10umddi.h"
#include "umd/object.h"
#include "wire/kmd.h"
#include "wire/surface.h"

struct umd_resource {
    struct umd_object object;
    UINT usage; /* D3D10_DDI_RESOURCE_USAGE */
    enum vit_allocation_kind kind;
    struct vit_surface surface;
    bool mapped;

    /* The identity, which pfnRotateResourceIdentities moves. */
    D3DKMT_HANDLE allocation;
    uint64_t label; /* protected: the session whose content it holds; 0: nobody's */
    uint64_t batch; /* commands.batch that names the allocation, and where in its list */
    uint32_t list_index;

    struct umd_resource *next, **link; /* protected: among the device's */
};

static inline bool umd_resource_is_protected(const struct umd_resource *resource)
{
    return resource->kind == VIT_ALLOCATION_PROTECTED ||
            resource->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static inline bool umd_resource_is_primary(const struct umd_resource *resource)
{
    return resource->kind == VIT_ALLOCATION_PRIMARY ||
            resource->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

/* NULL for a handle that is no resource of this device. */
struct umd_resource *umd_resource_get(const struct umd_device *device,
        D3D10DDI_HRESOURCE hResource);

/* The session is destroyed, and what it filled is wiped. */
void umd_resources_forget_session(struct umd_device *device, uint64_t session);

SIZE_T APIENTRY umd_calc_resource_size(D3D10DDI_HDEVICE hDevice,
        const D3D11DDIARG_CREATERESOURCE *create);
VOID APIENTRY umd_create_resource(D3D10DDI_HDEVICE hDevice,
        const D3D11DDIARG_CREATERESOURCE *create, D3D10DDI_HRESOURCE hResource,
        D3D10DDI_HRTRESOURCE hRTResource);
VOID APIENTRY umd_destroy_resource(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource);

#endif
