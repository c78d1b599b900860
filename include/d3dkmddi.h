/* SPDX-License-Identifier: MIT */
/**
 * The kernel driver's interface in the shape of WDDM 1.2: the arguments of the functions that stand
 * behind the callbacks of d3dumddi.h, and the query for further interfaces.
 *
 * Handles are opaque pointers that the kernel driver returned. Blocks that come from user mode
 * (escape, creation, command buffers and their lists) are not trusted: they are copied once and
 * then checked. Each structure and function has a page of its name in windows-driver-docs-ddi.
 */
#ifndef VITRINE_D3DKMDDI_H
#define VITRINE_D3DKMDDI_H

#include "d3dukmdt.h"
#include "ddierror.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Page DXGKARG_ESCAPE. hDevice and hContext may be NULL. */
typedef struct _DXGKARG_ESCAPE {
    HANDLE hDevice;
    D3DDDI_ESCAPEFLAGS Flags;
    VOID *pPrivateDriverData;   /* in, out */
    UINT PrivateDriverDataSize; /* bytes */
    HANDLE hContext;
} DXGKARG_ESCAPE;

typedef enum _DXGK_QUERYADAPTERINFOTYPE {
    DXGKQAITYPE_UMDRIVERPRIVATE = 0 /* the user-mode driver asks; both blocks are private */
} DXGK_QUERYADAPTERINFOTYPE;

typedef struct _DXGKARG_QUERYADAPTERINFO {
    DXGK_QUERYADAPTERINFOTYPE Type;
    VOID *pInputData; /* may be the memory of pOutputData */
    UINT InputDataSize;
    VOID *pOutputData;
    UINT OutputDataSize;
} DXGKARG_QUERYADAPTERINFO;

typedef struct _DXGK_CREATEDEVICEFLAGS {
    union {
        struct {
            UINT SystemDevice : 1;
            UINT GdiDevice : 1;
            UINT Reserved : 30;
        };
        UINT Value;
    };
} DXGK_CREATEDEVICEFLAGS;

typedef struct _DXGK_DEVICEINFO {
    UINT DmaBufferSize;
    UINT DmaBufferSegmentSet;
    UINT DmaBufferPrivateDataSize;
    UINT AllocationListSize;
    UINT PatchLocationListSize;
    UINT Flags;
} DXGK_DEVICEINFO;

typedef struct _DXGKARG_CREATEDEVICE {
    HANDLE hDevice; /* in: the system's, out: the driver's */
    union {
        DXGK_CREATEDEVICEFLAGS Flags;
        DXGK_DEVICEINFO *pInfo;
    };
} DXGKARG_CREATEDEVICE;

typedef struct _DXGK_CREATECONTEXTFLAGS {
    union {
        struct {
            UINT SystemContext : 1;
            UINT GdiContext : 1;
            UINT Reserved : 30;
        };
        UINT Value;
    };
} DXGK_CREATECONTEXTFLAGS;

typedef struct _DXGK_CONTEXTINFO {
    UINT DmaBufferSize;       /* bytes */
    UINT DmaBufferSegmentSet; /* aperture segments; 0: contiguous locked memory */
    UINT DmaBufferPrivateDataSize;
    UINT AllocationListSize;    /* elements */
    UINT PatchLocationListSize; /* elements */
    UINT Reserved;
} DXGK_CONTEXTINFO;

typedef struct _DXGKARG_CREATECONTEXT {
    HANDLE hContext; /* out */
    UINT NodeOrdinal;
    UINT EngineAffinity;
    DXGK_CREATECONTEXTFLAGS Flags;
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    DXGK_CONTEXTINFO ContextInfo; /* out */
} DXGKARG_CREATECONTEXT;

/* Page DXGK_ALLOCATIONINFOFLAGS. Protected: the memory lies outside the address space of the
 * process; not with the three that name system memory. Without CpuVisible a lock fails. */
typedef struct _DXGK_ALLOCATIONINFOFLAGS {
    union {
        struct {
            UINT CpuVisible : 1;
            UINT PermanentSysMem : 1;
            UINT Cached : 1;
            UINT Protected : 1;
            UINT ExistingSysMem : 1;
            UINT ExistingKernelSysMem : 1;
            UINT FromEndOfSegment : 1;
            UINT Swizzled : 1;
            UINT Overlay : 1;
            UINT Capture : 1;
            UINT UseAlternateVA : 1;
            UINT SynchronousPaging : 1;
            UINT LinkMirrored : 1;
            UINT LinkInstanced : 1;
            UINT Reserved : 18;
        };
        UINT Value;
    };
} DXGK_ALLOCATIONINFOFLAGS;

/* Up to five segments in order of preference, each with a direction. */
typedef struct _DXGK_SEGMENTPREFERENCE {
    union {
        struct {
            UINT SegmentId0 : 5;
            UINT Direction0 : 1;
            UINT SegmentId1 : 5;
            UINT Direction1 : 1;
            UINT SegmentId2 : 5;
            UINT Direction2 : 1;
            UINT SegmentId3 : 5;
            UINT Direction3 : 1;
            UINT SegmentId4 : 5;
            UINT Direction4 : 1;
            UINT Reserved : 2;
        };
        UINT Value;
    };
} DXGK_SEGMENTPREFERENCE;

typedef struct _DXGK_SEGMENTBANKPREFERENCE {
    UINT Value;
} DXGK_SEGMENTBANKPREFERENCE;

typedef struct _DXGK_ALLOCATIONUSAGEHINT DXGK_ALLOCATIONUSAGEHINT;

/* The private block is in, out; everything behind it is out. */
typedef struct _DXGK_ALLOCATIONINFO {
    VOID *pPrivateDriverData;
    UINT PrivateDriverDataSize;
    UINT Alignment;          /* bytes */
    SIZE_T Size;             /* bytes, rounded up to pages by the system */
    SIZE_T PitchAlignedSize; /* bytes */
    DXGK_SEGMENTBANKPREFERENCE HintedBank;
    DXGK_SEGMENTPREFERENCE PreferredSegment;
    UINT SupportedReadSegmentSet;
    UINT SupportedWriteSegmentSet;
    UINT EvictionSegmentSet;
    UINT MaximumRenamingListLength;
    HANDLE hAllocation;
    DXGK_ALLOCATIONINFOFLAGS Flags;
    DXGK_ALLOCATIONUSAGEHINT *pAllocationUsageHint;
    UINT AllocationPriority; /* never 0 */
} DXGK_ALLOCATIONINFO;

typedef struct _DXGK_CREATEALLOCATIONFLAGS {
    union {
        struct {
            UINT Resource : 1;
            UINT Reserved : 31;
        };
        UINT Value;
    };
} DXGK_CREATEALLOCATIONFLAGS;

typedef struct _DXGKARG_CREATEALLOCATION {
    CONST VOID *pPrivateDriverData; /* of the resource */
    UINT PrivateDriverDataSize;
    UINT NumAllocations;
    DXGK_ALLOCATIONINFO *pAllocationInfo;
    HANDLE hResource; /* in, out */
    DXGK_CREATEALLOCATIONFLAGS Flags;
} DXGKARG_CREATEALLOCATION;

typedef struct _DXGK_DESTROYALLOCATIONFLAGS {
    union {
        struct {
            UINT DestroyResource : 1;
            UINT Reserved : 31;
        };
        UINT Value;
    };
} DXGK_DESTROYALLOCATIONFLAGS;

typedef struct _DXGKARG_DESTROYALLOCATION {
    UINT NumAllocations;
    CONST HANDLE *pAllocationList;
    HANDLE hResource; /* in, out */
    DXGK_DESTROYALLOCATIONFLAGS Flags;
} DXGKARG_DESTROYALLOCATION;

typedef struct _DXGKARG_DESCRIBEALLOCATION {
    HANDLE hAllocation; /* in; the rest is out */
    UINT Width;         /* pixels */
    UINT Height;        /* pixels */
    D3DDDIFORMAT Format;
    D3DDDI_MULTISAMPLINGMETHOD MultisampleMethod;
    D3DDDI_RATIONAL RefreshRate;
    UINT PrivateDriverFormatAttribute;
    UINT Flags;               /* reserved */
    D3DDDI_ROTATION Rotation; /* reserved */
} DXGKARG_DESCRIBEALLOCATION;

typedef struct _DXGK_OPENALLOCATIONFLAGS {
    union {
        struct {
            UINT Create : 1;
            UINT ReadOnly : 1;
            UINT Reserved : 30;
        };
        UINT Value;
    };
} DXGK_OPENALLOCATIONFLAGS;

/* hDeviceSpecificAllocation is not NULL after success. */
typedef struct _DXGK_OPENALLOCATIONINFO {
    D3DKMT_HANDLE hAllocation;
    VOID *pPrivateDriverData; /* written only with Create */
    UINT PrivateDriverDataSize;
    HANDLE hDeviceSpecificAllocation; /* out */
} DXGK_OPENALLOCATIONINFO;

typedef struct _DXGKARG_OPENALLOCATION {
    UINT NumAllocations;
    DXGK_OPENALLOCATIONINFO *pOpenAllocation;
    VOID *pPrivateDriverData; /* of the resource; not written */
    UINT PrivateDriverSize;
    DXGK_OPENALLOCATIONFLAGS Flags;
    UINT SubresourceIndex;
    SIZE_T SubresourceOffset; /* out: bytes */
    UINT Pitch;               /* out: bytes */
} DXGKARG_OPENALLOCATION;

/* hDeviceSpecificAllocation NULL unbinds. */
typedef struct _DXGK_ALLOCATIONLIST {
    HANDLE hDeviceSpecificAllocation;
    struct {
        UINT WriteOperation : 1;
        UINT SegmentId : 5;
        UINT Reserved : 26;
    };
    PHYSICAL_ADDRESS PhysicalAddress;
} DXGK_ALLOCATIONLIST;

/* pCommand and pPatchLocationListIn are memory of the user process. */
typedef struct _DXGKARG_RENDER {
    CONST VOID *pCommand;
    UINT CommandLength; /* bytes */
    VOID *pDmaBuffer;   /* in, out: behind what was written */
    UINT DmaSize;       /* bytes */
    VOID *pDmaBufferPrivateData;
    UINT DmaBufferPrivateDataSize;
    DXGK_ALLOCATIONLIST *pAllocationList;
    UINT AllocationListSize;
    D3DDDI_PATCHLOCATIONLIST *pPatchLocationListIn;
    UINT PatchLocationListInSize;
    D3DDDI_PATCHLOCATIONLIST *pPatchLocationListOut; /* in, out */
    UINT PatchLocationListOutSize;
    UINT MultipassOffset; /* in, out */
    UINT DmaBufferSegmentId;
    PHYSICAL_ADDRESS DmaBufferPhysicalAddress;
} DXGKARG_RENDER;

typedef struct _DXGK_PATCHFLAGS {
    union {
        struct {
            UINT Paging : 1;
            UINT Present : 1;
            UINT RedirectedPresent : 1;
            UINT NullRendering : 1;
            UINT Reserved : 28;
        };
        UINT Value;
    };
} DXGK_PATCHFLAGS;

typedef struct _DXGKARG_PATCH {
    union {
        HANDLE hDevice;
        HANDLE hContext;
    };
    UINT DmaBufferSegmentId;
    PHYSICAL_ADDRESS DmaBufferPhysicalAddress;
    VOID *pDmaBuffer;
    UINT DmaBufferSize;
    UINT DmaBufferSubmissionStartOffset;
    UINT DmaBufferSubmissionEndOffset;
    VOID *pDmaBufferPrivateData;
    UINT DmaBufferPrivateDataSize;
    UINT DmaBufferPrivateDataSubmissionStartOffset;
    UINT DmaBufferPrivateDataSubmissionEndOffset;
    CONST DXGK_ALLOCATIONLIST *pAllocationList;
    UINT AllocationListSize;
    CONST D3DDDI_PATCHLOCATIONLIST *pPatchLocationList;
    UINT PatchLocationListSize;
    UINT PatchLocationListSubmissionStart;
    UINT PatchLocationListSubmissionLength;
    UINT SubmissionFenceId;
    DXGK_PATCHFLAGS Flags;
    UINT EngineOrdinal;
} DXGKARG_PATCH;

typedef struct _DXGK_SUBMITCOMMANDFLAGS {
    union {
        struct {
            UINT Paging : 1;
            UINT Present : 1;
            UINT RedirectedPresent : 1;
            UINT NullRendering : 1;
            UINT Flip : 1;
            UINT FlipWithNoWait : 1;
            UINT ContextSwitch : 1;
            UINT Reserved : 25;
        };
        UINT Value;
    };
} DXGK_SUBMITCOMMANDFLAGS;

typedef struct _DXGKARG_SUBMITCOMMAND {
    union {
        HANDLE hDevice;
        HANDLE hContext;
    };
    UINT DmaBufferSegmentId;
    PHYSICAL_ADDRESS DmaBufferPhysicalAddress;
    UINT DmaBufferSize;
    UINT DmaBufferSubmissionStartOffset;
    UINT DmaBufferSubmissionEndOffset;
    VOID *pDmaBufferPrivateData;
    UINT DmaBufferPrivateDataSize;
    UINT DmaBufferPrivateDataSubmissionStartOffset;
    UINT DmaBufferPrivateDataSubmissionEndOffset;
    UINT SubmissionFenceId;
    D3DDDI_VIDEO_PRESENT_SOURCE_ID VidPnSourceId;
    D3DDDI_FLIPINTERVAL_TYPE FlipInterval;
    DXGK_SUBMITCOMMANDFLAGS Flags;
    UINT EngineOrdinal;
    D3DGPU_VIRTUAL_ADDRESS DmaBufferVirtualAddress;
    UINT NodeOrdinal;
} DXGKARG_SUBMITCOMMAND;

/* STATUS_SUCCESS, _INVALID_PARAMETER, _NO_MEMORY, _GRAPHICS_DRIVER_MISMATCH. */
typedef NTSTATUS APIENTRY DXGKDDI_QUERYADAPTERINFO(CONST HANDLE hAdapter,
        CONST DXGKARG_QUERYADAPTERINFO *pQueryAdapterInfo);
typedef NTSTATUS APIENTRY DXGKDDI_CREATEALLOCATION(CONST HANDLE hAdapter,
        DXGKARG_CREATEALLOCATION *pCreateAllocation);
typedef NTSTATUS APIENTRY DXGKDDI_OPENALLOCATIONINFO(CONST HANDLE hDevice,
        CONST DXGKARG_OPENALLOCATION *pOpenAllocation);
/* The same and _PRIVILEGED_INSTRUCTION, _ILLEGAL_INSTRUCTION. */
typedef NTSTATUS APIENTRY DXGKDDI_ESCAPE(CONST HANDLE hAdapter, CONST DXGKARG_ESCAPE *pEscape);
/* STATUS_SUCCESS, _NO_MEMORY; a context also _GRAPHICS_DRIVER_MISMATCH. */
typedef NTSTATUS APIENTRY DXGKDDI_CREATEDEVICE(CONST HANDLE hAdapter,
        DXGKARG_CREATEDEVICE *pCreateDevice);
typedef NTSTATUS APIENTRY DXGKDDI_CREATECONTEXT(CONST HANDLE hDevice,
        DXGKARG_CREATECONTEXT *pCreateContext);
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYDEVICE(CONST HANDLE hDevice);
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYCONTEXT(CONST HANDLE hContext);
typedef NTSTATUS APIENTRY DXGKDDI_DESTROYALLOCATION(CONST HANDLE hAdapter,
        CONST DXGKARG_DESTROYALLOCATION *pDestroyAllocation);
typedef NTSTATUS APIENTRY DXGKDDI_DESCRIBEALLOCATION(CONST HANDLE hAdapter,
        DXGKARG_DESCRIBEALLOCATION *pDescribeAllocation);
/* STATUS_SUCCESS, _NO_MEMORY, _GRAPHICS_INSUFFICIENT_DMA_BUFFER (called again, MultipassOffset),
 * _PRIVILEGED_INSTRUCTION, _ILLEGAL_INSTRUCTION, _INVALID_PARAMETER, _INVALID_USER_BUFFER,
 * _INVALID_HANDLE, _GRAPHICS_DRIVER_MISMATCH, _GRAPHICS_GPU_EXCEPTION_ON_DEVICE (device lost). */
typedef NTSTATUS APIENTRY DXGKDDI_RENDER(CONST HANDLE hContext, DXGKARG_RENDER *pRender);
/* These cannot fail. */
typedef NTSTATUS APIENTRY DXGKDDI_PATCH(CONST HANDLE hAdapter, CONST DXGKARG_PATCH *pPatch);
typedef NTSTATUS APIENTRY DXGKDDI_SUBMITCOMMAND(CONST HANDLE hAdapter,
        CONST DXGKARG_SUBMITCOMMAND *pSubmitCommand);

/* Head of every queried interface. Size and Version are filled by the driver. */
typedef VOID(APIENTRY *PINTERFACE_REFERENCE)(PVOID Context);
typedef VOID(APIENTRY *PINTERFACE_DEREFERENCE)(PVOID Context);

typedef struct _INTERFACE {
    USHORT Size;
    USHORT Version;
    PVOID Context;
    PINTERFACE_REFERENCE InterfaceReference;
    PINTERFACE_DEREFERENCE InterfaceDereference;
} INTERFACE, *PINTERFACE;

typedef struct _QUERY_INTERFACE {
    CONST GUID *InterfaceType;
    USHORT Size; /* bytes that Interface has room for */
    USHORT Version;
    PINTERFACE Interface;
    PVOID InterfaceSpecificData;
} QUERY_INTERFACE, *PQUERY_INTERFACE;

/* STATUS_SUCCESS; an unknown interface is STATUS_NOT_SUPPORTED: then the next driver is asked. */
typedef NTSTATUS APIENTRY DXGKDDI_QUERY_INTERFACE(PVOID MiniportDeviceContext,
        PQUERY_INTERFACE QueryInterface);

#ifdef __cplusplus
}
#endif

#endif
