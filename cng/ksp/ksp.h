/* SPDX-License-Identifier: MIT */
/**
 * What the library of a key storage provider is made of besides its backend: it exports
 * GetKeyStorageInterface, which calls vit_ksp_interface(), and the rest is here.
 */
#ifndef CNG_KSP_KSP_H
#define CNG_KSP_KSP_H

#include "base/secret.h"
#include "base/status.h"
#include "cng/ksp/backend.h"
#include "ncrypt_provider.h"

/**
 * The function table, version 2. A library has one backend: it is the same at every call.
 *
 * @param name   the provider's; it comes back with OpenProvider and goes to the backend's open
 * @param flags  none are defined
 * @return STATUS_INVALID_PARAMETER
 */
NTSTATUS vit_ksp_interface(const struct vit_ksp_backend *backend, LPCWSTR name,
        NCRYPT_KEY_STORAGE_FUNCTION_TABLE **table, DWORD flags);

/* The one translation of what BCrypt says; of what crypto/ and base/ say. */
SECURITY_STATUS vit_ksp_status(NTSTATUS status);
SECURITY_STATUS vit_ksp_status_of(enum vit_status status);

/* Where this library keeps secrets; NULL: no secret page to be had. A child (fork) begins with pages
 * of its own. */
struct vit_slab *vit_ksp_slab(void);

/**
 * BCrypt's provider of an algorithm, with the curve named where the algorithm leaves it open; to be
 * closed. NTE_NOT_SUPPORTED: no key of it can be kept, or no such curve.
 */
SECURITY_STATUS vit_ksp_bcrypt_open(LPCWSTR algorithm, LPCWSTR curve, BCRYPT_ALG_HANDLE *handle);
void vit_ksp_bcrypt_close(BCRYPT_ALG_HANDLE handle);

/* For backends that have their private keys in BCrypt. The pair that attributes describe: */
SECURITY_STATUS vit_ksp_bcrypt_generate(const struct vit_ksp_attributes *attributes,
        BCRYPT_KEY_HANDLE *key);
/* A blob, of attributes' algorithm and curve. NTE_BAD_DATA: none. */
SECURITY_STATUS vit_ksp_bcrypt_import(const struct vit_ksp_attributes *attributes, LPCWSTR type,
        const uint8_t *blob, DWORD len, BCRYPT_KEY_HANDLE *key);
/* What the backend's slot agree asks for. */
SECURITY_STATUS vit_ksp_bcrypt_agree(BCRYPT_KEY_HANDLE own, BCRYPT_KEY_HANDLE peer, uint8_t *z,
        size_t *len);

#endif
