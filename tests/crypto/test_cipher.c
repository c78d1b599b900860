/* SPDX-License-Identifier: MIT */
#include "crypto/cipher.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/random.h"
#include "tests/vectors/vectors.h"

static struct vit_slab *slab;

static void open_slab(void)
{
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
}

static void close_slab(void)
{
    vit_slab_destroy(slab);
}

TestSuite(cipher, .init = open_slab, .fini = close_slab);

static const char *const backends[] = { "openssl", "ipsec-mb" };

/* NULL when this machine or this build has no such back-end. */
static struct vit_cipher *make(const char *backend)
{
    struct vit_cipher *cipher = NULL;
    enum vit_status status = vit_cipher_create(slab, backend, &cipher);
    if (status == VIT_E_UNSUPPORTED && strcmp(backend, "ipsec-mb") == 0) {
        return NULL;
    }
    cr_assert_eq(status, VIT_OK);
    cr_assert_str_eq(vit_cipher_backend(cipher), backend);
    return cipher;
}

static void for_each_backend(void (*check)(struct vit_cipher *cipher))
{
    for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
        VIT_AUTO(cipher) cipher = make(backends[i]);
        if (cipher != NULL) {
            check(cipher);
        }
    }
}

/* The rule read literally, a byte at a time, with a new block cipher for each. */
static void reference(const uint8_t key[16], const uint8_t counter[16], uint64_t offset,
        const uint8_t *in, uint8_t *out, size_t len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t stream[16];
    for (size_t i = 0; i < len; i++) {
        uint64_t at = offset + i;
        if (i == 0 || at % 16 == 0) {
            uint8_t block[16];
            int block_len;
            memcpy(block, counter, 16);
            vit_store_be64(block + 8, vit_load_be64(counter + 8) + at / 16);
            cr_assert_eq(EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL), 1);
            cr_assert_eq(EVP_EncryptUpdate(ctx, stream, &block_len, block, 16), 1);
        }
        out[i] = in[i] ^ stream[at % 16];
    }
    EVP_CIPHER_CTX_free(ctx);
}

static void fill(uint8_t *bytes, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(seed >> 16);
    }
}

static void make_counter(uint8_t counter[16], uint64_t count)
{
    fill(counter, 8, 99);
    vit_store_be64(counter + 8, count);
}

static void run_once(struct vit_cipher *cipher, const uint8_t key[16], const uint8_t counter[16],
        uint64_t offset, const uint8_t *in, uint8_t *out, size_t len)
{
    cr_assert_eq(vit_ctr_begin(cipher, key, counter, offset), VIT_OK);
    cr_assert_eq(vit_ctr_update(cipher, in, out, len), VIT_OK);
    vit_ctr_end(cipher);
}

static const uint64_t edges[] = { 0, 1, 0xfffffffe, 0xffffffff, 0x100000000, 0x7ffffffffffffffe,
    0x00000100fffffffe, 0xfffffffffffffffe, 0xffffffffffffffff, 0xfffffffefffffffe,
    0xfffffffffffffff0, 0x00000000ffffffc0 };
enum { EDGE_COUNT = sizeof(edges) / sizeof(edges[0]) };

static void check_vectors(struct vit_cipher *cipher)
{
    struct vectors *vectors = vectors_load("ctr.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t key[16];
        uint8_t counter[16];
        uint8_t in[8192];
        uint8_t expected[8192];
        uint8_t out[8192];
        vector_exact(vector, "key", key, 16);
        vector_exact(vector, "counter", counter, 16);
        size_t len = vector_bytes(vector, "input", in, sizeof(in));
        vector_exact(vector, "output", expected, len);
        run_once(cipher, key, counter, vector_number(vector, "offset"), in, out, len);
        cr_assert_arr_eq(out, expected, len, "%s: %s", vit_cipher_backend(cipher),
                vector_text(vector, "name"));
    }
    vectors_free(vectors);
}

Test(cipher, ctr_gives_what_the_vectors_say)
{
    for_each_backend(check_vectors);
}

static void check_offsets(struct vit_cipher *cipher)
{
    static const uint8_t key[16] = { 7 };
    uint8_t in[320];
    uint8_t out[320];
    uint8_t expected[320];
    uint8_t counter[16];
    fill(in, sizeof(in), 1);
    for (size_t edge = 0; edge < EDGE_COUNT; edge++) {
        make_counter(counter, edges[edge]);
        for (uint64_t offset = 0; offset < 16; offset++) {
            for (size_t len = 0; len <= sizeof(in); len += len < 70 ? 1 : 17) {
                run_once(cipher, key, counter, offset, in, out, len);
                reference(key, counter, offset, in, expected, len);
                cr_assert_arr_eq(out, expected, len, "edge %zu offset %d len %zu", edge,
                        (int)offset, len);
            }
        }
    }
}

Test(cipher, ctr_equals_the_reference_at_every_offset_and_edge, .timeout = 60)
{
    for_each_backend(check_offsets);
}

static void check_long_skips(struct vit_cipher *cipher)
{
    static const uint64_t offsets[] = { 16, 31, 32, 4095, (uint64_t)16 << 32,
        ((uint64_t)16 << 32) - 17, ((uint64_t)1 << 63) + 5, UINT64_MAX };
    static const uint8_t key[16] = { 8 };
    uint8_t in[100] = { 0 };
    uint8_t out[100];
    uint8_t expected[100];
    uint8_t counter[16];
    make_counter(counter, 0xfffffffd);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        run_once(cipher, key, counter, offsets[i], in, out, 1);
        reference(key, counter, offsets[i], in, expected, 1);
        cr_assert_eq(out[0], expected[0]);
        if (offsets[i] < UINT64_MAX) {
            run_once(cipher, key, counter, offsets[i], in, out, sizeof(in));
            reference(key, counter, offsets[i], in, expected, sizeof(in));
            cr_assert_arr_eq(out, expected, sizeof(in), "offset %zu", i);
        }
    }
}

Test(cipher, ctr_skips_any_number_of_bytes)
{
    for_each_backend(check_long_skips);
}

static void check_odd_updates(struct vit_cipher *cipher)
{
    enum { LEN = 20000 };
    static uint8_t in[LEN];
    static uint8_t out[LEN];
    static uint8_t expected[LEN];
    uint8_t key[16];
    uint8_t counter[16];
    fill(in, sizeof(in), 2);
    fill(key, sizeof(key), 3);
    for (size_t edge = 0; edge < EDGE_COUNT; edge++) {
        make_counter(counter, edges[edge] - 300);
        reference(key, counter, 5, in, expected, LEN);
        cr_assert_eq(vit_ctr_begin(cipher, key, counter, 5), VIT_OK);
        unsigned seed = 17;
        for (size_t at = 0, part; at < LEN; at += part) {
            seed = seed * 1103515245u + 12345u;
            part = (seed >> 16) % 97;
            part = part < LEN - at ? part : LEN - at;
            cr_assert_eq(vit_ctr_update(cipher, in + at, out + at, part), VIT_OK);
        }
        vit_ctr_end(cipher);
        cr_assert_arr_eq(out, expected, LEN);
    }
}

Test(cipher, ctr_goes_on_over_many_updates_of_odd_sizes)
{
    for_each_backend(check_odd_updates);
}

static void check_in_place(struct vit_cipher *cipher)
{
    uint8_t data[1000];
    uint8_t expected[1000];
    static const uint8_t key[16] = { 9 };
    uint8_t counter[16];
    make_counter(counter, 0xfffffff0);
    for (size_t offset = 0; offset < 16; offset++) {
        fill(data, sizeof(data), 4);
        reference(key, counter, offset, data, expected, sizeof(data));
        run_once(cipher, key, counter, offset, data, data, sizeof(data));
        cr_assert_arr_eq(data, expected, sizeof(data));
    }
}

Test(cipher, ctr_works_in_place)
{
    for_each_backend(check_in_place);
}

static void check_unaligned(struct vit_cipher *cipher)
{
    uint8_t in[600];
    uint8_t out[600];
    uint8_t expected[600];
    static const uint8_t key[16] = { 10 };
    uint8_t counter[16];
    make_counter(counter, 3);
    fill(in, sizeof(in), 5);
    for (size_t shift = 0; shift < 16; shift++) {
        memset(out, 0xee, sizeof(out));
        run_once(cipher, key, counter, 0, in + shift, out + 15 - shift, 515);
        reference(key, counter, 0, in + shift, expected, 515);
        cr_assert_arr_eq(out + 15 - shift, expected, 515);
        cr_assert_eq(out[15 - shift + 515], 0xee, "not a byte more");
    }
}

Test(cipher, ctr_takes_buffers_at_any_address)
{
    for_each_backend(check_unaligned);
}

Test(cipher, backends_give_equal_bytes_for_random_runs)
{
    enum { LEN = 100000 };
    VIT_AUTO(cipher) ours = make("openssl");
    VIT_AUTO(cipher) theirs = make("ipsec-mb");
    if (theirs == NULL) {
        cr_skip_test("no ipsec-mb here");
    }
    static uint8_t in[LEN];
    static uint8_t one[LEN];
    static uint8_t other[LEN];
    for (int round = 0; round < 50; round++) {
        uint8_t random[40];
        cr_assert_eq(vit_random(random, sizeof(random)), VIT_OK);
        memset(random + 24 + round % 8, 0xff, 4);
        uint64_t offset = vit_load_be64(random + 32) >> 8;
        size_t len = (size_t)(offset % LEN);
        run_once(ours, random, random + 16, offset, in, one, len);
        run_once(theirs, random, random + 16, offset, in, other, len);
        cr_assert_arr_eq(one, other, len);
    }
}

static void check_long_run(struct vit_cipher *cipher)
{
    enum { LEN = 9 << 20 };
    uint8_t *data = calloc(1, LEN);
    uint8_t expected[4096];
    static const uint8_t key[16] = { 11 };
    uint8_t counter[16];
    make_counter(counter, 0xffffffff - (LEN / 16 - 40));
    run_once(cipher, key, counter, 0, data, data, LEN);
    memset(expected, 0, sizeof(expected));
    reference(key, counter, LEN - 4096, expected, expected, 4096);
    cr_assert_arr_eq(data + LEN - 4096, expected, 4096);
    free(data);
}

Test(cipher, ctr_run_of_megabytes_ends_as_the_reference)
{
    for_each_backend(check_long_run);
}

static void check_states(struct vit_cipher *cipher)
{
    static const uint8_t key[16] = { 12 };
    static const uint8_t counter[16] = { 13 };
    uint8_t data[16] = { 0 };
    vit_ctr_end(cipher);
    cr_assert_eq(vit_ctr_update(cipher, data, data, 16), VIT_E_STATE);
    cr_assert_eq(data[0], 0);
    cr_assert_eq(vit_ctr_begin(cipher, key, counter, 0), VIT_OK);
    cr_assert_eq(vit_ctr_update(cipher, NULL, NULL, 0), VIT_OK);
    vit_ctr_end(cipher);
    cr_assert_eq(vit_ctr_update(cipher, data, data, 16), VIT_E_STATE);
    vit_ctr_end(cipher);
}

Test(cipher, update_without_begin_is_refused)
{
    for_each_backend(check_states);
}

static void check_new_begin(struct vit_cipher *cipher)
{
    static const uint8_t first[16] = { 14 };
    static const uint8_t second[16] = { 15 };
    static const uint8_t counter[16] = { 16 };
    uint8_t data[50] = { 0 };
    uint8_t expected[50] = { 0 };
    cr_assert_eq(vit_ctr_begin(cipher, first, counter, 3), VIT_OK);
    cr_assert_eq(vit_ctr_update(cipher, data, data, 5), VIT_OK);
    memset(data, 0, sizeof(data));
    run_once(cipher, second, counter, 0, data, data, sizeof(data));
    reference(second, counter, 0, expected, expected, sizeof(expected));
    cr_assert_arr_eq(data, expected, sizeof(data));
}

Test(cipher, begin_starts_anew_without_an_end)
{
    for_each_backend(check_new_begin);
}

/* Looks for the 16 bytes in everything that the slab maps. */
static bool process_holds(const uint8_t secret[16])
{
    VIT_AUTO(stream) maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t first;
        uintptr_t end;
        char mode[5];
        if (sscanf(line, "%lx-%lx %4s", &first, &end, mode) != 3 || strcmp(mode, "rw-p") == 0 ||
                mode[1] != 'w') {
            continue;
        }
        if (memmem((void *)first, end - first, secret, 16) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_wiped(struct vit_cipher *cipher)
{
    uint8_t *key = vit_slab_alloc(slab, 16);
    uint8_t *stream = vit_slab_alloc(slab, 32);
    static const uint8_t counter[16] = { 17 };
    static const uint8_t zeros[16];
    uint8_t out[3];
    cr_assert_eq(vit_random(key, 16), VIT_OK);
    reference(key, counter, 0, zeros, stream, 16);
    cr_assert_eq(vit_ctr_begin(cipher, key, counter, 0), VIT_OK);
    cr_assert_eq(vit_ctr_update(cipher, zeros, out, 3), VIT_OK);

    uint8_t copy[16];
    memcpy(copy, stream, 16);
    vit_slab_free(slab, stream, 32);
    vit_slab_free(slab, key, 16);
    bool shared = strcmp(vit_slab_kind(slab), "memfd_secret") == 0;
    cr_assert(!shared || process_holds(copy), "the begun block is in the slab");
    vit_ctr_end(cipher);
    cr_assert_not(process_holds(copy));
}

Test(cipher, end_wipes_the_key_stream)
{
    for_each_backend(check_wiped);
}

static void check_content_keys(struct vit_cipher *cipher)
{
    struct vectors *vectors = vectors_load("content-key.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t session_key[16];
        uint8_t content_key[16];
        uint8_t wrapped[16];
        uint8_t out[16];
        vector_exact(vector, "session_key", session_key, 16);
        vector_exact(vector, "content_key", content_key, 16);
        vector_exact(vector, "wrapped", wrapped, 16);
        cr_assert_eq(vit_ecb_encrypt(cipher, session_key, content_key, out, 1), VIT_OK);
        cr_assert_arr_eq(out, wrapped, 16);
        cr_assert_eq(vit_ecb_decrypt(cipher, session_key, wrapped, wrapped, 1), VIT_OK);
        cr_assert_arr_eq(wrapped, content_key, 16);
    }
    vectors_free(vectors);
}

Test(cipher, ecb_wraps_and_unwraps_the_content_keys_of_the_vectors)
{
    for_each_backend(check_content_keys);
}

static void check_many_blocks(struct vit_cipher *cipher)
{
    static const uint8_t key[16] = { 18 };
    uint8_t in[160];
    uint8_t at_once[160];
    uint8_t one_by_one[160];
    fill(in, sizeof(in), 6);
    cr_assert_eq(vit_ecb_encrypt(cipher, key, in, at_once, 10), VIT_OK);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(vit_ecb_encrypt(cipher, key, in + 16 * i, one_by_one + 16 * i, 1), VIT_OK);
    }
    cr_assert_arr_eq(at_once, one_by_one, sizeof(in));
    cr_assert_eq(vit_ecb_decrypt(cipher, key, at_once, at_once, 10), VIT_OK);
    cr_assert_arr_eq(at_once, in, sizeof(in));
    cr_assert_eq(vit_ecb_decrypt(cipher, key, at_once, at_once, SIZE_MAX / 16), VIT_E_ARG);
}

Test(cipher, ecb_takes_many_blocks_and_refuses_too_many)
{
    for_each_backend(check_many_blocks);
}

static void check_omac(struct vit_cipher *cipher)
{
    struct vectors *vectors = vectors_load("omac.txt");
    for (size_t i = 0; i < vectors_count(vectors); i++) {
        const struct vector *vector = vectors_get(vectors, i);
        uint8_t key[16];
        uint8_t message[8192];
        uint8_t expected[16];
        uint8_t tag[16];
        vector_exact(vector, "key", key, 16);
        vector_exact(vector, "tag", expected, 16);
        size_t len = vector_bytes(vector, "message", message, sizeof(message));
        for (int repeat = 0; repeat < 2; repeat++) {
            memset(tag, 0, sizeof(tag));
            cr_assert_eq(vit_cmac(cipher, key, message, len, tag), VIT_OK);
            cr_assert_arr_eq(tag, expected, 16, "%s", vector_text(vector, "name"));
        }
        key[15] ^= 1;
        cr_assert_eq(vit_cmac(cipher, key, message, len, tag), VIT_OK);
        cr_assert_neq(memcmp(tag, expected, 16), 0);
    }
    vectors_free(vectors);
}

Test(cipher, cmac_gives_what_the_vectors_say)
{
    for_each_backend(check_omac);
}

Test(cipher, operations_do_not_disturb_each_other)
{
    VIT_AUTO(cipher) cipher = NULL;
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
    static const uint8_t key[16] = { 19 };
    static const uint8_t counter[16] = { 20 };
    uint8_t tag[16];
    uint8_t again[16];
    uint8_t data[33] = { 0 };
    cr_assert_eq(vit_cmac(cipher, key, data, 33, tag), VIT_OK);
    run_once(cipher, key, counter, 1, data, data, 33);
    cr_assert_eq(vit_ecb_encrypt(cipher, key, data, data, 2), VIT_OK);
    memset(data, 0, sizeof(data));
    cr_assert_eq(vit_cmac(cipher, key, data, 33, again), VIT_OK);
    cr_assert_arr_eq(tag, again, 16);
}

Test(cipher, unknown_backend_is_refused)
{
    struct vit_cipher *cipher = NULL;
    cr_assert_eq(vit_cipher_create(slab, "rot13", &cipher), VIT_E_UNSUPPORTED);
    cr_assert_null(cipher);
}

Test(cipher, backend_is_chosen_when_none_is_named)
{
    VIT_AUTO(cipher) cipher = NULL;
    cr_assert_eq(vit_cipher_create(slab, NULL, &cipher), VIT_OK);
    const char *name = vit_cipher_backend(cipher);
    cr_assert(strcmp(name, "openssl") == 0 || strcmp(name, "ipsec-mb") == 0);
}
