/* SPDX-License-Identifier: MIT */
#include "certs/chain.h"

#include <string.h>

#include "certs/ossl.h"
#include "crypto/key_ossl.h"

const char *vit_custody_name(enum vit_custody custody)
{
    return custody == VIT_CUSTODY_DEVICE ? "device" : "driver";
}

VIT_RESULT vit_chain_parse(const void *der, size_t len, struct vit_chain **out)
{
    if (len == 0 || len > VIT_CHAIN_MAX_LEN) {
        return VIT_E_REFUSED;
    }
    VIT_AUTO(chain) chain = calloc(1, sizeof(*chain));
    if (chain == NULL) {
        return VIT_E_NOMEM;
    }
    chain->der = malloc(len);
    if (chain->der == NULL) {
        return VIT_E_NOMEM;
    }
    memcpy(chain->der, der, len);
    chain->len = len;

    const uint8_t *at = chain->der;
    const uint8_t *end = at + len;
    while (at < end) {
        X509 *cert = chain->count < VIT_CHAIN_MAX_COUNT ? vit_x509_read(&at, end) : NULL;
        if (cert == NULL) {
            return VIT_E_REFUSED;
        }
        chain->certs[chain->count++] = cert;
    }
    *out = chain;
    chain = NULL;
    return VIT_OK;
}

void vit_chain_destroy(struct vit_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (unsigned i = 0; i < chain->count; i++) {
        X509_free(chain->certs[i]);
    }
    free(chain->der);
    free(chain);
}

VIT_RESULT vit_chain_leaf_custody(const struct vit_chain *chain, enum vit_custody *custody)
{
    return vit_x509_custody(chain->certs[0], custody);
}

VIT_RESULT vit_chain_leaf_key(const struct vit_chain *chain, struct vit_public_key **key)
{
    VIT_KEEP_ERRORS;
    EVP_PKEY *pkey = X509_get0_pubkey(chain->certs[0]);
    if (pkey == NULL || vit_public_key_wrap(pkey, key) != VIT_OK) {
        return VIT_E_REFUSED;
    }
    return VIT_OK;
}

const uint8_t *vit_chain_der(const struct vit_chain *chain, size_t *len)
{
    *len = chain->len;
    return chain->der;
}
