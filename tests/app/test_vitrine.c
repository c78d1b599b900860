/* SPDX-License-Identifier: MIT */
#include <vitrine.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/vectors/vectors.h"

#define FAR_FUTURE INT64_C(32503680000)

enum { FILE_MAX = 16384 };

static size_t read_file(const char *name, uint8_t *bytes)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", getenv("A"), name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    return len;
}

static struct vitrine_device *open_device(void)
{
    static uint8_t chain[FILE_MAX];
    static uint8_t root[FILE_MAX];
    size_t chain_len = read_file("dev.der", chain);
    size_t root_len = read_file("root.der", root);
    struct vitrine_device *device = NULL;
    char reason[VITRINE_REASON_LEN];
    cr_assert_eq(vitrine_device_verify(chain, chain_len, root, root_len, 0, reason, &device),
            VITRINE_OK, "%s", reason);
    cr_assert_str_empty(reason);
    return device;
}

/* By OpenSSL alone. */
static size_t unwrap(const uint8_t block[VITRINE_BLOCK_LEN], uint8_t *plaintext)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/dev.key", getenv("A"));
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    cr_assert_eq(EVP_PKEY_decrypt_init(context), 1);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha512());
    EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha512());
    size_t len = VITRINE_BLOCK_LEN;
    cr_assert_eq(EVP_PKEY_decrypt(context, plaintext, &len, block, VITRINE_BLOCK_LEN), 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    return len;
}

Test(status, has_a_name_for_every_value)
{
    cr_assert_str_eq(vitrine_status_name(VITRINE_OK), "ok");
    cr_assert_str_eq(vitrine_status_name(VITRINE_E_REFUSED), "refused");
    for (int i = 0; i <= VITRINE_E_IO; i++) {
        cr_assert_str_neq(vitrine_status_name((enum vitrine_status)i), "unknown");
    }
    cr_assert_str_eq(vitrine_status_name((enum vitrine_status)(VITRINE_E_IO + 1)), "unknown");
}

Test(device, tells_what_the_verified_leaf_says)
{
    struct vitrine_device *device = open_device();
    cr_assert_eq(vitrine_device_custody(device), VITRINE_CUSTODY_DRIVER);
    cr_assert_str_eq(vitrine_device_subject(device), "CN=Vitrine device");
    cr_assert_eq(strlen(vitrine_device_serial(device)), 32);
    vitrine_device_destroy(device);
    vitrine_device_destroy(NULL);
}

Test(device, is_refused_with_a_reason_and_without_room_for_one)
{
    uint8_t chain[FILE_MAX];
    uint8_t root[FILE_MAX];
    size_t chain_len = read_file("dev.der", chain);
    size_t root_len = read_file("root.der", root);
    struct vitrine_device *device = NULL;
    char reason[VITRINE_REASON_LEN];
    cr_assert_eq(vitrine_device_verify(chain, chain_len, root, root_len, FAR_FUTURE, reason,
                         &device),
            VITRINE_E_REFUSED);
    cr_assert(strstr(reason, "expired") != NULL, "%s", reason);
    cr_assert_eq(vitrine_device_verify(chain, chain_len, root, root_len, FAR_FUTURE, NULL, &device),
            VITRINE_E_REFUSED);
    cr_assert_eq(vitrine_device_verify(chain, chain_len - 1, root, root_len, 0, reason, &device),
            VITRINE_E_REFUSED);
    cr_assert(strstr(reason, "chain: is not 1 to 4 certificates") != NULL, "%s", reason);
    cr_assert_eq(vitrine_device_verify(chain, chain_len, root, root_len - 1, 0, reason, &device),
            VITRINE_E_REFUSED);
    cr_assert_eq(vitrine_device_verify(chain, 0, root, root_len, 0, reason, &device),
            VITRINE_E_REFUSED);
    cr_assert_null(device);
}

Test(device, may_be_asked_for_revocation)
{
    static uint8_t chain[FILE_MAX], root[FILE_MAX], lists[2 * FILE_MAX];
    size_t chain_len = read_file("dev.der", chain);
    size_t root_len = read_file("root.der", root);
    size_t root_list_len = read_file("root.crl", lists);
    size_t len = root_list_len + read_file("intermediate.crl", lists + root_list_len);
    struct vitrine_device *device = NULL;
    char reason[VITRINE_REASON_LEN];
    cr_assert_eq(vitrine_device_verify_revocation(chain, chain_len, root, root_len, lists, len, 0,
                         reason, &device),
            VITRINE_OK, "%s", reason);
    cr_assert_str_empty(reason);
    cr_assert_eq(vitrine_device_custody(device), VITRINE_CUSTODY_DRIVER);
    vitrine_device_destroy(device);
    device = NULL;
    const size_t lengths[] = { 0, root_list_len, len - 1 };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        cr_assert_eq(vitrine_device_verify_revocation(chain, chain_len, root, root_len,
                             i == 0 ? NULL : lists, lengths[i], 0, reason, &device),
                VITRINE_E_REFUSED);
        cr_assert_str_not_empty(reason);
    }
    cr_assert_eq(vitrine_device_verify_revocation(chain, chain_len, root, root_len, NULL, 1, 0,
                         NULL, &device),
            VITRINE_E_ARG);
    cr_assert_eq(vitrine_device_verify_revocation(NULL, 1, root, root_len, lists, len, 0, NULL,
                         &device),
            VITRINE_E_ARG);
    cr_assert_null(device);
}

Test(device, checks_its_arguments)
{
    uint8_t bytes[1] = { 0 };
    struct vitrine_device *device = NULL;
    cr_assert_eq(vitrine_device_verify(NULL, 1, bytes, 1, 0, NULL, &device), VITRINE_E_ARG);
    cr_assert_eq(vitrine_device_verify(bytes, 1, NULL, 1, 0, NULL, &device), VITRINE_E_ARG);
    cr_assert_eq(vitrine_device_verify(bytes, 1, bytes, 1, 0, NULL, NULL), VITRINE_E_ARG);
    cr_assert_null(device);
}

Test(exchange, carries_a_session_key)
{
    struct vitrine_device *device = open_device();
    uint8_t key[VITRINE_KEY_LEN];
    uint8_t block[VITRINE_BLOCK_LEN];
    uint8_t plaintext[VITRINE_BLOCK_LEN];
    cr_assert_eq(vitrine_random(key, sizeof(key)), VITRINE_OK);
    cr_assert_eq(vitrine_exchange_block(device, key, sizeof(key), block), VITRINE_OK);
    cr_assert_eq(unwrap(block, plaintext), sizeof(key));
    cr_assert_arr_eq(plaintext, key, sizeof(key));
    vitrine_device_destroy(device);
}

Test(exchange, gives_other_bytes_each_time)
{
    struct vitrine_device *device = open_device();
    uint8_t key[VITRINE_KEY_LEN] = { 0 };
    uint8_t one[VITRINE_BLOCK_LEN];
    uint8_t other[VITRINE_BLOCK_LEN];
    cr_assert_eq(vitrine_exchange_block(device, key, sizeof(key), one), VITRINE_OK);
    cr_assert_eq(vitrine_exchange_block(device, key, sizeof(key), other), VITRINE_OK);
    cr_assert_arr_neq(one, other, sizeof(one));
    vitrine_device_destroy(device);
}

Test(exchange, carries_126_bytes_and_refuses_127)
{
    struct vitrine_device *device = open_device();
    uint8_t long_text[VITRINE_PLAINTEXT_MAX + 1];
    uint8_t block[VITRINE_BLOCK_LEN] = { 0 };
    uint8_t plaintext[VITRINE_BLOCK_LEN];
    static const uint8_t zeros[VITRINE_BLOCK_LEN];
    memset(long_text, 7, sizeof(long_text));
    cr_assert_eq(vitrine_exchange_block(device, long_text, sizeof(long_text), block),
            VITRINE_E_ARG);
    cr_assert_arr_eq(block, zeros, sizeof(block));
    cr_assert_eq(vitrine_exchange_block(device, long_text, VITRINE_PLAINTEXT_MAX, block),
            VITRINE_OK);
    cr_assert_eq(unwrap(block, plaintext), VITRINE_PLAINTEXT_MAX);
    vitrine_device_destroy(device);
}

Test(exchange, checks_its_arguments)
{
    struct vitrine_device *device = open_device();
    uint8_t bytes[VITRINE_BLOCK_LEN] = { 0 };
    cr_assert_eq(vitrine_exchange_block(NULL, bytes, 16, bytes), VITRINE_E_ARG);
    cr_assert_eq(vitrine_exchange_block(device, NULL, 16, bytes), VITRINE_E_ARG);
    cr_assert_eq(vitrine_exchange_block(device, bytes, 16, NULL), VITRINE_E_ARG);
    cr_assert_eq(vitrine_random(NULL, 1), VITRINE_E_ARG);
    vitrine_device_destroy(device);
}

Test(opm, plaintext_lies_as_published)
{
    struct vitrine_opm_start start = { .status_sequence = 0x04030201,
        .command_sequence = 0x0d0c0b0a };
    memset(start.random, 0x11, sizeof(start.random));
    memset(start.signing_key, 0x22, sizeof(start.signing_key));
    uint8_t plaintext[VITRINE_OPM_PLAINTEXT_LEN];
    cr_assert_eq(vitrine_opm_plaintext(&start, plaintext), VITRINE_OK);
    cr_assert_arr_eq(plaintext, start.random, 16);
    cr_assert_arr_eq(plaintext + 16, start.signing_key, 16);
    static const uint8_t numbers[] = { 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d };
    cr_assert_arr_eq(plaintext + 32, numbers, sizeof(numbers));
    cr_assert_eq(vitrine_opm_plaintext(NULL, plaintext), VITRINE_E_ARG);
    cr_assert_eq(vitrine_opm_plaintext(&start, NULL), VITRINE_E_ARG);
}

static struct vitrine_cipher *cipher;

static void make_cipher(void)
{
    cr_assert_eq(vitrine_cipher_create(&cipher), VITRINE_OK);
}

static void end_cipher(void)
{
    vitrine_cipher_destroy(cipher);
}

TestSuite(key, .init = make_cipher, .fini = end_cipher);
TestSuite(frame, .init = make_cipher, .fini = end_cipher);

Test(key, is_wrapped_and_unwrapped_as_in_the_vectors)
{
    struct vectors *vectors = vectors_load("content-key.txt");
    cr_assert_gt(vectors_count(vectors), 0);
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t session_key[16];
        uint8_t content_key[16];
        uint8_t expected[16];
        uint8_t result[16];
        vector_exact(vector, "session_key", session_key, 16);
        vector_exact(vector, "content_key", content_key, 16);
        vector_exact(vector, "wrapped", expected, 16);
        cr_assert_eq(vitrine_key_wrap(cipher, session_key, content_key, result), VITRINE_OK);
        cr_assert_arr_eq(result, expected, 16);
        cr_assert_eq(vitrine_key_unwrap(cipher, session_key, result, result), VITRINE_OK);
        cr_assert_arr_eq(result, content_key, 16);
    }
    vectors_free(vectors);
}

Test(key, is_refreshed_as_in_the_vectors)
{
    struct vectors *vectors = vectors_load("refresh.txt");
    cr_assert_gt(vectors_count(vectors), 0);
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t key[16];
        uint8_t random[16];
        uint8_t fresh[16];
        vector_exact(vector, "session_key", key, 16);
        vector_exact(vector, "random", random, 16);
        vector_exact(vector, "fresh_key", fresh, 16);
        cr_assert_eq(vitrine_session_key_refresh(key, random), VITRINE_OK);
        cr_assert_arr_eq(key, fresh, 16);
    }
    vectors_free(vectors);
}

Test(key, functions_check_their_arguments)
{
    uint8_t key[16] = { 0 };
    cr_assert_eq(vitrine_cipher_create(NULL), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_wrap(NULL, key, key, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_wrap(cipher, NULL, key, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_wrap(cipher, key, NULL, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_wrap(cipher, key, key, NULL), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_unwrap(NULL, key, key, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_unwrap(cipher, NULL, key, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_unwrap(cipher, key, NULL, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_key_unwrap(cipher, key, key, NULL), VITRINE_E_ARG);
    cr_assert_eq(vitrine_session_key_refresh(NULL, key), VITRINE_E_ARG);
    cr_assert_eq(vitrine_session_key_refresh(key, NULL), VITRINE_E_ARG);
    cr_assert_eq(vitrine_iv_bytes(1, 2, NULL), VITRINE_E_ARG);
    vitrine_cipher_destroy(NULL);
}

Test(frame, is_sealed_and_opened_as_in_the_vectors)
{
    struct vectors *vectors = vectors_load("ctr.txt");
    size_t used = 0;
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        static uint8_t frame[1 << 16];
        static uint8_t clear[1 << 16];
        static uint8_t sealed[1 << 16];
        uint8_t key[16];
        uint8_t iv[16];
        size_t len = vector_bytes(vector, "input", clear, sizeof(clear));
        vector_exact(vector, "key", key, 16);
        vector_exact(vector, "counter", iv, 16);
        vector_exact(vector, "output", sealed, len);
        memcpy(frame, clear, len);
        uint64_t count = 0;
        for (int k = 8; k < 16; k++) {
            count = count << 8 | iv[k];
        }
        bool wraps = count > UINT64_MAX - (len + 15) / 16 + 1 && count != 0;
        if (vector_number(vector, "offset") != 0 || wraps) {
            continue;
        }
        used++;
        cr_assert_eq(vitrine_frame_seal(cipher, key, iv, NULL, frame, len), VITRINE_OK);
        cr_assert_arr_eq(frame, sealed, len);
        cr_assert_eq(vitrine_frame_open(cipher, key, iv, frame, len), VITRINE_OK);
        cr_assert_arr_eq(frame, clear, len);
    }
    cr_assert_gt(used, 0);
    vectors_free(vectors);
}

/* What the partial form must give, byte by byte, from the key stream of a whole frame of zeros. */
static void expect_partial(const struct vitrine_partial *partial, size_t len)
{
    static const uint8_t key[16] = "a content key...";
    uint8_t iv[16];
    uint8_t stream[256] = { 0 };
    uint8_t frame[256];
    uint8_t expected[256];
    cr_assert_eq(vitrine_iv_bytes(77, 0, iv), VITRINE_OK);
    cr_assert_eq(vitrine_frame_seal(cipher, key, iv, NULL, stream, sizeof(stream)), VITRINE_OK);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        frame[i] = (uint8_t)(3 * i);
        size_t period = (size_t)partial->skip + partial->encrypt;
        bool in_prefix = i < partial->prefix;
        bool in_pattern =
                !in_prefix && period > 0 && (i - partial->prefix) % period >= partial->skip;
        expected[i] = frame[i] ^ (in_prefix || in_pattern ? stream[used++] : 0);
    }
    cr_assert_eq(vitrine_frame_seal(cipher, key, iv, partial, frame, len), VITRINE_OK);
    cr_assert_arr_eq(frame, expected, len, "%u %u %u %zu", partial->prefix, partial->skip,
            partial->encrypt, len);
}

Test(frame, is_sealed_in_part_with_the_key_stream_going_on_over_encrypted_bytes_only)
{
    static const struct vitrine_partial cases[] = { { 0, 0, 0 }, { 20, 0, 0 }, { 500, 0, 0 },
        { 0, 144, 16 }, { 16, 144, 16 }, { 20, 2, 20 }, { 7, 3, 1 }, { 0, 5, 0 }, { 1, 0, 1 },
        { 0xffffffff, 0xffffffff, 0xffffffff }, { 0, 0xffffffff, 0xffffffff },
        { 3, 1, 0xffffffff } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t len = 0; len <= 256; len += len < 40 ? 1 : 36) {
            expect_partial(&cases[i], len);
        }
    }
}

Test(frame, is_refused_untouched_when_the_count_would_wrap)
{
    static const uint8_t key[16] = { 1 };
    uint8_t iv[16];
    uint8_t frame[33] = { 0 };
    static const uint8_t zeros[33];
    struct vitrine_partial prefix = { 32, 0, 0 };
    cr_assert_eq(vitrine_iv_bytes(1, UINT64_MAX - 1, iv), VITRINE_OK);
    cr_assert_eq(vitrine_frame_seal(cipher, key, iv, NULL, frame, 33), VITRINE_E_ARG);
    cr_assert_eq(vitrine_frame_open(cipher, key, iv, frame, 33), VITRINE_E_ARG);
    cr_assert_arr_eq(frame, zeros, 33);
    cr_assert_eq(vitrine_frame_seal(cipher, key, iv, NULL, frame, 32), VITRINE_OK);
    cr_assert_eq(vitrine_frame_seal(cipher, key, iv, &prefix, frame, 33), VITRINE_OK);
    cr_assert_arr_eq(frame, zeros, 33);
}

Test(frame, functions_check_their_arguments)
{
    uint8_t bytes[16] = { 0 };
    cr_assert_eq(vitrine_frame_seal(NULL, bytes, bytes, NULL, bytes, 16), VITRINE_E_ARG);
    cr_assert_eq(vitrine_frame_seal(cipher, NULL, bytes, NULL, bytes, 16), VITRINE_E_ARG);
    cr_assert_eq(vitrine_frame_seal(cipher, bytes, NULL, NULL, bytes, 16), VITRINE_E_ARG);
    cr_assert_eq(vitrine_frame_seal(cipher, bytes, bytes, NULL, NULL, 16), VITRINE_E_ARG);
    cr_assert_eq(vitrine_frame_seal(cipher, bytes, bytes, NULL, NULL, 0), VITRINE_OK);
    cr_assert_eq(vitrine_frame_open(cipher, bytes, bytes, NULL, 16), VITRINE_E_ARG);
}

Test(iv, lies_big_endian_as_the_pages_want_it)
{
    uint8_t bytes[16];
    static const uint8_t expected[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    cr_assert_eq(vitrine_iv_bytes(0x0102030405060708, 0x090a0b0c0d0e0f10, bytes), VITRINE_OK);
    cr_assert_arr_eq(bytes, expected, 16);
}
