/* SPDX-License-Identifier: MIT */
/* The content-protection slots have the published signatures, and a driver written with either
 * spelling of the exchange fits: compiling is the test. */
#include "d3d10umddi.h"

#define DEVICE D3D10DDI_HDEVICE
#define SESSION D3D11_1DDI_HCRYPTOSESSION
#define CHANNEL D3D11_1DDI_HAUTHCHANNEL
#define RESOURCE D3D10DDI_HRESOURCE
#define SLOT(member, result, ...)                                                                  \
    _Static_assert(__builtin_types_compatible_p(__typeof__(((D3D11_1DDI_VIDEODEVICEFUNCS *)0)      \
                                                                ->member),                         \
                           result(*)(__VA_ARGS__)),                                                \
            #member)

SLOT(pfnVideoDecoderBeginFrame, HRESULT, DEVICE, D3D11_1DDI_HDECODE,
        const D3D11_1DDIARG_VIDEODECODERBEGINFRAME *);
SLOT(pfnVideoDecoderSubmitBuffers, HRESULT, DEVICE, D3D11_1DDI_HDECODE, UINT,
        const D3D11_1DDI_VIDEO_DECODER_BUFFER_DESC *);
SLOT(pfnGetContentProtectionCaps, HRESULT, DEVICE, const GUID *, const GUID *,
        D3D11_1DDI_VIDEO_CONTENT_PROTECTION_CAPS *);
SLOT(pfnGetCryptoKeyExchangeType, HRESULT, DEVICE, const GUID *, const GUID *, UINT, GUID *);
SLOT(pfnCalcPrivateCryptoSessionSize, SIZE_T, DEVICE, const D3D11_1DDIARG_CREATECRYPTOSESSION *);
SLOT(pfnCreateCryptoSession, HRESULT, DEVICE, const D3D11_1DDIARG_CREATECRYPTOSESSION *, SESSION,
        D3D11_1DDI_HRTCRYPTOSESSION);
SLOT(pfnDestroyCryptoSession, void, DEVICE, SESSION);
SLOT(pfnGetCertificateSize, void, DEVICE, const D3D11_1DDI_CERTIFICATE_INFO *, UINT *);
SLOT(pfnGetCertificate, void, DEVICE, const D3D11_1DDI_CERTIFICATE_INFO *, UINT, BYTE *);
SLOT(pfnNegotiateCryptoSessionKeyExchange, HRESULT, DEVICE, SESSION, UINT, BYTE *);
SLOT(pfnEncryptionBlt, void, DEVICE, SESSION, RESOURCE, RESOURCE, UINT, const void *);
SLOT(pfnDecryptionBlt, void, DEVICE, SESSION, RESOURCE, RESOURCE,
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *, UINT, const void *, UINT, const void *);
SLOT(pfnStartSessionKeyRefresh, void, DEVICE, SESSION, UINT, void *);
SLOT(pfnFinishSessionKeyRefresh, void, DEVICE, SESSION);
SLOT(pfnGetEncryptionBltKey, void, DEVICE, SESSION, UINT, void *);
SLOT(pfnCalcPrivateAuthenticatedChannelSize, SIZE_T, DEVICE,
        const D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *);
SLOT(pfnCreateAuthenticatedChannel, HRESULT, DEVICE, D3D11_1DDIARG_CREATEAUTHENTICATEDCHANNEL *,
        CHANNEL, D3D11_1DDI_HRTAUTHCHANNEL);
SLOT(pfnDestroyAuthenticatedChannel, void, DEVICE, CHANNEL);
SLOT(pfnNegotiateAuthenticatedChannelKeyExchange, HRESULT, DEVICE, CHANNEL, UINT, void *);
SLOT(pfnQueryAuthenticatedChannel, HRESULT, DEVICE, CHANNEL, UINT, const void *, UINT, void *);
SLOT(pfnConfigureAuthenticatedChannel, HRESULT, DEVICE, CHANNEL, UINT, const void *,
        D3D11_1DDI_AUTHENTICATED_CONFIGURE_OUTPUT *);
SLOT(pfnVideoDecoderGetHandle, HRESULT, DEVICE, D3D11_1DDI_HDECODE, HANDLE *);
SLOT(pfnCryptoSessionGetHandle, HRESULT, DEVICE, SESSION, HANDLE *);

_Static_assert(__builtin_types_compatible_p(PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE,
                       PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYEXCHANGE),
        "both spellings");
