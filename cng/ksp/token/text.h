/* SPDX-License-Identifier: MIT */
/* Names and PINs: UTF-16 for applications, UTF-8 on tokens, where half a surrogate pair has no place:
 * two names are never one label. The other way is cng/utf8.h. */
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

#endif
