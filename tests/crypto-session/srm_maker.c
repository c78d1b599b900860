/* SPDX-License-Identifier: MIT */
#include "tests/crypto-session/srm_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/dsa.h>
#include <openssl/pem.h>

#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: needs %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

EVP_PKEY *srm_make_key(unsigned modulus_bits, unsigned group_bits)
{
    EVP_PKEY *parameters = NULL;
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    NEED(context != NULL && EVP_PKEY_paramgen_init(context) == 1);
    NEED(EVP_PKEY_CTX_set_dsa_paramgen_bits(context, (int)modulus_bits) == 1);
    NEED(EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, (int)group_bits) == 1);
    NEED(EVP_PKEY_paramgen(context, &parameters) == 1);
    EVP_PKEY_CTX_free(context);
    context = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
    NEED(context != NULL && EVP_PKEY_keygen_init(context) == 1);
    NEED(EVP_PKEY_keygen(context, &key) == 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(parameters);
    return key;
}

size_t srm_write_key(EVP_PKEY *key, char *pem, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    NEED(bio != NULL && PEM_write_bio_PUBKEY(bio, key) == 1);
    int len = BIO_read(bio, pem, (int)size);
    NEED(len > 0 && BIO_pending(bio) == 0);
    BIO_free(bio);
    return (size_t)len;
}

size_t srm_begin(uint8_t *srm, uint16_t version, const uint8_t *vectors, size_t len)
{
    size_t length = 3 + len + SRM_SIGNATURE_LEN;
    const uint8_t header[SRM_HEADER_LEN] = { 0x80, 0, (uint8_t)(version >> 8), (uint8_t)version, 1,
        (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length };
    memcpy(srm, header, sizeof(header));
    if (len > 0) {
        memcpy(srm + sizeof(header), vectors, len);
    }
    return sizeof(header) + len;
}

size_t srm_sign(EVP_PKEY *key, uint8_t *srm, size_t len)
{
    uint8_t der[64];
    size_t der_len = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    NEED(context != NULL);
    NEED(EVP_DigestSignInit_ex(context, NULL, "SHA1", NULL, NULL, key, NULL) == 1);
    NEED(EVP_DigestSign(context, der, &der_len, srm, len) == 1);
    EVP_MD_CTX_free(context);
    const uint8_t *at = der;
    DSA_SIG *signature = d2i_DSA_SIG(NULL, &at, (long)der_len);
    const BIGNUM *r;
    const BIGNUM *s;
    NEED(signature != NULL);
    DSA_SIG_get0(signature, &r, &s);
    NEED(BN_bn2binpad(r, srm + len, SRM_SIGNATURE_LEN / 2) == SRM_SIGNATURE_LEN / 2);
    NEED(BN_bn2binpad(s, srm + len + SRM_SIGNATURE_LEN / 2, SRM_SIGNATURE_LEN / 2) ==
            SRM_SIGNATURE_LEN / 2);
    DSA_SIG_free(signature);
    return len + SRM_SIGNATURE_LEN;
}
