/* SPDX-License-Identifier: MIT */
#include "cng/ksp/software/wrap.h"

#include <stdbool.h>
#include <string.h>

#include "cng/ksp/ksp.h"
#include "cng/ksp/software/memory.h"
#include "crypto/aead.h"
#include "crypto/random.h"
#include "crypto/scrypt.h"

/* What we make, and the most that we take from a file: 128 MiB and some seconds. */
enum {
    COST_LOG2_N = 15,
    COST_MAX_LOG2_N = 17,
    COST_R = 8,
    COST_P = 1,
    COST_MAX_P = 4,
    CONTEXT_MAX_LEN = 64,
    HEADER_LEN = VIT_WRAP_EXTRA_LEN - VIT_AEAD_TAG_LEN,
};

static const uint64_t max_memory = UINT64_C(136) << 20;
static const char purpose[] = "vitrine key store: wrap";

/* As it stands in front: method, cost, salt, nonce. */
struct header {
    uint8_t bytes[HEADER_LEN];
};

static const uint8_t *salt_of(const struct header *header)
{
    return header->bytes + 4;
}

static const uint8_t *nonce_of(const struct header *header)
{
    return header->bytes + 4 + VIT_WRAP_SALT_LEN;
}

static enum vit_status key_of_passphrase(const struct vit_wrap_secret *secret,
        const struct header *header, uint8_t *key)
{
    const struct vit_scrypt_cost cost = { UINT64_C(1) << header->bytes[1], header->bytes[2],
        header->bytes[3] };
    return vit_scrypt(secret->bytes, secret->len, salt_of(header), VIT_WRAP_SALT_LEN, &cost,
            max_memory, key, VIT_AEAD_KEY_LEN);
}

static enum vit_status key_of_file(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct header *header, uint8_t *key)
{
    const struct vit_part salt = { salt_of(header), VIT_WRAP_SALT_LEN };
    const struct vit_part bytes = { secret->bytes, secret->len };
    const struct vit_part info = { purpose, sizeof(purpose) };
    const struct vit_part prk = { key, VIT_AEAD_KEY_LEN };
    VIT_TRY(vit_kdf_hkdf_extract(kdf, VIT_HASH_SHA256, &salt, &bytes, key));
    return vit_kdf_hkdf_expand(kdf, VIT_HASH_SHA256, &prk, &info, key, VIT_AEAD_KEY_LEN);
}

static SECURITY_STATUS derive(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct header *header, struct vit_soft_bytes *key)
{
    SECURITY_STATUS status = vit_soft_bytes_init(key, VIT_AEAD_KEY_LEN);
    if (FAILED(status)) {
        return status;
    }
    return vit_ksp_status_of(secret->method == VIT_WRAP_PASSPHRASE
                    ? key_of_passphrase(secret, header, key->bytes)
                    : key_of_file(kdf, secret, header, key->bytes));
}

/* What is authenticated besides: the header and what it is for. */
struct extra {
    uint8_t bytes[HEADER_LEN + CONTEXT_MAX_LEN];
    size_t len;
};

static bool make_extra(struct extra *extra, const struct header *header,
        const struct vit_part *context)
{
    if (context->len > CONTEXT_MAX_LEN) {
        return false;
    }
    memcpy(extra->bytes, header->bytes, HEADER_LEN);
    memcpy(extra->bytes + HEADER_LEN, context->data, context->len);
    extra->len = HEADER_LEN + context->len;
    return true;
}

static bool make_header(struct header *header, enum vit_wrap_method method)
{
    bool passphrase = method == VIT_WRAP_PASSPHRASE;
    header->bytes[0] = (uint8_t)method;
    header->bytes[1] = passphrase ? COST_LOG2_N : 0;
    header->bytes[2] = passphrase ? COST_R : 0;
    header->bytes[3] = passphrase ? COST_P : 0;
    return vit_random(header->bytes + 4, HEADER_LEN - 4) == VIT_OK;
}

static bool is_acceptable(const struct header *header, enum vit_wrap_method method)
{
    const uint8_t *cost = header->bytes + 1;
    if (header->bytes[0] != (uint8_t)method) {
        return false;
    }
    if (method == VIT_WRAP_KEY_FILE) {
        return cost[0] == 0 && cost[1] == 0 && cost[2] == 0;
    }
    return cost[0] >= COST_LOG2_N && cost[0] <= COST_MAX_LOG2_N && cost[1] == COST_R &&
            cost[2] >= 1 && cost[2] <= COST_MAX_P;
}

SECURITY_STATUS vit_wrap_seal(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct vit_part *context, const uint8_t *plain, size_t len, uint8_t *wrapped)
{
    struct header header;
    struct extra extra;
    VIT_AUTO(soft_bytes) key = { NULL, 0 };
    if (!make_header(&header, secret->method) || !make_extra(&extra, &header, context)) {
        return NTE_FAIL;
    }
    SECURITY_STATUS status = derive(kdf, secret, &header, &key);
    if (FAILED(status)) {
        return status;
    }
    memcpy(wrapped, header.bytes, HEADER_LEN);
    return vit_ksp_status_of(vit_aead_seal(key.bytes, nonce_of(&header), extra.bytes, extra.len,
            plain, len, wrapped + HEADER_LEN));
}

SECURITY_STATUS vit_wrap_open(struct vit_kdf *kdf, const struct vit_wrap_secret *secret,
        const struct vit_part *context, const uint8_t *wrapped, size_t len, uint8_t *plain)
{
    struct header header;
    struct extra extra;
    VIT_AUTO(soft_bytes) key = { NULL, 0 };
    if (len < VIT_WRAP_EXTRA_LEN) {
        return NTE_BAD_DATA;
    }
    memcpy(header.bytes, wrapped, HEADER_LEN);
    if (!is_acceptable(&header, secret->method) || !make_extra(&extra, &header, context)) {
        return NTE_BAD_DATA;
    }
    SECURITY_STATUS status = derive(kdf, secret, &header, &key);
    if (FAILED(status)) {
        return status;
    }
    enum vit_status opened = vit_aead_open(key.bytes, nonce_of(&header), extra.bytes, extra.len,
            wrapped + HEADER_LEN, len - HEADER_LEN, plain);
    if (opened == VIT_E_REFUSED) {
        return secret->method == VIT_WRAP_PASSPHRASE ? NTE_INCORRECT_PASSWORD : NTE_BAD_KEY;
    }
    return vit_ksp_status_of(opened);
}
