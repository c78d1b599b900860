/* SPDX-License-Identifier: MIT */
#include "certs/rules.h"

#include <stdarg.h>
#include <stdio.h>

#include "crypto/key_ossl.h"

enum { LEAF_BITS = 2048, ISSUER_MIN_BITS = 2048, X509_V3 = 2 };

static void describe(const struct vit_place *place, char *text, size_t size)
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

enum vit_status vit_refuse(char *reason, const struct vit_place *place, const char *format, ...)
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

static enum vit_status check_extensions(const struct vit_place *place, char *reason)
{
    for (int i = 0; i < X509_get_ext_count(place->cert); i++) {
        X509_EXTENSION *extension = X509_get_ext(place->cert, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        if (X509_EXTENSION_get_critical(extension) && !is_known_critical(OBJ_obj2nid(object))) {
            char oid[64];
            OBJ_obj2txt(oid, sizeof(oid), object, 1);
            return vit_refuse(reason, place, "critical extension %s is not understood", oid);
        }
        if (X509_get_ext_by_OBJ(place->cert, object, i) >= 0) {
            return vit_refuse(reason, place, "has an extension twice");
        }
    }
    if (X509_get_extension_flags(place->cert) & EXFLAG_INVALID) {
        return vit_refuse(reason, place, "has a malformed extension");
    }
    return VIT_OK;
}

static enum vit_status check_signature_kind(const struct vit_place *place, char *reason)
{
    int digest = NID_undef;
    int key = NID_undef;
    if (!X509_get_signature_info(place->cert, &digest, &key, NULL, NULL)) {
        return vit_refuse(reason, place, "is signed in an unknown way");
    }
    if (key != NID_rsaEncryption && key != NID_rsassaPss) {
        return vit_refuse(reason, place, "is not signed with RSA");
    }
    if (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512) {
        return vit_refuse(reason, place, "is signed with %s, not SHA-256 or better",
                OBJ_nid2sn(digest));
    }
    return VIT_OK;
}

static enum vit_status check_key(const struct vit_place *place, char *reason)
{
    EVP_PKEY *key = X509_get0_pubkey(place->cert);
    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        return vit_refuse(reason, place, "the key is not RSA");
    }
    bool is_leaf = place->index == 0 && !place->is_root;
    int bits = EVP_PKEY_get_bits(key);
    if (is_leaf && bits != LEAF_BITS) {
        return vit_refuse(reason, place, "the key has %d bits, not %d", bits, LEAF_BITS);
    }
    if (bits < ISSUER_MIN_BITS) {
        return vit_refuse(reason, place, "the key has %d bits, fewer than %d", bits,
                ISSUER_MIN_BITS);
    }
    return VIT_OK;
}

static enum vit_status check_any(const struct vit_place *place, char *reason)
{
    if (X509_get_version(place->cert) != X509_V3) {
        return vit_refuse(reason, place, "is not an X.509 v3 certificate");
    }
    VIT_TRY(check_extensions(place, reason));
    VIT_TRY(check_signature_kind(place, reason));
    VIT_TRY(check_key(place, reason));
    /* Without the extension OpenSSL reports all bits set, which includes "any". */
    if (!place->is_root && !(X509_get_extended_key_usage(place->cert) & XKU_ANYEKU)) {
        return vit_refuse(reason, place, "extended key usage restricts it to another purpose");
    }
    return VIT_OK;
}

VIT_RESULT vit_check_leaf(const struct vit_place *place, struct vit_verified *verified,
        char *reason)
{
    VIT_TRY(check_any(place, reason));
    uint32_t flags = X509_get_extension_flags(place->cert);
    if (flags & EXFLAG_CA) {
        return vit_refuse(reason, place, "is a CA certificate");
    }
    uint32_t usage = X509_get_key_usage(place->cert);
    if (!(flags & EXFLAG_KUSAGE) || !(usage & KU_KEY_ENCIPHERMENT)) {
        return vit_refuse(reason, place, "key usage does not allow key encipherment");
    }
    if (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) {
        return vit_refuse(reason, place, "key usage allows what only a CA may do");
    }
    if (vit_x509_custody(place->cert, &verified->custody) != VIT_OK) {
        return vit_refuse(reason, place, "does not name exactly one custody policy");
    }
    if (vit_public_key_wrap(X509_get0_pubkey(place->cert), &verified->key) != VIT_OK) {
        return vit_refuse(reason, place, "the key cannot be used for the exchange");
    }
    return VIT_OK;
}

VIT_RESULT vit_check_issuer(const struct vit_place *place, char *reason)
{
    VIT_TRY(check_any(place, reason));
    uint32_t flags = X509_get_extension_flags(place->cert);
    if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA)) {
        return vit_refuse(reason, place, "is not a CA certificate");
    }
    if (!(flags & EXFLAG_KUSAGE) || !(X509_get_key_usage(place->cert) & KU_KEY_CERT_SIGN)) {
        return vit_refuse(reason, place, "key usage does not allow signing certificates");
    }
    return VIT_OK;
}

VIT_RESULT vit_check_root(const struct vit_place *place, char *reason)
{
    VIT_TRY(vit_check_issuer(place, reason));
    if (!(X509_get_extension_flags(place->cert) & EXFLAG_SS)) {
        return vit_refuse(reason, place, "is not self-signed, so it is not a root");
    }
    return VIT_OK;
}

static bool comes_before(const struct vit_chain *chain, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (X509_cmp(chain->certs[i], chain->certs[index]) == 0) {
            return true;
        }
    }
    return false;
}

static enum vit_status check_members(const struct vit_chain *chain, const X509 *root, char *reason)
{
    for (unsigned i = 0; i < chain->count; i++) {
        struct vit_place place = { chain->certs[i], i, false };
        if (X509_cmp(place.cert, root) == 0) {
            return vit_refuse(reason, &place, "is the root, which does not belong in a chain");
        }
        if (comes_before(chain, i)) {
            return vit_refuse(reason, &place, "is in the chain twice");
        }
    }
    return VIT_OK;
}

VIT_RESULT vit_check_order(const struct vit_chain *chain, const X509 *root, char *reason)
{
    VIT_TRY(check_members(chain, root, reason));
    for (unsigned i = 0; i < chain->count; i++) {
        struct vit_place place = { chain->certs[i], i, false };
        bool is_last = i + 1 == chain->count;
        const X509 *next = is_last ? root : chain->certs[i + 1];
        const X509_NAME *issuer = X509_get_issuer_name(place.cert);
        if (X509_NAME_cmp(issuer, X509_get_subject_name(next)) != 0) {
            return vit_refuse(reason, &place,
                    is_last ? "is not issued by the root" : "is not issued by the next one");
        }
    }
    return VIT_OK;
}
