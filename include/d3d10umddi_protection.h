/* SPDX-License-Identifier: MIT */
/**
 * Crypto sessions of the Direct3D 11.1 DDI: capabilities, certificate, key exchange, encrypted
 * copies in both directions, key refresh. Included by d3d10umddi.h.
 *
 * A session belongs to the device that made it; a call with another device fails. Keys are AES-128,
 * 16 bytes. Pages are those of windows-driver-docs-ddi; rules of the application's side come from
 * the ID3D11VideoContext pages (sdk-api) and "GPU-Based Content Protection" (win32).
 */
#ifndef VITRINE_D3D10UMDDI_PROTECTION_H
#define VITRINE_D3D10UMDDI_PROTECTION_H

#include "d3d10umddi_handle.h"
#include "ddierror.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Crypto types, key exchanges, bitstream encryptions. GUID_NULL as a decode profile: not used for
 * decoding. */
DEFINE_GUID(D3D11_1DDI_CRYPTO_TYPE_AES128_CTR, 0x9B6BD711, 0x4F74, 0x41C9, 0x9E, 0x7B, 0x0B, 0xE2,
        0xD7, 0xD9, 0x3B, 0x4F);
DEFINE_GUID(D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP, 0xC1949895, 0xD72A, 0x4A1D, 0x8E, 0x5D, 0xED, 0x85,
        0x7D, 0x17, 0x15, 0x20);
DEFINE_GUID(D3DCRYPTOTYPE_PROPRIETARY, 0xAB4E9AFD, 0x1D1C, 0x46E6, 0xA7, 0x2F, 0x08, 0x69, 0x91,
        0x7B, 0x0D, 0xE8);
DEFINE_GUID(D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION, 0xB1170D8A, 0x628D, 0x4DA3, 0xAD, 0x3B, 0x82,
        0xDD, 0xB0, 0x8B, 0x49, 0x70);
DEFINE_GUID(D3DWDDM2_0DDI_DECODER_ENCRYPTION_HW_CENC, 0x89D6AC4F, 0x09F2, 0x4229, 0xB2, 0xCD, 0x37,
        0x74, 0x0A, 0x6D, 0xFD, 0x81);
DEFINE_GUID(D3DWDDM2_4DDI_DECODER_BITSTREAM_ENCRYPTION_TYPE_CENC, 0xB0405235, 0xC13D, 0x44F2, 0x9A,
        0xE5, 0xDD, 0x48, 0xE0, 0x8E, 0x5B, 0x67);
DEFINE_GUID(D3DWDDM2_4DDI_DECODER_BITSTREAM_ENCRYPTION_TYPE_CBCS, 0x422D9319, 0x9D21, 0x4BB7, 0x93,
        0x71, 0xFA, 0xF5, 0xA8, 0x2C, 0x3E, 0x04);
DEFINE_GUID(DXVA_NoEncrypt, 0x1B81BED0, 0xA0C7, 0x11D3, 0xB9, 0x84, 0x00, 0xC0, 0x4F, 0x2E, 0x73,
        0xC5);

/* Capabilities. From 0x2000 up the API numbers them otherwise (d3d11.h). */
typedef enum D3D11_1DDI_CONTENT_PROTECTION_CAPS {
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_SOFTWARE = 0x1,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_HARDWARE = 0x2,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_PROTECTION_ALWAYS_ON = 0x4,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_PARTIAL_DECRYPTION = 0x8,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_CONTENT_KEY = 0x10,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_FRESHEN_SESSION_KEY = 0x20,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK = 0x40,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPTED_READ_BACK_KEY = 0x80,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_SEQUENTIAL_CTR_IV = 0x100,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_ENCRYPT_SLICEDATA_ONLY = 0x200,
    D3D11_1DDI_CONTENT_PROTECTION_CAPS_DECRYPTION_BLT = 0x400,
    D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_PROTECT_UNCOMPRESSED = 0x800,
    D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_PROTECTED_MEMORY_PAGEABLE = 0x1000,
    D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_PROTECTED_MEMORY_TRANSITION = 0x2000,
    D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_TEARDOWN = 0x4000,
    D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_DRM_COMMUNICATION = 0x8000
} D3D11_1DDI_CONTENT_PROTECTION_CAPS;

typedef struct D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS {
    UINT Caps; /* D3D11_1DDI_CONTENT_PROTECTION_CAPS */
    UINT KeyExchangeTypeCount;
    UINT BlockAlignmentSize;       /* bytes; sizes of encrypted data are multiples */
    ULONGLONG ProtectedMemorySize; /* bytes */
} D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS;

typedef struct D3D11_1DDIARG_CREATECRYPTOSESSION {
    GUID CryptoType;
    GUID DecodeProfile;
    GUID KeyExchangeType;
} D3D11_1DDIARG_CREATECRYPTOSESSION;

typedef enum D3D11_1DDI_CERTIFICATE_TYPE {
    D3D11_1DDI_CERTIFICATE_TYPE_AUTHENTICATED_CHANNEL = 1,
    D3D11_1DDI_CERTIFICATE_TYPE_CRYPTO_SESSION = 2
} D3D11_1DDI_CERTIFICATE_TYPE;

/* The API's type 1 (D3D11) is served by the runtime. */
typedef enum D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE {
    D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_SOFTWARE = 2,
    D3D11_1DDI_AUTHENTICATED_CHANNEL_DRIVER_HARDWARE = 3
} D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE;

typedef struct D3D11_1DDI_CERTIFICATE_INFO {
    D3D11_1DDI_CERTIFICATE_TYPE CertificateType;
    union {
        D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE ChannelType;
        GUID CryptoSessionType; /* a crypto type */
    };
} D3D11_1DDI_CERTIFICATE_INFO;

/* Which bytes of a buffer are encrypted: a beginning, then {skip, encrypt} repeated to the end.
 * Both patterns 0: only the beginning. */
typedef struct D3D11_1DDI_ENCRYPTED_BLOCK_INFO {
    UINT NumEncryptedBytesAtBeginning;
    UINT NumBytesInSkipPattern;
    UINT NumBytesInEncryptPattern;
} D3D11_1DDI_ENCRYPTED_BLOCK_INFO;

/* Both big-endian in memory: together the first counter block. Count counts 16-byte blocks. */
typedef struct D3D11_1DDI_AES_CTR_IV {
    UINT64 IV;
    UINT64 Count;
} D3D11_1DDI_AES_CTR_IV;

/* Page PFND3D11_1DDI_GETCONTENTPROTECTIONCAPS. What protects this crypto type with this profile.
 * S_OK; D3DDDIERR_UNSUPPORTEDCRYPTO where the page says D3DERR_INVALID_CRYPTO, which is in no
 * header. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_GETCONTENTPROTECTIONCAPS)(D3D10DDI_HDEVICE hDevice,
        CONST GUID *pCryptoType, CONST GUID *pDecodeProfile,
        D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS *pCaps);

/* Page PFND3D11_1DDI_GETCRYPTOKEYEXCHANGETYPE. The key exchange number Index, 0 to
 * KeyExchangeTypeCount - 1. Codes as for the capabilities. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_GETCRYPTOKEYEXCHANGETYPE)(D3D10DDI_HDEVICE hDevice,
        CONST GUID *pCryptoType, CONST GUID *pDecodeProfile, UINT Index, GUID *pKeyExchangeType);

/* Page PFND3D11_1DDI_CALCPRIVATECRYPTOSESSIONSIZE. Bytes that the driver wants for the session;
 * not expected to fail. */
typedef SIZE_T(APIENTRY *PFND3D11_1DDI_CALCPRIVATECRYPTOSESSIONSIZE)(D3D10DDI_HDEVICE hDevice,
        CONST D3D11_1DDIARG_CREATECRYPTOSESSION *pCreateData);

/* Page PFND3D11_1DDI_CREATECRYPTOSESSION. Makes a session in the memory behind hCryptoSession.
 * S_OK, D3DDDIERR_UNSUPPORTEDCRYPTO, E_OUTOFMEMORY, D3DDDIERR_DEVICEREMOVED. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_CREATECRYPTOSESSION)(D3D10DDI_HDEVICE hDevice,
        CONST D3D11_1DDIARG_CREATECRYPTOSESSION *pCreateData,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, D3D11_1DDI_HRTCRYPTOSESSION hRTCryptoSession);

/* Page PFND3D11_1DDI_DESTROYCRYPTOSESSION. The runtime frees the memory afterwards: keys are wiped
 * here. */
typedef VOID(APIENTRY *PFND3D11_1DDI_DESTROYCRYPTOSESSION)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession);

/* Page PFND3D11_1DDI_CRYPTOSESSIONGETHANDLE. The driver's own name of the session, for channel
 * commands. S_OK, E_OUTOFMEMORY, D3DDDIERR_DEVICEREMOVED. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_CRYPTOSESSIONGETHANDLE)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, HANDLE *pHandle);

/* Page PFND3D11_1DDI_VIDEODECODERGETHANDLE. The same for a decoder. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_VIDEODECODERGETHANDLE)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HDECODE hDecoder, HANDLE *pContentProtectionHandle);

/* Page PFND3D11_1DDI_GETCERTIFICATESIZE. Bytes of the whole chain; 0: there is none. May come
 * before any session exists. */
typedef VOID(APIENTRY *PFND3D11_1DDI_GETCERTIFICATESIZE)(D3D10DDI_HDEVICE hDevice,
        CONST D3D11_1DDI_CERTIFICATE_INFO *pCertificateInfo, UINT *pCertificateSize);

/* Page PFND3D11_1DDI_GETCERTIFICATE. The chain, CertificateSize bytes at pCertificate. */
typedef VOID(APIENTRY *PFND3D11_1DDI_GETCERTIFICATE)(D3D10DDI_HDEVICE hDevice,
        CONST D3D11_1DDI_CERTIFICATE_INFO *pCertificateInfo, UINT CertificateSize,
        BYTE *pCertificate);

/* Page PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE (spelt so). RSAES_OAEP: 256 bytes, the
 * session key under the certificate's public key. S_OK, E_INVALIDARG (length, padding, second
 * exchange), E_OUTOFMEMORY. */
typedef HRESULT(APIENTRY *PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT DataSize, BYTE *pData);
typedef PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE
        PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYEXCHANGE;

/* Page PFND3D11_1DDI_ENCRYPTIONBLT. Reads a whole protected surface back as ciphertext; the driver
 * chooses the IV and writes it to pIV (IVSize bytes) although it is const. */
typedef VOID(APIENTRY *PFND3D11_1DDI_ENCRYPTIONBLT)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, D3D10DDI_HRESOURCE hSrcResource,
        D3D10DDI_HRESOURCE hDstResource, UINT IVSize, CONST VOID *pIV);

/* Page PFND3D11_1DDI_DECRYPTIONBLT. Decrypts from system memory into a protected surface. The
 * application chooses the IV, which must grow under its key. pEncryptedBlockInfo NULL: all is
 * encrypted. pContentKey is encrypted with the session key (AES-ECB); NULL: the session key. */
typedef VOID(APIENTRY *PFND3D11_1DDI_DECRYPTIONBLT)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, D3D10DDI_HRESOURCE hSrcResource,
        D3D10DDI_HRESOURCE hDstResource, CONST D3D11_1DDI_ENCRYPTED_BLOCK_INFO *pEncryptedBlockInfo,
        UINT ContentKeySize, CONST VOID *pContentKey, UINT IVSize, CONST VOID *pIV);

/* Page PFND3D11_1DDI_STARTSESSIONKEYREFRESH. Returns RandomNumberSize (16) fresh random bytes; the
 * old key stays in force. */
typedef VOID(APIENTRY *PFND3D11_1DDI_STARTSESSIONKEYREFRESH)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT RandomNumberSize, VOID *pRandomNumber);

/* Page PFND3D11_1DDI_FINISHSESSIONKEYREFRESH. From here on the session key is the old one XOR the
 * random number. */
typedef VOID(APIENTRY *PFND3D11_1DDI_FINISHSESSIONKEYREFRESH)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession);

/* Page PFND3D11_1DDI_GETENCRYPTIONBLTKEY. Makes a new read-back key and returns it encrypted with
 * the session key (AES-ECB), KeySize (16) bytes. */
typedef VOID(APIENTRY *PFND3D11_1DDI_GETENCRYPTIONBLTKEY)(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT KeySize, VOID *pReadbackKey);

/* Shapes of WDDM 2.0: with KEY_EXCHANGE_HW_PROTECTION a session only carries commands of a DRM. The
 * DRM's packet follows the driver's scratch bytes in pbInput and pbOutput. */

typedef struct D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_INPUT_DATA {
    UINT PrivateDataSize;
    UINT HWProtectionDataSize;
    BYTE pbInput[4]; /* open-ended */
} D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_INPUT_DATA;

typedef struct D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_OUTPUT_DATA {
    UINT PrivateDataSize;
    UINT MaxHWProtectionDataSize;
    UINT HWProtectionDataSize; /* out */
    UINT64 TransportTime;      /* out: 100 ns */
    UINT64 ExecutionTime;      /* out: 100 ns */
    BYTE pbOutput[4];          /* open-ended */
} D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_OUTPUT_DATA;

typedef struct D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_DATA {
    UINT HWProtectionFunctionID;
    D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_INPUT_DATA *pInputData;
    D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_OUTPUT_DATA *pOutputData;
    HRESULT Status; /* out: of the DRM */
} D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION_DATA;

typedef struct D3DWDDM2_0DDI_VIDEO_DECODER_BEGIN_FRAME_CRYPTO_SESSION {
    D3D11_1DDI_HCRYPTOSESSION hCryptoSession;
    VOID *pBlob;
    UINT BlobSize;
    GUID *pKeyInfoId;
    VOID *pPrivateData;
    UINT PrivateDataSize;
} D3DWDDM2_0DDI_VIDEO_DECODER_BEGIN_FRAME_CRYPTO_SESSION;

/* A clear run, then an encrypted one; from the start of the buffer. */
typedef struct D3DWDDM2_0DDI_VIDEO_DECODER_SUB_SAMPLE_MAPPING_BLOCK {
    UINT ClearSize;
    UINT EncryptedSize;
} D3DWDDM2_0DDI_VIDEO_DECODER_SUB_SAMPLE_MAPPING_BLOCK;

typedef enum D3DWDDM2_0DDI_CRYPTO_SESSION_STATUS {
    D3DWDDM2_0DDI_CRYPTO_SESSION_STATUS_OK = 0,
    D3DWDDM2_0DDI_CRYPTO_SESSION_STATUS_KEY_LOST = 1,
    D3DWDDM2_0DDI_CRYPTO_SESSION_STATUS_KEY_AND_CONTENT_LOST = 2
} D3DWDDM2_0DDI_CRYPTO_SESSION_STATUS;

#ifdef __cplusplus
}
#endif

#endif
