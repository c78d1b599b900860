/* SPDX-License-Identifier: MIT */
/* Shared by the files of the channel. */
#ifndef CRYPTO_SESSION_CHANNEL_IMPL_H
#define CRYPTO_SESSION_CHANNEL_IMPL_H

#include "base/bytes.h"
#include "crypto-session/channel.h"
#include "crypto-session/guid.h"
#include "crypto-session/omac.h"

enum { VIT_ON_SOFTWARE = 1, VIT_ON_HARDWARE = 2, VIT_ON_BOTH = 3 };

/* Offsets and sizes of the headers. */
enum {
    VIT_QUERY_INPUT_LEN = 32,
    VIT_QUERY_OUTPUT_LEN = 48,
    VIT_CONFIGURE_INPUT_LEN = 48,
    VIT_CONFIGURE_OUTPUT_LEN = VIT_CHANNEL_CONFIGURE_OUTPUT_LEN,
};

struct vit_channel {
    struct vit_slab *slab;
    struct vit_channel_device *device;
    uint64_t handle;
    enum vit_channel_type type;
    bool keyed, initialized;
    bool proven; /* a command has shown that who speaks has the key */
    bool holds_flag[VIT_CHANNEL_FLAGS];
    uint8_t key[VIT_AES_LEN];
    struct vit_growing_sequence queries, commands;
};

/* What stands behind QUERY_INPUT, and goes behind QUERY_OUTPUT. */
typedef enum vit_status vit_channel_answer_fn(const struct vit_channel *channel,
        struct vit_reader *in, struct vit_writer *out);
/* What stands behind CONFIGURE_INPUT. */
typedef enum vit_status vit_channel_command_fn(struct vit_channel *channel, struct vit_reader *in);

struct vit_channel_query_info {
    struct vit_guid guid;
    unsigned on;
    size_t input_len, output_len;
    vit_channel_answer_fn *answer;
};
/* NULL: no such query on this type of channel. */
const struct vit_channel_query_info *vit_channel_query_find(enum vit_channel_type type,
        const uint8_t guid[16]);

struct vit_channel_command_info {
    struct vit_guid guid;
    unsigned on;
    size_t input_len;
    vit_channel_command_fn *run;
};
const struct vit_channel_command_info *vit_channel_command_find(enum vit_channel_type type,
        const uint8_t guid[16]);

static inline bool vit_channel_offers(unsigned on, enum vit_channel_type type)
{
    return (on & (type == VIT_CHANNEL_SOFTWARE ? VIT_ON_SOFTWARE : VIT_ON_HARDWARE)) != 0;
}

#endif
