/* SPDX-License-Identifier: MIT */
/*
 * Signatures, symmetric keys and key derivation for tests that compare them with others: one command
 * per line of standard input, one answer per line: "ok HEX", or where it ended and the status in
 * hexadecimal digits. HEX may be "-": nothing.
 *
 *   generate ALGORITHM BITS TYPE
 *   sign ALGORITHM BLOB HASH                      verify ALGORITHM BLOB HASH SIGNATURE
 *   encrypt|decrypt MODE FLAGS KEY IV DATA        MODE: ECB, CBC, CFB8, CFB128; the IV follows the data
 *   seal|open MODE KEY NONCE AAD DATA TAG PIECE   MODE: GCM, CCM, GMAC; TAG of seal: its length;
 *                                                 PIECE: bytes of each call of a chain, 0: no chain
 *   wrap KEY KEY                                  unwrap KEY BLOB
 *   derive ALGORITHM KEY LENGTH FLAGS [BUFFER=HEX ...] [hash=HEX] [salt=HEX]
 *
 * ALGORITHM is an identifier, or ECDSA:CURVE.
 */
#include <bcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEN = 1 << 16, MAX_WORDS = 16, MAX_LINE = 1 << 19 };

struct bytes {
    UCHAR data[MAX_LEN];
    ULONG len;
};

static struct bytes values[MAX_WORDS], out;

static void wide(const char *text, WCHAR *to)
{
    size_t i = 0;
    for (; text[i] != '\0' && i < 63; i++) {
        to[i] = (WCHAR)text[i];
    }
    to[i] = 0;
}

static int digit(char letter)
{
    return letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
}

static void parse(const char *text, struct bytes *to)
{
    to->len = 0;
    for (; text[0] != '-' && text[0] != '\0' && text[1] != '\0' && to->len < MAX_LEN; text += 2) {
        to->data[to->len++] = (UCHAR)(16 * digit(text[0]) + digit(text[1]));
    }
}

static void print(const UCHAR *bytes, ULONG len)
{
    for (ULONG i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
}

static void answer(const UCHAR *bytes, ULONG len)
{
    printf("ok ");
    print(bytes, len);
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

static void generate(BCRYPT_ALG_HANDLE provider, char **words)
{
    BCRYPT_KEY_HANDLE key;
    WCHAR type[64];
    wide(words[3], type);
    if (!passes(BCryptGenerateKeyPair(provider, &key, (ULONG)strtoul(words[2], NULL, 10), 0),
                "generate")) {
        return;
    }
    if (passes(BCryptFinalizeKeyPair(key, 0), "finalize") &&
            passes(BCryptExportKey(key, NULL, type, out.data, MAX_LEN, &out.len, 0), "export")) {
        answer(out.data, out.len);
    }
    BCryptDestroyKey(key);
}

static void sign(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key;
    if (!passes(BCryptImportKeyPair(provider, NULL, BCRYPT_ECCPRIVATE_BLOB, &key, values[2].data,
                        values[2].len, 0),
                "import")) {
        return;
    }
    if (passes(BCryptSignHash(key, NULL, values[3].data, values[3].len, out.data, MAX_LEN, &out.len,
                       0),
                "sign")) {
        answer(out.data, out.len);
    }
    BCryptDestroyKey(key);
}

static void verify(BCRYPT_ALG_HANDLE provider)
{
    BCRYPT_KEY_HANDLE key;
    if (!passes(BCryptImportKeyPair(provider, NULL, BCRYPT_ECCPUBLIC_BLOB, &key, values[2].data,
                        values[2].len, 0),
                "import")) {
        return;
    }
    if (passes(BCryptVerifySignature(key, NULL, values[3].data, values[3].len, values[4].data,
                       values[4].len, 0),
                "verify")) {
        answer(NULL, 0);
    }
    BCryptDestroyKey(key);
}

static void derive_from(BCRYPT_KEY_HANDLE key, char **words, unsigned count)
{
    BCryptBuffer buffers[MAX_WORDS];
    BCryptBufferDesc list = { BCRYPTBUFFER_VERSION, 0, buffers };
    for (unsigned i = 5; i < count; i++) {
        char *hex = strchr(words[i], '=');
        *hex++ = '\0';
        parse(hex, &values[i]);
        if (strcmp(words[i], "hash") == 0 || strcmp(words[i], "salt") == 0) {
            LPCWSTR name =
                    words[i][0] == 'h' ? BCRYPT_HKDF_HASH_ALGORITHM : BCRYPT_HKDF_SALT_AND_FINALIZE;
            if (!passes(BCryptSetProperty(key, name, values[i].data, values[i].len, 0), "set")) {
                return;
            }
            continue;
        }
        buffers[list.cBuffers++] =
                (BCryptBuffer){ values[i].len, (ULONG)strtoul(words[i], NULL, 0), values[i].data };
    }
    ULONG asked = (ULONG)strtoul(words[3], NULL, 10), flags = (ULONG)strtoul(words[4], NULL, 0);
    if (passes(BCryptKeyDerivation(key, &list, out.data, asked, &out.len, flags), "derive")) {
        answer(out.data, out.len);
    }
}

static void derive(BCRYPT_ALG_HANDLE provider, char **words, unsigned count)
{
    BCRYPT_KEY_HANDLE key;
    if (passes(BCryptGenerateSymmetricKey(provider, &key, NULL, 0, values[2].data, values[2].len,
                       0),
                "key")) {
        derive_from(key, words, count);
        BCryptDestroyKey(key);
    }
}

static BCRYPT_ALG_HANDLE mode_of(const char *name)
{
    return strcmp(name, "ECB") == 0     ? BCRYPT_AES_ECB_ALG_HANDLE
            : strcmp(name, "CBC") == 0  ? BCRYPT_AES_CBC_ALG_HANDLE
            : strcmp(name, "GCM") == 0  ? BCRYPT_AES_GCM_ALG_HANDLE
            : strcmp(name, "CCM") == 0  ? BCRYPT_AES_CCM_ALG_HANDLE
            : strcmp(name, "GMAC") == 0 ? BCRYPT_AES_GMAC_ALG_HANDLE
                                        : BCRYPT_AES_CFB_ALG_HANDLE;
}

static BOOL make_key(const char *mode, const struct bytes *bytes, BCRYPT_KEY_HANDLE *key)
{
    ULONG block = 16;
    if (!passes(BCryptGenerateSymmetricKey(mode_of(mode), key, NULL, 0, (PUCHAR)bytes->data,
                        bytes->len, 0),
                "key")) {
        return FALSE;
    }
    return strcmp(mode, "CFB128") != 0 ||
            passes(BCryptSetProperty(*key, BCRYPT_MESSAGE_BLOCK_LENGTH, (PUCHAR)&block,
                           sizeof(block), 0),
                    "block");
}

static void crypt(BOOL encrypt, char **words)
{
    BCRYPT_KEY_HANDLE key;
    ULONG flags = (ULONG)strtoul(words[2], NULL, 0);
    PUCHAR iv = values[4].len == 0 ? NULL : values[4].data;
    if (!make_key(words[1], &values[3], &key)) {
        return;
    }
    NTSTATUS status = encrypt ? BCryptEncrypt(key, values[5].data, values[5].len, NULL, iv,
                                        values[4].len, out.data, MAX_LEN, &out.len, flags)
                              : BCryptDecrypt(key, values[5].data, values[5].len, NULL, iv,
                                        values[4].len, out.data, MAX_LEN, &out.len, flags);
    if (passes(status, "crypt")) {
        printf("ok ");
        print(out.data, out.len);
        printf(" ");
        print(values[4].data, values[4].len);
        putchar('\n');
    }
    BCryptDestroyKey(key);
}

/* All of it in calls of so many bytes; 0: in one. */
static NTSTATUS run_pieces(BCRYPT_KEY_HANDLE key, BOOL seal,
        BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO *info, ULONG piece)
{
    UCHAR iv[16] = { 0 }, context[16];
    const struct bytes *data = &values[5];
    NTSTATUS status = STATUS_SUCCESS;
    BOOL more = TRUE;
    for (ULONG at = 0, len; more && NT_SUCCESS(status); at += len) {
        ULONG made = 0;
        more = piece != 0 && data->len - at > piece;
        len = more ? piece : data->len - at;
        if (piece != 0) {
            info->pbMacContext = context;
            info->cbMacContext = sizeof(context);
            info->dwFlags = more ? info->dwFlags | BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG
                                 : info->dwFlags & ~(ULONG)BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
        }
        PUCHAR in = data->len == 0 ? NULL : (PUCHAR)data->data + at;
        PUCHAR to = data->len == 0 ? NULL : out.data + at;
        status = seal ? BCryptEncrypt(key, in, len, info, iv, 16, to, MAX_LEN - at, &made, 0)
                      : BCryptDecrypt(key, in, len, info, iv, 16, to, MAX_LEN - at, &made, 0);
    }
    out.len = data->len;
    return status;
}

static void authenticate(BOOL seal, char **words)
{
    BCRYPT_KEY_HANDLE key;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    if (!make_key(words[1], &values[2], &key)) {
        return;
    }
    if (seal) {
        values[6].len = (ULONG)strtoul(words[6], NULL, 10);
    }
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = values[3].data;
    info.cbNonce = values[3].len;
    info.pbAuthData = values[4].data;
    info.cbAuthData = values[4].len;
    info.pbTag = values[6].data;
    info.cbTag = values[6].len;
    if (passes(run_pieces(key, seal, &info, (ULONG)strtoul(words[7], NULL, 10)), "run")) {
        memcpy(out.data + out.len, values[6].data, values[6].len);
        answer(out.data, out.len + (seal ? values[6].len : 0));
    }
    BCryptDestroyKey(key);
}

static void wrap(BCRYPT_KEY_HANDLE wrapping)
{
    BCRYPT_KEY_HANDLE key;
    if (make_key("CBC", &values[2], &key)) {
        if (passes(BCryptExportKey(key, wrapping, BCRYPT_AES_WRAP_KEY_BLOB, out.data, MAX_LEN,
                           &out.len, 0),
                    "export")) {
            answer(out.data, out.len);
        }
        BCryptDestroyKey(key);
    }
}

static void unwrap(BCRYPT_KEY_HANDLE wrapping)
{
    BCRYPT_KEY_HANDLE key;
    if (passes(BCryptImportKey(BCRYPT_AES_CBC_ALG_HANDLE, wrapping, BCRYPT_AES_WRAP_KEY_BLOB, &key,
                       NULL, 0, values[2].data, values[2].len, 0),
                "import")) {
        if (passes(BCryptExportKey(key, NULL, BCRYPT_KEY_DATA_BLOB, out.data, MAX_LEN, &out.len, 0),
                    "export")) {
            answer(out.data + sizeof(BCRYPT_KEY_DATA_BLOB_HEADER),
                    out.len - (ULONG)sizeof(BCRYPT_KEY_DATA_BLOB_HEADER));
        }
        BCryptDestroyKey(key);
    }
}

static void run_wrapped(BOOL wraps)
{
    BCRYPT_KEY_HANDLE wrapping;
    if (make_key("CBC", &values[1], &wrapping)) {
        wraps ? wrap(wrapping) : unwrap(wrapping);
        BCryptDestroyKey(wrapping);
    }
}

static void run_algorithm(char **words, unsigned count)
{
    BCRYPT_ALG_HANDLE provider;
    if (!open_algorithm(words[1], &provider)) {
        return;
    }
    if (strcmp(words[0], "generate") == 0 && count == 4) {
        generate(provider, words);
    } else if (strcmp(words[0], "sign") == 0 && count == 4) {
        sign(provider);
    } else if (strcmp(words[0], "verify") == 0 && count == 5) {
        verify(provider);
    } else if (strcmp(words[0], "derive") == 0 && count >= 5) {
        derive(provider, words, count);
    } else {
        puts("what");
    }
    BCryptCloseAlgorithmProvider(provider, 0);
}

static void run(char **words, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        parse(words[i], &values[i]); /* of those that are no digits, nobody makes use */
    }
    if (count == 6 && strstr(words[0], "crypt") != NULL) {
        crypt(words[0][0] == 'e', words);
    } else if (count == 8 && (strcmp(words[0], "seal") == 0 || strcmp(words[0], "open") == 0)) {
        authenticate(words[0][0] == 's', words);
    } else if (count == 3) {
        run_wrapped(strcmp(words[0], "wrap") == 0);
    } else {
        run_algorithm(words, count);
    }
}

int main(void)
{
    static char line[MAX_LINE];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *words[MAX_WORDS];
        unsigned count = 0;
        for (char *word = strtok(line, " \n"); word != NULL && count < MAX_WORDS;
                word = strtok(NULL, " \n")) {
            words[count++] = word;
        }
        run(words, count);
        fflush(stdout);
    }
    return 0;
}
