/* SPDX-License-Identifier: MIT */
#include "cng/utf8.h"

#include <stdbool.h>
#include <stdint.h>

#include "cng/wide.h"

enum { REPLACEMENT = 0xfffd, LAST_OF_PLANE_0 = 0xffff, LAST = 0x10ffff };

static bool is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code <= 0xdfff;
}

/* Bytes that follow the first one; -1: it begins nothing. *code gets the first one's bits. */
static int following(unsigned char first, uint32_t *code)
{
    if (first < 0x80) {
        *code = first;
        return 0;
    }
    for (int count = 1; count <= 3; count++) {
        if (first >> (6 - count) == (0xff >> (6 - count) & ~1)) {
            *code = first & (0x3f >> count);
            return count;
        }
    }
    return -1;
}

/* Bytes read; 0: not UTF-8 (overlong forms, surrogates and the NUL included). */
static size_t decode(const unsigned char *text, size_t len, uint32_t *code)
{
    static const uint32_t least[] = { 1, 0x80, 0x800, 0x10000 };
    int count = following(text[0], code);
    if (count < 0 || (size_t)count >= len) {
        return 0;
    }
    for (int i = 1; i <= count; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (text[i] & 0x3f);
    }
    bool fine = *code >= least[count] && *code <= LAST && !is_surrogate(*code);
    return fine ? (size_t)count + 1 : 0;
}

WCHAR *vit_wide_from_utf8(const char *text, size_t len)
{
    VIT_AUTO(wide) out = calloc(len + 1, sizeof(*out));
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < len;) {
        uint32_t code;
        size_t used = decode((const unsigned char *)text + i, len - i, &code);
        if (used == 0) {
            return NULL;
        }
        if (code > LAST_OF_PLANE_0) {
            out[at++] = (WCHAR)(0xd7c0 + (code >> 10));
            code = 0xdc00 | (code & 0x3ff);
        }
        out[at++] = (WCHAR)code;
        i += used;
    }
    WCHAR *result = out;
    out = NULL; /* ownership moved to the caller */
    return result;
}

/* Units read. */
static size_t join(const WCHAR *text, uint32_t *code)
{
    bool pair = text[0] >= 0xd800 && text[0] <= 0xdbff && text[1] >= 0xdc00 && text[1] <= 0xdfff;
    if (pair) {
        *code = 0x10000 + ((uint32_t)(text[0] & 0x3ff) << 10) + (text[1] & 0x3ff);
        return 2;
    }
    *code = is_surrogate(text[0]) ? REPLACEMENT : text[0];
    return 1;
}

static size_t encode(uint32_t code, char *out)
{
    int count = code < 0x80 ? 0 : code < 0x800 ? 1 : code <= LAST_OF_PLANE_0 ? 2 : 3;
    for (int i = count; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(count == 0 ? code : (0xff00 >> (count + 1) & 0xff) | code);
    return (size_t)count + 1;
}

char *vit_wide_to_utf8(const WCHAR *text)
{
    size_t units = vit_wide_len(text);
    char *out = calloc(units + 1, 3); /* a pair takes 4 bytes, one unit 3 at most */
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < units;) {
        uint32_t code;
        i += join(text + i, &code);
        at += encode(code, out + at);
    }
    return out;
}
