/* SPDX-License-Identifier: MIT */
#include "certs/describe.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certs/ossl.h"

static int64_t seconds_of(const ASN1_TIME *when)
{
    struct tm parts;
    return ASN1_TIME_to_tm(when, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

unsigned vit_chain_count(const struct vit_chain *chain)
{
    return chain->count;
}

VIT_RESULT vit_chain_describe(const struct vit_chain *chain, unsigned index,
        struct vit_cert_facts *facts)
{
    VIT_KEEP_ERRORS;
    if (index >= chain->count) {
        return VIT_E_ARG;
    }
    X509 *cert = chain->certs[index];
    memset(facts, 0, sizeof(*facts));
    vit_x509_name_line(X509_get_subject_name(cert), facts->subject, sizeof(facts->subject));
    vit_x509_name_line(X509_get_issuer_name(cert), facts->issuer, sizeof(facts->issuer));
    vit_x509_serial_line(cert, facts->serial, sizeof(facts->serial));

    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    if (X509_digest(cert, EVP_sha256(), digest, &digest_len) != 1) {
        return VIT_E_NOMEM;
    }
    vit_hex_line(digest, digest_len, facts->fingerprint, sizeof(facts->fingerprint));

    const char *signature = OBJ_nid2ln(X509_get_signature_nid(cert));
    snprintf(facts->signature, sizeof(facts->signature), "%s", signature ? signature : "?");
    facts->not_before = seconds_of(X509_get0_notBefore(cert));
    facts->not_after = seconds_of(X509_get0_notAfter(cert));

    EVP_PKEY *key = X509_get0_pubkey(cert);
    facts->key_bits = key != NULL ? (unsigned)EVP_PKEY_get_bits(key) : 0;
    facts->is_rsa = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    facts->is_ca = X509_get_extension_flags(cert) & EXFLAG_CA;
    if (vit_x509_custody(cert, &facts->custody) != VIT_OK) {
        facts->custody = 0;
    }
    return VIT_OK;
}
