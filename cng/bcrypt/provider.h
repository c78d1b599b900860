/* SPDX-License-Identifier: MIT */
/**
 * Algorithm providers: which algorithms there are, under which names, pseudo-handles and flags.
 * There is one implementation of each, so two keys have the same provider when they have the same
 * family, whichever handles they were made with.
 */
#ifndef CNG_BCRYPT_PROVIDER_H
#define CNG_BCRYPT_PROVIDER_H

#include <pthread.h>

#include "base/secret.h"
#include "bcrypt.h"
#include "cng/handle.h"
#include "crypto/hash.h"

/* How a symmetric algorithm makes one message of blocks. */
enum vit_bcrypt_chaining {
    VIT_BCRYPT_CBC, /* unless it was told otherwise */
    VIT_BCRYPT_ECB,
    VIT_BCRYPT_CFB,
    VIT_BCRYPT_CCM,
    VIT_BCRYPT_GCM,
    VIT_BCRYPT_GMAC, /* an algorithm of its own */
    VIT_BCRYPT_CHAINING_COUNT
};

struct vit_bcrypt_key_family;
struct vit_bcrypt_room;

struct vit_bcrypt_algorithm {
    LPCWSTR name;      /* the first of a name is the one that is opened and listed */
    ULONG pseudo;      /* the pseudo-handle; 0: none */
    ULONG hmac_pseudo; /* with BCRYPT_ALG_HANDLE_HMAC_FLAG */
    ULONG interface;   /* BCRYPT_..._INTERFACE */
    ULONG operations;  /* BCRYPT_..._OPERATION bits */
    ULONG flags;       /* of those for opening, the ones that mean something to it */
    const struct vit_bcrypt_key_family *family; /* NULL: it has no keys */
    enum vit_hash_id hash;                      /* of class HASH; VIT_HASH_COUNT: AES-CMAC */
    ULONG bits;                                 /* of the keys when the name says so; else 0 */
    enum vit_bcrypt_chaining chaining;          /* at first */
};

/* An open provider. Nothing but state changes, and that under the lock; of a shared one nothing. */
struct vit_bcrypt_provider {
    struct vit_object base;
    const struct vit_bcrypt_algorithm *algorithm;
    ULONG flags;
    bool shared; /* what stands behind a pseudo-handle */
    BCRYPT_ALG_HANDLE handle;
    pthread_mutex_t lock;
    void *state; /* the family's, e.g. a curve that was named; NULL at first */
    void (*state_destroy)(void *state);
};

/* With a reference. NULL: no such provider, or not at this level. */
struct vit_bcrypt_provider *vit_bcrypt_provider_get(BCRYPT_ALG_HANDLE handle);
void vit_bcrypt_provider_unref(struct vit_bcrypt_provider *provider);
VIT_DEFINE_AUTO(bcrypt_provider, struct vit_bcrypt_provider *, vit_bcrypt_provider_unref)

/* Pseudo-handles are shared by everybody, so nobody sets anything on them. */
bool vit_bcrypt_provider_is_shared(const struct vit_bcrypt_provider *provider);

/* For the state. Nothing is locked for pseudo-handles: they outlive fork(), and the child would wait
 * for threads that it does not have. */
void vit_bcrypt_provider_lock(struct vit_bcrypt_provider *provider);
void vit_bcrypt_provider_unlock(struct vit_bcrypt_provider *provider);

/* NULL: no algorithm of this name. */
const struct vit_bcrypt_algorithm *vit_bcrypt_algorithm_find(LPCWSTR name);
/* Every one, from index 0; NULL: no more. */
const struct vit_bcrypt_algorithm *vit_bcrypt_algorithm_at(size_t index);
/* STATUS_NOT_SUPPORTED: no hash of this name ("RNG" and "INVALID" alike). */
NTSTATUS vit_bcrypt_hash_find(LPCWSTR name, enum vit_hash_id *hash);

/* Where this process keeps its secrets; NULL: no secret page to be had. */
struct vit_slab *vit_bcrypt_slab(void);

#endif
