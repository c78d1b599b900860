/* SPDX-License-Identifier: MIT */
#include "crypto/key_ncrypt_uri.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent signs resolved; *out_len bytes. false: a percent sign without two digits, or a NUL. */
static bool resolve(const char *text, size_t len, uint8_t *out, size_t *out_len)
{
    *out_len = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte == '%') {
            int high = i + 2 < len ? digit(text[i + 1]) : -1;
            int low = high >= 0 ? digit(text[i + 2]) : -1;
            if (low < 0) {
                return false;
            }
            byte = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (byte == 0) {
            return false;
        }
        out[(*out_len)++] = byte;
    }
    return true;
}

/* Bytes of the character that begins with this one; 0: none does. */
static size_t width_of(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* UINT32_MAX: no character. */
static uint32_t read_character(const uint8_t *bytes, size_t len, size_t *width)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    *width = width_of(bytes[0]);
    if (*width == 0 || *width > len) {
        return UINT32_MAX;
    }
    uint32_t character = *width == 1 ? bytes[0] : bytes[0] & (0x7fu >> *width);
    for (size_t i = 1; i < *width; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return UINT32_MAX;
        }
        character = character << 6 | (bytes[i] & 0x3f);
    }
    bool good =
            character >= least[*width] && character < 0x110000 && (character & ~0x7ffu) != 0xd800;
    return good ? character : UINT32_MAX;
}

static bool to_wide(const uint8_t *bytes, size_t len, char16_t *out)
{
    size_t width;
    for (size_t at = 0; at < len; at += width) {
        uint32_t character = read_character(bytes + at, len - at, &width);
        if (character == UINT32_MAX) {
            return false;
        }
        if (character >= 0x10000) {
            *out++ = (char16_t)(0xd800 + ((character - 0x10000) >> 10));
            character = 0xdc00 + (character & 0x3ff);
        }
        *out++ = (char16_t)character;
    }
    *out = 0;
    return true;
}

static enum vit_status read_part(const char *text, size_t len, char16_t **part)
{
    VIT_AUTO(bytes) bytes = malloc(len + 1);
    VIT_AUTO(memory) wide = calloc(len + 1, sizeof(char16_t));
    size_t bytes_len;
    if (bytes == NULL || wide == NULL) {
        return VIT_E_NOMEM;
    }
    if (!resolve(text, len, bytes, &bytes_len) || bytes_len == 0 ||
            !to_wide(bytes, bytes_len, wide)) {
        return VIT_E_ARG;
    }
    *part = wide;
    wide = NULL; /* ownership moved to *part */
    return VIT_OK;
}

static enum vit_status read_query(const char *query, bool *machine)
{
    if (*query == 0 || strcmp(query, "?machine=0") == 0) {
        *machine = false;
        return VIT_OK;
    }
    *machine = true;
    return strcmp(query, "?machine=1") == 0 ? VIT_OK : VIT_E_ARG;
}

static enum vit_status parse(const char *text, struct vit_ncrypt_uri *uri)
{
    if (strncmp(text, "ncrypt:", 7) != 0) {
        return VIT_E_ARG;
    }
    const char *provider = text + 7;
    size_t provider_len = strcspn(provider, "/?");
    if (provider[provider_len] != '/') {
        return VIT_E_ARG;
    }
    const char *key = provider + provider_len + 1;
    size_t key_len = strcspn(key, "?");
    VIT_TRY(read_query(key + key_len, &uri->machine));
    VIT_TRY(read_part(provider, provider_len, &uri->provider));
    return read_part(key, key_len, &uri->key);
}

enum vit_status vit_ncrypt_uri_parse(const char *text, struct vit_ncrypt_uri *uri)
{
    *uri = (struct vit_ncrypt_uri){ .machine = false };
    enum vit_status status = parse(text, uri);
    if (status != VIT_OK) {
        vit_ncrypt_uri_finish(uri);
    }
    return status;
}

void vit_ncrypt_uri_finish(struct vit_ncrypt_uri *uri)
{
    free(uri->provider);
    free(uri->key);
    *uri = (struct vit_ncrypt_uri){ .machine = false };
}
