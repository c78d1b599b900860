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

/* NIST's vectors for SP 800-108: counter mode, 32 bits in front; two rounds each. */
static const struct {
    enum vit_hash_id hash;
    size_t key_len;
    uint8_t key[32], input[60], output[40];
} counter_vectors[] = {
    { VIT_HASH_SHA1, 20,
            { 0x69, 0x3a, 0xdb, 0x90, 0x37, 0x18, 0x46, 0x27, 0xad, 0x30, 0x0f, 0x17, 0x69, 0x85,
                    0xbd, 0x37, 0x9f, 0x38, 0x8a, 0x95 },
            { 0x7f, 0x09, 0x57, 0x0c, 0x2d, 0x93, 0x04, 0xec, 0x74, 0x3a, 0xb8, 0x45, 0xa8, 0x76,
                    0x1c, 0x12, 0x6c, 0x18, 0xf5, 0xcf, 0x72, 0x35, 0x8e, 0xad, 0xa2, 0xb5, 0xd1,
                    0xde, 0xb4, 0x3d, 0xc6, 0xa0, 0xf4, 0xff, 0x8f, 0x93, 0x3b, 0xef, 0x7a, 0xf0,
                    0xbc, 0xfa, 0xcb, 0x33, 0xfa, 0x07, 0xf8, 0xca, 0x04, 0xa0, 0x6a, 0xfe, 0x23,
                    0x18, 0x35, 0xd5, 0x07, 0x59, 0x96, 0xbe },
            { 0x52, 0xf5, 0x5f, 0x51, 0x01, 0x0e, 0x9b, 0xd7, 0x8e, 0x4f, 0x58, 0xca, 0xb2, 0x74,
                    0xec, 0xaf, 0xa5, 0x61, 0xbd, 0x4e, 0x0f, 0x20, 0xda, 0x84, 0xf0, 0x30, 0x3a,
                    0x1e, 0x5f, 0xf9, 0xbe, 0xbc, 0x51, 0x43, 0x61, 0xec, 0x6d, 0xf5, 0xc7,
                    0x7e } },
    { VIT_HASH_SHA256, 32,
            { 0xc4, 0xbe, 0xdb, 0xdd, 0xb6, 0x64, 0x93, 0xe7, 0xc7, 0x25, 0x9a, 0x3b, 0xbb, 0xc2,
                    0x5f, 0x8c, 0x7e, 0x0c, 0xa7, 0xfe, 0x28, 0x4d, 0x92, 0xd4, 0x31, 0xd9, 0xcd,
                    0x99, 0xa0, 0xd2, 0x14, 0xac },
            { 0x1c, 0x69, 0xc5, 0x47, 0x66, 0x79, 0x1e, 0x31, 0x5c, 0x2c, 0xc5, 0xc4, 0x7e, 0xcd,
                    0x3f, 0xfa, 0xb8, 0x7d, 0x0d, 0x27, 0x3d, 0xd9, 0x20, 0xe7, 0x09, 0x55, 0x81,
                    0x4c, 0x22, 0x0e, 0xac, 0xac, 0xe6, 0xa5, 0x94, 0x65, 0x42, 0xda, 0x3d, 0xfe,
                    0x24, 0xff, 0x62, 0x6b, 0x48, 0x97, 0x89, 0x8c, 0xaf, 0xb7, 0xdb, 0x83, 0xbd,
                    0xff, 0x3c, 0x14, 0xfa, 0x46, 0xfd, 0x4b },
            { 0x1d, 0xa4, 0x76, 0x38, 0xd6, 0xc9, 0xc4, 0xd0, 0x4d, 0x74, 0xd4, 0x64, 0x0b, 0xbd,
                    0x42, 0xab, 0x81, 0x4d, 0x9e, 0x8c, 0xc2, 0x2f, 0x43, 0x26, 0x69, 0x52, 0x39,
                    0xf9, 0x6b, 0x06, 0x93, 0xf1, 0x2d, 0x0d, 0xd1, 0x15, 0x2c, 0xf4, 0x44,
                    0x30 } },
};

Test(kdf, counter_mode_of_the_standards_vectors)
{
    for (size_t i = 0; i < sizeof(counter_vectors) / sizeof(counter_vectors[0]); i++) {
        uint8_t out[40];
        const struct vit_part key = { counter_vectors[i].key, counter_vectors[i].key_len };
        const struct vit_part parts[] = { { counter_vectors[i].input, 13 },
            { counter_vectors[i].input + 13, 47 } };
        cr_assert_eq(vit_kdf_counter(kdf, counter_vectors[i].hash, &key, parts, 2, out, 40),
                VIT_OK);
        cr_assert_arr_eq(out, counter_vectors[i].output, 40);
        memset(out, 0, sizeof(out));
        cr_assert_eq(vit_kdf_counter(kdf, counter_vectors[i].hash, &key, parts, 2, out, 33),
                VIT_OK);
        cr_assert_arr_eq(out, counter_vectors[i].output, 33);
        cr_assert_eq(out[33], 0);
    }
}

Test(kdf, counter_mode_takes_eight_parts)
{
    struct vit_part parts[9];
    uint8_t out[8];
    const struct vit_part key = text("key");
    for (size_t i = 0; i < 9; i++) {
        parts[i] = text("part");
    }
    cr_assert_eq(vit_kdf_counter(kdf, VIT_HASH_SHA256, &key, parts, 8, out, 8), VIT_OK);
    cr_assert_eq(vit_kdf_counter(kdf, VIT_HASH_SHA256, &key, parts, 9, out, 8), VIT_E_ARG);
}
