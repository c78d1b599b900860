/* SPDX-License-Identifier: MIT */
/**
 * IV marks: under each key the IV must grow from blt to blt (ID3D11VideoContext::DecryptionBlt,
 * PFND3DDDI_DECRYPTIONBLT). Remembers the mark of the last 16 identities; an identity is 16 bytes
 * that stand for a key: the key itself in the device, the wrapped key in the driver.
 *
 * The memory is the caller's and as secret as the identities in it.
 */
#ifndef CRYPTO_SESSION_MARKS_H
#define CRYPTO_SESSION_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* The highest IV used under one key. All zero: none yet. */
struct vit_iv_mark {
    uint64_t last;
    bool used;
};

/* @return VIT_E_REFUSED not above the mark; else the mark moves */
VIT_RESULT vit_iv_mark_advance(struct vit_iv_mark *mark, uint64_t iv);

enum { VIT_MARKS_COUNT = 16 };

struct vit_iv_marks {
    struct {
        uint8_t identity[16];
        struct vit_iv_mark mark;
        uint64_t touched; /* 0: free */
    } entries[VIT_MARKS_COUNT];
    uint64_t clock;
};

/* Advances the mark of an identity; the one not used for longest makes room for a new one. */
VIT_RESULT vit_iv_marks_advance(struct vit_iv_marks *marks, const uint8_t identity[16],
        uint64_t iv);

#endif
