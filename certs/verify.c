/* SPDX-License-Identifier: MIT */
/*
 * Our own rules come first, because they can say what is wrong; then OpenSSL checks signatures,
 * dates, constraints and policies (RFC 5280), and what it built must be the chain as it was given.
 */
#include "certs/verify.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certs/crl_ossl.h"
#include "certs/policy.h"
#include "certs/rules.h"

enum { MIN_SECURITY_LEVEL = 2 };

_Static_assert(sizeof(((struct vit_verified *)0)->reason) == VIT_REASON_LEN, "one length");

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
    struct vit_place place = { cert != NULL ? cert : root, (unsigned)depth, false };
    place.is_root = X509_cmp(place.cert, root) == 0;
    int error = X509_STORE_CTX_get_error(context);
    return vit_refuse(reason, &place, "%s", X509_verify_cert_error_string(error));
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

/* What OpenSSL does not ask of a list. */
static const char *fault_of(const X509_CRL *crl)
{
    int digest = NID_undef;
    int key = NID_undef;
    int parameters = V_ASN1_UNDEF;
    const X509_ALGOR *algorithm = NULL;
    if (X509_CRL_get0_nextUpdate(crl) == NULL) {
        return "does not say when the next one comes";
    }
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    X509_ALGOR_get0(NULL, &parameters, NULL, algorithm);
    if (!OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, &key) ||
            key != NID_rsaEncryption || parameters != V_ASN1_NULL ||
            (digest != NID_sha256 && digest != NID_sha384 && digest != NID_sha512)) {
        return "is not signed with RSA and SHA-256 or better";
    }
    return NULL;
}

static enum vit_status check_lists(STACK_OF(X509_CRL) * lists, char *reason)
{
    for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(lists, i);
        const char *fault = fault_of(crl);
        if (fault != NULL) {
            char issuer[48];
            vit_x509_name_line(X509_CRL_get_issuer(crl), issuer, sizeof(issuer));
            snprintf(reason, VIT_REASON_LEN, "list of revoked certificates (%s): %s", issuer,
                    fault);
            return VIT_E_REFUSED;
        }
    }
    return VIT_OK;
}

static bool use_lists(X509_STORE_CTX *context, STACK_OF(X509_CRL) * lists)
{
    if (lists == NULL) {
        return true;
    }
    X509_STORE_CTX_set0_crls(context, lists);
    return X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context),
                   X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

/* A NULL chain: the root alone. NULL lists: revocation is not looked at. */
static enum vit_status run_openssl(const struct vit_chain *chain, X509 *root,
        STACK_OF(X509_CRL) * lists, int64_t now, char *reason)
{
    VIT_AUTO(x509_store) store = X509_STORE_new();
    VIT_AUTO(x509_list) issuers = chain != NULL ? borrow_issuers(chain) : sk_X509_new_null();
    VIT_AUTO(x509_store_ctx) context = X509_STORE_CTX_new();
    X509 *leaf = chain != NULL ? chain->certs[0] : root;
    if (store == NULL || issuers == NULL || context == NULL || !X509_STORE_add_cert(store, root) ||
            !X509_STORE_CTX_init(context, store, leaf, issuers) ||
            !set_rules(X509_STORE_CTX_get0_param(context), now, chain != NULL) ||
            !use_lists(context, lists)) {
        return VIT_E_NOMEM;
    }
    if (X509_verify_cert(context) != 1 || X509_STORE_CTX_get_error(context) != X509_V_OK) {
        return explain(context, root, reason);
    }
    if (!built_as_given(context, chain != NULL ? chain->certs : NULL,
                chain != NULL ? chain->count : 0, root)) {
        struct vit_place place = { leaf, 0, chain == NULL };
        return vit_refuse(reason, &place, "the chain is not in order");
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
    struct vit_place place = { root, 0, true };
    VIT_TRY(vit_check_root(&place, reason));
    return run_openssl(NULL, root, NULL, now, reason);
}

static bool is_signed_by(X509_CRL *crl, X509 *issuer)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

static bool is_current(const X509_CRL *crl, int64_t now)
{
    time_t at = now != 0 ? (time_t)now : time(NULL);
    return X509_cmp_time(X509_CRL_get0_lastUpdate(crl), &at) < 0 &&
            X509_cmp_time(X509_CRL_get0_nextUpdate(crl), &at) > 0;
}

/* Of several lists by issuers of one name OpenSSL looks at the best. Here each issuer needs one that
 * its key signed, and what any of them names, an outdated one too, is revoked. */
static enum vit_status check_place(const struct vit_place *place, X509 *issuer,
        STACK_OF(X509_CRL) * lists, int64_t now, char *reason)
{
    bool has_current = false;
    for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
        X509_CRL *crl = sk_X509_CRL_value(lists, i);
        X509_REVOKED *entry = NULL;
        if (!is_signed_by(crl, issuer)) {
            continue;
        }
        if (X509_CRL_get0_by_cert(crl, &entry, place->cert) == 1) {
            return vit_refuse(reason, place, "certificate revoked");
        }
        has_current |= is_current(crl, now);
    }
    return has_current ? VIT_OK : vit_refuse(reason, place, "unable to get certificate CRL");
}

static enum vit_status check_all_lists(const struct vit_chain *chain, X509 *root,
        STACK_OF(X509_CRL) * lists, int64_t now, char *reason)
{
    for (unsigned i = 0; i < chain->count && lists != NULL; i++) {
        struct vit_place place = { chain->certs[i], i, false };
        X509 *issuer = i + 1 < chain->count ? chain->certs[i + 1] : root;
        VIT_TRY(check_place(&place, issuer, lists, now, reason));
    }
    return VIT_OK;
}

static enum vit_status verify(const struct vit_chain *chain, X509 *root, STACK_OF(X509_CRL) * lists,
        int64_t now, struct vit_verified *verified)
{
    char *reason = verified->reason;
    VIT_TRY(vit_check_order(chain, root, reason));
    for (unsigned i = 1; i < chain->count; i++) {
        struct vit_place place = { chain->certs[i], i, false };
        VIT_TRY(vit_check_issuer(&place, reason));
    }
    struct vit_place root_place = { root, chain->count, true };
    VIT_TRY(vit_check_root(&root_place, reason));
    struct vit_place leaf_place = { chain->certs[0], 0, false };
    VIT_TRY(vit_check_leaf(&leaf_place, verified, reason));
    VIT_TRY(run_openssl(chain, root, lists, now, reason));
    return check_all_lists(chain, root, lists, now, reason);
}

void vit_verified_finish(struct vit_verified *verified)
{
    vit_public_key_destroy(verified->key);
    verified->key = NULL;
}

static enum vit_status verify_with(const struct vit_chain *chain, const void *root_der,
        size_t root_len, STACK_OF(X509_CRL) * lists, int64_t now, struct vit_verified *verified)
{
    VIT_AUTO(x509) root = read_root(root_der, root_len);
    if (root == NULL) {
        snprintf(verified->reason, sizeof(verified->reason), "root: is not one certificate in DER");
        return VIT_E_REFUSED;
    }
    enum vit_status status = verify(chain, root, lists, now, verified);
    if (status != VIT_OK) {
        vit_verified_finish(verified);
        verified->custody = 0;
        return status;
    }
    X509 *leaf = chain->certs[0];
    vit_x509_name_line(X509_get_subject_name(leaf), verified->subject, sizeof(verified->subject));
    vit_x509_serial_line(leaf, verified->serial, sizeof(verified->serial));
    return VIT_OK;
}

VIT_RESULT vit_chain_verify(const struct vit_chain *chain, const void *root_der, size_t root_len,
        int64_t now, struct vit_verified *verified)
{
    VIT_KEEP_ERRORS;
    memset(verified, 0, sizeof(*verified));
    return verify_with(chain, root_der, root_len, NULL, now, verified);
}

VIT_RESULT vit_chain_verify_revocation(const struct vit_chain *chain, const void *root_der,
        size_t root_len, const void *crls, size_t crl_len, int64_t now,
        struct vit_verified *verified)
{
    VIT_KEEP_ERRORS;
    memset(verified, 0, sizeof(*verified));
    VIT_AUTO(x509_crl_list) lists = NULL;
    enum vit_status status = vit_x509_crls_read(crls, crl_len, &lists);
    if (status == VIT_E_REFUSED) {
        snprintf(verified->reason, sizeof(verified->reason),
                "lists of revoked certificates: are not lists in DER");
    }
    VIT_TRY(status);
    VIT_TRY(check_lists(lists, verified->reason));
    return verify_with(chain, root_der, root_len, lists, now, verified);
}
