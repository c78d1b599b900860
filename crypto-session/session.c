/* SPDX-License-Identifier: MIT */
#include "crypto-session/session.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto-session/marks.h"
#include "crypto/digest.h"
#include "crypto/random.h"

struct vit_crypto_session {
    struct vit_slab *slab;
    struct vit_iv_marks *content_marks; /* NULL until the first content key */
    enum vit_session_state state;
    bool has_readback;
    uint8_t key[VIT_AES_LEN];
    uint8_t refresh[VIT_AES_LEN];
    uint8_t readback[VIT_AES_LEN];
    uint64_t next_readback_iv;
    struct vit_iv_mark key_mark;
};

enum vit_status vit_crypto_session_create(struct vit_slab *slab,
        struct vit_crypto_session **session)
{
    struct vit_crypto_session *created = vit_slab_alloc(slab, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->slab = slab;
    created->state = VIT_SESSION_CREATED;
    *session = created;
    return VIT_OK;
}

void vit_crypto_session_destroy(struct vit_crypto_session *session)
{
    if (session == NULL) {
        return;
    }
    vit_slab_free(session->slab, session->content_marks, sizeof(*session->content_marks));
    vit_slab_free(session->slab, session, sizeof(*session));
}

enum vit_session_state vit_crypto_session_state(const struct vit_crypto_session *session)
{
    return session->state;
}

enum vit_status vit_crypto_session_set_key(struct vit_crypto_session *session,
        const uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_NEGOTIATE, &session->state));
    memcpy(session->key, key, VIT_AES_LEN);
    return VIT_OK;
}

enum vit_status vit_crypto_session_refresh_start(struct vit_crypto_session *session,
        uint8_t random[VIT_AES_LEN])
{
    enum vit_session_state next;
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_REFRESH_START, &next));
    VIT_TRY(vit_random(session->refresh, VIT_AES_LEN));
    memcpy(random, session->refresh, VIT_AES_LEN);
    session->state = next;
    return VIT_OK;
}

enum vit_status vit_crypto_session_refresh_finish(struct vit_crypto_session *session)
{
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_REFRESH_FINISH, &session->state));
    for (unsigned i = 0; i < VIT_AES_LEN; i++) {
        session->key[i] ^= session->refresh[i];
    }
    vit_wipe(session->refresh, VIT_AES_LEN);
    session->key_mark = (struct vit_iv_mark){ .used = false };
    return VIT_OK;
}

/* "Not too big" (PFND3DDDI_ENCRYPTIONBLT): half of the range stays for increments. */
static enum vit_status first_readback_iv(struct vit_crypto_session *session)
{
    uint8_t bytes[8] = { 0 };
    VIT_TRY(vit_random(bytes + 4, 4));
    session->next_readback_iv = vit_load_be64(bytes) + 1;
    return VIT_OK;
}

enum vit_status vit_crypto_session_readback_key(struct vit_crypto_session *session,
        struct vit_cipher *cipher, uint8_t wrapped[VIT_AES_LEN])
{
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_USE, &session->state));
    uint8_t result[VIT_AES_LEN];
    if (session->next_readback_iv == 0) {
        VIT_TRY(first_readback_iv(session));
    }
    VIT_TRY(vit_random(session->readback, VIT_AES_LEN));
    session->has_readback = false;
    VIT_TRY(vit_ecb_encrypt(cipher, session->key, session->readback, result, 1));
    session->has_readback = true;
    memcpy(wrapped, result, VIT_AES_LEN);
    return VIT_OK;
}

bool vit_ctr_count_wraps(const uint8_t iv[VIT_AES_LEN], uint64_t len)
{
    uint64_t count = vit_load_be64(iv + 8);
    uint64_t block_count = len / VIT_AES_LEN + (len % VIT_AES_LEN != 0);
    return block_count != 0 && count > UINT64_MAX - (block_count - 1);
}

/* The read-back key under another name would give an application the driver's key stream. */
static enum vit_status advance_content_mark(struct vit_crypto_session *session,
        const uint8_t key[VIT_AES_LEN], uint64_t iv)
{
    if (session->has_readback && vit_equal(key, session->readback, VIT_AES_LEN)) {
        return VIT_E_REFUSED;
    }
    if (vit_equal(key, session->key, VIT_AES_LEN)) {
        return vit_iv_mark_advance(&session->key_mark, iv);
    }
    if (session->content_marks == NULL) {
        session->content_marks = vit_slab_alloc(session->slab, sizeof(*session->content_marks));
    }
    if (session->content_marks == NULL) {
        return VIT_E_NOMEM;
    }
    return vit_iv_marks_advance(session->content_marks, key, iv);
}

static enum vit_status take_content_key(struct vit_crypto_session *session,
        struct vit_cipher *cipher, const uint8_t *wrapped, uint64_t iv, uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(vit_ecb_decrypt(cipher, session->key, wrapped, key, 1));
    enum vit_status status = advance_content_mark(session, key, iv);
    if (status != VIT_OK) {
        vit_wipe(key, VIT_AES_LEN);
    }
    return status;
}

enum vit_status vit_crypto_session_begin_decrypt(struct vit_crypto_session *session,
        struct vit_cipher *cipher, const uint8_t *wrapped_key, const uint8_t iv[VIT_AES_LEN],
        uint64_t encrypted_len, uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_USE, &session->state));
    if (vit_ctr_count_wraps(iv, encrypted_len)) {
        return VIT_E_ARG;
    }
    uint64_t iv_number = vit_load_be64(iv);
    if (wrapped_key != NULL) {
        return take_content_key(session, cipher, wrapped_key, iv_number, key);
    }
    VIT_TRY(vit_iv_mark_advance(&session->key_mark, iv_number));
    memcpy(key, session->key, VIT_AES_LEN);
    return VIT_OK;
}

enum vit_status vit_crypto_session_begin_encrypt(struct vit_crypto_session *session, uint64_t len,
        uint8_t iv[VIT_AES_LEN], uint8_t key[VIT_AES_LEN])
{
    VIT_TRY(vit_session_next(session->state, VIT_SESSION_USE, &session->state));
    if (!session->has_readback) {
        return VIT_E_STATE;
    }
    vit_store_be64(iv, session->next_readback_iv);
    memset(iv + 8, 0, 8);
    if (vit_ctr_count_wraps(iv, len)) {
        return VIT_E_ARG;
    }
    session->next_readback_iv++;
    memcpy(key, session->readback, VIT_AES_LEN);
    return VIT_OK;
}

void vit_crypto_session_lose(struct vit_crypto_session *session)
{
    if (vit_session_next(session->state, VIT_SESSION_LOSE, &session->state) != VIT_OK) {
        return;
    }
    session->has_readback = false;
    vit_wipe(session->key, VIT_AES_LEN);
    vit_wipe(session->refresh, VIT_AES_LEN);
    vit_wipe(session->readback, VIT_AES_LEN);
    vit_slab_free(session->slab, session->content_marks, sizeof(*session->content_marks));
    session->content_marks = NULL;
}
