/* SPDX-License-Identifier: MIT */
/**
 * Where a key storage provider of ours keeps its keys. What all of them have in common (the function
 * table, states of keys, properties, policies, flags, key derivation, everything with public keys) is
 * in cng/ksp; a backend keeps private keys and computes with them.
 *
 * All slots are required. Functions answer SECURITY_STATUS, change nothing when they fail, and may be
 * called by several threads, with one key as well; only slots that say so are called once at a time.
 */
#ifndef CNG_KSP_BACKEND_H
#define CNG_KSP_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bcrypt.h"
#include "cng/ksp/prompt.h"
#include "ncrypt.h"

/* A backend's open provider, and the private half of a key in it. */
struct vit_ksp_store;
struct vit_ksp_material;

/* Code units of a text of a key, without its NUL. */
enum { VIT_KSP_TEXT_MAX_LEN = 4096 };

/* A value that an application keeps with its key, by a name of its own. */
struct vit_ksp_custom {
    WCHAR *name;
    uint8_t *bytes;
    size_t len;
    struct vit_ksp_custom *next;
};

/* All that is known of a key but its numbers. Strings end with a NUL and are the owner's; NULL: none. */
struct vit_ksp_attributes {
    WCHAR *name;      /* NULL: ephemeral */
    WCHAR *algorithm; /* "RSA", "DH", "ECDH_P256", "ECDH", "ECDSA_P256", ... */
    WCHAR *curve;     /* of generic ECC */
    DWORD bits;
    DWORD legacy_spec;   /* dwLegacyKeySpec */
    bool machine;        /* NCRYPT_MACHINE_KEY_FLAG */
    DWORD export_policy; /* NCRYPT_ALLOW_..._EXPORT_FLAG */
    DWORD usage;         /* NCRYPT_ALLOW_..., all usages by default */
    DWORD ui_flags;      /* NCRYPT_UI_... */
    WCHAR *ui_title, *ui_friendly_name, *ui_description;
    int64_t modified;       /* FILETIME: 100 ns since 1601, the caller's; 0: never stored */
    uint8_t *dh_parameters; /* BCRYPT_DH_PARAMETERS, for a DH key that is to be made in a group */
    size_t dh_parameters_len;
    struct vit_ksp_custom *custom;
};

/* What there is in a cursor is the backend's. */
struct vit_ksp_cursor;

struct vit_ksp_backend {
    LPCWSTR name; /* the provider's, as published: MS_KEY_STORAGE_PROVIDER, ... */
    LPCWSTR comment;
    DWORD impl_type; /* NCRYPT_IMPL_... bits */
    DWORD version;
    /* Does it keep, with a key: custom properties, UI policies, export policies? */
    bool keeps_custom, keeps_ui, exports;
    /* Of private keys; NULL ends the list. Names as attributes have them. */
    const LPCWSTR *algorithms;

    /* name: one of the manifest's. Opens nothing that may fail for want of a store or a token: that
     * is found out by the first call that needs it. */
    SECURITY_STATUS (*open)(LPCWSTR name, struct vit_ksp_store **store);
    void (*close)(struct vit_ksp_store *store);

    /* Properties of the provider that only this backend has (a PIN, a reader). NTE_NOT_SUPPORTED. */
    SECURITY_STATUS (*get_property)(struct vit_ksp_store *store, LPCWSTR name, uint8_t *bytes,
            DWORD capacity, DWORD *len);
    SECURITY_STATUS (*set_property)(struct vit_ksp_store *store, LPCWSTR name, const uint8_t *bytes,
            DWORD len);

    /* NTE_BAD_KEYSET: no such key. attributes is empty at first and freed by the caller, always. */
    SECURITY_STATUS (*find)(struct vit_ksp_store *store, LPCWSTR name, bool machine,
            const struct vit_ksp_prompt *prompt, struct vit_ksp_attributes *attributes,
            struct vit_ksp_material **material);
    /* Is there one? NTE_BAD_KEYSET: no. Needs no secret of the key; it may need that of the store. */
    SECURITY_STATUS (*probe)(struct vit_ksp_store *store, LPCWSTR name, bool machine,
            const struct vit_ksp_prompt *prompt);

    /* Makes a pair of attributes->algorithm, bits, curve or group. With a name it is stored, whole or
     * not at all: NTE_EXISTS when one is there and may not be replaced. */
    SECURITY_STATUS (*generate)(struct vit_ksp_store *store,
            const struct vit_ksp_attributes *attributes, bool overwrite,
            const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material);
    /* The same with a pair that was made elsewhere. The blob was checked by the caller and is in secret
     * memory: RSAFULLPRIVATEBLOB, DHPRIVATEBLOB or ECCPRIVATEBLOB, no other type. */
    SECURITY_STATUS (*import)(struct vit_ksp_store *store,
            const struct vit_ksp_attributes *attributes, LPCWSTR blob_type, const uint8_t *blob,
            DWORD len, bool overwrite, const struct vit_ksp_prompt *prompt,
            struct vit_ksp_material **material);
    /* Attributes of a stored key have changed. One at a time for one key. Whoever else has it open may
     * have taken rights away meanwhile: none that is gone comes back. */
    SECURITY_STATUS (*update)(struct vit_ksp_store *store, struct vit_ksp_material *material,
            const struct vit_ksp_attributes *attributes, const struct vit_ksp_prompt *prompt);
    /* Out of the store; the material stays the caller's to release. */
    SECURITY_STATUS (*remove)(struct vit_ksp_store *store, struct vit_ksp_material *material,
            const struct vit_ksp_prompt *prompt);
    void (*release)(struct vit_ksp_material *material);

    /* The next of the names that were there when the cursor was made; *cursor is NULL at first.
     * NTE_NO_MORE_ITEMS. name, algorithm, legacy_spec and machine are filled in. */
    SECURITY_STATUS (*next)(struct vit_ksp_store *store, bool machine,
            const struct vit_ksp_prompt *prompt, struct vit_ksp_cursor **cursor,
            struct vit_ksp_attributes *attributes);
    void (*close_cursor)(struct vit_ksp_cursor *cursor);

    /* Of the public half: BCRYPT_PUBLIC_KEY_BLOB's bytes. NULL: only the length. */
    SECURITY_STATUS (*public_blob)(struct vit_ksp_material *material, uint8_t *blob, DWORD capacity,
            DWORD *len);
    /* A private blob of BCrypt of whatever type the key can have; policy and person were asked.
     * NTE_NOT_SUPPORTED: never leaves. NTE_BAD_TYPE: no type for this key. */
    SECURITY_STATUS (*private_blob)(struct vit_ksp_material *material,
            const struct vit_ksp_prompt *prompt, LPCWSTR type, uint8_t *blob, DWORD capacity,
            DWORD *len);

    /* padding and flags as BCryptDecrypt and BCryptSignHash have them (BCRYPT_PAD_...). Usage and
     * person were asked by the caller; prompt is for what the backend itself needs (a PIN, the
     * passphrase of a key). NULL out: only the length, which may be the longest possible. */
    SECURITY_STATUS (*decrypt)(struct vit_ksp_material *material,
            const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *in,
            DWORD in_len, uint8_t *out, DWORD capacity, DWORD *len);
    SECURITY_STATUS (*sign)(struct vit_ksp_material *material, const struct vit_ksp_prompt *prompt,
            void *padding, ULONG flags, const uint8_t *hash, DWORD hash_len, uint8_t *out,
            DWORD capacity, DWORD *len);
    /* peer: a public key, of the same family and group as the caller has seen, already validated.
     * z: as crypto/agree.h has it, in secret memory with room for VIT_AGREE_MAX_LEN. */
    SECURITY_STATUS (*agree)(struct vit_ksp_material *material, const struct vit_ksp_prompt *prompt,
            BCRYPT_KEY_HANDLE peer, uint8_t *z, size_t *len);
};

#endif
