/* SPDX-License-Identifier: MIT */
/**
 * An authenticated channel at the end that holds its key: the exchange's result, the counters, each
 * query and command in the order of checks that docs/DDI.md states, and the signed answers. The
 * structures are the published ones (include/d3d10umddi_channel.h), read and written by offset.
 *
 * Channels speak of a Direct3D device: what all channels of it share is a vit_channel_device. A
 * handle in a message is 64 bits: of the device and of a channel they are random, of a session its
 * id.
 */
#ifndef CRYPTO_SESSION_CHANNEL_H
#define CRYPTO_SESSION_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/cipher.h"

enum {
    /* Published sizes of the largest structures, and how long an input may be at all. */
    VIT_CHANNEL_INPUT_MAX_LEN = 248,
    VIT_CHANNEL_OUTPUT_MAX_LEN = 80,
    VIT_CHANNEL_CONFIGURE_OUTPUT_LEN = 48,

    VIT_CHANNEL_GRANTS = 16,
    VIT_CHANNEL_DECODERS = 16,
    VIT_CHANNEL_FLAGS = 2,
};

/* Values of D3D11_1DDI_AUTHENTICATED_CHANNEL_TYPE. */
enum vit_channel_type { VIT_CHANNEL_SOFTWARE = 2, VIT_CHANNEL_HARDWARE = 3 };

struct vit_channel_device {
    uint64_t handle;
    /* What the device around it knows. */
    bool (*knows_session)(const void *owner, uint64_t session);
    const void *owner;
    const uint64_t *output_ids; /* borrowed */
    uint32_t output_count;
    bool accessible; /* protected memory lies where programs of the guest reach it */

    /* What commands have set, with the channel that did; several may have set the same. */
    uint32_t flag_counts[VIT_CHANNEL_FLAGS]; /* channels that hold each bit of PROTECTION_FLAGS */
    struct vit_channel_grant {
        uint64_t owner;
        uint32_t type; /* D3D11_1DDI_AUTHENTICATED_PROCESS_IDENTIFIER_TYPE */
        uint64_t process;
    } grants[VIT_CHANNEL_GRANTS];
    uint32_t grant_count;
    struct vit_channel_decoder {
        uint64_t owner;
        uint64_t decoder, session;
    } decoders[VIT_CHANNEL_DECODERS];
    uint32_t decoder_count;
};

/* owner, knows_session, outputs and accessible are the caller's to set. @return VIT_E_IO no entropy */
VIT_RESULT vit_channel_device_init(struct vit_channel_device *device);
/* A session is gone: so are the decoders bound to it. */
void vit_channel_device_forget_session(struct vit_channel_device *device, uint64_t session);

struct vit_channel;

/**
 * @param slab    borrowed, must outlive the channel
 * @param device  borrowed, must outlive the channel
 * @return VIT_E_UNSUPPORTED no such type of channel; VIT_E_NOMEM; VIT_E_IO
 */
VIT_RESULT vit_channel_create(struct vit_slab *slab, struct vit_channel_device *device,
        uint32_t type, struct vit_channel **channel);
/* What it set in the device goes with it. */
void vit_channel_destroy(struct vit_channel *channel);
VIT_DEFINE_AUTO(channel, struct vit_channel *, vit_channel_destroy)

/* 64 random bits: hChannel. */
uint64_t vit_channel_handle(const struct vit_channel *channel);

/* May a key be exchanged? @return VIT_E_STATE it was already */
VIT_RESULT vit_channel_check_unkeyed(const struct vit_channel *channel);
/* The exchange's result. @return VIT_E_STATE */
VIT_RESULT vit_channel_set_key(struct vit_channel *channel, const uint8_t key[VIT_AES_LEN]);

/**
 * Answers one query.
 *
 * @param output      at least VIT_CHANNEL_OUTPUT_MAX_LEN bytes
 * @param output_len  what the caller has room for
 * @param written     bytes of the signed answer, which there is for most refusals too; 0: none
 * @return VIT_OK, VIT_E_ARG, VIT_E_UNSUPPORTED (query), VIT_E_NOMEM
 */
VIT_RESULT vit_channel_query(struct vit_channel *channel, struct vit_cipher *cipher,
        const uint8_t *input, size_t input_len, uint8_t *output, size_t output_len,
        size_t *written);

/* Executes one command; output has VIT_CHANNEL_CONFIGURE_OUTPUT_LEN bytes. @return also VIT_E_LIMIT */
VIT_RESULT vit_channel_configure(struct vit_channel *channel, struct vit_cipher *cipher,
        const uint8_t *input, size_t input_len, uint8_t *output, size_t *written);

#endif
