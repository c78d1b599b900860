/* SPDX-License-Identifier: MIT */
/* Content keys of DecryptionBlt. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(content_key, "DecryptionBlt: content keys");

#define PAGE "PFND3D11_1DDI_DECRYPTIONBLT"
#define PAGE_API "ID3D11VideoContext::DecryptionBlt"
#define PAGE_D3D9 "PFND3DDDI_DECRYPTIONBLT"

struct content {
    uint8_t key[16], wrapped[16];
};

static void open_stage(struct stage *stage)
{
    stage_open(stage);
    RIG_NEED(&stage->rig, CONTENT_KEY);
}

static void wrap(const struct stage *stage, struct content *content)
{
    provider_wrap(stage->stream.key, content->key, content->wrapped);
}

static void make(const struct stage *stage, struct content *content)
{
    provider_random(content->key, sizeof(content->key));
    wrap(stage, content);
}

/* A new frame under a content key with that IV. */
static struct blt next_with(struct stage *stage, const struct content *content, uint64_t iv)
{
    struct blt blt = stage_next(stage);
    provider_iv(stage->iv, iv, 0);
    stage_seal(stage, content->key, stage->iv, NULL, stage->next);
    blt.content_key = content->wrapped;
    blt.content_key_size = sizeof(content->wrapped);
    return blt;
}

static void expect_frame_shown(struct stage *stage, const struct content *content, uint64_t iv,
        const char *what)
{
    struct blt blt = next_with(stage, content, iv);
    stage_expect_shown(stage, &blt, what);
}

static void expect_frame_refused(struct stage *stage, const struct content *content, uint64_t iv,
        const char *what)
{
    struct blt blt = next_with(stage, content, iv);
    stage_expect_refused(stage, &blt, what);
}

RULE(content_key, is_encrypted_with_the_session_key, "CP-2.2-05 CP-2.5-113",
        "The content key comes encrypted with the session key by AES-ECB, and decrypts the frame",
        PAGE)
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    make(&stage, &content);
    expect_frame_shown(&stage, &content, 1, "a frame under a content key");
    stage_close(&stage);
}

RULE(content_key, is_not_the_session_key, "CP-2.5-113",
        "With a content key the frame is not decrypted with the session key", PAGE)
{
    struct stage stage;
    struct content content;
    uint8_t bytes[STAGE_MAX_LEN];
    open_stage(&stage);
    make(&stage, &content);
    struct blt blt = stage_next(&stage); /* under the session key */
    blt.content_key = content.wrapped;
    blt.content_key_size = sizeof(content.wrapped);
    rig_decrypt(stage.rig.device, &blt);
    expect_accepted(stage.rig.device, "DecryptionBlt with a content key");
    rig_read_back(&stage.rig, &stage.stream, stage.picture, bytes, stage.len);
    cr_assert_arr_neq(bytes, stage.next, stage.len, "the session key decrypted the frame");
    stage_close(&stage);
}

RULE(content_key, is_not_taken_unencrypted, "CP-2.5-113",
        "A content key that was not encrypted is not the key of the frame", PAGE)
{
    struct stage stage;
    struct content content;
    uint8_t bytes[STAGE_MAX_LEN];
    open_stage(&stage);
    make(&stage, &content);
    struct blt blt = next_with(&stage, &content, 1);
    blt.content_key = content.key;
    rig_decrypt(stage.rig.device, &blt);
    expect_accepted(stage.rig.device, "DecryptionBlt (the driver cannot know the key)");
    rig_read_back(&stage.rig, &stage.stream, stage.picture, bytes, stage.len);
    cr_assert_arr_neq(bytes, stage.next, stage.len, "the bytes were taken as the key itself");
    stage_close(&stage);
}

RULE(content_key, may_change_with_every_frame, "CP-2.5-109",
        "Every frame may have a content key of its own", PAGE_API)
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    for (unsigned i = 0; i < 40; i++) {
        make(&stage, &content);
        expect_frame_shown(&stage, &content, 1, "a frame with a new content key");
    }
    stage_close(&stage);
}

RULE(content_key, alternates_with_the_session_key, "CP-2.5-107 CP-2.5-109",
        "Frames with content keys and frames with the session key may alternate; IVs are counted "
        "under each key",
        PAGE_API)
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    make(&stage, &content);
    for (unsigned i = 1; i < 4; i++) {
        expect_frame_shown(&stage, &content, i, "a frame under the content key");
        struct blt blt = stage_next(&stage);
        stage_expect_shown(&stage, &blt, "a frame under the session key");
    }
    stage_close(&stage);
}

RULE(content_key, refuses_an_iv_again, "CP-2.5-107",
        "An IV that was used under a content key is refused under it, and so is a lower one",
        PAGE_D3D9)
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    make(&stage, &content);
    expect_frame_shown(&stage, &content, 10, "IV 10 under a content key");
    expect_frame_refused(&stage, &content, 10, "IV 10 again");
    expect_frame_refused(&stage, &content, 9, "IV 9 after 10");
    expect_frame_shown(&stage, &content, 11, "IV 11");
    stage_close(&stage);
}

RULE(content_key, ivs_are_remembered_over_other_keys, "CP-2.5-107",
        "IVs of a content key are remembered while others are used", PAGE_D3D9)
{
    struct stage stage;
    struct content first, other;
    open_stage(&stage);
    make(&stage, &first);
    expect_frame_shown(&stage, &first, 10, "IV 10 under the first content key");
    for (unsigned i = 0; i < 8; i++) {
        make(&stage, &other);
        expect_frame_shown(&stage, &other, 10, "IV 10 under another content key");
    }
    expect_frame_refused(&stage, &first, 10, "IV 10 under the first content key again");
    expect_frame_shown(&stage, &first, 11, "IV 11 under the first content key");
    stage_close(&stage);
}

RULE(content_key, refuses_another_size, "CP-2.5-111", "A ContentKeySize other than 16 is refused",
        PAGE)
{
    static const UINT sizes[] = { 0, 1, 15, 17, 32, 0xFFFFFFFF };
    struct stage stage;
    struct content content;
    open_stage(&stage);
    make(&stage, &content);
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct blt blt = next_with(&stage, &content, 1);
        blt.content_key_size = sizes[i];
        stage_expect_refused(&stage, &blt, "a ContentKeySize other than 16");
    }
    expect_frame_shown(&stage, &content, 1, "the same IV with the right size");
    stage_close(&stage);
}

RULE(content_key, null_means_the_session_key, "CP-2.5-112",
        "pContentKey NULL says that the session key is the key", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    struct blt blt = stage_next(&stage);
    blt.content_key = NULL;
    stage_expect_shown(&stage, &blt, "pContentKey NULL");
    stage_close(&stage);
}

RULE(content_key, is_wrapped_anew_after_a_refresh, "CP-2.5-114",
        "After a refresh content keys come encrypted with the new session key",
        "PFND3D11_1DDI_FINISHSESSIONKEYREFRESH")
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    RIG_NEED(&stage.rig, FRESHEN_SESSION_KEY);
    make(&stage, &content);
    expect_frame_shown(&stage, &content, 1, "a frame before the refresh");
    rig_refresh(&stage.stream);
    wrap(&stage, &content);
    expect_frame_shown(&stage, &content, 2, "the same content key under the new session key");
    make(&stage, &content);
    expect_frame_shown(&stage, &content, 1, "a new content key under the new session key");
    stage_close(&stage);
}

RULE(content_key, reuse_is_seen_through_a_refresh, "CP-2.5-107",
        "An IV that was used under a content key decrypts nothing under it after a refresh of the "
        "session key either",
        PAGE_D3D9)
{
    struct stage stage;
    struct content content;
    open_stage(&stage);
    RIG_NEED(&stage.rig, FRESHEN_SESSION_KEY);
    make(&stage, &content);
    expect_frame_shown(&stage, &content, 5, "IV 5 under a content key");
    rig_refresh(&stage.stream);
    wrap(&stage, &content);
    struct blt blt = next_with(&stage, &content, 5);
    rig_decrypt(stage.rig.device, &blt);
    (void)rig_take_reports(stage.rig.device); /* the device alone may see it, when it gets there */
    cr_assert(stage_is_intact(&stage), "an IV was used twice under one content key");
    stage_close(&stage);
}
