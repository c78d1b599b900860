/* SPDX-License-Identifier: MIT */
#include "vitrine.h"

#include "app/cipher.h"
#include "app/status.h"
#include "base/bytes.h"
#include "crypto-session/blocks.h"
#include "crypto-session/session.h"

_Static_assert((int)VITRINE_KEY_LEN == (int)VIT_AES_LEN, "same length");

VITRINE_RESULT vitrine_cipher_create(struct vitrine_cipher **out)
{
    if (out == NULL) {
        return VITRINE_E_ARG;
    }
    struct vitrine_cipher *cipher = calloc(1, sizeof(*cipher));
    if (cipher == NULL) {
        return VITRINE_E_NOMEM;
    }
    enum vit_status status = vit_slab_create(&cipher->slab);
    if (status == VIT_OK) {
        status = vit_cipher_create(cipher->slab, NULL, &cipher->cipher);
    }
    if (status != VIT_OK) {
        vitrine_cipher_destroy(cipher);
        return vitrine_status_of(status);
    }
    *out = cipher;
    return VITRINE_OK;
}

void vitrine_cipher_destroy(struct vitrine_cipher *cipher)
{
    if (cipher == NULL) {
        return;
    }
    vit_cipher_destroy(cipher->cipher);
    vit_slab_destroy(cipher->slab);
    free(cipher);
}

VITRINE_RESULT vitrine_key_wrap(struct vitrine_cipher *cipher,
        const uint8_t session_key[VITRINE_KEY_LEN], const uint8_t key[VITRINE_KEY_LEN],
        uint8_t wrapped[VITRINE_KEY_LEN])
{
    if (cipher == NULL || session_key == NULL || key == NULL || wrapped == NULL) {
        return VITRINE_E_ARG;
    }
    return vitrine_status_of(vit_ecb_encrypt(cipher->cipher, session_key, key, wrapped, 1));
}

VITRINE_RESULT vitrine_key_unwrap(struct vitrine_cipher *cipher,
        const uint8_t session_key[VITRINE_KEY_LEN], const uint8_t wrapped[VITRINE_KEY_LEN],
        uint8_t key[VITRINE_KEY_LEN])
{
    if (cipher == NULL || session_key == NULL || wrapped == NULL || key == NULL) {
        return VITRINE_E_ARG;
    }
    return vitrine_status_of(vit_ecb_decrypt(cipher->cipher, session_key, wrapped, key, 1));
}

VITRINE_RESULT vitrine_session_key_refresh(uint8_t session_key[VITRINE_KEY_LEN],
        const uint8_t random[VITRINE_KEY_LEN])
{
    if (session_key == NULL || random == NULL) {
        return VITRINE_E_ARG;
    }
    for (int i = 0; i < VITRINE_KEY_LEN; i++) {
        session_key[i] ^= random[i];
    }
    return VITRINE_OK;
}

VITRINE_RESULT vitrine_iv_bytes(uint64_t iv, uint64_t count, uint8_t bytes[VITRINE_IV_LEN])
{
    if (bytes == NULL) {
        return VITRINE_E_ARG;
    }
    vit_store_be64(bytes, iv);
    vit_store_be64(bytes + 8, count);
    return VITRINE_OK;
}

/* One CTR run over the encrypted pieces: the key stream goes on from piece to piece. */
static enum vit_status crypt_runs(struct vit_cipher *cipher, const uint8_t *key, const uint8_t *iv,
        struct vit_blocks *blocks, uint8_t *frame)
{
    VIT_TRY(vit_ctr_begin(cipher, key, iv, 0));
    enum vit_status status = VIT_OK;
    struct vit_block_run run;
    while (status == VIT_OK && vit_blocks_next(blocks, 0, &run)) {
        if (run.encrypted) {
            uint8_t *at = frame + run.offset;
            status = vit_ctr_update(cipher, at, at, (size_t)run.len);
        }
    }
    vit_ctr_end(cipher);
    return status;
}

VITRINE_RESULT vitrine_frame_seal(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const uint8_t iv[VITRINE_IV_LEN], const struct vitrine_partial *partial, void *frame,
        size_t len)
{
    if (cipher == NULL || key == NULL || iv == NULL || (frame == NULL && len > 0)) {
        return VITRINE_E_ARG;
    }
    struct vit_block_info info = { 0 };
    if (partial != NULL) {
        info = (struct vit_block_info){ partial->prefix, partial->skip, partial->encrypt };
    }
    const struct vit_block_info *rule = partial != NULL ? &info : NULL;
    if (vit_ctr_count_wraps(iv, vit_blocks_encrypted(rule, len))) {
        return VITRINE_E_ARG;
    }
    struct vit_blocks blocks;
    vit_blocks_init(&blocks, rule, len);
    return vitrine_status_of(crypt_runs(cipher->cipher, key, iv, &blocks, frame));
}

VITRINE_RESULT vitrine_frame_open(struct vitrine_cipher *cipher, const uint8_t key[VITRINE_KEY_LEN],
        const uint8_t iv[VITRINE_IV_LEN], void *frame, size_t len)
{
    return vitrine_frame_seal(cipher, key, iv, NULL, frame, len);
}
