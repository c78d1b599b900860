/* SPDX-License-Identifier: MIT */
/**
 * A key on a token: the public half as it was read, and where the private one is. Stored pairs are
 * CKO_PUBLIC_KEY and CKO_PRIVATE_KEY of one CKA_ID with the key's name as CKA_LABEL; ephemeral ones
 * are objects of a session that is held as long as the key.
 */
#ifndef CNG_KSP_TOKEN_KEY_H
#define CNG_KSP_TOKEN_KEY_H

#include "cng/ksp/token/family.h"

struct vit_ksp_material {
    struct vit_ksp_store *store; /* with a reference */
    const struct vit_token_algorithm *algorithm;
    WCHAR *name; /* NULL: ephemeral */
    char *label; /* the same in UTF-8 */
    struct vit_token_value id;
    struct vit_token_public public;
    bool removed;

    /* Under the store's lock: handles, and the connection that they are of. */
    ck_object_handle_t public_object, private_object;
    unsigned generation;
    bool asks_always; /* CKA_ALWAYS_AUTHENTICATE */

    struct vit_token_held held; /* of an ephemeral one */
};

/* Empty, with a reference to the store; NULL: no memory. */
struct vit_ksp_material *vit_token_key_create(struct vit_ksp_store *store,
        const struct vit_token_algorithm *algorithm, LPCWSTR name);
void vit_token_key_destroy(struct vit_ksp_material *material);
VIT_DEFINE_AUTO(token_key, struct vit_ksp_material *, vit_token_key_destroy)

/* The first pair of this label; NTE_BAD_KEYSET: none. *object is its public half. */
SECURITY_STATUS vit_token_pair_find(struct vit_token_session *session, const char *label,
        const struct vit_token_algorithm **algorithm, ck_object_handle_t *object);
/* Is the pair with this public half the only one of its label? A public half whose private one is not
 * seen is no pair. @return NTE_EXISTS no, or it is gone */
SECURITY_STATUS vit_token_pair_is_alone(struct vit_token_session *session, const char *label,
        ck_object_handle_t object);
/* Public halves of this label whose private one is gone; for somebody who sees all. */
enum { VIT_TOKEN_MAX_NAMESAKES = 16 };
SECURITY_STATUS vit_token_pair_remains(struct vit_token_session *session, const char *label,
        ck_object_handle_t found[VIT_TOKEN_MAX_NAMESAKES], size_t *count);
/* What is known of the pair with this public half. */
SECURITY_STATUS vit_token_key_read(struct vit_token_session *session, ck_object_handle_t object,
        struct vit_ksp_material *material);

/* Both halves as they are found in this session. NTE_NO_KEY: gone, or another pair is there now. */
struct vit_token_handles {
    ck_object_handle_t public_object, private_object; /* CK_INVALID_HANDLE: that half is gone */
    bool asks_always;
};
SECURITY_STATUS vit_token_key_handles(struct vit_token_session *session,
        struct vit_ksp_material *material, struct vit_token_handles *handles);

/* As vit_token_result(); a handle that is stale is looked for at the next use. */
SECURITY_STATUS vit_token_key_result(struct vit_token_session *session,
        struct vit_ksp_material *material, ck_rv_t rv);

/* make.c, use.c: slots of the backend. */
SECURITY_STATUS vit_token_generate(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, bool overwrite,
        const struct vit_ksp_prompt *prompt, struct vit_ksp_material **material);
SECURITY_STATUS vit_token_import(struct vit_ksp_store *store,
        const struct vit_ksp_attributes *attributes, LPCWSTR blob_type, const uint8_t *blob,
        DWORD len, bool overwrite, const struct vit_ksp_prompt *prompt,
        struct vit_ksp_material **material);
SECURITY_STATUS vit_token_decrypt(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *in,
        DWORD in_len, uint8_t *out, DWORD capacity, DWORD *len);
SECURITY_STATUS vit_token_sign(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, void *padding, ULONG flags, const uint8_t *hash,
        DWORD hash_len, uint8_t *out, DWORD capacity, DWORD *len);
SECURITY_STATUS vit_token_agree(struct vit_ksp_material *material,
        const struct vit_ksp_prompt *prompt, BCRYPT_KEY_HANDLE peer, uint8_t *z, size_t *len);

#endif
