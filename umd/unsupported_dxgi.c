/* SPDX-License-Identifier: MIT */
/* DXGI entries about gamma, modes, residency, sharing and overlays. */
#include "umd/unsupported.h"

#define NOT_HERE(name, argument)                                                                   \
    static HRESULT APIENTRY name(argument *data)                                                   \
    {                                                                                              \
        (void)data;                                                                                \
        return E_NOTIMPL;                                                                          \
    }                                                                                              \
    struct umd_device

NOT_HERE(get_gamma_caps, DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS);
NOT_HERE(set_display_mode, DXGI_DDI_ARG_SETDISPLAYMODE);
NOT_HERE(set_resource_priority, DXGI_DDI_ARG_SETRESOURCEPRIORITY);
NOT_HERE(query_resource_residency, DXGI_DDI_ARG_QUERYRESOURCERESIDENCY);
NOT_HERE(resolve_shared_resource, DXGI_DDI_ARG_RESOLVESHAREDRESOURCE);
NOT_HERE(offer_resources, DXGI_DDI_ARG_OFFERRESOURCES);
NOT_HERE(reclaim_resources, DXGI_DDI_ARG_RECLAIMRESOURCES);
NOT_HERE(get_overlay_caps, DXGI_DDI_ARG_GETMULTIPLANEOVERLAYCAPS);
NOT_HERE(get_overlay_filter_range, DXGI_DDI_ARG_GETMULTIPLANEOVERLAYFILTERRANGE);
NOT_HERE(check_overlay_support, DXGI_DDI_ARG_CHECKMULTIPLANEOVERLAYSUPPORT);
NOT_HERE(present_overlay, DXGI_DDI_ARG_PRESENTMULTIPLANEOVERLAY);

const DXGI1_2_DDI_BASE_FUNCTIONS umd_unsupported_dxgi = {
    .pfnGetGammaCaps = get_gamma_caps,
    .pfnSetDisplayMode = set_display_mode,
    .pfnSetResourcePriority = set_resource_priority,
    .pfnQueryResourceResidency = query_resource_residency,
    .pfnResolveSharedResource = resolve_shared_resource,
    .pfnOfferResources = offer_resources,
    .pfnReclaimResources = reclaim_resources,
    .pfnGetMultiplaneOverlayCaps = get_overlay_caps,
    .pfnGetMultiplaneOverlayFilterRange = get_overlay_filter_range,
    .pfnCheckMultiplaneOverlaySupport = check_overlay_support,
    .pfnPresentMultiplaneOverlay = present_overlay,
};
