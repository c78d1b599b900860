/* SPDX-License-Identifier: MIT */
/**
 * A kernel's virtio-gpu below libdrm: ioctl() of the test program answers for two files, a render node
 * and a card, and goes on to the system for all others. It keeps what the kernel keeps, so that a test
 * sees what is left, and fails where it is told to. The clock can be put forward.
 */
#ifndef TESTS_KMD_STUB_FAKE_DRM_H
#define TESTS_KMD_STUB_FAKE_DRM_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_DRM_OUTPUTS = 2, FAKE_DRM_FENCES = 64, FAKE_DRM_PATH_LEN = 40 };

struct fake_drm {
    char render[FAKE_DRM_PATH_LEN], card[FAKE_DRM_PATH_LEN];

    /* What it does. */
    unsigned long fails; /* a request, 0: none */
    int fail_errno;
    unsigned fail_from;    /* the call of that request at which it begins to fail; from 0 */
    const uint8_t *capset; /* NULL: another GPU */
    uint32_t capset_len;
    bool has_master; /* another program is */
    bool connected[FAKE_DRM_OUTPUTS];
    uint32_t crtc_mask[FAKE_DRM_OUTPUTS]; /* of each encoder */
    uint32_t pitch_unit;                  /* of dumb buffers, in bytes */
    uint32_t least_side;                  /* of framebuffers */
    bool no_fence;                        /* EXECBUFFER gives none */

    /* What it has. */
    unsigned handles, framebuffers; /* how many there are */
    unsigned calls;                 /* of the request that fails */
    uint32_t shown[FAKE_DRM_OUTPUTS];
    uint32_t shown_width, shown_height; /* by the last mode */
    bool is_master;
    unsigned submitted;
    int fences[FAKE_DRM_FENCES]; /* our ends, oldest first */
    int given_fence;             /* the last one that the driver got */
};

/* A good one, with both outputs connected. There is one in a process. */
struct fake_drm *fake_drm_begin(void);
void fake_drm_end(void);
/* The submission of that number is done. */
void fake_drm_signal(unsigned number);
void fake_drm_pass_time(uint64_t ns);
/* Descriptors that this process has. */
unsigned fake_drm_descriptors(void);

#endif
