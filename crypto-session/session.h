/* SPDX-License-Identifier: MIT */
/**
 * A crypto session at the end that holds its keys: state, session key, key refresh, read-back key,
 * content keys, IV marks. It lies in secret memory as a whole; small until the first content key.
 */
#ifndef CRYPTO_SESSION_SESSION_H
#define CRYPTO_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto-session/state.h"
#include "crypto/cipher.h"

struct vit_crypto_session;

/* @param slab  borrowed, must outlive the session */
VIT_RESULT vit_crypto_session_create(struct vit_slab *slab, struct vit_crypto_session **session);
void vit_crypto_session_destroy(struct vit_crypto_session *session);
VIT_DEFINE_AUTO(crypto_session, struct vit_crypto_session *, vit_crypto_session_destroy)

enum vit_session_state vit_crypto_session_state(const struct vit_crypto_session *session);

/* The exchange's result. @return VIT_E_STATE keyed already, VIT_E_GONE lost */
VIT_RESULT vit_crypto_session_set_key(struct vit_crypto_session *session,
        const uint8_t key[VIT_AES_LEN]);

/* Draws the random number that Finish XORs into the session key (pages
 * PFND3D11_1DDI_STARTSESSIONKEYREFRESH, _FINISHSESSIONKEYREFRESH). The old key stays in force. */
VIT_RESULT vit_crypto_session_refresh_start(struct vit_crypto_session *session,
        uint8_t random[VIT_AES_LEN]);
VIT_RESULT vit_crypto_session_refresh_finish(struct vit_crypto_session *session);

/* Makes a new read-back key and returns it wrapped: AES-ECB under the session key (page
 * PFND3D11_1DDI_GETENCRYPTIONBLTKEY). */
VIT_RESULT vit_crypto_session_readback_key(struct vit_crypto_session *session,
        struct vit_cipher *cipher, uint8_t wrapped[VIT_AES_LEN]);

/**
 * Takes the key for one DecryptionBlt and advances its IV mark.
 *
 * @param wrapped_key    content key under the session key by AES-ECB; NULL: the session key
 * @param iv             D3D11_1DDI_AES_CTR_IV as it lies in memory
 * @param encrypted_len  bytes of key stream that will be used
 * @param key            secret memory, written on VIT_OK only
 * @return VIT_E_STATE    no key yet
 *         VIT_E_ARG      the count would wrap
 *         VIT_E_REFUSED  the IV is not above the last one under this key
 */
VIT_RESULT vit_crypto_session_begin_decrypt(struct vit_crypto_session *session,
        struct vit_cipher *cipher, const uint8_t *wrapped_key, const uint8_t iv[VIT_AES_LEN],
        uint64_t encrypted_len, uint8_t key[VIT_AES_LEN]);

/**
 * Takes the read-back key and the next IV for one EncryptionBlt of len bytes.
 *
 * @return VIT_E_STATE no read-back key asked for yet
 */
VIT_RESULT vit_crypto_session_begin_encrypt(struct vit_crypto_session *session, uint64_t len,
        uint8_t iv[VIT_AES_LEN], uint8_t key[VIT_AES_LEN]);

/* Key loss: wipes every key. */
void vit_crypto_session_lose(struct vit_crypto_session *session);

/* Would count advance past 2^64 within len bytes? Both ends ask before a blt. */
bool vit_ctr_count_wraps(const uint8_t iv[VIT_AES_LEN], uint64_t len);

#endif
