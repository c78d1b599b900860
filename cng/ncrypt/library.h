/* SPDX-License-Identifier: MIT */
/* The library of a provider: how its function table is got, and whether it is one. */
#ifndef CNG_NCRYPT_LIBRARY_H
#define CNG_NCRYPT_LIBRARY_H

#include <stdbool.h>

#include "cng/ncrypt/manifest.h"
#include "ncrypt_provider.h"

/* The table lasts as long as the process, since the library stays loaded.
 *
 * NTE_PROVIDER_DLL_FAIL: no such library, without the export, of a version that is unknown here, or a
 * table with holes. */
SECURITY_STATUS vit_library_table(const struct vit_manifest_provider *provider,
        const NCRYPT_KEY_STORAGE_FUNCTION_TABLE **table);

/* Does the table reach as far as KeyDerivation? */
bool vit_library_derives(const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table);

#endif
