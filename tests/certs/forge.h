/* SPDX-License-Identifier: MIT */
/**
 * Makes certificates of any kind, good and bad, without the project's own code: a family of root,
 * intermediate and leaf, whose specifications a test changes before it builds them.
 */
#ifndef TESTS_CERTS_FORGE_H
#define TESTS_CERTS_FORGE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

/* The time at which a family is good. */
#define FORGE_NOW INT64_C(1900000000)

enum { FORGE_ROOT, FORGE_INTERMEDIATE, FORGE_LEAF, FORGE_COUNT, FORGE_EXTENSIONS = 8 };

struct forge_extension {
    const char *name; /* as in x509v3_config(5), or an OID */
    const char *value;
};

struct forge_spec {
    const char *name;
    const char *key; /* a file that make_keys.c wrote: "rsa2048-a", "rsa1024", "ec256" ... */
    int version;     /* 2 is v3 */
    int64_t from;
    int64_t to;
    const char *digest;
    struct forge_extension extensions[FORGE_EXTENSIONS];
};

struct forge_family {
    struct forge_spec specs[FORGE_COUNT];
    X509 *certs[FORGE_COUNT];
};

/* Specifications of a good family of driver custody. */
void forge_init(struct forge_family *family);
/* Replaces an extension, or adds it; value NULL: removes it. */
void forge_set(struct forge_family *family, int which, const char *name, const char *value);
void forge_build(struct forge_family *family);
void forge_finish(struct forge_family *family);

/* One more certificate by one of the family. */
X509 *forge_cert(const struct forge_spec *spec, X509 *issuer, const char *issuer_key);

/* Appends a certificate's DER. */
size_t forge_append(uint8_t *out, size_t at, X509 *cert);
/* Leaf and intermediate; the length. */
size_t forge_chain(const struct forge_family *family, uint8_t *out);

EVP_PKEY *forge_key(const char *name);
/* The key's file: PEM, in memory that the caller frees. */
char *forge_pem(const char *name, size_t *len);

#endif
