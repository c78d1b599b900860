/* SPDX-License-Identifier: MIT */
/**
 * Keys, whatever their family. key.c checks handles, flags and pointers and holds the locks; a
 * family brings what is its own.
 */
#ifndef CNG_BCRYPT_KEY_H
#define CNG_BCRYPT_KEY_H

#include <stdatomic.h>

#include "cng/bcrypt/provider.h"
#include "cng/bcrypt/reply.h"

/**
 * First member of a family's key. What an operation reads (value, parameters) is written before
 * final and never after, so finished keys are used by several threads without a lock.
 */
struct vit_bcrypt_key {
    struct vit_object base;
    const struct vit_bcrypt_key_family *family;
    struct vit_bcrypt_provider *provider; /* a reference */
    pthread_mutex_t lock;                 /* of everything until final */
    atomic_bool final;
    bool private; /* has a private half; set before final */
};

struct vit_bcrypt_encryptor;
struct vit_bcrypt_signer;
struct vit_bcrypt_symmetric;

/**
 * All slots are required. No slot touches a key's lock. A slot that makes a key starts with
 * vit_bcrypt_key_init() and leaves it to the caller to give it a handle; on failure it leaves *key
 * alone. Buffers were checked: never NULL with a length, locked at DISPATCH_LEVEL.
 */
struct vit_bcrypt_key_family {
    const char *name;

    /* A key to be finalized. bits as the application gave them: refuse wrong ones with
     * STATUS_INVALID_PARAMETER. Nothing random is made yet. */
    NTSTATUS (*generate)(struct vit_bcrypt_provider *provider, ULONG bits,
            struct vit_bcrypt_key **key);
    /* Makes the pair; under the lock, once. key.c sets final afterwards. */
    NTSTATUS (*finalize)(struct vit_bcrypt_key *key);
    /* A key that is final (set final and private). bytes is input[len]; NULL only with len 0.
     * STATUS_NOT_SUPPORTED: no such type. flags: BCRYPT_NO_KEY_VALIDATION or 0. */
    NTSTATUS (*import)(struct vit_bcrypt_provider *provider, LPCWSTR type, const UCHAR *bytes,
            ULONG len, ULONG flags, struct vit_bcrypt_key **key);
    /* Of a final key. STATUS_INVALID_PARAMETER: a private type of a key without private half. */
    NTSTATUS (*export)(const struct vit_bcrypt_key *key, LPCWSTR type,
            const struct vit_bcrypt_room *room);
    /* Under the lock while the key is not final. key.c answers AlgorithmName and ProviderHandle. */
    NTSTATUS (*get_property)(const struct vit_bcrypt_key *key, LPCWSTR name,
            const struct vit_bcrypt_room *room);
    /* Under the lock; look at final. STATUS_NOT_SUPPORTED: no such property, or read-only. */
    NTSTATUS (*set_property)(struct vit_bcrypt_key *key, LPCWSTR name, const UCHAR *bytes,
            ULONG len);
    /* Wipes and frees what is the family's, and the key's own memory last. */
    void (*destroy)(struct vit_bcrypt_key *key);

    /* Properties of a provider of this family, under the provider's lock. property.c answers those
     * that every provider has. Never called to set on a pseudo-handle. */
    NTSTATUS (*get_provider_property)(const struct vit_bcrypt_provider *provider, LPCWSTR name,
            const struct vit_bcrypt_room *room);
    NTSTATUS (*set_provider_property)(struct vit_bcrypt_provider *provider, LPCWSTR name,
            const UCHAR *bytes, ULONG len);

    /* What else such keys can do; NULL: they cannot. */
    const struct vit_bcrypt_signer *signer;
    const struct vit_bcrypt_encryptor *encryptor;
    const struct vit_bcrypt_symmetric *symmetric; /* a key is no pair, but bytes */
};

/* key_rsa.c, key_ecc.c (both), key_dh.c */
extern const struct vit_bcrypt_key_family vit_bcrypt_rsa_family;
extern const struct vit_bcrypt_key_family vit_bcrypt_ecc_family;
extern const struct vit_bcrypt_key_family vit_bcrypt_ecdsa_family;
extern const struct vit_bcrypt_key_family vit_bcrypt_dh_family;
/* key_aes.c, key_kdf.c */
extern const struct vit_bcrypt_key_family vit_bcrypt_aes_family;
extern const struct vit_bcrypt_key_family vit_bcrypt_kdf_family;

/* Of a zeroed key that the family allocated. Takes a reference to the provider. */
void vit_bcrypt_key_init(struct vit_bcrypt_key *key, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider);

/* With a reference. NULL: no key. It may not be final. */
struct vit_bcrypt_key *vit_bcrypt_key_get(BCRYPT_KEY_HANDLE handle);
void vit_bcrypt_key_unref(struct vit_bcrypt_key *key);
VIT_DEFINE_AUTO(bcrypt_key, struct vit_bcrypt_key *, vit_bcrypt_key_unref)

/* Gives the key a handle and takes the caller's reference, also on failure. */
NTSTATUS vit_bcrypt_key_publish(struct vit_bcrypt_key *key, BCRYPT_KEY_HANDLE *handle);

#endif
