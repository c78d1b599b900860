/* SPDX-License-Identifier: MIT */
#include "tests/certs/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certs/policy.h"

enum { DAY = 86400, SERIAL = 7 };

static void need(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "forge: %s\n", what);
        abort();
    }
}

char *forge_pem(const char *name, size_t *len)
{
    const char *dir = getenv("FORGE_KEYS");
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s.pem", dir != NULL ? dir : ".", name);
    FILE *file = fopen(path, "r");
    need(file != NULL, path);
    enum { MORE_THAN_ANY = 16384 };
    char *pem = malloc(MORE_THAN_ANY);
    need(pem != NULL, "no memory");
    *len = fread(pem, 1, MORE_THAN_ANY, file);
    fclose(file);
    return pem;
}

EVP_PKEY *forge_key(const char *name)
{
    size_t len = 0;
    char *pem = forge_pem(name, &len);
    BIO *text = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    need(key != NULL, name);
    BIO_free(text);
    free(pem);
    return key;
}

void forge_init(struct forge_family *family)
{
    static const struct forge_spec root = {
        .name = "Root", .key = "rsa2048-a", .version = 2,
        .from = FORGE_NOW - 100 * DAY, .to = FORGE_NOW + 100 * DAY, .digest = "SHA256",
        .extensions = {
            { "basicConstraints", "critical,CA:TRUE" },
            { "keyUsage", "critical,keyCertSign,cRLSign" },
            { "subjectKeyIdentifier", "hash" },
        },
    };
    static const struct forge_spec intermediate = {
        .name = "Intermediate", .key = "rsa2048-b", .version = 2,
        .from = FORGE_NOW - 50 * DAY, .to = FORGE_NOW + 50 * DAY, .digest = "SHA256",
        .extensions = {
            { "basicConstraints", "critical,CA:TRUE,pathlen:0" },
            { "keyUsage", "critical,keyCertSign" },
            { "subjectKeyIdentifier", "hash" },
            { "authorityKeyIdentifier", "keyid:always" },
            { "certificatePolicies", "2.5.29.32.0" },
        },
    };
    static const struct forge_spec leaf = {
        .name = "Leaf", .key = "rsa2048-c", .version = 2,
        .from = FORGE_NOW - 10 * DAY, .to = FORGE_NOW + 10 * DAY, .digest = "SHA256",
        .extensions = {
            { "basicConstraints", "critical,CA:FALSE" },
            { "keyUsage", "critical,keyEncipherment" },
            { "subjectKeyIdentifier", "hash" },
            { "authorityKeyIdentifier", "keyid:always" },
            { "certificatePolicies", VIT_POLICY_CUSTODY_DRIVER },
        },
    };
    memset(family, 0, sizeof(*family));
    family->specs[FORGE_ROOT] = root;
    family->specs[FORGE_INTERMEDIATE] = intermediate;
    family->specs[FORGE_LEAF] = leaf;
}

void forge_set(struct forge_family *family, int which, const char *name, const char *value)
{
    struct forge_extension *slots = family->specs[which].extensions;
    int at = 0;
    while (at < FORGE_EXTENSIONS && slots[at].name != NULL && strcmp(slots[at].name, name) != 0) {
        at++;
    }
    need(at < FORGE_EXTENSIONS, "too many extensions");
    slots[at] = (struct forge_extension){ name, value };
}

static void add_extensions(X509 *cert, X509 *issuer, const struct forge_spec *spec)
{
    CONF *none = NCONF_new(NULL); /* policies cannot be read without one */
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&context, none);
    for (int i = 0; i < FORGE_EXTENSIONS && spec->extensions[i].name != NULL; i++) {
        const struct forge_extension *row = &spec->extensions[i];
        if (row->value == NULL) {
            continue;
        }
        X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, &context, row->name, row->value);
        need(extension != NULL && X509_add_ext(cert, extension, -1), row->name);
        X509_EXTENSION_free(extension);
    }
    NCONF_free(none);
}

X509 *forge_cert(const struct forge_spec *spec, X509 *issuer, const char *issuer_key)
{
    X509 *cert = X509_new();
    EVP_PKEY *key = forge_key(spec->key);
    EVP_PKEY *signer = forge_key(issuer_key);
    X509 *above = issuer != NULL ? issuer : cert;
    X509_set_version(cert, spec->version);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), SERIAL);
    ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)spec->from);
    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)spec->to);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
            (const unsigned char *)spec->name, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(above));
    X509_set_pubkey(cert, key);
    add_extensions(cert, above, spec);
    need(X509_sign(cert, signer, EVP_get_digestbyname(spec->digest)), "cannot sign");
    EVP_PKEY_free(key);
    EVP_PKEY_free(signer);
    return cert;
}

void forge_build(struct forge_family *family)
{
    for (int i = 0; i < FORGE_COUNT; i++) {
        X509 *issuer = i > 0 ? family->certs[i - 1] : NULL;
        const char *signer = family->specs[i > 0 ? i - 1 : 0].key;
        family->certs[i] = forge_cert(&family->specs[i], issuer, signer);
    }
}

void forge_finish(struct forge_family *family)
{
    for (int i = 0; i < FORGE_COUNT; i++) {
        X509_free(family->certs[i]);
    }
}

size_t forge_append(uint8_t *out, size_t at, X509 *cert)
{
    uint8_t *end = out + at;
    int len = i2d_X509(cert, &end);
    need(len > 0, "cannot encode");
    return at + (size_t)len;
}

size_t forge_chain(const struct forge_family *family, uint8_t *out)
{
    size_t len = forge_append(out, 0, family->certs[FORGE_LEAF]);
    return forge_append(out, len, family->certs[FORGE_INTERMEDIATE]);
}
