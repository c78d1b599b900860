/* SPDX-License-Identifier: MIT */
#include "crypto-session/srm.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/crypto-session/srm_maker.h"

/* Two vectors: two receivers and one. The highest bit is reserved. */
static const uint8_t vectors[] = { 0x82, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, /**/ 1, 11, 12, 13, 14,
    15 };

static EVP_PKEY *signer;
static struct vit_dsa_key *key;

static struct vit_dsa_key *public_of(EVP_PKEY *pair)
{
    char pem[4096];
    struct vit_dsa_key *read = NULL;
    size_t len = srm_write_key(pair, pem, sizeof(pem));
    cr_assert_eq(vit_dsa_key_read(pem, len, &read), VIT_OK);
    return read;
}

static void begin(void)
{
    signer = srm_make_key(1024, 160);
    key = public_of(signer);
}

static void end(void)
{
    vit_dsa_key_destroy(key);
    EVP_PKEY_free(signer);
}

TestSuite(srm, .init = begin, .fini = end);

/* Of a copy of exactly that length, so that a look behind it is seen. */
static enum vit_status read_exactly(const uint8_t *bytes, size_t len, struct vit_srm *srm)
{
    uint8_t *copy = malloc(len + 1);
    cr_assert_not_null(copy);
    memcpy(copy + 1, bytes, len);
    enum vit_status status = vit_srm_read(copy + 1, len, key, srm);
    free(copy);
    return status;
}

static size_t make(uint8_t *srm, uint16_t version)
{
    return srm_sign(signer, srm, srm_begin(srm, version, vectors, sizeof(vectors)));
}

static bool is_refused(const uint8_t *bytes, size_t len)
{
    struct vit_srm srm = { .version = 99 };
    enum vit_status status = read_exactly(bytes, len, &srm);
    cr_assert_eq(srm.version, 99, "untouched");
    return status == VIT_E_REFUSED;
}

Test(srm, tells_version_and_receivers_of_all_vectors)
{
    uint8_t bytes[256];
    struct vit_srm srm;
    cr_assert_eq(read_exactly(bytes, make(bytes, 0x1234), &srm), VIT_OK);
    cr_assert_eq(srm.version, 0x1234);
    cr_assert_eq(srm.count, 3);
    for (uint8_t i = 0; i < 15; i++) {
        cr_assert_eq(srm.ksvs[i], i + 1);
    }
    vit_srm_finish(&srm);
}

Test(srm, may_revoke_nobody)
{
    uint8_t bytes[256];
    struct vit_srm srm;
    static const uint8_t empty[] = { 0 };
    for (size_t len = 0; len <= sizeof(empty); len++) {
        size_t whole = srm_sign(signer, bytes, srm_begin(bytes, 1, empty, len));
        cr_assert_eq(read_exactly(bytes, whole, &srm), VIT_OK);
        cr_assert_eq(srm.count, 0);
        vit_srm_finish(&srm);
    }
}

Test(srm, refuses_every_truncation_and_what_is_too_long)
{
    uint8_t bytes[256] = { 0 };
    size_t len = make(bytes, 1);
    for (size_t i = 0; i < len; i++) {
        cr_assert(is_refused(bytes, i), "%zu", i);
    }
    cr_assert(is_refused(bytes, len + 1));
}

Test(srm, refuses_a_flipped_bit_anywhere)
{
    uint8_t bytes[256];
    size_t len = make(bytes, 1);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= (uint8_t)(1 << i % 8);
        cr_assert(is_refused(bytes, len), "%zu", i);
        bytes[i] ^= (uint8_t)(1 << i % 8);
    }
    struct vit_srm srm;
    cr_assert_eq(read_exactly(bytes, len, &srm), VIT_OK);
    vit_srm_finish(&srm);
}

Test(srm, refuses_another_key_and_none)
{
    uint8_t bytes[256];
    struct vit_srm srm;
    size_t len = make(bytes, 1);
    EVP_PKEY *other = srm_make_key(1024, 160);
    struct vit_dsa_key *other_key = public_of(other);
    cr_assert_eq(vit_srm_read(bytes, len, other_key, &srm), VIT_E_REFUSED);
    cr_assert_eq(vit_srm_read(bytes, len, NULL, &srm), VIT_E_REFUSED);
    vit_dsa_key_destroy(other_key);
    EVP_PKEY_free(other);
}

/* All of these are signed. */
Test(srm, refuses_what_is_no_such_list_whoever_signed_it)
{
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        { 0, 0x90 }, /* the second version of HDCP */
        { 0, 0x81 },
        { 4, 0 },     /* generation */
        { 8, 0x83 },  /* more receivers than there is room */
        { 8, 0x81 },  /* fewer: the rest is no vector */
        { 19, 0x02 }, /* the same in the last vector */
        { 19, 0x00 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[256];
        size_t len = srm_begin(bytes, 1, vectors, sizeof(vectors));
        bytes[rows[i].at] = rows[i].value;
        cr_assert(is_refused(bytes, srm_sign(signer, bytes, len)), "%zu", i);
    }
}

Test(srm, refuses_a_last_vector_that_is_cut_whoever_signed_it)
{
    for (size_t cut = 1; cut < 5; cut++) {
        uint8_t bytes[256];
        size_t len = srm_begin(bytes, 1, vectors, sizeof(vectors) - cut);
        cr_assert(is_refused(bytes, srm_sign(signer, bytes, len)), "%zu", cut);
    }
}

Test(srm, refuses_lengths_that_do_not_fit)
{
    static const uint32_t lengths[] = { 0, 42, 0xffffff };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint8_t bytes[256];
        size_t len = srm_begin(bytes, 1, vectors, sizeof(vectors));
        bytes[5] = (uint8_t)(lengths[i] >> 16);
        bytes[6] = (uint8_t)(lengths[i] >> 8);
        bytes[7] = (uint8_t)lengths[i];
        cr_assert(is_refused(bytes, srm_sign(signer, bytes, len)));
    }
}

Test(srm, does_not_look_behind_the_first_generation)
{
    uint8_t bytes[256] = { 0 };
    size_t len = srm_begin(bytes, 5, vectors, sizeof(vectors));
    bytes[4] = 2;
    len = srm_sign(signer, bytes, len);
    struct vit_srm srm;
    cr_assert_eq(read_exactly(bytes, len + 20, &srm), VIT_OK);
    cr_assert_eq(srm.count, 3);
    vit_srm_finish(&srm);
    cr_assert(is_refused(bytes, len - 1));
}

Test(srm, takes_the_longest_and_nothing_longer)
{
    static uint8_t bytes[VIT_SRM_FIRST_MAX_LEN + 64], room[VIT_SRM_FIRST_MAX_LEN];
    size_t most = VIT_SRM_FIRST_MAX_LEN - SRM_HEADER_LEN - SRM_SIGNATURE_LEN;
    struct vit_srm srm;
    size_t len = srm_sign(signer, bytes, srm_begin(bytes, 1, room, most));
    cr_assert_eq(len, VIT_SRM_FIRST_MAX_LEN);
    cr_assert_eq(read_exactly(bytes, len, &srm), VIT_OK);
    vit_srm_finish(&srm);
    cr_assert(is_refused(bytes, srm_sign(signer, bytes, srm_begin(bytes, 1, room, most + 1))));
}

Test(dsa, takes_keys_of_one_kind_only, .init = begin, .fini = end)
{
    char pem[4096];
    struct vit_dsa_key *read = NULL;
    size_t len = srm_write_key(signer, pem, sizeof(pem));
    for (size_t i = 0; i + 2 < len; i += 7) { /* the last line break may be missing */
        cr_assert_eq(vit_dsa_key_read(pem, i, &read), VIT_E_REFUSED, "%zu", i);
    }
    static const unsigned sizes[][2] = { { 1536, 160 }, { 1024, 224 } };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        EVP_PKEY *other = srm_make_key(sizes[i][0], sizes[i][1]);
        len = srm_write_key(other, pem, sizeof(pem));
        cr_assert_eq(vit_dsa_key_read(pem, len, &read), VIT_E_REFUSED);
        EVP_PKEY_free(other);
    }
    EVP_PKEY *rsa = EVP_RSA_gen(1024);
    len = srm_write_key(rsa, pem, sizeof(pem));
    cr_assert_eq(vit_dsa_key_read(pem, len, &read), VIT_E_REFUSED);
    EVP_PKEY_free(rsa);
    cr_assert_null(read);
}
