/* SPDX-License-Identifier: MIT */
#include "tests/cng/cng.h"

/* Of "abc"; HMAC with "Jefe" of "what do ya want for nothing?" (RFC 4231, case 2). */
struct vector {
    LPCWSTR name;
    ULONG len;
    UCHAR digest[64], hmac[64];
};

static const struct vector vectors[] = {
    { BCRYPT_MD5_ALGORITHM, 16,
            { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1,
                    0x7f, 0x72 },
            { 0x75, 0x0c, 0x78, 0x3e, 0x6a, 0xb0, 0xb5, 0x03, 0xea, 0xa8, 0x6e, 0x31, 0x0a, 0x5d,
                    0xb7, 0x38 } },
    { BCRYPT_SHA1_ALGORITHM, 20,
            { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
                    0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d },
            { 0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74, 0x16, 0xd5, 0xf1, 0x84,
                    0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79 } },
    { BCRYPT_SHA256_ALGORITHM, 32,
            { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae,
                    0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff,
                    0x61, 0xf2, 0x00, 0x15, 0xad },
            { 0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
                    0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58,
                    0xb9, 0x64, 0xec, 0x38, 0x43 } },
    { BCRYPT_SHA384_ALGORITHM, 48,
            { 0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b, 0xb5, 0xa0, 0x3d, 0x69, 0x9a, 0xc6,
                    0x50, 0x07, 0x27, 0x2c, 0x32, 0xab, 0x0e, 0xde, 0xd1, 0x63, 0x1a, 0x8b, 0x60,
                    0x5a, 0x43, 0xff, 0x5b, 0xed, 0x80, 0x86, 0x07, 0x2b, 0xa1, 0xe7, 0xcc, 0x23,
                    0x58, 0xba, 0xec, 0xa1, 0x34, 0xc8, 0x25, 0xa7 },
            { 0xaf, 0x45, 0xd2, 0xe3, 0x76, 0x48, 0x40, 0x31, 0x61, 0x7f, 0x78, 0xd2, 0xb5, 0x8a,
                    0x6b, 0x1b, 0x9c, 0x7e, 0xf4, 0x64, 0xf5, 0xa0, 0x1b, 0x47, 0xe4, 0x2e, 0xc3,
                    0x73, 0x63, 0x22, 0x44, 0x5e, 0x8e, 0x22, 0x40, 0xca, 0x5e, 0x69, 0xe2, 0xc7,
                    0x8b, 0x32, 0x39, 0xec, 0xfa, 0xb2, 0x16, 0x49 } },
    { BCRYPT_SHA512_ALGORITHM, 64,
            { 0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc, 0x41, 0x73, 0x49, 0xae, 0x20,
                    0x41, 0x31, 0x12, 0xe6, 0xfa, 0x4e, 0x89, 0xa9, 0x7e, 0xa2, 0x0a, 0x9e, 0xee,
                    0xe6, 0x4b, 0x55, 0xd3, 0x9a, 0x21, 0x92, 0x99, 0x2a, 0x27, 0x4f, 0xc1, 0xa8,
                    0x36, 0xba, 0x3c, 0x23, 0xa3, 0xfe, 0xeb, 0xbd, 0x45, 0x4d, 0x44, 0x23, 0x64,
                    0x3c, 0xe8, 0x0e, 0x2a, 0x9a, 0xc9, 0x4f, 0xa5, 0x4c, 0xa4, 0x9f },
            { 0x16, 0x4b, 0x7a, 0x7b, 0xfc, 0xf8, 0x19, 0xe2, 0xe3, 0x95, 0xfb, 0xe7, 0x3b, 0x56,
                    0xe0, 0xa3, 0x87, 0xbd, 0x64, 0x22, 0x2e, 0x83, 0x1f, 0xd6, 0x10, 0x27, 0x0c,
                    0xd7, 0xea, 0x25, 0x05, 0x54, 0x97, 0x58, 0xbf, 0x75, 0xc0, 0x5a, 0x99, 0x4a,
                    0x6d, 0x03, 0x4f, 0x65, 0xf8, 0xf0, 0xe6, 0xfd, 0xca, 0xea, 0xb1, 0xa3, 0x4d,
                    0x4a, 0x6b, 0x4b, 0x63, 0x6e, 0x07, 0x0a, 0x38, 0xbc, 0xe7, 0x37 } },
    { BCRYPT_SHA3_256_ALGORITHM, 32,
            { 0x3a, 0x98, 0x5d, 0xa7, 0x4f, 0xe2, 0x25, 0xb2, 0x04, 0x5c, 0x17, 0x2d, 0x6b, 0xd3,
                    0x90, 0xbd, 0x85, 0x5f, 0x08, 0x6e, 0x3e, 0x9d, 0x52, 0x5b, 0x46, 0xbf, 0xe2,
                    0x45, 0x11, 0x43, 0x15, 0x32 },
            { 0xc7, 0xd4, 0x07, 0x2e, 0x78, 0x88, 0x77, 0xae, 0x35, 0x96, 0xbb, 0xb0, 0xda, 0x73,
                    0xb8, 0x87, 0xc9, 0x17, 0x1f, 0x93, 0x09, 0x5b, 0x29, 0x4a, 0xe8, 0x57, 0xfb,
                    0xe2, 0x64, 0x5e, 0x1b, 0xa5 } },
    { BCRYPT_SHA3_384_ALGORITHM, 48,
            { 0xec, 0x01, 0x49, 0x82, 0x88, 0x51, 0x6f, 0xc9, 0x26, 0x45, 0x9f, 0x58, 0xe2, 0xc6,
                    0xad, 0x8d, 0xf9, 0xb4, 0x73, 0xcb, 0x0f, 0xc0, 0x8c, 0x25, 0x96, 0xda, 0x7c,
                    0xf0, 0xe4, 0x9b, 0xe4, 0xb2, 0x98, 0xd8, 0x8c, 0xea, 0x92, 0x7a, 0xc7, 0xf5,
                    0x39, 0xf1, 0xed, 0xf2, 0x28, 0x37, 0x6d, 0x25 },
            { 0xf1, 0x10, 0x1f, 0x8c, 0xbf, 0x97, 0x66, 0xfd, 0x67, 0x64, 0xd2, 0xed, 0x61, 0x90,
                    0x3f, 0x21, 0xca, 0x9b, 0x18, 0xf5, 0x7c, 0xf3, 0xe1, 0xa2, 0x3c, 0xa1, 0x35,
                    0x08, 0xa9, 0x32, 0x43, 0xce, 0x48, 0xc0, 0x45, 0xdc, 0x00, 0x7f, 0x26, 0xa2,
                    0x1b, 0x3f, 0x5e, 0x0e, 0x9d, 0xf4, 0xc2, 0x0a } },
    { BCRYPT_SHA3_512_ALGORITHM, 64,
            { 0xb7, 0x51, 0x85, 0x0b, 0x1a, 0x57, 0x16, 0x8a, 0x56, 0x93, 0xcd, 0x92, 0x4b, 0x6b,
                    0x09, 0x6e, 0x08, 0xf6, 0x21, 0x82, 0x74, 0x44, 0xf7, 0x0d, 0x88, 0x4f, 0x5d,
                    0x02, 0x40, 0xd2, 0x71, 0x2e, 0x10, 0xe1, 0x16, 0xe9, 0x19, 0x2a, 0xf3, 0xc9,
                    0x1a, 0x7e, 0xc5, 0x76, 0x47, 0xe3, 0x93, 0x40, 0x57, 0x34, 0x0b, 0x4c, 0xf4,
                    0x08, 0xd5, 0xa5, 0x65, 0x92, 0xf8, 0x27, 0x4e, 0xec, 0x53, 0xf0 },
            { 0x5a, 0x4b, 0xfe, 0xab, 0x61, 0x66, 0x42, 0x7c, 0x7a, 0x36, 0x47, 0xb7, 0x47, 0x29,
                    0x2b, 0x83, 0x84, 0x53, 0x7c, 0xdb, 0x89, 0xaf, 0xb3, 0xbf, 0x56, 0x65, 0xe4,
                    0xc5, 0xe7, 0x09, 0x35, 0x0b, 0x28, 0x7b, 0xae, 0xc9, 0x21, 0xfd, 0x7c, 0xa0,
                    0xee, 0x7a, 0x0c, 0x31, 0xd0, 0x22, 0xa9, 0x5e, 0x1f, 0xc9, 0x2b, 0xa9, 0xd7,
                    0x7d, 0xf8, 0x83, 0x96, 0x02, 0x75, 0xbe, 0xb4, 0xe6, 0x20, 0x24 } },
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

/* NIST SP 800-38B, examples D.1 to D.3, the 40 bytes. */
struct cmac_vector {
    ULONG key_len;
    UCHAR key[32], tag[16];
};

static const UCHAR cmac_message[] = { 0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d,
    0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7,
    0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51, 0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11 };
static const struct cmac_vector cmac_vectors[] = {
    { 16,
            { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf,
                    0x4f, 0x3c },
            { 0xdf, 0xa6, 0x67, 0x47, 0xde, 0x9a, 0xe6, 0x30, 0x30, 0xca, 0x32, 0x61, 0x14, 0x97,
                    0xc8, 0x27 } },
    { 24,
            { 0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52, 0xc8, 0x10, 0xf3, 0x2b, 0x80, 0x90,
                    0x79, 0xe5, 0x62, 0xf8, 0xea, 0xd2, 0x52, 0x2c, 0x6b, 0x7b },
            { 0x8a, 0x1d, 0xe5, 0xbe, 0x2e, 0xb3, 0x1a, 0xad, 0x08, 0x9a, 0x82, 0xe6, 0xee, 0x90,
                    0x8b, 0x0e } },
    { 32,
            { 0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d,
                    0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10,
                    0xa3, 0x09, 0x14, 0xdf, 0xf4 },
            { 0xaa, 0xf3, 0xd8, 0xf1, 0xde, 0x56, 0x40, 0xc2, 0x32, 0xf5, 0xb1, 0x69, 0xb9, 0xc9,
                    0x11, 0xe6 } },
};

static PUCHAR text(const char *bytes)
{
    return (PUCHAR)bytes;
}

static void check_vector(const struct vector *vector)
{
    UCHAR digest[64];
    BCRYPT_ALG_HANDLE handle = open_provider(vector->name, 0);
    cr_assert_eq(ulong_property(handle, BCRYPT_HASH_LENGTH), vector->len);
    cr_assert_success(BCryptHash(handle, NULL, 0, text("abc"), 3, digest, vector->len));
    cr_assert_arr_eq(digest, vector->digest, vector->len);
    close_provider(handle);
    handle = open_provider(vector->name, BCRYPT_ALG_HANDLE_HMAC_FLAG);
    cr_assert_success(BCryptHash(handle, text("Jefe"), 4, text("what do ya want for nothing?"), 28,
            digest, vector->len));
    cr_assert_arr_eq(digest, vector->hmac, vector->len);
    close_provider(handle);
}

Test(hash, gives_the_standards_digests)
{
    for (size_t i = 0; i < VECTORS; i++) {
        check_vector(&vectors[i]);
    }
}

Test(hash, gives_the_same_in_pieces)
{
    for (size_t i = 0; i < VECTORS; i++) {
        BCRYPT_ALG_HANDLE handle = open_provider(vectors[i].name, BCRYPT_ALG_HANDLE_HMAC_FLAG);
        BCRYPT_HASH_HANDLE hash;
        UCHAR digest[64];
        cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, text("Jefe"), 4, 0));
        cr_assert_success(BCryptHashData(hash, text("what do ya "), 11, 0));
        cr_assert_success(BCryptHashData(hash, NULL, 0, 0));
        cr_assert_success(BCryptHashData(hash, text("want for nothing?"), 17, 0));
        cr_assert_success(BCryptFinishHash(hash, digest, vectors[i].len, 0));
        cr_assert_arr_eq(digest, vectors[i].hmac, vectors[i].len);
        cr_assert_success(BCryptDestroyHash(hash));
        close_provider(handle);
    }
}

Test(hash, aes_cmac_gives_the_standards_tags)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_AES_CMAC_ALGORITHM, 0);
    for (size_t i = 0; i < sizeof(cmac_vectors) / sizeof(cmac_vectors[0]); i++) {
        UCHAR tag[16];
        BCRYPT_HASH_HANDLE hash;
        cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, (PUCHAR)cmac_vectors[i].key,
                cmac_vectors[i].key_len, 0));
        cr_assert_success(BCryptHashData(hash, (PUCHAR)cmac_message, 7, 0));
        cr_assert_success(BCryptHashData(hash, (PUCHAR)cmac_message + 7, sizeof(cmac_message) - 7,
                0));
        cr_assert_success(BCryptFinishHash(hash, tag, sizeof(tag), 0));
        cr_assert_arr_eq(tag, cmac_vectors[i].tag, sizeof(tag));
        cr_assert_success(BCryptDestroyHash(hash));
    }
    close_provider(handle);
}

Test(hash, aes_cmac_wants_a_key_of_aes)
{
    UCHAR key[33] = { 0 };
    BCRYPT_HASH_HANDLE hash;
    cr_assert_eq(ulong_property(BCRYPT_AES_CMAC_ALG_HANDLE, BCRYPT_HASH_LENGTH), 16);
    for (ULONG len = 0; len <= sizeof(key); len++) {
        NTSTATUS wanted =
                len == 16 || len == 24 || len == 32 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        cr_assert_status(BCryptCreateHash(BCRYPT_AES_CMAC_ALG_HANDLE, &hash, NULL, 0, key, len, 0),
                wanted);
        if (wanted == STATUS_SUCCESS) {
            cr_assert_success(BCryptDestroyHash(hash));
        }
    }
}

Test(hash, only_what_takes_a_key_may_have_one)
{
    BCRYPT_HASH_HANDLE hash;
    cr_assert_status(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, text("key"), 3, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptCreateHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 3, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptCreateHash(BCRYPT_HMAC_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(hash, an_object_of_the_applications_must_be_large_enough)
{
    BCRYPT_HASH_HANDLE hash = NULL;
    ULONG len = ulong_property(BCRYPT_SHA256_ALG_HANDLE, BCRYPT_OBJECT_LENGTH);
    PUCHAR object = calloc(1, len);
    cr_assert_status(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, object, len - 1, NULL, 0, 0),
            STATUS_BUFFER_TOO_SMALL);
    cr_assert_null(hash);
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, object, len, NULL, 0, 0));
    BCRYPT_HASH_HANDLE copy;
    cr_assert_status(BCryptDuplicateHash(hash, &copy, object, len - 1, 0), STATUS_BUFFER_TOO_SMALL);
    cr_assert_success(BCryptDestroyHash(hash));
    free(object);
}

Test(hash, creating_refuses_bad_arguments)
{
    BCRYPT_HASH_HANDLE hash;
    cr_assert_status(BCryptCreateHash(NULL, &hash, NULL, 0, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptCreateHash(GARBAGE_HANDLE, &hash, NULL, 0, NULL, 0, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, NULL, NULL, 0, NULL, 0, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0x1000),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptCreateHash(BCRYPT_RNG_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0),
            STATUS_NOT_SUPPORTED);
}

Test(hash, a_wrong_digest_length_leaves_it_usable)
{
    BCRYPT_HASH_HANDLE hash;
    UCHAR digest[64];
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptHashData(hash, text("abc"), 3, 0));
    cr_assert_status(BCryptFinishHash(hash, digest, 31, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptFinishHash(hash, digest, 33, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptFinishHash(hash, NULL, 32, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHashData(hash, NULL, 1, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHashData(hash, text("x"), 1, 1), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptFinishHash(hash, digest, 32, 0));
    cr_assert_arr_eq(digest, vectors[2].digest, 32);
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(hash, a_finished_one_is_of_no_more_use)
{
    BCRYPT_HASH_HANDLE hash, copy;
    UCHAR digest[32];
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptFinishHash(hash, digest, 32, 0));
    cr_assert_status(BCryptHashData(hash, text("abc"), 3, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptFinishHash(hash, digest, 32, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDuplicateHash(hash, &copy, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroyHash(hash));
}

static void check_restart(BCRYPT_ALG_HANDLE handle, ULONG flags)
{
    BCRYPT_HASH_HANDLE hash;
    UCHAR digest[32];
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, text("Jefe"), 4, flags));
    for (int i = 0; i < 3; i++) {
        cr_assert_success(BCryptHashData(hash, text("what do ya want for nothing?"), 28, 0));
        cr_assert_success(BCryptFinishHash(hash, digest, 32, 0));
        cr_assert_arr_eq(digest, vectors[2].hmac, 32);
    }
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(hash, a_reusable_one_starts_again_with_its_key)
{
    check_restart(BCRYPT_HMAC_SHA256_ALG_HANDLE, BCRYPT_HASH_REUSABLE_FLAG);
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM,
            BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_HASH_REUSABLE_FLAG);
    cr_assert_eq(ulong_property(handle, BCRYPT_IS_REUSABLE_HASH), 1);
    check_restart(handle, 0);
    close_provider(handle);
}

Test(hash, a_reusable_plain_one_starts_again)
{
    BCRYPT_HASH_HANDLE hash;
    UCHAR digest[32];
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0,
            BCRYPT_HASH_REUSABLE_FLAG));
    for (int i = 0; i < 3; i++) {
        cr_assert_success(BCryptHashData(hash, text("abc"), 3, 0));
        cr_assert_success(BCryptFinishHash(hash, digest, 32, BCRYPT_HASH_DONT_RESET_FLAG));
        cr_assert_arr_eq(digest, vectors[2].digest, 32);
        cr_assert_success(BCryptFinishHash(hash, digest, 32, 0));
        cr_assert_arr_eq(digest, vectors[2].digest, 32);
    }
    cr_assert_success(BCryptDestroyHash(hash));
}

static void check_duplicate(BCRYPT_ALG_HANDLE handle, PUCHAR key, ULONG key_len, ULONG len)
{
    BCRYPT_HASH_HANDLE hash, copy;
    UCHAR a[64], b[64], wanted[64];
    cr_assert_success(BCryptHash(handle, key, key_len, text("abcdef"), 6, wanted, len));
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, key, key_len, 0));
    cr_assert_success(BCryptHashData(hash, text("abc"), 3, 0));
    cr_assert_success(BCryptDuplicateHash(hash, &copy, NULL, 0, 0));
    cr_assert_neq(hash, copy);
    cr_assert_success(BCryptHashData(hash, text("xyz"), 3, 0));
    cr_assert_success(BCryptHashData(copy, text("def"), 3, 0));
    cr_assert_success(BCryptFinishHash(hash, a, len, 0));
    cr_assert_success(BCryptDestroyHash(hash));
    cr_assert_success(BCryptFinishHash(copy, b, len, 0));
    cr_assert_success(BCryptDestroyHash(copy));
    cr_assert_arr_eq(b, wanted, len);
    cr_assert_arr_neq(a, b, len);
}

Test(hash, a_duplicate_goes_its_own_way)
{
    UCHAR key[16] = { 1 };
    check_duplicate(BCRYPT_SHA1_ALG_HANDLE, NULL, 0, 20);
    check_duplicate(BCRYPT_HMAC_SHA512_ALG_HANDLE, key, sizeof(key), 64);
    check_duplicate(BCRYPT_AES_CMAC_ALG_HANDLE, key, sizeof(key), 16);
}

Test(hash, duplicating_refuses_bad_arguments)
{
    BCRYPT_HASH_HANDLE hash, copy;
    cr_assert_success(BCryptCreateHash(BCRYPT_SHA256_ALG_HANDLE, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_status(BCryptDuplicateHash(NULL, &copy, NULL, 0, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDuplicateHash(hash, NULL, NULL, 0, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDuplicateHash(hash, &copy, NULL, 0, 1), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDuplicateHash(hash, &copy, NULL, 8, 0), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(hash, destroying_what_is_none_is_a_bad_parameter)
{
    BCRYPT_ALG_HANDLE handle = open_provider(BCRYPT_SHA256_ALGORITHM, 0);
    BCRYPT_HASH_HANDLE hash;
    cr_assert_status(BCryptDestroyHash(NULL), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDestroyHash(GARBAGE_HANDLE), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDestroyHash(handle), STATUS_INVALID_PARAMETER);
    cr_assert_success(BCryptCreateHash(handle, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptDestroyHash(hash));
    cr_assert_status(BCryptDestroyHash(hash), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHashData(hash, text("abc"), 3, 0), STATUS_INVALID_HANDLE);
    close_provider(handle);
}

Test(hash, in_one_go_refuses_bad_arguments)
{
    UCHAR digest[64];
    BCRYPT_ALG_HANDLE handle = BCRYPT_SHA256_ALG_HANDLE;
    cr_assert_status(BCryptHash(handle, NULL, 0, text("abc"), 3, NULL, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(handle, NULL, 0, text("abc"), 3, NULL, 32),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(handle, NULL, 0, text("abc"), 3, digest, 31),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(handle, NULL, 0, NULL, 3, digest, 32), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptHash(NULL, NULL, 0, NULL, 0, digest, 32), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHash(BCRYPT_RNG_ALG_HANDLE, NULL, 0, NULL, 0, digest, 32),
            STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptHash(handle, NULL, 0, NULL, 0, digest, 32));
}

/* Keys from passwords (RFC 6070). */
struct pbkdf2_vector {
    const char *password;
    ULONG password_len;
    const char *salt;
    ULONG salt_len;
    ULONGLONG iterations;
    ULONG len;
    UCHAR key[25];
};

static const struct pbkdf2_vector pbkdf2_vectors[] = {
    { "password", 8, "salt", 4, 1, 20,
            { 0x0c, 0x60, 0xc8, 0x0f, 0x96, 0x1f, 0x0e, 0x71, 0xf3, 0xa9, 0xb5, 0x24, 0xaf, 0x60,
                    0x12, 0x06, 0x2f, 0xe0, 0x37, 0xa6 } },
    { "password", 8, "salt", 4, 2, 20,
            { 0xea, 0x6c, 0x01, 0x4d, 0xc7, 0x2d, 0x6f, 0x8c, 0xcd, 0x1e, 0xd9, 0x2a, 0xce, 0x1d,
                    0x41, 0xf0, 0xd8, 0xde, 0x89, 0x57 } },
    { "password", 8, "salt", 4, 4096, 20,
            { 0x4b, 0x00, 0x79, 0x01, 0xb7, 0x65, 0x48, 0x9a, 0xbe, 0xad, 0x49, 0xd9, 0x26, 0xf7,
                    0x21, 0xd0, 0x65, 0xa4, 0x29, 0xc1 } },
    { "passwordPASSWORDpassword", 24, "saltSALTsaltSALTsaltSALTsaltSALTsalt", 36, 4096, 25,
            { 0x3d, 0x2e, 0xec, 0x4f, 0xe4, 0x1c, 0x84, 0x9b, 0x80, 0xc8, 0xd8, 0x36, 0x62, 0xc0,
                    0xe4, 0x4a, 0x8b, 0x29, 0x1a, 0x96, 0x4c, 0xf2, 0xf0, 0x70, 0x38 } },
    { "pass\0word", 9, "sa\0lt", 5, 4096, 16,
            { 0x56, 0xfa, 0x6a, 0xa7, 0x55, 0x48, 0x09, 0x9d, 0xcc, 0x37, 0xd7, 0xf0, 0x34, 0x25,
                    0xe0, 0xc3 } },
};

Test(pbkdf2, gives_the_standards_keys)
{
    for (size_t i = 0; i < sizeof(pbkdf2_vectors) / sizeof(pbkdf2_vectors[0]); i++) {
        const struct pbkdf2_vector *vector = &pbkdf2_vectors[i];
        UCHAR key[26] = { 0 };
        cr_assert_success(BCryptDeriveKeyPBKDF2(BCRYPT_HMAC_SHA1_ALG_HANDLE, text(vector->password),
                vector->password_len, text(vector->salt), vector->salt_len, vector->iterations, key,
                vector->len, 0));
        cr_assert_arr_eq(key, vector->key, vector->len);
        cr_assert_eq(key[vector->len], 0);
    }
}

Test(pbkdf2, refuses_bad_arguments)
{
    UCHAR key[20];
    BCRYPT_ALG_HANDLE hmac = BCRYPT_HMAC_SHA1_ALG_HANDLE;
    cr_assert_success(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, 1, key, 20, 0));
    cr_assert_status(BCryptDeriveKeyPBKDF2(NULL, NULL, 0, NULL, 0, 1, key, 20, 0),
            STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 1, NULL, 0, 1, key, 20, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 1, 1, key, 20, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, 0, key, 20, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, (ULONGLONG)1 << 32, key, 20, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, 1, NULL, 20, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, 1, key, 0, 0),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(hmac, NULL, 0, NULL, 0, 1, key, 20, 1),
            STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyPBKDF2(BCRYPT_SHA1_ALG_HANDLE, NULL, 0, NULL, 0, 1, key, 20, 0),
            STATUS_NOT_SUPPORTED);
}

static BCRYPT_HASH_HANDLE hash_of_test(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_HASH_HANDLE hash;
    cr_assert_success(BCryptCreateHash(provider, &hash, NULL, 0, NULL, 0, 0));
    cr_assert_success(BCryptHashData(hash, text("test"), 4, 0));
    return hash;
}

Test(capi, keys_are_the_digest_or_twice_as_long)
{
    static const UCHAR short_key[] = { 0xa9, 0x4a, 0x8f, 0xe5, 0xcc, 0xb1, 0x9b, 0xa6, 0x1c, 0x4c,
        0x08, 0x73, 0xd3, 0x91, 0xe9, 0x87, 0x98, 0x2f, 0xbb, 0xd3 };
    static const UCHAR long_key[] = { 0x9b, 0x03, 0x17, 0x41, 0xf4, 0x75, 0x11, 0xac, 0xff, 0x22,
        0xee, 0x40, 0xbb, 0xe8, 0xf9, 0x74, 0x17, 0x26, 0xb6, 0xf2, 0xf8, 0xc7, 0x88, 0x02, 0x9a,
        0xdc, 0x0d, 0xd7, 0x83, 0x58, 0xea, 0x65, 0x2e, 0x8b, 0x85, 0xc6, 0xdb, 0xb7, 0xed, 0x1c };
    UCHAR key[40];
    BCRYPT_HASH_HANDLE hash = hash_of_test(BCRYPT_SHA1_ALG_HANDLE);
    cr_assert_success(BCryptDeriveKeyCapi(hash, NULL, key, 20, 0));
    cr_assert_arr_eq(key, short_key, 20);
    cr_assert_status(BCryptDeriveKeyCapi(hash, NULL, key, 20, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptHashData(hash, text("test"), 4, 0), STATUS_INVALID_HANDLE);
    cr_assert_success(BCryptDestroyHash(hash));
    hash = hash_of_test(BCRYPT_SHA1_ALG_HANDLE);
    cr_assert_success(BCryptDeriveKeyCapi(hash, NULL, key, 40, 0));
    cr_assert_arr_eq(key, long_key, 40);
    cr_assert_success(BCryptDestroyHash(hash));
}

Test(capi, refuses_bad_arguments)
{
    UCHAR key[41];
    BCRYPT_HASH_HANDLE hash = hash_of_test(BCRYPT_SHA1_ALG_HANDLE);
    BCRYPT_HASH_HANDLE keyed = hash_of_test(BCRYPT_HMAC_SHA1_ALG_HANDLE);
    cr_assert_status(BCryptDeriveKeyCapi(NULL, NULL, key, 20, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDeriveKeyCapi(hash, GARBAGE_HANDLE, key, 20, 0), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDeriveKeyCapi(NULL, NULL, NULL, 0, 1), STATUS_INVALID_HANDLE);
    cr_assert_status(BCryptDeriveKeyCapi(hash, NULL, NULL, 20, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyCapi(hash, NULL, key, 0, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyCapi(hash, NULL, key, 41, 0), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyCapi(hash, NULL, key, 20, 1), STATUS_INVALID_PARAMETER);
    cr_assert_status(BCryptDeriveKeyCapi(keyed, NULL, key, 20, 0), STATUS_NOT_SUPPORTED);
    cr_assert_success(BCryptDeriveKeyCapi(hash, NULL, key, 20, 0));
    cr_assert_success(BCryptDestroyHash(hash));
    cr_assert_success(BCryptDestroyHash(keyed));
}
