/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/umd/rig.h"
#include "tests/vectors/vectors.h"
#include "umd/session.h"

static enum vit_session_state state_of(D3D11_1DDI_HCRYPTOSESSION session)
{
    const struct umd_session *private_part = session.pDrvPrivate;
    return private_part->state;
}

Test(session, is_created_on_the_device)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    cr_assert_eq(rig.host.escape_count, 1u);
    const struct fake_message *message = fake_last_escape(&rig.host);
    cr_assert_eq(message->op, VIT_OP_SESSION_CREATE);
    struct vit_msg_session_create body;
    cr_assert(vit_get_session_create(message->body, &body));
    cr_assert_eq(body.crypto_type, (uint32_t)VIT_CRYPTO_AES128_CTR);
    cr_assert_eq(state_of(session), VIT_SESSION_CREATED);
    rig_close(&rig);
}

Test(session, of_another_crypto_type_profile_or_exchange_is_unsupported)
{
    struct rig rig;
    D3D11_1DDI_HCRYPTOSESSION session;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDIARG_CREATECRYPTOSESSION create = rig_session_arguments;
    create.CryptoType = D3DCRYPTOTYPE_PROPRIETARY;
    cr_assert_eq(rig_try_session(&rig, &rig.first, &create, &session), D3DDDIERR_UNSUPPORTEDCRYPTO);
    create = rig_session_arguments;
    create.CryptoType = GUID_NULL;
    cr_assert_eq(rig_try_session(&rig, &rig.first, &create, &session), D3DDDIERR_UNSUPPORTEDCRYPTO);
    create = rig_session_arguments;
    create.DecodeProfile = DXVA_NoEncrypt;
    cr_assert_eq(rig_try_session(&rig, &rig.first, &create, &session), D3DDDIERR_UNSUPPORTEDCRYPTO);
    create = rig_session_arguments;
    create.KeyExchangeType = D3DWDDM2_0DDI_KEY_EXCHANGE_HW_PROTECTION;
    cr_assert_eq(rig_try_session(&rig, &rig.first, &create, &session), D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(rig.host.escape_count, 0u);
    rig_close(&rig);
}

static HRESULT create_with(struct rig *rig, HRESULT escape, enum vit_status answer)
{
    D3D11_1DDI_HCRYPTOSESSION session;
    rig->host.escape = escape;
    rig->host.answer = answer;
    HRESULT hr = rig_try_session(rig, &rig->first, &rig_session_arguments, &session);
    rig->host.escape = S_OK;
    rig->host.answer = VIT_OK;
    if (FAILED(hr)) {
        HANDLE handle = &handle;
        cr_assert_eq(rig->first.video.pfnCryptoSessionGetHandle(rig->first.handle, session,
                             &handle),
                E_INVALIDARG);
        cr_assert_eq(handle, (HANDLE)&handle);
    }
    return hr;
}

Test(session, creation_says_why_it_failed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    cr_assert_eq(create_with(&rig, S_OK, VIT_E_LIMIT), E_OUTOFMEMORY);
    cr_assert_eq(create_with(&rig, S_OK, VIT_E_NOMEM), E_OUTOFMEMORY);
    cr_assert_eq(create_with(&rig, S_OK, VIT_E_UNSUPPORTED), D3DDDIERR_UNSUPPORTEDCRYPTO);
    cr_assert_eq(create_with(&rig, E_OUTOFMEMORY, VIT_OK), E_OUTOFMEMORY);
    cr_assert_eq(create_with(&rig, D3DDDIERR_DEVICEREMOVED, VIT_OK), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(create_with(&rig, E_FAIL, VIT_OK), D3DDDIERR_DEVICEREMOVED);
    cr_assert_eq(create_with(&rig, S_OK, VIT_OK), S_OK);
    rig_close(&rig);
}

Test(session, creation_refuses_missing_arguments)
{
    struct rig rig;
    D3D11_1DDI_HCRYPTOSESSION session = { NULL };
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    const D3D11_1DDI_HRTCRYPTOSESSION runtime = { &rig };
    cr_assert_eq(rig.first.video.pfnCreateCryptoSession(rig.first.handle, &rig_session_arguments,
                         session, runtime),
            E_INVALIDARG);
    session.pDrvPrivate = rig_memory(&rig, sizeof(struct umd_session));
    cr_assert_eq(rig.first.video.pfnCreateCryptoSession(rig.first.handle, NULL, session, runtime),
            E_INVALIDARG);
    rig_close(&rig);
}

Test(session, handle_is_its_own)
{
    struct rig rig;
    HANDLE handle = NULL;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    PFND3D11_1DDI_CRYPTOSESSIONGETHANDLE get = rig.first.video.pfnCryptoSessionGetHandle;
    cr_assert_eq(get(rig.first.handle, session, &handle), S_OK);
    const struct umd_session *private = session.pDrvPrivate;
    cr_assert_eq((uint64_t)(uintptr_t)handle, private->id);
    cr_assert_eq(get(rig.first.handle, session, NULL), E_INVALIDARG);
    rig_close(&rig);
}

Test(session, of_another_device_is_refused_everywhere)
{
    struct rig rig;
    uint8_t block[256], key[16];
    HANDLE handle = NULL;
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_open_second(&rig);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    unsigned before = rig.host.escape_count;
    const struct rig_device *other = &rig.second;
    cr_assert_eq(other->video.pfnNegotiateCryptoSessionKeyExchange(other->handle, session,
                         sizeof(block), block),
            E_INVALIDARG);
    cr_assert_eq(other->video.pfnCryptoSessionGetHandle(other->handle, session, &handle),
            E_INVALIDARG);
    other->video.pfnDestroyCryptoSession(other->handle, session);
    cr_assert_eq(rig_take_error(&rig.second), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(rig.host.escape_count, before);
    cr_assert_eq(state_of(session), VIT_SESSION_CREATED);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    rig_close(&rig);
}

Test(session, is_refused_after_it_was_destroyed)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    cr_assert_eq(fake_last_escape(&rig.host)->op, VIT_OP_SESSION_DESTROY);
    cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                         sizeof(block), block),
            E_INVALIDARG);
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    cr_assert_eq(rig_take_error(&rig.first), D3DDDIERR_APPLICATIONERROR);
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_SESSION_DESTROY), 1u);
    rig_close(&rig);
}

/* A handle of another kind is as foreign as another device's. */
Test(session, is_not_a_resource)
{
    struct rig rig;
    HANDLE handle = NULL;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D10DDI_HRESOURCE resource = rig_staging(&rig, &rig.first, 4096);
    const D3D11_1DDI_HCRYPTOSESSION session = { resource.pDrvPrivate };
    cr_assert_eq(rig.first.video.pfnCryptoSessionGetHandle(rig.first.handle, session, &handle),
            E_INVALIDARG);
    rig_close(&rig);
}

Test(session, is_destroyed_silently_when_the_device_is_removed)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    rig.host.escape = D3DDDIERR_DEVICEREMOVED;
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    cr_assert_eq(rig_take_error(&rig.first), S_OK);
    cr_assert_eq(rig.first.video.pfnCryptoSessionGetHandle(rig.first.handle, session,
                         &session.pDrvPrivate),
            E_INVALIDARG);
    rig_close(&rig);
}

Test(session, is_destroyed_on_the_device_also_when_queued_commands_are_refused)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    D3D10DDI_HRESOURCE a = rig_staging(&rig, &rig.first, 64);
    D3D10DDI_HRESOURCE b = rig_staging(&rig, &rig.first, 64);
    rig.first.funcs.pfnResourceCopy(rig.first.handle, a, b);
    rig.host.render = E_OUTOFMEMORY;
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_SESSION_DESTROY), 1u);
    rig.host.render = S_OK;
    rig_close(&rig);
}

Test(session, leaves_no_byte_behind)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    const uint8_t *bytes = session.pDrvPrivate;
    for (size_t i = 0; i < sizeof(struct umd_session); i++) {
        cr_assert_eq(bytes[i], 0);
    }
    rig_close(&rig);
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

Test(negotiate, programs_the_key_through_a_page_and_wipes_it)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                         sizeof(block), block),
            S_OK);
    const struct fake_message *message = fake_last_escape(&rig.host);
    cr_assert_eq(message->op, VIT_OP_SESSION_PROGRAM);
    cr_assert_arr_eq(message->page, key, sizeof(key));
    const struct fake_allocation *page = fake_find(&rig.host, message->a);
    cr_assert_eq(page->block.kind, VIT_ALLOCATION_SHARED);
    cr_assert_eq(page->lock_count, 1u);
    cr_assert(all_zero(page->bytes, (size_t)page->block.size));
    cr_assert_eq(state_of(session), VIT_SESSION_KEYED);
    cr_assert_eq(rig.host.message_count, 0u, "nothing in the command stream");
    rig_close(&rig);
}

Test(negotiate, forwards_the_block_when_the_device_has_the_key)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DEVICE);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                         sizeof(block), block),
            S_OK);
    const struct fake_message *message = fake_last_escape(&rig.host);
    cr_assert_eq(message->op, VIT_OP_SESSION_EXCHANGE);
    cr_assert_arr_eq(message->body + 8, block, sizeof(block));
    cr_assert_eq(rig.host.allocation_count, 0u);
    cr_assert_eq(state_of(session), VIT_SESSION_KEYED);
    rig_close(&rig);
}

Test(negotiate, uses_one_page_for_all_sessions)
{
    struct rig rig;
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_keyed_session(&rig, &rig.first);
    rig_keyed_session(&rig, &rig.first);
    rig_keyed_session(&rig, &rig.first);
    cr_assert_eq(rig.host.allocation_count, 1u);
    rig.first.funcs.pfnDestroyDevice(rig.first.handle);
    rig.first.handle.pDrvPrivate = NULL;
    cr_assert_eq(rig.host.live_count, 0u);
    rig_close(&rig);
}

Test(negotiate, refuses_every_other_size)
{
    struct rig rig;
    uint8_t block[600] = { 0 }, key[16];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    const UINT sizes[] = { 0, 1, 16, 128, 255, 257, 512, 0xffffffff };
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                             sizes[i], block),
                E_INVALIDARG);
    }
    cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                         256, NULL),
            E_INVALIDARG);
    cr_assert_eq(rig.host.escape_count, 1u);
    cr_assert_eq(state_of(session), VIT_SESSION_CREATED);
    rig_close(&rig);
}

/* Every class of bad padding and of wrong length is in the file. */
Test(negotiate, takes_sixteen_byte_keys_and_nothing_else)
{
    struct rig rig;
    struct vectors *vectors = vectors_load("exchange.txt");
    unsigned taken = 0, refused = 0;
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t block[256], sent[256], plaintext[256];
        vector_exact(vector, "block", block, sizeof(block));
        memcpy(sent, block, sizeof(block));
        size_t len = vector_is_good(vector)
                ? vector_bytes(vector, "plaintext", plaintext, sizeof(plaintext))
                : 0;
        D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
        unsigned programmed = fake_count_escapes(&rig.host, VIT_OP_SESSION_PROGRAM);
        HRESULT hr = rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                sizeof(sent), sent);
        bool good = len == 16;
        cr_assert_eq(hr, good ? S_OK : E_INVALIDARG, "%s", vector_text(vector, "name"));
        cr_assert_arr_eq(sent, block, sizeof(block));
        cr_assert_eq(state_of(session), good ? VIT_SESSION_KEYED : VIT_SESSION_CREATED);
        cr_assert_eq(fake_count_escapes(&rig.host, VIT_OP_SESSION_PROGRAM), programmed + good);
        if (good) {
            cr_assert_arr_eq(fake_last_escape(&rig.host)->page, plaintext, 16);
        }
        taken += good;
        refused += !good;
        rig.first.video.pfnDestroyCryptoSession(rig.first.handle, session);
    }
    cr_assert_geq(taken, 2u);
    cr_assert_geq(refused, 5u);
    vectors_free(vectors);
    rig_close(&rig);
}

Test(negotiate, can_be_tried_again_after_a_refusal)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE negotiate =
            rig.first.video.pfnNegotiateCryptoSessionKeyExchange;
    block[100] ^= 1;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), E_INVALIDARG);
    block[100] ^= 1;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), S_OK);
    rig_close(&rig);
}

Test(negotiate, is_refused_on_a_keyed_session)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_keyed_session(&rig, &rig.first);
    unsigned before = rig.host.escape_count;
    cr_assert_eq(rig.first.video.pfnNegotiateCryptoSessionKeyExchange(rig.first.handle, session,
                         256, block),
            E_INVALIDARG);
    cr_assert_eq(rig.host.escape_count, before);
    cr_assert_eq(state_of(session), VIT_SESSION_KEYED);
    rig_close(&rig);
}

static HRESULT negotiate_with(struct rig *rig, enum vit_custody custody, HRESULT escape,
        enum vit_status answer, D3D11_1DDI_HCRYPTOSESSION *session)
{
    uint8_t block[256], key[16];
    rig_open(rig, custody);
    rig_good_block(block, key);
    *session = rig_session(rig, &rig->first);
    rig->host.escape = escape;
    rig->host.answer = answer;
    HRESULT hr = rig->first.video.pfnNegotiateCryptoSessionKeyExchange(rig->first.handle, *session,
            256, block);
    rig->host.escape = S_OK;
    rig->host.answer = VIT_OK;
    return hr;
}

Test(negotiate, wipes_the_page_also_when_programming_fails)
{
    struct rig rig;
    D3D11_1DDI_HCRYPTOSESSION session;
    cr_assert_eq(negotiate_with(&rig, VIT_CUSTODY_DRIVER, S_OK, VIT_E_ARG, &session), E_INVALIDARG);
    const struct fake_allocation *page = fake_last_allocation(&rig.host);
    cr_assert(all_zero(page->bytes, (size_t)page->block.size));
    cr_assert_eq(state_of(session), VIT_SESSION_CREATED);
    rig_close(&rig);
}

Test(negotiate, says_why_the_device_refused)
{
    const struct {
        HRESULT escape;
        enum vit_status answer;
        HRESULT expected;
    } rows[] = {
        { S_OK, VIT_E_REFUSED, E_INVALIDARG },
        { S_OK, VIT_E_STATE, E_INVALIDARG },
        { S_OK, VIT_E_GONE, E_INVALIDARG }, /* the session is lost, the device is not */
        { S_OK, VIT_E_NOMEM, E_OUTOFMEMORY },
        { E_OUTOFMEMORY, VIT_OK, E_OUTOFMEMORY },
        { D3DDDIERR_DEVICEREMOVED, VIT_OK, D3DDDIERR_DEVICEREMOVED },
        { E_NOTIMPL, VIT_OK, D3DDDIERR_DEVICEREMOVED }, /* it does not know our blocks */
        { ERROR_GRAPHICS_DRIVER_MISMATCH, VIT_OK, D3DDDIERR_DEVICEREMOVED },
        { D3DDDIERR_WASSTILLDRAWING, VIT_OK, D3DDDIERR_DEVICEREMOVED },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rig rig;
        D3D11_1DDI_HCRYPTOSESSION session;
        cr_assert_eq(negotiate_with(&rig, VIT_CUSTODY_DEVICE, rows[i].escape, rows[i].answer,
                             &session),
                rows[i].expected, "row %u", i);
        cr_assert_eq(state_of(session), VIT_SESSION_CREATED);
        rig_close(&rig);
    }
}

Test(negotiate, says_when_there_is_no_page)
{
    struct rig rig;
    uint8_t block[256], key[16];
    rig_open(&rig, VIT_CUSTODY_DRIVER);
    rig_good_block(block, key);
    D3D11_1DDI_HCRYPTOSESSION session = rig_session(&rig, &rig.first);
    PFND3D11_1DDI_NEGOTIATECRYPTOSESSIONKEYESCHANGE negotiate =
            rig.first.video.pfnNegotiateCryptoSessionKeyExchange;
    rig.host.allocate = D3DDDIERR_OUTOFVIDEOMEMORY;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), E_OUTOFMEMORY);
    rig.host.allocate = S_OK;
    rig.host.lock = E_OUTOFMEMORY;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), E_OUTOFMEMORY);
    cr_assert_eq(rig.host.live_count, 0u);
    rig.host.lock = E_INVALIDARG; /* it is not the block that is wrong */
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), D3DDDIERR_DEVICEREMOVED);
    rig.host.lock = S_OK;
    rig.host.null_lock = true;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), D3DDDIERR_DEVICEREMOVED);
    rig.host.null_lock = false;
    cr_assert_eq(negotiate(rig.first.handle, session, 256, block), S_OK);
    rig_close(&rig);
}
