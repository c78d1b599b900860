/* SPDX-License-Identifier: MIT */
#include "certs/authority.h"

#include <string.h>
#include <time.h>

#include <openssl/conf.h>

#include "certs/ossl.h"
#include "certs/pair_ossl.h"
#include "certs/policy.h"
#include "crypto/key_ossl.h"
#include "crypto/random.h"

enum { X509_V3 = 2, SERIAL_LEN = 16, BACKDATED_SECONDS = 3600, SECONDS_PER_DAY = 86400 };

VIT_DEFINE_AUTO(conf, CONF *, NCONF_free)

struct extension {
    int nid;
    const char *value; /* in the language of x509v3_config(5) */
};

/* Ordered: the issuer's identifier can be copied only once the subject's is there. */
static const struct extension root_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:1" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
    { NID_undef, NULL },
};

static const struct extension intermediate_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_certificate_policies, VIT_POLICY_CUSTODY_DRIVER "," VIT_POLICY_CUSTODY_DEVICE },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
    { NID_undef, NULL },
};

static const struct extension driver_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,keyEncipherment" },
    { NID_certificate_policies, VIT_POLICY_CUSTODY_DRIVER },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
    { NID_undef, NULL },
};

static const struct extension device_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,keyEncipherment" },
    { NID_certificate_policies, VIT_POLICY_CUSTODY_DEVICE },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
    { NID_undef, NULL },
};

static int64_t time_of(const struct vit_cert_terms *terms)
{
    return terms->now != 0 ? terms->now : (int64_t)time(NULL);
}

static enum vit_status check_terms(const struct vit_cert_terms *terms)
{
    size_t len = terms->name != NULL ? strnlen(terms->name, VIT_CERT_NAME_MAX + 1) : 0;
    bool good = len >= 1 && len <= VIT_CERT_NAME_MAX && terms->days >= 1 &&
            terms->days <= VIT_CERT_DAYS_MAX;
    return good ? VIT_OK : VIT_E_ARG;
}

static bool set_serial(X509 *cert, const uint8_t bytes[SERIAL_LEN])
{
    ASN1_INTEGER *serial = X509_get_serialNumber(cert);
    return ASN1_STRING_set(serial, bytes, SERIAL_LEN) == 1;
}

static bool set_validity(X509 *cert, const X509 *issuer, const struct vit_cert_terms *terms)
{
    time_t now = (time_t)time_of(terms);
    time_t end = now + (time_t)terms->days * SECONDS_PER_DAY;
    if (ASN1_TIME_set(X509_getm_notBefore(cert), now - BACKDATED_SECONDS) == NULL ||
            ASN1_TIME_set(X509_getm_notAfter(cert), end) == NULL) {
        return false;
    }
    const ASN1_TIME *issuer_end = X509_get0_notAfter(issuer);
    return ASN1_TIME_compare(issuer_end, X509_get0_notAfter(cert)) >= 0 ||
            X509_set1_notAfter(cert, issuer_end) == 1;
}

static bool set_subject(X509 *cert, const char *common_name)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName, MBSTRING_UTF8,
                   (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct extension *extensions)
{
    VIT_AUTO(conf) none = NCONF_new(NULL); /* policies cannot be read without one */
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&context, none);
    for (const struct extension *row = extensions; none != NULL && row->value != NULL; row++) {
        X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, row->nid, row->value);
        int added = extension != NULL && X509_add_ext(cert, extension, -1);
        X509_EXTENSION_free(extension);
        if (!added) {
            return false;
        }
    }
    return none != NULL;
}

/* A NULL issuer: signs itself. */
static enum vit_status make(X509 *issuer, EVP_PKEY *signer, EVP_PKEY *key,
        const struct vit_cert_terms *terms, const struct extension *extensions, X509 **out)
{
    uint8_t serial[SERIAL_LEN];
    VIT_TRY(vit_random(serial, sizeof(serial)));
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and its encoding of one length */

    VIT_AUTO(x509) cert = X509_new();
    if (cert == NULL || !X509_set_version(cert, X509_V3) || !set_serial(cert, serial) ||
            !set_validity(cert, issuer != NULL ? issuer : cert, terms) ||
            !X509_set_pubkey(cert, key)) {
        return VIT_E_NOMEM;
    }
    if (!set_subject(cert, terms->name)) {
        return VIT_E_ARG; /* not UTF-8 */
    }
    X509 *above = issuer != NULL ? issuer : cert;
    if (!X509_set_issuer_name(cert, X509_get_subject_name(above)) ||
            !add_extensions(cert, above, extensions) || !X509_sign(cert, signer, EVP_sha256())) {
        return VIT_E_NOMEM;
    }
    *out = cert;
    cert = NULL;
    return VIT_OK;
}

VIT_RESULT vit_issuer_check(const struct vit_issuer *issuer, int64_t now)
{
    X509 *cert = issuer->chain->certs[0];
    time_t at = (time_t)now;
    bool good = X509_check_ca(cert) == 1 && X509_check_private_key(cert, issuer->pair->pkey) == 1 &&
            X509_cmp_time(X509_get0_notBefore(cert), &at) < 0 &&
            X509_cmp_time(X509_get0_notAfter(cert), &at) > 0;
    return good ? VIT_OK : VIT_E_REFUSED;
}

/* The certificate's DER, followed by what the tail holds. */
static enum vit_status write_der(X509 *cert, const struct vit_chain *tail, uint8_t **der,
        size_t *len)
{
    int cert_len = i2d_X509(cert, NULL);
    size_t tail_len = tail != NULL ? tail->len : 0;
    VIT_AUTO(bytes) bytes = cert_len > 0 ? malloc((size_t)cert_len + tail_len) : NULL;
    uint8_t *at = bytes;
    if (bytes == NULL || i2d_X509(cert, &at) != cert_len) {
        return VIT_E_NOMEM;
    }
    if (tail_len > 0) {
        memcpy(at, tail->der, tail_len);
    }
    *der = bytes;
    *len = (size_t)cert_len + tail_len;
    bytes = NULL; /* ownership moved to *der */
    return VIT_OK;
}

VIT_RESULT vit_root_create(const struct vit_pair *pair, const struct vit_cert_terms *terms,
        uint8_t **der, size_t *len)
{
    VIT_KEEP_ERRORS;
    VIT_TRY(check_terms(terms));
    VIT_AUTO(x509) cert = NULL;
    VIT_TRY(make(NULL, pair->pkey, pair->pkey, terms, root_extensions, &cert));
    return write_der(cert, NULL, der, len);
}

VIT_RESULT vit_intermediate_create(const struct vit_issuer *root, const struct vit_pair *pair,
        const struct vit_cert_terms *terms, uint8_t **der, size_t *len)
{
    VIT_KEEP_ERRORS;
    VIT_TRY(check_terms(terms));
    VIT_TRY(vit_issuer_check(root, time_of(terms)));
    VIT_AUTO(x509) cert = NULL;
    VIT_TRY(make(root->chain->certs[0], root->pair->pkey, pair->pkey, terms,
            intermediate_extensions, &cert));
    return write_der(cert, NULL, der, len);
}

static bool is_root(const struct vit_chain *chain)
{
    return X509_get_extension_flags(chain->certs[0]) & EXFLAG_SS;
}

VIT_RESULT vit_device_issue(const struct vit_issuer *issuer, const struct vit_public_key *key,
        enum vit_custody custody, const struct vit_cert_terms *terms, uint8_t **der, size_t *len)
{
    VIT_KEEP_ERRORS;
    VIT_TRY(check_terms(terms));
    VIT_TRY(vit_issuer_check(issuer, time_of(terms)));
    const struct vit_chain *tail = is_root(issuer->chain) ? NULL : issuer->chain;
    if (tail != NULL && tail->count >= VIT_CHAIN_MAX_COUNT) {
        return VIT_E_LIMIT;
    }
    VIT_AUTO(x509) cert = NULL;
    VIT_TRY(make(issuer->chain->certs[0], issuer->pair->pkey, vit_public_key_pkey(key), terms,
            custody == VIT_CUSTODY_DEVICE ? device_extensions : driver_extensions, &cert));
    return write_der(cert, tail, der, len);
}
