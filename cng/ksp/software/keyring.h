/* SPDX-License-Identifier: MIT */
/**
 * The keys that come of a store's master key: one that turns names of keys into names of files, and one
 * for each version of each file. Lies in secret memory; several threads may use it.
 */
#ifndef CNG_KSP_SOFTWARE_KEYRING_H
#define CNG_KSP_SOFTWARE_KEYRING_H

#include <stdbool.h>

#include "cng/ksp/software/folder.h"
#include "cng/ksp/software/memory.h"
#include "cng/ksp/software/wrap.h"

struct vit_keyring;

/* The file that makes a folder a store: which one it is, and its master key, locked. */
enum {
    VIT_STORE_ID_LEN = 16,
    VIT_STORE_KEY_LEN = 32,
    VIT_STORE_FILE_LEN = 8 + VIT_STORE_ID_LEN + VIT_STORE_KEY_LEN + VIT_WRAP_EXTRA_LEN,
};

/* Bytes for the file of a new store. */
SECURITY_STATUS vit_store_file_make(const struct vit_wrap_secret *secret,
        uint8_t bytes[VIT_STORE_FILE_LEN]);
/* By what its master key is locked. @return NTE_BAD_DATA */
SECURITY_STATUS vit_store_file_method(const uint8_t *bytes, size_t len,
        enum vit_wrap_method *method);
/* @return as vit_wrap_open() */
SECURITY_STATUS vit_keyring_create(const struct vit_wrap_secret *secret, const uint8_t *bytes,
        size_t len, struct vit_keyring **ring);
/* NULL is fine. */
void vit_keyring_destroy(struct vit_keyring *ring);
VIT_DEFINE_AUTO(keyring, struct vit_keyring *, vit_keyring_destroy)

/* Is it the one that this file of a store makes? */
bool vit_keyring_is_of(const struct vit_keyring *ring, const uint8_t *bytes, size_t len);

struct vit_kdf *vit_keyring_kdf(const struct vit_keyring *ring);

/* What a key's file is called. */
enum { VIT_FILE_NAME_LEN = 32 };

struct vit_file_name {
    uint8_t digest[VIT_FILE_NAME_LEN];
    char text[2 * VIT_FILE_NAME_LEN + 1];
};

SECURITY_STATUS vit_keyring_name(const struct vit_keyring *ring, LPCWSTR name,
        struct vit_file_name *file);
/* False: not the name of a key's file. */
bool vit_file_name_parse(const char *text, struct vit_file_name *file);

/* What is in a file, sealed for that name. */
SECURITY_STATUS vit_keyring_seal(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_soft_bytes *plain, struct vit_file *sealed);
/* @return NTE_BAD_DATA changed, of another name, or of another store */
SECURITY_STATUS vit_keyring_open(const struct vit_keyring *ring, const struct vit_file_name *name,
        const struct vit_file *sealed, struct vit_soft_bytes *plain);

#endif
