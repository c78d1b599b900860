/* SPDX-License-Identifier: MIT */
/**
 * What the handles of ncrypt.h name: objects of the router's, each with a handle of the provider's
 * that goes into its function table only.
 *
 * A provider stays open as long as somebody needs it: an application that has opened it, keys,
 * secrets, buffers, calls. Its handle is valid as long as the application has it open.
 */
#ifndef CNG_NCRYPT_OBJECT_H
#define CNG_NCRYPT_OBJECT_H

#include <pthread.h>
#include <stdbool.h>

#include "cng/handle.h"
#include "ncrypt_provider.h"

/* Tags of the kinds, see cng/handle.h. */
enum {
    VIT_NCRYPT_TAG_PROVIDER = 0x11,
    VIT_NCRYPT_TAG_KEY = 0x12,
    VIT_NCRYPT_TAG_SECRET = 0x13,
};

extern const struct vit_object_kind vit_ncrypt_provider_kind; /* provider.c */
extern const struct vit_object_kind vit_ncrypt_key_kind;      /* key.c */
extern const struct vit_object_kind vit_ncrypt_secret_kind;   /* secret.c */

struct vit_ncrypt_provider {
    struct vit_object base;
    GetKeyStorageInterfaceFn get; /* tells libraries apart */
    const NCRYPT_KEY_STORAGE_FUNCTION_TABLE *table;
    WCHAR *name;
    NCRYPT_PROV_HANDLE inner; /* the provider's own; 0: not open yet */
    NCRYPT_PROV_HANDLE handle;
    pthread_mutex_t lock;
    size_t opens; /* by the application, under the lock */
    size_t users; /* everybody else, under the lock */
};

struct vit_ncrypt_key {
    struct vit_object base;
    struct vit_ncrypt_provider *provider; /* a user of it */
    NCRYPT_KEY_HANDLE inner;
    pthread_rwlock_t lock; /* deleting excludes all other calls with the key */
    bool deleted;
};

struct vit_ncrypt_secret {
    struct vit_object base;
    struct vit_ncrypt_provider *provider; /* a user of it */
    NCRYPT_SECRET_HANDLE inner;
};

/* As a user. NULL: no such handle. */
struct vit_ncrypt_provider *vit_ncrypt_provider_get(NCRYPT_PROV_HANDLE handle);
void vit_ncrypt_provider_ref(struct vit_ncrypt_provider *provider);
void vit_ncrypt_provider_unref(struct vit_ncrypt_provider *provider);
VIT_DEFINE_AUTO(ncrypt_provider, struct vit_ncrypt_provider *, vit_ncrypt_provider_unref)
/* The application opens it once more: its handle. */
NCRYPT_PROV_HANDLE vit_ncrypt_provider_open(struct vit_ncrypt_provider *provider);
/* False: it was not open. */
bool vit_ncrypt_provider_close(struct vit_ncrypt_provider *provider);
/* One implementation, whichever handles it was opened with. */
bool vit_ncrypt_provider_same(const struct vit_ncrypt_provider *a,
        const struct vit_ncrypt_provider *b);

/* For one call, during which it is not deleted. NULL: no such handle. */
struct vit_ncrypt_key *vit_ncrypt_key_get(NCRYPT_KEY_HANDLE handle);
void vit_ncrypt_key_put(struct vit_ncrypt_key *key);
VIT_DEFINE_AUTO(ncrypt_key, struct vit_ncrypt_key *, vit_ncrypt_key_put)
/* Another key for the same call, of the same provider: its inner handle. 0 is let through when the
 * key may be left out. *other is to be put. NTE_INVALID_HANDLE. */
SECURITY_STATUS vit_ncrypt_key_other(const struct vit_ncrypt_provider *provider,
        NCRYPT_KEY_HANDLE handle, bool optional, struct vit_ncrypt_key **other,
        NCRYPT_KEY_HANDLE *inner);
/* A handle for what a provider has made, which is freed when there is none to be had. */
SECURITY_STATUS vit_ncrypt_key_give(struct vit_ncrypt_provider *provider, NCRYPT_KEY_HANDLE inner,
        NCRYPT_KEY_HANDLE *handle);

/* For one call. NULL: no such handle. */
struct vit_ncrypt_secret *vit_ncrypt_secret_get(NCRYPT_SECRET_HANDLE handle);
void vit_ncrypt_secret_put(struct vit_ncrypt_secret *secret);
VIT_DEFINE_AUTO(ncrypt_secret, struct vit_ncrypt_secret *, vit_ncrypt_secret_put)

static inline void *vit_ncrypt_number(ULONG_PTR handle)
{
    return (void *)handle; /* cng/handle.h says numbers so */
}

/* The one translation of what handles say. */
SECURITY_STATUS vit_ncrypt_status(enum vit_status status);

/* A list of parameters that can be walked; NULL is one. */
bool vit_ncrypt_parameters_fit(const NCryptBufferDesc *parameters);

#endif
