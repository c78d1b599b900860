/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/software.h"

#include "cng/ksp/room.h"
#include "cng/ksp/software/keys.h"
#include "cng/wide.h"

static SECURITY_STATUS open_store(LPCWSTR name, struct vit_ksp_store **store)
{
    (void)name; /* there is one */
    return vit_soft_store_create(store);
}

static SECURITY_STATUS get_property(struct vit_ksp_store *store, LPCWSTR name, uint8_t *bytes,
        DWORD capacity, DWORD *len)
{
    const struct vit_ksp_room room = { bytes, capacity, len };
    enum vit_wrap_method method;
    if (!vit_wide_equal(name, VITRINE_STORE_PROTECTION_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    SECURITY_STATUS status = vit_soft_store_protection(store, &method);
    if (FAILED(status)) {
        return status;
    }
    return vit_ksp_put_text(&room,
            method == VIT_WRAP_PASSPHRASE ? VITRINE_STORE_PROTECTION_PASSPHRASE
                                          : VITRINE_STORE_PROTECTION_KEY_FILE);
}

static bool is_text(const uint8_t *bytes, DWORD len, LPCWSTR text)
{
    size_t size = vit_wide_size(text);
    return len == size && memcmp(bytes, text, size) == 0;
}

static SECURITY_STATUS set_property(struct vit_ksp_store *store, LPCWSTR name, const uint8_t *bytes,
        DWORD len)
{
    if (!vit_wide_equal(name, VITRINE_STORE_PROTECTION_PROPERTY)) {
        return NTE_NOT_SUPPORTED;
    }
    if (is_text(bytes, len, VITRINE_STORE_PROTECTION_PASSPHRASE)) {
        return vit_soft_store_protect(store, VIT_WRAP_PASSPHRASE);
    }
    return is_text(bytes, len, VITRINE_STORE_PROTECTION_KEY_FILE)
            ? vit_soft_store_protect(store, VIT_WRAP_KEY_FILE)
            : NTE_INVALID_PARAMETER;
}

static const LPCWSTR algorithms[] = {
    NCRYPT_RSA_ALGORITHM,
    NCRYPT_DH_ALGORITHM,
    NCRYPT_ECDH_P256_ALGORITHM,
    NCRYPT_ECDH_P384_ALGORITHM,
    NCRYPT_ECDH_P521_ALGORITHM,
    NCRYPT_ECDH_ALGORITHM,
    NCRYPT_ECDSA_P256_ALGORITHM,
    NCRYPT_ECDSA_P384_ALGORITHM,
    NCRYPT_ECDSA_P521_ALGORITHM,
    NCRYPT_ECDSA_ALGORITHM,
    NULL,
};

const struct vit_ksp_backend vit_soft_backend = {
    .name = MS_KEY_STORAGE_PROVIDER,
    .comment = u"Keys in files of their owner",
    .impl_type = NCRYPT_IMPL_SOFTWARE_FLAG,
    .version = 0x00010000,
    .keeps_custom = true,
    .keeps_ui = true,
    .exports = true,
    .algorithms = algorithms,
    .open = open_store,
    .close = vit_soft_store_destroy,
    .get_property = get_property,
    .set_property = set_property,
    .find = vit_soft_find,
    .probe = vit_soft_probe,
    .generate = vit_soft_generate,
    .import = vit_soft_import,
    .update = vit_soft_update,
    .remove = vit_soft_remove,
    .release = vit_soft_material_destroy,
    .next = vit_soft_next,
    .close_cursor = vit_soft_close_cursor,
    .public_blob = vit_soft_public_blob,
    .private_blob = vit_soft_private_blob,
    .decrypt = vit_soft_decrypt,
    .sign = vit_soft_sign,
    .agree = vit_soft_agree,
};
