/* SPDX-License-Identifier: MIT */
#include "cng/wide.h"

bool vit_wide_equal(const WCHAR *a, const WCHAR *b)
{
    if (a == NULL || b == NULL) {
        return false;
    }
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return *a == *b;
}

size_t vit_wide_len(const WCHAR *text)
{
    size_t len = 0;
    while (text[len] != 0) {
        len++;
    }
    return len;
}

size_t vit_wide_size(const WCHAR *text)
{
    return text == NULL ? 0 : (vit_wide_len(text) + 1) * sizeof(*text);
}

bool vit_wide_ends_within(const void *text, size_t len)
{
    const unsigned char *bytes = text;
    for (size_t i = 0; i + 1 < len; i += 2) {
        if (bytes[i] == 0 && bytes[i + 1] == 0) {
            return true;
        }
    }
    return false;
}
