/* SPDX-License-Identifier: MIT */
/**
 * Keys that are bytes: of AES, and what the key derivation algorithms start from. They are final from
 * the start, but their settings may change, so a duplicate is a key of its own.
 */
#ifndef CNG_BCRYPT_KEY_SYMMETRIC_H
#define CNG_BCRYPT_KEY_SYMMETRIC_H

#include "cng/bcrypt/key.h"

/* First member of such keys, which lie in secret memory as a whole. */
struct vit_bcrypt_symmetric_key {
    struct vit_bcrypt_key base;
    size_t size;        /* of all of it */
    const UCHAR *bytes; /* behind the family's own */
    size_t len;
};

/* What a family of such keys brings besides. */
struct vit_bcrypt_symmetric {
    ULONG kind; /* stands in opaque blobs */
    /* Of the bytes that an application gave, how many make a key; false: they are too few. */
    bool (*fit)(size_t *len);
    /* Of just the right length. */
    NTSTATUS (*create)(struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len,
            struct vit_bcrypt_key **key);
    /* With the settings of the other. */
    NTSTATUS (*duplicate)(struct vit_bcrypt_key *key, struct vit_bcrypt_key **copy);
};

/* What BCryptGenerateSymmetricKey and its like want as room for an object, when given some at all. */
enum { VIT_BCRYPT_KEY_OBJECT_LEN = 1024 };

/* STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER: not the room for an object. */
NTSTATUS vit_bcrypt_symmetric_room(const void *memory, ULONG len);

/* A key of struct_size bytes, the family's own type, and a copy of bytes. NULL: no memory. */
void *vit_bcrypt_symmetric_new(size_t struct_size, const struct vit_bcrypt_key_family *family,
        struct vit_bcrypt_provider *provider, const UCHAR *bytes, size_t len);
void vit_bcrypt_symmetric_destroy(struct vit_bcrypt_key *key);

/* Slots of such families: they have no pairs. */
NTSTATUS vit_bcrypt_symmetric_no_pair(struct vit_bcrypt_provider *provider, ULONG bits,
        struct vit_bcrypt_key **key);
NTSTATUS vit_bcrypt_symmetric_no_finalize(struct vit_bcrypt_key *key);
NTSTATUS vit_bcrypt_symmetric_no_import(struct vit_bcrypt_provider *provider, LPCWSTR type,
        const UCHAR *bytes, ULONG len, ULONG flags, struct vit_bcrypt_key **key);

/* blob_symmetric.c. Both take a blob of another key's, too: hExportKey, hImportKey. */
NTSTATUS vit_blob_symmetric_export(const struct vit_bcrypt_key *key, LPCWSTR type,
        const struct vit_bcrypt_room *room);
NTSTATUS vit_blob_symmetric_wrap(const struct vit_bcrypt_key *key, BCRYPT_KEY_HANDLE wrapping,
        const struct vit_bcrypt_room *room);
NTSTATUS vit_blob_symmetric_import(struct vit_bcrypt_provider *provider, BCRYPT_KEY_HANDLE wrapping,
        LPCWSTR type, const UCHAR *bytes, ULONG len, struct vit_bcrypt_key **key);

#endif
