/* SPDX-License-Identifier: MIT */
#include "umd/refresh.h"

#include <string.h>

#include "crypto-session/exchange.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/escape.h"
#include "umd/output.h"
#include "umd/session.h"

/* Asks the device for 16 bytes, and moves the session on when it gave them. */
static enum vit_status ask(struct umd_device *device, struct umd_session *session, enum vit_op op,
        enum vit_session_event event, uint8_t answer[VIT_SESSION_KEY_LEN])
{
    enum vit_session_state next;
    struct umd_escape escape;
    VIT_TRY(vit_session_next(session->state, event, &next));
    umd_escape_begin(&escape, op, 0, 0);
    vit_put_session(&escape.out, op, session->id);
    VIT_TRY(umd_escape_call(device, &escape, answer, VIT_SESSION_KEY_LEN));
    session->state = next;
    return VIT_OK;
}

static enum vit_status start_refresh(struct umd_device *device, struct umd_session *session,
        UINT size, VOID *random)
{
    uint8_t answer[VIT_SESSION_KEY_LEN];
    if (session == NULL || size != sizeof(answer) || random == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(ask(device, session, VIT_OP_REFRESH_START, VIT_SESSION_REFRESH_START, answer));
    memcpy(random, answer, sizeof(answer));
    return VIT_OK;
}

VOID APIENTRY umd_start_refresh(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession,
        UINT random_size, VOID *random)
{
    struct umd_device *device = umd_device_get(hDevice);
    umd_zero_output(random, random_size, VIT_SESSION_KEY_LEN);
    if (device != NULL) {
        struct umd_session *session = umd_session_get(device, hCryptoSession);
        umd_report_memory(device, start_refresh(device, session, random_size, random));
    }
}

/* The new key makes other keys of the same wrapped bytes, and all their IVs are fresh. */
static enum vit_status finish_refresh(struct umd_device *device, struct umd_session *session)
{
    enum vit_session_state next;
    struct umd_escape escape;
    if (session == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_REFRESH_FINISH, &next));
    umd_escape_begin(&escape, VIT_OP_REFRESH_FINISH, 0, 0);
    vit_put_session(&escape.out, VIT_OP_REFRESH_FINISH, session->id);
    VIT_TRY(umd_escape_call(device, &escape, NULL, 0));
    session->state = next;
    session->key_mark = (struct vit_iv_mark){ .used = false };
    memset(&session->content_marks, 0, sizeof(session->content_marks));
    return VIT_OK;
}

VOID APIENTRY umd_finish_refresh(D3D10DDI_HDEVICE hDevice, D3D11_1DDI_HCRYPTOSESSION hCryptoSession)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        struct umd_session *session = umd_session_get(device, hCryptoSession);
        umd_report_memory(device, finish_refresh(device, session));
    }
}

static enum vit_status get_readback_key(struct umd_device *device, struct umd_session *session,
        UINT size, VOID *readback_key)
{
    uint8_t answer[VIT_SESSION_KEY_LEN];
    if (session == NULL || size != sizeof(answer) || readback_key == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(ask(device, session, VIT_OP_READBACK_KEY, VIT_SESSION_USE, answer));
    session->has_readback_key = true;
    memcpy(readback_key, answer, sizeof(answer));
    return VIT_OK;
}

VOID APIENTRY umd_get_readback_key(D3D10DDI_HDEVICE hDevice,
        D3D11_1DDI_HCRYPTOSESSION hCryptoSession, UINT key_size, VOID *readback_key)
{
    struct umd_device *device = umd_device_get(hDevice);
    umd_zero_output(readback_key, key_size, VIT_SESSION_KEY_LEN);
    if (device != NULL) {
        struct umd_session *session = umd_session_get(device, hCryptoSession);
        umd_report_memory(device, get_readback_key(device, session, key_size, readback_key));
    }
}
