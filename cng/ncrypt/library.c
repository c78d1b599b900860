/* SPDX-License-Identifier: MIT */
#include "cng/ncrypt/library.h"

#include <dlfcn.h>
#include <string.h>

#include "base/log.h"

#define END_OF(member)                                                                             \
    (offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, member) +                                         \
            sizeof(((NCRYPT_KEY_STORAGE_FUNCTION_TABLE *)0)->member))

/* Bytes of a table, by its major version. */
static const size_t table_sizes[] = {
    [1] = END_OF(FreeSecret),
    [2] = END_OF(KeyDerivation),
    [3] = END_OF(VerifyClaim),
};

enum { VERSION_COUNT = sizeof(table_sizes) / sizeof(table_sizes[0]) };

static SECURITY_STATUS refuse(const struct vit_manifest_provider *provider, const char *why)
{
    vit_log(VIT_LOG_WARNING, "%s: %s", provider->library, why);
    return NTE_PROVIDER_DLL_FAIL;
}

/* All slots are functions, and a pointer to one is as long as any other. */
static bool has_holes(const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table, size_t size)
{
    const size_t first = offsetof(NCRYPT_KEY_STORAGE_FUNCTION_TABLE, OpenProvider);
    static const unsigned char hole[sizeof(table->OpenProvider)];
    for (size_t at = first; at < size; at += sizeof(hole)) {
        if (memcmp((const unsigned char *)table + at, hole, sizeof(hole)) == 0) {
            return true;
        }
    }
    return false;
}

static SECURITY_STATUS check_table(const struct vit_manifest_provider *provider,
        const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table)
{
    if (table == NULL) {
        return refuse(provider, "gives no function table");
    }
    USHORT version = table->Version.MajorVersion;
    if (version == 0 || version >= VERSION_COUNT) {
        return refuse(provider, "has a version that is unknown here");
    }
    return has_holes(table, table_sizes[version])
            ? refuse(provider, "has a function table with holes")
            : ERROR_SUCCESS;
}

/* Libraries are never unloaded: they may have threads, and handlers of forks. */
static GetKeyStorageInterfaceFn load(const struct vit_manifest_provider *provider)
{
    void *library = dlopen(provider->library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == NULL) {
        vit_log(VIT_LOG_WARNING, "%s", dlerror());
        return NULL;
    }
    void *found = dlsym(library, "GetKeyStorageInterface");
    dlclose(library);
    GetKeyStorageInterfaceFn function = NULL;
    memcpy(&function, &found, sizeof(function)); /* C has no conversion for this */
    return function;
}

SECURITY_STATUS vit_library_load(const struct vit_manifest_provider *provider,
        struct vit_library *library)
{
    GetKeyStorageInterfaceFn get = load(provider);
    if (get == NULL) {
        return refuse(provider, "is no library of a key storage provider");
    }
    NCRYPT_KEY_STORAGE_FUNCTION_TABLE *given = NULL;
    NTSTATUS answer = get(provider->name, &given, 0);
    if (!NT_SUCCESS(answer)) {
        return answer == STATUS_NO_MEMORY ? NTE_NO_MEMORY : refuse(provider, "gives no interface");
    }
    SECURITY_STATUS status = check_table(provider, given);
    if (status == ERROR_SUCCESS) {
        *library = (struct vit_library){ get, given };
    }
    return status;
}

bool vit_library_derives(const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table)
{
    return table_sizes[table->Version.MajorVersion] >= END_OF(KeyDerivation);
}
