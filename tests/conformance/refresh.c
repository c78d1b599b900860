/* SPDX-License-Identifier: MIT */
/* Refresh of the session key. */
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(refresh, "Refresh of the session key");

#define PAGE_START "PFND3D11_1DDI_STARTSESSIONKEYREFRESH"
#define PAGE_FINISH "PFND3D11_1DDI_FINISHSESSIONKEYREFRESH"

static void open_stage(struct stage *stage)
{
    stage_open(stage);
    RIG_NEED(&stage->rig, FRESHEN_SESSION_KEY);
}

static void start(struct stage *stage, uint8_t random[16])
{
    struct vit_device *device = stage->rig.device;
    memset(random, 0, 16);
    device->video.pfnStartSessionKeyRefresh(device->handle, stage->stream.session, 16, random);
    expect_accepted(device, "StartSessionKeyRefresh");
}

static void finish(struct stage *stage)
{
    struct vit_device *device = stage->rig.device;
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage->stream.session);
    expect_accepted(device, "FinishSessionKeyRefresh");
}

static void take(struct stage *stage, const uint8_t random[16])
{
    for (unsigned i = 0; i < 16; i++) {
        stage->stream.key[i] ^= random[i];
    }
}

RULE(refresh, start_gives_random_numbers, "CP-2.2-06 CP-2.4-13 CP-2.5-150",
        "StartSessionKeyRefresh gives 16 bytes that are new every time", PAGE_START)
{
    struct stage stage;
    uint8_t random[4][16];
    const uint8_t zeros[16] = { 0 };
    open_stage(&stage);
    for (unsigned i = 0; i < 4; i++) {
        start(&stage, random[i]);
        finish(&stage);
        take(&stage, random[i]);
        cr_assert_arr_neq(random[i], zeros, 16, "the random number is zero");
        for (unsigned j = 0; j < i; j++) {
            cr_assert_arr_neq(random[i], random[j], 16, "the same random number twice");
        }
    }
    stage_close(&stage);
}

RULE(refresh, old_key_is_in_force_until_the_end, "CP-2.5-151",
        "Between Start and Finish the old key decrypts, as if nothing had been asked", PAGE_START)
{
    struct stage stage;
    uint8_t random[16];
    open_stage(&stage);
    start(&stage, random);
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame under the old key, before Finish");
    finish(&stage);
    take(&stage, random);
    cr_assert(stage_is_intact(&stage), "the picture changed with the key");
    stage_close(&stage);
}

RULE(refresh, new_key_is_the_old_one_xor_the_number, "CP-2.4-14 CP-2.5-152",
        "After Finish the session key is the old one XOR the random number", PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    rig_refresh(&stage.stream);
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame under the new key");
    stage_close(&stage);
}

RULE(refresh, old_key_is_gone, "CP-2.5-153", "After Finish a frame under the old key is not shown",
        PAGE_FINISH)
{
    struct stage stage;
    uint8_t old[16], bytes[STAGE_MAX_LEN];
    open_stage(&stage);
    memcpy(old, stage.stream.key, 16);
    rig_refresh(&stage.stream);
    struct blt blt = stage_next(&stage);
    stage_seal(&stage, old, stage.iv, NULL, stage.next);
    rig_decrypt(stage.rig.device, &blt);
    expect_accepted(stage.rig.device, "DecryptionBlt (the driver cannot know the key)");
    rig_read_back(&stage.rig, &stage.stream, stage.picture, bytes, stage.len);
    cr_assert_arr_neq(bytes, stage.next, stage.len, "a frame under the old key was decrypted");
    stage_close(&stage);
}

RULE(refresh, can_be_repeated, "CP-2.5-159",
        "A session key can be refreshed again and again, each time from the key in force",
        PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    for (unsigned i = 0; i < 5; i++) {
        rig_refresh(&stage.stream);
        struct blt blt = stage_next(&stage);
        stage_expect_shown(&stage, &blt, "a frame after another refresh");
    }
    stage_close(&stage);
}

RULE(refresh, frees_the_ivs, "CP-2.5-108", "Under a new session key IVs begin anew", PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    stage.stream.iv = 1u << 30;
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame with a high IV");
    rig_refresh(&stage.stream); /* the rig's IV starts at 1 then */
    blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame with a low IV under a new key");
    stage_close(&stage);
}

RULE(refresh, finish_needs_a_start, "CP-2.4-14 CP-2.5-154",
        "FinishSessionKeyRefresh without a start is refused, and the key stays", PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    struct vit_device *device = stage.rig.device;
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.stream.session);
    expect_refused(device, "FinishSessionKeyRefresh without a start");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame under the same key");
    stage_close(&stage);
}

RULE(refresh, finishes_once, "CP-2.5-154",
        "A second Finish is refused, and the key stays what the first one made it", PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    struct vit_device *device = stage.rig.device;
    rig_refresh(&stage.stream);
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.stream.session);
    expect_refused(device, "a second FinishSessionKeyRefresh");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame under the refreshed key");
    stage_close(&stage);
}

static void expect_size_refused(UINT size)
{
    struct stage stage;
    uint8_t random[64];
    open_stage(&stage);
    struct vit_device *device = stage.rig.device;
    memset(random, 0xA5, sizeof(random));
    device->video.pfnStartSessionKeyRefresh(device->handle, stage.stream.session, size, random);
    expect_refused(device, "a RandomNumberSize that is not 16");
    expect_all(random, size < 16 ? size : 16, 0, "refused, but pRandomNumber is not zero");
    expect_all(random + size, sizeof(random) - size, 0xA5, "written behind the stated size");
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.stream.session);
    expect_refused(device, "FinishSessionKeyRefresh after a refused start");
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame under the same key");
    stage_close(&stage);
}

RULE(refresh, start_refuses_a_shorter_number, "CP-2.4-13 CP-2.5-155",
        "A RandomNumberSize below 16 is refused with zeros, and nothing was started", PAGE_START)
{
    expect_size_refused(15);
    expect_size_refused(0);
}

RULE(refresh, start_refuses_a_longer_number, "CP-2.4-13 CP-2.5-155",
        "A RandomNumberSize above 16 is refused with zeros, and nothing was started", PAGE_START)
{
    expect_size_refused(17);
    expect_size_refused(32);
}

RULE(refresh, start_refuses_no_place, "CP-2.5-156",
        "pRandomNumber NULL is refused, and nothing was started", PAGE_START)
{
    struct stage stage;
    open_stage(&stage);
    struct vit_device *device = stage.rig.device;
    device->video.pfnStartSessionKeyRefresh(device->handle, stage.stream.session, 16, NULL);
    expect_refused(device, "pRandomNumber NULL");
    device->video.pfnFinishSessionKeyRefresh(device->handle, stage.stream.session);
    expect_refused(device, "FinishSessionKeyRefresh after a refused start");
    stage_close(&stage);
}

RULE(refresh, is_one_session_s_alone, "CP-2.5-157",
        "Refreshing one session leaves the keys of others as they were", PAGE_FINISH)
{
    struct stage stage;
    struct stream other;
    open_stage(&stage);
    rig_stream(&stage.rig, stage.rig.device, &other);
    rig_refresh(&other);
    struct blt blt = stage_next(&stage);
    stage_expect_shown(&stage, &blt, "a frame of a session that was not refreshed");
    rig_destroy_session(stage.rig.device, other.session);
    stage_close(&stage);
}

RULE(refresh, read_back_key_comes_under_the_new_key, "CP-2.5-161",
        "A read-back key that is asked for after a refresh is encrypted with the new session key",
        PAGE_FINISH)
{
    struct stage stage;
    open_stage(&stage);
    RIG_NEED(&stage.rig, ENCRYPTED_READ_BACK_KEY);
    rig_refresh(&stage.stream);
    cr_assert(stage_is_intact(&stage),
            "the picture cannot be read back with a key that was asked for after a refresh");
    stage_close(&stage);
}
