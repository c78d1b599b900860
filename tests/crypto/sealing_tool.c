/* SPDX-License-Identifier: MIT */
/*
 * Sealed bytes and scrypt for a test that compares them with vectors: one command per line of standard
 * input, one answer per line: "ok HEX", or "status NUMBER".
 *
 *   seal KEY NONCE EXTRA PLAIN
 *   open KEY NONCE EXTRA SEALED
 *   scrypt PASSPHRASE SALT N R P LENGTH
 *
 * Bytes are hexadecimal digits, or "-": nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/aead.h"
#include "crypto/scrypt.h"

enum { MAX_LEN = 4096, MAX_WORDS = 7, MAX_LINE = 32768 };

struct bytes {
    uint8_t data[MAX_LEN];
    size_t len;
};

static struct bytes parse(const char *text)
{
    struct bytes out = { .len = 0 };
    for (unsigned value; out.len < MAX_LEN && sscanf(text, "%2x", &value) == 1; text += 2) {
        out.data[out.len++] = (uint8_t)value;
    }
    return out;
}

static void answer(enum vit_status status, const uint8_t *bytes, size_t len)
{
    if (status != VIT_OK) {
        printf("status %d\n", (int)status);
        return;
    }
    printf("ok ");
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

static void run_aead(char **words, int seal)
{
    static uint8_t out[MAX_LEN + VIT_AEAD_TAG_LEN];
    struct bytes key = parse(words[1]), nonce = parse(words[2]), extra = parse(words[3]),
                 in = parse(words[4]);
    if (key.len != VIT_AEAD_KEY_LEN || nonce.len != VIT_AEAD_NONCE_LEN) {
        exit(1);
    }
    if (seal) {
        answer(vit_aead_seal(key.data, nonce.data, extra.data, extra.len, in.data, in.len, out),
                out, in.len + VIT_AEAD_TAG_LEN);
    } else {
        answer(vit_aead_open(key.data, nonce.data, extra.data, extra.len, in.data, in.len, out),
                out, in.len - VIT_AEAD_TAG_LEN);
    }
}

static void run_scrypt(char **words)
{
    uint8_t out[MAX_LEN];
    struct bytes passphrase = parse(words[1]), salt = parse(words[2]);
    const struct vit_scrypt_cost cost = { strtoull(words[3], NULL, 10),
        (uint32_t)strtoul(words[4], NULL, 10), (uint32_t)strtoul(words[5], NULL, 10) };
    size_t len = strtoul(words[6], NULL, 10);
    if (len > MAX_LEN) {
        exit(1);
    }
    answer(vit_scrypt(passphrase.data, passphrase.len, salt.data, salt.len, &cost,
                   UINT64_C(2) << 30, out, len),
            out, len);
}

static int split(char *line, char **words)
{
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < MAX_WORDS;
            word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    return count;
}

int main(void)
{
    static char line[MAX_LINE];
    char *words[MAX_WORDS];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        int count = split(line, words);
        if (count == 7 && strcmp(words[0], "scrypt") == 0) {
            run_scrypt(words);
        } else if (count == 5 && strcmp(words[0], "seal") == 0) {
            run_aead(words, 1);
        } else if (count == 5 && strcmp(words[0], "open") == 0) {
            run_aead(words, 0);
        } else {
            return 1;
        }
        (void)fflush(stdout);
    }
    return 0;
}
