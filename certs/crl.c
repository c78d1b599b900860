/* SPDX-License-Identifier: MIT */
#include "certs/crl.h"

#include <string.h>
#include <time.h>

#include "certs/crl_ossl.h"
#include "certs/pair_ossl.h"

enum { CRL_V2 = 1, BACKDATED_SECONDS = 3600, SECONDS_PER_DAY = 86400 };

VIT_DEFINE_AUTO(asn1_integer, ASN1_INTEGER *, ASN1_INTEGER_free)
VIT_DEFINE_AUTO(asn1_time, ASN1_TIME *, ASN1_TIME_free)
VIT_DEFINE_AUTO(bignum, BIGNUM *, BN_free)

static bool is_canonical(X509_CRL *crl, const uint8_t *der, size_t len)
{
    unsigned char *again = NULL;
    int again_len = i2d_X509_CRL(crl, &again);
    bool same = again_len > 0 && (size_t)again_len == len && memcmp(again, der, len) == 0;
    OPENSSL_free(again);
    return same;
}

X509_CRL *vit_x509_crl_read(const uint8_t **der, const uint8_t *end)
{
    const uint8_t *at = *der;
    VIT_KEEP_ERRORS;
    VIT_AUTO(x509_crl) crl = d2i_X509_CRL(NULL, &at, end - at);
    if (crl == NULL || !is_canonical(crl, *der, (size_t)(at - *der))) {
        return NULL;
    }
    *der = at;
    X509_CRL *result = crl;
    crl = NULL;
    return result;
}

static X509_CRL *read_one(const void *der, size_t len)
{
    const uint8_t *at = der;
    if (der == NULL || len == 0 || len > VIT_CRLS_MAX_LEN) {
        return NULL;
    }
    X509_CRL *crl = vit_x509_crl_read(&at, at + len);
    if (crl != NULL && at != (const uint8_t *)der + len) {
        X509_CRL_free(crl);
        return NULL;
    }
    return crl;
}

VIT_RESULT vit_x509_crls_read(const void *der, size_t len, STACK_OF(X509_CRL) * *out)
{
    const uint8_t *at = der;
    const uint8_t *end = len > 0 ? at + len : at;
    VIT_AUTO(x509_crl_list) list = sk_X509_CRL_new_null();
    if (list == NULL) {
        return VIT_E_NOMEM;
    }
    if (len > VIT_CRLS_MAX_LEN) {
        return VIT_E_REFUSED;
    }
    while (at < end) {
        VIT_AUTO(x509_crl)
        crl = sk_X509_CRL_num(list) < VIT_CRLS_MAX_COUNT ? vit_x509_crl_read(&at, end) : NULL;
        if (crl == NULL) {
            return VIT_E_REFUSED;
        }
        if (!sk_X509_CRL_push(list, crl)) {
            return VIT_E_NOMEM;
        }
        crl = NULL; /* the list's */
    }
    *out = list;
    list = NULL;
    return VIT_OK;
}

static bool is_signed_by(X509_CRL *crl, X509 *issuer)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

static uint64_t number_of(X509_CRL *crl)
{
    uint64_t number = 0;
    VIT_AUTO(asn1_integer) value = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    return value != NULL && ASN1_INTEGER_get_uint64(&number, value) == 1 ? number : 0;
}

static bool carry_over(X509_CRL *crl, X509_CRL *previous)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(previous);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        X509_REVOKED *entry = X509_REVOKED_dup(sk_X509_REVOKED_value(entries, i));
        if (entry == NULL || !X509_CRL_add0_revoked(crl, entry)) {
            X509_REVOKED_free(entry);
            return false;
        }
    }
    return true;
}

static bool add_entry(X509_CRL *crl, ASN1_INTEGER *serial, time_t now)
{
    VIT_AUTO(asn1_time) when = ASN1_TIME_set(NULL, now);
    X509_REVOKED *entry = X509_REVOKED_new();
    if (when == NULL || entry == NULL || !X509_REVOKED_set_serialNumber(entry, serial) ||
            !X509_REVOKED_set_revocationDate(entry, when) || !X509_CRL_add0_revoked(crl, entry)) {
        X509_REVOKED_free(entry);
        return false;
    }
    return true;
}

/* Once is enough. */
static bool add_serial(X509_CRL *crl, const struct vit_crl_terms *terms, time_t now)
{
    if (terms->serial == NULL) {
        return true;
    }
    VIT_AUTO(bignum) value = BN_bin2bn(terms->serial, (int)terms->serial_len, NULL);
    VIT_AUTO(asn1_integer) serial = value != NULL ? BN_to_ASN1_INTEGER(value, NULL) : NULL;
    if (serial == NULL) {
        return false;
    }
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(entry), serial) == 0) {
            return true;
        }
    }
    return add_entry(crl, serial, now);
}

static bool add_extensions(X509_CRL *crl, X509 *issuer, uint64_t number)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, NULL, NULL, crl, 0);
    X509_EXTENSION *key =
            X509V3_EXT_nconf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    VIT_AUTO(asn1_integer) value = ASN1_INTEGER_new();
    bool added = key != NULL && X509_CRL_add_ext(crl, key, -1) && value != NULL &&
            ASN1_INTEGER_set_uint64(value, number) &&
            X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, 0) == 1;
    X509_EXTENSION_free(key);
    return added;
}

static bool set_times(X509_CRL *crl, time_t now, unsigned days)
{
    VIT_AUTO(asn1_time) from = ASN1_TIME_set(NULL, now - BACKDATED_SECONDS);
    VIT_AUTO(asn1_time) next = ASN1_TIME_set(NULL, now + (time_t)days * SECONDS_PER_DAY);
    return from != NULL && next != NULL && X509_CRL_set1_lastUpdate(crl, from) &&
            X509_CRL_set1_nextUpdate(crl, next);
}

static enum vit_status write_der(X509_CRL *crl, uint8_t **der, size_t *len)
{
    int size = i2d_X509_CRL(crl, NULL);
    VIT_AUTO(bytes) bytes = size > 0 ? malloc((size_t)size) : NULL;
    uint8_t *at = bytes;
    if (bytes == NULL || i2d_X509_CRL(crl, &at) != size) {
        return VIT_E_NOMEM;
    }
    *der = bytes;
    *len = (size_t)size;
    bytes = NULL;
    return VIT_OK;
}

VIT_RESULT vit_crl_create(const struct vit_issuer *issuer, const struct vit_crl_terms *terms,
        uint8_t **der, size_t *len)
{
    VIT_KEEP_ERRORS;
    X509 *cert = issuer->chain->certs[0];
    time_t now = terms->now != 0 ? (time_t)terms->now : time(NULL);
    if (terms->days < 1 || terms->days > VIT_CERT_DAYS_MAX ||
            (terms->serial != NULL &&
                    (terms->serial_len == 0 || terms->serial_len > VIT_CRL_SERIAL_MAX_LEN))) {
        return VIT_E_ARG;
    }
    VIT_TRY(vit_issuer_check(issuer, (int64_t)now));
    VIT_AUTO(x509_crl) previous = NULL;
    if (terms->previous != NULL) {
        previous = read_one(terms->previous, terms->previous_len);
        if (previous == NULL || !is_signed_by(previous, cert)) {
            return VIT_E_REFUSED;
        }
    }
    VIT_AUTO(x509_crl) crl = X509_CRL_new();
    uint64_t number = previous != NULL ? number_of(previous) + 1 : 1;
    if (crl == NULL || !X509_CRL_set_version(crl, CRL_V2) ||
            !X509_CRL_set_issuer_name(crl, X509_get_subject_name(cert)) ||
            !set_times(crl, now, terms->days) || (previous != NULL && !carry_over(crl, previous)) ||
            !add_serial(crl, terms, now) || !add_extensions(crl, cert, number) ||
            !X509_CRL_sort(crl) || !X509_CRL_sign(crl, issuer->pair->pkey, EVP_sha256())) {
        return VIT_E_NOMEM;
    }
    return write_der(crl, der, len);
}

static int64_t seconds_of(const ASN1_TIME *when)
{
    struct tm parts;
    return when != NULL && ASN1_TIME_to_tm(when, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

VIT_RESULT vit_crl_describe(const void *der, size_t len, struct vit_crl_facts *facts)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(x509_crl) crl = read_one(der, len);
    if (crl == NULL) {
        return VIT_E_REFUSED;
    }
    int count = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
    *facts = (struct vit_crl_facts){
        .number = number_of(crl),
        .this_update = seconds_of(X509_CRL_get0_lastUpdate(crl)),
        .next_update = seconds_of(X509_CRL_get0_nextUpdate(crl)),
        .count = count > 0 ? (unsigned)count : 0,
    };
    vit_x509_name_line(X509_CRL_get_issuer(crl), facts->issuer, sizeof(facts->issuer));
    return VIT_OK;
}

bool vit_crl_is_of(const void *der, size_t len, const struct vit_chain *chain)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(x509_crl) crl = read_one(der, len);
    return crl != NULL && is_signed_by(crl, chain->certs[0]);
}

bool vit_crl_names(const void *der, size_t len, const struct vit_chain *chain)
{
    VIT_KEEP_ERRORS;
    VIT_AUTO(x509_crl) crl = read_one(der, len);
    X509_REVOKED *entry = NULL;
    return crl != NULL && X509_CRL_get0_by_cert(crl, &entry, chain->certs[0]) == 1;
}

VIT_RESULT vit_chain_serial(const struct vit_chain *chain, uint8_t serial[VIT_CRL_SERIAL_MAX_LEN],
        size_t *len)
{
    const ASN1_INTEGER *value = X509_get0_serialNumber(chain->certs[0]);
    int size = ASN1_STRING_length(value);
    if (size < 1 || size > VIT_CRL_SERIAL_MAX_LEN || (ASN1_STRING_type(value) & V_ASN1_NEG) != 0) {
        return VIT_E_UNSUPPORTED;
    }
    memcpy(serial, ASN1_STRING_get0_data(value), (size_t)size);
    *len = (size_t)size;
    return VIT_OK;
}

bool vit_chain_is_issued_by(const struct vit_chain *chain, const struct vit_chain *issuer)
{
    VIT_KEEP_ERRORS;
    X509 *cert = chain->certs[0];
    X509 *above = issuer->certs[0];
    return X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(above)) == 0 &&
            X509_verify(cert, X509_get0_pubkey(above)) == 1;
}
