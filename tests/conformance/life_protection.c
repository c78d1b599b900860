/* SPDX-License-Identifier: MIT */
/* Steps of a life: the session and its frames. */
#include <string.h>

#include "tests/conformance/life_steps.h"

HRESULT life_create_session(struct life *life)
{
    return life->device == NULL ? LIFE_SKIPPED : vit_session_create(life->device, &life->session);
}

HRESULT life_negotiate(struct life *life)
{
    uint8_t block[PROVIDER_BLOCK_LEN];
    if (life->session == NULL) {
        return LIFE_SKIPPED;
    }
    provider_random(life->key, sizeof(life->key));
    rig_block(life->rig, life->key, block);
    HRESULT hr = rig_negotiate(life->device, life->session->handle, block);
    life->keyed = hr == S_OK;
    return hr;
}

HRESULT life_write_frame(struct life *life)
{
    uint8_t iv[16];
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    if (life->staging == NULL) {
        return LIFE_SKIPPED;
    }
    memset(&mapped, 0xaa, sizeof(mapped));
    HRESULT hr = life_map(life, D3D10_DDI_MAP_WRITE, &mapped);
    if (hr != S_OK) {
        return hr;
    }
    provider_random(life->shown, sizeof(life->shown));
    provider_iv(iv, life->iv + 1, 0);
    memcpy(mapped.pData, life->shown, LIFE_LEN);
    provider_ctr(life->key, iv, NULL, mapped.pData, LIFE_LEN);
    vit_resource_unmap(life->staging);
    return life_reported(life);
}

HRESULT life_decrypt(struct life *life)
{
    uint8_t iv[16];
    if (!life->keyed || life->staging == NULL || life->picture == NULL) {
        return LIFE_SKIPPED;
    }
    provider_iv(iv, ++life->iv, 0);
    life->device->video.pfnDecryptionBlt(life->device->handle, life->session->handle,
            life->staging->handle, life->picture->handle, NULL, 0, NULL, sizeof(iv), iv);
    HRESULT hr = life_reported(life);
    life->played = hr == S_OK;
    return hr;
}

HRESULT life_get_readback_key(struct life *life)
{
    uint8_t wrapped[16];
    if (!life->keyed) {
        return LIFE_SKIPPED;
    }
    memset(wrapped, 0xaa, sizeof(wrapped));
    life->device->video.pfnGetEncryptionBltKey(life->device->handle, life->session->handle,
            sizeof(wrapped), wrapped);
    HRESULT hr = life_reported(life);
    life_must(life, SUCCEEDED(hr) || rig_all(wrapped, sizeof(wrapped), 0),
            "GetEncryptionBltKey failed and did not zero its output");
    life->has_readback_key = hr == S_OK;
    provider_unwrap(life->key, wrapped, life->readback_key);
    return hr;
}

HRESULT life_encrypt(struct life *life)
{
    if (!life->has_readback_key || !life->played || life->picture == NULL ||
            life->staging == NULL) {
        return LIFE_SKIPPED;
    }
    memset(life->readback_iv, 0xaa, sizeof(life->readback_iv));
    life->device->video.pfnEncryptionBlt(life->device->handle, life->session->handle,
            life->picture->handle, life->staging->handle, sizeof(life->readback_iv),
            life->readback_iv);
    HRESULT hr = life_reported(life);
    life_must(life, SUCCEEDED(hr) || rig_all(life->readback_iv, sizeof(life->readback_iv), 0),
            "EncryptionBlt failed and did not zero its IV");
    life->read_back = hr == S_OK;
    return hr;
}

/* When nothing was injected so far, the picture must be what was sealed. */
HRESULT life_read_frame(struct life *life)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    if (life->staging == NULL) {
        return LIFE_SKIPPED;
    }
    memset(&mapped, 0xaa, sizeof(mapped));
    HRESULT hr = life_map(life, D3D10_DDI_MAP_READ, &mapped);
    if (hr != S_OK) {
        return hr;
    }
    uint8_t bytes[LIFE_LEN];
    memcpy(bytes, mapped.pData, LIFE_LEN);
    vit_resource_unmap(life->staging);
    if (life->read_back && !life->tap->fired) {
        provider_ctr(life->readback_key, life->readback_iv, NULL, bytes, LIFE_LEN);
        life_must(life, memcmp(bytes, life->shown, LIFE_LEN) == 0,
                "the picture that was read back is not what was sealed");
    }
    return life_reported(life);
}

HRESULT life_start_refresh(struct life *life)
{
    uint8_t random[16];
    if (!life->keyed) {
        return LIFE_SKIPPED;
    }
    memset(random, 0xaa, sizeof(random));
    life->device->video.pfnStartSessionKeyRefresh(life->device->handle, life->session->handle,
            sizeof(random), random);
    HRESULT hr = life_reported(life);
    life_must(life, SUCCEEDED(hr) || rig_all(random, sizeof(random), 0),
            "StartSessionKeyRefresh failed and did not zero its output");
    life->keyed = hr == S_OK;
    return hr;
}

HRESULT life_finish_refresh(struct life *life)
{
    if (!life->keyed) {
        return LIFE_SKIPPED;
    }
    life->device->video.pfnFinishSessionKeyRefresh(life->device->handle, life->session->handle);
    return life_reported(life);
}

HRESULT life_destroy_session(struct life *life)
{
    if (life->session == NULL) {
        return LIFE_SKIPPED;
    }
    vit_session_destroy(life->session);
    life->session = NULL;
    life->keyed = false;
    return life_reported(life);
}
