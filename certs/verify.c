/* SPDX-License-Identifier: MIT */
/*
 * Our own rules come first, because they can say what is wrong; then OpenSSL checks signatures,
 * dates, constraints and policies (RFC 5280), and what it built must be the chain as it was given.
 */
#include "certs/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "certs/ossl.h"
#include "certs/policy.h"
#include "crypto/key_ossl.h"

enum { LEAF_BITS = 2048, ISSUER_MIN_BITS = 2048, X509_V3 = 2, MIN_SECURITY_LEVEL = 2 };

_Static_assert(sizeof(((struct vit_verified *)0)->reason) == VIT_REASON_LEN, "one length");

/* Where a certificate stands: 0 is the leaf, the root comes after the chain's last. */
struct place {
    X509 *cert;
    unsigned index;
    bool is_root;
};

static void describe(const struct place *place, char *text, size_t size)
{
    char subject[48];
    vit_x509_name_line(X509_get_subject_name(place->cert), subject, sizeof(subject));
    if (place->is_root) {
        snprintf(text, size, "root (%s)", subject);
    } else if (place->index == 0) {
        snprintf(text, size, "leaf (%s)", subject);
    } else {
        snprintf(text, size, "issuer %u (%s)", place->index, subject);
    }
}

__attribute__((format(printf, 3, 4))) static enum vit_status refuse(char *reason,
        const struct place *place, const char *format, ...)
{
    char where[72];
    describe(place, where, sizeof(where));
    int len = snprintf(reason, VIT_REASON_LEN, "%s: ", where);

    va_list args;
    va_start(args, format);
    vsnprintf(reason + len, VIT_REASON_LEN - (size_t)len, format, args);
    va_end(args);
    return VIT_E_REFUSED;
}

static bool is_known_critical(int nid)
{
    switch (nid) {
    case NID_basic_constraints:
    case NID_key_usage:
    case NID_ext_key_usage:
    case NID_certificate_policies:
    case NID_policy_constraints:
    case NID_policy_mappings:
    case NID_inhibit_any_policy:
    case NID_name_constraints:
        return true;
    default:
        return false;
    }
}

static enum vit_status check_extensions(const struct place *place, char *reason)
{
    for (int i = 0; i < X509_get_ext_count(place->cert); i++) {
        X509_EXTENSION *extension = X509_get_ext(place->cert, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        if (X509_EXTENSION_get_critical(extension) && !is_known_critical(OBJ_obj2nid(object))) {
            char oid[64];
            OBJ_obj2txt(oid, sizeof(oid), object, 1);
            return refuse(reason, place, "critical extension %s is not understood", oid);
        }
        if (X509_get_ext_by_OBJ(place->cert, object, i) >= 0) {
            return refuse(reason, place, "has an extension twice");
        }
    }
    if (X509_get_extension_flags(place->cert) & EXFLAG_INVALID) {
        return refuse(reason, place, "has a malformed extension");
    }
    return VIT_OK;
}

static enum vit_status check_signature_kind(const struct place *place, char *reason)
{
    int digest = NID_undef;
    int key = NID_undef;
    if (!X509_get_signature_info(place->cert, &digest, &key, NULL, NULL)) {
        return refuse(reason, place, "is signed in an unknown way");
    }
    if (key != NID_rsaEncryption && key != NID_rsassaPss) {
        return refuse(reason, place, "is not signed with RSA");
    }
    if (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512) {
        return refuse(reason, place, "is signed with %s, not SHA-256 or better",
                OBJ_nid2sn(digest));
    }
    return VIT_OK;
}

static enum vit_status check_key(const struct place *place, char *reason)
{
    EVP_PKEY *key = X509_get0_pubkey(place->cert);
    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        return refuse(reason, place, "the key is not RSA");
    }
    bool is_leaf = place->index == 0 && !place->is_root;
    int bits = EVP_PKEY_get_bits(key);
    if (is_leaf && bits != LEAF_BITS) {
        return refuse(reason, place, "the key has %d bits, not %d", bits, LEAF_BITS);
    }
    if (bits < ISSUER_MIN_BITS) {
        return refuse(reason, place, "the key has %d bits, fewer than %d", bits, ISSUER_MIN_BITS);
    }
    return VIT_OK;
}

static enum vit_status check_any(const struct place *place, char *reason)
{
    if (X509_get_version(place->cert) != X509_V3) {
        return refuse(reason, place, "is not an X.509 v3 certificate");
    }
    VIT_TRY(check_extensions(place, reason));
    VIT_TRY(check_signature_kind(place, reason));
    VIT_TRY(check_key(place, reason));
    /* Without the extension OpenSSL reports all bits set, which includes "any". */
    if (!place->is_root && !(X509_get_extended_key_usage(place->cert) & XKU_ANYEKU)) {
        return refuse(reason, place, "extended key usage restricts it to another purpose");
    }
    return VIT_OK;
}

static enum vit_status check_leaf(const struct place *place, struct vit_verified *verified,
        char *reason)
{
    VIT_TRY(check_any(place, reason));
    uint32_t flags = X509_get_extension_flags(place->cert);
    if (flags & EXFLAG_CA) {
        return refuse(reason, place, "is a CA certificate");
    }
    uint32_t usage = X509_get_key_usage(place->cert);
    if (!(flags & EXFLAG_KUSAGE) || !(usage & KU_KEY_ENCIPHERMENT)) {
        return refuse(reason, place, "key usage does not allow key encipherment");
    }
    if (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) {
        return refuse(reason, place, "key usage allows what only a CA may do");
    }
    if (vit_x509_custody(place->cert, &verified->custody) != VIT_OK) {
        return refuse(reason, place, "does not name exactly one custody policy");
    }
    if (vit_public_key_wrap(X509_get0_pubkey(place->cert), &verified->key) != VIT_OK) {
        return refuse(reason, place, "the key cannot be used for the exchange");
    }
    return VIT_OK;
}

static enum vit_status check_issuer(const struct place *place, char *reason)
{
    VIT_TRY(check_any(place, reason));
    uint32_t flags = X509_get_extension_flags(place->cert);
    if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA)) {
        return refuse(reason, place, "is not a CA certificate");
    }
    if (!(flags & EXFLAG_KUSAGE) || !(X509_get_key_usage(place->cert) & KU_KEY_CERT_SIGN)) {
        return refuse(reason, place, "key usage does not allow signing certificates");
    }
    return VIT_OK;
}

static enum vit_status check_root(const struct place *place, char *reason)
{
    VIT_TRY(check_issuer(place, reason));
    if (!(X509_get_extension_flags(place->cert) & EXFLAG_SS)) {
        return refuse(reason, place, "is not self-signed, so it is not a root");
    }
    return VIT_OK;
}

/* Each certificate is issued by the next one; none comes twice, and the root not at all. */
static enum vit_status check_order(const struct vit_chain *chain, const X509 *root, char *reason)
{
    for (unsigned i = 0; i < chain->count; i++) {
        struct place place = { chain->certs[i], i, false };
        if (X509_cmp(place.cert, root) == 0) {
            return refuse(reason, &place, "is the root, which does not belong in a chain");
        }
        for (unsigned k = 0; k < i; k++) {
            if (X509_cmp(place.cert, chain->certs[k]) == 0) {
                return refuse(reason, &place, "is in the chain twice");
            }
        }
        const X509_NAME *issuer = X509_get_issuer_name(place.cert);
        bool is_last = i + 1 == chain->count;
        const X509 *next = is_last ? root : chain->certs[i + 1];
        if (X509_NAME_cmp(issuer, X509_get_subject_name(next)) != 0) {
            return refuse(reason, &place,
                    is_last ? "is not issued by the root" : "is not issued by the next one");
        }
    }
    return VIT_OK;
}

static bool add_policy(X509_VERIFY_PARAM *param, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    if (object == NULL || !X509_VERIFY_PARAM_add0_policy(param, object)) {
        ASN1_OBJECT_free(object);
        return false;
    }
    return true;
}

static bool set_rules(X509_VERIFY_PARAM *param, int64_t now, bool with_policy)
{
    unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE;
    if (with_policy) {
        flags |= X509_V_FLAG_EXPLICIT_POLICY | X509_V_FLAG_INHIBIT_MAP;
    }
    if (now != 0) {
        X509_VERIFY_PARAM_set_time(param, (time_t)now);
    }
    X509_VERIFY_PARAM_set_auth_level(param, MIN_SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(param, VIT_CHAIN_MAX_COUNT);
    return X509_VERIFY_PARAM_set_flags(param, flags) &&
            (!with_policy ||
                    (add_policy(param, VIT_POLICY_CUSTODY_DRIVER) &&
                            add_policy(param, VIT_POLICY_CUSTODY_DEVICE)));
}

static STACK_OF(X509) * borrow_issuers(const struct vit_chain *chain)
{
    VIT_AUTO(x509_list) list = sk_X509_new_null();
    for (unsigned i = 1; list != NULL && i < chain->count; i++) {
        if (!sk_X509_push(list, chain->certs[i])) {
            return NULL;
        }
    }
    STACK_OF(X509) *result = list;
    list = NULL;
    return result;
}

static enum vit_status explain(X509_STORE_CTX *context, X509 *root, char *reason)
{
    X509 *cert = X509_STORE_CTX_get_current_cert(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    struct place place = { cert != NULL ? cert : root, (unsigned)depth, false };
    place.is_root = X509_cmp(place.cert, root) == 0;
    int error = X509_STORE_CTX_get_error(context);
    return refuse(reason, &place, "%s", X509_verify_cert_error_string(error));
}

/* What was verified must be what was given: the same certificates in the same order. */
static bool built_as_given(X509_STORE_CTX *context, X509 *const *certs, unsigned count, X509 *root)
{
    STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(context);
    if (built == NULL || sk_X509_num(built) != (int)count + 1) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        if (X509_cmp(sk_X509_value(built, (int)i), certs[i]) != 0) {
            return false;
        }
    }
    return X509_cmp(sk_X509_value(built, (int)count), root) == 0;
}

/* A NULL chain: the root alone. */
static enum vit_status run_openssl(const struct vit_chain *chain, X509 *root, int64_t now,
        char *reason)
{
    VIT_AUTO(x509_store) store = X509_STORE_new();
    VIT_AUTO(x509_list) issuers = chain != NULL ? borrow_issuers(chain) : sk_X509_new_null();
    VIT_AUTO(x509_store_ctx) context = X509_STORE_CTX_new();
    X509 *leaf = chain != NULL ? chain->certs[0] : root;
    if (store == NULL || issuers == NULL || context == NULL || !X509_STORE_add_cert(store, root) ||
            !X509_STORE_CTX_init(context, store, leaf, issuers) ||
            !set_rules(X509_STORE_CTX_get0_param(context), now, chain != NULL)) {
        return VIT_E_NOMEM;
    }
    if (X509_verify_cert(context) != 1 || X509_STORE_CTX_get_error(context) != X509_V_OK) {
        return explain(context, root, reason);
    }
    if (!built_as_given(context, chain != NULL ? chain->certs : NULL,
                chain != NULL ? chain->count : 0, root)) {
        struct place place = { leaf, 0, chain == NULL };
        return refuse(reason, &place, "the chain is not in order");
    }
    return VIT_OK;
}

static X509 *read_root(const void *der, size_t len)
{
    const uint8_t *at = der;
    if (len == 0 || len > VIT_CHAIN_MAX_LEN) {
        return NULL;
    }
    VIT_AUTO(x509) root = vit_x509_read(&at, at + len);
    if (root == NULL || at != (const uint8_t *)der + len) {
        return NULL;
    }
    X509 *result = root;
    root = NULL;
    return result;
}

VIT_RESULT vit_root_check(const void *der, size_t len, int64_t now, char reason[VIT_REASON_LEN])
{
    VIT_KEEP_ERRORS;
    reason[0] = '\0';
    VIT_AUTO(x509) root = read_root(der, len);
    if (root == NULL) {
        snprintf(reason, VIT_REASON_LEN, "root: is not one certificate in DER");
        return VIT_E_REFUSED;
    }
    struct place place = { root, 0, true };
    VIT_TRY(check_root(&place, reason));
    return run_openssl(NULL, root, now, reason);
}

static enum vit_status verify(const struct vit_chain *chain, X509 *root, int64_t now,
        struct vit_verified *verified)
{
    char *reason = verified->reason;
    VIT_TRY(check_order(chain, root, reason));
    for (unsigned i = 1; i < chain->count; i++) {
        struct place place = { chain->certs[i], i, false };
        VIT_TRY(check_issuer(&place, reason));
    }
    struct place root_place = { root, chain->count, true };
    VIT_TRY(check_root(&root_place, reason));
    struct place leaf_place = { chain->certs[0], 0, false };
    VIT_TRY(check_leaf(&leaf_place, verified, reason));
    return run_openssl(chain, root, now, reason);
}

static void fill_serial(const X509 *cert, char *text, size_t size)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    size_t at = 0;
    const uint8_t *bytes = ASN1_STRING_get0_data(serial);
    for (int i = 0; i < ASN1_STRING_length(serial) && at + 3 <= size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%02x", bytes[i]);
    }
}

void vit_verified_finish(struct vit_verified *verified)
{
    vit_public_key_destroy(verified->key);
    verified->key = NULL;
}

VIT_RESULT vit_chain_verify(const struct vit_chain *chain, const void *root_der, size_t root_len,
        int64_t now, struct vit_verified *verified)
{
    VIT_KEEP_ERRORS;
    memset(verified, 0, sizeof(*verified));
    VIT_AUTO(x509) root = read_root(root_der, root_len);
    if (root == NULL) {
        snprintf(verified->reason, sizeof(verified->reason), "root: is not one certificate in DER");
        return VIT_E_REFUSED;
    }
    enum vit_status status = verify(chain, root, now, verified);
    if (status != VIT_OK) {
        vit_verified_finish(verified);
        verified->custody = 0;
        return status;
    }
    X509 *leaf = chain->certs[0];
    vit_x509_name_line(X509_get_subject_name(leaf), verified->subject, sizeof(verified->subject));
    fill_serial(leaf, verified->serial, sizeof(verified->serial));
    return VIT_OK;
}
