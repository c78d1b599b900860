/* SPDX-License-Identifier: MIT */
#include "certs/pair.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "base/secret.h"
#include "certs/ossl.h"
#include "certs/pair_ossl.h"
#include "crypto/key_ossl.h"

enum { MIN_BITS = 2048, MAX_BITS = 8192 };
enum { SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 1 };

VIT_DEFINE_AUTO(pkcs8, PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free)
VIT_DEFINE_AUTO(encrypted, X509_SIG *, X509_SIG_free)
VIT_DEFINE_AUTO(request, X509_REQ *, X509_REQ_free)

/* Takes over the key, in failure too. */
static enum vit_status wrap(EVP_PKEY *pkey, struct vit_pair **pair)
{
    struct vit_pair *result = calloc(1, sizeof(*result));
    if (result == NULL) {
        EVP_PKEY_free(pkey);
        return VIT_E_NOMEM;
    }
    result->pkey = pkey;
    *pair = result;
    return VIT_OK;
}

VIT_RESULT vit_pair_generate(unsigned bits, struct vit_pair **pair)
{
    VIT_KEEP_ERRORS;
    if (bits < MIN_BITS || bits > MAX_BITS) {
        return VIT_E_ARG;
    }
    EVP_PKEY *pkey = EVP_RSA_gen(bits);
    return pkey != NULL ? wrap(pkey, pair) : VIT_E_IO;
}

void vit_pair_destroy(struct vit_pair *pair)
{
    if (pair != NULL) {
        EVP_PKEY_free(pair->pkey);
        free(pair);
    }
}

struct asker {
    vit_passphrase_fn *ask;
    void *context;
};

/* Without this, OpenSSL would ask on the terminal by itself. */
static int ask_passphrase(char *out, int capacity, int for_writing, void *context)
{
    const struct asker *asker = context;
    (void)for_writing;
    return asker->ask != NULL ? asker->ask(asker->context, out, capacity) : -1;
}

VIT_RESULT vit_pair_read(const void *pem, size_t len, vit_passphrase_fn *ask, void *context,
        struct vit_pair **pair)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(bio) text = len <= INT32_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    if (text == NULL) {
        return VIT_E_NOMEM;
    }
    struct asker asker = { ask, context };
    VIT_AUTO(pkey) pkey = PEM_read_bio_PrivateKey(text, NULL, ask_passphrase, &asker);
    if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
        return VIT_E_REFUSED;
    }
    EVP_PKEY *owned = pkey;
    pkey = NULL;
    return wrap(owned, pair);
}

bool vit_pair_is_encrypted(const void *pem, size_t len)
{
    static const char pkcs8[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    static const char pkcs1[] = "Proc-Type: 4,ENCRYPTED";
    return memmem(pem, len, pkcs8, sizeof(pkcs8) - 1) != NULL ||
            memmem(pem, len, pkcs1, sizeof(pkcs1) - 1) != NULL;
}

static bool write_encrypted(BIO *text, PKCS8_PRIV_KEY_INFO *plain, const char *passphrase, int len)
{
    X509_ALGOR *scheme =
            PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    if (scheme == NULL) {
        return false;
    }
    VIT_AUTO(encrypted) encrypted = PKCS8_set0_pbe(passphrase, len, plain, scheme);
    if (encrypted == NULL) {
        X509_ALGOR_free(scheme);
        return false;
    }
    return PEM_write_bio_PKCS8(text, encrypted) == 1;
}

VIT_RESULT vit_pair_write(const struct vit_pair *pair, const char *passphrase,
        size_t passphrase_len, char **pem, size_t *len)
{
    VIT_KEEP_ERRORS;
    if (passphrase_len > INT32_MAX) {
        return VIT_E_ARG;
    }
    VIT_AUTO(bio) text = BIO_new(BIO_s_secmem());
    VIT_AUTO(pkcs8) plain = EVP_PKEY2PKCS8(pair->pkey);
    if (text == NULL || plain == NULL) {
        return VIT_E_NOMEM;
    }
    bool written = passphrase != NULL
            ? write_encrypted(text, plain, passphrase, (int)passphrase_len)
            : PEM_write_bio_PKCS8_PRIV_KEY_INFO(text, plain) == 1;
    const char *bytes = NULL;
    long size = BIO_get_mem_data(text, &bytes);
    char *copy = written && size > 0 ? malloc((size_t)size) : NULL;
    if (copy == NULL) {
        return VIT_E_NOMEM;
    }
    memcpy(copy, bytes, (size_t)size);
    *pem = copy;
    *len = (size_t)size;
    return VIT_OK;
}

void vit_pem_free(char *pem, size_t len)
{
    if (pem != NULL) {
        vit_wipe(pem, len);
        free(pem);
    }
}

/* A public key is not to drag its private half along, so it goes through its encoding. */
static EVP_PKEY *public_half(EVP_PKEY *pkey)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    const unsigned char *at = der;
    EVP_PKEY *half = len > 0 ? d2i_PUBKEY(NULL, &at, len) : NULL;
    OPENSSL_free(der);
    return half;
}

VIT_RESULT vit_pair_public(const struct vit_pair *pair, struct vit_public_key **key)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(pkey) half = public_half(pair->pkey);
    return half != NULL ? vit_public_key_wrap(half, key) : VIT_E_NOMEM;
}

VIT_RESULT vit_private_key_public(const struct vit_private_key *private_key,
        struct vit_public_key **key)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(pkey) half = public_half(vit_private_key_pkey(private_key));
    return half != NULL ? vit_public_key_wrap(half, key) : VIT_E_UNSUPPORTED;
}

static X509_REQ *read_request(const void *request, size_t len)
{
    const unsigned char *at = request;
    X509_REQ *der = d2i_X509_REQ(NULL, &at, (long)len);
    if (der != NULL) {
        return der;
    }
    VIT_AUTO(bio) text = BIO_new_mem_buf(request, (int)len);
    return text != NULL ? PEM_read_bio_X509_REQ(text, NULL, NULL, NULL) : NULL;
}

VIT_RESULT vit_request_key(const void *request, size_t len, struct vit_public_key **key)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(request) parsed = len <= VIT_CHAIN_MAX_LEN ? read_request(request, len) : NULL;
    EVP_PKEY *pkey = parsed != NULL ? X509_REQ_get0_pubkey(parsed) : NULL;
    if (pkey == NULL || X509_REQ_verify(parsed, pkey) != 1) {
        return VIT_E_REFUSED;
    }
    return vit_public_key_wrap(pkey, key);
}
