/* SPDX-License-Identifier: MIT */
/* What the files of certs/ share of lists of revoked certificates. Nobody else includes this. */
#ifndef CERTS_CRL_OSSL_H
#define CERTS_CRL_OSSL_H

#include "certs/ossl.h"

static inline void vit_crl_list_free(STACK_OF(X509_CRL) * list)
{
    sk_X509_CRL_pop_free(list, X509_CRL_free);
}

VIT_DEFINE_AUTO(x509_crl, X509_CRL *, X509_CRL_free)
VIT_DEFINE_AUTO(x509_crl_list, STACK_OF(X509_CRL) *, vit_crl_list_free)

/* One list from the front of a buffer, in exactly the encoding that it would be written in; moves
 * past it. NULL: it is none. */
X509_CRL *vit_x509_crl_read(const uint8_t **der, const uint8_t *end);

/* All of a buffer. @return VIT_E_REFUSED not lists one after the other, too long, too many */
VIT_RESULT vit_x509_crls_read(const void *der, size_t len, STACK_OF(X509_CRL) * *list);

#endif
