/* SPDX-License-Identifier: MIT */
#include "crypto/dsa.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { MODULUS_BITS = 1024, GROUP_BITS = 160, HALF = VIT_DSA_SIGNATURE_LEN / 2 };

struct vit_dsa_key {
    EVP_PKEY *pkey;
};

VIT_DEFINE_AUTO(bio, BIO *, BIO_free_all)
VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_free)
VIT_DEFINE_AUTO(digest, EVP_MD_CTX *, EVP_MD_CTX_free)
VIT_DEFINE_AUTO(dsa_signature, DSA_SIG *, DSA_SIG_free)

static bool is_our_kind(const EVP_PKEY *pkey)
{
    VIT_AUTO(bignum) group = NULL;
    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_DSA && EVP_PKEY_get_bits(pkey) == MODULUS_BITS &&
            EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_FFC_Q, &group) == 1 &&
            BN_num_bits(group) == GROUP_BITS;
}

static enum vit_status read_key(const void *pem, size_t len, struct vit_dsa_key *key)
{
    if (len > VIT_DSA_PEM_MAX_LEN) {
        return VIT_E_REFUSED;
    }
    VIT_AUTO(bio) bio = BIO_new_mem_buf(pem, (int)len);
    if (bio == NULL) {
        return VIT_E_NOMEM;
    }
    key->pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    return key->pkey != NULL && is_our_kind(key->pkey) ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_dsa_key_read(const void *pem, size_t len, struct vit_dsa_key **out)
{
    VIT_AUTO(dsa_key) key = calloc(1, sizeof(*key));
    if (key == NULL) {
        return VIT_E_NOMEM;
    }
    ERR_set_mark();
    enum vit_status status = read_key(pem, len, key);
    ERR_pop_to_mark();
    if (status == VIT_OK) {
        *out = key;
        key = NULL;
    }
    return status;
}

void vit_dsa_key_destroy(struct vit_dsa_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        free(key);
    }
}

/* r and s as OpenSSL takes them; the length, or 0. */
static int encode(const uint8_t signature[VIT_DSA_SIGNATURE_LEN], uint8_t **der)
{
    VIT_AUTO(dsa_signature) parts = DSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature + HALF, HALF, NULL);
    if (parts == NULL || r == NULL || s == NULL || !DSA_SIG_set0(parts, r, s)) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    return i2d_DSA_SIG(parts, der);
}

static enum vit_status verify(const struct vit_dsa_key *key, const void *bytes, size_t len,
        const uint8_t *der, size_t der_len)
{
    VIT_AUTO(digest) context = EVP_MD_CTX_new();
    if (context == NULL ||
            EVP_DigestVerifyInit_ex(context, NULL, "SHA1", NULL, NULL, key->pkey, NULL) != 1) {
        return VIT_E_NOMEM;
    }
    return EVP_DigestVerify(context, der, der_len, bytes, len) == 1 ? VIT_OK : VIT_E_REFUSED;
}

enum vit_status vit_dsa_verify(const struct vit_dsa_key *key, const void *bytes, size_t len,
        const uint8_t signature[VIT_DSA_SIGNATURE_LEN])
{
    uint8_t *der = NULL;
    ERR_set_mark();
    int der_len = encode(signature, &der);
    enum vit_status status =
            der_len > 0 ? verify(key, bytes, len, der, (size_t)der_len) : VIT_E_NOMEM;
    OPENSSL_free(der);
    ERR_pop_to_mark();
    return status;
}
