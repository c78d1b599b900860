/* SPDX-License-Identifier: MIT */
#include "crypto/agree.h"

#include <openssl/dh.h>
#include <openssl/err.h>

#include "base/secret.h"
#include "crypto/agree_impl.h"

void vit_agree_key_destroy(struct vit_agree_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_CTX_free(key->ctx);
    EVP_PKEY_free(key->pkey);
    pthread_mutex_destroy(&key->lock);
    free(key);
}

bool vit_agree_key_is_private(const struct vit_agree_key *key)
{
    return key->is_private;
}

size_t vit_agree_len(const struct vit_agree_key *key)
{
    return key->len;
}

static EVP_PKEY_CTX *prepare(const struct vit_agree_key *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (ctx == NULL || EVP_PKEY_derive_init(ctx) <= 0 ||
            (EVP_PKEY_is_a(key->pkey, "DH") && EVP_PKEY_CTX_set_dh_pad(ctx, 1) <= 0)) {
        EVP_PKEY_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

enum vit_status vit_agree_key_adopt(EVP_PKEY *pkey, size_t len, bool is_private,
        struct vit_agree_key **key)
{
    VIT_AUTO(agree_key) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        EVP_PKEY_free(pkey);
        return VIT_E_NOMEM;
    }
    pthread_mutex_init(&made->lock, NULL);
    made->pkey = pkey;
    made->len = len;
    made->is_private = is_private;
    made->ctx = is_private ? prepare(made) : NULL;
    if (is_private && made->ctx == NULL) {
        return VIT_E_NOMEM;
    }
    *key = made;
    made = NULL; /* ownership moved to *key */
    return VIT_OK;
}

static bool derive(EVP_PKEY_CTX *ctx, const struct vit_agree_key *peer, uint8_t *secret, size_t len)
{
    size_t made = len;
    return EVP_PKEY_derive_set_peer_ex(ctx, peer->pkey, 0) > 0 &&
            EVP_PKEY_derive(ctx, secret, &made) > 0 && made == len;
}

static bool derive_apart(const struct vit_agree_key *own, const struct vit_agree_key *peer,
        uint8_t *secret)
{
    EVP_PKEY_CTX *ctx = prepare(own);
    bool done = ctx != NULL && derive(ctx, peer, secret, own->len);
    EVP_PKEY_CTX_free(ctx);
    return done;
}

/* The prepared operation keeps its last peer, which must not keep a private key alive. */
static bool derive_in_turn(struct vit_agree_key *own, const struct vit_agree_key *peer,
        uint8_t *secret)
{
    if ((peer->is_private && peer != own) || pthread_mutex_trylock(&own->lock) != 0) {
        return derive_apart(own, peer, secret);
    }
    bool done = derive(own->ctx, peer, secret, own->len);
    pthread_mutex_unlock(&own->lock);
    return done;
}

enum vit_status vit_agree(struct vit_agree_key *own, const struct vit_agree_key *peer,
        uint8_t *secret)
{
    if (!own->is_private) {
        return VIT_E_ARG;
    }
    if (own->group != peer->group || own->len != peer->len) {
        vit_wipe(secret, own->len);
        return VIT_E_REFUSED;
    }
    ERR_set_mark();
    bool done = derive_in_turn(own, peer, secret);
    ERR_pop_to_mark();
    if (!done) {
        vit_wipe(secret, own->len);
    }
    return done ? VIT_OK : VIT_E_REFUSED;
}
