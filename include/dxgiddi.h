/* SPDX-License-Identifier: MIT */
/**
 * The DXGI part of the user-mode DDI: presentation, copies to a screen, display modes.
 *
 * The runtime hands over DXGI_DDI_BASE_ARGS in CreateDevice; the driver keeps the pointer to the
 * callback table (the runtime may exchange entries between calls) and fills the function table
 * that the interface version selects: 1.2 from 0x000B000E, 1.3 from 0x000B0010. Handles are the
 * driver's pDrvPrivate pointers as integers. Each structure has a page of its name in
 * windows-driver-docs-ddi.
 */
#ifndef VITRINE_DXGIDDI_H
#define VITRINE_DXGIDDI_H

#include "d3dukmdt.h"
#include "ddierror.h"
#include "dxgiformat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef UINT_PTR DXGI_DDI_HDEVICE;
typedef UINT_PTR DXGI_DDI_HRESOURCE;

typedef struct DXGI_DDI_RATIONAL {
    UINT Numerator;
    UINT Denominator;
} DXGI_DDI_RATIONAL;

typedef enum DXGI_DDI_MODE_SCANLINE_ORDER {
    DXGI_DDI_MODE_SCANLINE_ORDER_UNSPECIFIED = 0,
    DXGI_DDI_MODE_SCANLINE_ORDER_PROGRESSIVE = 1,
    DXGI_DDI_MODE_SCANLINE_ORDER_UPPER_FIELD_FIRST = 2,
    DXGI_DDI_MODE_SCANLINE_ORDER_LOWER_FIELD_FIRST = 3
} DXGI_DDI_MODE_SCANLINE_ORDER;

/* Counter-clockwise. */
typedef enum DXGI_DDI_MODE_ROTATION {
    DXGI_DDI_MODE_ROTATION_UNSPECIFIED = 0,
    DXGI_DDI_MODE_ROTATION_IDENTITY = 1,
    DXGI_DDI_MODE_ROTATION_ROTATE90 = 2,
    DXGI_DDI_MODE_ROTATION_ROTATE180 = 3,
    DXGI_DDI_MODE_ROTATION_ROTATE270 = 4
} DXGI_DDI_MODE_ROTATION;

typedef enum DXGI_DDI_MODE_SCALING {
    DXGI_DDI_MODE_SCALING_UNSPECIFIED = 0,
    DXGI_DDI_MODE_SCALING_STRETCHED = 1,
    DXGI_DDI_MODE_SCALING_CENTERED = 2
} DXGI_DDI_MODE_SCALING;

typedef struct DXGI_DDI_MODE_DESC {
    UINT Width;  /* pixels */
    UINT Height; /* pixels */
    DXGI_FORMAT Format;
    DXGI_DDI_RATIONAL RefreshRate;
    DXGI_DDI_MODE_SCANLINE_ORDER ScanlineOrdering;
    DXGI_DDI_MODE_ROTATION Rotation;
    DXGI_DDI_MODE_SCALING Scaling;
} DXGI_DDI_MODE_DESC;

#define DXGI_DDI_PRIMARY_OPTIONAL 0x1
#define DXGI_DDI_PRIMARY_NONPREROTATED 0x2
#define DXGI_DDI_PRIMARY_STEREO 0x4
#define DXGI_DDI_PRIMARY_INDIRECT 0x8
#define DXGI_DDI_PRIMARY_DRIVER_FLAG_NO_SCANOUT 0x1

/* Makes the resource that CreateResource gets a primary; comes only with BIND_PRESENT. */
typedef struct DXGI_DDI_PRIMARY_DESC {
    UINT Flags; /* DXGI_DDI_PRIMARY_* */
    D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
    DXGI_DDI_MODE_DESC ModeDesc;
    UINT DriverFlags; /* out: DXGI_DDI_PRIMARY_DRIVER_FLAG_* */
} DXGI_DDI_PRIMARY_DESC;

typedef struct DXGI_DDI_PRESENT_FLAGS {
    union {
        struct {
            UINT Blt : 1;
            UINT Flip : 1;
            UINT PreferRight : 1;
            UINT TemporaryMono : 1;
            UINT Reserved : 28;
        };
        UINT Value;
    };
} DXGI_DDI_PRESENT_FLAGS;

/* Vertical syncs to wait for. */
typedef enum DXGI_DDI_FLIP_INTERVAL_TYPE {
    DXGI_DDI_FLIP_INTERVAL_IMMEDIATE = 0,
    DXGI_DDI_FLIP_INTERVAL_ONE = 1,
    DXGI_DDI_FLIP_INTERVAL_TWO = 2,
    DXGI_DDI_FLIP_INTERVAL_THREE = 3,
    DXGI_DDI_FLIP_INTERVAL_FOUR = 4
} DXGI_DDI_FLIP_INTERVAL_TYPE;

typedef struct DXGI_DDI_ARG_PRESENT {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hSurfaceToPresent;
    UINT SrcSubResourceIndex;
    DXGI_DDI_HRESOURCE hDstResource; /* 0: the kernel finds the destination */
    UINT DstSubResourceIndex;
    VOID *pDXGIContext; /* goes unchanged into DXGIDDICB_PRESENT */
    DXGI_DDI_PRESENT_FLAGS Flags;
    DXGI_DDI_FLIP_INTERVAL_TYPE FlipInterval;
} DXGI_DDI_ARG_PRESENT;

typedef struct DXGI_DDI_ARG_SETDISPLAYMODE {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hResource;
    UINT SubResourceIndex;
} DXGI_DDI_ARG_SETDISPLAYMODE;

typedef struct DXGI_DDI_ARG_SETRESOURCEPRIORITY {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hResource;
    UINT Priority;
} DXGI_DDI_ARG_SETRESOURCEPRIORITY;

typedef enum DXGI_DDI_RESIDENCY {
    DXGI_DDI_RESIDENCY_FULLY_RESIDENT = 1,
    DXGI_DDI_RESIDENCY_RESIDENT_IN_SHARED_MEMORY = 2,
    DXGI_DDI_RESIDENCY_EVICTED_TO_DISK = 3
} DXGI_DDI_RESIDENCY;

typedef struct DXGI_DDI_ARG_QUERYRESOURCERESIDENCY {
    DXGI_DDI_HDEVICE hDevice;
    CONST DXGI_DDI_HRESOURCE *pResources;
    DXGI_DDI_RESIDENCY *pStatus; /* out: Resources elements */
    SIZE_T Resources;
} DXGI_DDI_ARG_QUERYRESOURCERESIDENCY;

/* Each resource takes over the kernel handles of the next one, the last those of the first. */
typedef struct DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES {
    DXGI_DDI_HDEVICE hDevice;
    CONST DXGI_DDI_HRESOURCE *pResources;
    UINT Resources;
} DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES;

typedef struct DXGI_DDI_ARG_BLT_FLAGS {
    union {
        struct {
            UINT Resolve : 1;
            UINT Convert : 1;
            UINT Stretch : 1;
            UINT Present : 1;
            UINT Reserved : 28;
        };
        UINT Value;
    };
} DXGI_DDI_ARG_BLT_FLAGS;

/* The whole source subresource goes into the rectangle of the destination. */
typedef struct DXGI_DDI_ARG_BLT {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hDstResource;
    UINT DstSubresource;
    UINT DstLeft;
    UINT DstTop;
    UINT DstRight;
    UINT DstBottom;
    DXGI_DDI_HRESOURCE hSrcResource;
    UINT SrcSubresource;
    DXGI_DDI_ARG_BLT_FLAGS Flags;
    DXGI_DDI_MODE_ROTATION Rotate;
} DXGI_DDI_ARG_BLT;

typedef struct DXGI_DDI_ARG_BLT1 {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hDstResource;
    UINT DstSubresource;
    UINT DstLeft;
    UINT DstTop;
    UINT DstRight;
    UINT DstBottom;
    DXGI_DDI_HRESOURCE hSrcResource;
    UINT SrcSubresource;
    UINT SrcLeft;
    UINT SrcTop;
    UINT SrcRight;
    UINT SrcBottom;
    DXGI_DDI_ARG_BLT_FLAGS Flags;
    DXGI_DDI_MODE_ROTATION Rotate;
} DXGI_DDI_ARG_BLT1;

typedef struct DXGI_DDI_ARG_RESOLVESHAREDRESOURCE {
    DXGI_DDI_HDEVICE hDevice;
    DXGI_DDI_HRESOURCE hResource;
} DXGI_DDI_ARG_RESOLVESHAREDRESOURCE;

typedef struct _DXGI_DDI_ARG_OFFERRESOURCES {
    DXGI_DDI_HDEVICE hDevice;
    CONST DXGI_DDI_HRESOURCE *pResources;
    UINT Resources;
    D3DDDI_OFFER_PRIORITY Priority;
} DXGI_DDI_ARG_OFFERRESOURCES;

typedef struct _DXGI_DDI_ARG_RECLAIMRESOURCES {
    DXGI_DDI_HDEVICE hDevice;
    CONST DXGI_DDI_HRESOURCE *pResources;
    BOOL *pDiscarded; /* out: Resources elements */
    UINT Resources;
} DXGI_DDI_ARG_RECLAIMRESOURCES;

/* Arguments that nothing here looks into. */
typedef struct DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS;
typedef struct _DXGI_DDI_ARG_GETMULTIPLANEOVERLAYCAPS DXGI_DDI_ARG_GETMULTIPLANEOVERLAYCAPS;
typedef struct _DXGI_DDI_ARG_GETMULTIPLANEOVERLAYFILTERRANGE
        DXGI_DDI_ARG_GETMULTIPLANEOVERLAYFILTERRANGE;
typedef struct _DXGI_DDI_ARG_GETMULTIPLANEOVERLAYGROUPCAPS
        DXGI_DDI_ARG_GETMULTIPLANEOVERLAYGROUPCAPS;
typedef struct _DXGI_DDI_ARG_CHECKMULTIPLANEOVERLAYSUPPORT
        DXGI_DDI_ARG_CHECKMULTIPLANEOVERLAYSUPPORT;
typedef struct _DXGI_DDI_ARG_PRESENTMULTIPLANEOVERLAY DXGI_DDI_ARG_PRESENTMULTIPLANEOVERLAY;
typedef struct DXGI_DDI_ARG_PRESENT1 DXGI_DDI_ARG_PRESENT1;
typedef struct _DXGI_DDI_ARG_CHECKPRESENTDURATIONSUPPORT DXGI_DDI_ARG_CHECKPRESENTDURATIONSUPPORT;
typedef struct DXGIDDICB_PRESENT_MULTIPLANE_OVERLAY DXGIDDICB_PRESENT_MULTIPLANE_OVERLAY;

/* Callbacks: hDevice is hRTDevice.handle. */

typedef struct DXGIDDICB_PRESENT {
    D3DKMT_HANDLE hSrcAllocation;
    D3DKMT_HANDLE hDstAllocation; /* may be 0 */
    VOID *pDXGIContext;           /* of DXGI_DDI_ARG_PRESENT */
    HANDLE hContext;
    UINT BroadcastContextCount;
    HANDLE BroadcastContext[D3DDDI_MAX_BROADCAST_CONTEXT];
} DXGIDDICB_PRESENT;

/* Only from inside pfnPresent. S_OK, E_OUTOFMEMORY, E_INVALIDARG. */
typedef HRESULT(APIENTRY CALLBACK *PFNDDXGIDDI_PRESENTCB)(HANDLE hDevice,
        DXGIDDICB_PRESENT *pPresentData);
typedef HRESULT(APIENTRY CALLBACK *PFNDDXGIDDI_PRESENT_MULTIPLANE_OVERLAYCB)(HANDLE hDevice,
        CONST DXGIDDICB_PRESENT_MULTIPLANE_OVERLAY *pPresentData);

typedef struct DXGI_DDI_BASE_CALLBACKS {
    PFNDDXGIDDI_PRESENTCB pfnPresentCb;
    PFNDDXGIDDI_PRESENT_MULTIPLANE_OVERLAYCB pfnPresentMultiplaneOverlayCb;
} DXGI_DDI_BASE_CALLBACKS;

/* Function tables: each begins with the one before it. */

typedef struct DXGI_DDI_BASE_FUNCTIONS {
    HRESULT(APIENTRY *pfnPresent)(DXGI_DDI_ARG_PRESENT *pPresentData);
    HRESULT(APIENTRY *pfnGetGammaCaps)(DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS *pGammaData);
    HRESULT(APIENTRY *pfnSetDisplayMode)(DXGI_DDI_ARG_SETDISPLAYMODE *pDisplayModeData);
    HRESULT(APIENTRY *pfnSetResourcePriority)(DXGI_DDI_ARG_SETRESOURCEPRIORITY *pPriorityData);
    HRESULT(APIENTRY *pfnQueryResourceResidency)(DXGI_DDI_ARG_QUERYRESOURCERESIDENCY *pResidency);
    HRESULT(APIENTRY *pfnRotateResourceIdentities)
    (DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *pRotateData);
    HRESULT(APIENTRY *pfnBlt)(DXGI_DDI_ARG_BLT *pBltData);
} DXGI_DDI_BASE_FUNCTIONS;

typedef struct DXGI1_1_DDI_BASE_FUNCTIONS {
    HRESULT(APIENTRY *pfnPresent)(DXGI_DDI_ARG_PRESENT *pPresentData);
    HRESULT(APIENTRY *pfnGetGammaCaps)(DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS *pGammaData);
    HRESULT(APIENTRY *pfnSetDisplayMode)(DXGI_DDI_ARG_SETDISPLAYMODE *pDisplayModeData);
    HRESULT(APIENTRY *pfnSetResourcePriority)(DXGI_DDI_ARG_SETRESOURCEPRIORITY *pPriorityData);
    HRESULT(APIENTRY *pfnQueryResourceResidency)(DXGI_DDI_ARG_QUERYRESOURCERESIDENCY *pResidency);
    HRESULT(APIENTRY *pfnRotateResourceIdentities)
    (DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *pRotateData);
    HRESULT(APIENTRY *pfnBlt)(DXGI_DDI_ARG_BLT *pBltData);
    HRESULT(APIENTRY *pfnResolveSharedResource)(DXGI_DDI_ARG_RESOLVESHAREDRESOURCE *pResolveData);
} DXGI1_1_DDI_BASE_FUNCTIONS;

/* Entries from pfnGetMultiplaneOverlayCaps on exist only from interface 0x000B000F. */
typedef struct DXGI1_2_DDI_BASE_FUNCTIONS {
    HRESULT(APIENTRY *pfnPresent)(DXGI_DDI_ARG_PRESENT *pPresentData);
    HRESULT(APIENTRY *pfnGetGammaCaps)(DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS *pGammaData);
    HRESULT(APIENTRY *pfnSetDisplayMode)(DXGI_DDI_ARG_SETDISPLAYMODE *pDisplayModeData);
    HRESULT(APIENTRY *pfnSetResourcePriority)(DXGI_DDI_ARG_SETRESOURCEPRIORITY *pPriorityData);
    HRESULT(APIENTRY *pfnQueryResourceResidency)(DXGI_DDI_ARG_QUERYRESOURCERESIDENCY *pResidency);
    HRESULT(APIENTRY *pfnRotateResourceIdentities)
    (DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *pRotateData);
    HRESULT(APIENTRY *pfnBlt)(DXGI_DDI_ARG_BLT *pBltData);
    HRESULT(APIENTRY *pfnResolveSharedResource)(DXGI_DDI_ARG_RESOLVESHAREDRESOURCE *pResolveData);
    HRESULT(APIENTRY *pfnBlt1)(DXGI_DDI_ARG_BLT1 *pBltData);
    HRESULT(APIENTRY *pfnOfferResources)(DXGI_DDI_ARG_OFFERRESOURCES *pOfferData);
    HRESULT(APIENTRY *pfnReclaimResources)(DXGI_DDI_ARG_RECLAIMRESOURCES *pReclaimData);
    HRESULT(APIENTRY *pfnGetMultiplaneOverlayCaps)(DXGI_DDI_ARG_GETMULTIPLANEOVERLAYCAPS *pCaps);
    HRESULT(APIENTRY *pfnGetMultiplaneOverlayFilterRange)
    (DXGI_DDI_ARG_GETMULTIPLANEOVERLAYFILTERRANGE *pRange);
    HRESULT(APIENTRY *pfnCheckMultiplaneOverlaySupport)
    (DXGI_DDI_ARG_CHECKMULTIPLANEOVERLAYSUPPORT *pSupport);
    HRESULT(APIENTRY *pfnPresentMultiplaneOverlay)
    (DXGI_DDI_ARG_PRESENTMULTIPLANEOVERLAY *pPresentData);
} DXGI1_2_DDI_BASE_FUNCTIONS;

typedef struct DXGI1_3_DDI_BASE_FUNCTIONS {
    HRESULT(APIENTRY *pfnPresent)(DXGI_DDI_ARG_PRESENT *pPresentData);
    HRESULT(APIENTRY *pfnGetGammaCaps)(DXGI_DDI_ARG_GET_GAMMA_CONTROL_CAPS *pGammaData);
    HRESULT(APIENTRY *pfnSetDisplayMode)(DXGI_DDI_ARG_SETDISPLAYMODE *pDisplayModeData);
    HRESULT(APIENTRY *pfnSetResourcePriority)(DXGI_DDI_ARG_SETRESOURCEPRIORITY *pPriorityData);
    HRESULT(APIENTRY *pfnQueryResourceResidency)(DXGI_DDI_ARG_QUERYRESOURCERESIDENCY *pResidency);
    HRESULT(APIENTRY *pfnRotateResourceIdentities)
    (DXGI_DDI_ARG_ROTATE_RESOURCE_IDENTITIES *pRotateData);
    HRESULT(APIENTRY *pfnBlt)(DXGI_DDI_ARG_BLT *pBltData);
    HRESULT(APIENTRY *pfnResolveSharedResource)(DXGI_DDI_ARG_RESOLVESHAREDRESOURCE *pResolveData);
    HRESULT(APIENTRY *pfnBlt1)(DXGI_DDI_ARG_BLT1 *pBltData);
    HRESULT(APIENTRY *pfnOfferResources)(DXGI_DDI_ARG_OFFERRESOURCES *pOfferData);
    HRESULT(APIENTRY *pfnReclaimResources)(DXGI_DDI_ARG_RECLAIMRESOURCES *pReclaimData);
    HRESULT(APIENTRY *pfnGetMultiplaneOverlayCaps)(DXGI_DDI_ARG_GETMULTIPLANEOVERLAYCAPS *pCaps);
    HRESULT(APIENTRY *pfnGetMultiplaneOverlayGroupCaps)
    (DXGI_DDI_ARG_GETMULTIPLANEOVERLAYGROUPCAPS *pGroupCaps);
    HRESULT(APIENTRY *pfnReserved1)(VOID *pReserved);
    HRESULT(APIENTRY *pfnPresentMultiplaneOverlay)
    (DXGI_DDI_ARG_PRESENTMULTIPLANEOVERLAY *pPresentData);
    HRESULT(APIENTRY *pfnReserved2)(VOID *pReserved);
    HRESULT(APIENTRY *pfnPresent1)(DXGI_DDI_ARG_PRESENT1 *pPresentData);
    HRESULT(APIENTRY *pfnCheckPresentDurationSupport)
    (DXGI_DDI_ARG_CHECKPRESENTDURATIONSUPPORT *pDuration);
} DXGI1_3_DDI_BASE_FUNCTIONS;

typedef struct DXGI_DDI_BASE_ARGS {
    DXGI_DDI_BASE_CALLBACKS *pDXGIBaseCallbacks; /* keep the pointer, not a copy */
    union {
        DXGI1_3_DDI_BASE_FUNCTIONS *pDXGIDDIBaseFunctions4;
        DXGI1_2_DDI_BASE_FUNCTIONS *pDXGIDDIBaseFunctions3;
        DXGI1_1_DDI_BASE_FUNCTIONS *pDXGIDDIBaseFunctions2;
        DXGI_DDI_BASE_FUNCTIONS *pDXGIDDIBaseFunctions;
    };
} DXGI_DDI_BASE_ARGS;

#ifdef __cplusplus
}
#endif

#endif
