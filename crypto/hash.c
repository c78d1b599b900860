/* SPDX-License-Identifier: MIT */
#include "crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>

struct algorithm {
    const char *name;
    uint8_t len;
    uint8_t block_len;
};

static const struct algorithm algorithms[VIT_HASH_COUNT] = {
    [VIT_HASH_MD5] = { "MD5", 16, 64 },
    [VIT_HASH_SHA1] = { "SHA1", 20, 64 },
    [VIT_HASH_SHA256] = { "SHA2-256", 32, 64 },
    [VIT_HASH_SHA384] = { "SHA2-384", 48, 128 },
    [VIT_HASH_SHA512] = { "SHA2-512", 64, 128 },
    [VIT_HASH_SHA3_256] = { "SHA3-256", 32, 136 },
    [VIT_HASH_SHA3_384] = { "SHA3-384", 48, 104 },
    [VIT_HASH_SHA3_512] = { "SHA3-512", 64, 72 },
};

/* Fetched once for the process and never changed after: a fetch costs more than a short hash. */
static struct {
    pthread_once_t once;
    EVP_MD *mds[VIT_HASH_COUNT];
    EVP_MAC *hmac, *cmac;
} fetched = { .once = PTHREAD_ONCE_INIT };

/* Either md, or mac with the state in which it starts. */
struct vit_hash {
    size_t len;
    const EVP_MD *type;
    EVP_MD_CTX *md;
    EVP_MAC_CTX *fresh;
    EVP_MAC_CTX *mac;
};

static void fetch(void)
{
    for (size_t i = 0; i < VIT_HASH_COUNT; i++) {
        fetched.mds[i] = EVP_MD_fetch(NULL, algorithms[i].name, NULL);
    }
    fetched.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    fetched.cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
}

/* NULL: OpenSSL does not offer it here. */
static const EVP_MD *md_of(enum vit_hash_id id)
{
    pthread_once(&fetched.once, fetch);
    return id < VIT_HASH_COUNT ? fetched.mds[id] : NULL;
}

size_t vit_hash_len(enum vit_hash_id id)
{
    return algorithms[id].len;
}

size_t vit_hash_block_len(enum vit_hash_id id)
{
    return algorithms[id].block_len;
}

const char *vit_hash_name(enum vit_hash_id id)
{
    return algorithms[id].name;
}

static enum vit_status md_create(const EVP_MD *type, size_t len, struct vit_hash **out)
{
    VIT_AUTO(hash) hash = calloc(1, sizeof(*hash));
    if (hash == NULL) {
        return VIT_E_NOMEM;
    }
    hash->len = len;
    hash->type = type;
    hash->md = EVP_MD_CTX_new();
    if (hash->md == NULL || EVP_DigestInit_ex2(hash->md, type, NULL) != 1) {
        return VIT_E_NOMEM;
    }
    *out = hash;
    hash = NULL; /* ownership moved to *out */
    return VIT_OK;
}

enum vit_status vit_hash_create(enum vit_hash_id id, struct vit_hash **hash)
{
    const EVP_MD *type = md_of(id);
    return type == NULL ? VIT_E_UNSUPPORTED : md_create(type, algorithms[id].len, hash);
}

static enum vit_status mac_create(EVP_MAC *type, const char *parameter, const char *algorithm,
        const void *key, size_t key_len, struct vit_hash **out)
{
    VIT_AUTO(hash) hash = type == NULL ? NULL : calloc(1, sizeof(*hash));
    if (hash == NULL) {
        return type == NULL ? VIT_E_UNSUPPORTED : VIT_E_NOMEM;
    }
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(parameter, (char *)algorithm, 0),
        OSSL_PARAM_construct_end(),
    };
    hash->fresh = EVP_MAC_CTX_new(type);
    const void *start = key_len == 0 ? "" : key; /* NULL would mean: the key of before */
    if (hash->fresh == NULL || EVP_MAC_init(hash->fresh, start, key_len, parameters) != 1) {
        return VIT_E_NOMEM;
    }
    hash->mac = EVP_MAC_CTX_dup(hash->fresh);
    if (hash->mac == NULL) {
        return VIT_E_NOMEM;
    }
    hash->len = EVP_MAC_CTX_get_mac_size(hash->fresh);
    *out = hash;
    hash = NULL; /* ownership moved to *out */
    return VIT_OK;
}

enum vit_status vit_hmac_create(enum vit_hash_id id, const void *key, size_t key_len,
        struct vit_hash **hash)
{
    if (md_of(id) == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    return mac_create(fetched.hmac, OSSL_MAC_PARAM_DIGEST, algorithms[id].name, key, key_len, hash);
}

static const char *aes_for(size_t key_len)
{
    switch (key_len) {
    case 16:
        return "AES-128-CBC";
    case 24:
        return "AES-192-CBC";
    case 32:
        return "AES-256-CBC";
    default:
        return NULL;
    }
}

enum vit_status vit_cmac_create(const void *key, size_t key_len, struct vit_hash **hash)
{
    const char *cipher = aes_for(key_len);
    if (cipher == NULL) {
        return VIT_E_ARG;
    }
    pthread_once(&fetched.once, fetch);
    return mac_create(fetched.cmac, OSSL_MAC_PARAM_CIPHER, cipher, key, key_len, hash);
}

void vit_hash_destroy(struct vit_hash *hash)
{
    if (hash == NULL) {
        return;
    }
    EVP_MD_CTX_free(hash->md);
    EVP_MAC_CTX_free(hash->mac);
    EVP_MAC_CTX_free(hash->fresh);
    free(hash);
}

static enum vit_status copy_md(const struct vit_hash *hash, struct vit_hash *made)
{
    made->md = EVP_MD_CTX_new();
    bool copied = made->md != NULL && EVP_MD_CTX_copy_ex(made->md, hash->md) == 1;
    return copied ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status copy_mac(const struct vit_hash *hash, struct vit_hash *made)
{
    made->fresh = EVP_MAC_CTX_dup(hash->fresh);
    made->mac = EVP_MAC_CTX_dup(hash->mac);
    return made->fresh != NULL && made->mac != NULL ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_hash_copy(const struct vit_hash *hash, struct vit_hash **copy)
{
    VIT_AUTO(hash) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    made->len = hash->len;
    made->type = hash->type;
    VIT_TRY(hash->md != NULL ? copy_md(hash, made) : copy_mac(hash, made));
    *copy = made;
    made = NULL; /* ownership moved to *copy */
    return VIT_OK;
}

size_t vit_hash_digest_len(const struct vit_hash *hash)
{
    return hash->len;
}

enum vit_status vit_hash_update(struct vit_hash *hash, const void *data, size_t len)
{
    if (len == 0) {
        return VIT_OK;
    }
    int done = hash->md != NULL ? EVP_DigestUpdate(hash->md, data, len)
                                : EVP_MAC_update(hash->mac, data, len);
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status finish_mac(struct vit_hash *hash, uint8_t *digest)
{
    EVP_MAC_CTX *next = EVP_MAC_CTX_dup(hash->fresh);
    if (next == NULL) {
        return VIT_E_NOMEM;
    }
    size_t len = 0;
    int done = EVP_MAC_final(hash->mac, digest, &len, hash->len);
    EVP_MAC_CTX_free(hash->mac);
    hash->mac = next;
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_hash_finish(struct vit_hash *hash, uint8_t *digest)
{
    if (hash->md == NULL) {
        return finish_mac(hash, digest);
    }
    bool done = EVP_DigestFinal_ex(hash->md, digest, NULL) == 1 &&
            EVP_DigestInit_ex2(hash->md, hash->type, NULL) == 1;
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_hash_once(enum vit_hash_id id, const void *data, size_t len, uint8_t *digest)
{
    const EVP_MD *type = md_of(id);
    if (type == NULL) {
        return VIT_E_UNSUPPORTED;
    }
    return EVP_Digest(data, len, digest, NULL, type, NULL) == 1 ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_hmac_once(enum vit_hash_id id, const void *key, size_t key_len,
        const void *data, size_t len, uint8_t *digest)
{
    VIT_AUTO(hash) hash = NULL;
    VIT_TRY(vit_hmac_create(id, key, key_len, &hash));
    VIT_TRY(vit_hash_update(hash, data, len));
    return vit_hash_finish(hash, digest);
}
