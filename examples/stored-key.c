/* SPDX-License-Identifier: MIT */
/*
 * A key that outlives its program: a pair on P-256 is stored under a name, opened again, and agrees with
 * a peer both times. Its private half never leaves the provider.
 *
 *     stored-key           in a file of the software provider
 *     stored-key --token   on a token; its PIN is asked for on the terminal
 */
#include <ncrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LEN = 32, BLOB_LEN = sizeof(BCRYPT_ECCKEY_BLOB) + 2 * 32 };

static const WCHAR name[] = u"Vitrine example";

static void check(SECURITY_STATUS status, const char *what)
{
    if (status != ERROR_SUCCESS) {
        fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)status);
        exit(1);
    }
}

static NCRYPT_KEY_HANDLE make(NCRYPT_PROV_HANDLE provider, LPCWSTR key_name)
{
    NCRYPT_KEY_HANDLE key;
    check(NCryptCreatePersistedKey(provider, &key, NCRYPT_ECDH_P256_ALGORITHM, key_name, 0,
                  key_name == NULL ? 0 : NCRYPT_OVERWRITE_KEY_FLAG),
            "NCryptCreatePersistedKey");
    check(NCryptFinalizeKey(key, 0), "NCryptFinalizeKey");
    return key;
}

/* The public half of a key, as a key of its own. */
static NCRYPT_KEY_HANDLE public_half(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key)
{
    BYTE blob[BLOB_LEN];
    DWORD len;
    NCRYPT_KEY_HANDLE public;
    check(NCryptExportKey(key, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, blob, sizeof(blob), &len, 0),
            "NCryptExportKey");
    check(NCryptImportKey(provider, 0, BCRYPT_ECCPUBLIC_BLOB, NULL, &public, blob, len, 0),
            "NCryptImportKey");
    return public;
}

static void agree(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE own, NCRYPT_KEY_HANDLE other,
        BYTE key[KEY_LEN])
{
    static WCHAR sha256[] = BCRYPT_SHA256_ALGORITHM;
    NCryptBuffer buffer = { sizeof(sha256), KDF_HASH_ALGORITHM, sha256 };
    NCryptBufferDesc parameters = { NCRYPTBUFFER_VERSION, 1, &buffer };
    NCRYPT_KEY_HANDLE peer = public_half(provider, other);
    NCRYPT_SECRET_HANDLE secret;
    DWORD len;
    check(NCryptSecretAgreement(own, peer, &secret, 0), "NCryptSecretAgreement");
    check(NCryptDeriveKey(secret, BCRYPT_KDF_HASH, &parameters, key, KEY_LEN, &len, 0),
            "NCryptDeriveKey");
    check(NCryptFreeObject(secret), "NCryptFreeObject");
    check(NCryptFreeObject(peer), "NCryptFreeObject");
}

int main(int argc, char **argv)
{
    BYTE first[KEY_LEN], again[KEY_LEN], theirs[KEY_LEN];
    NCRYPT_PROV_HANDLE provider;
    NCRYPT_KEY_HANDLE own;
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "--token") != 0)) {
        fprintf(stderr, "usage: %s [--token]\n", argv[0]);
        return 2;
    }
    check(NCryptOpenStorageProvider(&provider,
                  argc == 2 ? MS_SMART_CARD_KEY_STORAGE_PROVIDER : MS_KEY_STORAGE_PROVIDER, 0),
            "NCryptOpenStorageProvider");
    NCRYPT_KEY_HANDLE other = make(provider, NULL);
    own = make(provider, name);
    agree(provider, own, other, first);
    agree(provider, other, own, theirs);
    check(NCryptFreeObject(own), "NCryptFreeObject");
    check(NCryptOpenKey(provider, &own, name, 0, 0), "NCryptOpenKey");
    agree(provider, own, other, again);
    check(NCryptDeleteKey(own, 0), "NCryptDeleteKey");
    check(NCryptFreeObject(other), "NCryptFreeObject");
    check(NCryptFreeObject(provider), "NCryptFreeObject");
    if (memcmp(first, theirs, KEY_LEN) != 0 || memcmp(first, again, KEY_LEN) != 0) {
        puts("the keys differ");
        return 1;
    }
    puts("the stored key agrees, before and after it was opened again");
    return 0;
}
