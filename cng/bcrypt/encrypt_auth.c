/* SPDX-License-Identifier: MIT */
/*
 * AES in the modes that authenticate, a message at once or, with GCM, in a chain of calls. What is kept
 * between the calls of a chain lies where the application said: the counter in its IV, the hash in
 * its MAC context, the lengths in its structure.
 */
#include "base/irql.h"
#include "base/secret.h"
#include "cng/bcrypt/key_aes.h"
#include "crypto/digest.h"

enum { FLAGS_KNOWN = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG | BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG };

typedef BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO auth_info;

/* One call. */
struct auth {
    struct vit_aes_key key;
    enum vit_aes_auth mode;
    bool encrypt, data; /* GMAC has no data */
    const struct vit_bcrypt_crypt *crypt;
    auth_info *info;
    UCHAR *out; /* len bytes; NULL when there are none */
};

static bool is_given(const void *memory, size_t len)
{
    return (memory != NULL || len == 0) && vit_irql_may_touch(memory, len);
}

/* No flags at all are published to end a chain: one is known by what it has left. */
static bool is_begun(const struct auth *auth)
{
    const auth_info *info = auth->info;
    bool left = info->pbMacContext != NULL && (info->cbAAD != 0 || info->cbData != 0);
    return (info->dwFlags & BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG) != 0 || (info->dwFlags == 0 && left);
}

static bool is_chained(const struct auth *auth)
{
    return auth->info->dwFlags != 0 || is_begun(auth);
}

static bool is_first(const struct auth *auth)
{
    return !is_begun(auth);
}

static bool is_last(const struct auth *auth)
{
    return (auth->info->dwFlags & BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG) == 0;
}

static bool is_info(const auth_info *info)
{
    return info != NULL && vit_irql_may_touch(info, sizeof(*info)) &&
            info->cbSize == sizeof(*info) &&
            info->dwInfoVersion == BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION &&
            (info->dwFlags & ~(ULONG)FLAGS_KNOWN) == 0;
}

/* What a call that begins is told, and what one that ends. */
static bool is_told(const struct auth *auth)
{
    const auth_info *info = auth->info;
    if (is_first(auth) &&
            (info->pbNonce == NULL || !is_given(info->pbNonce, info->cbNonce) ||
                    !vit_aes_nonce_fits(auth->mode, info->cbNonce) ||
                    !is_given(info->pbAuthData, info->cbAuthData))) {
        return false;
    }
    return !is_last(auth) ||
            (info->pbTag != NULL && is_given(info->pbTag, info->cbTag) &&
                    vit_aes_tag_fits(auth->mode, info->cbTag));
}

static bool has_places(const struct auth *auth)
{
    const auth_info *info = auth->info;
    return info->pbMacContext != NULL && info->cbMacContext >= VIT_AES_BLOCK_LEN &&
            vit_irql_may_touch(info->pbMacContext, info->cbMacContext) && auth->crypt->iv != NULL &&
            auth->crypt->iv_len == VIT_AES_BLOCK_LEN &&
            vit_irql_may_touch(auth->crypt->iv, VIT_AES_BLOCK_LEN);
}

static NTSTATUS check_chain(const struct auth *auth)
{
    const auth_info *info = auth->info;
    if (auth->mode != VIT_AES_GCM || !auth->data) {
        return STATUS_NOT_SUPPORTED;
    }
    if (!has_places(auth) || (is_first(auth) && (info->cbAAD != 0 || info->cbData != 0))) {
        return STATUS_INVALID_PARAMETER;
    }
    return !is_last(auth) && auth->crypt->len % VIT_AES_BLOCK_LEN != 0 ? STATUS_INVALID_BUFFER_SIZE
                                                                       : STATUS_SUCCESS;
}

static NTSTATUS check(const struct auth *auth)
{
    if (auth->crypt->flags != 0 || !is_info(auth->info) || !is_told(auth) ||
            (!auth->data && auth->crypt->len != 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    return is_chained(auth) ? check_chain(auth) : STATUS_SUCCESS;
}

static NTSTATUS tag_status(enum vit_status status)
{
    return status == VIT_E_REFUSED ? STATUS_AUTH_TAG_MISMATCH : vit_bcrypt_status(status);
}

static NTSTATUS run_once(const struct auth *auth)
{
    const auth_info *info = auth->info;
    const struct vit_aes_message message = { info->pbNonce, info->cbNonce, info->pbAuthData,
        info->cbAuthData, auth->crypt->input, auth->crypt->len, auth->out };
    return tag_status(auth->encrypt
                    ? vit_aes_seal(auth->mode, &auth->key, &message, info->pbTag, info->cbTag)
                    : vit_aes_open(auth->mode, &auth->key, &message, info->pbTag, info->cbTag));
}

static enum vit_status take_chain(const struct auth *auth, struct vit_gcm_chain *chain)
{
    const auth_info *info = auth->info;
    if (is_first(auth)) {
        return vit_gcm_begin(&auth->key, info->pbNonce, info->pbAuthData, info->cbAuthData, chain);
    }
    chain->aad_len = info->cbAAD;
    chain->len = info->cbData;
    memcpy(chain->counter, auth->crypt->iv, sizeof(chain->counter));
    memcpy(chain->mac, info->pbMacContext, sizeof(chain->mac));
    return VIT_OK;
}

/* At the end the structure is as it was, for another message. */
static void keep_chain(const struct auth *auth, const struct vit_gcm_chain *chain)
{
    auth_info *info = auth->info;
    bool last = is_last(auth);
    info->cbAAD = last ? 0 : (ULONG)chain->aad_len;
    info->cbData = last ? 0 : chain->len;
    info->dwFlags = last ? 0 : info->dwFlags | BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG;
    memcpy(auth->crypt->iv, chain->counter, sizeof(chain->counter));
    memcpy(info->pbMacContext, chain->mac, sizeof(chain->mac));
}

static enum vit_status end_chain(const struct auth *auth, const struct vit_gcm_chain *chain)
{
    UCHAR tag[VIT_AES_BLOCK_LEN];
    const auth_info *info = auth->info;
    enum vit_status status = vit_gcm_end(&auth->key, chain, tag);
    if (status == VIT_OK && auth->encrypt) {
        memcpy(info->pbTag, tag, info->cbTag);
    } else if (status == VIT_OK && !vit_equal(info->pbTag, tag, info->cbTag)) {
        status = VIT_E_REFUSED;
    }
    vit_wipe(tag, sizeof(tag));
    return status;
}

static enum vit_status run_piece(const struct auth *auth, struct vit_gcm_chain *chain)
{
    VIT_TRY(take_chain(auth, chain));
    return auth->encrypt
            ? vit_gcm_encrypt(&auth->key, chain, auth->crypt->input, auth->crypt->len, auth->out)
            : vit_gcm_decrypt(&auth->key, chain, auth->crypt->input, auth->crypt->len, auth->out);
}

static NTSTATUS run_chained(const struct auth *auth)
{
    struct vit_gcm_chain chain = { .len = 0 };
    enum vit_status status = run_piece(auth, &chain);
    if (status == VIT_OK && is_last(auth)) {
        status = end_chain(auth, &chain);
        if (status == VIT_E_REFUSED && auth->crypt->len > 0) {
            vit_wipe(auth->out, auth->crypt->len);
        }
    }
    if (status == VIT_OK) {
        keep_chain(auth, &chain);
    }
    return tag_status(status);
}

static bool is_overlapping(const UCHAR *a, const UCHAR *b, size_t len)
{
    uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
    return a != b && first < second + len && second < first + len;
}

/* With neither input nor output it is no question for a length, but a message without data. */
static NTSTATUS run(struct auth *auth)
{
    const struct vit_bcrypt_crypt *crypt = auth->crypt;
    NTSTATUS status = check(auth);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    status = vit_bcrypt_room_begin(&crypt->room, crypt->len, &auth->out);
    bool question = crypt->room.bytes == NULL && crypt->input != NULL;
    if (!NT_SUCCESS(status) || question) {
        return status;
    }
    if (crypt->len > 0 && is_overlapping(crypt->input, auth->out, crypt->len)) {
        return STATUS_INVALID_PARAMETER;
    }
    return is_chained(auth) ? run_chained(auth) : run_once(auth);
}

static struct auth auth_of(const struct vit_bcrypt_key *key, enum vit_bcrypt_chaining chaining,
        const struct vit_bcrypt_crypt *crypt, bool encrypt)
{
    return (struct auth){ .key = vit_bcrypt_aes_of(key),
        .mode = chaining == VIT_BCRYPT_CCM ? VIT_AES_CCM : VIT_AES_GCM,
        .data = chaining != VIT_BCRYPT_GMAC,
        .encrypt = encrypt,
        .crypt = crypt,
        .info = crypt->padding };
}

NTSTATUS vit_bcrypt_aes_seal(const struct vit_bcrypt_key *key, enum vit_bcrypt_chaining chaining,
        const struct vit_bcrypt_crypt *crypt)
{
    struct auth auth = auth_of(key, chaining, crypt, true);
    return run(&auth);
}

NTSTATUS vit_bcrypt_aes_open(const struct vit_bcrypt_key *key, enum vit_bcrypt_chaining chaining,
        const struct vit_bcrypt_crypt *crypt)
{
    struct auth auth = auth_of(key, chaining, crypt, false);
    return run(&auth);
}
