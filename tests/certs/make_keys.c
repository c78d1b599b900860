/* SPDX-License-Identifier: MIT */
/* Writes the keys that forge.c uses: make_keys FILE.pem ..., each named after its kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static EVP_PKEY *make(const char *name)
{
    if (strncmp(name, "rsa", 3) == 0) {
        return EVP_RSA_gen((unsigned)strtoul(name + 3, NULL, 10));
    }
    return EVP_EC_gen("P-256");
}

static int write_key(const char *path)
{
    const char *slash = strrchr(path, '/');
    EVP_PKEY *key = make(slash != NULL ? slash + 1 : path);
    FILE *file = fopen(path, "w");
    int good = key != NULL && file != NULL &&
            PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    if (file != NULL) {
        good &= fclose(file) == 0;
    }
    EVP_PKEY_free(key);
    return good;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!write_key(argv[i])) {
            fprintf(stderr, "make_keys: cannot write %s\n", argv[i]);
            return 1;
        }
    }
    return 0;
}
