/* SPDX-License-Identifier: MIT */
/* The library of a provider: how its function table is got, and whether it is one. */
#ifndef CNG_NCRYPT_LIBRARY_H
#define CNG_NCRYPT_LIBRARY_H

#include <stdbool.h>

#include "cng/ncrypt/manifest.h"
#include "ncrypt_provider.h"

/* What a library has answered. The table lasts as long as the process, since the library stays loaded;
 * it may be another one each time, while the function is one for each library. */
struct vit_library {
    GetKeyStorageInterfaceFn get;
    const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table;
};

/*
 * NTE_PROVIDER_DLL_FAIL: no such library, without the export, of a version that is unknown here, or a
 * table with holes. */
SECURITY_STATUS vit_library_load(const struct vit_manifest_provider *provider,
        struct vit_library *library);

/* Does the table reach as far as KeyDerivation? */
bool vit_library_derives(const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table);

#endif
