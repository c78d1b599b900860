/* SPDX-License-Identifier: MIT */
/**
 * Arguments of the kernel's thunks (D3DKMT...), the layer between the runtime's callbacks and the
 * kernel driver: the structures of d3dumddi.h with kernel handles of 4 bytes.
 *
 * The thunks return NTSTATUS: besides the kernel driver's codes STATUS_DEVICE_REMOVED from nearly
 * all; a lock STATUS_GRAPHICS_ALLOCATION_BUSY, _TOO_MANY_REFERENCES, _CANT_EVICT_PINNED_ALLOCATION;
 * an allocation STATUS_GRAPHICS_NO_VIDEO_MEMORY. Each structure has a page of its name in
 * windows-driver-docs-ddi.
 */
#ifndef VITRINE_D3DKMTHK_H
#define VITRINE_D3DKMTHK_H

#include "d3dukmdt.h"
#include "ddierror.h"

typedef enum _KMTQUERYADAPTERINFOTYPE {
    KMTQAITYPE_UMDRIVERPRIVATE = 0,
    KMTQAITYPE_UMDRIVERNAME = 1,
    KMTQAITYPE_GETSEGMENTSIZE = 3,
    KMTQAITYPE_CHECKDRIVERUPDATESTATUS = 11,
    KMTQAITYPE_DRIVERVERSION = 13
} KMTQUERYADAPTERINFOTYPE;

typedef struct _D3DKMT_QUERYADAPTERINFO {
    D3DKMT_HANDLE hAdapter;
    KMTQUERYADAPTERINFOTYPE Type;
    VOID *pPrivateDriverData; /* in, out */
    UINT PrivateDriverDataSize;
} D3DKMT_QUERYADAPTERINFO;

typedef enum _D3DKMT_ESCAPETYPE { D3DKMT_ESCAPE_DRIVERPRIVATE = 0 } D3DKMT_ESCAPETYPE;

typedef struct _D3DKMT_ESCAPE {
    D3DKMT_HANDLE hAdapter;
    D3DKMT_HANDLE hDevice; /* may be 0 */
    D3DKMT_ESCAPETYPE Type;
    D3DDDI_ESCAPEFLAGS Flags;
    VOID *pPrivateDriverData; /* in, out */
    UINT PrivateDriverDataSize;
    D3DKMT_HANDLE hContext; /* may be 0 */
} D3DKMT_ESCAPE;

typedef struct _D3DKMT_CREATEDEVICEFLAGS {
    union {
        struct {
            UINT LegacyMode : 1;
            UINT RequestVSync : 1;
            UINT DisableGpuTimeout : 1;
            UINT Reserved : 29;
        };
        UINT Value;
    };
} D3DKMT_CREATEDEVICEFLAGS;

typedef struct _D3DKMT_CREATEDEVICE {
    union {
        D3DKMT_HANDLE hAdapter;
        VOID *pAdapter;
    };
    D3DKMT_CREATEDEVICEFLAGS Flags;
    D3DKMT_HANDLE hDevice; /* out, and all below */
    VOID *pCommandBuffer;
    UINT CommandBufferSize;
    D3DDDI_ALLOCATIONLIST *pAllocationList;
    UINT AllocationListSize;
    D3DDDI_PATCHLOCATIONLIST *pPatchLocationList;
    UINT PatchLocationListSize;
} D3DKMT_CREATEDEVICE;

typedef struct _D3DKMT_CREATECONTEXT {
    D3DKMT_HANDLE hDevice;
    UINT NodeOrdinal;
    UINT EngineAffinity;
    D3DDDI_CREATECONTEXTFLAGS Flags;
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    UINT ClientHint;
    D3DKMT_HANDLE hContext; /* out, and all below */
    VOID *pCommandBuffer;
    UINT CommandBufferSize; /* bytes */
    D3DDDI_ALLOCATIONLIST *pAllocationList;
    UINT AllocationListSize; /* elements */
    D3DDDI_PATCHLOCATIONLIST *pPatchLocationList;
    UINT PatchLocationListSize;           /* elements */
    D3DGPU_VIRTUAL_ADDRESS CommandBuffer; /* reserved, 0 */
} D3DKMT_CREATECONTEXT;

typedef struct _D3DKMT_CREATEALLOCATIONFLAGS {
    union {
        struct {
            UINT CreateResource : 1;
            UINT CreateShared : 1;
            UINT NonSecure : 1;
            UINT CreateProtected : 1;
            UINT RestrictSharedAccess : 1;
            UINT ExistingSysMem : 1;
            UINT NtSecuritySharing : 1;
            UINT ReadOnly : 1;
            UINT Reserved : 24;
        };
        UINT Value;
    };
} D3DKMT_CREATEALLOCATIONFLAGS;

typedef struct _D3DKMT_CREATEALLOCATION {
    D3DKMT_HANDLE hDevice;
    D3DKMT_HANDLE hResource;    /* in, out */
    D3DKMT_HANDLE hGlobalShare; /* out */
    CONST VOID *pPrivateRuntimeData;
    UINT PrivateRuntimeDataSize;
    CONST VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    UINT NumAllocations;
    D3DDDI_ALLOCATIONINFO *pAllocationInfo;
    D3DKMT_CREATEALLOCATIONFLAGS Flags;
    HANDLE hPrivateRuntimeResourceHandle;
} D3DKMT_CREATEALLOCATION;

typedef struct _D3DKMT_DESTROYALLOCATION {
    D3DKMT_HANDLE hDevice;
    D3DKMT_HANDLE hResource; /* set: the list is ignored */
    CONST D3DKMT_HANDLE *phAllocationList;
    UINT AllocationCount;
} D3DKMT_DESTROYALLOCATION;

typedef struct _D3DKMT_LOCK {
    D3DKMT_HANDLE hDevice;
    D3DKMT_HANDLE hAllocation; /* in, out */
    UINT PrivateDriverData;
    UINT NumPages;
    CONST UINT *pPages;
    VOID *pData; /* out */
    D3DDDICB_LOCKFLAGS Flags;
    D3DGPU_VIRTUAL_ADDRESS GpuVirtualAddress; /* reserved, 0 */
} D3DKMT_LOCK;

typedef struct _D3DKMT_UNLOCK {
    D3DKMT_HANDLE hDevice;
    UINT NumAllocations;
    CONST D3DKMT_HANDLE *phAllocations;
} D3DKMT_UNLOCK;

typedef struct _D3DKMT_RENDERFLAGS {
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
} D3DKMT_RENDERFLAGS;

typedef struct _D3DKMT_RENDER {
    union {
        D3DKMT_HANDLE hDevice;
        D3DKMT_HANDLE hContext;
    };
    UINT CommandOffset;
    UINT CommandLength;
    UINT AllocationCount;
    UINT PatchLocationCount;
    VOID *pNewCommandBuffer;
    UINT NewCommandBufferSize;
    D3DDDI_ALLOCATIONLIST *pNewAllocationList;
    UINT NewAllocationListSize;
    D3DDDI_PATCHLOCATIONLIST *pNewPatchLocationList;
    UINT NewPatchLocationListSize;
    D3DKMT_RENDERFLAGS Flags;
    ULONGLONG PresentHistoryToken;
    ULONG BroadcastContextCount;
    D3DKMT_HANDLE BroadcastContext[D3DDDI_MAX_BROADCAST_CONTEXT];
    ULONG QueuedBufferCount;                 /* out */
    D3DGPU_VIRTUAL_ADDRESS NewCommandBuffer; /* reserved, 0 */
    VOID *pPrivateDriverData;                /* reserved, NULL */
    UINT PrivateDriverDataSize;              /* reserved, 0 */
} D3DKMT_RENDER;

typedef enum _D3DKMT_DEVICEEXECUTION_STATE {
    D3DKMT_DEVICEEXECUTION_ACTIVE = 1,
    D3DKMT_DEVICEEXECUTION_RESET = 2,
    D3DKMT_DEVICEEXECUTION_HUNG = 3,
    D3DKMT_DEVICEEXECUTION_STOPPED = 4,
    D3DKMT_DEVICEEXECUTION_ERROR_OUTOFMEMORY = 5,
    D3DKMT_DEVICEEXECUTION_ERROR_DMAFAULT = 6
} D3DKMT_DEVICEEXECUTION_STATE;

typedef enum _D3DKMT_DEVICESTATE_TYPE { D3DKMT_DEVICESTATE_EXECUTION = 1 } D3DKMT_DEVICESTATE_TYPE;

/* Only the execution state is used here; the other states keep their room. */
typedef struct _D3DKMT_GETDEVICESTATE {
    D3DKMT_HANDLE hDevice;
    D3DKMT_DEVICESTATE_TYPE StateType;
    union {
        D3DKMT_DEVICEEXECUTION_STATE ExecutionState; /* out */
        UINT64 Others[6];
    };
} D3DKMT_GETDEVICESTATE;

#endif
