/* SPDX-License-Identifier: MIT */
/**
 * What a user-mode driver calls: the runtime's kernel callbacks and their arguments, in the shape
 * of WDDM 1.2.
 *
 * A callback takes the runtime's device handle first (hRTDevice.handle of CreateDevice), except
 * pfnEscapeCb and those of the adapter table, which take hRTAdapter.handle. The argument belongs
 * to the caller; members marked out are written by the callback. Any callback may return
 * D3DDDIERR_DEVICEREMOVED, which the driver passes on. Each structure and function has a page of
 * its name in windows-driver-docs-ddi.
 */
#ifndef VITRINE_D3DUMDDI_H
#define VITRINE_D3DUMDDI_H

#include "d3dukmdt.h"
#include "ddierror.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The block is private to the vendor's two drivers; the kernel driver answers in place. */
typedef struct _D3DDDICB_QUERYADAPTERINFO {
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize; /* bytes */
} D3DDDICB_QUERYADAPTERINFO;

typedef struct _D3DDDICB_GETMULTISAMPLEMETHODLIST {
    D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
    UINT Width;
    UINT Height;
    D3DDDIFORMAT Format;
    D3DDDI_MULTISAMPLINGMETHOD *pMethodList; /* out; NULL asks for the count */
    UINT MethodCount;                        /* in, out: elements */
} D3DDDICB_GETMULTISAMPLEMETHODLIST;

typedef struct _D3DDDICB_ALLOCATE {
    CONST VOID *pPrivateDriverData; /* per resource; the per-allocation blocks are in the list */
    UINT PrivateDriverDataSize;
    HANDLE hResource;          /* runtime's resource, or NULL: the device owns the allocations */
    D3DKMT_HANDLE hKMResource; /* out, when hResource is set */
    UINT NumAllocations;
    union {
        D3DDDI_ALLOCATIONINFO *pAllocationInfo;
    };
} D3DDDICB_ALLOCATE;

/* hResource set: all its allocations and the kernel resource go and the list is ignored. */
typedef struct _D3DDDICB_DEALLOCATE {
    HANDLE hResource;
    UINT NumAllocations;
    CONST D3DKMT_HANDLE *HandleList;
} D3DDDICB_DEALLOCATE;

typedef struct _D3DDDICB_SETPRIORITY {
    HANDLE hResource;
    UINT NumAllocations;
    CONST D3DKMT_HANDLE *HandleList;
    CONST UINT *pPriorities;
} D3DDDICB_SETPRIORITY;

typedef enum _D3DDDI_RESIDENCYSTATUS {
    D3DDDI_RESIDENCYSTATUS_RESIDENTINGPUMEMORY = 1,
    D3DDDI_RESIDENCYSTATUS_RESIDENTINSHAREDMEMORY = 2,
    D3DDDI_RESIDENCYSTATUS_NOTRESIDENT = 3
} D3DDDI_RESIDENCYSTATUS;

typedef struct _D3DDDICB_QUERYRESIDENCY {
    HANDLE hResource;
    UINT NumAllocations;
    CONST D3DKMT_HANDLE *HandleList;
    D3DDDI_RESIDENCYSTATUS *pResidencyStatus; /* out: NumAllocations elements */
} D3DDDICB_QUERYRESIDENCY;

typedef struct _D3DDDICB_SETDISPLAYMODE {
    D3DKMT_HANDLE hPrimaryAllocation;
    UINT PrivateDriverFormatAttribute; /* out */
} D3DDDICB_SETDISPLAYMODE;

typedef struct _D3DDDICB_SETDISPLAYPRIVATEDRIVERFORMAT {
    D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
    UINT PrivateDriverFormatAttribute;
} D3DDDICB_SETDISPLAYPRIVATEDRIVERFORMAT;

typedef struct _D3DDDICB_PRESENT {
    D3DKMT_HANDLE hSrcAllocation;
    D3DKMT_HANDLE hDstAllocation; /* may be 0 */
    HANDLE hContext;
    UINT BroadcastContextCount;
    HANDLE BroadcastContext[D3DDDI_MAX_BROADCAST_CONTEXT];
} D3DDDICB_PRESENT;

typedef struct _D3DDDICB_RENDERFLAGS {
    union {
        struct {
            UINT ResizeCommandBuffer : 1;
            UINT ResizeAllocationList : 1;
            UINT ResizePatchLocationList : 1;
            UINT NullRendering : 1;
            UINT Reserved : 28;
        };
        UINT Value;
    };
} D3DDDICB_RENDERFLAGS;

/* CommandLength counts from offset 0 of the buffer. After success the returned buffer, lists and
 * sizes replace the old ones, whatever was asked for; after failure the driver keeps its own. */
typedef struct _D3DDDICB_RENDER {
    UINT CommandLength;                              /* bytes */
    UINT CommandOffset;                              /* bytes, where the first command starts */
    UINT NumAllocations;                             /* elements of the allocation list */
    UINT NumPatchLocations;                          /* elements of the patch location list */
    VOID *pNewCommandBuffer;                         /* out */
    UINT NewCommandBufferSize;                       /* in, out: bytes */
    D3DDDI_ALLOCATIONLIST *pNewAllocationList;       /* out */
    UINT NewAllocationListSize;                      /* in, out: elements */
    D3DDDI_PATCHLOCATIONLIST *pNewPatchLocationList; /* out */
    UINT NewPatchLocationListSize;                   /* in, out: elements */
    D3DDDICB_RENDERFLAGS Flags;
    HANDLE hContext; /* NULL: the device's default context */
    UINT BroadcastContextCount;
    HANDLE BroadcastContext[D3DDDI_MAX_BROADCAST_CONTEXT]; /* without hContext */
    ULONG QueuedBufferCount;                               /* out */
    D3DGPU_VIRTUAL_ADDRESS NewCommandBuffer;               /* reserved, 0 */
    VOID *pPrivateDriverData;                              /* reserved, NULL */
    UINT PrivateDriverDataSize;                            /* reserved, 0 */
} D3DDDICB_RENDER;

typedef struct _D3DDDICB_LOCK {
    D3DKMT_HANDLE hAllocation; /* in, out: Discard may return another one */
    UINT PrivateDriverData;
    UINT NumPages; /* 0 with LockEntire */
    CONST UINT *pPages;
    VOID *pData; /* out; valid until unlocked */
    D3DDDICB_LOCKFLAGS Flags;
    D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress; /* reserved, 0 */
} D3DDDICB_LOCK;

typedef struct _D3DDDICB_UNLOCK {
    UINT NumAllocations;
    CONST D3DKMT_HANDLE *phAllocations;
} D3DDDICB_UNLOCK;

/* One block for request and answer. hContext set demands the hDevice that owns it. */
typedef struct _D3DDDICB_ESCAPE {
    HANDLE hDevice; /* runtime's device, or NULL: for the whole adapter */
    D3DDDI_ESCAPEFLAGS Flags;
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize; /* bytes */
    HANDLE hContext;            /* of pfnCreateContextCb, or NULL */
} D3DDDICB_ESCAPE;

typedef struct _D3DDDICB_CREATECONTEXT {
    UINT NodeOrdinal;
    UINT EngineAffinity;
    D3DDDI_CREATECONTEXTFLAGS Flags;
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    HANDLE hContext;        /* out, and all below */
    VOID *pCommandBuffer;   /* owned by the context */
    UINT CommandBufferSize; /* bytes */
    D3DDDI_ALLOCATIONLIST *pAllocationList;
    UINT AllocationListSize; /* elements */
    D3DDDI_PATCHLOCATIONLIST *pPatchLocationList;
    UINT PatchLocationListSize;           /* elements */
    D3DGPU_VIRTUAL_ADDRESS CommandBuffer; /* reserved, 0 */
} D3DDDICB_CREATECONTEXT;

/* Returns when all queued work of the context is done. */
typedef struct _D3DDDICB_DESTROYCONTEXT {
    HANDLE hContext;
} D3DDDICB_DESTROYCONTEXT;

typedef struct _D3DDDICB_CREATESYNCHRONIZATIONOBJECT {
    D3DDDI_SYNCHRONIZATIONOBJECTINFO Info;
    D3DKMT_HANDLE hSyncObject; /* out */
} D3DDDICB_CREATESYNCHRONIZATIONOBJECT;

typedef struct _D3DDDICB_CREATESYNCHRONIZATIONOBJECT2 {
    D3DDDI_SYNCHRONIZATIONOBJECTINFO2 Info;
    D3DKMT_HANDLE hSyncObject; /* out */
} D3DDDICB_CREATESYNCHRONIZATIONOBJECT2;

typedef struct _D3DDDICB_DESTROYSYNCHRONIZATIONOBJECT {
    D3DKMT_HANDLE hSyncObject;
} D3DDDICB_DESTROYSYNCHRONIZATIONOBJECT;

/* Waits and signals are operations of the GPU queue: the call returns at once. */
typedef struct _D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT {
    HANDLE hContext;
    UINT ObjectCount;
    D3DKMT_HANDLE ObjectHandleArray[D3DDDI_MAX_OBJECT_WAITED_ON];
} D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT;

typedef struct _D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 {
    HANDLE hContext;
    UINT ObjectCount;
    D3DKMT_HANDLE ObjectHandleArray[D3DDDI_MAX_OBJECT_WAITED_ON];
    UINT64 FenceValue;
} D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2;

typedef struct _D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT {
    HANDLE hContext;
    UINT ObjectCount;
    D3DKMT_HANDLE ObjectHandleArray[D3DDDI_MAX_OBJECT_SIGNALED];
    D3DDDICB_SIGNALFLAGS Flags;
} D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT;

typedef struct _D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 {
    HANDLE hContext;
    UINT ObjectCount; /* 0 with EnqueueCpuEvent, 1 with a fence */
    D3DKMT_HANDLE ObjectHandleArray[D3DDDI_MAX_OBJECT_SIGNALED];
    D3DDDICB_SIGNALFLAGS Flags;
    ULONG BroadcastContextCount;
    HANDLE BroadcastContext[D3DDDI_MAX_BROADCAST_CONTEXT];
    union {
        UINT64 FenceValue;
        HANDLE CpuEventHandle; /* with EnqueueCpuEvent */
    };
} D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2;

typedef struct _D3DDDICB_OFFERALLOCATIONS {
    CONST HANDLE *pResources; /* one of the two lists, the other NULL */
    CONST D3DKMT_HANDLE *HandleList;
    UINT NumAllocations;
    D3DDDI_OFFER_PRIORITY Priority;
} D3DDDICB_OFFERALLOCATIONS;

typedef struct _D3DDDICB_RECLAIMALLOCATIONS {
    CONST HANDLE *pResources;
    CONST D3DKMT_HANDLE *HandleList;
    BOOL *pDiscarded; /* out: NumAllocations elements */
    UINT NumAllocations;
} D3DDDICB_RECLAIMALLOCATIONS;

/* Arguments that nothing here looks into. */
typedef struct _D3DDDICB_CREATEOVERLAY D3DDDICB_CREATEOVERLAY;
typedef struct _D3DDDICB_UPDATEOVERLAY D3DDDICB_UPDATEOVERLAY;
typedef struct _D3DDDICB_FLIPOVERLAY D3DDDICB_FLIPOVERLAY;
typedef struct _D3DDDICB_DESTROYOVERLAY D3DDDICB_DESTROYOVERLAY;
typedef struct D3DDDICB_PRESENTMULTIPLANEOVERLAY D3DDDICB_PRESENTMULTIPLANEOVERLAY;

/* S_OK, E_INVALIDARG. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_QUERYADAPTERINFOCB)(HANDLE hAdapter,
        CONST D3DDDICB_QUERYADAPTERINFO *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_GETMULTISAMPLEMETHODLISTCB)(HANDLE hAdapter,
        D3DDDICB_GETMULTISAMPLEMETHODLIST *pData);

/* S_OK, E_INVALIDARG, E_OUTOFMEMORY, D3DDDIERR_OUTOFVIDEOMEMORY, D3DDDIERR_DEVICEREMOVED. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_ALLOCATECB)(HANDLE hDevice, D3DDDICB_ALLOCATE *pData);
/* S_OK, E_INVALIDARG. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_DEALLOCATECB)(HANDLE hDevice,
        CONST D3DDDICB_DEALLOCATE *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SETPRIORITYCB)(HANDLE hDevice,
        D3DDDICB_SETPRIORITY *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_QUERYRESIDENCYCB)(HANDLE hDevice,
        CONST D3DDDICB_QUERYRESIDENCY *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SETDISPLAYMODECB)(HANDLE hDevice,
        D3DDDICB_SETDISPLAYMODE *pData);
/* S_OK, E_OUTOFMEMORY, E_INVALIDARG. Drivers of this DDI present through DXGI instead. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_PRESENTCB)(HANDLE hDevice, D3DDDICB_PRESENT *pData);
/* S_OK, E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_PRIVILEGEDINSTRUCTION,
 * D3DDDIERR_INVALIDINSTRUCTION, D3DDDIERR_INVALIDHANDLE, D3DDDIERR_INVALIDUSERBUFFER,
 * D3DDDIERR_CANTRENDERLOCKEDALLOCATION. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_RENDERCB)(HANDLE hDevice, D3DDDICB_RENDER *pData);
/* S_OK, E_OUTOFMEMORY, E_INVALIDARG (also: not visible to the CPU), D3DDDIERR_WASSTILLDRAWING (with
 * DonotWait), D3DDDIERR_NOTAVAILABLE, D3DDDIERR_CANTEVICTPINNEDALLOCATION. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_LOCKCB)(HANDLE hDevice, D3DDDICB_LOCK *pData);
/* S_OK, E_OUTOFMEMORY, E_INVALIDARG. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_UNLOCKCB)(HANDLE hDevice,
        CONST D3DDDICB_UNLOCK *pData);
/* Takes the adapter's handle. S_OK, E_OUTOFMEMORY, E_INVALIDARG, D3DDDIERR_DEVICEREMOVED. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_ESCAPECB)(HANDLE hAdapter,
        CONST D3DDDICB_ESCAPE *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_CREATEOVERLAYCB)(HANDLE hDevice,
        D3DDDICB_CREATEOVERLAY *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_UPDATEOVERLAYCB)(HANDLE hDevice,
        CONST D3DDDICB_UPDATEOVERLAY *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_FLIPOVERLAYCB)(HANDLE hDevice,
        CONST D3DDDICB_FLIPOVERLAY *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_DESTROYOVERLAYCB)(HANDLE hDevice,
        CONST D3DDDICB_DESTROYOVERLAY *pData);
/* S_OK, E_INVALIDARG, E_OUTOFMEMORY, D3DDDIERR_DEVICEREMOVED. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_CREATECONTEXTCB)(HANDLE hDevice,
        D3DDDICB_CREATECONTEXT *pData);
/* S_OK, E_INVALIDARG. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_DESTROYCONTEXTCB)(HANDLE hDevice,
        CONST D3DDDICB_DESTROYCONTEXT *pData);
/* S_OK, E_INVALIDARG; creation also E_OUTOFMEMORY. */
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_CREATESYNCHRONIZATIONOBJECTCB)(HANDLE hDevice,
        D3DDDICB_CREATESYNCHRONIZATIONOBJECT *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_DESTROYSYNCHRONIZATIONOBJECTCB)(HANDLE hDevice,
        CONST D3DDDICB_DESTROYSYNCHRONIZATIONOBJECT *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_WAITFORSYNCHRONIZATIONOBJECTCB)(HANDLE hDevice,
        CONST D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SIGNALSYNCHRONIZATIONOBJECTCB)(HANDLE hDevice,
        CONST D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_CREATESYNCHRONIZATIONOBJECT2CB)(HANDLE hDevice,
        D3DDDICB_CREATESYNCHRONIZATIONOBJECT2 *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_WAITFORSYNCHRONIZATIONOBJECT2CB)(HANDLE hDevice,
        CONST D3DDDICB_WAITFORSYNCHRONIZATIONOBJECT2 *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SIGNALSYNCHRONIZATIONOBJECT2CB)(HANDLE hDevice,
        CONST D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SETASYNCCALLBACKSCB)(HANDLE hDevice, BOOL Enable);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_SETDISPLAYPRIVATEDRIVERFORMATCB)(HANDLE hDevice,
        CONST D3DDDICB_SETDISPLAYPRIVATEDRIVERFORMAT *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_OFFERALLOCATIONSCB)(HANDLE hDevice,
        CONST D3DDDICB_OFFERALLOCATIONS *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_RECLAIMALLOCATIONSCB)(HANDLE hDevice,
        CONST D3DDDICB_RECLAIMALLOCATIONS *pData);
typedef HRESULT(APIENTRY CALLBACK *PFND3DDDI_PRESENTMULTIPLANEOVERLAYCB)(HANDLE hDevice,
        CONST D3DDDICB_PRESENTMULTIPLANEOVERLAY *pData);

/* Handed over in OpenAdapter10_2. */
typedef struct _D3DDDI_ADAPTERCALLBACKS {
    PFND3DDDI_QUERYADAPTERINFOCB pfnQueryAdapterInfoCb;
    PFND3DDDI_GETMULTISAMPLEMETHODLISTCB pfnGetMultisampleMethodListCb;
} D3DDDI_ADAPTERCALLBACKS;

/* Handed over in CreateDevice. */
typedef struct _D3DDDI_DEVICECALLBACKS {
    PFND3DDDI_ALLOCATECB pfnAllocateCb;
    PFND3DDDI_DEALLOCATECB pfnDeallocateCb;
    PFND3DDDI_SETPRIORITYCB pfnSetPriorityCb;
    PFND3DDDI_QUERYRESIDENCYCB pfnQueryResidencyCb;
    PFND3DDDI_SETDISPLAYMODECB pfnSetDisplayModeCb;
    PFND3DDDI_PRESENTCB pfnPresentCb;
    PFND3DDDI_RENDERCB pfnRenderCb;
    PFND3DDDI_LOCKCB pfnLockCb;
    PFND3DDDI_UNLOCKCB pfnUnlockCb;
    PFND3DDDI_ESCAPECB pfnEscapeCb;
    PFND3DDDI_CREATEOVERLAYCB pfnCreateOverlayCb;
    PFND3DDDI_UPDATEOVERLAYCB pfnUpdateOverlayCb;
    PFND3DDDI_FLIPOVERLAYCB pfnFlipOverlayCb;
    PFND3DDDI_DESTROYOVERLAYCB pfnDestroyOverlayCb;
    PFND3DDDI_CREATECONTEXTCB pfnCreateContextCb;
    PFND3DDDI_DESTROYCONTEXTCB pfnDestroyContextCb;
    PFND3DDDI_CREATESYNCHRONIZATIONOBJECTCB pfnCreateSynchronizationObjectCb;
    PFND3DDDI_DESTROYSYNCHRONIZATIONOBJECTCB pfnDestroySynchronizationObjectCb;
    PFND3DDDI_WAITFORSYNCHRONIZATIONOBJECTCB pfnWaitForSynchronizationObjectCb;
    PFND3DDDI_SIGNALSYNCHRONIZATIONOBJECTCB pfnSignalSynchronizationObjectCb;
    PFND3DDDI_SETASYNCCALLBACKSCB pfnSetAsyncCallbacksCb; /* NULL for this DDI */
    PFND3DDDI_SETDISPLAYPRIVATEDRIVERFORMATCB pfnSetDisplayPrivateDriverFormatCb;
    PFND3DDDI_OFFERALLOCATIONSCB pfnOfferAllocationsCb;
    PFND3DDDI_RECLAIMALLOCATIONSCB pfnReclaimAllocationsCb;
    PFND3DDDI_CREATESYNCHRONIZATIONOBJECT2CB pfnCreateSynchronizationObject2Cb;
    PFND3DDDI_WAITFORSYNCHRONIZATIONOBJECT2CB pfnWaitForSynchronizationObject2Cb;
    PFND3DDDI_SIGNALSYNCHRONIZATIONOBJECT2CB pfnSignalSynchronizationObject2Cb;
    PFND3DDDI_PRESENTMULTIPLANEOVERLAYCB pfnPresentMultiPlaneOverlayCb;
} D3DDDI_DEVICECALLBACKS;

#ifdef __cplusplus
}
#endif

#endif
