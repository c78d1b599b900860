/* SPDX-License-Identifier: MIT */
#include "certs/chain.h"

#include <stdio.h>
#include <string.h>

#include "certs/ossl.h"
#include "certs/policy.h"
#include "crypto/key_ossl.h"

const char *vit_custody_name(enum vit_custody custody)
{
    return custody == VIT_CUSTODY_DEVICE ? "device" : "driver";
}

/* OpenSSL reads BER as well: what it would not write itself could hide bytes outside the signature. */
static bool is_canonical(X509 *cert, const uint8_t *der, size_t len)
{
    unsigned char *again = NULL;
    int again_len = i2d_X509(cert, &again);
    bool same = again_len > 0 && (size_t)again_len == len && memcmp(again, der, len) == 0;
    OPENSSL_free(again);
    return same;
}

X509 *vit_x509_read(const uint8_t **der, const uint8_t *end)
{
    const uint8_t *at = *der;
    VIT_KEEP_ERRORS;
    VIT_AUTO(x509) cert = d2i_X509(NULL, &at, end - at);
    if (cert == NULL || !is_canonical(cert, *der, (size_t)(at - *der))) {
        return NULL;
    }
    *der = at;
    X509 *result = cert;
    cert = NULL;
    return result;
}

void vit_x509_name_line(const X509_NAME *name, char *line, size_t size)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(bio) text = BIO_new(BIO_s_mem());
    unsigned long flags = XN_FLAG_RFC2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB;
    int len = 0;
    if (text != NULL && X509_NAME_print_ex(text, name, 0, flags) >= 0) {
        len = BIO_gets(text, line, (int)size);
    }
    if (len <= 0) {
        snprintf(line, size, "?");
    }
}

static bool names(const POLICYINFO *policy, const char *oid)
{
    char text[128];
    int len = OBJ_obj2txt(text, sizeof(text), policy->policyid, 1);
    return len > 0 && (size_t)len < sizeof(text) && strcmp(text, oid) == 0;
}

VIT_RESULT vit_x509_custody(const X509 *cert, enum vit_custody *custody)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(policies) policies = X509_get_ext_d2i(cert, NID_certificate_policies, NULL, NULL);
    bool driver = false;
    bool device = false;
    for (int i = 0; policies != NULL && i < sk_POLICYINFO_num(policies); i++) {
        const POLICYINFO *policy = sk_POLICYINFO_value(policies, i);
        bool any = OBJ_obj2nid(policy->policyid) == NID_any_policy;
        driver |= any || names(policy, VIT_POLICY_CUSTODY_DRIVER);
        device |= any || names(policy, VIT_POLICY_CUSTODY_DEVICE);
    }
    if (driver == device) {
        return VIT_E_REFUSED;
    }
    *custody = device ? VIT_CUSTODY_DEVICE : VIT_CUSTODY_DRIVER;
    return VIT_OK;
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
