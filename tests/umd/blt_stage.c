/* SPDX-License-Identifier: MIT */
#include "tests/umd/blt_stage.h"

#include <criterion/criterion.h>

#include "base/bytes.h"

void stage_decrypt(struct rig_device *device, const struct blt *blt)
{
    device->video.pfnDecryptionBlt(device->handle, blt->session, blt->source, blt->destination,
            blt->info, blt->content_key_size, blt->content_key, blt->iv_size, blt->iv);
}

void stage_make_iv(uint8_t iv[16], uint64_t number, uint64_t count)
{
    vit_store_be64(iv, number);
    vit_store_be64(iv + 8, count);
}

void stage_open(struct stage *stage)
{
    rig_open(&stage->rig, VIT_CUSTODY_DEVICE);
    stage_make_iv(stage->iv, 1, 0);
    stage->blt = (struct blt){
        .session = rig_keyed_session(&stage->rig, &stage->rig.first),
        .source = rig_staging(&stage->rig, &stage->rig.first, 4096),
        .destination = rig_protected(&stage->rig, &stage->rig.first, 4096),
        .iv_size = 16,
        .iv = stage->iv,
    };
}

HRESULT stage_run(struct stage *stage, unsigned messages)
{
    stage_decrypt(&stage->rig.first, &stage->blt);
    HRESULT hr = rig_take_error(&stage->rig.first);
    stage->rig.first.funcs.pfnFlush(stage->rig.first.handle, D3D11_1DDI_FLUSH_UNLESS_NO_COMMANDS);
    cr_assert_eq(rig_take_error(&stage->rig.first), S_OK);
    cr_assert_eq(fake_count_messages(&stage->rig.host, VIT_OP_DECRYPT), messages);
    return hr;
}

void stage_next_iv(struct stage *stage)
{
    vit_store_be64(stage->iv, vit_load_be64(stage->iv) + 1);
}
