/* SPDX-License-Identifier: MIT */
#include "tests/conformance/stage.h"

#include <string.h>

static void measure(struct stage *stage)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    expect_code(vit_resource_map(stage->staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK,
            "StagingResourceMap");
    stage->len = (size_t)mapped.RowPitch * STAGE_HEIGHT;
    vit_resource_unmap(stage->staging);
    cr_assert(mapped.RowPitch >= STAGE_WIDTH * 4 && stage->len <= STAGE_MAX_LEN,
            "a row of %d pixels of 4 bytes has a pitch of %u", STAGE_WIDTH, mapped.RowPitch);
}

void stage_open(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    rig_open(&stage->rig);
    RIG_NEED(&stage->rig, DECRYPTION_BLT);
    RIG_NEED(&stage->rig, ENCRYPTED_READ_BACK);
    struct vit_device *device = stage->rig.device;
    rig_stream(&stage->rig, device, &stage->stream);
    stage->staging = rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, STAGE_WIDTH,
            STAGE_HEIGHT);
    stage->picture = rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM,
            STAGE_WIDTH, STAGE_HEIGHT);
    measure(stage);
    struct blt first = stage_next(stage);
    stage_expect_shown(stage, &first, "DecryptionBlt of the first frame");
}

void stage_close(struct stage *stage)
{
    vit_resource_destroy(stage->picture);
    vit_resource_destroy(stage->staging);
    rig_destroy_session(stage->rig.device, stage->stream.session);
    rig_close(&stage->rig);
}

void stage_seal(struct stage *stage, const uint8_t key[16], const uint8_t iv[16],
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info, const uint8_t *bytes)
{
    uint8_t sealed[STAGE_MAX_LEN];
    memcpy(sealed, bytes, stage->len);
    provider_ctr(key, iv, info, sealed, stage->len);
    rig_write(stage->staging, sealed, stage->len);
}

struct blt stage_next(struct stage *stage)
{
    provider_random(stage->next, stage->len);
    provider_iv(stage->iv, ++stage->stream.iv, 0);
    stage_seal(stage, stage->stream.key, stage->iv, NULL, stage->next);
    return (struct blt){
        .session = stage->stream.session,
        .source = stage->staging->handle,
        .destination = stage->picture->handle,
        .iv_size = sizeof(stage->iv),
        .iv = stage->iv,
    };
}

void stage_take_next(struct stage *stage)
{
    memcpy(stage->shown, stage->next, stage->len);
}

bool stage_is_intact(struct stage *stage)
{
    uint8_t bytes[STAGE_MAX_LEN];
    rig_read_back(&stage->rig, &stage->stream, stage->picture, bytes, stage->len);
    return memcmp(bytes, stage->shown, stage->len) == 0;
}
