/* SPDX-License-Identifier: MIT */
#include "crypto/cipher_impl.h"

#include <openssl/evp.h>

struct openssl_bulk {
    struct vit_bulk base;
    EVP_CIPHER *ctr;
    EVP_CIPHER_CTX *ctx;
};

static const uint8_t zeros[16];

static struct openssl_bulk *from_base(struct vit_bulk *base)
{
    return (struct openssl_bulk *)base;
}

static void destroy(struct vit_bulk *base)
{
    struct openssl_bulk *bulk = from_base(base);
    EVP_CIPHER_CTX_free(bulk->ctx);
    EVP_CIPHER_free(bulk->ctr);
    free(bulk);
}

static enum vit_status create(struct vit_slab *slab, struct vit_bulk **out)
{
    struct openssl_bulk *bulk = calloc(1, sizeof(*bulk));
    if (bulk == NULL) {
        return VIT_E_NOMEM;
    }
    bulk->base = (struct vit_bulk){ &vit_bulk_openssl, slab };
    bulk->ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    bulk->ctx = EVP_CIPHER_CTX_new();
    /* The first key makes OpenSSL allocate what the later ones reuse. */
    if (bulk->ctr == NULL || bulk->ctx == NULL ||
            EVP_EncryptInit_ex2(bulk->ctx, bulk->ctr, zeros, zeros, NULL) != 1) {
        destroy(&bulk->base);
        return VIT_E_NOMEM;
    }
    *out = &bulk->base;
    return VIT_OK;
}

static enum vit_status start(struct vit_bulk *base, const uint8_t key[16],
        const uint8_t counter[16])
{
    int done = EVP_EncryptInit_ex2(from_base(base)->ctx, NULL, key, counter, NULL);
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status seek(struct vit_bulk *base, const uint8_t counter[16])
{
    int done = EVP_EncryptInit_ex2(from_base(base)->ctx, NULL, NULL, counter, NULL);
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

static enum vit_status run(struct vit_bulk *base, const uint8_t *in, uint8_t *out,
        size_t block_count)
{
    int len = 0;
    int done = EVP_EncryptUpdate(from_base(base)->ctx, out, &len, in, (int)(block_count * 16));
    return done == 1 ? VIT_OK : VIT_E_NOMEM;
}

static void drop_key(struct vit_bulk *base)
{
    /* Overwriting the schedule by that of another key is a fifth of the cost of a new context. */
    (void)EVP_EncryptInit_ex2(from_base(base)->ctx, NULL, zeros, NULL, NULL);
}

const struct vit_bulk_impl vit_bulk_openssl = {
    .name = "openssl",
    .create = create,
    .start = start,
    .seek = seek,
    .run = run,
    .drop_key = drop_key,
    .destroy = destroy,
};
