/* SPDX-License-Identifier: MIT */
/**
 * A player over the real driver, the real kernel driver and a device in this process, and the content
 * provider that it plays for. The libraries are named by VITRINE_UMD and VITRINE_HOST.
 */
#ifndef TESTS_UMD_EMBEDDED_H
#define TESTS_UMD_EMBEDDED_H

#include "certs/chain.h"
#include "runtime/ddi.h"
#include "vitrine.h"

struct embedded {
    char folder[64], chain_path[96];
    struct vitrine_cipher *cipher;
    struct vit_adapter *adapter;
    struct vit_device *device;
    struct vit_session *session;
    uint8_t key[16];
    uint64_t iv;
};

struct embedded_frame {
    const uint8_t *clear;
    size_t len;
    const uint8_t *content_key;
    const struct vitrine_partial *partial;
};

void embedded_open(struct embedded *stage, enum vit_custody custody);
void embedded_close(struct embedded *stage);

/* A session with the key of the first vector. */
struct vit_session *embedded_session(struct embedded *stage);
HRESULT embedded_negotiate(struct embedded *stage, struct vit_session *session,
        const uint8_t block[VITRINE_BLOCK_LEN]);

struct vit_resource *embedded_resource(struct embedded *stage, enum vit_resource_use use,
        DXGI_FORMAT format, UINT width, UINT height);

/* Always the same bytes that look random. */
void embedded_fill(uint8_t *bytes, size_t len);
/* Seals the frame and plays it into destination. @return what was reported */
HRESULT embedded_play(struct embedded *stage, const struct embedded_frame *frame,
        struct vit_resource *destination);
/* Reads a protected resource back with the session, into memory that the caller frees. */
uint8_t *embedded_read_back(struct embedded *stage, struct vit_resource *source, size_t len);

/* Submissions that the device refused so far. */
uint64_t embedded_refusals(const struct embedded *stage);

#endif
