/* SPDX-License-Identifier: MIT */
/* The strings of the published interfaces, as files and terminals have them. */
#ifndef CNG_UTF8_H
#define CNG_UTF8_H

#include <stddef.h>

#include "base/cleanup.h"
#include "winabi.h"

VIT_DEFINE_AUTO(wide, WCHAR *, free)

/* Both for the caller to free. */

/* With a NUL. NULL: not UTF-8, a NUL within, or out of memory. */
WCHAR *vit_wide_from_utf8(const char *text, size_t len);
/* Half of a surrogate pair becomes U+FFFD. NULL: out of memory. */
char *vit_wide_to_utf8(const WCHAR *text);

#endif
