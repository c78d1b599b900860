/* SPDX-License-Identifier: MIT */
/* Algorithms whose keys can be kept, and what key storage says of them. */
#ifndef CNG_KSP_ALGORITHM_H
#define CNG_KSP_ALGORITHM_H

#include "cng/ksp/backend.h"

enum vit_ksp_family { VIT_KSP_RSA, VIT_KSP_DH, VIT_KSP_ECDH, VIT_KSP_ECDSA };

struct vit_ksp_algorithm {
    LPCWSTR name;
    LPCWSTR group;
    enum vit_ksp_family family;
    ULONG pseudo;                      /* BCrypt's pseudo-handle */
    DWORD interface;                   /* NCRYPT_..._INTERFACE */
    DWORD operations;                  /* NCRYPT_..._OPERATION */
    DWORD bits;                        /* what the name says; 0: may be chosen */
    DWORD default_bits;                /* 0: must be chosen */
    ULONG public_magic, private_magic; /* of the blobs with X, Y (and d); 0: not of ECC */
};

/* NULL: none. */
const struct vit_ksp_algorithm *vit_ksp_algorithm_find(LPCWSTR name);
const struct vit_ksp_algorithm *vit_ksp_algorithm_at(size_t index);
/* The one whose name says so many bits. */
const struct vit_ksp_algorithm *vit_ksp_algorithm_of(enum vit_ksp_family family, DWORD bits);
/* Does the backend keep private keys of it? */
bool vit_ksp_algorithm_is_kept(const struct vit_ksp_backend *backend, LPCWSTR name);

/* ECDH and ECDSA, whose curve is told by itself. */
static inline bool vit_ksp_algorithm_is_generic(const struct vit_ksp_algorithm *algorithm)
{
    return algorithm->bits == 0 && algorithm->public_magic != 0;
}

static inline bool vit_ksp_algorithm_is_ecc(const struct vit_ksp_algorithm *algorithm)
{
    return algorithm->public_magic != 0;
}

static inline bool vit_ksp_algorithm_agrees(const struct vit_ksp_algorithm *algorithm)
{
    return (algorithm->operations & NCRYPT_SECRET_AGREEMENT_OPERATION) != 0;
}

static inline bool vit_ksp_algorithm_signs(const struct vit_ksp_algorithm *algorithm)
{
    return (algorithm->operations & NCRYPT_SIGNATURE_OPERATION) != 0;
}

static inline BCRYPT_ALG_HANDLE vit_ksp_algorithm_handle(const struct vit_ksp_algorithm *algorithm)
{
    return (BCRYPT_ALG_HANDLE)(ULONG_PTR)algorithm->pseudo;
}

#endif
