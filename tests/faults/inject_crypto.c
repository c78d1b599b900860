/* SPDX-License-Identifier: MIT */
#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stddef.h>

#include "tests/faults/fault.h"

#define WRAP(type, failure, name, parameters, arguments)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fault_now(FAULT_CRYPTO, #name, __builtin_return_address(0))                         \
                ? (failure)                                                                        \
                : __real_##name arguments;                                                         \
    }

/* ciphers */
WRAP(EVP_CIPHER *, NULL, EVP_CIPHER_fetch, (OSSL_LIB_CTX * l, const char *n, const char *p),
        (l, n, p))
WRAP(EVP_CIPHER_CTX *, NULL, EVP_CIPHER_CTX_new, (void), ())
WRAP(int, 0, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX * c, int pad), (c, pad))
WRAP(int, 0, EVP_CipherInit_ex2,
        (EVP_CIPHER_CTX * c, const EVP_CIPHER *t, const unsigned char *k, const unsigned char *iv,
                int e, const OSSL_PARAM *p),
        (c, t, k, iv, e, p))
WRAP(int, 0, EVP_CipherUpdate,
        (EVP_CIPHER_CTX * c, unsigned char *o, int *ol, const unsigned char *i, int il),
        (c, o, ol, i, il))
WRAP(int, 0, EVP_EncryptInit_ex2,
        (EVP_CIPHER_CTX * c, const EVP_CIPHER *t, const unsigned char *k, const unsigned char *iv,
                const OSSL_PARAM *p),
        (c, t, k, iv, p))
WRAP(int, 0, EVP_EncryptUpdate,
        (EVP_CIPHER_CTX * c, unsigned char *o, int *ol, const unsigned char *i, int il),
        (c, o, ol, i, il))

/* digests and codes */
WRAP(EVP_MD *, NULL, EVP_MD_fetch, (OSSL_LIB_CTX * l, const char *n, const char *p), (l, n, p))
WRAP(EVP_MD_CTX *, NULL, EVP_MD_CTX_new, (void), ())
WRAP(int, 0, EVP_DigestInit_ex2, (EVP_MD_CTX * c, const EVP_MD *t, const OSSL_PARAM *p), (c, t, p))
WRAP(int, 0, EVP_DigestUpdate, (EVP_MD_CTX * c, const void *d, size_t l), (c, d, l))
WRAP(int, 0, EVP_DigestFinal_ex, (EVP_MD_CTX * c, unsigned char *o, unsigned *l), (c, o, l))
WRAP(int, 0, EVP_Q_digest,
        (OSSL_LIB_CTX * l, const char *n, const char *q, const void *d, size_t dl, unsigned char *o,
                size_t *ol),
        (l, n, q, d, dl, o, ol))
WRAP(EVP_MAC *, NULL, EVP_MAC_fetch, (OSSL_LIB_CTX * l, const char *n, const char *p), (l, n, p))
WRAP(EVP_MAC_CTX *, NULL, EVP_MAC_CTX_new, (EVP_MAC * m), (m))
WRAP(int, 0, EVP_MAC_init, (EVP_MAC_CTX * c, const unsigned char *k, size_t l, const OSSL_PARAM *p),
        (c, k, l, p))
WRAP(int, 0, EVP_MAC_update, (EVP_MAC_CTX * c, const unsigned char *d, size_t l), (c, d, l))
WRAP(int, 0, EVP_MAC_final, (EVP_MAC_CTX * c, unsigned char *o, size_t *l, size_t s), (c, o, l, s))

/* keys */
WRAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_name,
        (OSSL_LIB_CTX * l, const char *n, const char *p), (l, n, p))
WRAP(EVP_PKEY_CTX *, NULL, EVP_PKEY_CTX_new_from_pkey,
        (OSSL_LIB_CTX * l, EVP_PKEY *k, const char *p), (l, k, p))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX * c, int pad), (c, pad))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_oaep_md_name, (EVP_PKEY_CTX * c, const char *n, const char *p),
        (c, n, p))
WRAP(int, 0, EVP_PKEY_CTX_set_rsa_mgf1_md_name, (EVP_PKEY_CTX * c, const char *n, const char *p),
        (c, n, p))
WRAP(int, 0, EVP_PKEY_decrypt_init, (EVP_PKEY_CTX * c), (c))
WRAP(int, 0, EVP_PKEY_decrypt,
        (EVP_PKEY_CTX * c, unsigned char *o, size_t *ol, const unsigned char *i, size_t il),
        (c, o, ol, i, il))
WRAP(int, 0, EVP_PKEY_encrypt_init, (EVP_PKEY_CTX * c), (c))
WRAP(int, 0, EVP_PKEY_encrypt,
        (EVP_PKEY_CTX * c, unsigned char *o, size_t *ol, const unsigned char *i, size_t il),
        (c, o, ol, i, il))
WRAP(int, 0, EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * c), (c))
WRAP(int, 0, EVP_PKEY_fromdata, (EVP_PKEY_CTX * c, EVP_PKEY **k, int s, OSSL_PARAM *p),
        (c, k, s, p))
WRAP(int, 0, EVP_PKEY_get_bn_param, (const EVP_PKEY *k, const char *n, BIGNUM **b), (k, n, b))
WRAP(int, 0, EVP_PKEY_is_a, (const EVP_PKEY *k, const char *n), (k, n))
WRAP(int, 0, EVP_PKEY_up_ref, (EVP_PKEY * k), (k))
WRAP(OSSL_PARAM_BLD *, NULL, OSSL_PARAM_BLD_new, (void), ())
WRAP(int, 0, OSSL_PARAM_BLD_push_BN, (OSSL_PARAM_BLD * b, const char *n, const BIGNUM *v),
        (b, n, v))
WRAP(OSSL_PARAM *, NULL, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD * b), (b))
WRAP(OSSL_LIB_CTX *, NULL, OSSL_LIB_CTX_new, (void), ())
WRAP(int, 0, CONF_modules_load_file_ex,
        (OSSL_LIB_CTX * l, const char *f, const char *a, unsigned long flags), (l, f, a, flags))
WRAP(OSSL_STORE_CTX *, NULL, OSSL_STORE_open_ex,
        (const char *u, OSSL_LIB_CTX *l, const char *q, const UI_METHOD *m, void *d,
                const OSSL_PARAM p[], OSSL_STORE_post_process_info_fn x, void *y),
        (u, l, q, m, d, p, x, y))
WRAP(int, 0, OSSL_STORE_expect, (OSSL_STORE_CTX * s, int t), (s, t))
WRAP(OSSL_STORE_INFO *, NULL, OSSL_STORE_load, (OSSL_STORE_CTX * s), (s))
WRAP(EVP_PKEY *, NULL, OSSL_STORE_INFO_get1_PKEY, (const OSSL_STORE_INFO *i), (i))
WRAP(UI_METHOD *, NULL, UI_UTIL_wrap_read_pem_callback, (pem_password_cb * c, int w), (c, w))
WRAP(int, 0, RAND_priv_bytes, (unsigned char *o, int l), (o, l))
WRAP(int, 0, BN_bn2binpad, (const BIGNUM *n, unsigned char *o, int l), (n, o, l))

/* certificates */
WRAP(X509 *, NULL, d2i_X509, (X509 * *x, const unsigned char **in, long l), (x, in, l))
WRAP(EVP_PKEY *, NULL, d2i_PUBKEY, (EVP_PKEY * *x, const unsigned char **in, long l), (x, in, l))
WRAP(int, -1, i2d_X509, (const X509 *x, unsigned char **o), (x, o))
WRAP(int, -1, i2d_PUBKEY, (const EVP_PKEY *x, unsigned char **o), (x, o))
WRAP(X509 *, NULL, X509_new, (void), ())
WRAP(int, 0, X509_sign, (X509 * x, EVP_PKEY *k, const EVP_MD *m), (x, k, m))
WRAP(int, 0, X509_set_version, (X509 * x, long v), (x, v))
WRAP(int, 0, X509_set_pubkey, (X509 * x, EVP_PKEY *k), (x, k))
WRAP(int, 0, X509_set_issuer_name, (X509 * x, const X509_NAME *n), (x, n))
WRAP(int, 0, X509_add_ext, (X509 * x, X509_EXTENSION *e, int at), (x, e, at))
WRAP(int, 0, X509_digest, (const X509 *x, const EVP_MD *m, unsigned char *o, unsigned *l),
        (x, m, o, l))
WRAP(EVP_PKEY *, NULL, X509_get0_pubkey, (const X509 *x), (x))
WRAP(void *, NULL, X509_get_ext_d2i, (const X509 *x, int n, int *c, int *i), (x, n, c, i))
WRAP(X509_STORE *, NULL, X509_STORE_new, (void), ())
WRAP(int, 0, X509_STORE_add_cert, (X509_STORE * s, X509 *x), (s, x))
WRAP(X509_STORE_CTX *, NULL, X509_STORE_CTX_new, (void), ())
WRAP(int, 0, X509_STORE_CTX_init,
        (X509_STORE_CTX * c, X509_STORE *s, X509 *x, STACK_OF(X509) * chain), (c, s, x, chain))
WRAP(int, 0, X509_verify_cert, (X509_STORE_CTX * c), (c))
WRAP(int, 0, X509_VERIFY_PARAM_add0_policy, (X509_VERIFY_PARAM * p, ASN1_OBJECT *o), (p, o))
WRAP(OPENSSL_STACK *, NULL, OPENSSL_sk_new_null, (void), ())
WRAP(int, 0, OPENSSL_sk_push, (OPENSSL_STACK * s, const void *d), (s, d))
WRAP(ASN1_OBJECT *, NULL, OBJ_txt2obj, (const char *t, int n), (t, n))
WRAP(ASN1_TIME *, NULL, ASN1_TIME_set, (ASN1_TIME * s, time_t t), (s, t))
WRAP(BIO *, NULL, BIO_new, (const BIO_METHOD *m), (m))
WRAP(BIO *, NULL, BIO_new_mem_buf, (const void *b, int l), (b, l))
WRAP(X509_EXTENSION *, NULL, X509V3_EXT_nconf_nid, (CONF * c, X509V3_CTX *x, int n, const char *v),
        (c, x, n, v))
WRAP(int, 0, X509_NAME_add_entry_by_NID,
        (X509_NAME * n, int nid, int t, const unsigned char *b, int l, int loc, int set),
        (n, nid, t, b, l, loc, set))
