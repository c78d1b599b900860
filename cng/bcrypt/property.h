/* SPDX-License-Identifier: MIT */
#ifndef CNG_BCRYPT_PROPERTY_H
#define CNG_BCRYPT_PROPERTY_H

#include "cng/bcrypt/provider.h"
#include "cng/bcrypt/reply.h"

/* What every provider tells of its algorithm, and everything that is made with it.
 * STATUS_NOT_SUPPORTED: nothing that it knows. */
NTSTATUS vit_bcrypt_provider_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room);

/* AlgorithmName and ProviderHandle, of something that was made with the provider. */
NTSTATUS vit_bcrypt_origin_property(const struct vit_bcrypt_provider *provider, LPCWSTR name,
        const struct vit_bcrypt_room *room);

/* A ULONG that an application sets; STATUS_INVALID_PARAMETER: of another length. */
NTSTATUS vit_bcrypt_ulong_of(const UCHAR *bytes, ULONG len, ULONG *value);

/* What BCryptCreateHash wants as room for an object, when it is given some at all. */
enum { VIT_BCRYPT_HASH_OBJECT_LEN = 512 };

#endif
