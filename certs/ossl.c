/* SPDX-License-Identifier: MIT */
#include "certs/ossl.h"

#include <stdio.h>
#include <string.h>

#include "certs/policy.h"

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

void vit_hex_line(const uint8_t *bytes, size_t len, char *line, size_t size)
{
    size_t at = 0;
    line[0] = '\0';
    for (size_t i = 0; i < len && at + 3 <= size; i++) {
        at += (size_t)snprintf(line + at, size - at, "%02x", bytes[i]);
    }
}

void vit_x509_serial_line(const X509 *cert, char *line, size_t size)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    vit_hex_line(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial), line, size);
}
