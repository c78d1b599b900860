/* SPDX-License-Identifier: MIT */
/*
 * Agreements and blobs for tests that compare them with others: one command per line of standard
 * input, one answer per line: "ok HEX", or where it ended and the status in hexadecimal digits.
 *
 *   generate ALGORITHM BITS TYPE
 *   convert ALGORITHM TYPE HEX TYPE
 *   derive ALGORITHM BLOB BLOB FUNCTION LENGTH [BUFFER=HEX ...] [hash=HEX] [salt=HEX] [flags=NUMBER]
 *
 * ALGORITHM is an identifier, or ECDH:CURVE; TYPE may have flags of the import behind it: TYPE,8. The
 * two blobs of derive are private and public, each HEX or TYPE:HEX; BUFFER is the number of a
 * parameter, and hash and salt are properties for HKDF. HEX may be "-": nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bcrypt.h"

enum { MAX_LEN = 8192, MAX_WORDS = 16, MAX_LINE = 32768 };

struct bytes {
    UCHAR data[MAX_LEN];
    ULONG len;
};

static void wide(const char *text, WCHAR *out)
{
    size_t i = 0;
    for (; text[i] != '\0' && i < 63; i++) {
        out[i] = (WCHAR)text[i];
    }
    out[i] = 0;
}

static void parse(const char *text, struct bytes *out)
{
    out->len = 0;
    for (unsigned value; out->len < MAX_LEN && sscanf(text, "%2x", &value) == 1; text += 2) {
        out->data[out->len++] = (UCHAR)value;
    }
}

static void answer(const UCHAR *bytes, ULONG len)
{
    printf("ok ");
    for (ULONG i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

static BOOL passes(NTSTATUS status, const char *where)
{
    if (!NT_SUCCESS(status)) {
        printf("%s %08x\n", where, (unsigned)status);
    }
    return NT_SUCCESS(status);
}

static BOOL open_algorithm(char *name, BCRYPT_ALG_HANDLE *provider)
{
    WCHAR text[64];
    char *curve = strchr(name, ':');
    if (curve != NULL) {
        *curve++ = '\0';
    }
    wide(name, text);
    if (!passes(BCryptOpenAlgorithmProvider(provider, text, NULL, 0), "open")) {
        return FALSE;
    }
    if (curve != NULL) {
        wide(curve, text);
        if (!passes(BCryptSetProperty(*provider, BCRYPT_ECC_CURVE_NAME, (PUCHAR)text, sizeof(text),
                            0),
                    "curve")) {
            BCryptCloseAlgorithmProvider(*provider, 0);
            return FALSE;
        }
    }
    return TRUE;
}

static BOOL import(BCRYPT_ALG_HANDLE provider, const char *type, const char *hex, const char *where,
        BCRYPT_KEY_HANDLE *key)
{
    static struct bytes blob;
    char name[64] = "";
    WCHAR text[64];
    const char *comma = strchr(type, ',');
    ULONG flags = comma == NULL ? 0 : (ULONG)strtoul(comma + 1, NULL, 0);
    strncat(name, type, comma == NULL ? sizeof(name) - 1 : (size_t)(comma - type));
    wide(name, text);
    parse(hex, &blob);
    return passes(BCryptImportKeyPair(provider, NULL, text, key, blob.data, blob.len, flags),
            where);
}

/* Of a type that stands before it, or else of the one that is said. */
static BOOL import_word(BCRYPT_ALG_HANDLE provider, const char *type, char *word, const char *where,
        BCRYPT_KEY_HANDLE *key)
{
    char *colon = strchr(word, ':');
    if (colon == NULL) {
        return import(provider, type, word, where, key);
    }
    *colon = '\0';
    return import(provider, word, colon + 1, where, key);
}

static void export_as(BCRYPT_KEY_HANDLE key, const char *type)
{
    static struct bytes blob;
    WCHAR text[64];
    wide(type, text);
    if (passes(BCryptExportKey(key, NULL, text, blob.data, MAX_LEN, &blob.len, 0), "export")) {
        answer(blob.data, blob.len);
    }
    BCryptDestroyKey(key);
}

static void convert(BCRYPT_ALG_HANDLE provider, char **words)
{
    BCRYPT_KEY_HANDLE key;
    if (import(provider, words[2], words[3], "import", &key)) {
        export_as(key, words[4]);
    }
}

static void generate(BCRYPT_ALG_HANDLE provider, char **words)
{
    BCRYPT_KEY_HANDLE key;
    ULONG bits = (ULONG)strtoul(words[2], NULL, 10);
    if (!passes(BCryptGenerateKeyPair(provider, &key, bits, 0), "generate")) {
        return;
    }
    if (passes(BCryptFinalizeKeyPair(key, 0), "finalize")) {
        export_as(key, words[3]);
    } else {
        BCryptDestroyKey(key);
    }
}

/* A property of the secret, flags, or a buffer. */
static BOOL take_parameter(BCRYPT_SECRET_HANDLE secret, char *word, struct bytes *value,
        BCryptBufferDesc *list, ULONG *flags)
{
    char *hex = strchr(word, '=');
    if (hex == NULL) {
        return TRUE;
    }
    *hex++ = '\0';
    if (strcmp(word, "flags") == 0) {
        *flags = (ULONG)strtoul(hex, NULL, 0);
        return TRUE;
    }
    parse(hex, value);
    if (strcmp(word, "hash") == 0) {
        return passes(BCryptSetProperty(secret, BCRYPT_HKDF_HASH_ALGORITHM, value->data, value->len,
                              0),
                "hash");
    }
    if (strcmp(word, "salt") == 0) {
        return passes(BCryptSetProperty(secret, BCRYPT_HKDF_SALT_AND_FINALIZE, value->data,
                              value->len, 0),
                "salt");
    }
    list->pBuffers[list->cBuffers++] =
            (BCryptBuffer){ value->len, (ULONG)strtoul(word, NULL, 0), value->data };
    return TRUE;
}

static void derive_from(BCRYPT_SECRET_HANDLE secret, char **words, unsigned count)
{
    static struct bytes values[MAX_WORDS], out;
    BCryptBuffer buffers[MAX_WORDS];
    BCryptBufferDesc list = { BCRYPTBUFFER_VERSION, 0, buffers };
    WCHAR function[64];
    ULONG len = 0, flags = 0;
    wide(words[4], function);
    for (unsigned i = 6; i < count; i++) {
        if (!take_parameter(secret, words[i], &values[i], &list, &flags)) {
            return;
        }
    }
    ULONG asked = (ULONG)strtoul(words[5], NULL, 10);
    if (passes(BCryptDeriveKey(secret, function, &list, out.data, asked, &len, flags), "derive")) {
        answer(out.data, len);
    }
}

static void derive(BCRYPT_ALG_HANDLE provider, char **words, unsigned count)
{
    BCRYPT_KEY_HANDLE own, peer;
    BCRYPT_SECRET_HANDLE secret;
    if (!import_word(provider, "PRIVATEBLOB", words[2], "private", &own)) {
        return;
    }
    if (import_word(provider, "PUBLICBLOB", words[3], "public", &peer)) {
        if (passes(BCryptSecretAgreement(own, peer, &secret, 0), "agree")) {
            derive_from(secret, words, count);
            BCryptDestroySecret(secret);
        }
        BCryptDestroyKey(peer);
    }
    BCryptDestroyKey(own);
}

static unsigned split(char *line, char **words)
{
    unsigned count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < MAX_WORDS;
            word = strtok(NULL, " \n")) {
        words[count++] = word;
    }
    return count;
}

static void run(char **words, unsigned count)
{
    BCRYPT_ALG_HANDLE provider;
    if (count < 4) {
        puts("what");
        return;
    }
    if (!open_algorithm(words[1], &provider)) {
        return;
    }
    if (strcmp(words[0], "generate") == 0) {
        generate(provider, words);
    } else if (strcmp(words[0], "convert") == 0 && count > 4) {
        convert(provider, words);
    } else if (strcmp(words[0], "derive") == 0 && count > 5) {
        derive(provider, words, count);
    } else {
        puts("what");
    }
    BCryptCloseAlgorithmProvider(provider, 0);
}

int main(void)
{
    static char line[MAX_LINE];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *words[MAX_WORDS];
        run(words, split(line, words));
        fflush(stdout);
    }
    return 0;
}
