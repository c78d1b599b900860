/* SPDX-License-Identifier: MIT */
#include "certs/pair.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/key_ossl.h"
#include "tests/certs/forge.h"

static struct vit_pair *pair_of(const char *name)
{
    size_t len = 0;
    char *pem = forge_pem(name, &len);
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &pair), VIT_OK);
    free(pem);
    return pair;
}

struct answer {
    const char *text;
    int asked;
};

static int answer(void *context, char *out, int capacity)
{
    struct answer *answer = context;
    int len = (int)strlen(answer->text);
    answer->asked++;
    cr_assert_leq(len, capacity);
    memcpy(out, answer->text, (size_t)len);
    return len;
}

static int give_up(void *context, char *out, int capacity)
{
    (void)context;
    (void)out;
    (void)capacity;
    return -1;
}

Test(pair, is_generated_with_the_asked_number_of_bits)
{
    VIT_AUTO(pair) pair = NULL;
    VIT_AUTO(public_key) key = NULL;
    cr_assert_eq(vit_pair_generate(2048, &pair), VIT_OK);
    cr_assert_eq(vit_pair_public(pair, &key), VIT_OK);
    cr_assert_eq(EVP_PKEY_get_bits(vit_public_key_pkey(key)), 2048);
}

Test(pair, is_not_generated_too_short_or_too_long)
{
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_generate(2047, &pair), VIT_E_ARG);
    cr_assert_eq(vit_pair_generate(8193, &pair), VIT_E_ARG);
    cr_assert_null(pair);
}

Test(pair, gives_a_public_half_without_the_private_one)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    VIT_AUTO(public_key) key = NULL;
    cr_assert_eq(vit_pair_public(pair, &key), VIT_OK);
    BIGNUM *number = NULL;
    cr_assert_eq(EVP_PKEY_get_bn_param(vit_public_key_pkey(key), "d", &number), 0);
}

Test(pair, refuses_a_public_half_of_another_size_for_the_exchange)
{
    VIT_AUTO(pair) pair = pair_of("rsa3072");
    struct vit_public_key *key = NULL;
    cr_assert_eq(vit_pair_public(pair, &key), VIT_E_UNSUPPORTED);
    cr_assert_null(key);
}

Test(pair, comes_back_from_a_clear_file)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    char *pem = NULL;
    size_t len = 0;
    cr_assert_eq(vit_pair_write(pair, NULL, 0, &pem, &len), VIT_OK);
    static const char head[] = "-----BEGIN PRIVATE KEY-----";
    cr_assert_eq(memcmp(pem, head, sizeof(head) - 1), 0);
    cr_assert_not(vit_pair_is_encrypted(pem, len));
    VIT_AUTO(pair) again = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &again), VIT_OK);
    vit_pem_free(pem, len);
}

Test(pair, comes_back_from_an_encrypted_file_with_its_passphrase)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    char *pem = NULL;
    size_t len = 0;
    cr_assert_eq(vit_pair_write(pair, "open sesame", 11, &pem, &len), VIT_OK);
    cr_assert(vit_pair_is_encrypted(pem, len));
    struct answer right = { "open sesame", 0 };
    VIT_AUTO(pair) again = NULL;
    cr_assert_eq(vit_pair_read(pem, len, answer, &right, &again), VIT_OK);
    cr_assert_eq(right.asked, 1);
    vit_pem_free(pem, len);
}

Test(pair, is_refused_with_a_wrong_a_missing_or_no_passphrase)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    char *pem = NULL;
    size_t len = 0;
    cr_assert_eq(vit_pair_write(pair, "open sesame", 11, &pem, &len), VIT_OK);
    struct answer wrong = { "open simsim", 0 };
    struct vit_pair *again = NULL;
    cr_assert_eq(vit_pair_read(pem, len, answer, &wrong, &again), VIT_E_REFUSED);
    cr_assert_eq(vit_pair_read(pem, len, give_up, NULL, &again), VIT_E_REFUSED);
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &again), VIT_E_REFUSED);
    cr_assert_null(again);
    vit_pem_free(pem, len);
}

Test(pair, is_encrypted_by_aes_256_under_scrypt)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    char *pem = NULL;
    size_t len = 0;
    cr_assert_eq(vit_pair_write(pair, "x", 1, &pem, &len), VIT_OK);
    BIO *text = BIO_new_mem_buf(pem, (int)len);
    X509_SIG *encrypted = PEM_read_bio_PKCS8(text, NULL, NULL, NULL);
    cr_assert_not_null(encrypted);
    unsigned char *der = NULL;
    int der_len = i2d_X509_SIG(encrypted, &der);
    static const uint8_t scrypt[] = { 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 0x0b };
    static const uint8_t aes256_cbc[] = { 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a };
    cr_assert_not_null(memmem(der, (size_t)der_len, scrypt, sizeof(scrypt)));
    cr_assert_not_null(memmem(der, (size_t)der_len, aes256_cbc, sizeof(aes256_cbc)));
    OPENSSL_free(der);
    X509_SIG_free(encrypted);
    BIO_free(text);
    vit_pem_free(pem, len);
}

Test(pair, is_refused_when_its_file_is_cut_off)
{
    VIT_AUTO(pair) pair = pair_of("rsa2048-a");
    char *pem = NULL;
    size_t len = 0;
    cr_assert_eq(vit_pair_write(pair, NULL, 0, &pem, &len), VIT_OK);
    for (size_t cut = 0; cut < len - 1; cut += cut < len - 64 ? 7 : 1) {
        struct vit_pair *again = NULL;
        cr_assert_eq(vit_pair_read(pem, cut, NULL, NULL, &again), VIT_E_REFUSED, "%zu", cut);
        cr_assert_null(again);
    }
    vit_pem_free(pem, len);
}

Test(pair, is_refused_when_it_is_not_rsa)
{
    size_t len = 0;
    char *pem = forge_pem("ec256", &len);
    struct vit_pair *pair = NULL;
    cr_assert_eq(vit_pair_read(pem, len, NULL, NULL, &pair), VIT_E_REFUSED);
    cr_assert_null(pair);
    free(pem);
}

static size_t request_of(const char *name, const char *signer, unsigned char **der)
{
    EVP_PKEY *key = forge_key(name);
    EVP_PKEY *by = forge_key(signer);
    X509_REQ *request = X509_REQ_new();
    X509_REQ_set_pubkey(request, key);
    cr_assert(X509_REQ_sign(request, by, EVP_sha256()));
    int len = i2d_X509_REQ(request, der);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    EVP_PKEY_free(by);
    return (size_t)len;
}

Test(request, gives_the_key_that_it_is_for)
{
    unsigned char *der = NULL;
    size_t len = request_of("rsa2048-b", "rsa2048-b", &der);
    VIT_AUTO(public_key) key = NULL;
    cr_assert_eq(vit_request_key(der, len, &key), VIT_OK);
    EVP_PKEY *expected = forge_key("rsa2048-b");
    cr_assert_eq(EVP_PKEY_eq(vit_public_key_pkey(key), expected), 1);
    EVP_PKEY_free(expected);
    OPENSSL_free(der);
}

Test(request, is_refused_when_somebody_else_signed_it)
{
    unsigned char *der = NULL;
    size_t len = request_of("rsa2048-b", "rsa2048-c", &der);
    struct vit_public_key *key = NULL;
    cr_assert_eq(vit_request_key(der, len, &key), VIT_E_REFUSED);
    cr_assert_null(key);
    OPENSSL_free(der);
}

Test(request, is_refused_for_a_key_of_another_kind)
{
    unsigned char *der = NULL;
    size_t len = request_of("rsa3072", "rsa3072", &der);
    struct vit_public_key *key = NULL;
    cr_assert_eq(vit_request_key(der, len, &key), VIT_E_UNSUPPORTED);
    OPENSSL_free(der);
    der = NULL;
    len = request_of("ec256", "ec256", &der);
    cr_assert_eq(vit_request_key(der, len, &key), VIT_E_UNSUPPORTED);
    cr_assert_null(key);
    OPENSSL_free(der);
}

Test(request, is_refused_at_every_truncation)
{
    unsigned char *der = NULL;
    size_t len = request_of("rsa2048-b", "rsa2048-b", &der);
    for (size_t cut = 0; cut < len; cut++) {
        struct vit_public_key *key = NULL;
        cr_assert_eq(vit_request_key(der, cut, &key), VIT_E_REFUSED, "%zu", cut);
        cr_assert_null(key);
    }
    OPENSSL_free(der);
}
