/* SPDX-License-Identifier: MIT */
#include "tests/conformance/session_call.h"

#include <string.h>

struct session_place session_place_of(const struct stage *stage, D3D11_1DDI_HCRYPTOSESSION session)
{
    return (struct session_place){ stage->rig.device, session, stage->staging, stage->picture,
        stage->len };
}

D3D11_1DDI_HCRYPTOSESSION session_destroyed(struct stage *stage)
{
    struct stream stream;
    rig_stream(&stage->rig, stage->rig.device, &stream);
    rig_destroy_session(stage->rig.device, stream.session);
    return stream.session;
}

void refuses_get_handle(const struct session_place *place)
{
    HANDLE handle = (HANDLE)(uintptr_t)0x5A5A;
    HRESULT hr = place->device->video.pfnCryptoSessionGetHandle(place->device->handle,
            place->session, &handle);
    cr_assert(FAILED(hr), "CryptoSessionGetHandle returned 0x%08x", (unsigned)hr);
    cr_assert_eq(handle, (HANDLE)(uintptr_t)0x5A5A,
            "CryptoSessionGetHandle failed, but wrote pHandle");
}

void refuses_negotiate(const struct session_place *place)
{
    struct rig rig = { .device = place->device };
    uint8_t block[PROVIDER_BLOCK_LEN], sent[PROVIDER_BLOCK_LEN];
    const uint8_t key[16] = { 1, 2, 3 };
    expect_code(vit_session_certificate(place->device, &rig.chain, &rig.chain_len), S_OK,
            "GetCertificate");
    rig.key = provider_key_of(rig.chain, rig.chain_len);
    rig_block(&rig, key, block);
    memcpy(sent, block, sizeof(sent));
    expect_code(place->device->video.pfnNegotiateCryptoSessionKeyExchange(place->device->handle,
                        place->session, sizeof(block), block),
            E_INVALIDARG, "NegotiateCryptoSessionKeyExchange");
    cr_assert_arr_eq(block, sent, sizeof(block), "the refused call changed pData");
    EVP_PKEY_free(rig.key);
    free(rig.chain);
}

void refuses_decryption_blt(const struct session_place *place)
{
    uint8_t iv[16];
    provider_iv(iv, 1u << 20, 0); /* above all that were used */
    const struct blt blt = {
        .session = place->session,
        .source = place->staging->handle,
        .destination = place->picture->handle,
        .iv_size = sizeof(iv),
        .iv = iv,
    };
    rig_decrypt(place->device, &blt);
    expect_refused(place->device, "DecryptionBlt");
}

void refuses_encryption_blt(const struct session_place *place)
{
    uint8_t iv[16], bytes[STAGE_MAX_LEN];
    memset(iv, 0xA5, sizeof(iv));
    memset(bytes, 0xA5, sizeof(bytes));
    rig_write(place->staging, bytes, place->len);
    place->device->video.pfnEncryptionBlt(place->device->handle, place->session,
            place->picture->handle, place->staging->handle, sizeof(iv), iv);
    place->device->funcs.pfnFlush(place->device->handle, 0);
    expect_refused(place->device, "EncryptionBlt");
    expect_all(iv, sizeof(iv), 0, "EncryptionBlt was refused, but pIV is not zero");
    rig_read(place->staging, bytes, place->len);
    expect_all(bytes, place->len, 0xA5, "EncryptionBlt was refused, but wrote the destination");
}

void refuses_start_refresh(const struct session_place *place)
{
    uint8_t random[16];
    memset(random, 0xA5, sizeof(random));
    place->device->video.pfnStartSessionKeyRefresh(place->device->handle, place->session,
            sizeof(random), random);
    expect_refused(place->device, "StartSessionKeyRefresh");
    expect_all(random, sizeof(random), 0, "refused, but pRandomNumber is not zero");
}

void refuses_finish_refresh(const struct session_place *place)
{
    place->device->video.pfnFinishSessionKeyRefresh(place->device->handle, place->session);
    expect_refused(place->device, "FinishSessionKeyRefresh");
}

void refuses_read_back_key(const struct session_place *place)
{
    uint8_t key[16];
    memset(key, 0xA5, sizeof(key));
    place->device->video.pfnGetEncryptionBltKey(place->device->handle, place->session, sizeof(key),
            key);
    expect_refused(place->device, "GetEncryptionBltKey");
    expect_all(key, sizeof(key), 0, "refused, but pReadbackKey is not zero");
}

void refuses_destroy(const struct session_place *place)
{
    place->device->video.pfnDestroyCryptoSession(place->device->handle, place->session);
    expect_refused(place->device, "DestroyCryptoSession");
}
