/* SPDX-License-Identifier: MIT */
/* A keyed session with ciphertext and a place for the picture: what tests of blts begin with. */
#ifndef TESTS_UMD_BLT_STAGE_H
#define TESTS_UMD_BLT_STAGE_H

#include "tests/umd/rig.h"

struct blt {
    D3D11_1DDI_HCRYPTOSESSION session;
    D3D10DDI_HRESOURCE source, destination;
    const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info;
    UINT content_key_size;
    const void *content_key;
    UINT iv_size;
    const void *iv;
};

struct stage {
    struct rig rig;
    struct blt blt;
    uint8_t iv[16];
};

/* A keyed session, 4 KiB of ciphertext, a protected buffer as long, IV 1. */
void stage_open(struct stage *stage);

void stage_decrypt(struct rig_device *device, const struct blt *blt);
/* Does the blt, flushes, and returns what was reported.
 * @param messages  how many decrypts must have reached the device by then */
HRESULT stage_run(struct stage *stage, unsigned messages);

void stage_make_iv(uint8_t iv[16], uint64_t number, uint64_t count);
void stage_next_iv(struct stage *stage);

#endif
