/* SPDX-License-Identifier: MIT */
/**
 * DXGK_OPM_INTERFACE: the kernel driver's half of the Output Protection Manager, which the kernel
 * asks for by DxgkDdiQueryInterface (d3dkmddi.h). Everything takes the MiniportDeviceContext that
 * the kernel driver is known by; Context is NULL. A protected output is one object on one output;
 * several may stand on the same.
 *
 * Pages "Retrieving the OPM DDI" and "Using the OPM DDI", and one for each function.
 */
#ifndef VITRINE_DISPMPRT_H
#define VITRINE_DISPMPRT_H

#include "d3dkmddi.h"
#include "d3dkmdt.h"

#ifdef __cplusplus
extern "C" {
#endif

DEFINE_GUID(GUID_DEVINTERFACE_OPM, 0xbf4672de, 0x6b4e, 0x4be4, 0xa3, 0x25, 0x68, 0xa9, 0x1e, 0xa4,
        0x9c, 0x09);
#define DXGK_OPM_INTERFACE_VERSION_1 1

/* STATUS_GRAPHICS_x: OPM_, COPP_, UAB_NOT_SUPPORTED, PVP_HFS_FAILED. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_GET_CERTIFICATE_SIZE(PVOID MiniportDeviceContext,
        DXGKMDT_CERTIFICATE_TYPE CertificateType, PULONG CertificateSize);
/* The same, PVP_INVALID_CERTIFICATE_LENGTH; the buffer is untouched on failure. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_GET_CERTIFICATE(PVOID MiniportDeviceContext,
        DXGKMDT_CERTIFICATE_TYPE CertificateType, ULONG CertificateSize, PVOID CertificateBuffer);
/* OPM_, COPP_NOT_SUPPORTED, STATUS_NO_MEMORY. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_CREATE_PROTECTED_OUTPUT(PVOID MiniportDeviceContext,
        UINT VidPnTargetId, DXGKMDT_OPM_VIDEO_OUTPUT_SEMANTICS NewVideoOutputSemantics,
        HANDLE *NewProtectedOutputHandle);
/* Once, before the next one. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_GET_RANDOM_NUMBER(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle, PDXGKMDT_OPM_RANDOM_NUMBER RandomNumber);
/* Once. OPM_INVALID_ENCRYPTED_PARAMETERS. */
typedef NTSTATUS APIENTRY
DXGKDDI_OPM_SET_SIGNING_KEY_AND_SEQUENCE_NUMBERS(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle, CONST DXGKMDT_OPM_ENCRYPTED_PARAMETERS *EncryptedParameters);
/* The answer is untouched on failure. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_GET_INFORMATION(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle, CONST DXGKMDT_OPM_GET_INFO_PARAMETERS *Parameters,
        PDXGKMDT_OPM_REQUESTED_INFORMATION RequestedInformation);
typedef NTSTATUS APIENTRY DXGKDDI_OPM_GET_COPP_COMPATIBLE_INFORMATION(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle,
        CONST DXGKMDT_OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *Parameters,
        PDXGKMDT_OPM_REQUESTED_INFORMATION RequestedInformation);
/* AdditionalParametersSize bytes; 0 and NULL go together. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_CONFIGURE_PROTECTED_OUTPUT(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle, CONST DXGKMDT_OPM_CONFIGURE_PARAMETERS *Parameters,
        ULONG AdditionalParametersSize, CONST VOID *AdditionalParameters);
/* Cannot fail on a valid handle. */
typedef NTSTATUS APIENTRY DXGKDDI_OPM_DESTROY_PROTECTED_OUTPUT(PVOID MiniportDeviceContext,
        HANDLE ProtectedOutputHandle);

typedef struct _DXGK_OPM_INTERFACE {
    USHORT Size;
    USHORT Version;
    PVOID Context;
    PINTERFACE_REFERENCE InterfaceReference;
    PINTERFACE_DEREFERENCE InterfaceDereference;
    DXGKDDI_OPM_GET_CERTIFICATE_SIZE *DxgkDdiOPMGetCertificateSize;
    DXGKDDI_OPM_GET_CERTIFICATE *DxgkDdiOPMGetCertificate;
    DXGKDDI_OPM_CREATE_PROTECTED_OUTPUT *DxgkDdiOPMCreateProtectedOutput;
    DXGKDDI_OPM_GET_RANDOM_NUMBER *DxgkDdiOPMGetRandomNumber;
    DXGKDDI_OPM_SET_SIGNING_KEY_AND_SEQUENCE_NUMBERS *DxgkDdiOPMSetSigningKeyAndSequenceNumbers;
    DXGKDDI_OPM_GET_INFORMATION *DxgkDdiOPMGetInformation;
    DXGKDDI_OPM_GET_COPP_COMPATIBLE_INFORMATION *DxgkDdiOPMGetCOPPCompatibleInformation;
    DXGKDDI_OPM_CONFIGURE_PROTECTED_OUTPUT *DxgkDdiOPMConfigureProtectedOutput;
    DXGKDDI_OPM_DESTROY_PROTECTED_OUTPUT *DxgkDdiOPMDestroyProtectedOutput;
} DXGK_OPM_INTERFACE, *PDXGK_OPM_INTERFACE;

#ifdef __cplusplus
}
#endif

#endif
