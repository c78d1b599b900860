/* SPDX-License-Identifier: MIT */
#include "cng/ksp/algorithm.h"

#include "cng/wide.h"

#define PSEUDO(handle) ((ULONG)(ULONG_PTR)(handle))

#define ECC_ROW(kind_, name_, group_, operation_, pseudo_, bits_, magic_)                          \
    { .name = name_,                                                                               \
        .group = group_,                                                                           \
        .family = VIT_KSP_##kind_,                                                                 \
        .pseudo = PSEUDO(pseudo_),                                                                 \
        .interface = NCRYPT_##operation_##_INTERFACE,                                              \
        .operations = NCRYPT_##operation_##_OPERATION,                                             \
        .bits = bits_,                                                                             \
        .default_bits = bits_,                                                                     \
        .public_magic = BCRYPT_##kind_##_PUBLIC_##magic_##_MAGIC,                                  \
        .private_magic = BCRYPT_##kind_##_PRIVATE_##magic_##_MAGIC }

#define ECDH_ROW(curve_, bits_)                                                                    \
    ECC_ROW(ECDH, NCRYPT_ECDH_##curve_##_ALGORITHM, NCRYPT_ECDH_ALGORITHM_GROUP, SECRET_AGREEMENT, \
            BCRYPT_ECDH_##curve_##_ALG_HANDLE, bits_, curve_)
#define ECDSA_ROW(curve_, bits_)                                                                   \
    ECC_ROW(ECDSA, NCRYPT_ECDSA_##curve_##_ALGORITHM, NCRYPT_ECDSA_ALGORITHM_GROUP, SIGNATURE,     \
            BCRYPT_ECDSA_##curve_##_ALG_HANDLE, bits_, curve_)

static const struct vit_ksp_algorithm algorithms[] = {
    {
            .name = NCRYPT_RSA_ALGORITHM,
            .group = NCRYPT_RSA_ALGORITHM_GROUP,
            .family = VIT_KSP_RSA,
            .pseudo = PSEUDO(BCRYPT_RSA_ALG_HANDLE),
            .interface = NCRYPT_ASYMMETRIC_ENCRYPTION_INTERFACE,
            .operations = NCRYPT_ASYMMETRIC_ENCRYPTION_OPERATION | NCRYPT_SIGNATURE_OPERATION,
            .default_bits = 1024,
    },
    {
            .name = NCRYPT_DH_ALGORITHM,
            .group = NCRYPT_DH_ALGORITHM_GROUP,
            .family = VIT_KSP_DH,
            .pseudo = PSEUDO(BCRYPT_DH_ALG_HANDLE),
            .interface = NCRYPT_SECRET_AGREEMENT_INTERFACE,
            .operations = NCRYPT_SECRET_AGREEMENT_OPERATION,
            .default_bits = 2048,
    },
    ECDH_ROW(P256, 256),
    ECDH_ROW(P384, 384),
    ECDH_ROW(P521, 521),
    ECC_ROW(ECDH, NCRYPT_ECDH_ALGORITHM, NCRYPT_ECDH_ALGORITHM_GROUP, SECRET_AGREEMENT,
            BCRYPT_ECDH_ALG_HANDLE, 0, GENERIC),
    ECDSA_ROW(P256, 256),
    ECDSA_ROW(P384, 384),
    ECDSA_ROW(P521, 521),
    ECC_ROW(ECDSA, NCRYPT_ECDSA_ALGORITHM, NCRYPT_ECDSA_ALGORITHM_GROUP, SIGNATURE,
            BCRYPT_ECDSA_ALG_HANDLE, 0, GENERIC),
};

const struct vit_ksp_algorithm *vit_ksp_algorithm_at(size_t index)
{
    return index < sizeof(algorithms) / sizeof(algorithms[0]) ? &algorithms[index] : NULL;
}

const struct vit_ksp_algorithm *vit_ksp_algorithm_find(LPCWSTR name)
{
    const struct vit_ksp_algorithm *algorithm;
    for (size_t i = 0; (algorithm = vit_ksp_algorithm_at(i)) != NULL; i++) {
        if (vit_wide_equal(algorithm->name, name)) {
            return algorithm;
        }
    }
    return NULL;
}

const struct vit_ksp_algorithm *vit_ksp_algorithm_of(enum vit_ksp_family family, DWORD bits)
{
    const struct vit_ksp_algorithm *algorithm;
    for (size_t i = 0; (algorithm = vit_ksp_algorithm_at(i)) != NULL; i++) {
        if (algorithm->family == family && algorithm->bits == bits) {
            return algorithm;
        }
    }
    return NULL;
}

bool vit_ksp_algorithm_is_kept(const struct vit_ksp_backend *backend, LPCWSTR name)
{
    for (const LPCWSTR *kept = backend->algorithms; *kept != NULL; kept++) {
        if (vit_wide_equal(*kept, name)) {
            return vit_ksp_algorithm_find(name) != NULL;
        }
    }
    return false;
}
