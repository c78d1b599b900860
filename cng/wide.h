/* SPDX-License-Identifier: MIT */
/* The UTF-16 strings of the published interfaces. */
#ifndef CNG_WIDE_H
#define CNG_WIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "winabi.h"

/* Both end with a NUL; NULL equals nothing. */
bool vit_wide_equal(const WCHAR *a, const WCHAR *b);

/* Code units without the NUL. */
size_t vit_wide_len(const WCHAR *text);

/* Bytes with the NUL; 0: NULL. */
size_t vit_wide_size(const WCHAR *text);

/* Is there a NUL within the first len bytes, so that the text may be read as a string? */
bool vit_wide_ends_within(const void *text, size_t len);

#endif
