/* SPDX-License-Identifier: MIT */
/* Makes a key in key storage that no device can use, or looks at one of a device.
 *
 * usage: key-tool software|token NAME BITS [PIN]     (exit 0: made)
 *        key-tool software|token NAME decrypts       (exit 0: that and nothing else) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ncrypt.h"

enum { MAX_TEXT = 128 };

static void widen(const char *text, WCHAR out[MAX_TEXT])
{
    size_t len = strlen(text);
    for (size_t i = 0; i <= len && i < MAX_TEXT; i++) {
        out[i] = (unsigned char)text[i];
    }
}

static void need(const char *what, SECURITY_STATUS status)
{
    if (status != ERROR_SUCCESS) {
        fprintf(stderr, "key-tool: %s: 0x%08x\n", what, (unsigned)status);
        exit(1);
    }
}

static int only_decrypts(NCRYPT_PROV_HANDLE provider, LPCWSTR name)
{
    NCRYPT_KEY_HANDLE key;
    DWORD usage = 0, len;
    need("key", NCryptOpenKey(provider, &key, name, 0, 0));
    need("usage",
            NCryptGetProperty(key, NCRYPT_KEY_USAGE_PROPERTY, (PBYTE)&usage, sizeof(usage), &len,
                    0));
    need("free", NCryptFreeObject(key));
    need("free", NCryptFreeObject(provider));
    return usage == NCRYPT_ALLOW_DECRYPT_FLAG ? 0 : 1;
}

int main(int argc, char **argv)
{
    NCRYPT_PROV_HANDLE provider;
    NCRYPT_KEY_HANDLE key;
    WCHAR name[MAX_TEXT], pin[MAX_TEXT];
    if (argc < 4 || strlen(argv[2]) >= MAX_TEXT || (argc > 4 && strlen(argv[4]) >= MAX_TEXT)) {
        return 2;
    }
    LPCWSTR provider_name = strcmp(argv[1], "token") == 0 ? MS_SMART_CARD_KEY_STORAGE_PROVIDER
                                                          : MS_KEY_STORAGE_PROVIDER;
    DWORD bits = (DWORD)strtoul(argv[3], NULL, 10);
    widen(argv[2], name);
    need("provider", NCryptOpenStorageProvider(&provider, provider_name, 0));
    if (strcmp(argv[3], "decrypts") == 0) {
        return only_decrypts(provider, name);
    }
    if (argc > 4) {
        widen(argv[4], pin);
        need("PIN",
                NCryptSetProperty(provider, NCRYPT_PIN_PROPERTY, (PBYTE)pin,
                        (DWORD)(strlen(argv[4]) + 1) * sizeof(WCHAR), 0));
    }
    need("key",
            NCryptCreatePersistedKey(provider, &key,
                    bits == 0 ? NCRYPT_ECDSA_P256_ALGORITHM : NCRYPT_RSA_ALGORITHM, name, 0, 0));
    if (bits != 0) {
        need("length",
                NCryptSetProperty(key, NCRYPT_LENGTH_PROPERTY, (PBYTE)&bits, sizeof(bits), 0));
    }
    need("finalize", NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG));
    need("free", NCryptFreeObject(key));
    need("free", NCryptFreeObject(provider));
    return 0;
}
