/* SPDX-License-Identifier: MIT */
/**
 * Crypto sessions (pages PFND3D11_1DDI_CREATECRYPTOSESSION and following). The device is the
 * authority; the driver runs the same rules of crypto-session/ only to refuse early, with the right
 * code, what the device would refuse anyway.
 */
#ifndef UMD_SESSION_H
#define UMD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto-session/marks.h"
#include "crypto-session/state.h"
#include "d3d10umddi.h"
#include "umd/object.h"

struct umd_session {
    struct umd_object object;
    uint64_t id; /* the device's */
    enum vit_session_state state;
    bool has_readback_key;
    struct vit_iv_mark key_mark;
    struct vit_iv_marks content_marks; /* identity: the wrapped content key */
};

/* NULL for a handle that is no session of this device. */
struct umd_session *umd_session_get(const struct umd_device *device,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession);

SIZE_T APIENTRY umd_calc_session_size(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create);
HRESULT APIENTRY umd_create_session(D3D10DDI_HDEVICE hDevice,
        const D3D11_1DDIARG_CREATECRYPTOSESSION *create, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        D3D11_1DDI_HRTCRYPTOSESSION hRTCryptoSession);
VOID APIENTRY umd_destroy_session(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession);
HRESULT APIENTRY umd_session_get_handle(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, HANDLE *handle);
HRESULT APIENTRY umd_negotiate_session(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT data_size, BYTE *data);

#endif
