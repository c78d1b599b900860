/* SPDX-License-Identifier: MIT */
#include "crypto/kdf.h"

#include <criterion/criterion.h>
#include <string.h>

static struct vit_kdf *kdf;

static void open_kdf(void)
{
    cr_assert_eq(vit_kdf_create(&kdf), VIT_OK);
}

static void close_kdf(void)
{
    vit_kdf_destroy(kdf);
}

TestSuite(kdf, .init = open_kdf, .fini = close_kdf);

static struct vit_part text(const char *characters)
{
    return (struct vit_part){ characters, strlen(characters) };
}

Test(kdf, hash_is_that_of_the_parts_in_a_row_and_may_be_cut)
{
    const struct vit_part parts[] = { text("a"), text(""), { NULL, 0 }, text("bc") };
    static const uint8_t abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea };
    uint8_t out[9] = { 0 };
    cr_assert_eq(vit_kdf_hash(kdf, VIT_HASH_SHA256, parts, 4, out, 8), VIT_OK);
    cr_assert_arr_eq(out, abc, 8);
    cr_assert_eq(out[8], 0);
    uint8_t more[33];
    cr_assert_eq(vit_kdf_hash(kdf, VIT_HASH_SHA256, parts, 4, more, 33), VIT_E_ARG);
}

/* RFC 4231, test case 2 */
Test(kdf, hmac_of_the_standards_example)
{
    const struct vit_part key = text("Jefe");
    const struct vit_part parts[] = { text("what do ya want "), text("for nothing?") };
    static const uint8_t expected[] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e };
    uint8_t out[8];
    cr_assert_eq(vit_kdf_hmac(kdf, VIT_HASH_SHA256, &key, parts, 2, out, 8), VIT_OK);
    cr_assert_arr_eq(out, expected, 8);
}

Test(kdf, hmac_with_no_key_and_no_message)
{
    const struct vit_part none = { NULL, 0 };
    static const uint8_t expected[] = { 0xb6, 0x13, 0x67, 0x9a, 0x08, 0x14, 0xd9, 0xec };
    uint8_t out[8];
    cr_assert_eq(vit_kdf_hmac(kdf, VIT_HASH_SHA256, &none, &none, 1, out, 8), VIT_OK);
    cr_assert_arr_eq(out, expected, 8);
}

/* RFC 5869, test case 1 */
Test(kdf, hkdf_of_the_standards_example_and_its_limit)
{
    uint8_t secret[22], salt[13], info[10], prk[32], out[42];
    static uint8_t long_out[255 * 32 + 1];
    static const uint8_t expected[] = { 0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43,
        0x4f, 0x64, 0xd0, 0x36, 0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d,
        0xb0, 0x2d, 0x56, 0xec, 0xc4, 0xc5, 0xbf, 0x34, 0x00, 0x72, 0x08, 0xd5, 0xb8, 0x87, 0x18,
        0x58, 0x65 };
    memset(secret, 0x0b, sizeof(secret));
    for (uint8_t i = 0; i < 13; i++) {
        salt[i] = i;
    }
    for (uint8_t i = 0; i < 10; i++) {
        info[i] = (uint8_t)(0xf0 + i);
    }
    const struct vit_part of_secret = { secret, 22 }, of_salt = { salt, 13 },
                          of_info = { info, 10 }, of_prk = { prk, 32 };
    cr_assert_eq(vit_kdf_hkdf_extract(kdf, VIT_HASH_SHA256, &of_salt, &of_secret, prk), VIT_OK);
    cr_assert_eq(vit_kdf_hkdf_expand(kdf, VIT_HASH_SHA256, &of_prk, &of_info, out, 42), VIT_OK);
    cr_assert_arr_eq(out, expected, 42);
    cr_assert_eq(vit_kdf_hkdf_expand(kdf, VIT_HASH_SHA256, &of_prk, &of_info, long_out,
                         sizeof(long_out)),
            VIT_E_LIMIT);
    cr_assert_eq(vit_kdf_hkdf_expand(kdf, VIT_HASH_SHA256, &of_prk, &of_info, long_out,
                         sizeof(long_out) - 1),
            VIT_OK);
    cr_assert_arr_eq(long_out, expected, 42);
}

Test(kdf, concat_is_the_hash_of_counter_secret_and_parts)
{
    const struct vit_part secret = text("secret"), parts[] = { text("one"), text("two") };
    const struct vit_part first[] = { { "\0\0\0\1", 4 }, text("secretonetwo") };
    const struct vit_part second[] = { { "\0\0\0\2", 4 }, text("secretonetwo") };
    uint8_t out[70], expected[64];
    memset(out, 0xaa, sizeof(out));
    cr_assert_eq(vit_kdf_hash(kdf, VIT_HASH_SHA256, first, 2, expected, 32), VIT_OK);
    cr_assert_eq(vit_kdf_hash(kdf, VIT_HASH_SHA256, second, 2, expected + 32, 32), VIT_OK);
    cr_assert_eq(vit_kdf_concat(kdf, VIT_HASH_SHA256, &secret, parts, 2, out, 50), VIT_OK);
    cr_assert_arr_eq(out, expected, 50);
    cr_assert_eq(out[50], 0xaa);
}

Test(kdf, tls_prf_takes_secrets_of_odd_length)
{
    const struct vit_part even = text("secret"), odd = text("secrets"), label = text("label"),
                          seed = text("seed");
    uint8_t a[48], b[48], c[48];
    cr_assert_eq(vit_kdf_tls1(kdf, &even, &label, &seed, a, 48), VIT_OK);
    cr_assert_eq(vit_kdf_tls1(kdf, &odd, &label, &seed, b, 48), VIT_OK);
    cr_assert_eq(vit_kdf_tls12(kdf, VIT_HASH_SHA256, &odd, &label, &seed, c, 48), VIT_OK);
    cr_assert_arr_neq(a, b, 48);
    cr_assert_arr_neq(b, c, 48);
}
