/* SPDX-License-Identifier: MIT */
/*
 * Calls the primitives for tests that are written in other languages. Each line of the input is a
 * command, each line of the output what came of it: bytes in hexadecimal ("-": none), or "status"
 * and a number.
 *
 *     hash ALGORITHM DATA            mac ALGORITHM KEY DATA (ALGORITHM: a hash's, or AES-CMAC)
 *     generate BITS                  import TYPE BLOB                  export TYPE
 *     encrypt|decrypt PADDING HASH LABEL DATA     PADDING: none, pkcs1, oaep
 */
#include <bcrypt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_LEN = 1 << 16, WORDS = 5, NAME_LEN = 64 };

struct bytes {
    UCHAR bytes[MAX_LEN];
    ULONG len;
};

static struct bytes input, secret, output;
static BCRYPT_KEY_HANDLE key;

static void parse_hex(const char *text, struct bytes *out)
{
    unsigned value;
    out->len = 0;
    for (; *text != '-' && sscanf(text, "%2x", &value) == 1 && out->len < MAX_LEN; text += 2) {
        out->bytes[out->len++] = (UCHAR)value;
    }
}

static LPCWSTR wide(const char *text, WCHAR out[NAME_LEN])
{
    size_t i = 0;
    for (; text[i] != 0 && i < NAME_LEN - 1; i++) {
        out[i] = (UCHAR)text[i];
    }
    out[i] = 0;
    return out;
}

static NTSTATUS run_hash(LPCWSTR name, ULONG flags)
{
    BCRYPT_ALG_HANDLE handle;
    NTSTATUS status = BCryptOpenAlgorithmProvider(&handle, name, NULL, flags);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    ULONG len;
    status = BCryptGetProperty(handle, BCRYPT_HASH_LENGTH, (PUCHAR)&output.len, sizeof(ULONG), &len,
            0);
    if (NT_SUCCESS(status)) {
        status = BCryptHash(handle, secret.bytes, secret.len, input.bytes, input.len, output.bytes,
                output.len);
    }
    (void)BCryptCloseAlgorithmProvider(handle, 0);
    return status;
}

static NTSTATUS run_mac(const char *name, LPCWSTR wide_name)
{
    bool cmac = strcmp(name, "AES-CMAC") == 0;
    return run_hash(wide_name, cmac ? 0 : BCRYPT_ALG_HANDLE_HMAC_FLAG);
}

static void drop_key(void)
{
    if (key != NULL) {
        (void)BCryptDestroyKey(key);
        key = NULL;
    }
}

static NTSTATUS run_generate(ULONG bits)
{
    drop_key();
    output.len = 0;
    NTSTATUS status = BCryptGenerateKeyPair(BCRYPT_RSA_ALG_HANDLE, &key, bits, 0);
    return NT_SUCCESS(status) ? BCryptFinalizeKeyPair(key, 0) : status;
}

static NTSTATUS run_import(LPCWSTR type)
{
    drop_key();
    output.len = 0;
    return BCryptImportKeyPair(BCRYPT_RSA_ALG_HANDLE, NULL, type, &key, input.bytes, input.len, 0);
}

static NTSTATUS run_export(LPCWSTR type)
{
    return BCryptExportKey(key, NULL, type, output.bytes, MAX_LEN, &output.len, 0);
}

static ULONG flags_of(const char *padding)
{
    return strcmp(padding, "oaep") == 0     ? BCRYPT_PAD_OAEP
            : strcmp(padding, "pkcs1") == 0 ? BCRYPT_PAD_PKCS1
                                            : BCRYPT_PAD_NONE;
}

/* The label is in secret. */
static NTSTATUS run_crypt(bool encrypt, ULONG flags, LPCWSTR hash)
{
    BCRYPT_OAEP_PADDING_INFO info = { hash, secret.bytes, secret.len };
    return encrypt ? BCryptEncrypt(key, input.bytes, input.len, &info, NULL, 0, output.bytes,
                             MAX_LEN, &output.len, flags)
                   : BCryptDecrypt(key, input.bytes, input.len, &info, NULL, 0, output.bytes,
                             MAX_LEN, &output.len, flags);
}

static NTSTATUS run(char *words[WORDS], int count)
{
    WCHAR name[NAME_LEN];
    const char *what = words[0];
    if (strcmp(what, "hash") == 0 && count == 3) {
        secret.len = 0;
        parse_hex(words[2], &input);
        return run_hash(wide(words[1], name), 0);
    }
    if (strcmp(what, "mac") == 0 && count == 4) {
        parse_hex(words[2], &secret);
        parse_hex(words[3], &input);
        return run_mac(words[1], wide(words[1], name));
    }
    if (strcmp(what, "generate") == 0 && count == 2) {
        return run_generate((ULONG)strtoul(words[1], NULL, 10));
    }
    if (strcmp(what, "import") == 0 && count == 3) {
        parse_hex(words[2], &input);
        return run_import(wide(words[1], name));
    }
    if (strcmp(what, "export") == 0 && count == 2) {
        return run_export(wide(words[1], name));
    }
    parse_hex(words[3], &secret);
    parse_hex(words[4], &input);
    return run_crypt(strcmp(what, "encrypt") == 0, flags_of(words[1]), wide(words[2], name));
}

static void answer(NTSTATUS status)
{
    if (!NT_SUCCESS(status)) {
        printf("status 0x%08x\n", (unsigned)status);
        return;
    }
    for (ULONG i = 0; i < output.len; i++) {
        printf("%02x", output.bytes[i]);
    }
    printf(output.len == 0 ? "-\n" : "\n");
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        char *words[WORDS] = { NULL };
        int count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < WORDS;
                word = strtok(NULL, " \n")) {
            words[count++] = word;
        }
        bool crypt = count == WORDS;
        if (count < 2 || (!crypt && strstr(words[0], "crypt") != NULL)) {
            fprintf(stderr, "not a command\n");
            return 2;
        }
        answer(run(words, count));
        fflush(stdout);
    }
    free(line);
    drop_key();
    return 0;
}
