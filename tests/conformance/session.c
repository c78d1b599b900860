/* SPDX-License-Identifier: MIT */
/* Making and ending sessions, and whose they are. */
#include <string.h>

#include "tests/conformance/session_call.h"

RULE_GROUP(session, "Crypto sessions");
RULE_GROUP(foreign, "Sessions of another device");
RULE_GROUP(destroyed, "Sessions that were destroyed");
RULE_GROUP(unkeyed, "Sessions before the key exchange");

#define PAGE_CREATE "PFND3D11_1DDI_CREATECRYPTOSESSION"
#define PAGE_CREATE_DATA "D3D11_1DDIARG_CREATECRYPTOSESSION"
#define PAGE_DESTROY "PFND3D11_1DDI_DESTROYCRYPTOSESSION"
#define PAGE_HANDLE "PFND3D11_1DDI_CRYPTOSESSIONGETHANDLE"

static const GUID stranger = { 0x12345678, 0x9ABC, 0xDEF0, { 1, 2, 3, 4, 5, 6, 7, 8 } };

RULE(session, shows_a_frame, "CP-2.4-04 CP-2.4-12 CP-2.5-08 CP-2.5-20",
        "A keyed session without a decode profile decrypts a frame into protected memory",
        PAGE_CREATE)
{
    struct stage stage;
    stage_open(&stage);
    stage_close(&stage);
}

static void expect_unsupported(const D3D11_1DDIARG_CREATECRYPTOSESSION *create, const char *what)
{
    struct rig rig;
    D3D11_1DDI_HCRYPTOSESSION session;
    rig_open(&rig);
    expect_code(rig_try_session(&rig, rig.device, create, &session), D3DDDIERR_UNSUPPORTEDCRYPTO,
            what);
    rig_destroy_session(rig.device, rig_session(&rig, rig.device)); /* a good one still works */
    rig_close(&rig);
}

RULE(session, refuses_an_unknown_type, "CP-2.4-04 CP-2.5-22 CP-2.5-27",
        "A session of a crypto type that nobody knows is refused as unsupported crypto",
        PAGE_CREATE)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.CryptoType = stranger;
    expect_unsupported(&create, "an unknown crypto type");
}

RULE(session, refuses_type_null, "CP-2.5-22",
        "A session without a crypto type is refused as unsupported crypto", PAGE_CREATE)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.CryptoType = GUID_NULL;
    expect_unsupported(&create, "crypto type NULL_GUID");
}

RULE(session, refuses_an_unknown_profile, "CP-2.4-04 CP-2.5-21",
        "A session for a decode profile that does not support the crypto type is refused as "
        "unsupported crypto",
        PAGE_CREATE_DATA)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.DecodeProfile = stranger;
    expect_unsupported(&create, "an unknown decode profile");
}

RULE(session, refuses_an_unknown_exchange, "CP-2.4-04 CP-2.5-23",
        "A session with a key exchange that nobody knows is refused as unsupported crypto",
        PAGE_CREATE_DATA)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.KeyExchangeType = stranger;
    expect_unsupported(&create, "an unknown key exchange");
}

RULE(session, refuses_an_exchange_that_is_not_offered, "CP-2.1-04 CP-2.5-23",
        "A session with the exchange of hardware DRM is refused unless the driver offers it",
        PAGE_CREATE_DATA)
{
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.KeyExchangeType = D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION;
    struct rig rig;
    rig_open(&rig);
    if ((rig.caps.Caps & D3DWDDM2_0DDI_CONTENT_PROTECTION_CAPS_HARDWARE_DRM_COMMUNICATION) != 0) {
        not_applicable("the driver offers hardware DRM");
    }
    rig_close(&rig);
    expect_unsupported(&create, "the exchange of hardware DRM");
}

RULE(session, size_is_never_refused, "CP-1.5-03 CP-2.4-03",
        "CalcPrivateCryptoSessionSize gives at least the size of a pointer and never fails, whatever "
        "session it is asked about",
        "PFND3D11_1DDI_CALCPRIVATECRYPTOSESSIONSIZE")
{
    struct rig rig;
    D3D11_1DDIARG_CREATECRYPTOSESSION odd = { stranger, stranger, stranger };
    rig_open(&rig);
    const D3D11_1DDIARG_CREATECRYPTOSESSION *const asked[] = { &rig_session_arguments, &odd };
    for (unsigned i = 0; i < 2; i++) {
        SIZE_T size =
                rig.device->video.pfnCalcPrivateCryptoSessionSize(rig.device->handle, asked[i]);
        cr_assert(size >= sizeof(void *) && size != (SIZE_T)-1, "it returned %zu", (size_t)size);
    }
    rig_close(&rig);
}

RULE(session, many_are_independent, "CP-2.5-28 CP-1.5-02",
        "Several sessions live side by side; the end of one does not touch the others", PAGE_CREATE)
{
    struct stage stage;
    struct stream others[4];
    stage_open(&stage);
    for (unsigned i = 0; i < 4; i++) {
        rig_stream(&stage.rig, stage.rig.device, &others[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        rig_destroy_session(stage.rig.device, others[i].session);
    }
    cr_assert(stage_is_intact(&stage), "the picture of a session went with other sessions");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame after other sessions ended");
    stage_close(&stage);
}

RULE(session, is_made_again_in_its_memory, "CP-1.5-02 CP-2.4-05",
        "After DestroyCryptoSession the same memory can hold a new session, which has no key yet",
        PAGE_DESTROY)
{
    struct stage stage;
    uint8_t key[16];
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    D3D11_1DDI_HCRYPTOSESSION session = session_destroyed(&stage);
    expect_code(device->video.pfnCreateCryptoSession(device->handle, &rig_session_arguments,
                        session, (D3D11_1DDI_HRTCRYPTOSESSION){ &stage }),
            S_OK, "CreateCryptoSession in memory of a destroyed session");
    device->video.pfnGetEncryptionBltKey(device->handle, session, sizeof(key), key);
    expect_refused(device, "GetEncryptionBltKey of a session that has no key yet");
    rig_destroy_session(device, session);
    stage_close(&stage);
}

RULE(session, survives_clear_state, "CP-2.5-26",
        "Clearing the state of the device context does not touch a session", PAGE_CREATE)
{
    struct stage stage;
    stage_open(&stage);
    struct vit_device *device = stage.rig.device;
    /* ClearState of the API resets what is bound; the driver sees it as calls like these. */
    device->funcs.pfnSetRenderTargets(device->handle, NULL, 0, 0, (D3D10DDI_HDEPTHSTENCILVIEW){ 0 },
            NULL, NULL, 0, 0, 0, 0);
    device->funcs.pfnSetPredication(device->handle, (D3D10DDI_HQUERY){ NULL }, FALSE);
    (void)rig_take_reports(device);
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame after the state was cleared");
    stage_close(&stage);
}

RULE(session, survives_a_second_device, "CP-2.5-24",
        "A session works on as before when another device was opened, used and closed", PAGE_CREATE)
{
    struct stage stage;
    struct stream other;
    stage_open(&stage);
    rig_open_second(&stage.rig);
    rig_stream(&stage.rig, stage.rig.second, &other);
    rig_destroy_session(stage.rig.second, other.session);
    vit_device_close(stage.rig.second);
    stage.rig.second = NULL;
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame after another device was closed");
    stage_close(&stage);
}

/* GetHandle. */

static HANDLE get_handle(struct vit_device *device, D3D11_1DDI_HCRYPTOSESSION session)
{
    HANDLE handle = NULL;
    expect_code(device->video.pfnCryptoSessionGetHandle(device->handle, session, &handle), S_OK,
            "CryptoSessionGetHandle");
    return handle;
}

RULE(session, handle_is_constant_and_its_own, "CP-2.4-06 CP-2.5-32",
        "CryptoSessionGetHandle gives every session a handle of its own, which does not change",
        PAGE_HANDLE)
{
    struct rig rig;
    struct stream keyed;
    rig_open(&rig);
    D3D11_1DDI_HCRYPTOSESSION unkeyed = rig_session(&rig, rig.device);
    rig_stream(&rig, rig.device, &keyed);
    HANDLE first = get_handle(rig.device, unkeyed), second = get_handle(rig.device, keyed.session);
    cr_assert_not_null(first, "the handle is NULL");
    cr_assert_neq(first, second, "two sessions have the same handle");
    cr_assert_eq(first, get_handle(rig.device, unkeyed), "the handle changed");
    rig_destroy_session(rig.device, keyed.session);
    rig_destroy_session(rig.device, unkeyed);
    rig_close(&rig);
}

RULE(session, there_is_no_handle_of_no_decoder, "CP-2.4-07",
        "VideoDecoderGetHandle for what is no decoder fails and leaves its output as it was",
        "PFND3D11_1DDI_VIDEODECODERGETHANDLE")
{
    struct rig rig;
    HANDLE handle = (HANDLE)(uintptr_t)0x5A5A;
    rig_open(&rig);
    D3D11_1DDI_HDECODE decoder = { rig_memory(&rig, 4096) };
    HRESULT hr = rig.device->video.pfnVideoDecoderGetHandle(rig.device->handle, decoder, &handle);
    cr_assert(FAILED(hr), "it returned 0x%08x", (unsigned)hr);
    cr_assert_eq(handle, (HANDLE)(uintptr_t)0x5A5A, "it failed, but wrote its output");
    rig_close(&rig);
}

/* No session at all. */

static void refuse_all(const struct session_place *place)
{
    session_call *const calls[] = { refuses_get_handle, refuses_negotiate, refuses_decryption_blt,
        refuses_encryption_blt, refuses_start_refresh, refuses_finish_refresh,
        refuses_read_back_key, refuses_destroy };
    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        calls[i](place);
    }
}

RULE(session, null_is_no_session, "CP-2.5-30",
        "Every function refuses a session handle that is NULL", PAGE_CREATE)
{
    struct stage stage;
    stage_open(&stage);
    struct session_place place = session_place_of(&stage, (D3D11_1DDI_HCRYPTOSESSION){ NULL });
    refuse_all(&place);
    stage_close(&stage);
}

RULE(session, resource_is_no_session, "CP-2.5-31",
        "Every function refuses the handle of another kind of object as a session", PAGE_CREATE)
{
    struct stage stage;
    stage_open(&stage);
    struct session_place place = session_place_of(&stage,
            (D3D11_1DDI_HCRYPTOSESSION){ stage.picture->handle.pDrvPrivate });
    refuse_all(&place);
    cr_assert(stage_is_intact(&stage), "the resource was changed");
    stage_close(&stage);
}

/* Another device's. Its resources are good, so that only the session is wrong. */

static void expect_foreign_refused(session_call *call)
{
    struct stage stage;
    stage_open(&stage);
    rig_open_second(&stage.rig);
    struct vit_device *second = stage.rig.second;
    struct vit_resource *staging = rig_resource(second, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM,
            STAGE_WIDTH, STAGE_HEIGHT);
    struct vit_resource *picture = rig_resource(second, VIT_USE_PROTECTED,
            DXGI_FORMAT_B8G8R8A8_UNORM, STAGE_WIDTH, STAGE_HEIGHT);
    const struct session_place place = { second, stage.stream.session, staging, picture,
        stage.len };
    call(&place);
    cr_assert(stage_is_intact(&stage), "the refused call changed the session's picture");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame of the session's own device, after the refused call");
    vit_resource_destroy(picture);
    vit_resource_destroy(staging);
    stage_close(&stage);
}

#define FOREIGN(call, name, page)                                                                  \
    RULE(foreign, call, "CP-2.5-25", name " with another device's session fails and does nothing", \
            page)                                                                                  \
    {                                                                                              \
        expect_foreign_refused(refuses_##call);                                                    \
    }                                                                                              \
    _Static_assert(1, "")

RULES_OF_CALLS(FOREIGN);

static void expect_destroyed_refused(session_call *call)
{
    struct stage stage;
    stage_open(&stage);
    struct session_place place = session_place_of(&stage, session_destroyed(&stage));
    call(&place);
    cr_assert(stage_is_intact(&stage), "the refused call changed another session's picture");
    stage_close(&stage);
}

#define DESTROYED(call, name, page)                                                                \
    RULE(destroyed, call, "CP-2.5-29", name " with a destroyed session fails and does nothing",    \
            page)                                                                                  \
    {                                                                                              \
        expect_destroyed_refused(refuses_##call);                                                  \
    }                                                                                              \
    _Static_assert(1, "")

RULES_OF_CALLS(DESTROYED);

/* Before Negotiate. */

static void expect_unkeyed_refused(session_call *call)
{
    struct stage stage;
    stage_open(&stage);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&stage.rig, stage.rig.device);
    struct session_place place = session_place_of(&stage, session);
    call(&place);
    cr_assert(stage_is_intact(&stage), "the refused call changed another session's picture");
    rig_destroy_session(stage.rig.device, session);
    stage_close(&stage);
}

#define UNKEYED(call, name, page)                                                                  \
    RULE(unkeyed, call, "CP-2.5-75 CP-6-14",                                                       \
            name " before the key exchange fails and writes nothing", page)                        \
    {                                                                                              \
        expect_unkeyed_refused(refuses_##call);                                                    \
    }                                                                                              \
    _Static_assert(1, "")

RULES_OF_KEYED_CALLS(UNKEYED);
