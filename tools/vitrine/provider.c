/* SPDX-License-Identifier: MIT */
#include "tools/vitrine/provider.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "tools/vitrine/conversation.h"
#include "tools/vitrine/source.h"

/* One content key, secret; wrapped anew for every frame that uses it is the same 16 bytes. */
struct content_key {
    uint8_t bytes[VITRINE_KEY_LEN];
};

struct provider {
    struct vitrine_device *device;
    struct vitrine_cipher *cipher;
    struct vit_slab *slab;
    uint8_t *session_key; /* secret */
    struct content_key **keys;
    uint32_t key_count, key_capacity;
    uint8_t (*digests)[VIT_SHA256_LEN]; /* of the clear frames, for read-back checks */
    uint32_t frame_count, frame_capacity;
    uint32_t frames_per_key;
    uint64_t next_iv;
    struct clip_header header;
};

static enum vit_status status_of(enum vitrine_status status)
{
    return (enum vit_status)status;
}

static enum vit_status trust(struct provider *provider, const struct provider_config *config)
{
    char reason[VITRINE_REASON_LEN];
    enum vitrine_status status = config->no_revocation
            ? vitrine_device_verify(config->chain, config->chain_len, config->root,
                      config->root_len, 0, reason, &provider->device)
            : vitrine_device_verify_revocation(config->chain, config->chain_len, config->root,
                      config->root_len, config->crls, config->crl_len, 0, reason,
                      &provider->device);
    if (status == VITRINE_E_REFUSED) {
        fprintf(stderr, "vitrine: the device is not trusted: %s\n", reason);
    }
    VIT_TRY(status_of(status));
    if (config->custody != 0 && vitrine_device_custody(provider->device) != config->custody) {
        fprintf(stderr, "vitrine: the device is not trusted: custody \"%s\" was demanded\n",
                config->custody == VITRINE_CUSTODY_DEVICE ? "device" : "driver");
        return VIT_E_REFUSED;
    }
    return VIT_OK;
}

/* The digest of the leaf tells a player whether a clip is for its device. */
static enum vit_status leaf_digest(const struct provider_config *config,
        uint8_t digest[VIT_SHA256_LEN])
{
    /* A DER certificate is a SEQUENCE with a two-byte length; the chain was verified. */
    size_t len = config->chain_len < 4 ? 0 : 4 + (size_t)(config->chain[2] << 8 | config->chain[3]);
    return len <= config->chain_len ? vit_sha256(config->chain, len, digest) : VIT_E_REFUSED;
}

static enum vit_status establish(struct provider *provider, const struct provider_config *config)
{
    VIT_TRY(trust(provider, config));
    VIT_TRY(leaf_digest(config, provider->header.leaf_digest));
    VIT_TRY(vit_slab_create(&provider->slab));
    VIT_TRY(status_of(vitrine_cipher_create(&provider->cipher)));
    provider->session_key = vit_slab_alloc(provider->slab, VITRINE_KEY_LEN);
    if (provider->session_key == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(status_of(vitrine_random(provider->session_key, VITRINE_KEY_LEN)));
    return status_of(vitrine_exchange_block(provider->device, provider->session_key,
            VITRINE_KEY_LEN, provider->header.block));
}

enum vit_status provider_create(const struct provider_config *config, struct provider **provider)
{
    VIT_AUTO(provider) created = calloc(1, sizeof(*created));
    if (created == NULL) {
        return VIT_E_NOMEM;
    }
    created->frames_per_key = config->frames_per_key != 0 ? config->frames_per_key : 30;
    VIT_TRY(establish(created, config));
    *provider = created;
    created = NULL;
    return VIT_OK;
}

void provider_destroy(struct provider *provider)
{
    if (provider == NULL) {
        return;
    }
    for (uint32_t i = 0; i < provider->key_count; i++) {
        vit_slab_free(provider->slab, provider->keys[i], sizeof(*provider->keys[i]));
    }
    vit_slab_free(provider->slab, provider->session_key, VITRINE_KEY_LEN);
    vit_slab_destroy(provider->slab);
    vitrine_cipher_destroy(provider->cipher);
    vitrine_device_destroy(provider->device);
    free(provider->keys);
    free(provider->digests);
    free(provider);
}

/* Room for one more element; doubles. */
static enum vit_status make_room(void **array, size_t element_len, uint32_t count,
        uint32_t *capacity)
{
    if (count < *capacity) {
        return VIT_OK;
    }
    uint32_t wanted = *capacity == 0 ? 64 : *capacity * 2;
    void *grown = realloc(*array, wanted * element_len);
    if (grown == NULL) {
        return VIT_E_NOMEM;
    }
    *array = grown;
    *capacity = wanted;
    return VIT_OK;
}

static enum vit_status new_content_key(struct provider *provider)
{
    VIT_TRY(make_room((void **)&provider->keys, sizeof(*provider->keys), provider->key_count,
            &provider->key_capacity));
    struct content_key *key = vit_slab_alloc(provider->slab, sizeof(*key));
    if (key == NULL) {
        return VIT_E_NOMEM;
    }
    provider->keys[provider->key_count++] = key;
    VIT_TRY(status_of(vitrine_random(key->bytes, sizeof(key->bytes))));
    /* Random, but far from the end of the range: it grows from frame to frame. */
    uint8_t start[8] = { 0 };
    VIT_TRY(status_of(vitrine_random(start + 4, 4)));
    provider->next_iv = vit_load_be64(start);
    return VIT_OK;
}

static enum vit_status remember_frame(struct provider *provider, const uint8_t *pixels)
{
    VIT_TRY(make_room((void **)&provider->digests, sizeof(*provider->digests),
            provider->frame_count, &provider->frame_capacity));
    return vit_sha256(pixels, provider->header.surface.size,
            provider->digests[provider->frame_count]);
}

static enum vit_status seal_frame(struct provider *provider, FILE *out, uint8_t *pixels)
{
    if (provider->frame_count % provider->frames_per_key == 0) {
        VIT_TRY(new_content_key(provider));
    }
    VIT_TRY(remember_frame(provider, pixels));
    const struct content_key *key = provider->keys[provider->key_count - 1];
    struct clip_frame frame = { .index = provider->frame_count,
        .key_number = provider->key_count - 1 };
    VIT_TRY(status_of(vitrine_iv_bytes(provider->next_iv++, 0, frame.iv)));
    VIT_TRY(status_of(vitrine_key_wrap(provider->cipher, provider->session_key, key->bytes,
            frame.wrapped_key)));
    VIT_TRY(status_of(vitrine_frame_seal(provider->cipher, key->bytes, frame.iv, NULL, pixels,
            provider->header.surface.size)));
    VIT_TRY(clip_write_frame(out, &provider->header, &frame, pixels));
    provider->frame_count++;
    return VIT_OK;
}

/* What a display shows of a BGRA frame: X is opaque. NV12 is converted, so not known exactly. */
static enum vit_status shown_digest(struct provider *provider, uint8_t *last)
{
    size_t size = provider->header.surface.size;
    if (provider->header.surface.format != VIT_FORMAT_BGRA || provider->frame_count == 0) {
        return VIT_OK;
    }
    for (size_t i = 3; i < size; i += 4) {
        last[i] = 0xff;
    }
    return vit_sha256(last, size, provider->header.shown_digest);
}

static enum vit_status seal_all(struct provider *provider, struct source *source, uint32_t estimate,
        FILE *out, provider_progress *progress, void *context)
{
    size_t size = provider->header.surface.size;
    VIT_AUTO(bytes) pixels = malloc(size);
    VIT_AUTO(bytes) last = malloc(size);
    if (pixels == NULL || last == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status;
    while ((status = source_next(source, pixels)) == VIT_OK) {
        if (provider->frame_count == CLIP_MAX_FRAMES) {
            return VIT_E_LIMIT;
        }
        memcpy(last, pixels, size);
        VIT_TRY(seal_frame(provider, out, pixels));
        progress(context, provider->frame_count, estimate);
    }
    if (status == VIT_E_GONE) {
        status = shown_digest(provider, last);
    }
    vit_wipe(last, size);
    vit_wipe(pixels, size);
    return status;
}

static enum vit_status seal_source(struct provider *provider, const char *path,
        struct source *source, const struct source_info *info, FILE *out,
        provider_progress *progress, void *context)
{
    provider->header.surface = info->surface;
    provider->header.rate_numerator = info->rate_numerator;
    provider->header.rate_denominator = info->rate_denominator;
    /* The counts are known at the end: a placeholder holds the header's room. */
    VIT_TRY(clip_write_header(out, &provider->header));
    VIT_TRY(seal_all(provider, source, info->frame_estimate, out, progress, context));
    if (provider->frame_count == 0) {
        fprintf(stderr, "vitrine: %s: no frame\n", path);
        return VIT_E_REFUSED;
    }
    provider->header.frame_count = provider->frame_count;
    provider->header.key_count = provider->key_count;
    if (fseeko(out, 0, SEEK_SET) != 0) {
        return VIT_E_IO;
    }
    VIT_TRY(clip_write_header(out, &provider->header));
    return fflush(out) == 0 ? VIT_OK : VIT_E_IO;
}

enum vit_status provider_seal(struct provider *provider, const char *path, FILE *out,
        provider_progress *progress, void *context)
{
    struct source *source = NULL;
    struct source_info info;
    VIT_TRY(source_open(path, &source, &info));
    enum vit_status status = seal_source(provider, path, source, &info, out, progress, context);
    int why = errno; /* of the output */
    source_close(source);
    errno = why;
    return status;
}

static enum vit_status answer_refresh(struct provider *provider, int socket, int limit_ms,
        uint32_t len)
{
    uint8_t random[VITRINE_KEY_LEN];
    if (len != sizeof(random)) {
        return VIT_E_PROTOCOL;
    }
    VIT_TRY(conversation_read(socket, limit_ms, random, sizeof(random)));
    VIT_TRY(status_of(vitrine_session_key_refresh(provider->session_key, random)));
    size_t size = (size_t)provider->key_count * VITRINE_KEY_LEN;
    VIT_AUTO(bytes) wrapped = malloc(size);
    if (wrapped == NULL) {
        return VIT_E_NOMEM;
    }
    for (uint32_t i = 0; i < provider->key_count; i++) {
        VIT_TRY(status_of(vitrine_key_wrap(provider->cipher, provider->session_key,
                provider->keys[i]->bytes, wrapped + (size_t)i * VITRINE_KEY_LEN)));
    }
    uint8_t count[4];
    vit_store_le32(count, provider->key_count);
    return conversation_send(socket, CONVERSATION_KEYS, count, sizeof(count), wrapped, size);
}

/* Decrypts what was read back and compares it with what was sealed. */
static enum vit_status check_frame(struct provider *provider, uint8_t *body, uint32_t *verdict)
{
    uint32_t index = vit_load_le32(body);
    uint8_t *pixels = body + CONVERSATION_READBACK_HEAD;
    uint8_t digest[VIT_SHA256_LEN];
    uint8_t *key = vit_slab_alloc(provider->slab, VITRINE_KEY_LEN);
    if (key == NULL) {
        return VIT_E_NOMEM;
    }
    enum vit_status status =
            status_of(vitrine_key_unwrap(provider->cipher, provider->session_key, body + 8, key));
    if (status == VIT_OK) {
        status = status_of(vitrine_frame_open(provider->cipher, key, body + 24, pixels,
                provider->header.surface.size));
    }
    vit_slab_free(provider->slab, key, VITRINE_KEY_LEN);
    VIT_TRY(status);
    VIT_TRY(vit_sha256(pixels, provider->header.surface.size, digest));
    vit_wipe(pixels, provider->header.surface.size);
    *verdict = index < provider->frame_count &&
            vit_equal(digest, provider->digests[index], sizeof(digest));
    return VIT_OK;
}

static enum vit_status answer_readback(struct provider *provider, int socket, int limit_ms,
        uint32_t len)
{
    if (len != CONVERSATION_READBACK_HEAD + provider->header.surface.size) {
        return VIT_E_PROTOCOL;
    }
    VIT_AUTO(bytes) body = malloc(len);
    if (body == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(conversation_read(socket, limit_ms, body, len));
    uint32_t verdict = 0;
    VIT_TRY(check_frame(provider, body, &verdict));
    uint8_t bytes[4];
    vit_store_le32(bytes, verdict);
    return conversation_send(socket, CONVERSATION_VERDICT, bytes, sizeof(bytes), NULL, 0);
}

static enum vit_status answer(struct provider *provider, int socket, int limit_ms)
{
    uint32_t type, len;
    VIT_TRY(conversation_next(socket, limit_ms, &type, &len));
    switch (type) {
    case CONVERSATION_REFRESH:
        return answer_refresh(provider, socket, limit_ms, len);
    case CONVERSATION_READBACK:
        return answer_readback(provider, socket, limit_ms, len);
    default:
        return VIT_E_PROTOCOL;
    }
}

enum vit_status provider_serve(struct provider *provider, int socket, int idle_ms)
{
    enum vit_status status;
    do {
        status = answer(provider, socket, idle_ms);
    } while (status == VIT_OK);
    return status == VIT_E_GONE ? VIT_OK : status;
}
