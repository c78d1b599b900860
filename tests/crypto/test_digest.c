/* SPDX-License-Identifier: MIT */
#include "crypto/digest.h"

#include <criterion/criterion.h>

#include "crypto/random.h"

Test(digest, sha256_of_the_standards_examples)
{
    static const uint8_t of_abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
        0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4,
        0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
    static const uint8_t of_nothing[] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a,
        0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
        0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 };
    uint8_t digest[VIT_SHA256_LEN];
    cr_assert_eq(vit_sha256("abc", 3, digest), VIT_OK);
    cr_assert_arr_eq(digest, of_abc, VIT_SHA256_LEN);
    cr_assert_eq(vit_sha256("", 0, digest), VIT_OK);
    cr_assert_arr_eq(digest, of_nothing, VIT_SHA256_LEN);
}

Test(digest, equal_sees_every_bit)
{
    uint8_t a[16] = { 0 };
    uint8_t b[16] = { 0 };
    cr_assert(vit_equal(a, b, sizeof(a)));
    for (unsigned bit = 0; bit < 128; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_not(vit_equal(a, b, sizeof(a)));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    cr_assert(vit_equal(a, b, 0));
}

Test(random, gives_other_bytes_at_each_call)
{
    uint8_t a[32] = { 0 };
    uint8_t b[32] = { 0 };
    cr_assert_eq(vit_random(a, sizeof(a)), VIT_OK);
    cr_assert_eq(vit_random(b, sizeof(b)), VIT_OK);
    cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
}

Test(random, fills_all_it_is_told_to_and_no_more)
{
    uint8_t bytes[64];
    uint8_t seen[64] = { 0 };
    for (int round = 0; round < 20; round++) {
        memset(bytes, 0, sizeof(bytes));
        cr_assert_eq(vit_random(bytes, 63), VIT_OK);
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seen[i] |= bytes[i];
        }
    }
    for (size_t i = 0; i < 63; i++) {
        cr_assert_neq(seen[i], 0);
    }
    cr_assert_eq(seen[63], 0);
}

Test(random, refuses_an_absurd_length)
{
    uint8_t byte;
    cr_assert_eq(vit_random(&byte, SIZE_MAX), VIT_E_ARG);
}
