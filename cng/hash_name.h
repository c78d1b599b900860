/* SPDX-License-Identifier: MIT */
/* Hashes by the names that CNG has for them. */
#ifndef CNG_HASH_NAME_H
#define CNG_HASH_NAME_H

#include <stdbool.h>

#include "crypto/hash.h"
#include "winabi.h"

/* false: no hash of this name. */
bool vit_hash_of_name(const WCHAR *name, enum vit_hash_id *hash);

/* The same of len bytes, with a NUL behind the name or not. */
bool vit_hash_of_text(const void *text, size_t len, enum vit_hash_id *hash);

#endif
