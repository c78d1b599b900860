/* SPDX-License-Identifier: MIT */
/**
 * A keyed session, a staging texture with ciphertext and a protected texture that shows a frame:
 * what rules of the blts begin with.
 */
#ifndef TESTS_CONFORMANCE_STAGE_H
#define TESTS_CONFORMANCE_STAGE_H

#include "tests/conformance/rig.h"

enum { STAGE_WIDTH = 64, STAGE_HEIGHT = 16, STAGE_MAX_LEN = 16384 };

struct stage {
    struct rig rig;
    struct stream stream;
    struct vit_resource *staging, *picture;
    size_t len;                   /* bytes of the texture: rows with their pitch */
    uint8_t shown[STAGE_MAX_LEN]; /* what the picture holds */
    uint8_t next[STAGE_MAX_LEN];  /* what stage_next() sealed */
    uint8_t iv[16];
};

/* Skips the test when blts are not offered in both directions. Asserts that the first frame is
 * shown. */
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* Writes the ciphertext of bytes into the staging texture. */
void stage_seal(struct stage *stage, const uint8_t key[16], const uint8_t iv[16],
        const D3D11_1DDI_ENCRYPTED_BLOCK_INFO *info, const uint8_t *bytes);

/* Seals a new frame under the session key with the next IV and returns the arguments for it, to be
 * changed by the test. */
struct blt stage_next(struct stage *stage);

/* Does the blt of stage_next() and asserts that its frame is shown then, or that it is refused and
 * the frame before is still shown. */
#define stage_expect_shown(stage, blt, what)                                                       \
    do {                                                                                           \
        rig_decrypt((stage)->rig.device, blt);                                                     \
        expect_accepted((stage)->rig.device, what);                                                \
        stage_take_next(stage);                                                                    \
        cr_assert(stage_is_intact(stage), "%s: the picture is not what was sealed", what);         \
    } while (0)

#define stage_expect_refused(stage, blt, what)                                                     \
    do {                                                                                           \
        rig_decrypt((stage)->rig.device, blt);                                                     \
        expect_refused((stage)->rig.device, what);                                                 \
        cr_assert(stage_is_intact(stage), "%s: was refused, but the destination changed", what);   \
    } while (0)

void stage_take_next(struct stage *stage);
/* Is the picture, read back, what it should show? */
bool stage_is_intact(struct stage *stage);

#endif
