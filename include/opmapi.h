/* SPDX-License-Identifier: MIT */
/**
 * The application's half of the Output Protection Manager (libvitrine_opm.so): one IOPMVideoOutput
 * for each protected output, over which an application agrees on a key with the driver, asks what an
 * output is and does, and commands its protection. All structures are packed.
 *
 * Pages "Using Output Protection Manager", "OPM Functions", "OPM Example Code" of Microsoft's public
 * documentation, and one for each structure and method. Objects may be used by several threads.
 *
 * What is different here: an HMONITOR names an output of a device. VitrineOpmMonitor() makes one for
 * a host that the program has opened itself. A program that knows nothing of Vitrine passes NULL for
 * the first output, or (HMONITOR)N for output number N, below 65536, of a link that the environment
 * names: VITRINE_LINK, VITRINE_CERTIFICATE and VITRINE_KEY, as in struct vitrine_host_config. Each
 * such call opens that link for its own objects, until the last of them is released; with
 * "embedded:", the default, that is another device each time.
 */
#ifndef VITRINE_OPMAPI_H
#define VITRINE_OPMAPI_H

#include "objbase.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *HMONITOR;

typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID;

/* Page D3DFORMAT: what an output here has. */
typedef enum _D3DFORMAT { D3DFMT_UNKNOWN = 0, D3DFMT_X8R8G8B8 = 22 } D3DFORMAT;

/* Page DXVA2_SampleFormat. */
typedef enum _DXVA2_SampleFormat {
    DXVA2_SampleUnknown = 0,
    DXVA2_SampleProgressiveFrame = 2,
    DXVA2_SampleFieldInterleavedEvenFirst = 3,
    DXVA2_SampleFieldInterleavedOddFirst = 4
} DXVA2_SampleFormat;

/* Requests and commands. */
DEFINE_GUID(OPM_GET_CURRENT_HDCP_SRM_VERSION, 0x99c5ceff, 0x5f1d, 0x4879, 0x81, 0xc1, 0xc5, 0x24,
        0x43, 0xc9, 0x48, 0x2b);
DEFINE_GUID(OPM_GET_CONNECTED_HDCP_DEVICE_INFORMATION, 0x0db59d74, 0xa992, 0x492e, 0xa0, 0xbd, 0xc2,
        0x3f, 0xda, 0x56, 0x4e, 0x00);
DEFINE_GUID(OPM_GET_ACP_AND_CGMSA_SIGNALING, 0x6629a591, 0x3b79, 0x4cf3, 0x92, 0x4a, 0x11, 0xe8,
        0xe7, 0x81, 0x16, 0x71);
DEFINE_GUID(OPM_GET_CONNECTOR_TYPE, 0x81d0bfd5, 0x6afe, 0x48c2, 0x99, 0xc0, 0x95, 0xa0, 0x8f, 0x97,
        0xc5, 0xda);
DEFINE_GUID(OPM_GET_SUPPORTED_PROTECTION_TYPES, 0x38f2a801, 0x9a6c, 0x48bb, 0x91, 0x07, 0xb6, 0x69,
        0x6e, 0x6f, 0x17, 0x97);
DEFINE_GUID(OPM_GET_VIRTUAL_PROTECTION_LEVEL, 0xb2075857, 0x3eda, 0x4d5d, 0x88, 0xdb, 0x74, 0x8f,
        0x8c, 0x1a, 0x05, 0x49);
DEFINE_GUID(OPM_GET_ACTUAL_PROTECTION_LEVEL, 0x1957210a, 0x7766, 0x452a, 0xb9, 0x9a, 0xd2, 0x7a,
        0xed, 0x54, 0xf0, 0x3a);
DEFINE_GUID(OPM_GET_ACTUAL_OUTPUT_FORMAT, 0xd7bf1ba3, 0xad13, 0x4f8e, 0xaf, 0x98, 0x0d, 0xcb, 0x3c,
        0xa2, 0x04, 0xcc);
DEFINE_GUID(OPM_GET_ADAPTER_BUS_TYPE, 0xc6f4d673, 0x6174, 0x4184, 0x8e, 0x35, 0xf6, 0xdb, 0x52,
        0x00, 0xbc, 0xba);
DEFINE_GUID(OPM_GET_OUTPUT_ID, 0x72cb6df3, 0x244f, 0x40ce, 0xb0, 0x9e, 0x20, 0x50, 0x6a, 0xf6, 0x30,
        0x2f);
DEFINE_GUID(OPM_GET_DVI_CHARACTERISTICS, 0xa470b3bb, 0x5dd7, 0x4172, 0x83, 0x9c, 0x3d, 0x37, 0x76,
        0xe0, 0xeb, 0xf5);
DEFINE_GUID(OPM_GET_CODEC_INFO, 0x4f374491, 0x8f5f, 0x4445, 0x9d, 0xba, 0x95, 0x58, 0x8f, 0x6b,
        0x58, 0xb4);
DEFINE_GUID(OPM_GET_OUTPUT_HARDWARE_PROTECTION_SUPPORT, 0x3b129589, 0x2af8, 0x4ef0, 0x96, 0xa2,
        0x70, 0x4a, 0x84, 0x5a, 0x21, 0x8e);
DEFINE_GUID(OPM_SET_PROTECTION_LEVEL, 0x9bb9327c, 0x4eb5, 0x4727, 0x9f, 0x00, 0xb4, 0x2b, 0x09,
        0x19, 0xc0, 0xda);
DEFINE_GUID(OPM_SET_ACP_AND_CGMSA_SIGNALING, 0x09a631a5, 0xd684, 0x4c60, 0x8e, 0x4d, 0xd3, 0xbb,
        0x0f, 0x0b, 0xe3, 0xee);
DEFINE_GUID(OPM_SET_HDCP_SRM, 0x8b5ef5d1, 0xc30d, 0x44ff, 0x84, 0xa5, 0xea, 0x71, 0xdc, 0xe7, 0x8f,
        0x13);
DEFINE_GUID(OPM_SET_PROTECTION_LEVEL_ACCORDING_TO_CSS_DVD, 0x39ce333e, 0x4cc0, 0x44ae, 0xbf, 0xcc,
        0xda, 0x50, 0xb5, 0xf8, 0x2e, 0x72);
DEFINE_GUID(IID_IOPMVideoOutput, 0x0a15159d, 0x41c7, 0x4456, 0x93, 0xe1, 0x28, 0x4c, 0xd6, 0x1d,
        0x4e, 0x8d);

#define OPM_OMAC_SIZE 16
#define OPM_128_BIT_RANDOM_NUMBER_SIZE 16
#define OPM_ENCRYPTED_INITIALIZATION_PARAMETERS_SIZE 256
#define OPM_CONFIGURE_SETTING_DATA_SIZE 4056
#define OPM_GET_INFORMATION_PARAMETERS_SIZE 4056
#define OPM_REQUESTED_INFORMATION_SIZE 4076
#define OPM_HDCP_KEY_SELECTION_VECTOR_SIZE 5
#define OPM_PROTECTION_TYPE_SIZE 4
#define OPM_BUS_TYPE_MASK 0xffff
#define OPM_BUS_IMPLEMENTATION_MODIFIER_MASK 0x7fff

typedef enum _OPM_VIDEO_OUTPUT_SEMANTICS {
    OPM_VOS_COPP_SEMANTICS = 0,
    OPM_VOS_OPM_SEMANTICS = 1,
    OPM_VOS_OPM_INDIRECT_DISPLAY = 2
} OPM_VIDEO_OUTPUT_SEMANTICS;

/* Page "OPM Protection Type Flags". HDCP and DPCP: OPM objects only; COPP_COMPATIBLE_HDCP: COPP
 * objects only. */
#define OPM_PROTECTION_TYPE_OTHER 0x80000000u
#define OPM_PROTECTION_TYPE_NONE 0u
#define OPM_PROTECTION_TYPE_COPP_COMPATIBLE_HDCP 0x1u
#define OPM_PROTECTION_TYPE_ACP 0x2u
#define OPM_PROTECTION_TYPE_CGMSA 0x4u
#define OPM_PROTECTION_TYPE_HDCP 0x8u
#define OPM_PROTECTION_TYPE_DPCP 0x10u
#define OPM_PROTECTION_TYPE_TYPE_ENFORCEMENT_HDCP 0x20u

typedef enum _OPM_HDCP_PROTECTION_LEVEL {
    OPM_HDCP_OFF = 0,
    OPM_HDCP_ON = 1
} OPM_HDCP_PROTECTION_LEVEL;

typedef enum _OPM_TYPE_ENFORCEMENT_HDCP_PROTECTION_LEVEL {
    OPM_TYPE_ENFORCEMENT_HDCP_OFF = 0,
    OPM_TYPE_ENFORCEMENT_HDCP_ON_WITH_NO_TYPE_RESTRICTION = 1,
    OPM_TYPE_ENFORCEMENT_HDCP_ON_WITH_TYPE1_RESTRICTION = 2
} OPM_TYPE_ENFORCEMENT_HDCP_PROTECTION_LEVEL;

typedef enum _OPM_DPCP_PROTECTION_LEVEL {
    OPM_DPCP_OFF = 0,
    OPM_DPCP_ON = 1
} OPM_DPCP_PROTECTION_LEVEL;

typedef enum _OPM_ACP_PROTECTION_LEVEL {
    OPM_ACP_OFF = 0,
    OPM_ACP_LEVEL_ONE = 1,
    OPM_ACP_LEVEL_TWO = 2,
    OPM_ACP_LEVEL_THREE = 3
} OPM_ACP_PROTECTION_LEVEL;

typedef enum _OPM_CGMSA {
    OPM_CGMSA_OFF = 0,
    OPM_CGMSA_COPY_FREELY = 1,
    OPM_CGMSA_COPY_NO_MORE = 2,
    OPM_CGMSA_COPY_ONE_GENERATION = 3,
    OPM_CGMSA_COPY_NEVER = 4,
    OPM_CGMSA_REDISTRIBUTION_CONTROL_REQUIRED = 8
} OPM_CGMSA;

/* Page "OPM Status Flags". Each event is told once to each object. */
typedef enum _OPM_STATUS {
    OPM_STATUS_NORMAL = 0,
    OPM_STATUS_LINK_LOST = 1,
    OPM_STATUS_RENEGOTIATION_REQUIRED = 2,
    OPM_STATUS_TAMPERING_DETECTED = 4,
    OPM_STATUS_REVOKED_HDCP_DEVICE_ATTACHED = 8
} OPM_STATUS;

/* Page "OPM Connector Type Flags". */
#define OPM_CONNECTOR_TYPE_OTHER 0xffffffffu
#define OPM_CONNECTOR_TYPE_VGA 0u
#define OPM_CONNECTOR_TYPE_SVIDEO 1u
#define OPM_CONNECTOR_TYPE_COMPOSITE_VIDEO 2u
#define OPM_CONNECTOR_TYPE_COMPONENT_VIDEO 3u
#define OPM_CONNECTOR_TYPE_DVI 4u
#define OPM_CONNECTOR_TYPE_HDMI 5u
#define OPM_CONNECTOR_TYPE_LVDS 6u
#define OPM_CONNECTOR_TYPE_D_JPN 8u
#define OPM_CONNECTOR_TYPE_SDI 9u
#define OPM_CONNECTOR_TYPE_DISPLAYPORT_EXTERNAL 10u
#define OPM_CONNECTOR_TYPE_DISPLAYPORT_EMBEDDED 11u
#define OPM_CONNECTOR_TYPE_UDI_EXTERNAL 12u
#define OPM_CONNECTOR_TYPE_UDI_EMBEDDED 13u
#define OPM_CONNECTOR_TYPE_RESERVED 14u
#define OPM_CONNECTOR_TYPE_MIRACAST 15u
#define OPM_CONNECTOR_TYPE_TRANSPORT_AGNOSTIC_DIGITAL_MODE_A 16u
#define OPM_CONNECTOR_TYPE_TRANSPORT_AGNOSTIC_DIGITAL_MODE_B 17u
#define OPM_COPP_COMPATIBLE_CONNECTOR_TYPE_INTERNAL 0x80000000u

/* Page "OPM Bus Type Flags": one bus, at most one modifier. */
#define OPM_BUS_TYPE_OTHER 0u
#define OPM_BUS_TYPE_PCI 1u
#define OPM_BUS_TYPE_PCIX 2u
#define OPM_BUS_TYPE_PCIEXPRESS 3u
#define OPM_BUS_TYPE_AGP 4u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_INSIDE_OF_CHIPSET 0x10000u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_TRACKS_ON_MOTHER_BOARD_TO_CHIP 0x20000u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_TRACKS_ON_MOTHER_BOARD_TO_SOCKET 0x30000u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_DAUGHTER_BOARD_CONNECTOR 0x40000u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_DAUGHTER_BOARD_CONNECTOR_INSIDE_OF_NUAE 0x50000u
#define OPM_BUS_IMPLEMENTATION_MODIFIER_NON_STANDARD 0x80000000u
#define OPM_COPP_COMPATIBLE_BUS_TYPE_INTEGRATED 0x80000000u

/* Page "TV Protection Standard Flags". */
#define OPM_PROTECTION_STANDARD_OTHER 0x80000000u
#define OPM_PROTECTION_STANDARD_NONE 0u
#define OPM_PROTECTION_STANDARD_IEC61880_525I 0x1u
#define OPM_PROTECTION_STANDARD_IEC61880_2_525I 0x2u
#define OPM_PROTECTION_STANDARD_IEC62375_625P 0x4u
#define OPM_PROTECTION_STANDARD_EIA608B_525 0x8u
#define OPM_PROTECTION_STANDARD_EN300294_625I 0x10u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEA_525P 0x20u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEA_750P 0x40u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEA_1125I 0x80u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEB_525P 0x100u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEB_750P 0x200u
#define OPM_PROTECTION_STANDARD_CEA805A_TYPEB_1125I 0x400u
#define OPM_PROTECTION_STANDARD_ARIBTRB15_525I 0x800u
#define OPM_PROTECTION_STANDARD_ARIBTRB15_525P 0x1000u
#define OPM_PROTECTION_STANDARD_ARIBTRB15_750P 0x2000u
#define OPM_PROTECTION_STANDARD_ARIBTRB15_1125I 0x4000u

typedef enum _OPM_IMAGE_ASPECT_RATIO_EN300294 {
    OPM_ASPECT_RATIO_EN300294_FULL_FORMAT_4_BY_3 = 0,
    OPM_ASPECT_RATIO_EN300294_BOX_14_BY_9_CENTER = 1,
    OPM_ASPECT_RATIO_EN300294_BOX_14_BY_9_TOP = 2,
    OPM_ASPECT_RATIO_EN300294_BOX_16_BY_9_CENTER = 3,
    OPM_ASPECT_RATIO_EN300294_BOX_16_BY_9_TOP = 4,
    OPM_ASPECT_RATIO_EN300294_BOX_GT_16_BY_9_CENTER = 5,
    OPM_ASPECT_RATIO_EN300294_FULL_FORMAT_4_BY_3_PROTECTED_CENTER = 6,
    OPM_ASPECT_RATIO_EN300294_FULL_FORMAT_16_BY_9_ANAMORPHIC = 7,
    OPM_ASPECT_RATIO_FORCE_ULONG = 0x7fffffff
} OPM_IMAGE_ASPECT_RATIO_EN300294;

typedef enum _OPM_DVI_CHARACTERISTIC {
    OPM_DVI_CHARACTERISTIC_1_0 = 1,
    OPM_DVI_CHARACTERISTIC_1_1_OR_ABOVE = 2
} OPM_DVI_CHARACTERISTIC;

typedef enum _OPM_HDCP_FLAGS { OPM_HDCP_FLAG_NONE = 0, OPM_HDCP_FLAG_REPEATER = 1 } OPM_HDCP_FLAGS;

#pragma pack(push, 1)

typedef struct _OPM_RANDOM_NUMBER {
    BYTE abRandomNumber[OPM_128_BIT_RANDOM_NUMBER_SIZE];
} OPM_RANDOM_NUMBER;

/* OMAC-1 of all that follows it in its structure, by the key of the exchange. */
typedef struct _OPM_OMAC {
    BYTE abOMAC[OPM_OMAC_SIZE];
} OPM_OMAC;

/* 40 bytes, encrypted for the key of the certificate by RSAES-OAEP with SHA-512: the driver's random
 * number, an AES-128 key, the numbers of the first GetInformation and of the first Configure. */
typedef struct _OPM_ENCRYPTED_INITIALIZATION_PARAMETERS {
    BYTE abEncryptedInitializationParameters[OPM_ENCRYPTED_INITIALIZATION_PARAMETERS_SIZE];
} OPM_ENCRYPTED_INITIALIZATION_PARAMETERS;

typedef struct _OPM_GET_INFO_PARAMETERS {
    OPM_OMAC omac;
    OPM_RANDOM_NUMBER rnRandomNumber;
    GUID guidInformation;
    ULONG ulSequenceNumber;
    ULONG cbParametersSize;
    BYTE abParameters[OPM_GET_INFORMATION_PARAMETERS_SIZE];
} OPM_GET_INFO_PARAMETERS;

typedef struct _OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS {
    OPM_RANDOM_NUMBER rnRandomNumber;
    GUID guidInformation;
    ULONG ulSequenceNumber;
    ULONG cbParametersSize;
    BYTE abParameters[OPM_GET_INFORMATION_PARAMETERS_SIZE];
} OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS;

typedef struct _OPM_REQUESTED_INFORMATION {
    OPM_OMAC omac;
    ULONG cbRequestedInformationSize;
    BYTE abRequestedInformation[OPM_REQUESTED_INFORMATION_SIZE];
} OPM_REQUESTED_INFORMATION;

typedef struct _OPM_CONFIGURE_PARAMETERS {
    OPM_OMAC omac;
    GUID guidSetting;
    ULONG ulSequenceNumber;
    ULONG cbParametersSize;
    BYTE abParameters[OPM_CONFIGURE_SETTING_DATA_SIZE];
} OPM_CONFIGURE_PARAMETERS;

/* In abRequestedInformation. */
typedef struct _OPM_STANDARD_INFORMATION {
    OPM_RANDOM_NUMBER rnRandomNumber;
    ULONG ulStatusFlags;
    ULONG ulInformation;
    ULONG ulReserved;
    ULONG ulReserved2;
} OPM_STANDARD_INFORMATION;

typedef struct _OPM_ACTUAL_OUTPUT_FORMAT {
    OPM_RANDOM_NUMBER rnRandomNumber;
    ULONG ulStatusFlags;
    ULONG ulDisplayWidth;
    ULONG ulDisplayHeight;
    DXVA2_SampleFormat dsfSampleInterleaveFormat;
    D3DFORMAT d3dFormat;
    ULONG ulFrequencyNumerator;
    ULONG ulFrequencyDenominator;
} OPM_ACTUAL_OUTPUT_FORMAT;

typedef struct _OPM_ACP_AND_CGMSA_SIGNALING {
    OPM_RANDOM_NUMBER rnRandomNumber;
    ULONG ulStatusFlags;
    ULONG ulAvailableTVProtectionStandards;
    ULONG ulActiveTVProtectionStandard;
    ULONG ulReserved;
    ULONG ulAspectRatioValidMask1;
    ULONG ulAspectRatioData1;
    ULONG ulAspectRatioValidMask2;
    ULONG ulAspectRatioData2;
    ULONG ulAspectRatioValidMask3;
    ULONG ulAspectRatioData3;
    ULONG ulReserved2[4];
    ULONG ulReserved3[4];
} OPM_ACP_AND_CGMSA_SIGNALING;

typedef struct _OPM_OUTPUT_ID_DATA {
    OPM_RANDOM_NUMBER rnRandomNumber;
    ULONG ulStatusFlags;
    UINT64 OutputId;
} OPM_OUTPUT_ID_DATA;

typedef struct _OPM_HDCP_KEY_SELECTION_VECTOR {
    BYTE abKeySelectionVector[OPM_HDCP_KEY_SELECTION_VECTOR_SIZE]; /* least significant first */
} OPM_HDCP_KEY_SELECTION_VECTOR;

typedef struct _OPM_CONNECTED_HDCP_DEVICE_INFORMATION {
    OPM_RANDOM_NUMBER rnRandomNumber;
    ULONG ulStatusFlags;
    ULONG ulHDCPFlags;
    OPM_HDCP_KEY_SELECTION_VECTOR ksvB;
    BYTE Reserved[11];
    BYTE Reserved2[16];
    BYTE Reserved3[16];
} OPM_CONNECTED_HDCP_DEVICE_INFORMATION;

typedef struct _OPM_GET_CODEC_INFO_INFORMATION {
    OPM_RANDOM_NUMBER rnRandomNumber;
    DWORD Merit;
} OPM_GET_CODEC_INFO_INFORMATION;

/* In abParameters. */
typedef struct _OPM_GET_CODEC_INFO_PARAMETERS {
    DWORD cbVerifier;
    BYTE Verifier[OPM_GET_INFORMATION_PARAMETERS_SIZE - 4];
} OPM_GET_CODEC_INFO_PARAMETERS;

typedef struct _OPM_SET_PROTECTION_LEVEL_PARAMETERS {
    ULONG ulProtectionType;
    ULONG ulProtectionLevel;
    ULONG Reserved;
    ULONG Reserved2;
} OPM_SET_PROTECTION_LEVEL_PARAMETERS;

typedef struct _OPM_SET_ACP_AND_CGMSA_SIGNALING_PARAMETERS {
    ULONG ulNewTVProtectionStandard;
    ULONG ulAspectRatioChangeMask1;
    ULONG ulAspectRatioData1;
    ULONG ulAspectRatioChangeMask2;
    ULONG ulAspectRatioData2;
    ULONG ulAspectRatioChangeMask3;
    ULONG ulAspectRatioData3;
    ULONG ulReserved[4];
    ULONG ulReserved2[4];
    ULONG ulReserved3;
} OPM_SET_ACP_AND_CGMSA_SIGNALING_PARAMETERS;

/* The file itself is passed behind it, as additional parameters. */
typedef struct _OPM_SET_HDCP_SRM_PARAMETERS {
    ULONG ulSRMVersion;
} OPM_SET_HDCP_SRM_PARAMETERS;

#pragma pack(pop)

#ifdef __cplusplus
struct IOPMVideoOutput : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE StartInitialization(OPM_RANDOM_NUMBER *prnRandomNumber,
            BYTE **ppbCertificate, ULONG *pulCertificateLength) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    FinishInitialization(const OPM_ENCRYPTED_INITIALIZATION_PARAMETERS *pParameters) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetInformation(const OPM_GET_INFO_PARAMETERS *pParameters,
            OPM_REQUESTED_INFORMATION *pRequestedInformation) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    COPPCompatibleGetInformation(const OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *pParameters,
            OPM_REQUESTED_INFORMATION *pRequestedInformation) = 0;
    virtual HRESULT STDMETHODCALLTYPE Configure(const OPM_CONFIGURE_PARAMETERS *pParameters,
            ULONG ulAdditionalParametersSize, const BYTE *pbAdditionalParameters) = 0;
};
#else
typedef struct IOPMVideoOutput IOPMVideoOutput;
typedef struct IOPMVideoOutputVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IOPMVideoOutput *This, REFIID riid,
            void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IOPMVideoOutput *This);
    ULONG(STDMETHODCALLTYPE *Release)(IOPMVideoOutput *This);
    /* Once. The certificate is the caller's, to be freed by CoTaskMemFree(). */
    HRESULT(STDMETHODCALLTYPE *StartInitialization)(IOPMVideoOutput *This,
            OPM_RANDOM_NUMBER *prnRandomNumber, BYTE **ppbCertificate, ULONG *pulCertificateLength);
    /* Once. */
    HRESULT(STDMETHODCALLTYPE *FinishInitialization)(IOPMVideoOutput *This,
            const OPM_ENCRYPTED_INITIALIZATION_PARAMETERS *pParameters);
    HRESULT(STDMETHODCALLTYPE *GetInformation)(IOPMVideoOutput *This,
            const OPM_GET_INFO_PARAMETERS *pParameters,
            OPM_REQUESTED_INFORMATION *pRequestedInformation);
    HRESULT(STDMETHODCALLTYPE *COPPCompatibleGetInformation)(IOPMVideoOutput *This,
            const OPM_COPP_COMPATIBLE_GET_INFO_PARAMETERS *pParameters,
            OPM_REQUESTED_INFORMATION *pRequestedInformation);
    HRESULT(STDMETHODCALLTYPE *Configure)(IOPMVideoOutput *This,
            const OPM_CONFIGURE_PARAMETERS *pParameters, ULONG ulAdditionalParametersSize,
            const BYTE *pbAdditionalParameters);
} IOPMVideoOutputVtbl;
struct IOPMVideoOutput {
    const IOPMVideoOutputVtbl *lpVtbl;
};
#define IOPMVideoOutput_QueryInterface(This, riid, ppvObject)                                      \
    ((This)->lpVtbl->QueryInterface(This, riid, ppvObject))
#define IOPMVideoOutput_AddRef(This) ((This)->lpVtbl->AddRef(This))
#define IOPMVideoOutput_Release(This) ((This)->lpVtbl->Release(This))
#define IOPMVideoOutput_StartInitialization(This, random, certificate, length)                     \
    ((This)->lpVtbl->StartInitialization(This, random, certificate, length))
#define IOPMVideoOutput_FinishInitialization(This, parameters)                                     \
    ((This)->lpVtbl->FinishInitialization(This, parameters))
#define IOPMVideoOutput_GetInformation(This, parameters, information)                              \
    ((This)->lpVtbl->GetInformation(This, parameters, information))
#define IOPMVideoOutput_COPPCompatibleGetInformation(This, parameters, information)                \
    ((This)->lpVtbl->COPPCompatibleGetInformation(This, parameters, information))
#define IOPMVideoOutput_Configure(This, parameters, size, additional)                              \
    ((This)->lpVtbl->Configure(This, parameters, size, additional))
#endif

struct IDirect3DDevice9;

/* One object for the output that the monitor stands at. The caller releases each object and frees the
 * array by CoTaskMemFree(). Objects that nobody released hold what they stand on: for a monitor of
 * VitrineOpmMonitor(), its host must be closed after the last release.
 *
 * E_INVALIDARG; E_OUTOFMEMORY; E_FAIL the link cannot be opened; ERROR_GRAPHICS_x:
 * COPP_NOT_SUPPORTED (COPP semantics), OPM_NOT_SUPPORTED (no usable key), OPM_NO_VIDEO_OUTPUTS_EXIST
 * (no such output, device lost). */
HRESULT WINAPI OPMGetVideoOutputsFromHMONITOR(HMONITOR hMonitor, OPM_VIDEO_OUTPUT_SEMANTICS vos,
        ULONG *pulNumVideoOutputs, IOPMVideoOutput ***pppOPMVideoOutputArray);
/* The adapter is the one that the environment names, whatever its LUID. */
HRESULT WINAPI OPMGetVideoOutputForTarget(LUID *pAdapterLuid, ULONG VidPnTarget,
        OPM_VIDEO_OUTPUT_SEMANTICS vos, IOPMVideoOutput **ppOPMVideoOutput);
/* There is no Direct3D 9 here: ERROR_GRAPHICS_OPM_NOT_SUPPORTED. */
HRESULT WINAPI
OPMGetVideoOutputsFromIDirect3DDevice9Object(struct IDirect3DDevice9 *pDirect3DDevice9,
        OPM_VIDEO_OUTPUT_SEMANTICS vos, ULONG *pulNumVideoOutputs,
        IOPMVideoOutput ***pppOPMVideoOutputArray);

/* A monitor at output number output of a host (vitrine_host.h), which stays open until the monitor
 * was dropped and its objects were released. E_INVALIDARG, E_OUTOFMEMORY. */
struct vitrine_host_tables;
HRESULT VitrineOpmMonitor(const struct vitrine_host_tables *tables, UINT output,
        HMONITOR *hMonitor);
/* NULL and the small numbers are fine. */
void VitrineOpmDropMonitor(HMONITOR hMonitor);

#ifdef __cplusplus
}
#endif

#endif
