/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>

#include "cng/ksp/members.h"

/* Of the library, since OpenProvider is told nothing else: which backend it has, and where it keeps
 * secrets. */
static struct {
    pthread_once_t once;
    _Atomic(const struct vit_ksp_backend *) backend;
    struct vit_slab *slab;
} library = { .once = PTHREAD_ONCE_INIT };

/* The child lacks the parent's secret pages: it begins with pages of its own. */
static void replace_slab(void)
{
    library.slab = NULL;
    (void)!vit_slab_create(&library.slab);
}

static void init_library(void)
{
    replace_slab();
    (void)pthread_atfork(NULL, NULL, replace_slab);
}

struct vit_slab *vit_ksp_slab(void)
{
    pthread_once(&library.once, init_library);
    return library.slab;
}

const struct vit_ksp_backend *vit_ksp_backend_here(void)
{
    return atomic_load(&library.backend);
}

static NCRYPT_KEY_STORAGE_FUNCTION_TABLE functions = {
    .Version = NCRYPT_KEY_STORAGE_INTERFACE_VERSION_2,
    .OpenProvider = vit_ksp_open_provider,
    .OpenKey = vit_ksp_open_key,
    .CreatePersistedKey = vit_ksp_create_key,
    .GetProviderProperty = vit_ksp_get_provider_property,
    .GetKeyProperty = vit_ksp_get_key_property,
    .SetProviderProperty = vit_ksp_set_provider_property,
    .SetKeyProperty = vit_ksp_set_key_property,
    .FinalizeKey = vit_ksp_finalize_key,
    .DeleteKey = vit_ksp_delete_key,
    .FreeProvider = vit_ksp_free_provider,
    .FreeKey = vit_ksp_free_key,
    .FreeBuffer = vit_ksp_free_buffer,
    .Encrypt = vit_ksp_encrypt,
    .Decrypt = vit_ksp_decrypt,
    .IsAlgSupported = vit_ksp_is_alg_supported,
    .EnumAlgorithms = vit_ksp_enum_algorithms,
    .EnumKeys = vit_ksp_enum_keys,
    .ImportKey = vit_ksp_import_key,
    .ExportKey = vit_ksp_export_key,
    .SignHash = vit_ksp_sign_hash,
    .VerifySignature = vit_ksp_verify_signature,
    .PromptUser = vit_ksp_prompt_user,
    .NotifyChangeKey = vit_ksp_notify_change_key,
    .SecretAgreement = vit_ksp_secret_agreement,
    .DeriveKey = vit_ksp_derive_key,
    .FreeSecret = vit_ksp_free_secret,
    .KeyDerivation = vit_ksp_key_derivation,
};

NTSTATUS vit_ksp_interface(const struct vit_ksp_backend *backend, LPCWSTR name,
        NCRYPT_KEY_STORAGE_FUNCTION_TABLE **table, DWORD flags)
{
    if (name == NULL || table == NULL || flags != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    atomic_store(&library.backend, backend);
    *table = &functions;
    return STATUS_SUCCESS;
}
