/* SPDX-License-Identifier: MIT */
#include "cng/ksp/blob.h"

#include "base/bytes.h"
#include "cng/wide.h"

enum { LEGACY_HEADER_LEN = 12, LEGACY_PRIVATE = 7, LEGACY_VERSION = 2 };

/* Families that a type is for, and whether it is exported. */
enum {
    OF_RSA = 1 << VIT_KSP_RSA,
    OF_DH = 1 << VIT_KSP_DH,
    OF_ECDH = 1 << VIT_KSP_ECDH,
    OF_ECC = OF_ECDH | 1 << VIT_KSP_ECDSA,
    OF_ALL = OF_RSA | OF_DH | OF_ECC,
};

/* The layouts that magics tell apart. */
enum layout { LAYOUT_SHORT, LAYOUT_FULL, LAYOUT_TLS, LAYOUT_LEGACY };

static const struct type {
    LPCWSTR name;
    unsigned families;
    bool private;
    enum layout layout;
} types[] = {
    { BCRYPT_PUBLIC_KEY_BLOB, OF_ALL, false, LAYOUT_SHORT },
    { BCRYPT_PRIVATE_KEY_BLOB, OF_ALL, true, LAYOUT_SHORT },
    { BCRYPT_RSAPUBLIC_BLOB, OF_RSA, false, LAYOUT_SHORT },
    { BCRYPT_RSAPRIVATE_BLOB, OF_RSA, true, LAYOUT_SHORT },
    { BCRYPT_RSAFULLPRIVATE_BLOB, OF_RSA, true, LAYOUT_FULL },
    { LEGACY_RSAPRIVATE_BLOB, OF_RSA, true, LAYOUT_LEGACY },
    { BCRYPT_DH_PUBLIC_BLOB, OF_DH, false, LAYOUT_SHORT },
    { BCRYPT_DH_PRIVATE_BLOB, OF_DH, true, LAYOUT_SHORT },
    { BCRYPT_ECCPUBLIC_BLOB, OF_ECC, false, LAYOUT_SHORT },
    { BCRYPT_ECCPRIVATE_BLOB, OF_ECC, true, LAYOUT_SHORT },
    { BCRYPT_ECCFULLPUBLIC_BLOB, OF_ECC, false, LAYOUT_FULL },
    { BCRYPT_ECCFULLPRIVATE_BLOB, OF_ECC, true, LAYOUT_FULL },
    { SSL_ECCPUBLIC_BLOB, OF_ECDH, false, LAYOUT_TLS },
};

static const struct type *find_type(LPCWSTR name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (vit_wide_equal(types[i].name, name)) {
            return &types[i];
        }
    }
    return NULL;
}

static bool is_for(const struct type *type, const struct vit_ksp_algorithm *algorithm)
{
    return (type->families & 1U << algorithm->family) != 0;
}

bool vit_ksp_blob_is_type(LPCWSTR type)
{
    return find_type(type) != NULL;
}

enum vit_ksp_blob_use vit_ksp_blob_export_use(const struct vit_ksp_algorithm *algorithm,
        LPCWSTR type)
{
    const struct type *found = find_type(type);
    if (found == NULL || !is_for(found, algorithm) || found->layout == LAYOUT_LEGACY) {
        return VIT_KSP_BLOB_NONE;
    }
    return found->private ? VIT_KSP_BLOB_PRIVATE : VIT_KSP_BLOB_PUBLIC;
}

LPCWSTR vit_ksp_blob_private_type(const struct vit_ksp_algorithm *algorithm)
{
    switch (algorithm->family) {
    case VIT_KSP_RSA:
        return BCRYPT_RSAFULLPRIVATE_BLOB;
    case VIT_KSP_DH:
        return BCRYPT_DH_PRIVATE_BLOB;
    default:
        return BCRYPT_ECCPRIVATE_BLOB;
    }
}

/* Of RSA and DH, which have no magics by algorithm. */
static const struct {
    ULONG magic;
    LPCWSTR algorithm;
    bool private;
    enum layout layout;
} magics[] = {
    { BCRYPT_RSAPUBLIC_MAGIC, NCRYPT_RSA_ALGORITHM, false, LAYOUT_SHORT },
    { BCRYPT_RSAPRIVATE_MAGIC, NCRYPT_RSA_ALGORITHM, true, LAYOUT_SHORT },
    { BCRYPT_RSAFULLPRIVATE_MAGIC, NCRYPT_RSA_ALGORITHM, true, LAYOUT_FULL },
    { BCRYPT_DH_PUBLIC_MAGIC, NCRYPT_DH_ALGORITHM, false, LAYOUT_SHORT },
    { BCRYPT_DH_PRIVATE_MAGIC, NCRYPT_DH_ALGORITHM, true, LAYOUT_SHORT },
};

static const struct vit_ksp_algorithm *of_plain_magic(const struct type *type, ULONG magic)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (magics[i].magic == magic && magics[i].private == type->private &&
                magics[i].layout == type->layout) {
            return vit_ksp_algorithm_find(magics[i].algorithm);
        }
    }
    return NULL;
}

/* Full blobs say their curve themselves, whatever the magic. */
static const struct vit_ksp_algorithm *of_ecc_magic(const struct type *type, ULONG magic)
{
    const struct vit_ksp_algorithm *algorithm;
    for (size_t i = 0; (algorithm = vit_ksp_algorithm_at(i)) != NULL; i++) {
        if (vit_ksp_algorithm_is_ecc(algorithm) &&
                magic == (type->private ? algorithm->private_magic : algorithm->public_magic)) {
            return algorithm;
        }
    }
    return NULL;
}

static const struct vit_ksp_algorithm *of_magic(const struct type *type, ULONG magic)
{
    const struct vit_ksp_algorithm *algorithm = of_plain_magic(type, magic);
    if (algorithm == NULL && (type->families & OF_ECC) != 0) {
        algorithm = of_ecc_magic(type, magic);
    }
    return algorithm != NULL && is_for(type, algorithm) ? algorithm : NULL;
}

/* Type of blob, version, and behind two more words the magic of a private key. */
static SECURITY_STATUS read_legacy(const uint8_t *bytes, DWORD len, struct vit_ksp_blob *blob)
{
    if (len < LEGACY_HEADER_LEN) {
        return NTE_BAD_DATA;
    }
    if (bytes[0] != LEGACY_PRIVATE || bytes[1] != LEGACY_VERSION ||
            vit_load_le32(bytes + 8) != BCRYPT_RSAPRIVATE_MAGIC) {
        return NTE_INVALID_PARAMETER;
    }
    blob->algorithm = vit_ksp_algorithm_find(NCRYPT_RSA_ALGORITHM);
    return ERROR_SUCCESS;
}

SECURITY_STATUS vit_ksp_blob_read(LPCWSTR name, const uint8_t *bytes, DWORD len,
        struct vit_ksp_blob *blob)
{
    const struct type *type = find_type(name);
    if (type == NULL) {
        return NTE_NOT_SUPPORTED;
    }
    *blob = (struct vit_ksp_blob){ .private = type->private };
    if (type->layout == LAYOUT_LEGACY) {
        return read_legacy(bytes, len, blob);
    }
    if (len < sizeof(uint32_t)) {
        return NTE_BAD_DATA;
    }
    if (type->layout == LAYOUT_TLS) { /* begins with the number of a group */
        blob->algorithm = vit_ksp_algorithm_find(NCRYPT_ECDH_ALGORITHM);
        return ERROR_SUCCESS;
    }
    blob->algorithm = of_magic(type, vit_load_le32(bytes));
    if (blob->algorithm == NULL) {
        return NTE_INVALID_PARAMETER;
    }
    if (type->layout == LAYOUT_FULL && vit_ksp_algorithm_is_ecc(blob->algorithm)) {
        blob->algorithm = vit_ksp_algorithm_find(blob->algorithm->group);
    } else {
        blob->needs_curve = vit_ksp_algorithm_is_generic(blob->algorithm);
    }
    return ERROR_SUCCESS;
}
