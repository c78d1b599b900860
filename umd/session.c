/* SPDX-License-Identifier: MIT */
#include "umd/session.h"

#include <string.h>

#include "umd/caps.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/escape.h"
#include "umd/exchange.h"
#include "umd/resource.h"

struct umd_session *umd_session_get(const struct umd_device *device,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession)
{
    return umd_object_get(device, hCryptoSession.pDrvPrivate, UMD_KIND_SESSION);
}

SIZE_T APIENTRY umd_calc_session_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create)
{
    (void)hDevice;
    (void)create;
    return sizeof(struct umd_session);
}

static bool is_offered(const struct umd_device *device,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create)
{
    return device->adapter->custody.usable &&
            IsEqualGUID(&create->CryptoType, &D3D11_1DDI_CRYPTO_TYPE_AES128_CTR) &&
            IsEqualGUID(&create->DecodeProfile, &GUID_NULL) &&
            IsEqualGUID(&create->KeyExchangeType, &D3D11_1DDI_KEY_EXCHANGE_RSAES_OAEP);
}

static enum vit_status create_on_device(struct umd_device *device, uint64_t *id)
{
    struct umd_escape escape;
    uint8_t reply[8];
    umd_escape_begin(&escape, VIT_OP_SESSION_CREATE, 0, 0);
    vit_put_session_create(&escape.out,
            &(struct vit_msg_session_create){ .crypto_type = VIT_CRYPTO_AES128_CTR });
    VIT_TRY(umd_escape_call(device, &escape, reply, sizeof(reply)));
    struct vit_reader in;
    vit_reader_init(&in, reply, sizeof(reply));
    *id = vit_get_u64(&in);
    return *id != 0 ? VIT_OK : VIT_E_PROTOCOL;
}

HRESULT APIENTRY umd_create_session(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D11_1DDI_HRTCRYPTOSESSION hRTCryptoSession)
{
    (void)hRTCryptoSession;
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_session *session = hCryptoSession.pDrvPrivate;
    if (device == NULL || create == NULL || session == NULL) {
        return E_INVALIDARG;
    }
    if (!is_offered(device, create)) {
        return D3DDDIERR_UNSUPPORTEDCRYPTO;
    }
    uint64_t id;
    enum vit_status status = create_on_device(device, &id);
    if (status != VIT_OK) {
        return status == VIT_E_UNSUPPORTED ? D3DDDIERR_UNSUPPORTEDCRYPTO : umd_hresult(status);
    }
    *session = (struct umd_session){
        .object = { .kind = UMD_KIND_SESSION, .device = device },
        .id = id,
        .state = VIT_SESSION_CREATED,
    };
    return S_OK;
}

static void destroy_on_device(struct umd_device *device, const struct umd_session *session)
{
    struct umd_escape escape;
    umd_drain(device); /* or a refusal of those commands would keep the session */
    umd_escape_begin(&escape, VIT_OP_SESSION_DESTROY, 0, 0);
    vit_put_session(&escape.out, VIT_OP_SESSION_DESTROY, session->id);
    enum vit_status status = umd_escape_call(device, &escape, NULL, 0);
    (void)status; /* a device that is gone has destroyed it already */
}

VOID APIENTRY umd_destroy_session(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct umd_session *session = umd_session_get(device, hCryptoSession);
    if (session == NULL) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    destroy_on_device(device, session);
    umd_resources_forget_session(device, session->id);
    memset(session, 0, sizeof(*session));
}

/* The device's name of the session, by which channels speak of it. */
HRESULT APIENTRY umd_session_get_handle(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, HANDLE *handle)
{
    const struct umd_device *device = umd_device_get(hDevice);
    const struct umd_session *session =
            device != NULL ? umd_session_get(device, hCryptoSession) : NULL;
    if (session == NULL || handle == NULL) {
        return E_INVALIDARG;
    }
    *handle = (HANDLE)(uintptr_t)session->id;
    return S_OK;
}

static enum vit_status negotiate(struct umd_device *device, struct umd_session *session,
        const BYTE *data)
{
    enum vit_session_state next;
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_NEGOTIATE, &next));
    VIT_TRY(umd_exchange(device, UMD_EXCHANGE_SESSION, session->id, data));
    session->state = next;
    return VIT_OK;
}

HRESULT APIENTRY umd_negotiate_session(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT data_size, BYTE *data)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_session *session = device != NULL ? umd_session_get(device, hCryptoSession) : NULL;
    if (session == NULL || data_size != VIT_OAEP_BLOCK_LEN || data == NULL) {
        return E_INVALIDARG;
    }
    return umd_hresult(negotiate(device, session, data));
}
