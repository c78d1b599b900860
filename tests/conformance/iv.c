/* SPDX-License-Identifier: MIT */
/* The IVs that an application chooses for DecryptionBlt, and the count in them. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(iv, "DecryptionBlt: IVs and counts");

#define PAGE_API "ID3D11VideoContext::DecryptionBlt"
#define PAGE_D3D9 "PFND3DDDI_DECRYPTIONBLT"
#define PAGE_IV "D3D11_1DDI_AES_CTR_IV"

/* A new frame with that IV under the session key. */
static struct blt next_with(struct stage *stage, uint64_t number, uint64_t count)
{
    struct blt blt = stage_next(stage);
    provider_iv(stage->iv, number, count);
    stage_seal(stage, stage->stream.key, stage->iv, NULL, stage->next);
    return blt;
}

static void expect_iv_shown(struct stage *stage, uint64_t number, const char *what)
{
    struct blt blt = next_with(stage, number, 0);
    stage_expect_shown(stage, &blt, what);
}

static void expect_iv_refused(struct stage *stage, uint64_t number, const char *what)
{
    struct blt blt = next_with(stage, number, 0);
    stage_expect_refused(stage, &blt, what);
}

RULE(iv, may_jump_ahead, "CP-2.5-103", "An IV need only grow, not by one", PAGE_API)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, 1000, "IV 1000 after 1");
    expect_iv_shown(&stage, (uint64_t)1 << 33, "IV 2^33");
    expect_iv_shown(&stage, ((uint64_t)1 << 63) + 5, "an IV above 2^63");
    stage_close(&stage);
}

RULE(iv, is_refused_when_used_again, "CP-2.5-101",
        "An IV that was used under the session key is refused", PAGE_D3D9)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, 7, "IV 7");
    expect_iv_refused(&stage, 7, "IV 7 again");
    expect_iv_shown(&stage, 8, "IV 8, after a refusal");
    stage_close(&stage);
}

RULE(iv, is_refused_when_lower, "CP-2.5-102",
        "An IV below the last one under the session key is refused, even if it was never used",
        PAGE_D3D9)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, 100, "IV 100");
    expect_iv_refused(&stage, 99, "IV 99 after 100");
    expect_iv_refused(&stage, 0, "IV 0 after 100");
    stage_close(&stage);
}

RULE(iv, is_compared_as_a_number, "CP-2.5-102",
        "IVs are compared as big-endian numbers, not as bytes in memory order or signed", PAGE_IV)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, 0x00FF, "IV 0xFF");
    expect_iv_shown(&stage, 0x0100, "IV 0x100 after 0xFF");
    expect_iv_shown(&stage, 0x7FFFFFFFFFFFFFFF, "IV 2^63 - 1");
    expect_iv_shown(&stage, 0x8000000000000000, "IV 2^63 after 2^63 - 1");
    expect_iv_refused(&stage, 0x7FFFFFFFFFFFFFFF, "IV 2^63 - 1 after 2^63");
    stage_close(&stage);
}

RULE(iv, ends_at_its_highest_value, "CP-2.5-105",
        "2^64 - 1 is the last IV under a key: it is accepted, and nothing after it", PAGE_API)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, UINT64_MAX, "IV 2^64 - 1");
    expect_iv_refused(&stage, UINT64_MAX, "IV 2^64 - 1 again");
    expect_iv_refused(&stage, 0, "IV 0 after 2^64 - 1");
    stage_close(&stage);
}

RULE(iv, may_begin_at_0, "CP-2.5-104",
        "The first IV under a key is any number, 0 included, and then not 0 again", PAGE_API)
{
    struct stage stage;
    struct stream fresh;
    stage_open(&stage);
    rig_stream(&stage.rig, stage.rig.device, &fresh);
    struct blt blt = stage_next(&stage);
    provider_iv(stage.iv, 0, 0);
    stage_seal(&stage, fresh.key, stage.iv, NULL, stage.next);
    blt.session = fresh.session;
    rig_decrypt(stage.rig.device, &blt);
    expect_accepted(stage.rig.device, "IV 0 as the first one");
    rig_decrypt(stage.rig.device, &blt);
    expect_refused(stage.rig.device, "IV 0 again");
    rig_destroy_session(stage.rig.device, fresh.session);
    stage_close(&stage);
}

RULE(iv, belongs_to_its_session, "CP-2.5-110",
        "Every session has IVs of its own: what one has used another may use", PAGE_API)
{
    struct stage stage;
    struct stream other;
    uint8_t iv[16];
    stage_open(&stage);
    expect_iv_shown(&stage, 500, "IV 500");
    rig_stream(&stage.rig, stage.rig.device, &other);
    struct vit_resource *picture = rig_resource(stage.rig.device, VIT_USE_PROTECTED,
            DXGI_FORMAT_B8G8R8A8_UNORM, STAGE_WIDTH, STAGE_HEIGHT);
    provider_iv(iv, 500, 0);
    const struct blt blt = { .session = other.session,
        .source = stage.staging->handle,
        .destination = picture->handle,
        .iv_size = sizeof(iv),
        .iv = iv };
    rig_decrypt(stage.rig.device, &blt);
    expect_accepted(stage.rig.device, "IV 500 of another session");
    expect_iv_shown(&stage, 501, "IV 501 of the first session");
    vit_resource_destroy(picture);
    rig_destroy_session(stage.rig.device, other.session);
    stage_close(&stage);
}

RULE(iv, is_refused_with_another_count, "CP-2.5-101",
        "An IV with another count is the same IV: it is refused", PAGE_D3D9)
{
    struct stage stage;
    stage_open(&stage);
    expect_iv_shown(&stage, 7, "IV 7");
    struct blt blt = next_with(&stage, 7, 1u << 20);
    stage_expect_refused(&stage, &blt, "IV 7 with a higher count");
    stage_close(&stage);
}

/* The count. */

static void open_for_counts(struct stage *stage)
{
    stage_open(stage);
    if ((stage->rig.caps.Caps & D3D11_1DDI_CONTENT_PROTECTION_CAPS_SEQUENTIAL_CTR_IV) != 0) {
        not_applicable("the driver demands sequential counts (SEQUENTIAL_CTR_IV)");
    }
}

RULE(iv, count_may_begin_anywhere, "CP-2.2-10 CP-2.5-124",
        "The count of a frame begins where the IV says", PAGE_IV)
{
    struct stage stage;
    open_for_counts(&stage);
    static const uint64_t counts[] = { 1, 255, 0xFFFFFFFF, 0x123456789ABCDEF0 };
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct blt blt = next_with(&stage, 10 + i, counts[i]);
        stage_expect_shown(&stage, &blt, "a count that does not begin at 0");
    }
    stage_close(&stage);
}

RULE(iv, count_passes_32_bits, "CP-2.5-126",
        "The count is one number of 64 bits: it carries from the lower half into the upper",
        PAGE_IV)
{
    struct stage stage;
    open_for_counts(&stage);
    struct blt blt = next_with(&stage, 10, 0xFFFFFFF0); /* the frame has more blocks than 16 */
    stage_expect_shown(&stage, &blt, "a frame across count 2^32");
    blt = next_with(&stage, 11, 0x7FFFFFFFFFFFFFF0);
    stage_expect_shown(&stage, &blt, "a frame across count 2^63");
    stage_close(&stage);
}

RULE(iv, count_may_reach_its_end, "CP-2.5-125 CP-6-13", "A frame may use counts up to 2^64 - 1",
        PAGE_IV)
{
    struct stage stage;
    open_for_counts(&stage);
    struct blt blt = next_with(&stage, 10, 0 - (uint64_t)(stage.len / 16));
    stage_expect_shown(&stage, &blt, "a frame whose last block has count 2^64 - 1");
    stage_close(&stage);
}

RULE(iv, count_does_not_pass_its_end, "CP-2.5-125 CP-2.5-127 CP-6-13",
        "A frame whose count would pass 2^64 - 1 is refused: nothing carries into the IV", PAGE_IV)
{
    struct stage stage;
    open_for_counts(&stage);
    struct blt blt = next_with(&stage, 10, 0 - (uint64_t)(stage.len / 16) + 1);
    stage_expect_refused(&stage, &blt, "a frame of one block too many");
    blt = next_with(&stage, 11, UINT64_MAX);
    stage_expect_refused(&stage, &blt, "count 2^64 - 1 for more than one block");
    stage_close(&stage);
}
