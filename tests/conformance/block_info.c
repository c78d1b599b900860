/* SPDX-License-Identifier: MIT */
/* Partly encrypted buffers: which bytes are decrypted, and by which part of the key stream. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/stage.h"

RULE_GROUP(block_info, "DecryptionBlt: partly encrypted buffers");

#define PAGE "D3D11_1DDI_ENCRYPTED_BLOCK_INFO"

typedef D3D11_1DDI_ENCRYPTED_BLOCK_INFO INFO;

static void open_stage(struct stage *stage)
{
    stage_open(stage);
    RIG_NEED(&stage->rig, PARTIAL_DECRYPTION);
}

/* A new frame, encrypted as info says with a count that begins there. */
static struct blt next_with(struct stage *stage, const INFO *info, uint64_t count)
{
    struct blt blt = stage_next(stage);
    provider_iv(stage->iv, stage->stream.iv, count);
    stage_seal(stage, stage->stream.key, stage->iv, info, stage->next);
    blt.info = info;
    return blt;
}

static void expect_shown(struct stage *stage, INFO info)
{
    char what[96];
    snprintf(what, sizeof(what), "beginning %u, skip %u, encrypt %u",
            info.NumEncryptedBytesAtBeginning, info.NumBytesInSkipPattern,
            info.NumBytesInEncryptPattern);
    struct blt blt = next_with(stage, &info, 0);
    stage_expect_shown(stage, &blt, what);
}

RULE(block_info, null_is_everything, "CP-2.4-12 CP-2.5-128",
        "Without block info all of the buffer is encrypted", "PFND3D11_1DDI_DECRYPTIONBLT")
{
    struct stage stage;
    stage_open(&stage);
    struct blt blt = stage_next(&stage);
    blt.info = NULL;
    stage_expect_shown(&stage, &blt, "pEncryptedBlockInfo NULL");
    stage_close(&stage);
}

RULE(block_info, beginning_alone, "CP-2.2-04 CP-2.5-130",
        "With both patterns 0 only the beginning is encrypted, and the rest is taken as it is",
        PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 16, 0, 0 });
    expect_shown(&stage, (INFO){ 1024, 0, 0 });
    stage_close(&stage);
}

RULE(block_info, pattern_repeats_to_the_end, "CP-2.2-04 CP-2.5-131",
        "After the beginning, clear and encrypted runs alternate to the end of the buffer", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 0, 144, 16 });
    expect_shown(&stage, (INFO){ 64, 32, 48 });
    expect_shown(&stage, (INFO){ 32, 16, 160 });
    stage_close(&stage);
}

RULE(block_info, all_zero_is_all_clear, "CP-2.5-132",
        "Block info of zeros says that nothing is encrypted", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 0, 0, 0 });
    stage_close(&stage);
}

RULE(block_info, without_a_skip_all_is_encrypted, "CP-2.5-133",
        "An encrypted run after a clear one of no bytes: all is encrypted", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 0, 0, 16 });
    expect_shown(&stage, (INFO){ 32, 0, 64 });
    stage_close(&stage);
}

RULE(block_info, without_an_encrypted_run_the_rest_is_clear, "CP-2.5-134",
        "A clear run that is followed by an encrypted one of no bytes: the rest is clear", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 48, 16, 0 });
    expect_shown(&stage, (INFO){ 0, 1, 0 });
    stage_close(&stage);
}

RULE(block_info, runs_may_be_any_bytes, "CP-2.5-135 CP-6-12",
        "When the block alignment is 1, runs need not match the cipher's block", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    if (stage.rig.caps.BlockAlignmentSize != 1) {
        not_applicable("the driver wants runs in multiples of %u bytes",
                stage.rig.caps.BlockAlignmentSize);
    }
    expect_shown(&stage, (INFO){ 1, 0, 0 });
    expect_shown(&stage, (INFO){ 0, 20, 2 }); /* the page's own example */
    expect_shown(&stage, (INFO){ 7, 13, 5 });
    expect_shown(&stage, (INFO){ 17, 1, 31 });
    expect_shown(&stage, (INFO){ 3, 1, 1 });
    stage_close(&stage);
}

RULE(block_info, key_stream_stops_over_clear_bytes, "CP-2.5-136 CP-6-08",
        "The key stream advances over encrypted bytes only", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 0, 1024, 16 }); /* four runs, four blocks of key stream */
    stage_close(&stage);
}

RULE(block_info, beginning_may_be_longer_than_the_buffer, "CP-2.5-137",
        "A beginning as long as the buffer or longer: all is encrypted", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ (UINT)stage.len, 16, 16 });
    expect_shown(&stage, (INFO){ (UINT)stage.len + 16, 0, 0 });
    expect_shown(&stage, (INFO){ 0xFFFFFFF0, 0, 0 });
    stage_close(&stage);
}

RULE(block_info, sums_do_not_overflow, "CP-2.5-138",
        "Runs near 2^32 bytes are what they say: their sums are not cut to 32 bits", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 16, 0xFFFFFFF0, 16 });
    expect_shown(&stage, (INFO){ 16, 16, 0xFFFFFFF0 });
    expect_shown(&stage, (INFO){ 0, 0xFFFFFFF0, 0xFFFFFFF0 });
    expect_shown(&stage, (INFO){ 0xFFFFFFF0, 0xFFFFFFF0, 0xFFFFFFF0 });
    stage_close(&stage);
}

RULE(block_info, last_run_ends_with_the_buffer, "CP-2.5-139",
        "The last run is cut at the end of the buffer", PAGE)
{
    struct stage stage;
    open_stage(&stage);
    expect_shown(&stage, (INFO){ 0, 4080, 4080 });
    expect_shown(&stage, (INFO){ 16, 48, 4096 });
    expect_shown(&stage, (INFO){ 0, 1008, 1008 });
    stage_close(&stage);
}

RULE(block_info, only_encrypted_bytes_are_counted, "CP-2.5-140 CP-6-13",
        "Whether the count would pass its end depends on the encrypted bytes alone", PAGE)
{
    struct stage stage;
    const INFO info = { 32, 0, 0 };
    open_stage(&stage);
    if ((stage.rig.caps.Caps & D3D11_1DDI_CONTENT_PROTECTION_CAPS_SEQUENTIAL_CTR_IV) != 0) {
        not_applicable("the driver demands sequential counts (SEQUENTIAL_CTR_IV)");
    }
    struct blt blt = next_with(&stage, &info, UINT64_MAX - 1);
    stage_expect_shown(&stage, &blt, "two encrypted blocks up to count 2^64 - 1");
    blt = next_with(&stage, &info, UINT64_MAX);
    stage_expect_refused(&stage, &blt, "two encrypted blocks from count 2^64 - 1");
    stage_close(&stage);
}

RULE(block_info, advances_the_iv_like_a_whole_frame, "CP-2.5-101",
        "A partly encrypted frame uses up its IV like any other", "PFND3DDDI_DECRYPTIONBLT")
{
    struct stage stage;
    const INFO info = { 16, 16, 16 };
    open_stage(&stage);
    struct blt blt = next_with(&stage, &info, 0);
    stage_expect_shown(&stage, &blt, "a partly encrypted frame");
    stage_expect_refused(&stage, &blt, "the same IV again");
    stage_close(&stage);
}

/* Drivers and devices cut long frames into steps and treat long runs in another way than short
 * ones: patterns go on across all of that. */
enum { LARGE_WIDTH = 1024, LARGE_HEIGHT = 640, LARGE_MAX_LEN = 4 << 20 };

struct large {
    struct stage stage;
    struct vit_resource *staging, *picture;
    size_t len;
    uint8_t *clear, *bytes;
};

static void open_large(struct large *large)
{
    D3D10DDI_MAPPED_SUBRESOURCE mapped;
    open_stage(&large->stage);
    struct vit_device *device = large->stage.rig.device;
    large->staging = rig_resource(device, VIT_USE_STAGING, DXGI_FORMAT_B8G8R8A8_UNORM, LARGE_WIDTH,
            LARGE_HEIGHT);
    large->picture = rig_resource(device, VIT_USE_PROTECTED, DXGI_FORMAT_B8G8R8A8_UNORM,
            LARGE_WIDTH, LARGE_HEIGHT);
    expect_code(vit_resource_map(large->staging, D3D10_DDI_MAP_WRITE, &mapped), S_OK, "map");
    large->len = (size_t)mapped.RowPitch * LARGE_HEIGHT;
    vit_resource_unmap(large->staging);
    cr_assert_leq(large->len, (size_t)LARGE_MAX_LEN);
    large->clear = rig_memory(&large->stage.rig, large->len);
    large->bytes = rig_memory(&large->stage.rig, large->len);
}

static void close_large(struct large *large)
{
    vit_resource_destroy(large->picture);
    vit_resource_destroy(large->staging);
    stage_close(&large->stage);
}

static void expect_large_shown(struct large *large, INFO info)
{
    struct stage *stage = &large->stage;
    struct blt blt = stage_next(stage);
    provider_random(large->clear, large->len);
    memcpy(large->bytes, large->clear, large->len);
    provider_ctr(stage->stream.key, stage->iv, &info, large->bytes, large->len);
    rig_write(large->staging, large->bytes, large->len);
    blt.source = large->staging->handle;
    blt.destination = large->picture->handle;
    blt.info = &info;
    rig_decrypt(stage->rig.device, &blt);
    expect_accepted(stage->rig.device, "a pattern over a large frame");
    rig_read_back(&stage->rig, &stage->stream, large->picture, large->bytes, large->len);
    for (size_t i = 0; i < large->len; i++) {
        cr_assert_eq(large->bytes[i], large->clear[i],
                "beginning %u, skip %u, encrypt %u: byte %zu of %zu is wrong",
                info.NumEncryptedBytesAtBeginning, info.NumBytesInSkipPattern,
                info.NumBytesInEncryptPattern, i, large->len);
    }
}

RULE(block_info, holds_over_a_large_frame, "CP-2.5-131 CP-2.5-136",
        "Short and long runs follow each other to the end of a frame of megabytes", PAGE)
{
    static const INFO infos[] = {
        { 64, 144, 16 },
        { 4096, 48, 80 },
        { 0, 1 << 17, 3 << 17 },
        { 3 << 18, 16, 1 << 16 },
        { 1 << 20, 0, 0 },
    };
    struct large large;
    open_large(&large);
    for (unsigned i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        expect_large_shown(&large, infos[i]);
    }
    close_large(&large);
}

RULE(block_info, odd_runs_hold_over_a_large_frame, "CP-2.5-135 CP-2.5-136",
        "Runs of odd lengths do the same, when the block alignment is 1", PAGE)
{
    static const INFO infos[] = { { 33, 13, 5 }, { 1, 70001, 130003 }, { 500001, 3, 1 } };
    struct large large;
    open_large(&large);
    if (large.stage.rig.caps.BlockAlignmentSize != 1) {
        not_applicable("the driver wants runs in multiples of %u bytes",
                large.stage.rig.caps.BlockAlignmentSize);
    }
    for (unsigned i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        expect_large_shown(&large, infos[i]);
    }
    close_large(&large);
}

RULE(block_info, sums_do_not_overflow_in_a_large_frame, "CP-2.5-138",
        "Runs near 2^32 bytes are what they say in a frame of megabytes, too", PAGE)
{
    static const INFO infos[] = { { 16, 0xFFFFFFF0, 16 }, { 16, 0xFFFFFF00, 0x110 },
        { 0, 1 << 20, 0xFFF00000 } };
    struct large large;
    open_large(&large);
    for (unsigned i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        expect_large_shown(&large, infos[i]);
    }
    close_large(&large);
}

RULE(block_info, works_with_a_content_key, "CP-2.5-131 CP-2.5-113",
        "Partly encrypted frames are decrypted with a content key, too", PAGE)
{
    struct stage stage;
    uint8_t key[16], wrapped[16];
    const INFO info = { 32, 144, 16 };
    open_stage(&stage);
    RIG_NEED(&stage.rig, CONTENT_KEY);
    struct blt blt = stage_next(&stage);
    provider_random(key, sizeof(key));
    provider_wrap(stage.stream.key, key, wrapped);
    stage_seal(&stage, key, stage.iv, &info, stage.next);
    blt.info = &info;
    blt.content_key = wrapped;
    blt.content_key_size = sizeof(wrapped);
    stage_expect_shown(&stage, &blt, "a pattern under a content key");
    stage_close(&stage);
}
