/* SPDX-License-Identifier: MIT */
/* A GUID as it lies in the messages: three little-endian numbers, then eight bytes as written. */
#ifndef CRYPTO_SESSION_GUID_H
#define CRYPTO_SESSION_GUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct vit_guid {
    uint8_t bytes[16];
};

#define VIT_GUID(a, b, c, ...)                                                                     \
    {                                                                                              \
        {                                                                                          \
            (uint8_t)(a), (uint8_t)((a) >> 8), (uint8_t)((a) >> 16), (uint8_t)((a) >> 24),         \
                    (uint8_t)(b), (uint8_t)((b) >> 8), (uint8_t)(c), (uint8_t)((c) >> 8),          \
                    __VA_ARGS__                                                                    \
        }                                                                                          \
    }

static inline bool vit_guid_equal(const struct vit_guid *guid, const uint8_t bytes[16])
{
    return memcmp(guid->bytes, bytes, sizeof(guid->bytes)) == 0;
}

#endif
