/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "crypto-session/blocks.h"

/* The published words, byte by byte. */
static bool is_encrypted(const struct vit_block_info *info, uint64_t at)
{
    if (info == NULL || at < info->prefix) {
        return true;
    }
    uint64_t period = (uint64_t)info->skip + info->encrypt;
    return period != 0 && (at - info->prefix) % period >= info->skip;
}

static void check(const struct vit_block_info *info, uint64_t total, uint64_t max_len)
{
    struct vit_blocks blocks;
    struct vit_block_run run;
    uint64_t at = 0, stream = 0;
    vit_blocks_init(&blocks, info, total);
    while (vit_blocks_next(&blocks, max_len, &run)) {
        cr_assert_eq(run.offset, at);
        cr_assert_gt(run.len, 0);
        cr_assert(max_len == 0 || run.len <= max_len);
        cr_assert_eq(run.stream_at, stream);
        for (uint64_t i = 0; i < run.len; i++) {
            cr_assert_eq(is_encrypted(info, at + i), run.encrypted, "byte %lu", (long)(at + i));
        }
        at += run.len;
        stream += run.encrypted ? run.len : 0;
    }
    cr_assert_eq(at, total);
    cr_assert_eq(stream, vit_blocks_encrypted(info, total));
}

Test(blocks, without_info_all_is_encrypted)
{
    check(NULL, 1000, 0);
    check(NULL, 1000, 16);
    check(NULL, 0, 0);
}

Test(blocks, every_small_pattern_equals_the_bytewise_rule)
{
    for (uint32_t prefix = 0; prefix < 5; prefix++) {
        for (uint32_t skip = 0; skip < 5; skip++) {
            for (uint32_t encrypt = 0; encrypt < 5; encrypt++) {
                struct vit_block_info info = { prefix, skip, encrypt };
                for (uint64_t total = 0; total < 24; total++) {
                    check(&info, total, 0);
                    check(&info, total, 3);
                }
            }
        }
    }
}

Test(blocks, skip_and_encrypt_zero_encrypts_only_the_prefix)
{
    struct vit_block_info info = { 20, 0, 0 };
    cr_assert_eq(vit_blocks_encrypted(&info, 100), 20);
    check(&info, 100, 0);
}

Test(blocks, the_published_example_of_unaligned_runs)
{
    struct vit_block_info info = { 20, 2, 20 };
    check(&info, 1000, 0);
}

Test(blocks, numbers_at_their_limits_do_not_overflow)
{
    struct vit_block_info info = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
    struct vit_blocks blocks;
    struct vit_block_run run;
    uint64_t total = UINT64_MAX, at = 0;
    vit_blocks_init(&blocks, &info, total);
    for (unsigned i = 0; i < 100 && vit_blocks_next(&blocks, 0, &run); i++) {
        cr_assert_eq(run.offset, at);
        cr_assert_eq(run.encrypted, i % 2 == 0);
        at += run.len;
    }
    cr_assert_leq(vit_blocks_encrypted(&info, total), total);
}

Test(blocks, no_info_reaches_beyond_four_gibibytes)
{
    struct vit_blocks blocks;
    struct vit_block_run run;
    vit_blocks_init(&blocks, NULL, 1ull << 40);
    cr_assert(vit_blocks_next(&blocks, 0, &run));
    cr_assert_eq(run.len, 1ull << 40);
    cr_assert_eq(vit_blocks_encrypted(NULL, 1ull << 40), 1ull << 40);
}
