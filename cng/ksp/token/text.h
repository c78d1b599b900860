/* SPDX-License-Identifier: MIT */
/* Names: UTF-16 for applications, UTF-8 on tokens. */
#ifndef CNG_KSP_TOKEN_TEXT_H
#define CNG_KSP_TOKEN_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "winabi.h"

/* Bytes of UTF-8 that units of UTF-16 take; 0: half a surrogate pair is among them, or none at all. */
size_t vit_token_utf8_len(const WCHAR *text, size_t units);
/* Exactly that many bytes, no NUL. */
void vit_token_utf8_put(const WCHAR *text, size_t units, char *out);

/* With a NUL behind, to be freed; NULL: not UTF-16, empty, or no memory. */
char *vit_token_to_utf8(const WCHAR *text);
/* Of len bytes; with a NUL behind, to be freed; NULL: not UTF-8, or a NUL in it, or no memory. */
WCHAR *vit_token_to_wide(const uint8_t *text, size_t len);

#endif
