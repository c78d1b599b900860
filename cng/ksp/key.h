/* SPDX-License-Identifier: MIT */
/**
 * A key: created or imported to be finalized, then final; its public half is a key of BCrypt, its
 * private half the backend's.
 *
 * What an operation reads besides attributes (material, public, curve) is written before final and
 * never after, so final keys are used by several threads without a lock.
 */
#ifndef CNG_KSP_KEY_H
#define CNG_KSP_KEY_H

#include <stdatomic.h>

#include "cng/ksp/algorithm.h"
#include "cng/ksp/members.h"
#include "crypto/curve.h"

/* A private blob that waits for the key to be finalized; in secret memory. */
struct vit_ksp_pending {
    LPCWSTR type; /* one of those a backend imports */
    uint8_t *bytes;
    size_t len;
};

struct vit_ksp_key {
    struct vit_object base;
    struct vit_ksp_provider *provider; /* a reference */
    const struct vit_ksp_algorithm *algorithm;
    atomic_bool final;

    pthread_mutex_t changing; /* taken before lock: who sets properties or finalizes */
    pthread_mutex_t lock;     /* of attributes, custom and context, shortly */
    struct vit_ksp_attributes attributes;
    struct vit_ksp_custom *custom; /* that go with this handle */
    struct vit_ksp_context context;

    /* Before final. */
    bool overwrite;
    struct vit_ksp_pending pending;

    struct vit_ksp_material *material; /* NULL: a public key */
    BCRYPT_KEY_HANDLE public;          /* NULL until final, or an imported blob says what it is */
    const struct vit_curve *curve;     /* NULL: not of ECC */
};

/* A key that is not final and has no handle. */
SECURITY_STATUS vit_ksp_key_new(struct vit_ksp_provider *provider,
        const struct vit_ksp_algorithm *algorithm, struct vit_ksp_key **key);
/* With a reference. NULL: no such key, or no such provider. */
struct vit_ksp_key *vit_ksp_key_get(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE handle);
void vit_ksp_key_unref(struct vit_ksp_key *key);
VIT_DEFINE_AUTO(ksp_key, struct vit_ksp_key *, vit_ksp_key_unref)

static inline bool vit_ksp_key_is_final(const struct vit_ksp_key *key)
{
    return atomic_load(&key->final);
}

/* Named: there is, or will be, something of it in the store. */
static inline bool vit_ksp_key_is_named(const struct vit_ksp_key *key)
{
    return key->attributes.name != NULL;
}

/* Name, flags and what is there already, before a key is made under a name; NULL: ephemeral. */
SECURITY_STATUS vit_ksp_key_name(struct vit_ksp_key *key, LPCWSTR name, DWORD flags);

/* Gives a key that is not final its public half: a blob of BCrypt of its algorithm and curve. */
SECURITY_STATUS vit_ksp_key_set_public(struct vit_ksp_key *key, const uint8_t *blob, DWORD len);
/* The same from the material. */
SECURITY_STATUS vit_ksp_key_load_public(struct vit_ksp_key *key);
/* Takes the handle as the public half, and what the attributes know from it. */
SECURITY_STATUS vit_ksp_key_adopt_public(struct vit_ksp_key *key, BCRYPT_KEY_HANDLE public);

/* Makes a key final, with the backend or as a public key; with changing held. */
SECURITY_STATUS vit_ksp_key_finalize(struct vit_ksp_key *key, DWORD flags);

/* "nistP256" and the like as CNG writes it, to be freed. */
SECURITY_STATUS vit_ksp_curve_text(const struct vit_curve *curve, WCHAR **text);
/* The same, as a key or provider of BCrypt tells it. */
enum { VIT_KSP_CURVE_NAME_MAX = 64 };
SECURITY_STATUS vit_ksp_curve_name(BCRYPT_HANDLE object, WCHAR name[VIT_KSP_CURVE_NAME_MAX]);

/* A blob given to a key as a property. NTE_NOT_SUPPORTED: no type of a blob. */
SECURITY_STATUS vit_ksp_key_take_blob(struct vit_ksp_key *key, LPCWSTR type, const uint8_t *blob,
        DWORD len);
/* Wipes. */
void vit_ksp_pending_finish(struct vit_ksp_pending *pending);

/**
 * Before a private operation. Checks in this order: final, private, and that the key's usage has
 * one of the flags; then the person is asked if the key's policy wants it (operation NULL: not yet).
 *
 * @return NTE_BAD_KEY_STATE, NTE_INVALID_PARAMETER (a public key), NTE_PERM, NTE_SILENT_CONTEXT,
 *         NTE_UI_REQUIRED, NTE_USER_CANCELLED
 */
SECURITY_STATUS vit_ksp_key_may(struct vit_ksp_key *key, DWORD usage);
SECURITY_STATUS vit_ksp_key_consent(struct vit_ksp_key *key, LPCWSTR operation,
        const struct vit_ksp_prompt *prompt);

/* NTE_INVALID_HANDLE: no agreed secret. NTE_NOT_SUPPORTED: no property of one. */
SECURITY_STATUS vit_ksp_secret_set_property(NCRYPT_PROV_HANDLE provider,
        NCRYPT_SECRET_HANDLE handle, LPCWSTR name, const uint8_t *bytes, DWORD len);

/* 100 ns since 1601. */
int64_t vit_ksp_filetime_now(void);

/* Bytes of a modulus. */
DWORD vit_ksp_key_block_len(const struct vit_ksp_key *key);

#endif
