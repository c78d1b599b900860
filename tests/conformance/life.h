/* SPDX-License-Identifier: MIT */
/**
 * The life of a player on one device, from CreateDevice to DestroyDevice, that takes every failure:
 * a step that failed is noted, and what builds on it is left out. What each step said is held
 * against what the page "Handling Errors" allows its function to say.
 */
#ifndef TESTS_CONFORMANCE_LIFE_H
#define TESTS_CONFORMANCE_LIFE_H

#include "tests/conformance/rig.h"
#include "tests/conformance/tap.h"

/* Of a size that screens take: those of a guest begin at 32x32. */
enum { LIFE_WIDTH = 64, LIFE_HEIGHT = 48, LIFE_LEN = LIFE_WIDTH * LIFE_HEIGHT * 4 };

struct life {
    const struct rig *rig; /* its adapter is open, and its key known */
    struct tap *tap;
    struct vit_device *device;
    struct vit_session *session;
    struct vit_resource *staging, *picture, *primary, *plain, *dynamic;
    struct vit_event *event;
    uint8_t key[16], readback_key[16], readback_iv[16];
    uint64_t iv;
    uint8_t shown[LIFE_LEN];
    bool keyed, played, has_readback_key, read_back;
    char failure[256]; /* the first thing that must not be; empty: none */
    const char *fired; /* the step in which the fault of the tap came; NULL: none */
    HRESULT fired_result;
    bool tolerant; /* the step goes on without what failed, as the page lets it */
    unsigned failed_steps;
};

/* Runs the whole life; everything is destroyed at the end. */
void life_run(struct life *life, const struct rig *rig, struct tap *tap);

/* Asserts that a life without a fault works and keeps every rule that the tap knows. */
void life_expect_good(const struct rig *rig, struct tap *tap);

#endif
