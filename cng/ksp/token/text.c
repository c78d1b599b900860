/* SPDX-License-Identifier: MIT */
#include "cng/ksp/token/text.h"

#include <stdbool.h>
#include <stdlib.h>

#include "cng/wide.h"

static bool is_high(WCHAR unit)
{
    return (unit & 0xfc00) == 0xd800;
}

static bool is_low(WCHAR unit)
{
    return (unit & 0xfc00) == 0xdc00;
}

/* The next character; *used units of it. UINT32_MAX: half a pair. */
static uint32_t take(const WCHAR *text, size_t units, size_t *used)
{
    *used = 1;
    if (is_low(text[0])) {
        return UINT32_MAX;
    }
    if (!is_high(text[0])) {
        return text[0];
    }
    if (units < 2 || !is_low(text[1])) {
        return UINT32_MAX;
    }
    *used = 2;
    return 0x10000 + ((uint32_t)(text[0] & 0x3ff) << 10) + (text[1] & 0x3ffu);
}

static size_t width_of(uint32_t character)
{
    if (character < 0x80) {
        return 1;
    }
    if (character < 0x800) {
        return 2;
    }
    return character < 0x10000 ? 3 : 4;
}

size_t vit_token_utf8_len(const WCHAR *text, size_t units)
{
    size_t len = 0;
    size_t used;
    for (size_t at = 0; at < units; at += used) {
        uint32_t character = take(text + at, units - at, &used);
        if (character == UINT32_MAX) {
            return 0;
        }
        len += width_of(character);
    }
    return len;
}

static void put(uint32_t character, size_t width, char *out)
{
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = width; i-- > 1;) {
        out[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (char)(lead[width] | character);
}

void vit_token_utf8_put(const WCHAR *text, size_t units, char *out)
{
    size_t used;
    for (size_t at = 0; at < units; at += used) {
        uint32_t character = take(text + at, units - at, &used);
        size_t width = width_of(character);
        put(character, width, out);
        out += width;
    }
}

char *vit_token_to_utf8(const WCHAR *text)
{
    size_t units = vit_wide_len(text);
    size_t len = vit_token_utf8_len(text, units);
    char *out = len == 0 ? NULL : malloc(len + 1);
    if (out == NULL) {
        return NULL;
    }
    vit_token_utf8_put(text, units, out);
    out[len] = 0;
    return out;
}
