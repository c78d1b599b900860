/* SPDX-License-Identifier: MIT */
/**
 * Keys out of a secret that two keys agreed on, by function and parameters as BCryptDeriveKey has
 * them; key storage derives by the same ones.
 */
#ifndef CNG_DERIVE_DERIVE_H
#define CNG_DERIVE_DERIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bcrypt.h"
#include "crypto/curve.h"
#include "crypto/kdf.h"

/* Part of a secret of either interface; in secret memory. Several threads may use one. */
struct vit_derive_secret {
    const struct vit_curve *curve; /* NULL: a finite field */
    const uint8_t *z; /* of full length, big-endian; of curve25519 as RFC 7748 has it. Borrowed */
    size_t len;

    pthread_mutex_t lock; /* of what HKDF is told by properties, down to prk */
    bool hkdf_named;
    bool hkdf_final;
    enum vit_hash_id hkdf_hash;
    size_t prk_len; /* 0: the secret itself */
    uint8_t prk[VIT_HASH_MAX_LEN];
};

/* Of zeroed memory. finish leaves the wiping to whom the memory belongs. */
void vit_derive_secret_init(struct vit_derive_secret *secret, const struct vit_curve *curve,
        const uint8_t *z, size_t len);
void vit_derive_secret_finish(struct vit_derive_secret *secret);
/* What HKDF was told: to one with the same bytes, which nobody else uses yet. */
void vit_derive_secret_copy(struct vit_derive_secret *copy, struct vit_derive_secret *secret);

/* HkdfHashAlgorithm, HkdfSaltAndFinalize, HkdfPrkAndFinalize. STATUS_NOT_SUPPORTED: another name. */
NTSTATUS vit_derive_set_property(struct vit_derive_secret *secret, LPCWSTR name, const UCHAR *bytes,
        ULONG len);

/**
 * @param list    NULL: no parameters
 * @param flags   KDF_USE_SECRET_AS_HMAC_KEY_FLAG or 0
 * @param out     NULL: how long would it be?
 * @param result  never NULL
 * @return STATUS_NOT_SUPPORTED  no such function, hash or curve for it
 *         STATUS_INVALID_PARAMETER  flags, parameters or length that it does not take
 */
NTSTATUS vit_derive(const struct vit_derive_secret *secret, LPCWSTR name,
        const BCryptBufferDesc *list, ULONG flags, UCHAR *out, ULONG out_len, ULONG *result);

/**
 * Keys out of a key, by the key derivation algorithms and parameters of BCryptKeyDerivation.
 *
 * @param algorithm  BCRYPT_PBKDF2_ALGORITHM, ...
 * @param flags      BCRYPT_CAPI_AES_FLAG with CAPI_KDF, or 0
 * @param out        as long as the key shall be; never NULL, nor out_len 0
 * @return as above; STATUS_INVALID_PARAMETER also: a required parameter is missing
 */
NTSTATUS vit_derive_keyed(const struct vit_derive_secret *secret, LPCWSTR algorithm,
        const BCryptBufferDesc *list, ULONG flags, UCHAR *out, ULONG out_len, ULONG *result);

/**
 * What CryptDeriveKey of the legacy interface makes of a digest.
 *
 * @param expand  even if the digest is long enough
 * @return STATUS_INVALID_PARAMETER more than two digests
 */
NTSTATUS vit_derive_capi(enum vit_hash_id hash, const UCHAR *digest, bool expand, UCHAR *out,
        ULONG out_len);

#endif
