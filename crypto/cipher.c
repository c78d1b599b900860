/* SPDX-License-Identifier: MIT */
#include "crypto/cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/cipher_impl.h"

/* What a CTR run remembers; in secret memory, for the key stream in it is one. */
struct run {
    uint8_t iv[8];
    uint64_t count;     /* of the next whole block */
    uint8_t stream[16]; /* the rest of a block that was begun */
    unsigned stream_left;
    bool active;
};

struct vit_cipher {
    struct vit_slab *slab; /* borrowed */
    struct vit_bulk *bulk;
    struct run *run;
    EVP_CIPHER *ecb;
    EVP_CIPHER_CTX *ecb_ctx;
    EVP_MAC *cmac;
    EVP_MAC_CTX *cmac_ctx;
};

static const uint8_t zeros[VIT_AES_LEN];

#ifdef HAVE_IPSEC_MB
static enum vit_status create_fastest(struct vit_slab *slab, struct vit_bulk **bulk)
{
    struct vit_bulk *candidate = NULL;
    if (vit_bulk_ipsec_mb.create(slab, &candidate) == VIT_OK) {
        if (vit_bulk_ipsec_mb_is_fast(candidate)) {
            *bulk = candidate;
            return VIT_OK;
        }
        candidate->impl->destroy(candidate);
    }
    return vit_bulk_openssl.create(slab, bulk);
}

static enum vit_status create_ipsec_mb(struct vit_slab *slab, struct vit_bulk **bulk)
{
    return vit_bulk_ipsec_mb.create(slab, bulk);
}
#else
static enum vit_status create_fastest(struct vit_slab *slab, struct vit_bulk **bulk)
{
    return vit_bulk_openssl.create(slab, bulk);
}

static enum vit_status create_ipsec_mb(struct vit_slab *slab, struct vit_bulk **bulk)
{
    (void)slab;
    (void)bulk;
    return VIT_E_UNSUPPORTED;
}
#endif

static enum vit_status create_bulk(struct vit_slab *slab, const char *backend,
        struct vit_bulk **bulk)
{
    if (backend == NULL) {
        return create_fastest(slab, bulk);
    }
    if (strcmp(backend, "openssl") == 0) {
        return vit_bulk_openssl.create(slab, bulk);
    }
    return strcmp(backend, "ipsec-mb") == 0 ? create_ipsec_mb(slab, bulk) : VIT_E_UNSUPPORTED;
}

static bool prepare_ecb(struct vit_cipher *cipher)
{
    cipher->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    cipher->ecb_ctx = EVP_CIPHER_CTX_new();
    return cipher->ecb != NULL && cipher->ecb_ctx != NULL &&
            EVP_EncryptInit_ex2(cipher->ecb_ctx, cipher->ecb, zeros, NULL, NULL) == 1 &&
            EVP_CIPHER_CTX_set_padding(cipher->ecb_ctx, 0) == 1;
}

static bool prepare_cmac(struct vit_cipher *cipher)
{
    char name[] = "AES-128-CBC";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
        OSSL_PARAM_construct_end(),
    };
    cipher->cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
    cipher->cmac_ctx = cipher->cmac == NULL ? NULL : EVP_MAC_CTX_new(cipher->cmac);
    return cipher->cmac_ctx != NULL &&
            EVP_MAC_init(cipher->cmac_ctx, zeros, sizeof(zeros), params) == 1;
}

enum vit_status vit_cipher_create(struct vit_slab *slab, const char *backend,
        struct vit_cipher **cipher)
{
    VIT_AUTO(cipher) made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return VIT_E_NOMEM;
    }
    made->slab = slab;
    made->run = vit_slab_alloc(slab, sizeof(*made->run));
    if (made->run == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(create_bulk(slab, backend, &made->bulk));
    if (!prepare_ecb(made) || !prepare_cmac(made)) {
        return VIT_E_NOMEM;
    }
    *cipher = made;
    made = NULL; /* ownership moved to *cipher */
    return VIT_OK;
}

void vit_cipher_destroy(struct vit_cipher *cipher)
{
    if (cipher == NULL) {
        return;
    }
    EVP_MAC_CTX_free(cipher->cmac_ctx);
    EVP_MAC_free(cipher->cmac);
    EVP_CIPHER_CTX_free(cipher->ecb_ctx);
    EVP_CIPHER_free(cipher->ecb);
    if (cipher->bulk != NULL) {
        cipher->bulk->impl->destroy(cipher->bulk);
    }
    vit_slab_free(cipher->slab, cipher->run, sizeof(*cipher->run));
    free(cipher);
}

const char *vit_cipher_backend(const struct vit_cipher *cipher)
{
    return cipher->bulk->impl->name;
}

static void make_counter(const struct run *run, uint8_t counter[16])
{
    memcpy(counter, run->iv, 8);
    vit_store_be64(counter + 8, run->count);
}

static enum vit_status seek(struct vit_cipher *cipher)
{
    uint8_t counter[16];
    make_counter(cipher->run, counter);
    return cipher->bulk->impl->seek(cipher->bulk, counter);
}

/*
 * The one place that knows how far a back-end may count: OpenSSL carries from the count into the
 * IV and ipsec-mb forgets to carry beyond 32 bits, so a run is cut where the low 32 bits wrap,
 * which is also where all 64 do.
 */
static enum vit_status run_blocks(struct vit_cipher *cipher, const uint8_t *in, uint8_t *out,
        size_t block_count)
{
    struct run *run = cipher->run;
    while (block_count > 0) {
        uint64_t until_wrap = ((uint64_t)1 << 32) - (uint32_t)run->count;
        size_t part = block_count < VIT_BULK_MAX_BLOCKS ? block_count : VIT_BULK_MAX_BLOCKS;
        part = part < until_wrap ? part : (size_t)until_wrap;
        VIT_TRY(cipher->bulk->impl->run(cipher->bulk, in, out, part));

        run->count += part;
        if (part == until_wrap) {
            VIT_TRY(seek(cipher));
        }
        in += part * 16;
        out += part * 16;
        block_count -= part;
    }
    return VIT_OK;
}

static enum vit_status begin_block(struct vit_cipher *cipher)
{
    VIT_TRY(run_blocks(cipher, zeros, cipher->run->stream, 1));
    cipher->run->stream_left = 16;
    return VIT_OK;
}

/* Uses up a block that was begun; how many bytes that made. */
static size_t run_stream(struct run *run, const uint8_t *in, uint8_t *out, size_t len)
{
    size_t part = len < run->stream_left ? len : run->stream_left;
    const uint8_t *stream = run->stream + 16 - run->stream_left;
    for (size_t i = 0; i < part; i++) {
        out[i] = in[i] ^ stream[i];
    }
    run->stream_left -= (unsigned)part;
    return part;
}

enum vit_status vit_ctr_begin(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const uint8_t counter[VIT_AES_LEN], uint64_t offset)
{
    struct run *run = cipher->run;
    run->active = true;
    run->stream_left = 0;
    run->count = vit_load_be64(counter + 8) + offset / 16;
    memcpy(run->iv, counter, 8);
    uint8_t first[16];
    make_counter(run, first);
    VIT_TRY(cipher->bulk->impl->start(cipher->bulk, key, first));
    if (offset % 16 != 0) {
        VIT_TRY(begin_block(cipher));
        run->stream_left -= (unsigned)(offset % 16);
    }
    return VIT_OK;
}

enum vit_status vit_ctr_update(struct vit_cipher *cipher, const void *in, void *out, size_t len)
{
    struct run *run = cipher->run;
    if (!run->active) {
        return VIT_E_STATE;
    }
    if (len == 0) {
        return VIT_OK;
    }
    const uint8_t *from = in;
    uint8_t *to = out;
    size_t done = run_stream(run, from, to, len);
    size_t block_count = (len - done) / 16;
    VIT_TRY(run_blocks(cipher, from + done, to + done, block_count));
    done += block_count * 16;
    if (done < len) {
        VIT_TRY(begin_block(cipher));
        run_stream(run, from + done, to + done, len - done);
    }
    return VIT_OK;
}

void vit_ctr_end(struct vit_cipher *cipher)
{
    if (!cipher->run->active) {
        return;
    }
    cipher->bulk->impl->drop_key(cipher->bulk);
    vit_wipe(cipher->run, sizeof(*cipher->run));
}

static enum vit_status ecb(struct vit_cipher *cipher, int encrypt, const uint8_t key[VIT_AES_LEN],
        const void *in, void *out, size_t block_count)
{
    if (block_count > VIT_BULK_MAX_BLOCKS) {
        return VIT_E_ARG;
    }
    int len = 0;
    bool done = EVP_CipherInit_ex2(cipher->ecb_ctx, NULL, key, NULL, encrypt, NULL) == 1 &&
            EVP_CipherUpdate(cipher->ecb_ctx, out, &len, in, (int)(block_count * 16)) == 1;
    (void)EVP_EncryptInit_ex2(cipher->ecb_ctx, NULL, zeros, NULL, NULL); /* drops the key */
    return done ? VIT_OK : VIT_E_NOMEM;
}

enum vit_status vit_ecb_encrypt(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *in, void *out, size_t block_count)
{
    return ecb(cipher, 1, key, in, out, block_count);
}

enum vit_status vit_ecb_decrypt(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *in, void *out, size_t block_count)
{
    return ecb(cipher, 0, key, in, out, block_count);
}

enum vit_status vit_cmac(struct vit_cipher *cipher, const uint8_t key[VIT_AES_LEN],
        const void *data, size_t len, uint8_t tag[VIT_AES_LEN])
{
    size_t tag_len = 0;
    bool done = EVP_MAC_init(cipher->cmac_ctx, key, VIT_AES_LEN, NULL) == 1 &&
            EVP_MAC_update(cipher->cmac_ctx, data, len) == 1 &&
            EVP_MAC_final(cipher->cmac_ctx, tag, &tag_len, VIT_AES_LEN) == 1;
    (void)EVP_MAC_init(cipher->cmac_ctx, zeros, sizeof(zeros), NULL); /* drops the key */
    return done ? VIT_OK : VIT_E_NOMEM;
}
