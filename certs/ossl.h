/* SPDX-License-Identifier: MIT */
/* What the files of certs/ share of OpenSSL. Nobody else includes this. */
#ifndef CERTS_OSSL_H
#define CERTS_OSSL_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "certs/chain.h"

struct vit_chain {
    uint8_t *der;
    size_t len;
    X509 *certs[VIT_CHAIN_MAX_COUNT]; /* leaf first */
    unsigned count;
};

VIT_DEFINE_AUTO(x509, X509 *, X509_free)
VIT_DEFINE_AUTO(x509_store, X509_STORE *, X509_STORE_free)
VIT_DEFINE_AUTO(x509_store_ctx, X509_STORE_CTX *, X509_STORE_CTX_free)
VIT_DEFINE_AUTO(x509_list, STACK_OF(X509) *, sk_X509_free)
VIT_DEFINE_AUTO(pkey, EVP_PKEY *, EVP_PKEY_free)
VIT_DEFINE_AUTO(bio, BIO *, BIO_free_all)
VIT_DEFINE_AUTO(policies, CERTIFICATEPOLICIES *, CERTIFICATEPOLICIES_free)

/* Declares that this scope leaves the thread's OpenSSL errors as it found them. */
#define VIT_KEEP_ERRORS                                                                            \
    __attribute__((cleanup(vit_errors_restore), unused)) int vit_errors = vit_errors_mark()

static inline int vit_errors_mark(void)
{
    return ERR_set_mark(); /* 0: nothing there to keep, and then everything is popped */
}

static inline void vit_errors_restore(int *mark)
{
    (void)mark;
    ERR_pop_to_mark();
}

/**
 * One certificate from the front of a buffer, in exactly the encoding that it would be written in.
 *
 * @param der  moves past it
 * @return NULL  not a certificate, or encoded in another way than DER
 */
X509 *vit_x509_read(const uint8_t **der, const uint8_t *end);

/* One printable line, "?" when there is none. */
void vit_x509_name_line(const X509_NAME *name, char *line, size_t size);

/* Hexadecimal; what does not fit is left out. */
void vit_hex_line(const uint8_t *bytes, size_t len, char *line, size_t size);
void vit_x509_serial_line(const X509 *cert, char *line, size_t size);

/* Which of the two custody policies a certificate names; none, both and anyPolicy are refused. */
VIT_RESULT vit_x509_custody(const X509 *cert, enum vit_custody *custody);

#endif
